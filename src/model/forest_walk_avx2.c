// The walk where there is AVX2: it prepares the rows, which the compiler makes of the same lines. The way down
// stays with scalar registers: 8 lanes of AVX2 have no cheap way to a value by its feature.
#include "model/forest_walk.h"

void forest_walk_avx2(
	const struct forest_heap *h,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum
) {
	walk_all(h, rows, stride_floats, n_features, n, sum, NULL, 0);
}
