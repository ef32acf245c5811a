// Growing an isolation forest: Liu, Ting, Zhou: Isolation Forest, ICDM 2008, algorithms 1 and 2, with
// scikit-learn 1.2.1's choices: the feature is drawn among those that are not constant in the node, the
// threshold evenly between its lowest and highest value, x <= threshold goes left.
// One difference: scikit-learn also takes a feature for constant whose values differ by
// less than 1e-7; here only equal values are, since a feature may be in seconds.
//
// Determinism: each tree has a random stream of its own, named by its number, and leaves the row
// order as it found it; so trees could be grown in any order or at once with the same result.
#include "model/forest_grow.h"

#include "model/random.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MAX (MODEL_FILE_BYTES_MAX / FOREST_NODE_BYTES)

// A node that waits to be split: its rows are order[begin .. end).
struct span {
	uint32_t begin;
	uint32_t end;
	uint32_t depth;
};

struct grower {
	struct forest_ground ground;
	uint32_t sample;
	uint32_t *picked; // where each row of the sample came from, to put it back
	uint32_t *saved; // the sample in the order in which it was drawn
	struct span *span; // of the tree at work
	struct forest_node *node; // of all trees so far
	uint32_t *rows; // per node
	uint32_t *first; // per tree
	uint32_t n_nodes;
};

static inline float value_at(const struct grower *g, uint32_t at, uint32_t feature) {
	const struct forest_ground *on = &g->ground;

	return on->rows[(size_t)on->order[at] * on->n_features + feature];
}

static inline void order_swap(struct grower *g, uint32_t a, uint32_t b) {
	const uint32_t row = g->ground.order[a];

	g->ground.order[a] = g->ground.order[b];
	g->ground.order[b] = row;
}

static void
range_find(const struct grower *g, struct span s, uint32_t feature, float *min, float *max) {
	*min = *max = value_at(g, s.begin, feature);
	for (uint32_t i = s.begin + 1; i < s.end; i++) {
		const float x = value_at(g, i, feature);

		*min = x < *min ? x : *min;
		*max = x > *max ? x : *max;
	}
}

// Draw features without replacement until one is not constant: each of those is then as likely.
// @return false: all are constant
static bool feature_draw(
	const struct grower *g,
	struct random *r,
	struct span s,
	uint32_t *feature,
	float *min,
	float *max
) {
	uint8_t left[MODEL_FEATURES_MAX];

	for (uint32_t i = 0; i < g->ground.n_features; i++)
		left[i] = (uint8_t)i;
	for (uint32_t n = g->ground.n_features; n > 0; n--) {
		const uint32_t k = random_below(r, n);

		*feature = left[k];
		left[k] = left[n - 1];
		range_find(g, s, *feature, min, max);
		if (*min < *max)
			return true;
	}
	return false;
}

// Evenly in [min, max), rounded down to float32 as forest.h explains: both sides get a row.
static float threshold_draw(struct random *r, float min, float max) {
	const double exact = min + random_unit(r) * ((double)max - min);
	float threshold = (float)exact;

	if ((double)threshold > exact)
		threshold = nextafterf(threshold, -INFINITY);
	return threshold < max && threshold >= min ? threshold : min;
}

static uint32_t partition(struct grower *g, struct span s, uint32_t feature, float threshold) {
	uint32_t low = s.begin, high = s.end;

	while (low < high) {
		if (value_at(g, low, feature) <= threshold)
			low++;
		else
			order_swap(g, low, --high);
	}
	return low;
}

// Level by level: a tree's first levels, which every row passes, share cache lines.
static void tree_grow(struct grower *g, struct random *r) {
	const uint32_t depth_limit = forest_depth_limit(g->sample);
	struct forest_node *node = g->node + g->n_nodes;
	uint32_t n = 1;

	g->span[0] = (struct span) {0, g->sample, 0};
	for (uint32_t i = 0; i < n; i++) {
		const struct span s = g->span[i];
		uint32_t feature;
		float min, max;

		node[i] = (struct forest_node) {0};
		g->rows[g->n_nodes + i] = s.end - s.begin;
		if (s.end - s.begin < 2 || s.depth == depth_limit)
			continue;
		if (!feature_draw(g, r, s, &feature, &min, &max))
			continue;
		node[i].threshold = threshold_draw(r, min, max);
		node[i].link = forest_link(n, feature);

		const uint32_t middle = partition(g, s, feature, node[i].threshold);

		g->span[n++] = (struct span) {s.begin, middle, s.depth + 1};
		g->span[n++] = (struct span) {middle, s.end, s.depth + 1};
	}
	g->n_nodes += n;
}

// A sample without replacement to the front of order.
static void sample_draw(struct grower *g, struct random *r) {
	for (uint32_t i = 0; i < g->sample; i++) {
		g->picked[i] = i + random_below(r, g->ground.n_rows - i);
		order_swap(g, i, g->picked[i]);
	}
	memcpy(g->saved, g->ground.order, g->sample * sizeof(*g->saved));
}

static void sample_return(struct grower *g) {
	memcpy(g->ground.order, g->saved, g->sample * sizeof(*g->saved));
	for (uint32_t i = g->sample; i-- > 0;)
		order_swap(g, i, g->picked[i]);
}

static void grower_free(struct grower *g) {
	free(g->first);
	free(g->rows);
	free(g->node);
	free(g->span);
	free(g->saved);
	free(g->picked);
}

static int grower_make(struct grower *g, uint32_t trees) {
	const size_t tree_nodes = (size_t)2 * g->sample;
	size_t nodes = trees * tree_nodes;

	if (nodes > NODES_MAX + tree_nodes)
		nodes = NODES_MAX + tree_nodes; // trees_grow() looks after each tree
	g->picked = malloc(g->sample * sizeof(*g->picked));
	g->saved = malloc(g->sample * sizeof(*g->saved));
	g->span = malloc(tree_nodes * sizeof(*g->span));
	g->node = malloc(nodes * sizeof(*g->node));
	g->rows = malloc(nodes * sizeof(*g->rows));
	g->first = malloc(((size_t)trees + 1) * sizeof(*g->first));
	if (g->picked == NULL || g->saved == NULL || g->span == NULL || g->node == NULL
	    || g->rows == NULL || g->first == NULL)
		return -ENOMEM;
	return 0;
}

static int trees_grow(struct grower *g, uint32_t trees, uint64_t seed) {
	for (uint32_t t = 0; t < trees; t++) {
		struct random r = random_seeded(seed, t);

		g->first[t] = g->n_nodes;
		sample_draw(g, &r);
		tree_grow(g, &r);
		sample_return(g);
		if (g->n_nodes > NODES_MAX)
			return -EFBIG;
	}
	g->first[trees] = g->n_nodes;
	return 0;
}

static int forest_fill(struct forest *f, const struct grower *g, uint32_t trees) {
	if (forest_init(f, trees, g->sample, g->n_nodes) < 0)
		return -ENOMEM;
	memcpy(f->first, g->first, ((size_t)trees + 1) * sizeof(*f->first));
	memcpy(f->node, g->node, (size_t)g->n_nodes * sizeof(*f->node));
	memcpy(f->rows, g->rows, (size_t)g->n_nodes * sizeof(*f->rows));
	forest_finish(f);
	return 0;
}

int forest_grow(
	struct forest *out,
	const struct forest_ground *ground,
	uint32_t trees,
	uint32_t sample,
	uint64_t seed
) {
	struct grower g = {.ground = *ground, .sample = sample};
	int rc = grower_make(&g, trees);

	if (rc == 0)
		rc = trees_grow(&g, trees, seed);
	if (rc == 0)
		rc = forest_fill(out, &g, trees);
	grower_free(&g);
	return rc;
}
