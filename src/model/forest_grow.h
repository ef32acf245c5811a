// Growing the trees of an isolation forest.
//
// Threads    One owner of the ground while growing.
// Memory     From the heap; about 12 bytes a node beside the forest.
// Ownership  The caller owns the forest (forest_release) and the ground.
// Full       -EFBIG where the trees would not fit a model file.
#ifndef WEIR_MODEL_FOREST_GROW_H
#define WEIR_MODEL_FOREST_GROW_H

#include "model/forest.h"

#include <stdint.h>

// What is grown on. order names rows; growing swaps it about and puts it back.
struct forest_ground {
	const float *rows; // finite, n_features apart
	uint32_t n_features;
	uint32_t *order;
	uint32_t n_rows; // in order
};

// @param sample  2 .. ground->n_rows
// @return 0, -ENOMEM, -EFBIG
int forest_grow(
	struct forest *out, // all zero
	const struct forest_ground *ground,
	uint32_t trees,
	uint32_t sample,
	uint64_t seed
);

#endif
