// Scoring: 2^(-E(h) / c(psi)), Liu, Ting, Zhou: Isolation Forest, ICDM 2008, sections 2 and 4.2.
//
// The result does not depend on the order of rows and trees, thus not on the instructions chosen: a
// path is a float of 0 or of 1 to 64, thus a multiple of 2^-23; at most 1000 of them add up below 2^16, in 39
// of a double's 53 bits. Sums are exact.
//
// Here is what all forests share, and the walk of those that are too deep for heaps (forest_heap.h): by links, eight
// rows in one tree side by side, and for the rows left over eight trees for one row.
#include "model/exact.h"
#include "model/forest.h"

#include <assert.h>
#include <string.h>

#define LANES 8
static_assert(MODEL_BATCH_MAX % LANES == 0);
static_assert(FOREST_DEPTH_MAX + 24 < 64 && FOREST_TREES_MAX * 64 < 1 << 16, "sums stay exact");

static inline uint32_t step(const struct forest_node *tree, uint32_t at, const float *row) {
	const struct forest_node node = tree[at];

	return forest_left(node.link) + (row[forest_feature(node.link)] > node.threshold);
}

static void
eight_rows(const struct forest *f, const float *rows, uint32_t n_features, double sum[LANES]) {
	for (uint32_t t = 0; t < f->trees; t++) {
		const struct forest_node *tree = f->node + f->first[t];
		const float *path = f->path + f->first[t];
		uint32_t at[LANES] = {0};

		for (uint32_t d = 0; d < f->depth; d++)
			for (unsigned i = 0; i < LANES; i++)
				at[i] = step(tree, at[i], rows + i * n_features);
		for (unsigned i = 0; i < LANES; i++)
			sum[i] += (double)path[at[i]];
	}
}

static double one_row(const struct forest *f, const float *row) {
	double sum = 0;
	uint32_t t = 0;

	for (; t + LANES <= f->trees; t += LANES) {
		const uint32_t *first = f->first + t;
		uint32_t at[LANES] = {0};

		for (uint32_t d = 0; d < f->depth; d++)
			for (unsigned i = 0; i < LANES; i++)
				at[i] = step(f->node + first[i], at[i], row);
		for (unsigned i = 0; i < LANES; i++)
			sum += (double)f->path[first[i] + at[i]];
	}
	for (; t < f->trees; t++) {
		uint32_t at = 0;

		for (uint32_t d = 0; d < f->depth; d++)
			at = step(f->node + f->first[t], at, row);
		sum += (double)f->path[f->first[t] + at];
	}
	return sum;
}

// NaN and infinity have all exponent bits set.
static inline float finite_or_zero(float x) {
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return (bits & 0x7f800000) != 0x7f800000 ? x : 0;
}

static void deep_paths(
	const struct forest *f,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	double *sum
) {
	float clean[MODEL_BATCH_MAX * MODEL_FEATURES_MAX];
	uint32_t i = 0;

	for (uint32_t r = 0; r < n; r++)
		for (uint32_t k = 0; k < n_features; k++)
			clean[r * n_features + k]
				= finite_or_zero(rows[(size_t)r * stride_floats + k]);
	memset(sum, 0, n * sizeof(*sum));
	for (; i + LANES <= n; i += LANES)
		eight_rows(f, clean + i * n_features, n_features, sum + i);
	for (; i < n; i++)
		sum[i] = one_row(f, clean + i * n_features);
}

static forest_walk *const walks[ISA_N] = {
	[ISA_SCALAR] = forest_walk_scalar,
#ifdef __x86_64__
	[ISA_AVX2] = forest_walk_avx2,
	[ISA_AVX512] = forest_walk_avx512,
#endif
};

static void heap_paths(
	const struct forest *f,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	double *sum
) {
	uint64_t units[MODEL_BATCH_MAX];

	walks[f->isa](f->heap, rows, stride_floats, n_features, n, units);
	for (uint32_t i = 0; i < n; i++)
		sum[i] = (double)units[i] * 0x1p-23;
}

void forest_score(
	const void *body,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	float *raw
) {
	const struct forest *f = body;
	double sum[MODEL_BATCH_MAX];

	if (f->heap != NULL)
		heap_paths(f, rows, stride_floats, n_features, n, sum);
	else
		deep_paths(f, rows, stride_floats, n_features, n, sum);
	for (uint32_t i = 0; i < n; i++)
		raw[i] = (float)exact_exp2_minus(sum[i] * f->scale);
}
