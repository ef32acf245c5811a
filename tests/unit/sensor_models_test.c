// The sensor's models: taps that count and sample, the index of drift, and the store of those that were activated.
#include "contract/hash.h"
#include "model/model.h"
#include "sensor/model_store.h"
#include "sensor/watch.h"
#include "test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S 1000000000ull
#define ROWS 2000

static uint64_t seed = 3;
static struct model *flow_model;

static float uniform(void) {
	seed = hash_word(seed, 1);
	return (float)(seed >> 40) / (float)(1 << 24);
}

static void any_row(float *row, float stretch) {
	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		row[i] = uniform() * stretch;
}

static int train(void **) {
	static float rows[ROWS * FLOW_FEATURE_N];
	const char *names[FLOW_FEATURE_N];
	struct forest_options options = forest_defaults;
	char error[MODEL_ERROR_MAX];

	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		names[i] = flow_feature_info[i].name;
	for (unsigned i = 0; i < ROWS; i++)
		any_row(&rows[i * FLOW_FEATURE_N], 1);
	options.hold_back = 0.5;
	return forest_train(&flow_model, rows, ROWS, names, FLOW_FEATURE_N, &options, error);
}

static int forget(void **) {
	model_destroy(flow_model);
	return 0;
}

static void score(struct watch *w, unsigned worker, unsigned n, float stretch) {
	float rows[16 * FLOW_FEATURE_N], raw[16];

	for (; n > 0; n -= 16) {
		for (unsigned i = 0; i < 16; i++)
			any_row(&rows[i * FLOW_FEATURE_N], stretch);
		model_score(w->flow[worker].tap, rows, FLOW_FEATURE_N, 16, raw);
	}
}

static struct watch *watch_open(const struct models *models) {
	struct watch *w = aligned_alloc(128, (sizeof(*w) + 127) / 128 * 128);
	struct watch_taps none;

	assert_non_null(w);
	assert_int_equal(watch_begin(w, 2, 0), 0);
	assert_int_equal(watch_wrap(w, models, &none), 0);
	return w;
}

static void watch_close(struct watch *w) {
	watch_end(w);
	free(w);
}

static void drift_is_seen_and_its_end(void **) {
	struct watch *w = watch_open(&(struct models) {.flow = flow_model});

	assert_false(watch_turn(w, 10 * S));
	assert_true(isnan(w->flow_drift.index));
	score(w, 0, 8000, 1);
	score(w, 1, 8000, 1);
	assert_true(watch_turn(w, 601 * S));
	assert_true(w->flow_drift.index < DRIFT_SOME);
	score(w, 1, 8000, 3);
	assert_true(watch_turn(w, 1202 * S));
	assert_true(w->flow_drift.index > DRIFT_MUCH);
	score(w, 0, 160, 1); // too few to tell: what is known stays
	assert_true(watch_turn(w, 1803 * S));
	assert_true(w->flow_drift.index > DRIFT_MUCH);
	score(w, 0, 16000, 1); // together with those
	assert_true(watch_turn(w, 2404 * S));
	assert_true(w->flow_drift.index < DRIFT_SOME);
	assert_true(isnan(w->host_drift.index));
	watch_close(w);
}

static void rows_come_while_they_are_wanted(void **) {
	struct watch *w = watch_open(&(struct models) {.flow = flow_model});
	float row[FLOW_FEATURE_N];
	unsigned n = 0;

	score(w, 0, 32, 1);
	assert_false(watch_row_take(w, row));
	watch_sample(w, true);
	score(w, 0, 32, 1);
	score(w, 1, 16, 1);
	while (watch_row_take(w, row))
		n++;
	assert_int_equal(n, 48);
	score(w, 0, WATCH_ROWS + 64, 1); // nobody takes them
	assert_int_equal(watch_rows_lost(w), 64);
	watch_sample(w, false);
	score(w, 1, 16, 1);
	for (n = 0; watch_row_take(w, row);)
		n++;
	assert_int_equal(n, WATCH_ROWS);
	watch_close(w);
}

static void without_a_model_there_is_a_tap_while_rows_are_wanted(void **) {
	struct watch *w = watch_open(&(struct models) {0});
	struct watch_taps old;
	float row[FLOW_FEATURE_N];

	assert_null(w->flow[0].tap);
	watch_sample(w, true);
	assert_int_equal(watch_wrap(w, &(struct models) {0}, &old), 0);
	score(w, 0, 16, 1);
	assert_true(watch_row_take(w, row));
	watch_sample(w, false);
	assert_int_equal(watch_wrap(w, &(struct models) {0}, &old), 0);
	assert_null(w->flow[0].tap);
	watch_taps_free(&old);
	watch_close(w);
}

// The store ----------------------------------------------------------------------------------------

static char folder[64];

static int folder_make(void **) {
	strcpy(folder, "/tmp/weir-models-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int folder_remove(void **) {
	char command[96];

	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return system(command);
}

static void index_is(const char *text) {
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/models.json", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void what_was_activated_is_there_again(void **) {
	static struct model_store a, b;
	char error[SENSOR_ERROR_MAX] = "", path[STORE_PATH_MAX];

	assert_int_equal(store_open(&a, folder, error), -ENOENT);
	assert_null(store_active(&a, STORE_FLOW));
	assert_int_equal(store_back(&a, STORE_FLOW, error), -ENOENT);
	for (unsigned i = 0; i < STORE_MAX + 3; i++)
		assert_int_equal(
			store_add(&a, STORE_FLOW, flow_model, "/tmp/\xff\n.weir", 7, error), 0
		);
	assert_int_equal(store_open(&b, folder, error), 0);
	assert_int_equal(b.n[STORE_FLOW], STORE_MAX);
	assert_int_equal(store_active(&b, STORE_FLOW)->number, STORE_MAX + 3);
	assert_string_equal(store_active(&b, STORE_FLOW)->from, "/tmp/\?\?.weir");
	store_path(&b, STORE_FLOW, 1, path);
	assert_int_equal(access(path, F_OK), -1); // the oldest gave way
	store_path(&b, STORE_FLOW, STORE_MAX + 3, path);
	assert_int_equal(access(path, R_OK), 0);
	assert_int_equal(store_back(&b, STORE_FLOW, error), 0);
	assert_int_equal(store_open(&a, folder, error), 0);
	assert_int_equal(store_active(&a, STORE_FLOW)->number, STORE_MAX + 2);
	for (unsigned i = 1; i < STORE_MAX; i++)
		assert_int_equal(store_back(&a, STORE_FLOW, error), 0);
	assert_null(store_active(&a, STORE_FLOW)); // the configuration's
	assert_null(store_active(&a, STORE_HOST));
}

static void a_hostile_list_counts_as_none(void **) {
	static const char *const lists[] = {
		"",
		"[]",
		"{\"version\":1}",
		"{\"version\":2,\"flow\":[],\"host\":[]}",
		"{\"version\":1,\"flow\":[1],\"host\":[]}",
		"{\"version\":1,\"flow\":[{\"number\":0,\"from\":\"a\",\"kind\":\"b\",\"crc\":1,"
		"\"time\":1,\"back\":false}],\"host\":[]}",
		"{\"version\":1,\"flow\":[{\"number\":1e9,\"from\":\"a\",\"kind\":\"b\",\"crc\":1,"
		"\"time\":1,\"back\":false}],\"host\":[]}",
		"{\"version\":1,\"flow\":[{\"number\":\"../../etc/passwd\",\"from\":\"a\","
		"\"kind\":\"b\",\"crc\":1,\"time\":1,\"back\":false}],\"host\":[]}",
	};
	static struct model_store s;

	for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char error[SENSOR_ERROR_MAX] = "";

		index_is(lists[i]);
		assert_int_equal(store_open(&s, folder, error), -EBADMSG);
		assert_non_null(strstr(error, "models.json"));
		assert_null(store_active(&s, STORE_FLOW));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drift_is_seen_and_its_end),
		cmocka_unit_test(rows_come_while_they_are_wanted),
		cmocka_unit_test(without_a_model_there_is_a_tap_while_rows_are_wanted),
		cmocka_unit_test_setup_teardown(
			what_was_activated_is_there_again, folder_make, folder_remove
		),
		cmocka_unit_test_setup_teardown(
			a_hostile_list_counts_as_none, folder_make, folder_remove
		),
	};

	return cmocka_run_group_tests(tests, train, forget);
}
