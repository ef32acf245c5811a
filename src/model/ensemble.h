// An ensemble: several models of any kind that score the same features, weighed together.
//
// Each member's raw score is calibrated with its own calibration, so that all speak of the same: the share of normal
// rows that score lower. The raw score of the ensemble is their mean by weight; it is calibrated once more as
// a whole, for members that agree are rarer than each alone. A member votes a row strange where its
// calibrated score reaches vote_at; votes are told, and do not enter the score.
//
// The section "ENSM" of a model file:
//
//     f32 vote_at, u32 members
//     each member: f32 weight, u32 reserved 0, u64 length of its model file, the file, zero bytes up to a multiple of 8
//
// An ensemble is no member of another.
//
// Threads    Immutable once made.
// Memory     Its members'; scoring takes none.
// Ownership  A struct ensemble owns its members; it belongs to its struct model.
// Full       ENSEMBLE_MEMBERS_MAX; a file has the limit that all have.
#ifndef WEIR_MODEL_ENSEMBLE_H
#define WEIR_MODEL_ENSEMBLE_H

#include "model/internal.h"

#include <stdint.h>

#define ENSEMBLE_WEIGHT_MAX 1e6f

struct ensemble_member {
	struct model *model; // owned
	float weight; // 0 < weight <= ENSEMBLE_WEIGHT_MAX
};

struct ensemble {
	float vote_at; // 0..1
	uint32_t n; // 1..MODEL_MEMBERS_MAX
	struct ensemble_member member[MODEL_MEMBERS_MAX];
	double weights; // their sum
};

void ensemble_release(void *ensemble); // what it owns, not itself

// ensemble_file.c
int ensemble_parse(void *body, struct reader *, const struct model_shape *, char *error);
void ensemble_write(const void *body, struct writer *);

#endif
