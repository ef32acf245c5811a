// A sample of rows, its file, a model's tap, and the drift of scores.
#include "contract/crc32c.h"
#include "contract/hash.h"
#include "detect/drift.h"
#include "detect/reservoir.h"
#include "model/model.h"
#include "test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEATURES 3

static uint64_t seed = 11;

static double uniform(void) {
	seed = hash_word(seed, 1);
	return (double)(seed >> 11) / 9007199254740992.0;
}

// Every row has the same chance, the first as the last: chi-square over tenths of the stream.
static void each_row_has_the_same_chance(void **) {
	enum { ROOM = 100, ROWS = 5000, RUNS = 400, PARTS = 10 };
	double kept[PARTS] = {0}, chi2 = 0;
	const double expected = (double)ROOM * RUNS / PARTS;

	for (unsigned run = 0; run < RUNS; run++) {
		struct reservoir *r;

		assert_int_equal(reservoir_create(&r, ROOM, FEATURES, run), 0);
		for (unsigned i = 0; i < ROWS; i++)
			reservoir_put(r, (float[FEATURES]) {(float)i, (float)(2 * i), 7});
		assert_int_equal(r->seen, ROWS);
		assert_int_equal(reservoir_kept(r), ROOM);
		for (unsigned i = 0; i < ROOM; i++) {
			const float *row = &r->rows[i * FEATURES];

			assert_true(row[1] == 2 * row[0] && row[2] == 7);
			kept[(unsigned)row[0] * PARTS / ROWS]++;
		}
		reservoir_destroy(r);
	}
	for (unsigned i = 0; i < PARTS; i++)
		chi2 += (kept[i] - expected) * (kept[i] - expected) / expected;
	assert_true(chi2 < 27.9); // 9 degrees of freedom: one run in a thousand
}

static void fewer_rows_than_room_are_all_there(void **) {
	struct reservoir *r;

	assert_int_equal(reservoir_create(&r, 50, 1, 1), 0);
	for (unsigned i = 0; i < 30; i++)
		reservoir_put(r, (float[]) {(float)i});
	assert_int_equal(reservoir_kept(r), 30);
	for (unsigned i = 0; i < 30; i++)
		assert_near(r->rows[i], i, 0);
	reservoir_destroy(r);
	assert_int_equal(reservoir_create(&r, 0, 1, 1), -EINVAL);
	assert_int_equal(reservoir_create(&r, RESERVOIR_ROWS_MAX + 1, 1, 1), -EINVAL);
}

static struct reservoir *some(unsigned rows) {
	struct reservoir *r;

	assert_int_equal(reservoir_create(&r, 64, FEATURES, 5), 0);
	for (unsigned i = 0; i < rows; i++)
		reservoir_put(r, (float[FEATURES]) {(float)i, 1, 2});
	return r;
}

// Stopped and gone on with, it is the sample that it would have been.
static void a_restart_changes_nothing(void **) {
	char error[RESERVOIR_ERROR_MAX];
	struct reservoir *whole = some(1000), *half = some(500), *back;
	const size_t n = reservoir_bytes(half, sizeof(uint64_t));
	uint64_t note = 42, got = 0;
	uint8_t *bytes = malloc(n);

	reservoir_pack(half, &note, sizeof(note), bytes);
	assert_int_equal(reservoir_unpack(&back, FEATURES, &got, sizeof(got), bytes, n, error), 0);
	assert_int_equal(got, 42);
	for (unsigned i = 500; i < 1000; i++)
		reservoir_put(back, (float[FEATURES]) {(float)i, 1, 2});
	assert_int_equal(back->seen, whole->seen);
	assert_memory_equal(back->rows, whole->rows, 64 * FEATURES * sizeof(float));
	reservoir_destroy(whole);
	reservoir_destroy(half);
	reservoir_destroy(back);
	free(bytes);
}

static void refused(const uint8_t *bytes, size_t n, uint32_t features, const char *why) {
	char error[RESERVOIR_ERROR_MAX] = "";
	struct reservoir *r;
	uint64_t note;

	assert_int_equal(
		reservoir_unpack(&r, features, &note, sizeof(note), bytes, n, error), -EBADMSG
	);
	assert_non_null(strstr(error, why));
}

static void a_hostile_sample_is_refused(void **) {
	struct reservoir *r = some(40);
	const size_t n = reservoir_bytes(r, 8);
	uint8_t *bytes = calloc(1, n + 64);
	uint32_t crc;

	reservoir_pack(r, &(uint64_t) {1}, 8, bytes);
	for (size_t cut = 0; cut < n; cut++)
		refused(bytes, cut, FEATURES, "");
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 0x20;
		refused(bytes, n, FEATURES, "");
		bytes[i] ^= 0x20;
	}
	refused(bytes, n, FEATURES + 1, "another version");
	bytes[24] = 41; // rows that are not there, with the right checksum
	crc = crc32c(0, bytes, n - 4);
	memcpy(&bytes[n - 4], &crc, 4);
	refused(bytes, n, FEATURES, "not as many");
	memset(&bytes[16], 0xff, 4); // room beyond all bounds
	crc = crc32c(0, bytes, n - 4);
	memcpy(&bytes[n - 4], &crc, 4);
	refused(bytes, n, FEATURES, "another version");
	free(bytes);
	reservoir_destroy(r);
}

static struct model *forest(void) {
	static const char *const names[] = {"a", "b", "c"};
	struct forest_options options = forest_defaults;
	static float rows[400 * FEATURES];
	char error[MODEL_ERROR_MAX] = "";
	struct model *m;

	for (unsigned i = 0; i < 400 * FEATURES; i++)
		rows[i] = (float)uniform();
	if (forest_train(&m, rows, 400, names, FEATURES, &options, error) < 0)
		fail_msg("%s", error);
	return m;
}

struct told {
	unsigned batches;
	uint32_t n;
	float raw[MODEL_BATCH_MAX];
	const struct model *inner;
};

static void
tell(void *ctx, const struct model *inner, const float *rows, uint32_t, uint32_t n, const float *raw
) {
	struct told *told = ctx;

	assert_non_null(rows);
	told->batches++;
	told->n = n;
	told->inner = inner;
	memcpy(told->raw, raw, n * sizeof(*raw));
}

static void a_tap_scores_as_its_model(void **) {
	struct model *m = forest(), *tap;
	struct told told = {0};
	float rows[20 * FEATURES], want[20], got[20];

	assert_int_equal(model_tap(&tap, m, FEATURES, tell, &told), 0);
	for (unsigned i = 0; i < 20 * FEATURES; i++)
		rows[i] = (float)(3 * uniform());
	model_score(m, rows, FEATURES, 20, want);
	model_score(tap, rows, FEATURES, 20, got);
	assert_memory_equal(want, got, sizeof(want));
	for (unsigned i = 0; i < 20; i++)
		assert_near(model_calibrate(m, got[i]), model_calibrate(tap, got[i]), 0);
	assert_int_equal(told.batches, 1);
	assert_int_equal(told.n, 20);
	assert_ptr_equal(told.inner, m);
	assert_memory_equal(told.raw, want, sizeof(want));
	model_destroy(tap);
	model_destroy(m);
}

static void a_tap_without_a_model_finds_nothing_strange(void **) {
	struct told told = {0};
	struct model *tap;
	float rows[2 * FEATURES] = {1e9f, NAN}, raw[2];

	assert_int_equal(model_tap(&tap, NULL, FEATURES, tell, &told), 0);
	model_score(tap, rows, FEATURES, 2, raw);
	assert_near(model_calibrate(tap, raw[0]), 0, 0);
	assert_near(model_calibrate(tap, 1e9f), 0, 0);
	assert_int_equal(told.batches, 1);
	model_destroy(tap);
}

static double index_of(double (*score)(void), unsigned n) {
	uint64_t rows[DRIFT_BINS] = {0};

	for (unsigned i = 0; i < n; i++)
		rows[drift_bin((float)score())]++;
	return drift_index(rows);
}

static double a_little_higher(void) {
	return fmin(1, 0.1 + 0.9 * uniform());
}

static double squeezed_up(void) {
	return sqrt(sqrt(uniform()));
}

static void drift_is_told_from_chance(void **) {
	for (unsigned run = 0; run < 200;
	     run++) // 9 / 1,000 by chance; its tail is that of chi-square
		assert_true(index_of(uniform, DRIFT_ROWS_MIN) < 0.045);
	assert_true(index_of(squeezed_up, 5000) > DRIFT_MUCH);
	assert_true(index_of(a_little_higher, 5000) > DRIFT_SOME);
	assert_true(isnan(index_of(uniform, DRIFT_ROWS_MIN - 1)));
	assert_int_equal(drift_bin(NAN), 0);
	assert_int_equal(drift_bin(-1), 0);
	assert_int_equal(drift_bin(1), DRIFT_BINS - 1);
	assert_int_equal(drift_bin(2), DRIFT_BINS - 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_has_the_same_chance),
		cmocka_unit_test(fewer_rows_than_room_are_all_there),
		cmocka_unit_test(a_restart_changes_nothing),
		cmocka_unit_test(a_hostile_sample_is_refused),
		cmocka_unit_test(a_tap_scores_as_its_model),
		cmocka_unit_test(a_tap_without_a_model_finds_nothing_strange),
		cmocka_unit_test(drift_is_told_from_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
