// k-nearest-neighbours classifier: T. Cover and P. Hart, "Nearest Neighbor Pattern Classification", IEEE Transactions
// on Information Theory 13(1), 1967. Votes are shares of the k neighbours, each with the same weight.
//
// The reference is condensed: P. Hart, "The Condensed Nearest Neighbor Rule", IEEE Transactions on Information
// Theory 14(3), 1968, with the vote of k in the place of the nearest one. A row is kept if those kept before it
// get its class wrong; again and again over all rows until none is added. So every row trained on is still
// classified as its class says, but for those that lie among rows of another.
//
// The section "NCLS": u32 k, u32 points, u32 rows trained on, u32 class of each point; then the points (points.h).
#include "model/points.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "NCLS"
#define PASSES_MAX 20

enum { K, CONDENSE };

static const struct model_option options[] = {
	[K] = {"k", "neighbours that vote", 1, POINTS_NEAREST_MAX, 5, true},
	[CONDENSE]
	= {"condense", "1: keep only rows that others get wrong; 0: keep all", 0, 1, 1, true},
};

struct knn_class {
	struct points points;
	uint32_t *class; // of each point
	uint32_t n_classes;
	uint32_t k;
	uint32_t n_rows; // trained on
};

static void release(void *body) {
	struct knn_class *s = body;

	points_free(&s->points);
	free(s->class);
}

static int classes_take(struct knn_class *s, struct reader *in, uint32_t n, char *error) {
	if (in->left / 4 < n)
		return model_fail(error, -EBADMSG, "section " SECTION ": ends inside the classes");
	s->class = calloc(n, sizeof(*s->class));
	if (s->class == NULL)
		return model_fail(error, -ENOMEM, "section " SECTION ": no memory");
	for (uint32_t i = 0; i < n; i++) {
		s->class[i] = reader_u32(in);
		if (s->class[i] >= s->n_classes)
			return model_fail(
				error,
				-EBADMSG,
				"section " SECTION ": point %u: class %u of %u",
				i,
				s->class[i],
				s -> n_classes
			);
	}
	return 0;
}

static int parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	struct knn_class *s = body;
	uint32_t n;
	int rc;

	s->n_classes = shape->n_classes;
	s->k = reader_u32(in);
	n = reader_u32(in);
	s->n_rows = reader_u32(in);
	rc = nearest_check(s->k, POINTS_NEAREST_MAX, n, SECTION, error);
	if (rc == 0)
		rc = classes_take(s, in, n, error);
	if (rc == 0)
		rc = points_parse_n(&s->points, in, n, shape->width, SECTION, error);
	return rc;
}

static void write(const void *body, struct writer *out) {
	const struct knn_class *s = body;

	writer_u32(out, s->k);
	writer_u32(out, s->points.n);
	writer_u32(out, s->n_rows);
	for (uint32_t i = 0; i < s->points.n; i++)
		writer_u32(out, s->class[i]);
	points_write(&s->points, out);
}

static void
votes(const void *body, const float *rows, uint32_t stride_floats, uint32_t n, float *out) {
	const struct knn_class *s = body;
	struct near near[POINTS_ROWS_MAX * POINTS_NEAREST_MAX];

	points_nearest(&s->points, rows, stride_floats, n, s->k, near);
	memset(out, 0, (size_t)n * s->n_classes * sizeof(*out));
	for (uint32_t i = 0; i < n; i++) {
		float *vote = out + (size_t)i * s->n_classes;

		for (uint32_t j = 0; j < s->k; j++)
			vote[s->class[near[i * s->k + j].point]] += 1;
		for (uint32_t c = 0; c < s->n_classes; c++)
			vote[c] /= (float)s->k;
	}
}

// While condensing: points has room for all rows, those kept so far are its first.
struct condensing {
	struct knn_class *s;
	const struct model_ground *ground;
	uint32_t k; // wanted; fewer vote while fewer are kept
	bool *kept; // of the rows in order
};

static void keep(struct condensing *c, uint32_t i) {
	const uint32_t row = c->ground->order[i];

	points_set(
		&c->s->points,
		c->s->points.n,
		c->ground->rows + (size_t)row * c->ground->stride_floats
	);
	c->s->class[c->s->points.n++] = c->ground->class[row];
	c->s->points.blocks = (c->s->points.n + POINT_LANES - 1) / POINT_LANES;
	c->s->k = c->k < c->s->points.n ? c->k : c->s->points.n;
	c->kept[i] = true;
}

static bool is_right(const struct condensing *c, uint32_t i) {
	const uint32_t row = c->ground->order[i];
	float vote[MODEL_CLASSES_MAX];
	uint32_t best = 0;

	votes(c->s, c->ground->rows + (size_t)row * c->ground->stride_floats, 0, 1, vote);
	for (uint32_t k = 1; k < c->s->n_classes; k++)
		if (vote[k] > vote[best])
			best = k;
	return best == c->ground->class[row];
}

static void condense(struct condensing *c) {
	const uint32_t n = c->ground->n_rows;
	bool added = true;

	keep(c, 0);
	for (unsigned pass = 0; pass < PASSES_MAX && added; pass++) {
		added = false;
		for (uint32_t i = 0; i < n; i++)
			if (!c->kept[i] && !is_right(c, i)) {
				keep(c, i);
				added = true;
			}
	}
}

static int train(void *body, const struct model_ground *g, char *error) {
	struct knn_class *s = body;
	struct condensing c = {.s = s, .ground = g, .k = (uint32_t)g->option[K]};

	s->n_classes = g->shape.n_classes;
	s->n_rows = g->n_rows;
	s->class = calloc(g->n_rows, sizeof(*s->class));
	c.kept = calloc(g->n_rows, sizeof(*c.kept));
	if (s->class == NULL || c.kept == NULL
	    || points_new(&s->points, g->n_rows, g->shape.width) < 0) {
		free(c.kept);
		return model_fail(error, -ENOMEM, "no memory for %u rows", g->n_rows);
	}
	s->points.n = 0;
	if (g->option[CONDENSE] > 0)
		condense(&c);
	else
		for (uint32_t i = 0; i < g->n_rows; i++)
			keep(&c, i);
	free(c.kept);
	return 0;
}

static void describe(const void *body, json_t *into) {
	const struct knn_class *s = body;

	json_object_set_new(into, "k", json_integer(s->k));
	json_object_set_new(into, "reference_rows", json_integer(s->points.n));
	json_object_set_new(into, "condensed_from_rows", json_integer(s->n_rows));
}

const struct model_ops model_knn_class = {
	.info = {
		.kind = 4,
		.name = "knn-class",
		.about = "classifier: the class that most of the k nearest rows have",
		.classifies = true,
		.prepares = true,
		.rows_usual = 20000,
		.rows_most = POINTS_MAX,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = SECTION,
	.raw_max = 1,
	.body_bytes = sizeof(struct knn_class),
	.by_isa = true,
	.train = train,
	.parse = parse,
	.write = write,
	.votes = votes,
	.describe = describe,
	.release = release,
};
