// The model library at the end of a pipe, for the tests in Python beside this file.
//
//     model_rows score MODEL       float32 rows in, float32 raw and calibrated scores out
//     model_rows classify MODEL    float32 rows in, float32 number of the class out
//     model_rows attribute MODEL   float32 rows in, float32 score, ordinary score and contributions out
//     model_rows train MODEL FEATURES SEED [KIND [NAME=VALUE...]]    float32 rows in, a model file out
//
// NAME is an option of the kind, scaling, rows (trained on, at most), or classes: then each row has its class as one more
// value.
//
// WEIR_ISA in the environment says with which instructions; exit code 77 where this machine has them not.
#include "contract/isa.h"
#include "model/model.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float *rows_read(uint32_t n_features, size_t *n_rows) {
	const size_t row_bytes = n_features * sizeof(float);
	size_t n = 0, capacity = 1024;
	uint8_t *rows = malloc(capacity * row_bytes);

	while (rows != NULL && fread(rows + n * row_bytes, row_bytes, 1, stdin) == 1)
		if (++n == capacity)
			rows = realloc(rows, (capacity *= 2) * row_bytes);
	*n_rows = n;
	return (float *)rows;
}

typedef void batch_use(const struct model *, const float *rows, uint32_t width, uint32_t n);

static void batch_score(const struct model *m, const float *rows, uint32_t width, uint32_t n) {
	float raw[MODEL_BATCH_MAX];

	model_score(m, rows, width, n, raw);
	for (uint32_t k = 0; k < n; k++) {
		const float both[] = {raw[k], model_calibrate(m, raw[k])};

		fwrite(both, sizeof(both), 1, stdout);
	}
}

static void batch_classify(const struct model *m, const float *rows, uint32_t width, uint32_t n) {
	uint32_t class_[MODEL_BATCH_MAX] = {0};

	if (model_classify(m, rows, width, n, class_, NULL) < 0)
		return;
	for (uint32_t k = 0; k < n; k++) {
		const float number = (float)class_[k];

		fwrite(&number, sizeof(number), 1, stdout);
	}
}

static void batch_attribute(const struct model *m, const float *rows, uint32_t width, uint32_t n) {
	for (uint32_t k = 0; k < n; k++) {
		struct model_attribution a;

		if (model_attribute(m, rows + (size_t)k * width, &a) < 0)
			return;
		fwrite(&a.score, sizeof(a.score), 1, stdout);
		fwrite(&a.baseline_score, sizeof(a.baseline_score), 1, stdout);
		fwrite(a.contribution, sizeof(*a.contribution), width, stdout);
	}
}

static int use(const char *path, batch_use *batch, char *error) {
	struct model *m = NULL;
	struct model_info info;
	size_t n_rows;

	if (model_load(&m, path, error) < 0)
		return -1;
	model_info(m, &info);

	float *rows = rows_read(info.n_features, &n_rows);

	for (size_t i = 0; i < n_rows; i += MODEL_BATCH_MAX) {
		const size_t left = n_rows - i;

		batch(m,
		      rows + i * info.n_features,
		      info.n_features,
		      left < MODEL_BATCH_MAX ? (uint32_t)left : MODEL_BATCH_MAX);
	}
	free(rows);
	model_destroy(m);
	return 0;
}

// What is trained, and on what.
struct work {
	struct model_training training;
	uint32_t n_features;
	uint32_t n_classes;
	float *rows;
	uint32_t *class_;
	size_t n_rows;
};

static int work_set(struct work *w, const char *text) {
	const struct model_kind_info *kind = w->training.kind;
	const char *value = strchr(text, '=');
	const size_t n = value != NULL ? (size_t)(value++ - text) : 0;

	for (uint32_t i = 0; i < kind->n_options; i++)
		if (strlen(kind->options[i].name) == n
		    && memcmp(kind->options[i].name, text, n) == 0) {
			w->training.option[i] = atof(value);
			return 0;
		}
	for (int i = 0; i < MODEL_SCALING_N; i++)
		if (n == 7 && memcmp(text, "scaling", 7) == 0
		    && strcmp(value, model_scaling_names[i]) == 0) {
			w->training.scaling = (enum model_scaling)i;
			return 0;
		}
	if (n == 4 && memcmp(text, "rows", 4) == 0)
		w->training.rows_max = (uint32_t)atoi(value);
	else if (n == 7 && memcmp(text, "classes", 7) == 0)
		w->n_classes = (uint32_t)atoi(value);
	else
		return -1;
	return 0;
}

// The class is the last value of each row as it was read.
static void classes_part(struct work *w) {
	const uint32_t width = w->n_features;

	w->class_ = malloc(w->n_rows * sizeof(*w->class_));
	for (size_t i = 0; i < w->n_rows; i++) {
		const float *from = w->rows + i * (width + 1);

		w->class_[i] = (uint32_t)from[width];
		memmove(w->rows + i * width, from, width * sizeof(*from));
	}
}

static int work_do(struct work *w, const char *path, char *error) {
	static char name[MODEL_FEATURES_MAX][MODEL_NAME_MAX],
		class_name[MODEL_CLASSES_MAX][MODEL_NAME_MAX];
	const char *names[MODEL_FEATURES_MAX], *class_names[MODEL_CLASSES_MAX];
	const struct model_rows rows = {
		.value = w->rows,
		.n = w->n_rows,
		.names = names,
		.n_features = w->n_features,
		.class_ = w->class_,
		.class_names = class_names,
		.n_classes = w->n_classes,
	};
	struct model *m = NULL;
	int rc;

	for (uint32_t i = 0; i < MODEL_FEATURES_MAX; i++) {
		snprintf(name[i], sizeof(name[i]), "f%u", i);
		names[i] = name[i];
	}
	for (uint32_t i = 0; i < MODEL_CLASSES_MAX; i++) {
		snprintf(class_name[i], sizeof(class_name[i]), "c%u", i);
		class_names[i] = class_name[i];
	}
	rc = model_train(&m, &rows, &w->training, error);
	if (rc == 0)
		rc = model_save(m, path, error);
	model_destroy(m);
	return rc;
}

// @param more  KIND, then its settings
static int
train(const char *path, uint32_t n_features, uint64_t seed, int n_more, char **more, char *error) {
	const struct model_kind_info *kind = model_kind_find(n_more > 0 ? more[0] : "forest");
	struct work w = {.n_features = n_features};
	int rc = 0;

	snprintf(error, MODEL_ERROR_MAX, "no such kind or setting");
	if (kind == NULL)
		return -1;
	model_training_init(&w.training, kind);
	w.training.seed = seed;
	w.training.hold_back = 0; // the references were fitted to every row
	for (int i = 1; i < n_more; i++)
		if (work_set(&w, more[i]) < 0)
			return -1;
	w.rows = rows_read(n_features + (w.n_classes > 0), &w.n_rows);
	if (w.n_classes > 0)
		classes_part(&w);
	rc = work_do(&w, path, error);
	free(w.class_);
	free(w.rows);
	return rc;
}

#define SKIPPED 77

static int isa_set(char error[static ISA_ERROR_MAX]) {
	enum isa isa;
	const int rc = isa_choose(&isa, getenv(ISA_VARIABLE), error);

	return rc < 0 ? rc : isa_use(isa);
}

int main(int argc, char **argv) {
	char isa_error[ISA_ERROR_MAX];
	const int isa_rc = isa_set(isa_error);

	if (isa_rc < 0) {
		fprintf(stderr, "model_rows: %s\n", isa_error);
		return isa_rc == -ENOTSUP ? SKIPPED : EXIT_FAILURE;
	}

	char error[MODEL_ERROR_MAX] = "usage: see the head of tests/model/rows.c";
	static const struct {
		const char *name;
		batch_use *batch;
	} uses[] = {
		{"score", batch_score},
		{"classify", batch_classify},
		{"attribute", batch_attribute},
	};
	int rc = -1;

	for (size_t i = 0; argc == 3 && i < sizeof(uses) / sizeof(uses[0]); i++)
		if (strcmp(argv[1], uses[i].name) == 0)
			rc = use(argv[2], uses[i].batch, error);
	if (argc >= 5 && strcmp(argv[1], "train") == 0)
		rc
			= train(argv[2],
				(uint32_t)atoi(argv[3]),
				strtoull(argv[4], NULL, 10),
				argc - 5,
				argv + 5,
				error);
	if (rc < 0)
		fprintf(stderr, "model_rows: %s\n", error);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
