// A score is a promise: 0.9 says that one normal row in ten scores as high. Kept for rows like those trained on, and for
// networks that were never seen.
#include "model/internal.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 4
#define NETWORKS 200
#define ROWS_EACH 30
#define ROWS (NETWORKS * ROWS_EACH)

static const char *const names[WIDTH] = {"a", "b", "c", "d"};
static float value[ROWS * WIDTH];
static uint32_t source[ROWS];
static char error[MODEL_ERROR_MAX];

static const struct model_rows rows = {
	.value = value,
	.n = ROWS,
	.names = names,
	.n_features = WIDTH,
	.source = source,
	.n_sources = NETWORKS,
};

static float bell(struct random *r) {
	float sum = -6;

	for (unsigned i = 0; i < 12; i++)
		sum += (float)random_unit(r);
	return sum;
}

// Each network has habits of its own: its rows are much closer to each other than networks are.
static void networks_make(float *out, uint32_t networks, struct random *r) {
	for (uint32_t n = 0; n < networks; n++) {
		float habit[WIDTH];

		for (uint32_t k = 0; k < WIDTH; k++)
			habit[k] = bell(r);
		for (uint32_t i = 0; i < ROWS_EACH * WIDTH; i++)
			*out++ = habit[i % WIDTH] + 0.05f * bell(r);
	}
}

static int data_make(void **) {
	struct random r = random_seeded(5, 0);

	networks_make(value, NETWORKS, &r);
	for (uint32_t i = 0; i < ROWS; i++)
		source[i] = i / ROWS_EACH;
	return 0;
}

static struct model *made(const char *kind, uint32_t parts) {
	struct model_training t;
	struct model *m = NULL;

	model_training_init(&t, model_kind_find(kind));
	t.parts = parts;
	if (model_train(&m, &rows, &t, error) != 0)
		fail_msg("%s: %s", kind, error);
	return m;
}

// Of networks that nobody has seen, the share of rows that reach a score.
static double share_of_strangers(const struct model *m, float score) {
	static float strangers[ROWS * WIDTH];
	struct random r = random_seeded(6, 0);
	uint32_t n = 0;

	networks_make(strangers, NETWORKS, &r);
	for (uint32_t i = 0; i < ROWS; i++) {
		float raw;

		model_score(m, strangers + (size_t)i * WIDTH, WIDTH, 1, &raw);
		n += model_calibrate(m, raw) >= score;
	}
	return (double)n / ROWS;
}

static void files_left_out_tell_how_strangers_score(void **) {
	static const struct {
		const char *name;
		double flattered; // at least, where rows are held back: a forest remembers rows least
	} kinds[] = {{"forest", 1.1}, {"ocsvm", 1.5}, {"knn", 3}, {"lof", 3}};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct model *by_row = made(kinds[i].name, 0), *by_file = made(kinds[i].name, 10);
		const double rows_say = share_of_strangers(by_row, 0.9f);
		const double files_say = share_of_strangers(by_file, 0.9f);

		print_message(
			"  %-6s 0.9 is reached by %4.1f %% of strangers; rows held back: %4.1f "
			"%%\n",
			kinds[i].name,
			100 * files_say,
			100 * rows_say
		);
		// Two hundred networks to learn from, and as many strangers: a factor of two is four deviations.
		assert_true(files_say > 0.05 && files_say < 0.2);
		assert_true(rows_say > kinds[i].flattered * files_say);
		model_destroy(by_row);
		model_destroy(by_file);
	}
}

// @return the share that META tells for a score
static double observed(const struct model *m, double score) {
	json_t *meta = json_loads(m->meta, 0, NULL), *check;
	double share = -1;
	size_t i;

	json_array_foreach(json_object_get(meta, "calibration_check"), i, check) {
		if (json_real_value(json_object_get(check, "score")) != score)
			continue;
		assert_near(json_real_value(json_object_get(check, "expected")), 1 - score, 1e-9);
		share = json_real_value(json_object_get(check, "observed"));
	}
	json_decref(meta);
	return share;
}

// The curve of the report: expected and observed share of rows that were held back, by a calibration without them.
static void rows_alike_score_as_promised(void **) {
	static const double scores[] = {0.5, 0.9, 0.99, 0.999};
	struct random r = random_seeded(9, 0);
	const struct model_kind_info *kind;
	static float alike[ROWS * WIDTH];
	struct model_rows of = rows;

	for (uint32_t i = 0; i < ROWS * WIDTH; i++)
		alike[i] = bell(&r);
	of.value = alike;
	of.source = NULL;
	for (unsigned i = 0; (kind = model_kind_at(i)) != NULL; i++) {
		struct model_training t;
		struct model *m = NULL;

		if (kind->combines || kind->classifies)
			continue;
		model_training_init(&t, kind);
		t.hold_back = 0.5;
		assert_int_equal(model_train(&m, &of, &t, error), 0);
		print_message("  %s", kind->name);
		for (size_t k = 0; k < ARRAY_LEN(scores); k++) {
			const double expected = 1 - scores[k], share = observed(m, scores[k]);
			// Four deviations of a binomial count, twice: of the rows, and of those that calibrate.
			const double most = 8 * sqrt(expected * scores[k] / (0.5 * ROWS));

			print_message(" %g:%.4f", scores[k], share);
			assert_near(share, expected, most);
		}
		print_message("\n");
		model_destroy(m);
	}
}

static void how_it_was_calibrated_is_kept(void **) {
	struct model *m = made("forest", 10);

	assert_non_null(strstr(m->meta, "\"parts_left_out\":10"));
	assert_non_null(strstr(m->meta, "\"calibrated_on\":\"files left out\""));
	assert_non_null(strstr(m->meta, "\"rows_trained\":6000"));
	assert_non_null(strstr(m->meta, "\"rows_calibrated\":6000"));
	assert_near(observed(m, 0.9), 0.1, 0.1);
	model_destroy(m);
	m = made("forest", 0);
	assert_non_null(strstr(m->meta, "\"parts_left_out\":0"));
	assert_non_null(strstr(m->meta, "\"calibrated_on\":\"rows held back\""));
	model_destroy(m);
}

static void the_same_seed_deals_the_same_parts(void **) {
	struct model *a = made("forest", 7), *b = made("forest", 7);

	assert_int_equal(a->crc, b->crc);
	model_destroy(a);
	model_destroy(b);
}

static void parts_have_limits(void **) {
	struct model_training t;
	struct model_rows two = rows;
	struct model *m = NULL;

	model_training_init(&t, model_kind_find("forest"));
	t.parts = MODEL_PARTS_MAX + 1;
	assert_int_equal(model_train(&m, &rows, &t, error), -EINVAL);
	assert_string_equal(error, "parts 101: 0 to 100 are allowed");
	t.parts = 2; // of two rows of two files: none is left to train on
	two.n = 2;
	two.n_sources = 2;
	two.source = (const uint32_t[]) {0, 1};
	assert_int_equal(model_train(&m, &two, &t, error), -EINVAL);
	assert_non_null(strstr(error, "--parts 0"));
	two.n_sources = 1; // one file cannot be left out
	two.source = (const uint32_t[]) {0, 0};
	assert_int_equal(model_train(&m, &two, &t, error), 0);
	assert_non_null(strstr(m->meta, "\"parts_left_out\":0"));
	model_destroy(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_left_out_tell_how_strangers_score),
		cmocka_unit_test(rows_alike_score_as_promised),
		cmocka_unit_test(how_it_was_calibrated_is_kept),
		cmocka_unit_test(the_same_seed_deals_the_same_parts),
		cmocka_unit_test(parts_have_limits),
	};

	return cmocka_run_group_tests(tests, data_make, NULL);
}
