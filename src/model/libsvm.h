// The door to libsvm.
//
// Weak: programs that train link what is behind it (src/model/meson.build, model_train_dep). The sensor, which only
// scores, is spared libsvm, and svm_one_class is NULL there.
//
// Threads    One at a time: libsvm keeps settings of its own.
// Memory     From the heap, 16 bytes a value that is not 0 and a cache of 200 MB at most, while it runs.
// Ownership  The caller frees weight and row of a solution.
#ifndef WEIR_MODEL_LIBSVM_H
#define WEIR_MODEL_LIBSVM_H

#include <stdint.h>

struct one_class_problem {
	const float *rows; // row i is at order[i] * stride_floats
	uint32_t stride_floats;
	const uint32_t *order;
	uint32_t n_rows;
	uint32_t width;
	double nu;
	double gamma; // > 0
};

// Inside is where the sum of weight * exp(-gamma |x - support vector|^2) is above rho.
struct one_class_solution {
	uint32_t n; // support vectors
	double *weight; // they add up to nu * n_rows
	uint32_t *row; // in order
	double rho;
};

// @return 0, -ENOMEM, or -EINVAL: libsvm refuses
[[gnu::weak]] int svm_one_class(const struct one_class_problem *, struct one_class_solution *);

#endif
