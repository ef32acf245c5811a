// The isolation forest in memory and on disk.
//
// Rows are float32, scikit-learn's thresholds are float64, a row goes left where x <= threshold. For a
// float32 x that is the same question as x <= (the largest float32 that is not above the
// threshold), so thresholds are stored rounded down to float32 and the answer is still exact.
//
// The section "TREE" of a model file:
//
//     u32 trees, u32 sample (psi: rows a tree was grown from)
//     u32 nodes of tree 0, of tree 1, ...
//     the nodes of tree 0, of tree 1, ...: f32 threshold, u32 link, u32 rows
//
// link is left << 8 | feature; the right child is left + 1. Node 0 is the root, children come
// after their parent, and link 0 (with threshold 0) is a leaf. rows is how many of the sample
// reached the node; of an inner node it is the sum of its children's.
//
// Threads    Immutable once made.
// Memory     One allocation for each array, at train or load.
// Ownership  A struct forest owns its arrays; it belongs to its struct model.
#ifndef WEIR_MODEL_FOREST_H
#define WEIR_MODEL_FOREST_H

#include "contract/isa.h"
#include "model/forest_heap.h"
#include "model/internal.h"

#include <assert.h>
#include <stdint.h>

#define FOREST_TREES_MAX 1000
#define FOREST_SAMPLE_MAX 65536
#define FOREST_DEPTH_MAX 16 // ceil(log2(FOREST_SAMPLE_MAX))
#define FOREST_NODE_BYTES 12 // in a file

// In memory a leaf points to itself with threshold +inf, so that every walk of a tree takes the same
// number of steps and needs no branch: 8 rows can go down side by side.
struct forest_node {
	float threshold;
	uint32_t link;
};
static_assert(sizeof(struct forest_node) == 8, "one load fetches a node");
static_assert(MODEL_FEATURES_MAX <= 256, "a feature fits the low byte of link");

struct forest {
	uint32_t trees;
	uint32_t sample;
	uint32_t depth; // steps that bring every row to a leaf
	uint32_t nodes; // of all trees
	double scale; // 1 / (trees * c(sample))
	uint32_t *first; // trees + 1: where a tree's nodes begin
	struct forest_node *node;
	float *path; // per node: its depth + c(rows). Only leaves' are read.
	uint32_t *rows; // per node
	struct forest_heap *heap; // for scoring, or NULL where trees may be too deep for it
	enum isa isa; // that scores
};

static inline uint32_t forest_link(uint32_t left, uint32_t feature) {
	return left << 8 | feature;
}

static inline uint32_t forest_left(uint32_t link) {
	return link >> 8;
}

static inline uint32_t forest_feature(uint32_t link) {
	return link & 0xff;
}

// One that is all zero gets its arrays. @return 0, -ENOMEM; forest_release() gives back what there is in either case
int forest_init(struct forest *, uint32_t trees, uint32_t sample, uint32_t nodes);
void forest_release(void *forest); // what it owns, not itself

// How deep a tree of a sample may grow: ceil(log2(sample)).
uint32_t forest_depth_limit(uint32_t sample);
// Mean path length of an unsuccessful search among n rows: c(n), with c(1) = 0, c(2) = 1.
double forest_mean_path(uint32_t n);
// Fills depth, scale, path and heap from node and rows, whose topology must be sound.
void forest_finish(struct forest *);

// The row of the kind.
int forest_parse(void *body, struct reader *, const struct model_shape *, char *error);
void forest_write(const void *body, struct writer *);
// By path: what each split on the way does to the length that rows below it have in the mean.
void forest_attribute(
	const void *body,
	const float *row,
	uint32_t n_features,
	float *contribution,
	float *baseline
);
// Rows need not be finite, and are stride_floats apart.
void forest_score(
	const void *body,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	float *raw
);

#endif
