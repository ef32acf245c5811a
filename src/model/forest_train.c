// Training: check what was asked, hold rows back, grow, calibrate, and keep how it was made.
#include "contract/crc32c.h"
#include "model/forest_grow.h"
#include "model/random.h"

#include <jansson.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_HOLD_BACK UINT64_MAX // of random numbers, beside the trees' 0, 1, 2 ...

const struct forest_options forest_defaults = {
	.trees = 100,
	.sample = 256,
	.contamination = 0,
	.hold_back = 0.2,
	.seed = 1,
	.meta = NULL,
};

// One training from end to end.
struct training {
	const struct forest_options *options;
	const float *rows;
	size_t n_rows;
	const char *const *names;
	uint32_t n_features;
	uint32_t *order; // the first n_train rows are trained on, the n_held after them held back
	uint32_t n_train;
	uint32_t n_held;
	uint32_t sample;
	float *raw; // scores in the order of `order`
	double threshold; // raw; NaN where contamination is 0
	const float *calibrating; // raw scores of the rows that calibrate, rising
	uint32_t n_calibrating;
};

static int options_check(const struct forest_options *o, char *error) {
	if (o->trees < 1 || o->trees > FOREST_TREES_MAX)
		return model_fail(
			error,
			-EINVAL,
			"trees %" PRIu32 ": 1 to %d are allowed",
			o->trees,
			FOREST_TREES_MAX
		);
	if (o->sample < 2 || o->sample > FOREST_SAMPLE_MAX)
		return model_fail(
			error,
			-EINVAL,
			"sample %" PRIu32 ": 2 to %d are allowed",
			o->sample,
			FOREST_SAMPLE_MAX
		);
	if (!(o->contamination >= 0 && o->contamination <= 0.5))
		return model_fail(
			error, -EINVAL, "contamination %g: 0 to 0.5 is allowed", o->contamination
		);
	if (!(o->hold_back >= 0 && o->hold_back <= 0.5))
		return model_fail(
			error, -EINVAL, "hold_back %g: 0 to 0.5 is allowed", o->hold_back
		);
	return 0;
}

static int names_check(const char *const names[], uint32_t n, char *error) {
	if (n < 1 || n > MODEL_FEATURES_MAX)
		return model_fail(
			error,
			-EINVAL,
			"%" PRIu32 " features: 1 to %d are allowed",
			n,
			MODEL_FEATURES_MAX
		);
	for (uint32_t i = 0; i < n; i++) {
		if (names[i][0] == '\0' || strlen(names[i]) >= MODEL_NAME_MAX)
			return model_fail(
				error,
				-EINVAL,
				"feature %" PRIu32 ": a name has 1 to %d bytes",
				i,
				MODEL_NAME_MAX - 1
			);
		for (const char *c = names[i]; *c != '\0'; c++)
			if (*c <= ' ' || *c > '~')
				return model_fail(
					error,
					-EINVAL,
					"feature %" PRIu32
					": a name is printable ASCII without spaces",
					i
				);
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
				return model_fail(
					error, -EINVAL, "feature %s is there twice", names[i]
				);
	}
	return 0;
}

static int rows_check(const struct training *t, char *error) {
	if (t->n_rows < 2 || t->n_rows > UINT32_MAX / 2)
		return model_fail(
			error,
			-EINVAL,
			"%zu rows: at least 2 are needed, at most %u are taken",
			t->n_rows,
			UINT32_MAX / 2
		);
	for (size_t i = 0; i < t->n_rows; i++)
		for (uint32_t k = 0; k < t->n_features; k++)
			if (!isfinite(t->rows[i * t->n_features + k]))
				return model_fail(
					error,
					-EINVAL,
					"row %zu: %s is not a finite number",
					i,
					t->names[k]
				);
	return 0;
}

// Which rows are held back is drawn too: a capture's last rows are not like its first.
static void rows_divide(struct training *t) {
	struct random r = random_seeded(t->options->seed, STREAM_HOLD_BACK);
	const uint32_t n = (uint32_t)t->n_rows;

	t->n_held = (uint32_t)(t->options->hold_back * n);
	if (n - t->n_held < 2)
		t->n_held = n - 2;
	t->n_train = n - t->n_held;
	t->sample = t->options->sample < t->n_train ? t->options->sample : t->n_train;
	for (uint32_t i = 0; i < n; i++)
		t->order[i] = i;
	for (uint32_t i = n; i > t->n_train; i--) {
		const uint32_t k = random_below(&r, i), row = t->order[k];

		t->order[k] = t->order[i - 1];
		t->order[i - 1] = row;
	}
}

static void rows_score(const struct training *t, const struct model *m) {
	float rows[MODEL_BATCH_MAX * MODEL_FEATURES_MAX];
	const size_t width = t->n_features;
	uint32_t n;

	for (size_t done = 0; done < t->n_rows; done += n) {
		const size_t left = t->n_rows - done;

		n = left < MODEL_BATCH_MAX ? (uint32_t)left : MODEL_BATCH_MAX;
		for (uint32_t i = 0; i < n; i++)
			memcpy(rows + i * width,
			       t->rows + t->order[done + i] * width,
			       width * sizeof(*rows));
		model_score(m, rows, (uint32_t)width, n, t->raw + done);
	}
}

// The threshold is a quantile of the rows trained on, as scikit-learn's offset_ is; the calibration is
// of the rows held back, or of those trained on where none were.
static int scores_use(struct training *t, struct model *m) {
	const bool held = t->n_held > 0;
	const double contamination = t->options->contamination;

	rows_score(t, m);
	floats_sort(t->raw, t->n_train);
	t->threshold = contamination > 0
		? calibration_quantile(t->raw, t->n_train, 1 - contamination)
		: NAN;
	t->calibrating = held ? t->raw + t->n_train : t->raw;
	t->n_calibrating = held ? t->n_held : t->n_train;
	return calibration_make(
		&m->calibration,
		held ? t->raw + t->n_train : t->raw,
		t->n_calibrating,
		m->ops->raw_max
	);
}

static json_t *raw_scores_json(const struct training *t) {
	static const struct {
		const char *name;
		double share;
	} quantiles[] = {
		{"min", 0},
		{"p50", 0.5},
		{"p90", 0.9},
		{"p99", 0.99},
		{"p999", 0.999},
		{"max", 1},
	};
	json_t *scores = json_object();

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		json_object_set_new(
			scores,
			quantiles[i].name,
			json_real(calibration_quantile(
				t->calibrating, t->n_calibrating, quantiles[i].share
			))
		);
	return scores;
}

// @param made  what the caller keeps, a new reference; NULL for nothing
static json_t *meta_json(const struct training *t, json_t *made) {
	const struct forest_options *o = t->options;
	char seed[24];
	json_t *threshold = isnan(t->threshold) ? json_null() : json_real(t->threshold);

	snprintf(seed, sizeof(seed), "%" PRIu64, o->seed); // JSON's numbers end at 2^53
	return json_pack(
		"{s:s, s:s, s:i, s:i, s:f, s:o, s:f, s:s, s:I, s:I, s:I, s:s, s:o, s:o}",
		"program",
		"weir " WEIR_VERSION,
		"kind",
		"forest",
		"trees",
		(int)o->trees,
		"sample",
		(int)t->sample,
		"contamination",
		o->contamination,
		"threshold",
		threshold,
		"hold_back",
		o->hold_back,
		"seed",
		seed,
		"rows",
		(json_int_t)t->n_rows,
		"rows_trained",
		(json_int_t)t->n_train,
		"rows_held_back",
		(json_int_t)t->n_held,
		"calibrated_on",
		t->n_held > 0 ? "rows held back" : "rows trained on",
		"raw_scores",
		raw_scores_json(t),
		"made",
		made != NULL ? made : json_object()
	);
}

static int meta_make(const struct training *t, struct model *m, char *error) {
	json_t *made = NULL;
	json_error_t fault;

	if (t->options->meta != NULL) {
		made = json_loads(t->options->meta, JSON_REJECT_DUPLICATES, &fault);
		if (!json_is_object(made)) {
			json_decref(made);
			return model_fail(error, -EINVAL, "meta: not a JSON object");
		}
	}

	json_t *meta = meta_json(t, made);

	m->meta = meta != NULL ? json_dumps(meta, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	json_decref(meta);
	if (m->meta == NULL)
		return model_fail(error, -ENOMEM, "no memory");
	if (strlen(m->meta) > MODEL_META_BYTES_MAX)
		return model_fail(error, -EINVAL, "meta: more than %u bytes", MODEL_META_BYTES_MAX);
	return 0;
}

// Its size and checksum are those of the file that it will be.
static int image_measure(struct model *m, char *error) {
	struct writer image = {0};
	const int rc = model_image(&image, m);

	if (rc == 0) {
		m->bytes = image.n;
		m->crc = crc32c(0, image.bytes, image.n - sizeof(m->crc));
	}
	free(image.bytes);
	return rc == 0 ? 0
		       : model_fail(error, rc, "the model does not fit a file: %s", strerror(-rc));
}

static int forest_make(struct training *t, struct model *m, char *error) {
	const struct forest_ground ground = {
		.rows = t->rows,
		.n_features = t->n_features,
		.order = t->order,
		.n_rows = t->n_train,
	};
	struct forest *f;
	int rc = forest_grow(&f, &ground, t->options->trees, t->sample, t->options->seed);

	if (rc == -EFBIG)
		return model_fail(
			error,
			rc,
			"the forest does not fit a file of %u bytes: fewer trees or a smaller "
			"sample",
			MODEL_FILE_BYTES_MAX
		);
	if (rc < 0)
		return model_fail(error, rc, "no memory for the trees");
	m->body = f;
	rc = scores_use(t, m);
	if (rc < 0)
		return model_fail(error, rc, "no memory for the calibration");
	rc = meta_make(t, m, error);
	return rc < 0 ? rc : image_measure(m, error);
}

static int training_check(const struct training *t, char *error) {
	int rc = options_check(t->options, error);

	if (rc == 0)
		rc = names_check(t->names, t->n_features, error);
	return rc < 0 ? rc : rows_check(t, error);
}

int forest_train(
	struct model **out,
	const float *rows,
	size_t n_rows,
	const char *const names[],
	uint32_t n_features,
	const struct forest_options *options,
	char error[static MODEL_ERROR_MAX]
) {
	struct training t = {
		.options = options,
		.rows = rows,
		.n_rows = n_rows,
		.names = names,
		.n_features = n_features,
	};
	struct model *m = NULL;
	int rc = training_check(&t, error);

	if (rc < 0)
		return rc;
	t.order = malloc(n_rows * sizeof(*t.order));
	t.raw = malloc(n_rows * sizeof(*t.raw));
	m = model_new(&forest_ops, names, n_features);
	if (t.order == NULL || t.raw == NULL || m == NULL) {
		rc = model_fail(error, -ENOMEM, "no memory for %zu rows", n_rows);
	} else {
		rows_divide(&t);
		rc = forest_make(&t, m, error);
	}
	free(t.raw);
	free(t.order);
	if (rc < 0) {
		model_destroy(m);
		return rc;
	}
	*out = m;
	return 0;
}
