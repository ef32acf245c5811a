// From trees with links to complete heaps.
#include "model/forest_heap.h"

#include "model/forest.h"

#include <stdlib.h>
#include <string.h>

// Of the highest key there can be: no row's value is above it, every row goes left.
#define NODE_LEFT ((uint64_t)UINT32_MAX << 32)

static void *lines_new(size_t bytes) {
	return aligned_alloc(64, (bytes + 63) & ~(size_t)63);
}

// Walks end at 2^depth .. 2^(depth + 1) - 1: at most one room behind the last tree's.
static size_t leaves_of(const struct forest_heap *h) {
	return (size_t)(h->filled + 1) * HEAP_NODES;
}

struct forest_heap *forest_heap_new(uint32_t trees) {
	struct forest_heap *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->trees = trees;
	h->filled = (trees + HEAP_LANES - 1) / HEAP_LANES * HEAP_LANES;
	h->node = lines_new(h->filled * sizeof(*h->node));
	h->leaf = lines_new(leaves_of(h) * sizeof(*h->leaf));
	h->top = lines_new(h->filled / HEAP_LANES * sizeof(*h->top));
	if (h->node == NULL || h->leaf == NULL || h->top == NULL) {
		forest_heap_destroy(h);
		return NULL;
	}
	return h;
}

void forest_heap_destroy(struct forest_heap *h) {
	if (h == NULL)
		return;
	free(h->top);
	free(h->leaf);
	free(h->node);
	free(h);
}

static uint64_t node_of(const struct forest_node *node) {
	uint32_t bits;

	memcpy(&bits, &node->threshold, sizeof(bits));
	return (uint64_t)heap_key(bits) << 32 | forest_feature(node->link);
}

struct filling {
	struct forest_heap *heap;
	const struct forest *forest;
	uint32_t tree;
};

// Node i of the tree goes to place `at` of the heap, `level` steps from the root. As deep as the heap.
static void subtree_fill(const struct filling *f, uint32_t i, uint32_t at, uint32_t level) {
	const uint32_t first = f->forest->first[f->tree];
	const struct forest_node *node = &f->forest->node[first + i];
	const uint32_t left = forest_left(node->link);
	const bool leaf = left <= i;

	if (level == f->heap->depth) {
		f->heap->leaf[f->tree * HEAP_NODES + at]
			= (uint32_t)(f->forest->path[first + i] * 0x1p23f);
		return;
	}
	f->heap->node[f->tree][at] = leaf ? NODE_LEFT : node_of(node);
	subtree_fill(f, leaf ? i : left, 2 * at, level + 1);
	subtree_fill(f, leaf ? i : left + 1, 2 * at + 1, level + 1);
}

static void top_fill(struct forest_heap *h) {
	for (uint32_t t = 0; t < h->filled; t++)
		for (uint32_t i = 0; i < HEAP_TOP_NODES; i++) {
			struct heap_top *top = &h->top[t / HEAP_LANES];
			const uint64_t node = h->node[t][i];

			top->key[i][t % HEAP_LANES] = (uint32_t)(node >> 32);
			top->feature[i][t % HEAP_LANES] = (uint32_t)node;
		}
}

void forest_heap_fill(struct forest_heap *h, const struct forest *forest) {
	struct filling f = {.heap = h, .forest = forest};

	h->depth = forest->depth > HEAP_DEPTH_MIN ? forest->depth : HEAP_DEPTH_MIN;
	for (uint32_t t = 0; t < h->filled; t++)
		for (uint32_t i = 0; i < HEAP_STRIDE; i++)
			h->node[t][i] = NODE_LEFT;
	memset(h->leaf, 0, leaves_of(h) * sizeof(*h->leaf));
	for (; f.tree < forest->trees; f.tree++)
		subtree_fill(&f, 0, 1, 0);
	top_fill(h);
}
