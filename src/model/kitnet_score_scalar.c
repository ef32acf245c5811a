// Scoring 4 rows at once, with the floor that everything is compiled for.
#define KITNET_LANES 4
#include "model/kitnet_lanes.h"

void kitnet_score_scalar(
	const struct kitnet *k,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
) {
	lanes_score_all(k, rows, stride_floats, n, raw);
}
