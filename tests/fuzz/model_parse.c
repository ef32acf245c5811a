// A model file from anyone: refused with a line of words, or a model that scores.
//
// The checksum is made right first, so that the fuzzer works on what comes after it; whether a wrong
// one is refused is a unit test's business (every flipped bit).
#include "contract/crc32c.h"
#include "model/internal.h"
#include "model/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static void use(const struct model *m) {
	float rows[2 * MODEL_FEATURES_MAX] = {0}, raw[2];
	struct model_attribution why;
	uint32_t class_[2] = {0};
	struct model_info info;

	model_info(m, &info);
	for (uint32_t i = 0; i < info.n_features; i++)
		rows[i] = (float)i - 1;
	model_score(m, rows, MODEL_FEATURES_MAX, 2, raw);
	for (unsigned i = 0; i < 2; i++) {
		const float share = model_calibrate(m, raw[i]);

		if (!(isfinite(raw[i]) && share >= 0 && share <= 1))
			abort();
	}
	if (model_classify(m, rows, MODEL_FEATURES_MAX, 2, class_, NULL) == 0
	    && (class_[0] >= info.n_classes || model_class_name(m, class_[1])[0] == '\0'))
		abort();
	if (info.n_features < 8 && model_attribute(m, rows, &why) == 0 && !isfinite(why.score))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	char error[MODEL_ERROR_MAX] = "";
	struct model *m = NULL;
	uint8_t *file = malloc(n + 1);

	memcpy(file, data, n);
	if (n >= MODEL_CRC_BYTES) {
		const uint32_t crc = crc32c(0, file, n - MODEL_CRC_BYTES);

		for (unsigned i = 0; i < MODEL_CRC_BYTES; i++)
			file[n - MODEL_CRC_BYTES + i] = (uint8_t)(crc >> 8 * i);
	}
	if (model_parse(&m, file, n, error) == 0)
		use(m);
	else if (error[0] == '\0' || strpbrk(error, "\n\x1b") != NULL || m != NULL)
		abort();

	// A parsed model written again is the same file: nothing of it was skipped or made up.
	if (m != NULL) {
		struct writer again = {0};

		if (model_image(&again, m) != 0 || again.n != n
		    || memcmp(again.bytes, file, n) != 0)
			abort();
		free(again.bytes);
	}
	model_destroy(m);
	free(file);
	return 0;
}

#define SEED_ROWS 60
#define SEED_FEATURES 4
#define SEED_KINDS_MAX 16

// A small model of a kind. An ensemble is of all that were made before.
static struct model *
seed_model(const struct model_kind_info *kind, const struct model_members *made) {
	static const char *const names[SEED_FEATURES] = {"a", "b", "c", "d"};
	static const char *const classes[] = {"normal", "strange"};
	struct random r = random_seeded(1, 0);
	float value[SEED_ROWS * SEED_FEATURES];
	uint32_t class_[SEED_ROWS];
	const struct model_rows rows = {
		.value = value,
		.n = SEED_ROWS,
		.names = names,
		.n_features = SEED_FEATURES,
		.class_ = class_,
		.class_names = classes,
		.n_classes = 2,
	};
	struct model_training training;
	char error[MODEL_ERROR_MAX];
	struct model *m = NULL;

	for (uint32_t i = 0; i < SEED_ROWS; i++) {
		class_[i] = i % 2;
		for (uint32_t k = 0; k < SEED_FEATURES - 1; k++)
			value[i * SEED_FEATURES + k] = (float)(random_unit(&r) + i % 2);
		value[i * SEED_FEATURES + SEED_FEATURES - 1] = (float)random_below(&r, 3);
	}
	model_training_init(&training, kind);
	training.members = made;
	if (kind->prepares)
		training.categories = 1 << (SEED_FEATURES - 1);
	if (model_train(&m, &rows, &training, error) < 0)
		abort();
	return m;
}

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	const struct model *made[SEED_KINDS_MAX];
	struct model_members members = {.model = made};

	for (unsigned i = 0; model_kind_at(i) != NULL; i++) {
		struct model *m = seed_model(model_kind_at(i), &members);
		struct writer image = {0};

		if (model_image(&image, m) != 0)
			abort();
		seed(image.bytes, image.n);
		free(image.bytes);
		if (model_kind_at(i)->combines || members.n == SEED_KINDS_MAX)
			model_destroy(m);
		else
			made[members.n++] = m;
	}
	for (uint32_t i = 0; i < members.n; i++)
		model_destroy((struct model *)made[i]);
}
