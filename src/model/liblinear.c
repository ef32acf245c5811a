// One class against all others, by liblinear. See liblinear.h.
#include "model/liblinear.h"

#include <errno.h>
#include <linear.h>
#include <stdlib.h>
#include <string.h>

#define EPSILON 1e-6 // of the gradient's norm against that at the start

static void say_nothing(const char *) {}

struct nodes {
	struct feature_node *node;
	struct feature_node **row;
	double *label;
};

static void nodes_free(struct nodes *x) {
	free(x->node);
	free(x->row);
	free(x->label);
}

static int nodes_make(struct nodes *x, const struct linear_problem *p) {
	struct feature_node *at;

	x->node = malloc((size_t)p->n_rows * (p->width + 2) * sizeof(*x->node));
	x->row = malloc(p->n_rows * sizeof(struct feature_node *));
	x->label = malloc(p->n_rows * sizeof(*x->label));
	if (x->node == NULL || x->row == NULL || x->label == NULL)
		return -ENOMEM;
	at = x->node;
	for (uint32_t i = 0; i < p->n_rows; i++) {
		const float *row = p->rows + (size_t)p->order[i] * p->stride_floats;

		x->row[i] = at;
		x->label[i] = p->class_[p->order[i]] == p->class_sought ? 1 : -1;
		for (uint32_t k = 0; k < p->width; k++)
			if (row[k] != 0)
				*at++ = (struct feature_node) {(int)k + 1, (double)row[k]};
		*at++ = (struct feature_node) {(int)p->width + 1, 1};
		*at++ = (struct feature_node) {-1, 0};
	}
	return 0;
}

static int solve(const struct linear_problem *p, struct nodes *x, double *weight) {
	int label[] = {1};
	double ratio[] = {p->cost_ratio};
	const struct problem problem = {
		.l = (int)p->n_rows,
		.n = (int)p->width + 1,
		.y = x->label,
		.x = x->row,
		.bias = 1,
	};
	const struct parameter parameter = {
		.solver_type = L2R_L2LOSS_SVC,
		.C = p->cost,
		.eps = EPSILON,
		.nr_weight = 1,
		.weight_label = label,
		.weight = ratio,
	};
	struct model *m;

	if (check_parameter(&problem, &parameter) != NULL)
		return -EINVAL;
	set_print_string_function(say_nothing);
	m = train(&problem, &parameter);
	// Of two classes there is one vector, for the class that was met first.
	for (uint32_t k = 0; k <= p->width; k++)
		weight[k] = m->label[0] == 1 ? m->w[k] : -m->w[k];
	free_and_destroy_model(&m);
	return 0;
}

int linear_solve(const struct linear_problem *p, double *weight) {
	struct nodes x = {0};
	int rc = nodes_make(&x, p);

	if (rc == 0)
		rc = solve(p, &x, weight);
	nodes_free(&x);
	return rc;
}
