// The model library at the end of a pipe, for the tests in Python beside this file.
//
//     model_rows score MODEL             float32 rows in, float32 raw and calibrated scores out
//     model_rows train MODEL FEATURES SEED    float32 rows in, a model file out (default options)
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

static int score(const char *path, char *error) {
	struct model *m = NULL;
	struct model_info info;
	size_t n_rows;

	if (model_load(&m, path, error) < 0)
		return -1;
	model_info(m, &info);

	float *rows = rows_read(info.n_features, &n_rows);

	for (size_t i = 0; i < n_rows; i += MODEL_BATCH_MAX) {
		const size_t left = n_rows - i;
		const uint32_t n = left < MODEL_BATCH_MAX ? (uint32_t)left : MODEL_BATCH_MAX;
		float raw[MODEL_BATCH_MAX];

		model_score(m, rows + i * info.n_features, info.n_features, n, raw);
		for (uint32_t k = 0; k < n; k++) {
			const float both[] = {raw[k], model_calibrate(m, raw[k])};

			fwrite(both, sizeof(both), 1, stdout);
		}
	}
	free(rows);
	model_destroy(m);
	return 0;
}

static int train(const char *path, uint32_t n_features, uint64_t seed, char *error) {
	static char name[MODEL_FEATURES_MAX][MODEL_NAME_MAX];
	const char *names[MODEL_FEATURES_MAX];
	struct forest_options options = forest_defaults;
	struct model *m = NULL;
	size_t n_rows;
	float *rows = rows_read(n_features, &n_rows);

	for (uint32_t i = 0; i < MODEL_FEATURES_MAX; i++) {
		snprintf(name[i], sizeof(name[i]), "f%u", i);
		names[i] = name[i];
	}
	options.seed = seed;
	options.hold_back = 0; // the references were fitted to every row
	if (forest_train(&m, rows, n_rows, names, n_features, &options, error) < 0)
		return -1;
	free(rows);

	const int rc = model_save(m, path, error);

	model_destroy(m);
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

	char error[MODEL_ERROR_MAX] = "usage: model_rows score MODEL | train MODEL FEATURES SEED";
	int rc = -1;

	if (argc == 3 && strcmp(argv[1], "score") == 0)
		rc = score(argv[2], error);
	if (argc == 5 && strcmp(argv[1], "train") == 0)
		rc = train(argv[2], (uint32_t)atoi(argv[3]), strtoull(argv[4], NULL, 10), error);
	if (rc < 0)
		fprintf(stderr, "model_rows: %s\n", error);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
