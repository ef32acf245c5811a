// Which features made a row's paths short: path attribution.
//
// A node stands for the rows of the sample that reached it; what they have as mean path length is known. Going from a node
// to a child changes that mean, and the feature that the node splits by is given the change. From the root to the leaf
// they add up to path(leaf) - mean path of all: after A. Saabas's "treeinterpreter" (2014), applied to path
// lengths in the place of values.
//
// From lengths to scores: score = 2^(-sum * scale), and the ordinary row is one whose sum is the mean of all trees. Parts of
// the exponent become parts of the score's difference by the logarithmic mean of both scores: (s - s0) / (ln s - ln
// s0). So they sum to s - s0, and those that have a sign keep it.
#include "model/exact.h"
#include "model/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_leaf(const struct forest_node *tree, uint32_t at) {
	return forest_left(tree[at].link) <= at;
}

// The mean path of the rows below a node. A tree is walked along one way only, so that each step sums the subtree
// beside it; nodes of a subtree are few, and nobody waits.
static double mean_below(const struct forest *f, uint32_t first, uint32_t at) {
	const struct forest_node *tree = f->node + first;
	const uint32_t left = forest_left(tree[at].link);

	if (is_leaf(tree, at))
		return (double)f->path[first + at];
	return (f->rows[first + left] * mean_below(f, first, left)
		+ f->rows[first + left + 1] * mean_below(f, first, left + 1))
		/ f->rows[first + at];
}

// @param change  of each feature, added to. @return the mean path at the root
static double tree_walk(const struct forest *f, uint32_t first, const float *row, double *change) {
	const struct forest_node *tree = f->node + first;
	const double root = mean_below(f, first, 0);
	double mean = root;
	uint32_t at = 0;

	while (!is_leaf(tree, at)) {
		const uint32_t feature = forest_feature(tree[at].link);
		const float x = isfinite(row[feature]) ? row[feature] : 0;
		double next;

		at = forest_left(tree[at].link) + (x > tree[at].threshold);
		next = mean_below(f, first, at);
		change[feature] += next - mean;
		mean = next;
	}
	return root;
}

static double logarithmic_mean(double a, double b) {
	const double d = log(a / b);

	return fabs(d) < 1e-9 ? (a + b) / 2 : (a - b) / d;
}

void forest_attribute(
	const void *body,
	const float *row,
	uint32_t n_features,
	float *contribution,
	float *baseline
) {
	const struct forest *f = body;
	double change[MODEL_FEATURES_MAX] = {0}, usual = 0, sum = 0, mean;

	for (uint32_t t = 0; t < f->trees; t++)
		usual += tree_walk(f, f->first[t], row, change);
	for (uint32_t k = 0; k < n_features; k++)
		sum += change[k];

	const double s0 = exact_exp2_minus(usual * f->scale);
	const double s = exact_exp2_minus((usual + sum) * f->scale);

	mean = logarithmic_mean(s, s0);
	for (uint32_t k = 0; k < n_features; k++)
		contribution[k] = (float)(-change[k] * f->scale * M_LN2 * mean);
	*baseline = (float)s0;
}
