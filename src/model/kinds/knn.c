// Distance to the k-th nearest of a set of reference rows: S. Ramaswamy et al., "Efficient Algorithms for Mining
// Outliers from Large Data Sets", SIGMOD 2000.
//
// The reference is a sample of the rows (model_training.rows_max), as M. Sugiyama and K. Borgwardt, "Rapid
// Distance-Based Outlier Detection via Sampling", NIPS 2013, found to rank as well as all rows, or better. What a row
// costs is what the sample has.
//
// The section "NEAR": u32 k; points (points.h).
#include "model/points.h"

#include <math.h>

#define SECTION "NEAR"

enum { K };

static const struct model_option options[] = {
	[K] = {"k", "which nearest row the distance is taken to", 1, POINTS_NEAREST_MAX, 5, true},
};

struct knn {
	struct points points;
	uint32_t k;
};

static void release(void *body) {
	struct knn *s = body;

	points_free(&s->points);
}

static int parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	struct knn *s = body;
	int rc;

	s->k = reader_u32(in);
	rc = points_parse(&s->points, in, shape->width, SECTION, error);
	return rc < 0 ? rc : nearest_check(s->k, POINTS_NEAREST_MAX, s->points.n, SECTION, error);
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

static int train(void *body, const struct model_ground *g, char *error) {
	struct knn *s = body;

	s->k = (uint32_t)g->option[K] < g->n_rows ? (uint32_t)g->option[K] : g->n_rows;
	return points_take(&s->points, g, error);
}

static void describe(const void *body, json_t *into) {
	const struct knn *s = body;

	json_object_set_new(into, "k", json_integer(s->k));
	json_object_set_new(into, "reference_rows", json_integer(s->points.n));
}

const struct model_ops model_knn = {
	.info = {
		.kind = 3,
		.name = "knn",
		.about = "distance to the k-th nearest of a sample of the rows",
		.prepares = true,
		.rows_usual = 2048,
		.rows_most = POINTS_MAX,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = SECTION,
	.raw_max = INFINITY,
	.body_bytes = sizeof(struct knn),
	.by_isa = true,
	.train = train,
	.parse = parse,
	.write = write,
	.score = score,
	.describe = describe,
	.release = release,
};
