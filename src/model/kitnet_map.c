// The feature map: see kitnet_map.h.
#include "model/kitnet_map.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define NODES_MAX (2 * KITNET_WIDTH_MAX - 1)

void kitnet_map_add(struct kitnet_map *map, const float *row) {
	double residual[KITNET_WIDTH_MAX];

	map->rows++;
	for (uint32_t i = 0; i < map->n_features; i++) {
		map->sum[i] += (double)row[i];
		residual[i] = (double)row[i] - map->sum[i] / (double)map->rows;
	}
	for (uint32_t i = 0; i < map->n_features; i++)
		for (uint32_t j = 0; j <= i; j++)
			map->product[i][j] += residual[i] * residual[j];
}

double kitnet_map_distance(const struct kitnet_map *map, uint32_t i, uint32_t j) {
	const double both = i > j ? map->product[i][j] : map->product[j][i];
	const double scale = sqrt(map->product[i][i]) * sqrt(map->product[j][j]);

	return scale > 0 ? fmax(1 - both / scale, 0) : 1;
}

// The tree of joins. Leaves are the features; node n_features + k is the k-th join.
struct joins {
	uint32_t n_nodes;
	uint32_t child[NODES_MAX][2];
	uint32_t size[NODES_MAX]; // features below
	uint32_t top[KITNET_WIDTH_MAX]; // of a feature: the node that no join has taken yet
};

struct pair {
	uint32_t i, j;
};

// Of equal distances the first pair counts, so that the groups hang on the rows alone.
static struct pair
closest(const struct joins *tree, double (*distance)[KITNET_WIDTH_MAX], uint32_t n) {
	struct pair best = {0, 0};
	double least = INFINITY;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n; j++)
			if (tree->top[i] != tree->top[j] && distance[i][j] < least) {
				least = distance[i][j];
				best = (struct pair) {i, j};
			}
	return best;
}

static void join(struct joins *tree, struct pair of, uint32_t n_features) {
	const uint32_t left = tree->top[of.i], right = tree->top[of.j], node = tree->n_nodes++;

	tree->child[node][0] = left;
	tree->child[node][1] = right;
	tree->size[node] = tree->size[left] + tree->size[right];
	for (uint32_t i = 0; i < n_features; i++)
		if (tree->top[i] == left || tree->top[i] == right)
			tree->top[i] = node;
}

static void joins_make(struct joins *tree, const struct kitnet_map *map) {
	const uint32_t n = map->n_features;
	double distance[KITNET_WIDTH_MAX][KITNET_WIDTH_MAX];

	for (uint32_t i = 0; i < n; i++) {
		tree->size[i] = 1;
		tree->top[i] = i;
		for (uint32_t j = i + 1; j < n; j++)
			distance[i][j] = kitnet_map_distance(map, i, j);
	}
	tree->n_nodes = n;
	while (tree->n_nodes < 2 * n - 1)
		join(tree, closest(tree, distance, n), n);
}

// Parents come after their children: from the root down, the node of a cluster that is small enough is
// handed on to all below it.
static void
cut(const struct joins *tree, uint32_t n_features, uint32_t group_max, uint32_t *cluster) {
	for (uint32_t node = tree->n_nodes; node-- > 0;) {
		if (node == tree->n_nodes - 1)
			cluster[node] = node;
		if (node < n_features)
			continue;

		const bool whole = tree->size[cluster[node]] <= group_max;

		for (unsigned k = 0; k < 2; k++) {
			const uint32_t child = tree->child[node][k];

			cluster[child] = whole ? cluster[node] : child;
		}
	}
}

uint32_t kitnet_map_groups(const struct kitnet_map *map, uint32_t group_max, uint8_t *group) {
	uint32_t cluster[NODES_MAX], named[NODES_MAX] = {0}, groups = 0;
	struct joins tree;

	joins_make(&tree, map);
	cut(&tree, map->n_features, group_max, cluster);
	for (uint32_t i = 0; i < map->n_features; i++) {
		uint32_t *name = &named[cluster[i]]; // counted from 1

		if (*name == 0)
			*name = ++groups;
		group[i] = (uint8_t)(*name - 1);
	}
	return groups;
}
