// Training, of every kind: check what was asked, hold rows back, scale, let the kind do its part, calibrate, try
// it on the rows held back, and keep how it was made.
#include "contract/crc32c.h"
#include "model/internal.h"
#include "model/random.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_HOLD_BACK UINT64_MAX // of random numbers, beside a kind's 0, 1, 2 ...
#define STREAM_SAMPLE (UINT64_MAX - 1)
#define FITTED_ROWS_MAX 65536u // of which scales and the ordinary row are taken
#define HOLD_BACK 0.2

// One training from end to end.
struct training {
	const struct model_training *what;
	const struct model_ops *ops;
	const struct model_rows *rows;
	uint32_t *order; // the first n_train rows are trained on, the n_held after them held back
	uint32_t n_train;
	uint32_t n_held;
	uint32_t *sample; // of the rows trained on, those that the kind is given
	uint32_t n_sample;
	float *prepared; // of the sample; NULL where the kind takes rows as they are
	uint32_t *class; // of those
	float *raw; // scores in the order of `order`; then of those that calibrate, rising
	uint32_t n_calibrating;
	double threshold; // raw; NaN where contamination is 0
	double f1; // macro, of a classifier on the rows held back; NaN where none
};

void model_training_init(struct model_training *t, const struct model_kind_info *kind) {
	*t = (struct model_training) {
		.kind = kind,
		.rows_max = kind->rows_usual,
		.hold_back = HOLD_BACK,
		.seed = 1,
	};
	for (uint32_t i = 0; i < kind->n_options; i++)
		t->option[i] = kind->options[i].usual;
}

static int option_check(const struct model_option *o, double value, char *error) {
	if (value >= o->least && value <= o->most && !(o->whole && value != floor(value)))
		return 0;
	return model_fail(
		error,
		-EINVAL,
		"%s %g: %g to %g is allowed%s",
		o->name,
		value,
		o->least,
		o->most,
		o->whole ? ", a whole number" : ""
	);
}

static int options_check(const struct model_training *t, char *error) {
	int rc = 0;

	for (uint32_t i = 0; i < t->kind->n_options && rc == 0; i++)
		rc = option_check(&t->kind->options[i], t->option[i], error);
	if (rc < 0)
		return rc;
	if (!(t->contamination >= 0 && t->contamination <= 0.5))
		return model_fail(
			error, -EINVAL, "contamination %g: 0 to 0.5 is allowed", t->contamination
		);
	if (!(t->hold_back >= 0 && t->hold_back <= 0.5))
		return model_fail(
			error, -EINVAL, "hold_back %g: 0 to 0.5 is allowed", t->hold_back
		);
	if (t->categories != 0 && !t->kind->prepares)
		return model_fail(error, -EINVAL, "%s knows no categories", t->kind->name);
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

static int rows_check(const struct model_rows *rows, char *error) {
	if (rows->n < 2 || rows->n > UINT32_MAX / 2)
		return model_fail(
			error,
			-EINVAL,
			"%zu rows: at least 2 are needed, at most %u are taken",
			rows->n,
			UINT32_MAX / 2
		);
	for (size_t i = 0; i < rows->n; i++)
		for (uint32_t k = 0; k < rows->n_features; k++)
			if (!isfinite(rows->value[i * rows->n_features + k]))
				return model_fail(
					error,
					-EINVAL,
					"row %zu: %s is not a finite number",
					i,
					rows->names[k]
				);
	return 0;
}

static int classes_check(const struct training *t, char *error) {
	const struct model_rows *rows = t->rows;

	if (!t->ops->info.classifies)
		return 0;
	if (rows->class_ == NULL || rows->n_classes < 2 || rows->n_classes > MODEL_CLASSES_MAX)
		return model_fail(
			error,
			-EINVAL,
			"%s is a classifier: rows need a class each, of 2 to %d",
			t->ops->info.name,
			MODEL_CLASSES_MAX
		);
	for (uint32_t c = 0; c < rows->n_classes; c++)
		if (strlen(rows->class_names[c]) >= MODEL_CLASS_NAME_MAX
		    || rows->class_names[c][0] == '\0')
			return model_fail(
				error,
				-EINVAL,
				"class %" PRIu32 ": a name has 1 to %d bytes",
				c,
				MODEL_CLASS_NAME_MAX - 1
			);
	if (rows->normal_class >= rows->n_classes)
		return model_fail(error, -EINVAL, "the normal class is none of the classes");
	for (size_t i = 0; i < rows->n; i++)
		if (rows->class_[i] >= rows->n_classes)
			return model_fail(error, -EINVAL, "row %zu: no such class", i);
	return 0;
}

// Which rows are held back is drawn too: a capture's last rows are not like its first.
static void rows_divide(struct training *t) {
	struct random r = random_seeded(t->what->seed, STREAM_HOLD_BACK);
	const uint32_t n = (uint32_t)t->rows->n;

	t->n_held = (uint32_t)(t->what->hold_back * n);
	if (n - t->n_held < 2)
		t->n_held = n - 2;
	t->n_train = n - t->n_held;
	for (uint32_t i = 0; i < n; i++)
		t->order[i] = i;
	for (uint32_t i = n; i > t->n_train; i--) {
		const uint32_t k = random_below(&r, i), row = t->order[k];

		t->order[k] = t->order[i - 1];
		t->order[i - 1] = row;
	}
}

static int index_compare(const void *a, const void *b) {
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

// Where the kind takes fewer rows than there are: drawn, and in their order again.
static void sample_draw(struct training *t) {
	struct random r = random_seeded(t->what->seed, STREAM_SAMPLE);
	const uint32_t most = t->what->rows_max;

	memcpy(t->sample, t->order, t->n_train * sizeof(*t->sample));
	t->n_sample = most == 0 || most > t->n_train ? t->n_train : most < 2 ? 2 : most;
	if (t->n_sample == t->n_train)
		return;
	for (uint32_t i = 0; i < t->n_sample; i++) {
		const uint32_t k = i + random_below(&r, t->n_train - i), row = t->sample[k];

		t->sample[k] = t->sample[i];
		t->sample[i] = row;
	}
	qsort(t->sample, t->n_sample, sizeof(*t->sample), index_compare);
}

// From the rows that are trained on, evenly spaced where there are very many.
static int scales_fit(struct training *t, struct model *m, char *error) {
	const uint32_t n = t->n_sample < FITTED_ROWS_MAX ? t->n_sample : FITTED_ROWS_MAX;
	uint32_t *order = malloc(n * sizeof(*order));
	struct prepare_from from = {
		.rows = t->rows->value,
		.order = order,
		.n_rows = n,
		.n_features = t->rows->n_features,
		.names = t->rows->names,
		.categories = t->what->categories,
		.scaling = t->what->scaling,
	};
	int rc = 0;

	m->baseline = malloc(t->rows->n_features * sizeof(*m->baseline));
	if (t->ops->info.prepares)
		m->prepare = malloc(sizeof(*m->prepare));
	if (order == NULL || m->baseline == NULL || (t->ops->info.prepares && m->prepare == NULL)) {
		free(order);
		return model_fail(error, -ENOMEM, "no memory");
	}
	for (uint32_t i = 0; i < n; i++)
		order[i] = t->sample[(uint64_t)i * t->n_sample / n];
	if (prepare_baseline(m->baseline, &from) < 0)
		rc = model_fail(error, -ENOMEM, "no memory for %" PRIu32 " values", n);
	if (rc == 0 && m->prepare != NULL)
		rc = prepare_fit(m->prepare, &from, error);
	free(order);
	return rc;
}

// The rows that the kind is given, one behind the other.
static int sample_prepare(struct training *t, const struct model *m, char *error) {
	const uint32_t width = t->rows->n_features, stride = m->prepare->stride_floats;

	t->prepared = malloc((size_t)t->n_sample * stride * sizeof(*t->prepared));
	t->class = malloc(t->n_sample * sizeof(*t->class));
	if (t->prepared == NULL || t->class == NULL)
		return model_fail(error, -ENOMEM, "no memory for %" PRIu32 " rows", t->n_sample);
	for (uint32_t i = 0; i < t->n_sample; i++) {
		const size_t row = t->sample[i];

		prepare_rows(
			m->prepare,
			t->rows->value + row * width,
			width,
			1,
			t->prepared + (size_t)i * stride
		);
		t->class[i] = t->rows->class_ != NULL ? t->rows->class_[row] : 0;
		t->sample[i] = i;
	}
	return 0;
}

static int body_make(struct training *t, struct model *m, char *error) {
	struct model_ground ground = {
		.rows = t->rows->value,
		.stride_floats = t->rows->n_features,
		.order = t->sample,
		.n_rows = t->n_sample,
		.option = t->what->option,
		.seed = t->what->seed,
		.members = t->what->members,
	};
	const uint32_t most = t->ops->info.rows_most;
	int rc = 0;

	if (most > 0 && t->n_sample > most)
		return model_fail(
			error,
			-EFBIG,
			"%" PRIu32 " rows, at most %" PRIu32 " fit: train on fewer",
			t->n_sample,
			most
		);
	rc = scales_fit(t, m, error);
	if (rc == 0 && m->prepare != NULL) {
		rc = sample_prepare(t, m, error);
		ground.rows = t->prepared;
		ground.stride_floats = m->prepare->stride_floats;
		ground.class = m->n_classes > 0 ? t->class : NULL;
	}
	ground.shape = model_shape(m);
	return rc < 0 ? rc : t->ops->train(m->body, &ground, error);
}

static void rows_score(const struct training *t, const struct model *m) {
	float rows[MODEL_BATCH_MAX * MODEL_FEATURES_MAX];
	const size_t width = t->rows->n_features;
	uint32_t n;

	for (size_t done = 0; done < t->rows->n; done += n) {
		const size_t left = t->rows->n - done;

		n = left < MODEL_BATCH_MAX ? (uint32_t)left : MODEL_BATCH_MAX;
		for (uint32_t i = 0; i < n; i++)
			memcpy(rows + i * width,
			       t->rows->value + t->order[done + i] * width,
			       width * sizeof(*rows));
		model_score(m, rows, (uint32_t)width, n, t->raw + done);
	}
}

// Of a classifier only rows of the normal class calibrate. They are moved to the front.
static uint32_t
normal_keep(const struct training *t, const struct model *m, uint32_t first, uint32_t n) {
	uint32_t kept = 0;

	for (uint32_t i = first; i < first + n; i++)
		if (m->n_classes == 0 || t->rows->class_[t->order[i]] == m->normal)
			t->raw[first + kept++] = t->raw[i];
	return kept;
}

// The threshold is a quantile of the rows trained on, as scikit-learn's offset_ is; the calibration is
// of the rows held back, or of those trained on where none were.
static int scores_use(struct training *t, struct model *m, char *error) {
	const uint32_t first = t->n_held > 0 ? t->n_train : 0;
	const double contamination = t->what->contamination;
	int rc;

	rows_score(t, m);
	t->n_calibrating = normal_keep(t, m, first, t->n_held > 0 ? t->n_held : t->n_train);
	if (t->n_calibrating == 0)
		return model_fail(
			error,
			-EINVAL,
			"no row of the class %s is there to calibrate with",
			m->classes[m->normal]
		);
	t->threshold = NAN;
	if (contamination > 0) {
		const uint32_t n = first > 0 ? t->n_train : t->n_calibrating;

		floats_sort(t->raw, n);
		t->threshold = calibration_quantile(t->raw, n, 1 - contamination);
	}
	rc = calibration_make(&m->calibration, t->raw + first, t->n_calibrating, t->ops->raw_max);
	memmove(t->raw, t->raw + first, t->n_calibrating * sizeof(*t->raw));
	return rc == 0 ? 0 : model_fail(error, rc, "no memory for the calibration");
}

// Macro-F1: the mean of the classes' F1, of those that the rows have or that were given to any.
static double
macro_f1(const uint32_t *right, const uint32_t *given, const uint32_t *there, uint32_t n) {
	double sum = 0;
	uint32_t met = 0;

	for (uint32_t c = 0; c < n; c++) {
		if (given[c] + there[c] == 0)
			continue;
		met++;
		sum += 2.0 * right[c] / (given[c] + there[c]);
	}
	return met > 0 ? sum / met : NAN;
}

// A classifier on the rows held back.
static void classes_try(struct training *t, const struct model *m) {
	uint32_t right[MODEL_CLASSES_MAX] = {0}, given[MODEL_CLASSES_MAX] = {0},
		 there[MODEL_CLASSES_MAX] = {0};

	t->f1 = NAN;
	if (m->n_classes == 0 || t->n_held == 0)
		return;
	for (uint32_t i = t->n_train; i < t->n_train + t->n_held; i++) {
		const size_t row = t->order[i];
		const uint32_t truth = t->rows->class_[row];
		uint32_t found = 0;

		model_classify(
			m, t->rows->value + row * m->n_features, m->n_features, 1, &found, NULL
		);
		there[truth]++;
		given[found]++;
		right[truth] += found == truth;
	}
	t->f1 = macro_f1(right, given, there, m->n_classes);
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
			json_real(calibration_quantile(t->raw, t->n_calibrating, quantiles[i].share)
			)
		);
	return scores;
}

static json_t *real_or_null(double x) {
	return isnan(x) ? json_null() : json_real(x);
}

// What was asked for, then what the kind says of itself: that is what came of it.
static void kind_describe(const struct training *t, const struct model *m, json_t *meta) {
	const struct model_kind_info *kind = &t->ops->info;

	for (uint32_t i = 0; i < kind->n_options; i++) {
		const double value = t->what->option[i];

		json_object_set_new(
			meta,
			kind->options[i].name,
			kind->options[i].whole ? json_integer((json_int_t)value) : json_real(value)
		);
	}
	t->ops->describe(m->body, meta);
	if (kind->prepares)
		json_object_set_new(
			meta, "scaling", json_string(model_scaling_names[t->what->scaling])
		);
	if (kind->classifies)
		json_object_set_new(meta, "macro_f1_held_back", real_or_null(t->f1));
}

// @param made  what the caller keeps, a reference that is taken; NULL for nothing
static json_t *meta_json(const struct training *t, const struct model *m, json_t *made) {
	char seed[24];
	json_t *meta, *more;

	snprintf(seed, sizeof(seed), "%" PRIu64, t->what->seed); // JSON's numbers end at 2^53
	meta = json_pack("{s:s, s:s}", "program", "weir " WEIR_VERSION, "kind", t->ops->info.name);
	kind_describe(t, m, meta);
	more = json_pack(
		"{s:f, s:o, s:f, s:s, s:I, s:I, s:I, s:I, s:s, s:o, s:o}",
		"contamination",
		t->what->contamination,
		"threshold",
		real_or_null(t->threshold),
		"hold_back",
		t->what->hold_back,
		"seed",
		seed,
		"rows",
		(json_int_t)t->rows->n,
		"rows_trained",
		(json_int_t)t->n_sample,
		"rows_held_back",
		(json_int_t)t->n_held,
		"rows_calibrated",
		(json_int_t)t->n_calibrating,
		"calibrated_on",
		t->n_held > 0 ? "rows held back" : "rows trained on",
		"raw_scores",
		raw_scores_json(t),
		"made",
		made != NULL ? made : json_object()
	);
	if (more == NULL || json_object_update(meta, more) < 0) {
		json_decref(meta);
		meta = NULL;
	}
	json_decref(more);
	return meta;
}

static int meta_make(const struct training *t, struct model *m, char *error) {
	json_t *made = NULL, *meta;
	json_error_t fault;

	if (t->what->meta != NULL) {
		made = json_loads(t->what->meta, JSON_REJECT_DUPLICATES, &fault);
		if (!json_is_object(made)) {
			json_decref(made);
			return model_fail(error, -EINVAL, "meta: not a JSON object");
		}
	}
	meta = meta_json(t, m, made);
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

static int classes_take(struct model *m, const struct model_rows *rows) {
	m->n_classes = rows->n_classes;
	m->normal = rows->normal_class;
	m->classes = calloc(m->n_classes, sizeof(*m->classes));
	if (m->classes == NULL)
		return -ENOMEM;
	for (uint32_t c = 0; c < m->n_classes; c++)
		snprintf(m->classes[c], sizeof(m->classes[c]), "%s", rows->class_names[c]);
	return 0;
}

static int training_check(const struct training *t, char *error) {
	int rc = options_check(t->what, error);

	if (t->ops == NULL || t->ops->train == NULL)
		return model_fail(error, -ENOTSUP, "%s is not made from rows", t->what->kind->name);
	if (rc == 0)
		rc = names_check(t->rows->names, t->rows->n_features, error);
	if (rc == 0)
		rc = rows_check(t->rows, error);
	return rc < 0 ? rc : classes_check(t, error);
}

static int training_run(struct training *t, struct model *m, char *error) {
	int rc;

	rows_divide(t);
	sample_draw(t);
	rc = body_make(t, m, error);
	if (rc == 0)
		classes_try(t, m);
	if (rc == 0)
		rc = scores_use(t, m, error);
	if (rc == 0)
		rc = meta_make(t, m, error);
	return rc < 0 ? rc : image_measure(m, error);
}

int model_train(
	struct model **out,
	const struct model_rows *rows,
	const struct model_training *training,
	char error[static MODEL_ERROR_MAX]
) {
	struct training t = {
		.what = training,
		.ops = model_ops_find(training->kind->kind),
		.rows = rows,
	};
	struct model *m;
	int rc = training_check(&t, error);

	if (rc < 0)
		return rc;
	t.order = malloc(rows->n * sizeof(*t.order));
	t.sample = malloc(rows->n * sizeof(*t.sample));
	t.raw = malloc(rows->n * sizeof(*t.raw));
	m = model_new(t.ops, rows->names, rows->n_features);
	if (t.order == NULL || t.sample == NULL || t.raw == NULL || m == NULL
	    || (t.ops->info.classifies && classes_take(m, rows) < 0))
		rc = model_fail(error, -ENOMEM, "no memory for %zu rows", rows->n);
	else
		rc = training_run(&t, m, error);
	free(t.class);
	free(t.prepared);
	free(t.raw);
	free(t.sample);
	free(t.order);
	if (rc < 0) {
		model_destroy(m);
		return rc;
	}
	*out = m;
	return 0;
}
