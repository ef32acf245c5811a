// Points that rows are compared with: the support vectors of an SVM, the reference rows of the models that look at
// neighbours.
//
// Sixteen points lie side by side, so that a lane of a vector is a point: value k of points 16b .. 16b + 15 is at
// [b][k][0 .. 15]. Each lane does its own point's arithmetic in the order of the features, with nothing but + - * and
// without fused multiply-add (meson.build), so that each instruction set comes to the same bits.
//
// In a file: u32 points, then row by row their values as float32.
//
// Threads    Immutable once filled.
// Memory     4 bytes a value; the last block is filled up with points that are far from everything.
// Ownership  Whoever filled it calls points_free().
// Full       POINTS_MAX.
#ifndef WEIR_MODEL_POINTS_H
#define WEIR_MODEL_POINTS_H

#include "contract/isa.h"
#include "model/internal.h"

#include <stdint.h>

#define POINT_LANES 16
#define POINTS_MAX 65536u
#define POINTS_NEAREST_MAX 64 // neighbours that can be asked for
#define POINTS_ROWS_MAX 16 // rows at a time: what model_score() hands to a kind that prepares

struct points {
	uint32_t n;
	uint32_t width;
	uint32_t blocks;
	float *value;
	enum isa isa; // isa_in_use() when they were made
};

// A neighbour: its squared distance, and which point it is.
struct near {
	float squared;
	uint32_t point;
};

// @return 0, -ENOMEM
int points_new(struct points *out, uint32_t n, uint32_t width);
void points_free(struct points *); // one that is all zero is fine
void points_set(struct points *, uint32_t i, const float *row); // row: width values
void points_get(const struct points *, uint32_t i, float *row);

// @return 0, -EBADMSG with the error filled, -ENOMEM
int points_parse(
	struct points *out,
	struct reader *,
	uint32_t width,
	const char *section,
	char *error
);
// Of a section that told before how many there are.
int points_parse_n(
	struct points *out,
	struct reader *,
	uint32_t n,
	uint32_t width,
	const char *section,
	char *error
);
void points_write(const struct points *, struct writer *);
// May k nearest be asked of n points? @return 0, or -EBADMSG with the error filled
int nearest_check(uint32_t k, uint32_t k_max, uint32_t n, const char *section, char *error);

// The rows of the ground, in its order. @return 0, or -ENOMEM with the error filled
int points_take(struct points *out, const struct model_ground *, char *error);

// The k nearest points of each of n <= POINTS_ROWS_MAX rows, the nearest first, of equally near ones that of the
// lower index. k <= POINTS_NEAREST_MAX and <= points->n. Rows are prepared ones (prepare.h).
// @param out  n x k
void points_nearest(
	const struct points *,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	uint32_t k,
	struct near *out
);

// Sum over the points of weight * exp(-gamma * squared distance), of each row.
// @param weight  one for each lane of each block, 0 behind the last point
void points_rbf(
	const struct points *,
	const float *weight,
	float gamma,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	double *sum
);

typedef void points_nearest_fn(
	const struct points *,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	uint32_t k,
	struct near *out
);
points_nearest_fn points_nearest_scalar, points_nearest_avx2, points_nearest_avx512;

typedef void points_rbf_fn(
	const struct points *,
	const float *weight,
	float gamma_log2,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	double *sum
);
points_rbf_fn points_rbf_scalar, points_rbf_avx2, points_rbf_avx512;

#endif
