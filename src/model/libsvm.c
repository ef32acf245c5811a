// A one-class SVM with a radial kernel, solved by libsvm. See libsvm.h.
#include "model/libsvm.h"

#include <errno.h>
#include <libsvm/svm.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_MB 200
#define EPSILON 1e-4 // at which it stops: ten times finer than its own default

static void say_nothing(const char *) {}

// What libsvm reads: of each row its values that are not 0, and an end.
struct nodes {
	struct svm_node *node;
	struct svm_node **row;
	double *label;
};

static void nodes_free(struct nodes *x) {
	free(x->node);
	free(x->row);
	free(x->label);
}

static int nodes_make(struct nodes *x, const struct one_class_problem *p) {
	struct svm_node *at;

	x->node = malloc((size_t)p->n_rows * (p->width + 1) * sizeof(*x->node));
	x->row = malloc(p->n_rows * sizeof(struct svm_node *));
	x->label = calloc(p->n_rows, sizeof(*x->label));
	if (x->node == NULL || x->row == NULL || x->label == NULL)
		return -ENOMEM;
	at = x->node;
	for (uint32_t i = 0; i < p->n_rows; i++) {
		const float *row = p->rows + (size_t)p->order[i] * p->stride_floats;

		x->row[i] = at;
		for (uint32_t k = 0; k < p->width; k++)
			if (row[k] != 0)
				*at++ = (struct svm_node) {(int)k + 1, (double)row[k]};
		*at++ = (struct svm_node) {-1, 0};
	}
	return 0;
}

static int solution_take(struct one_class_solution *s, const struct svm_model *m) {
	s->n = (uint32_t)m->l;
	s->rho = m->rho[0];
	s->weight = malloc((s->n + 1) * sizeof(*s->weight));
	s->row = malloc((s->n + 1) * sizeof(*s->row));
	if (s->weight == NULL || s->row == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n; i++) {
		s->weight[i] = m->sv_coef[0][i];
		s->row[i] = (uint32_t)m->sv_indices[i] - 1;
	}
	return 0;
}

static int
solve(const struct one_class_problem *p, struct nodes *x, struct one_class_solution *out) {
	const struct svm_problem problem = {.l = (int)p->n_rows, .y = x->label, .x = x->row};
	const struct svm_parameter parameter = {
		.svm_type = ONE_CLASS,
		.kernel_type = RBF,
		.gamma = p->gamma,
		.nu = p->nu,
		.cache_size = CACHE_MB,
		.eps = EPSILON,
		.shrinking = 1,
	};
	struct svm_model *m;
	int rc;

	if (svm_check_parameter(&problem, &parameter) != NULL)
		return -EINVAL;
	svm_set_print_string_function(say_nothing);
	m = svm_train(&problem, &parameter);
	rc = solution_take(out, m);
	svm_free_and_destroy_model(&m);
	return rc;
}

int svm_one_class(const struct one_class_problem *p, struct one_class_solution *out) {
	struct nodes x = {0};
	int rc = nodes_make(&x, p);

	*out = (struct one_class_solution) {0};
	if (rc == 0)
		rc = solve(p, &x, out);
	nodes_free(&x);
	return rc;
}
