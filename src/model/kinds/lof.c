// Local outlier factor: M. Breunig, H.-P. Kriegel, R. Ng, J. Sander, "LOF: Identifying Density-Based Local Outliers",
// SIGMOD 2000; of rows that were not among those trained on (novelty).
//
// How much thinner the surroundings of a row are than those of its neighbours: about 1 for a row that is like them. The
// neighbourhood is k rows exactly, as scikit-learn's is; the 1e-10 that keeps equal rows from a division by
// zero is its as well.
//
// The section "LOFN": u32 k, u32 points, for each f32 distance to its k-th nearest and f32 local reachability density;
// then the points (points.h).
#include "model/points.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SECTION "LOFN"
#define NOT_ZERO 1e-10
#define DENSITY_MAX 1.001e10f // 1 / NOT_ZERO

enum { K };

// One less than can be asked for: while training, the nearest of a row is the row itself.
static const struct model_option options[] = {
	[K]
	= {"k", "neighbours that make a row's surroundings", 1, POINTS_NEAREST_MAX - 1, 20, true},
};

struct about_point {
	float reach; // distance to its k-th nearest
	float density; // local reachability density
};

struct lof {
	struct points points;
	struct about_point *about;
	uint32_t k;
};

static void release(void *body) {
	struct lof *s = body;

	points_free(&s->points);
	free(s->about);
}

// @param near  k of them. @return 1 / the mean reachability distance from the row to them
static double density_of(const struct lof *s, const struct near *near) {
	double sum = 0;

	for (uint32_t i = 0; i < s->k; i++) {
		const double distance = sqrt((double)near[i].squared);
		const double reach = (double)s->about[near[i].point].reach;

		sum += distance > reach ? distance : reach;
	}
	return 1 / (sum / s->k + NOT_ZERO);
}

static int about_parse(struct lof *s, struct reader *in, uint32_t n, char *error) {
	if (in->left / 8 < n)
		return model_fail(
			error, -EBADMSG, "section " SECTION ": ends inside the distances"
		);
	s->about = calloc(n, sizeof(*s->about));
	if (s->about == NULL)
		return model_fail(error, -ENOMEM, "section " SECTION ": no memory");
	for (uint32_t i = 0; i < n; i++) {
		struct about_point *a = &s->about[i];

		a->reach = reader_f32(in);
		a->density = reader_f32(in);
		if (!(a->reach >= 0 && a->reach <= 1e20f)
		    || !(a->density >= 0 && a->density <= DENSITY_MAX))
			return model_fail(
				error,
				-EBADMSG,
				"section " SECTION ": point %u: a distance or a density that "
				"cannot be",
				i
			);
	}
	return 0;
}

static int parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	struct lof *s = body;
	uint32_t n;
	int rc;

	s->k = reader_u32(in);
	n = reader_u32(in);
	rc = nearest_check(s->k, POINTS_NEAREST_MAX - 1, n, SECTION, error);
	if (rc == 0)
		rc = about_parse(s, in, n, error);
	if (rc == 0)
		rc = points_parse_n(&s->points, in, n, shape->width, SECTION, error);
	return rc;
}

static void write(const void *body, struct writer *out) {
	const struct lof *s = body;

	writer_u32(out, s->k);
	writer_u32(out, s->points.n);
	for (uint32_t i = 0; i < s->points.n; i++) {
		writer_f32(out, s->about[i].reach);
		writer_f32(out, s->about[i].density);
	}
	points_write(&s->points, out);
}

static float factor(const struct lof *s, const struct near *near) {
	double sum = 0;

	for (uint32_t i = 0; i < s->k; i++)
		sum += (double)s->about[near[i].point].density;
	return (float)(sum / s->k / density_of(s, near));
}

static void
score(const void *body, const float *rows, uint32_t stride_floats, uint32_t, uint32_t n, float *raw
) {
	const struct lof *s = body;
	struct near near[POINTS_ROWS_MAX * POINTS_NEAREST_MAX];

	points_nearest(&s->points, rows, stride_floats, n, s->k, near);
	for (uint32_t i = 0; i < n; i++)
		raw[i] = factor(s, near + (size_t)i * s->k);
}

// Without the row itself; where many rows are equal it may not be among the nearest, then the last goes.
static void itself_remove(struct near *near, uint32_t k, uint32_t itself) {
	uint32_t at = 0;

	while (at < k && near[at].point != itself)
		at++;
	for (; at < k; at++)
		near[at] = near[at + 1];
}

// @param near  n x k, of each point the nearest others
static void neighbours_find(const struct lof *s, struct near *near) {
	struct near found[POINTS_NEAREST_MAX];
	float row[PREPARE_WIDTH_MAX];

	for (uint32_t i = 0; i < s->points.n; i++) {
		points_get(&s->points, i, row);
		points_nearest(&s->points, row, s->points.width, 1, s->k + 1, found);
		itself_remove(found, s->k, i);
		for (uint32_t j = 0; j < s->k; j++)
			near[(size_t)i * s->k + j] = found[j];
	}
}

static int train(void *body, const struct model_ground *g, char *error) {
	struct lof *s = body;
	const uint32_t n = g->n_rows;
	struct near *near;
	int rc;

	s->k = (uint32_t)g->option[K] < n ? (uint32_t)g->option[K] : n - 1;
	rc = points_take(&s->points, g, error);
	if (rc < 0)
		return rc;
	s->about = calloc(n, sizeof(*s->about));
	near = malloc((size_t)n * s->k * sizeof(*near));
	if (s->about == NULL || near == NULL) {
		free(near);
		return model_fail(error, -ENOMEM, "no memory for %u rows", n);
	}
	neighbours_find(s, near);
	for (uint32_t i = 0; i < n; i++)
		s->about[i].reach = sqrtf(near[(size_t)i * s->k + s->k - 1].squared);
	for (uint32_t i = 0; i < n; i++)
		s->about[i].density = (float)density_of(s, near + (size_t)i * s->k);
	free(near);
	return 0;
}

static void describe(const void *body, json_t *into) {
	const struct lof *s = body;

	json_object_set_new(into, "k", json_integer(s->k));
	json_object_set_new(into, "reference_rows", json_integer(s->points.n));
}

const struct model_ops model_lof = {
	.info = {
		.kind = 6,
		.name = "lof",
		.about = "local outlier factor: what lies in thinner surroundings than its neighbours",
		.prepares = true,
		.rows_usual = 2048,
		.rows_most = POINTS_MAX,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = SECTION,
	.raw_max = INFINITY,
	.body_bytes = sizeof(struct lof),
	.by_isa = true,
	.train = train,
	.parse = parse,
	.write = write,
	.score = score,
	.describe = describe,
	.release = release,
};
