// The way of rows down the heaps of a forest, for the files that compile it for their instructions.
//
// A step waits for two loads, so one walk at a time would mostly wait: one row goes down 16 trees side by side.
// Eight walks would keep all in registers and are slower; more than 16 gain nothing; 16 rows in one tree
// are as fast, but have no answer for a single row. The rows of a block take their turns in the
// same 16 trees, which then are in the nearest cache.
//
// Threads    Pure functions.
// Memory     None taken; 12 KB of the caller's stack for the 16 rows of a block.
#ifndef WEIR_MODEL_FOREST_WALK_H
#define WEIR_MODEL_FOREST_WALK_H

#include "model/forest_heap.h"

#include <stdalign.h>
#include <string.h>

#define BLOCK_ROWS 16

// Rows as the nodes see them. Keys by themselves are for vectors; beyond the features they may be anything.
struct walk_rows {
	uint32_t n;
	uint32_t n_features;
	alignas(64) uint64_t value[BLOCK_ROWS][MODEL_FEATURES_MAX]; // key << 32
	alignas(64) uint32_t key[BLOCK_ROWS][MODEL_FEATURES_MAX];
};

// Where those rows are in 16 trees when `levels` more are to go.
struct places {
	uint32_t levels;
	alignas(64) uint8_t at[BLOCK_ROWS][HEAP_LANES]; // [row][tree]
};

// A fixed number at a time, which the compiler makes vectors of.
#define PREPARED_AT_ONCE 8u

static inline void values_prepare(uint64_t *value, const float *row, uint32_t n) {
	for (uint32_t k = 0; k < n; k++) {
		uint32_t bits;

		memcpy(&bits, &row[k], sizeof(bits));
		value[k] = (uint64_t)heap_key(bits) << 32;
	}
}

// The last ones are taken together with some that were done already: nothing is read beyond the row.
static inline void row_prepare(uint64_t *value, const float *row, uint32_t n_features) {
	uint32_t k = 0;

	for (; k + PREPARED_AT_ONCE <= n_features; k += PREPARED_AT_ONCE)
		values_prepare(value + k, row + k, PREPARED_AT_ONCE);
	if (k == n_features)
		return;
	if (n_features < PREPARED_AT_ONCE) {
		values_prepare(value, row, n_features);
		return;
	}
	k = n_features - PREPARED_AT_ONCE;
	values_prepare(value + k, row + k, PREPARED_AT_ONCE);
}

// Some more than there are, for the same reason; the row has room for them.
static inline void row_keys(uint32_t *key, const uint64_t *value, uint32_t n_features) {
	for (uint32_t k = 0; k < n_features; k += PREPARED_AT_ONCE)
		for (uint32_t i = k; i < k + PREPARED_AT_ONCE; i++)
			key[i] = (uint32_t)(value[i] >> 32);
}
static_assert(MODEL_FEATURES_MAX % PREPARED_AT_ONCE == 0);

// To the left child, or to the right one where the row's value is above the node's threshold.
static inline uint64_t walk_go(uint64_t at, uint64_t node, const uint64_t *value) {
#ifdef __x86_64__
	// The carry of the comparison is the new bit. gcc 12 makes three more instructions of the line below.
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

// From the places at[] in a tree each, `levels` steps down to the leaves. @return the sum of these
[[gnu::always_inline]] static inline uint64_t walk_down(
	const struct forest_heap *h,
	uint32_t tree,
	const uint64_t *row,
	uint64_t at[],
	uint32_t lanes,
	uint32_t levels
) {
	const uint64_t *node = h->node[tree];
	const uint32_t *leaf = h->leaf + (size_t)tree * HEAP_NODES;
	uint64_t sum = 0;

	// Opaque, or gcc keeps each lane's own pointer in a register that it does not have.
	__asm__("" : "+r"(node), "+r"(row), "+r"(leaf));
	for (uint32_t l = 0; l < levels; l++)
#pragma GCC unroll 16
		for (uint32_t j = 0; j < lanes; j++) {
			const uint64_t here = node[j * HEAP_STRIDE + at[j]];

			at[j] = walk_go(at[j], here, row + (uint16_t)here);
		}
#pragma GCC unroll 16
	for (uint32_t j = 0; j < lanes; j++)
		sum += leaf[j * HEAP_NODES + at[j]];
	return sum;
}

// The rows of a block in `lanes` trees.
[[gnu::always_inline]] static inline void walk_trees(
	const struct forest_heap *h,
	uint32_t tree,
	const struct walk_rows *rows,
	const struct places *places,
	uint32_t lanes,
	uint64_t *sum
) {
	for (uint32_t i = 0; i < rows->n; i++) {
		uint64_t at[HEAP_LANES];

#pragma GCC unroll 16
		for (uint32_t j = 0; j < lanes; j++)
			at[j] = places->at[i][j];
		sum[i] += walk_down(h, tree, rows->value[i], at, lanes, places->levels);
	}
}

// Takes the rows of a block from the roots of 16 trees to the places, where fewer levels may be left.
typedef void walk_start(struct places *, const struct heap_top *, const struct walk_rows *);

// A block from top to bottom. The places in the next trees are found before the way down in these, which need not wait
// for them. The last trees need not be 16: a walk less is time saved.
[[gnu::always_inline]] static inline void walk_block(
	const struct forest_heap *h,
	const struct walk_rows *rows,
	struct places places[2],
	walk_start *start,
	uint64_t *sum
) {
	memset(sum, 0, rows->n * sizeof(*sum));
	if (start != NULL)
		start(&places[0], h->top, rows);
	for (uint32_t t = 0; t < h->trees; t += HEAP_LANES) {
		const uint32_t left = h->trees - t, group = t / HEAP_LANES;
		const struct places *here = &places[start != NULL ? group % 2 : 0];

		if (start != NULL && left > HEAP_LANES)
			start(&places[(group + 1) % 2], &h->top[group + 1], rows);
		if (left > 8)
			walk_trees(h, t, rows, here, 16, sum);
		else if (left > 4)
			walk_trees(h, t, rows, here, 8, sum);
		else
			walk_trees(h, t, rows, here, 4, sum);
	}
}

// @param start  NULL to begin at the roots; else it leaves depth - start_levels
[[gnu::always_inline]] static inline void walk_all(
	const struct forest_heap *h,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum,
	walk_start *start,
	uint32_t start_levels
) {
	struct walk_rows block; // 12 KB: not cleared
	struct places places[2];

	block.n_features = n_features;
	for (unsigned i = 0; i < 2; i++) {
		places[i].levels = h->depth - start_levels;
		memset(places[i].at, 1, sizeof(places[i].at)); // the root
	}
	for (uint32_t done = 0; done < n; done += block.n) {
		block.n = n - done < BLOCK_ROWS ? n - done : BLOCK_ROWS;
		for (uint32_t i = 0; i < block.n; i++) {
			row_prepare(
				block.value[i],
				rows + (size_t)(done + i) * stride_floats,
				n_features
			);
			if (start != NULL)
				row_keys(block.key[i], block.value[i], n_features);
		}
		walk_block(h, &block, places, start, sum + done);
	}
}

#endif
