// A forest laid out for scoring: what forest_score() walks where no tree is deeper than 8, which is where
// the sample has at most 256 rows, as the paper recommends.
//
// Every tree is a complete binary heap of the same size: node 1 is the root, the children of node i are
// 2i and 2i + 1, so that there are no links to load. Where a tree ends early its leaf is spread over all
// leaves below it: the nodes between send every row to the left.
//
// A node is one number, its threshold above and its feature below:
//
//     63        32 31      16 15                0
//     key of the   0          feature
//     threshold
//
// and a row is prepared once as such numbers too, key << 32. key() rises as the float does, so the
// question "value > threshold" is "node < value" of two 64-bit numbers, and the next node is
// 2i + (node < value): on x86-64 a load, a cut, a compare and an add with carry. -0 and 0 have one key; NaN
// and infinities count as 0.
//
// A leaf holds its path length in units of 2^-23, which is exact (forest_score.c). Sums are of integers,
// so that any order of trees and rows, thus every instruction set, gives the same bits.
//
// Threads    Immutable once filled.
// Memory     3.2 KB a tree: 0.3 MB for 100, 3.3 MB for the most there may be.
// Ownership  Its forest owns it.
#ifndef WEIR_MODEL_FOREST_HEAP_H
#define WEIR_MODEL_FOREST_HEAP_H

#include "model/internal.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>

#define HEAP_DEPTH_MAX 8
#define HEAP_DEPTH_MIN HEAP_TOP // smaller trees are filled up
#define HEAP_NODES (1u << HEAP_DEPTH_MAX) // room for each tree, whatever the depth
// From one tree to the next: one line more, or the same nodes of every second tree would share a set of the cache.
#define HEAP_STRIDE (HEAP_NODES + 8)
#define HEAP_LANES 16 // trees that are walked side by side; they are filled up to it
#define HEAP_TOP 4 // levels that vectors walk by themselves
#define HEAP_TOP_NODES (1u << HEAP_TOP)

// The upper levels of 16 trees side by side: node i of tree k is [i][k].
struct heap_top {
	alignas(64) uint32_t key[HEAP_TOP_NODES][HEAP_LANES];
	alignas(64) uint32_t feature[HEAP_TOP_NODES][HEAP_LANES];
};

struct forest_heap {
	uint32_t trees;
	uint32_t filled; // a multiple of HEAP_LANES; those behind the trees have leaves of 0
	uint32_t depth; // steps from the root to the leaves
	uint64_t (*node)[HEAP_STRIDE]; // [tree][1 .. 2^depth - 1]
	uint32_t *leaf; // [tree * HEAP_NODES + the place a walk ended at]
	struct heap_top *top; // [tree / HEAP_LANES]
};

struct forest;

struct forest_heap *forest_heap_new(uint32_t trees); // NULL: no memory
void forest_heap_destroy(struct forest_heap *); // NULL is fine
// From the trees of a finished forest that is not deeper than HEAP_DEPTH_MAX.
void forest_heap_fill(struct forest_heap *, const struct forest *);

// A float as a number that rises with it; -0 is 0, NaN and infinity are 0. Without branches: values are often 0 and
// as often not, nobody could foretell them.
static inline uint32_t heap_key(uint32_t bits) {
	const uint32_t finite = (bits & 0x7f800000) != 0x7f800000;
	const uint32_t not_minus_zero = bits != 0x80000000;

	bits &= -(finite & not_minus_zero);
	return bits ^ ((uint32_t)((int32_t)bits >> 31) | 0x80000000);
}

// The sum of the path lengths of n <= MODEL_BATCH_MAX rows, in units of 2^-23.
typedef void forest_walk(
	const struct forest_heap *,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	uint64_t *sum
);
forest_walk forest_walk_scalar, forest_walk_avx2, forest_walk_avx512;

#endif
