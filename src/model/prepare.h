// Features made ready for a model: scaled, or as a category one value for each code. It lies in the model file
// (section "PREP"), so that whoever scores hands in rows as they were measured.
//
// The section, for each feature in order:
//
//     u32 type (enum prepare_type), f32 centre, f32 factor, u32 codes, and so many f32, rising
//
// A value x becomes (x - centre) * factor; of type log, (l(x) - centre) * factor with l(x) the natural
// logarithm of 1 + |x|, with the sign of x; a category becomes as many values as it has codes: factor where x is
// the code, else 0. A code that was never met is 0 in all. Before, what is not finite counts as 0;
// afterwards values are cut at +-PREPARE_LIMIT, so that squared distances are finite.
//
// Threads    Immutable once made.
// Memory     One struct of fixed size; preparing takes none.
// Full       PREPARE_WIDTH_MAX values in a row: more is an error of training or of the file.
#ifndef WEIR_MODEL_PREPARE_H
#define WEIR_MODEL_PREPARE_H

#include "model/model.h"

#include <stdint.h>

#define PREPARE_WIDTH_MAX 128
#define PREPARE_CODES_MAX 32 // of one category
#define PREPARE_LANES 16
#define PREPARE_LIMIT 1e15f

enum prepare_type { PREPARE_LINEAR = 1, PREPARE_LOG = 2, PREPARE_CATEGORY = 3 };

struct prepare_feature {
	uint32_t type; // enum prepare_type
	float centre;
	float factor;
	uint32_t n_codes; // > 0 of a category only
	float code[PREPARE_CODES_MAX];
};

struct prepare {
	uint32_t n_features;
	uint32_t width; // values of a prepared row
	uint32_t stride_floats; // width, up to a multiple of PREPARE_LANES
	struct prepare_feature feature[MODEL_FEATURES_MAX];
};

struct reader;
struct writer;

// What the rows are fitted to. order names rows of n_features each.
struct prepare_from {
	const float *rows;
	const uint32_t *order;
	uint32_t n_rows; // in order, > 0
	uint32_t n_features;
	const char *const *names;
	uint64_t categories; // bit k: feature k is one
	enum model_scaling scaling;
};

// The logarithm of above.
double prepare_log(double x);
void prepare_width_set(struct prepare *); // from its features

// @return 0, -EINVAL (too many codes, too wide), -ENOMEM; the error is filled
int prepare_fit(struct prepare *out, const struct prepare_from *, char *error);
// An ordinary row: medians, and of categories the code met most often. @return 0, -ENOMEM
int prepare_baseline(float *out, const struct prepare_from *);

int prepare_parse(struct prepare *out, struct reader *, uint32_t n_features, char *error);
void prepare_write(const struct prepare *, struct writer *);

// @param out  n x p->stride_floats
void prepare_rows(
	const struct prepare *p,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *out
);

#endif
