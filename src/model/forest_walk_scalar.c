// The walk with what every machine has.
#include "model/forest_walk.h"

void forest_walk_scalar(
	const struct forest_heap *h,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum
) {
	walk_all(h, rows, stride_floats, n_features, n, sum, NULL, 0);
}
