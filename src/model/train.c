// Training, of every kind: leave rows out, scale, let the kind do its part, calibrate on what was left out, and keep how
// it was made. See training.h for who does what.
#include "contract/crc32c.h"
#include "model/random.h"
#include "model/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FITTED_ROWS_MAX 65536u // of which scales and the ordinary row are taken
#define HOLD_BACK 0.2

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

// A classifier on rows that it was not trained on.
static void classes_try(struct training *t, const struct model *m) {
	if (m->n_classes == 0)
		return;
	for (uint32_t i = t->n_train; i < t->n_train + t->n_held; i++) {
		const size_t row = t->order[i];
		const uint32_t truth = t->rows->class_[row];
		uint32_t found = 0;

		model_classify(
			m, t->rows->value + row * m->n_features, m->n_features, 1, &found, NULL
		);
		t->classes.there[truth]++;
		t->classes.given[found]++;
		t->classes.right[truth] += found == truth;
	}
}

int part_train(struct training *t, struct model *m, char *error) {
	int rc;

	free(t->prepared); // of the part before
	free(t->class);
	t->prepared = NULL;
	t->class = NULL;
	sample_draw(t);
	rc = body_make(t, m, error);
	if (rc < 0)
		return rc;
	classes_try(t, m);
	rows_score(t, m);
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

struct model *part_model(const struct training *t) {
	struct model *m = model_new(t->ops, t->rows->names, t->rows->n_features);

	if (m == NULL || !t->ops->info.classifies || classes_take(m, t->rows) == 0)
		return m;
	model_destroy(m);
	return NULL;
}

// The threshold is a quantile of the rows trained on, as scikit-learn's offset_ is.
static void threshold_take(struct training *t) {
	const double contamination = t->what->contamination;

	t->threshold = NAN;
	if (contamination == 0)
		return;
	floats_sort(t->raw, t->n_train);
	t->threshold = calibration_quantile(t->raw, t->n_train, 1 - contamination);
}

static int training_run(struct training *t, struct model *m, char *error) {
	int rc = sources_judge(t, error);

	if (rc < 0)
		return rc;
	rows_divide(t);
	rc = part_train(t, m, error);
	if (rc < 0)
		return rc;
	if (!t->by_source)
		held_back_judge(t, m);
	threshold_take(t);
	rc = calibrate(t, m, error);
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
	struct model *m = NULL;
	int rc = training_check(&t, error);

	if (rc < 0)
		return rc;
	t.order = malloc(rows->n * sizeof(*t.order));
	t.sample = malloc(rows->n * sizeof(*t.sample));
	t.raw = malloc(rows->n * sizeof(*t.raw));
	t.judged = malloc(rows->n * sizeof(*t.judged));
	m = part_model(&t);
	if (t.order == NULL || t.sample == NULL || t.raw == NULL || t.judged == NULL || m == NULL)
		rc = model_fail(error, -ENOMEM, "no memory for %zu rows", rows->n);
	else
		rc = training_run(&t, m, error);
	free(t.class);
	free(t.prepared);
	free(t.judged);
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
