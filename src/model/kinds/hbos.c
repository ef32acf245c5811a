// Histogram-based outlier score: M. Goldstein and A. Dengel, "Histogram-based Outlier Score (HBOS): A fast Unsupervised
// Anomaly Detection Algorithm", KI-2012: Poster and Demo Track.
//
// Each value has a histogram of its own, of bins of one width; raw is the sum over the values of ln(1 / height of its bin),
// the highest bin being 1. Values are taken for independent of each other: what is odd only in how they go together is not
// seen, and a row costs no more than a look into each histogram. Where we differ from the paper, and why: each bin
// counts one row more than it has, so that an empty one, and whatever lies outside of all, is strange by a number.
//
// The section "HBOS": u32 bins, u32 rows trained on; of each value f32 low, f32 high, f32 what is added outside, and f32
// what each bin adds.
#include "model/exact.h"
#include "model/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "HBOS"
#define BINS_MAX 256
#define ADDED_MAX 64.0f // ln of far more rows than there can be

enum { BINS };

static const struct model_option options[] = {
	[BINS] = {"bins", "of each value's histogram", 2, BINS_MAX, 32, true},
};

struct histogram {
	float low, high;
	float outside; // what is added there
	double bins_per_value; // 0 where all values were the same
};

struct hbos {
	struct histogram *of; // each value
	float *added; // width x bins
	uint32_t width;
	uint32_t bins;
	uint32_t n_rows; // trained on
};

static void release(void *body) {
	struct hbos *s = body;

	free(s->of);
	free(s->added);
}

static int hbos_init(struct hbos *s, uint32_t width, uint32_t bins, uint32_t n_rows) {
	s->width = width;
	s->bins = bins;
	s->n_rows = n_rows;
	s->of = calloc(width, sizeof(*s->of));
	s->added = calloc((size_t)width * bins, sizeof(*s->added));
	return s->of != NULL && s->added != NULL ? 0 : -ENOMEM;
}

static void range_set(struct hbos *s, uint32_t k, float low, float high) {
	const double range = (double)high - (double)low;

	s->of[k].low = low;
	s->of[k].high = high;
	s->of[k].bins_per_value = range > 0 ? s->bins / range : 0;
}

// @return the bin, or bins where the value lies outside
static uint32_t bin_of(const struct hbos *s, uint32_t k, float value) {
	const struct histogram *h = &s->of[k];
	uint32_t bin;

	if (!(value >= h->low && value <= h->high))
		return s->bins;
	bin = (uint32_t)(((double)value - (double)h->low) * h->bins_per_value);
	return bin < s->bins ? bin : s->bins - 1; // the highest value is of the last
}

static bool added_is_sound(float added) {
	return added >= 0 && added <= ADDED_MAX; // not of a NaN
}

static int histogram_parse(struct hbos *s, struct reader *in, uint32_t k, char *error) {
	const float low = reader_f32(in), high = reader_f32(in);
	float *added = s->added + (size_t)k * s->bins;
	bool fine = fabsf(low) <= PREPARE_LIMIT && fabsf(high) <= PREPARE_LIMIT && low <= high;

	s->of[k].outside = reader_f32(in);
	fine &= added_is_sound(s->of[k].outside);
	for (uint32_t b = 0; b < s->bins; b++) {
		added[b] = reader_f32(in);
		fine &= added_is_sound(added[b]);
	}
	if (!fine)
		return model_fail(
			error,
			-EBADMSG,
			"section " SECTION
			": value %u: limits upside down, or numbers that cannot be",
			k
		);
	range_set(s, k, low, high);
	return 0;
}

static int parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	const uint32_t bins = reader_u32(in), n_rows = reader_u32(in);
	int rc = 0;

	if (in->bad || bins < 2 || bins > BINS_MAX
	    || in->left != (size_t)shape->width * (3 + bins) * 4)
		return model_fail(
			error,
			-EBADMSG,
			"section " SECTION ": %u bins of %u values: %zu bytes",
			bins,
			shape->width,
			in->left
		);
	if (hbos_init(body, shape->width, bins, n_rows) < 0)
		return model_fail(error, -ENOMEM, "section " SECTION ": no memory");
	for (uint32_t k = 0; k < shape->width && rc == 0; k++)
		rc = histogram_parse(body, in, k, error);
	return rc;
}

static void write(const void *body, struct writer *out) {
	const struct hbos *s = body;

	writer_u32(out, s->bins);
	writer_u32(out, s->n_rows);
	for (uint32_t k = 0; k < s->width; k++) {
		writer_f32(out, s->of[k].low);
		writer_f32(out, s->of[k].high);
		writer_f32(out, s->of[k].outside);
		for (uint32_t b = 0; b < s->bins; b++)
			writer_f32(out, s->added[(size_t)k * s->bins + b]);
	}
}

static void
score(const void *body, const float *rows, uint32_t stride_floats, uint32_t, uint32_t n, float *raw
) {
	const struct hbos *s = body;

	for (uint32_t i = 0; i < n; i++) {
		const float *row = rows + (size_t)i * stride_floats;
		double sum = 0;

		for (uint32_t k = 0; k < s->width; k++) {
			const uint32_t bin = bin_of(s, k, row[k]);

			sum += (double
			)(bin < s->bins ? s->added[(size_t)k * s->bins + bin] : s->of[k].outside);
		}
		raw[i] = (float)sum;
	}
}

static float value_of(const struct model_ground *g, uint32_t i, uint32_t k) {
	return g->rows[(size_t)g->order[i] * g->stride_floats + k];
}

static void histogram_learn(struct hbos *s, const struct model_ground *g, uint32_t k) {
	float low = value_of(g, 0, k), high = low;
	uint32_t count[BINS_MAX] = {0}, most = 0;

	for (uint32_t i = 1; i < g->n_rows; i++) {
		low = fminf(low, value_of(g, i, k));
		high = fmaxf(high, value_of(g, i, k));
	}
	range_set(s, k, low, high);
	for (uint32_t i = 0; i < g->n_rows; i++) {
		const uint32_t n = ++count[bin_of(s, k, value_of(g, i, k))];

		most = n > most ? n : most;
	}
	for (uint32_t b = 0; b < s->bins; b++)
		s->added[(size_t)k * s->bins + b]
			= (float)exact_ln((most + 1.0) / (count[b] + 1.0));
	s->of[k].outside = (float)exact_ln(most + 1.0);
}

static int train(void *body, const struct model_ground *g, char *error) {
	if (hbos_init(body, g->shape.width, (uint32_t)g->option[BINS], g->n_rows) < 0)
		return model_fail(error, -ENOMEM, "no memory for the histograms");
	for (uint32_t k = 0; k < g->shape.width; k++)
		histogram_learn(body, g, k);
	return 0;
}

static void describe(const void *body, json_t *into) {
	const struct hbos *s = body;

	json_object_set_new(into, "bins", json_integer(s->bins));
	json_object_set_new(into, "values", json_integer(s->width));
}

const struct model_ops model_hbos = {
	.info = {
		.kind = 9,
		.name = "hbos",
		.about = "histograms: what is rare in many of its values, each by itself",
		.prepares = true,
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = SECTION,
	.raw_max = INFINITY,
	.body_bytes = sizeof(struct hbos),
	.train = train,
	.parse = parse,
	.write = write,
	.score = score,
	.describe = describe,
	.release = release,
};
