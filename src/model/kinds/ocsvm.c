// One-class SVM with a radial kernel: Schölkopf et al., "Estimating the Support of a High-Dimensional Distribution",
// Neural Computation 13(7), 2001. Trained by libsvm (Chang and Lin), scored here.
//
// raw = rho - sum of weight * exp(-gamma |x - support vector|^2): above 0 is outside of what was learned. libsvm's
// weights add up to nu * rows; here they are divided by that sum, as is rho, so that raw lies in -1 .. 1
// whatever the number of rows.
//
// The section "OSVM": f32 gamma, f32 rho, u32 rows trained on, f32 nu; points (points.h); f32 weight of each point.
#include "model/libsvm.h"
#include "model/points.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "OSVM"

enum { NU, GAMMA };

static const struct model_option options[] = {
	[NU] = {"nu", "share of the rows that may lie outside", 1e-4, 1, 0.01, false},
	[GAMMA]
	= {"gamma", "width of the kernel; 0: 1 / (values * their variance)", 0, 1e6, 0, false},
};

struct ocsvm {
	struct points points;
	float *weight; // one for each lane, 0 behind the last point
	float gamma;
	float rho;
	uint32_t n_rows; // trained on
	float nu;
};

static void release(void *body) {
	struct ocsvm *s = body;

	points_free(&s->points);
	free(s->weight);
}

// @return NULL: no memory
static float *weights_new(const struct points *p) {
	return calloc((size_t)p->blocks * POINT_LANES, sizeof(float));
}

static int weights_parse(struct ocsvm *s, struct reader *in, char *error) {
	double sum = 0;

	for (uint32_t i = 0; i < s->points.n; i++) {
		s->weight[i] = reader_f32(in);
		if (!(s->weight[i] >= 0 && s->weight[i] <= 1))
			return model_fail(
				error, -EBADMSG, "section " SECTION ": weight %u outside 0..1", i
			);
		sum += (double)s->weight[i];
	}
	if (sum > 1.001)
		return model_fail(error, -EBADMSG, "section " SECTION ": weights beyond 1");
	return 0;
}

static int head_parse(struct ocsvm *s, struct reader *in, char *error) {
	s->gamma = reader_f32(in);
	s->rho = reader_f32(in);
	s->n_rows = reader_u32(in);
	s->nu = reader_f32(in);
	if (in->bad || !(s->gamma >= 0 && s->gamma <= 1e30f) || !(s->rho >= 0 && s->rho <= 1)
	    || !(s->nu >= 0 && s->nu <= 1))
		return model_fail(
			error, -EBADMSG, "section " SECTION ": gamma, rho or nu out of range"
		);
	return 0;
}

static int parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	const uint32_t width = shape->width;
	struct ocsvm *s = body;
	struct reader points, weights;
	uint32_t n;
	int rc = head_parse(s, in, error);

	if (rc < 0)
		return rc;
	// The weights lie behind the points, whose number is known by then.
	points = *in;
	n = reader_u32(&points);
	if (points.bad || n > POINTS_MAX || points.left != (size_t)n * (width + 1) * 4)
		return model_fail(
			error,
			-EBADMSG,
			"section " SECTION ": %u points of %u values and a weight: %zu bytes",
			n,
			width,
			points.left
		);
	weights = (struct reader) {.at = in->at + in->left - (size_t)n * 4, .left = (size_t)n * 4};
	in->left -= weights.left;
	rc = points_parse(&s->points, in, width, SECTION, error);
	if (rc < 0)
		return rc;
	s->weight = weights_new(&s->points);
	if (s->weight == NULL)
		return model_fail(error, -ENOMEM, "section " SECTION ": no memory");
	return weights_parse(s, &weights, error);
}

static void write(const void *body, struct writer *out) {
	const struct ocsvm *s = body;

	writer_f32(out, s->gamma);
	writer_f32(out, s->rho);
	writer_u32(out, s->n_rows);
	writer_f32(out, s->nu);
	points_write(&s->points, out);
	for (uint32_t i = 0; i < s->points.n; i++)
		writer_f32(out, s->weight[i]);
}

static void
score(const void *body, const float *rows, uint32_t stride_floats, uint32_t, uint32_t n, float *raw
) {
	const struct ocsvm *s = body;
	double sum[POINTS_ROWS_MAX];

	points_rbf(&s->points, s->weight, s->gamma, rows, stride_floats, n, sum);
	for (uint32_t i = 0; i < n; i++)
		raw[i] = (float)((double)s->rho - sum[i]);
}

// 1 / (values of a row * the variance of all values), as scikit-learn's gamma="scale".
static double gamma_of(const struct model_ground *g) {
	const double n = (double)g->n_rows * g->shape.width;
	double sum = 0, squares = 0;

	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < g->n_rows; i++)
			for (uint32_t k = 0; k < g->shape.width; k++) {
				const double x = (double
				)g->rows[(size_t)g->order[i] * g->stride_floats + k];

				if (pass == 0)
					sum += x / n;
				else
					squares += (x - sum) * (x - sum) / n;
			}
	return squares > 0 ? 1 / (g->shape.width * squares) : 1;
}

// From libsvm's weights and rows to ours.
static int solution_use(
	struct ocsvm *s,
	const struct one_class_solution *from,
	const struct model_ground *g,
	char *error
) {
	double sum = 0;

	if (from->n < 1 || from->n > POINTS_MAX)
		return model_fail(
			error,
			-EFBIG,
			"%u support vectors, at most %u fit: train on fewer rows, or with a "
			"smaller nu",
			from->n,
			POINTS_MAX
		);
	if (points_new(&s->points, from->n, g->shape.width) < 0
	    || (s->weight = weights_new(&s->points)) == NULL)
		return model_fail(error, -ENOMEM, "no memory for %u support vectors", from->n);
	for (uint32_t i = 0; i < from->n; i++)
		sum += from->weight[i];
	for (uint32_t i = 0; i < from->n; i++) {
		const uint32_t row = g->order[from->row[i]];

		points_set(&s->points, i, g->rows + (size_t)row * g->stride_floats);
		s->weight[i] = (float)(from->weight[i] / sum);
	}
	s->rho = fminf(fmaxf((float)(from->rho / sum), 0), 1);
	return 0;
}

static int train(void *body, const struct model_ground *g, char *error) {
	struct ocsvm *s = body;
	const struct one_class_problem problem = {
		.rows = g->rows,
		.stride_floats = g->stride_floats,
		.order = g->order,
		.n_rows = g->n_rows,
		.width = g->shape.width,
		.nu = g->option[NU],
		.gamma = g->option[GAMMA] > 0 ? g->option[GAMMA] : gamma_of(g),
	};
	struct one_class_solution solution;
	int rc;

	if (svm_one_class == NULL)
		return model_fail(error, -ENOTSUP, "this program does not train: weir train does");
	// At least so many support vectors there will be: better said before hours of work.
	if (problem.nu * problem.n_rows > POINTS_MAX)
		return model_fail(
			error,
			-EFBIG,
			"nu %g of %u rows: more than %u support vectors: train on fewer rows",
			problem.nu,
			g->n_rows,
			POINTS_MAX
		);
	rc = svm_one_class(&problem, &solution);
	if (rc < 0)
		model_fail(
			error, rc, "libsvm: %s", rc == -ENOMEM ? "no memory" : "refuses nu or gamma"
		);
	else
		rc = solution_use(s, &solution, g, error);
	free(solution.weight);
	free(solution.row);
	s->gamma = (float)problem.gamma;
	s->nu = (float)problem.nu;
	s->n_rows = g->n_rows;
	return rc;
}

static void describe(const void *body, json_t *into) {
	const struct ocsvm *s = body;

	json_object_set_new(into, "support_vectors", json_integer(s->points.n));
	json_object_set_new(into, "gamma", json_real((double)s->gamma));
	json_object_set_new(into, "nu", json_real((double)s->nu));
	json_object_set_new(into, "rho", json_real((double)s->rho));
}

const struct model_ops model_ocsvm = {
	.info = {
		.kind = 2,
		.name = "ocsvm",
		.about = "one-class SVM: what lies outside a smooth border around the rows is strange",
		.prepares = true,
		.rows_usual = 5000,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = SECTION,
	.raw_max = 1,
	.body_bytes = sizeof(struct ocsvm),
	.by_isa = true,
	.train = train,
	.parse = parse,
	.write = write,
	.score = score,
	.describe = describe,
	.release = release,
};
