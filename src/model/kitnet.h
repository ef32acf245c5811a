// KitNET: an ensemble of small autoencoders, each over features that go together, and one more over their errors.
//
// A row goes through it in four steps:
//
//     feature map    the features are divided into groups of at most m by how they correlate
//     ensemble       each group, brought to 0..1 by the range seen in training, goes through its own
//                    autoencoder: h = s(b + W x), z = s(c + W' h), with s(a) = 1 / (1 + e^-a)
//     errors         the RMSE of x - z of each, brought to 0..1 by the range of errors seen in training
//     output         one more autoencoder of the same make over these. Its RMSE is the raw score.
//
// It learns while rows stream by, each is used once and forgotten: first the map from some rows, then the
// autoencoders by gradient descent, a step a row. Then it is frozen into a struct kitnet, which does not change.
//
// Where we differ from the paper, and why: a value beyond the range of training counts as at most `reach` such ranges
// beyond it. Without that a feature that never varied in training would give an infinite score at its first change,
// and a raw score would have no bound that a calibration could end at.
//
// The section "KITN" of a model file:
//
//     f32 reach, u32 groups
//     u32 group of each feature: numbered by their first features, 0, 1, ...
//     f32 low, f32 high of each feature, then of each group's error
//     the autoencoders of the groups, then the output's: u32 hidden, f32 b[hidden], f32 c[inputs],
//     f32 W[hidden][inputs]
//
// Inputs of a group are its features in the order of the row.
//
// Source: Mirsky, Doitshman, Elovici, Shabtai: Kitsune: An Ensemble of Autoencoders for Online Network Intrusion
// Detection, NDSS 2018. It leaves open what the steps descend: we take tied weights and the cross-entropy,
// whose slope at an output is x - z, after Vincent et al.: Extracting and Composing Robust Features with Denoising
// Autoencoders, ICML 2008, with no noise added.
//
// Threads    A learner has one owner. A struct kitnet is immutable: any number of threads may score with it.
// Memory     From the heap: a learner about 200 KB, whatever the stream's length; scoring takes none.
// Ownership  The caller owns a learner until kitnet_learner_destroy(), a struct kitnet, whose memory kitnet_release() gives back.
// Full       Nothing fills: a stream may be endless.
#ifndef WEIR_MODEL_KITNET_H
#define WEIR_MODEL_KITNET_H

#include "contract/isa.h"
#include "model/internal.h"

#include <stdint.h>

#define KITNET_WIDTH_MAX 128 // values of a row
#define KITNET_REACH_MAX 1e6
#define KITNET_WEIGHT_MAX 1e6f // of a file: sums over 64 inputs stay far from infinity

// How it learns. The authors take groups of 10, 5,000 rows for the map, 3/4 hidden, rate 0.1.
struct kitnet_shape {
	uint32_t group_max; // m: features of a group, 1..64
	uint32_t map_rows; // that the feature map is made from, > 0
	double hidden; // share of the inputs, 0 < hidden <= 1
	double rate; // of learning, 0 < rate <= 1
	double reach; // ranges beyond that of training, 0..KITNET_REACH_MAX
	uint64_t seed;
};

struct kitnet_range {
	float low, high;
	double per_value; // 1 / (high - low); where they are equal enough to bring any other value to the reach
};

// One autoencoder. Shapes: w[hidden][inputs], into the kitnet's own memory.
struct kitnet_net {
	uint32_t inputs;
	uint32_t hidden;
	float *hidden_bias;
	float *bias; // of the outputs
	float *w;
};

struct kitnet {
	uint32_t n_features;
	uint32_t groups;
	float reach;
	enum isa isa; // that scores
	uint8_t group[KITNET_WIDTH_MAX]; // of a feature
	uint8_t member[KITNET_WIDTH_MAX]; // features, group by group
	struct kitnet_range range[KITNET_WIDTH_MAX]; // of a feature
	struct kitnet_range error_range[KITNET_WIDTH_MAX]; // of a group's error
	struct kitnet_net net[KITNET_WIDTH_MAX + 1]; // one a group, and [groups]: the output
	float *memory; // of all nets
};

// One that is all zero gets room for the nets of such groups; everything in the nets is 0.
// @param group   of each feature, numbered by their first features
// @param hidden  of each group's net and of the output's, groups + 1 of them
// @return 0, -ENOMEM
int kitnet_init(struct kitnet *, const uint8_t *group, uint32_t n_features, const uint32_t *hidden);
void kitnet_release(void *kitnet); // what it owns, not itself
struct kitnet_range kitnet_range_of(float low, float high);

// Rows need not be finite, and are stride_floats apart.
void kitnet_score(
	const void *body,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	float *raw
);

// kitnet_file.c
int kitnet_parse(void *body, struct reader *, const struct model_shape *, char *error);
void kitnet_write(const void *body, struct writer *);

// kitnet_learn.c
struct kitnet_learner;

// @return 0, -EINVAL (shape), -ENOMEM
int kitnet_learner_create(struct kitnet_learner **out, uint32_t n_features, const struct kitnet_shape *);
void kitnet_learner_destroy(struct kitnet_learner *); // NULL is fine
// Widen the ranges by a row without learning from it: for who has all rows at hand.
void kitnet_learner_look(struct kitnet_learner *, const float *row);
// Learn from a row; what is not finite counts as 0.
// @return the RMSE that it had before it was learned; NAN while the map is made
double kitnet_learn(struct kitnet_learner *, const float *row);
// What it has learned so far, into one that is all zero; it may go on learning. @return 0, -ENODATA (no row after the map's yet), -ENOMEM
int kitnet_freeze(struct kitnet *out, const struct kitnet_learner *);

#endif
