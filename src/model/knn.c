// Distance to the k-th nearest of a set of reference rows: S. Ramaswamy et al., "Efficient Algorithms for Mining
// Outliers from Large Data Sets", SIGMOD 2000.
//
// The reference is a sample of the rows (model_training.rows_max), as M. Sugiyama and K. Borgwardt, "Rapid
// Distance-Based Outlier Detection via Sampling", NIPS 2013, found to rank as well as all rows, or better. What a row
// costs is what the sample has.
//
// The section "NEAR": u32 k; points (points.h).
#include "model/points.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SECTION "NEAR"

enum { K };

static const struct model_option options[] = {
	[K] = {"k", "which nearest row the distance is taken to", 1, POINTS_NEAREST_MAX, 5, true},
};

struct knn {
	struct points points;
	uint32_t k;
};

static void destroy(void *body) {
	struct knn *s = body;

	if (s == NULL)
		return;
	points_free(&s->points);
	free(s);
}

static int body_parse(struct knn *s, struct reader *in, uint32_t width, char *error) {
	int rc;

	s->k = reader_u32(in);
	rc = points_parse(&s->points, in, width, SECTION, error);
	if (rc == 0 && (s->k < 1 || s->k > POINTS_NEAREST_MAX || s->k > s->points.n))
		rc = model_fail(error, -EBADMSG, "section " SECTION ": k %u", s->k);
	return rc;
}

static int parse(void **body, struct reader *in, const struct model_shape *shape, char *error) {
	struct knn *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return model_fail(error, -ENOMEM, "section " SECTION ": no memory");
	rc = body_parse(s, in, shape->width, error);
	if (rc < 0) {
		destroy(s);
		return rc;
	}
	*body = s;
	return 0;
}

static void write(const void *body, struct writer *out) {
	const struct knn *s = body;

	writer_u32(out, s->k);
	points_write(&s->points, out);
}

static void
score(const void *body, const float *rows, uint32_t stride_floats, uint32_t, uint32_t n, float *raw
) {
	const struct knn *s = body;
	struct near near[POINTS_ROWS_MAX * POINTS_NEAREST_MAX];

	points_nearest(&s->points, rows, stride_floats, n, s->k, near);
	for (uint32_t i = 0; i < n; i++)
		raw[i] = sqrtf(near[i * s->k + s->k - 1].squared);
}

static int train(void **body, const struct model_ground *g, char *error) {
	struct knn *s;

	if (g->n_rows > POINTS_MAX)
		return model_fail(
			error,
			-EFBIG,
			"%u reference rows, at most %u fit: train on fewer",
			g->n_rows,
			POINTS_MAX
		);
	s = calloc(1, sizeof(*s));
	if (s == NULL || points_new(&s->points, g->n_rows, g->shape.width) < 0) {
		free(s);
		return model_fail(error, -ENOMEM, "no memory for %u rows", g->n_rows);
	}
	s->k = (uint32_t)g->option[K] < g->n_rows ? (uint32_t)g->option[K] : g->n_rows;
	for (uint32_t i = 0; i < g->n_rows; i++)
		points_set(&s->points, i, g->rows + (size_t)g->order[i] * g->stride_floats);
	*body = s;
	return 0;
}

static void describe(const void *body, json_t *into) {
	const struct knn *s = body;

	json_object_set_new(into, "k", json_integer(s->k));
	json_object_set_new(into, "reference_rows", json_integer(s->points.n));
}

static enum isa isa_of(const void *body) {
	const struct knn *s = body;

	return s->points.isa;
}

const struct model_ops knn_ops = {
	.info = {
		.kind = MODEL_KNN,
		.name = "knn",
		.about = "distance to the k-th nearest of a sample of the rows",
		.prepares = true,
		.rows_usual = 2048,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = SECTION,
	.raw_max = INFINITY,
	.train = train,
	.parse = parse,
	.write = write,
	.score = score,
	.describe = describe,
	.isa = isa_of,
	.destroy = destroy,
};
