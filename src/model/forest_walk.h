// The way of rows down the heaps of a forest, for the files that compile it for their instructions.
//
// A step waits for two loads, so one walk at a time would mostly wait: 16 go side by side. Eight walks
// keep all in registers and are slower; more than 16 do not gain (bench/score, Zen 5).
//
// Threads    Pure functions.
// Memory     None taken; 8 KB of the caller's stack for 16 rows.
#ifndef WEIR_MODEL_FOREST_WALK_H
#define WEIR_MODEL_FOREST_WALK_H

#include "model/forest_heap.h"

#include <stdalign.h>
#include <string.h>

// This many rows or more that are left over are walked as if there were 16, which is cheaper than one by one.
#define ROWS_WORTH_A_BLOCK 9

// Rows as the nodes see them: key << 32. Rows are a fixed distance apart.
struct walk_rows {
	alignas(64) uint64_t value[HEAP_LANES][MODEL_FEATURES_MAX];
};

// How far the 16 walks are apart: of one tree and 16 rows, or of 16 trees and one row.
struct walk_step {
	size_t tree; // heaps
	size_t row; // rows of struct walk_rows
};

static inline void walk_rows_prepare(
	struct walk_rows *out,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n
) {
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n_features; k++) {
			uint32_t bits;

			memcpy(&bits, &rows[(size_t)i * stride_floats + k], sizeof(bits));
			out->value[i][k] = (uint64_t)heap_key(bits) << 32;
		}
	for (uint32_t i = n; i < HEAP_LANES; i++)
		memset(out->value[i], 0, n_features * sizeof(*out->value[i]));
}

// To the left child, or to the right one where the row's value is above the node's threshold.
static inline uint64_t walk_go(uint64_t at, uint64_t node, const uint64_t *value) {
#ifdef __x86_64__
	// No compiler of today makes the carry of the comparison the new bit by itself.
	__asm__("cmpq %[value], %[node]\n\t"
		"adcq %[at], %[at]"
		: [at] "+r"(at)
		: [value] "m"(*value), [node] "r"(node)
		: "cc");
	return at;
#else
	return 2 * at + (node < *value);
#endif
}

[[gnu::always_inline]] static inline void walk_down(
	uint64_t at[HEAP_LANES],
	const uint64_t *tree,
	const uint64_t *row,
	struct walk_step step,
	uint32_t levels
) {
	// Opaque, or gcc keeps the sum of each lane's pointer in a register that it does not have.
	__asm__("" : "+r"(tree), "+r"(row));
	for (uint32_t l = 0; l < levels; l++)
#pragma GCC unroll 16
		for (uint32_t j = 0; j < HEAP_LANES; j++) {
			const uint64_t node = tree[at[j] + j * step.tree * HEAP_NODES];
			const char *value = (const char *)(row + j * step.row * MODEL_FEATURES_MAX);

			at[j] = walk_go(at[j], node, (const uint64_t *)(value + (uint16_t)node));
		}
}

// From place at[] on, 16 rows go down one tree.
[[gnu::always_inline]] static inline void walk_rows_in_tree(
	const struct forest_heap *h,
	uint32_t tree,
	const struct walk_rows *rows,
	uint64_t at[HEAP_LANES],
	uint32_t levels,
	uint64_t *sum
) {
	const struct walk_step step = {.row = 1};

	walk_down(at, h->node[tree], rows->value[0], step, levels);
#pragma GCC unroll 16
	for (uint32_t j = 0; j < HEAP_LANES; j++)
		sum[j] += h->leaf[tree][heap_leaf(at[j])];
}

// From place at[] on, one row goes down 16 trees.
[[gnu::always_inline]] static inline uint64_t walk_row_in_trees(
	const struct forest_heap *h,
	uint32_t tree,
	const uint64_t *row,
	uint64_t at[HEAP_LANES],
	uint32_t levels
) {
	const struct walk_step step = {.tree = 1};
	uint64_t sum = 0;

	walk_down(at, h->node[tree], row, step, levels);
#pragma GCC unroll 16
	for (uint32_t j = 0; j < HEAP_LANES; j++)
		sum += h->leaf[tree + j][heap_leaf(at[j])];
	return sum;
}

// A block is up to 16 rows: together, or where there are few one by one.
typedef void walk_block(
	const struct forest_heap *,
	const struct walk_rows *,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum
);

[[gnu::always_inline]] static inline void walk_blocks(
	const struct forest_heap *h,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum,
	walk_block *together,
	walk_block *one_by_one
) {
	struct walk_rows prepared;
	uint64_t of_block[HEAP_LANES];

	for (uint32_t i = 0; i < n; i += HEAP_LANES) {
		const uint32_t left = n - i, m = left < HEAP_LANES ? left : HEAP_LANES;
		const float *from = rows + (size_t)i * stride_floats;

		memset(of_block, 0, sizeof(of_block));
		walk_rows_prepare(&prepared, from, stride_floats, n_features, m);
		(m < ROWS_WORTH_A_BLOCK ? one_by_one : together
		)(h, &prepared, n_features, m, of_block);
		memcpy(sum + i, of_block, m * sizeof(*sum));
	}
}

// From the root on, without vectors.
static inline void walk_together(
	const struct forest_heap *h,
	const struct walk_rows *rows,
	uint32_t,
	uint32_t,
	uint64_t *sum
) {
	for (uint32_t t = 0; t < h->trees; t++) {
		uint64_t at[HEAP_LANES];

#pragma GCC unroll 16
		for (uint32_t j = 0; j < HEAP_LANES; j++)
			at[j] = 1;
		walk_rows_in_tree(h, t, rows, at, h->depth, sum);
	}
}

static inline void walk_one_by_one(
	const struct forest_heap *h,
	const struct walk_rows *rows,
	uint32_t,
	uint32_t n,
	uint64_t *sum
) {
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t t = 0; t < h->trees; t += HEAP_LANES) {
			uint64_t at[HEAP_LANES];

#pragma GCC unroll 16
			for (uint32_t j = 0; j < HEAP_LANES; j++)
				at[j] = 1;
			sum[i] += walk_row_in_trees(h, t, rows->value[i], at, h->depth);
		}
}

#endif
