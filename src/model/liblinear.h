// The door to liblinear, whose header has names that we have too (struct model, train).
//
// Weak: programs that train link what is behind it (src/model/meson.build, model_train_dep). The sensor, which only
// scores, is spared liblinear and BLAS, some of which start threads as they are loaded; linear_solve is NULL there.
//
// Threads    One at a time: liblinear keeps settings of its own.
// Memory     From the heap, about 24 bytes a value, while it runs.
#ifndef WEIR_MODEL_LIBLINEAR_H
#define WEIR_MODEL_LIBLINEAR_H

#include <stdint.h>

struct linear_problem {
	const float *rows; // row i is at order[i] * stride_floats
	uint32_t stride_floats;
	const uint32_t *order;
	uint32_t n_rows;
	uint32_t width;
	const uint32_t *class_; // of rows[i]
	uint32_t class_sought; // against all others
	double cost; // C
	double cost_ratio; // of a mistake with a row of the class sought, to one with another
};

// A linear SVM that tells one class from all others: squared hinge loss, L2 penalty, the constant as one more
// feature of value 1 (R.-E. Fan et al., "LIBLINEAR", JMLR 9, 2008). Solved in the primal, which draws no random numbers.
// @param weight  width + 1: of each value, and the constant
// @return 0, -ENOMEM, or -EINVAL: liblinear refuses
[[gnu::weak]] int linear_solve(const struct linear_problem *, double *weight);

#endif
