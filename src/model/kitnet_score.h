// Scoring rows: a row a lane of a vector, as wide as the instruction set has them.
//
// A file of each instruction set says how many lanes, and includes this once more as its kernel. Each lane does its
// own row's arithmetic in the same order whatever the width, with nothing but + - * / and square root, and with no fused
// multiply-add (meson.build): so the scores have the same bits everywhere.
//
// Sums are float32, as the weights are. The RMSE is within 1e-5 of the learner's double precision where no
// value lies outside the range of training, and relatively so beyond (tests/unit/kitnet_test.c).
//
// Threads    Pure functions.
// Memory     26 KB of stack at most.
#ifndef WEIR_MODEL_KITNET_SCORE_H
#define WEIR_MODEL_KITNET_SCORE_H

#include "model/kitnet.h"

#include <stdint.h>

typedef void kitnet_score_fn(
	const struct kitnet *,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
);

kitnet_score_fn kitnet_score_scalar, kitnet_score_avx2, kitnet_score_avx512;

#endif
