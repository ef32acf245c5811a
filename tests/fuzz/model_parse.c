// A model file from anyone: refused with a line of words, or a model that scores.
//
// The checksum is made right first, so that the fuzzer works on what comes after it; whether a wrong
// one is refused is a unit test's business (every flipped bit).
#include "contract/crc32c.h"
#include "model/internal.h"

#include <math.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void use(const struct model *m) {
	float rows[2 * MODEL_FEATURES_MAX] = {0}, raw[2];
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
