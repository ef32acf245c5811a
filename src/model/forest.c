// A forest in memory: its arrays, and what follows from its trees.
#include "model/forest.h"

#include "model/exact.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define EULER_GAMMA 0.57721566490153286061

int forest_init(struct forest *f, uint32_t trees, uint32_t sample, uint32_t nodes) {
	const bool heaped = forest_depth_limit(sample) <= HEAP_DEPTH_MAX;

	f->trees = trees;
	f->sample = sample;
	f->nodes = nodes;
	f->first = calloc((size_t)trees + 1, sizeof(*f->first));
	f->node = calloc(nodes, sizeof(*f->node));
	f->path = calloc(nodes, sizeof(*f->path));
	f->rows = calloc(nodes, sizeof(*f->rows));
	if (heaped)
		f->heap = forest_heap_new(trees);
	if (f->first == NULL || f->node == NULL || f->path == NULL || f->rows == NULL
	    || (heaped && f->heap == NULL))
		return -ENOMEM;
	return 0;
}

void forest_release(void *forest) {
	struct forest *f = forest;

	forest_heap_destroy(f->heap);
	free(f->rows);
	free(f->path);
	free(f->node);
	free(f->first);
}

uint32_t forest_depth_limit(uint32_t sample) {
	uint32_t depth = 0;

	while ((1u << depth) < sample)
		depth++;
	return depth;
}

double forest_mean_path(uint32_t n) {
	if (n <= 1)
		return 0;
	if (n == 2)
		return 1;
	return 2 * (exact_ln(n - 1.0) + EULER_GAMMA) - 2 * (n - 1.0) / n;
}

// Children come after their parent, so one pass from the root knows every depth.
static void tree_finish(struct forest *f, uint32_t t) {
	const uint32_t first = f->first[t], n = f->first[t + 1] - first;
	struct forest_node *node = f->node + first;
	float *path = f->path + first; // holds the bare depth until the node's turn

	path[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t left = forest_left(node[i].link);

		if ((uint32_t)path[i] > f->depth)
			f->depth = (uint32_t)path[i];
		if (left > i) {
			path[left] = path[left + 1] = path[i] + 1;
			continue;
		}
		path[i] = (float)((double)path[i] + forest_mean_path(f->rows[first + i]));
		node[i] = (struct forest_node) {INFINITY, forest_link(i, 0)};
	}
}

void forest_finish(struct forest *f) {
	f->isa = isa_in_use();
	f->depth = 0;
	f->scale = 1 / (f->trees * forest_mean_path(f->sample));
	for (uint32_t t = 0; t < f->trees; t++)
		tree_finish(f, t);
	if (f->heap != NULL)
		forest_heap_fill(f->heap, f);
}
