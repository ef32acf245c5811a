// Scoring 16 rows at once, with AVX-512.
#define KITNET_LANES 16
#include "model/kitnet_lanes.h"

void kitnet_score_avx512(
	const struct kitnet *k,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
) {
	lanes_score_all(k, rows, stride_floats, n, raw);
}
