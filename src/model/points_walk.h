// Rows against points, for the files that compile it for their instructions. Such a file defines
//
//     PIECE             floats in a vector of the set: 4, 8 or 16
//     ROWS_TOGETHER     rows that go through a block side by side: what fits the registers
//     WALK_NAME(what)   names of its functions
//
// and includes this once. A block is 16 points, in as many vectors as that takes. What a row is told of a block does not
// depend on the rows beside it.
//
// Threads    Pure functions.
// Memory     None taken; 8 KB of the caller's stack.
#ifndef WEIR_MODEL_POINTS_WALK_H
#define WEIR_MODEL_POINTS_WALK_H

#include "model/points.h"

#include <math.h>
#include <string.h>

#ifndef PIECE // read by itself
#define PIECE 4
#define ROWS_TOGETHER 2
#define WALK_NAME(what) what##_scalar
#endif

#define PIECES (POINT_LANES / PIECE)
typedef float piece __attribute__((vector_size(PIECE * sizeof(float))));
typedef int32_t int_piece __attribute__((vector_size(PIECE * sizeof(float))));

// Squared distances of ROWS_TOGETHER rows to the points of a block.
struct distances {
	piece of[ROWS_TOGETHER][PIECES];
};

[[gnu::always_inline]] static inline void distances_find(
	struct distances *d,
	const struct points *p,
	uint32_t block,
	const float *const row[ROWS_TOGETHER]
) {
	const float *value = p->value + (size_t)block * p->width * POINT_LANES;
	piece sum[ROWS_TOGETHER][PIECES] = {0};

	for (uint32_t k = 0; k < p->width; k++, value += POINT_LANES)
#pragma GCC unroll 16
		for (unsigned r = 0; r < ROWS_TOGETHER; r++)
#pragma GCC unroll 16
			for (unsigned i = 0; i < PIECES; i++) {
				piece v;

				memcpy(&v, value + (size_t)i * PIECE, sizeof(v));
				v = v - row[r][k];
				sum[r][i] += v * v;
			}
	memcpy(d->of, sum, sizeof(sum));
}

// Rows that go together; where fewer are left, the last one stands in for those that are missing.
[[gnu::always_inline]] static inline uint32_t rows_take(
	const float *row[ROWS_TOGETHER],
	const float *rows,
	uint32_t stride_floats,
	uint32_t left
) {
	const uint32_t n = left < ROWS_TOGETHER ? left : ROWS_TOGETHER;

	for (uint32_t r = 0; r < ROWS_TOGETHER; r++)
		row[r] = rows + (size_t)(r < n ? r : n - 1) * stride_floats;
	return n;
}

// The nearest that were met so far, rising.
struct nearest {
	uint32_t n, k;
	float worst; // a distance from here on is of no interest
	struct near *near;
};

static inline void nearest_insert(struct nearest *l, float squared, uint32_t point) {
	uint32_t at = l->n < l->k ? l->n++ : l->k - 1;

	for (; at > 0 && l->near[at - 1].squared > squared; at--)
		l->near[at] = l->near[at - 1];
	l->near[at] = (struct near) {squared, point};
	if (l->n == l->k)
		l->worst = l->near[l->k - 1].squared;
}

// Has any of the points come nearer? A sum of the comparisons' masks, which are 0 or -1.
[[gnu::always_inline]] static inline bool any_below(const piece of[PIECES], float worst) {
	int_piece below = {0};
	uint64_t word[sizeof(below) / 8], any = 0;

#pragma GCC unroll 16
	for (unsigned i = 0; i < PIECES; i++)
		below |= of[i] < worst;
	memcpy(word, &below, sizeof(word));
#pragma GCC unroll 16
	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		any |= word[i];
	return any != 0;
}

static inline void
block_offer(struct nearest *l, const piece of[PIECES], uint32_t first, uint32_t n) {
	float squared[POINT_LANES];

	memcpy(squared, of, sizeof(squared));
	for (uint32_t i = 0; i < POINT_LANES && first + i < n; i++)
		if (squared[i] < l->worst)
			nearest_insert(l, squared[i], first + i);
}

points_nearest_fn WALK_NAME(points_nearest);
void WALK_NAME(points_nearest
)(const struct points *p,
  const float *rows,
  uint32_t stride_floats,
  uint32_t n,
  uint32_t k,
  struct near *out) {
	uint32_t taken;

	for (uint32_t done = 0; done < n; done += taken) {
		const float *row[ROWS_TOGETHER];
		struct nearest list[ROWS_TOGETHER];
		struct distances d;

		taken = rows_take(
			row, rows + (size_t)done * stride_floats, stride_floats, n - done
		);
		for (uint32_t r = 0; r < taken; r++)
			list[r] = (struct nearest) {
				.k = k, .worst = INFINITY, .near = out + (size_t)(done + r) * k};
		for (uint32_t b = 0; b < p->blocks; b++) {
			distances_find(&d, p, b, row);
			for (uint32_t r = 0; r < taken; r++)
				if (any_below(d.of[r], list[r].worst))
					block_offer(&list[r], d.of[r], b * POINT_LANES, p->n);
		}
	}
}

// 2^-x for x >= 0, of each lane; below 2^-126 it stays there. The fraction is brought to |f| <= 1/2; the term of Taylor's
// series of e^(f ln 2) that is left out is below 2e-9.
[[gnu::always_inline]] static inline piece exp2_minus(piece x) {
	const piece most = (piece) {0} + 126.0f;
	const int_piece below = x < most;
	const piece cut = (piece)(((int_piece)x & below) | ((int_piece)most & ~below));
	const int_piece whole = __builtin_convertvector(cut + 0.5f, int_piece);
	const piece y = (__builtin_convertvector(whole, piece) - cut) * 0x1.62e430p-1f;
	const int_piece bits = (127 - whole) << 23;
	piece sum = y * (1.0f / 5040) + 1.0f / 720;

	sum = sum * y + 1.0f / 120;
	sum = sum * y + 1.0f / 24;
	sum = sum * y + 1.0f / 6;
	sum = sum * y + 0.5f;
	sum = sum * y + 1.0f;
	sum = sum * y + 1.0f;
	return sum * (piece)bits;
}

// Lanes add up in float for so many blocks, then in double: the sums stay within 1e-6 of exact ones.
#define BLOCKS_IN_FLOAT 16

struct kernel_sum {
	piece part[PIECES];
	double lane[POINT_LANES];
};

static inline void sum_flush(struct kernel_sum *s) {
	float part[POINT_LANES];

	memcpy(part, s->part, sizeof(part));
	for (uint32_t i = 0; i < POINT_LANES; i++)
		s->lane[i] += (double)part[i];
	memset(s->part, 0, sizeof(s->part));
}

static inline double sum_total(struct kernel_sum *s) {
	double total = 0;

	sum_flush(s);
	for (uint32_t i = 0; i < POINT_LANES; i++)
		total += s->lane[i];
	return total;
}

[[gnu::always_inline]] static inline void
kernel_add(struct kernel_sum *s, const piece of[PIECES], const float *weight, float gamma_log2) {
#pragma GCC unroll 16
	for (unsigned i = 0; i < PIECES; i++) {
		piece w;

		memcpy(&w, weight + (size_t)i * PIECE, sizeof(w));
		s->part[i] += w * exp2_minus(of[i] * gamma_log2);
	}
}

points_rbf_fn WALK_NAME(points_rbf);
void WALK_NAME(points_rbf
)(const struct points *p,
  const float *weight,
  float gamma_log2,
  const float *rows,
  uint32_t stride_floats,
  uint32_t n,
  double *sum) {
	uint32_t taken;

	for (uint32_t done = 0; done < n; done += taken) {
		const float *row[ROWS_TOGETHER];
		struct kernel_sum s[ROWS_TOGETHER] = {0};
		struct distances d;

		taken = rows_take(
			row, rows + (size_t)done * stride_floats, stride_floats, n - done
		);
		for (uint32_t b = 0; b < p->blocks; b++) {
			distances_find(&d, p, b, row);
			for (uint32_t r = 0; r < taken; r++) {
				kernel_add(
					&s[r], d.of[r], weight + (size_t)b * POINT_LANES, gamma_log2
				);
				if (b % BLOCKS_IN_FLOAT == BLOCKS_IN_FLOAT - 1)
					sum_flush(&s[r]);
			}
		}
		for (uint32_t r = 0; r < taken; r++)
			sum[done + r] = sum_total(&s[r]);
	}
}

#endif
