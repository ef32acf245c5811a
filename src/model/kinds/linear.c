// Linear SVM classifier, one class against all others; trained by liblinear.
//
// votes of a class = its weights times the values, and its constant: the distance to its border, in units that the
// training made 1 at the margin.
//
// The section "LSVM": f32 cost, u32 rows trained on; of each class f32 weight of each value, and the constant.
#include "model/internal.h"
#include "model/liblinear.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SECTION "LSVM"
#define WEIGHT_MAX 1e15f // times PREPARE_LIMIT and PREPARE_WIDTH_MAX it is a float

enum { COST, BALANCED };

static const struct model_option options[] = {
	[COST] = {"cost", "of a row on the wrong side (C)", 1e-6, 1e6, 1, false},
	[BALANCED]
	= {"balanced", "1: classes weigh the same however many rows they have", 0, 1, 0, true},
};

struct linear {
	uint32_t n_classes;
	uint32_t width;
	float *weight; // n_classes x (width + 1)
	float cost;
	uint32_t n_rows; // trained on
};

static void release(void *body) {
	struct linear *s = body;

	free(s->weight);
}

static int linear_init(struct linear *s, const struct model_shape *shape) {
	s->n_classes = shape->n_classes;
	s->width = shape->width;
	s->weight = calloc((size_t)s->n_classes * (s->width + 1), sizeof(*s->weight));
	return s->weight != NULL ? 0 : -ENOMEM;
}

static int parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	const uint32_t n = shape->n_classes * (shape->width + 1);
	struct linear *s = body;

	if (linear_init(s, shape) < 0)
		return model_fail(error, -ENOMEM, "section " SECTION ": no memory");
	s->cost = reader_f32(in);
	s->n_rows = reader_u32(in);
	if (in->bad || !isfinite(s->cost) || in->left != (size_t)n * 4)
		return model_fail(
			error,
			-EBADMSG,
			"section " SECTION ": %zu bytes for %u classes of %u weights",
			in->left,
			s->n_classes,
			s->width + 1
		);
	for (uint32_t i = 0; i < n; i++) {
		s->weight[i] = reader_f32(in);
		if (!(fabsf(s->weight[i]) <= WEIGHT_MAX))
			return model_fail(
				error,
				-EBADMSG,
				"section " SECTION ": weight %u: not a number, or too large",
				i
			);
	}
	return 0;
}

static void write(const void *body, struct writer *out) {
	const struct linear *s = body;

	writer_f32(out, s->cost);
	writer_u32(out, s->n_rows);
	for (uint32_t i = 0; i < s->n_classes * (s->width + 1); i++)
		writer_f32(out, s->weight[i]);
}

static float vote(const float *weight, const float *row, uint32_t width) {
	double sum = (double)weight[width];

	for (uint32_t k = 0; k < width; k++)
		sum += (double)weight[k] * (double)row[k];
	return (float)sum;
}

static void
votes(const void *body, const float *rows, uint32_t stride_floats, uint32_t n, float *out) {
	const struct linear *s = body;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t c = 0; c < s->n_classes; c++)
			*out++
				= vote(s->weight + (size_t)c * (s->width + 1),
				       rows + (size_t)i * stride_floats,
				       s->width);
}

static uint32_t rows_of_class(const struct model_ground *g, uint32_t c) {
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n_rows; i++)
		n += g->class[g->order[i]] == c;
	return n;
}

static int class_learn(struct linear *s, const struct model_ground *g, uint32_t c) {
	const uint32_t n = rows_of_class(g, c);
	double weight[PREPARE_WIDTH_MAX + 1];
	const struct linear_problem problem = {
		.rows = g->rows,
		.stride_floats = g->stride_floats,
		.order = g->order,
		.n_rows = g->n_rows,
		.width = s->width,
		.class_ = g->class,
		.class_sought = c,
		.cost = g->option[COST],
		.cost_ratio = g->option[BALANCED] > 0 && n > 0 ? (double)(g->n_rows - n) / n : 1,
	};
	float *out = s->weight + (size_t)c * (s->width + 1);
	int rc;

	// A class that the sample has not got is never the answer; one that has all rows always is.
	if (n == 0 || n == g->n_rows) {
		out[s->width] = n == 0 ? -WEIGHT_MAX : WEIGHT_MAX;
		return 0;
	}
	rc = linear_solve(&problem, weight);
	for (uint32_t k = 0; rc == 0 && k <= s->width; k++)
		out[k] = fminf(fmaxf((float)weight[k], -WEIGHT_MAX), WEIGHT_MAX);
	return rc;
}

static int train(void *body, const struct model_ground *g, char *error) {
	struct linear *s = body;
	int rc;

	if (linear_solve == NULL)
		return model_fail(error, -ENOTSUP, "this program does not train: weir train does");
	rc = linear_init(s, &g->shape);
	for (uint32_t c = 0; rc == 0 && c < g->shape.n_classes; c++)
		rc = class_learn(s, g, c);
	s->cost = (float)g->option[COST];
	s->n_rows = g->n_rows;
	if (rc == 0)
		return 0;
	return model_fail(
		error,
		rc,
		rc == -ENOMEM ? "no memory for %u rows"
			      : "liblinear refuses these %u rows or the cost",
		g->n_rows
	);
}

static void describe(const void *body, json_t *into) {
	const struct linear *s = body;

	json_object_set_new(into, "cost", json_real((double)s->cost));
	json_object_set_new(into, "classes", json_integer(s->n_classes));
	json_object_set_new(into, "values", json_integer(s->width));
}

const struct model_ops model_linear = {
	.info = {
		.kind = 5,
		.name = "linear",
		.about = "classifier: linear SVM, each class against all others",
		.classifies = true,
		.prepares = true,
		.rows_usual = 100000,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = SECTION,
	.raw_max = INFINITY,
	.body_bytes = sizeof(struct linear),
	.train = train,
	.parse = parse,
	.write = write,
	.votes = votes,
	.describe = describe,
	.release = release,
};
