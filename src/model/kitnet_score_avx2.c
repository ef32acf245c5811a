// Scoring 8 rows at once, with AVX2.
#define KITNET_LANES 8
#include "model/kitnet_lanes.h"

void kitnet_score_avx2(
	const struct kitnet *k,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
) {
	lanes_score_all(k, rows, stride_floats, n, raw);
}
