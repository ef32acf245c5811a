// What an unknown tells of the host model: contributions that sum to its score, and what each member of an
// ensemble says.
#include "contract/hash.h"
#include "detect/explain.h"
#include "model/model.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 600

static const char *names[HOST_FEATURE_N];
static float rows[ROWS][HOST_FEATURE_N];

static int rows_make(void **) {
	uint64_t seed = 3;

	for (unsigned i = 0; i < HOST_FEATURE_N; i++)
		names[i] = host_feature_info[i].name;
	for (unsigned r = 0; r < ROWS; r++)
		for (unsigned i = 0; i < HOST_FEATURE_N; i++) {
			seed = hash_word(seed, i);
			rows[r][i] = (float)(seed >> 40) / (1 << 24);
		}
	return 0;
}

static struct model *made(const char *kind, uint64_t seed, const struct model_members *members) {
	const struct model_rows in
		= {.value = &rows[0][0], .n = ROWS, .names = names, .n_features = HOST_FEATURE_N};
	const struct model_kind_info *info = model_kind_find(kind);
	struct model_training training;
	char error[MODEL_ERROR_MAX] = "";
	struct model *m = NULL;

	model_training_init(&training, info);
	training.seed = seed;
	training.members = members;
	if (model_train(&m, &in, &training, error) != 0)
		fail_msg("%s: %s", kind, error);
	return m;
}

// A reading of a host whose row is far out in some features.
static void explained(struct alarm *a, const struct model *model, float far) {
	static struct view view;
	static struct host host;
	const struct reading r
		= {.kind = KIND_UNKNOWN,
		   .view = &view,
		   .value = 700,
		   .threshold = 500,
		   .baseline = NAN};

	host = (struct host) {.score = 0.99f};
	view = (struct view) {.host = &host, .model = model};
	memcpy(view.row, rows[0], sizeof(rows[0]));
	for (unsigned i = 3; i < 9; i++)
		view.row[i] = far;
	memset(a, 0, sizeof(*a));
	explain_evidence(a, &r);
}

static const struct alarm_evidence *row_of(const struct alarm *a, const char *name) {
	for (unsigned i = 0; i < a->n_evidence; i++)
		if (strcmp(a->evidence[i].name, name) == 0)
			return &a->evidence[i];
	return NULL;
}

static void check_sums(const struct alarm *a) {
	const struct alarm_evidence *score = row_of(a, "model_score");
	double moved = 0, weights = 0;
	unsigned n = 0;

	assert_non_null(score);
	for (unsigned i = 0; i < a->n_evidence; i++) {
		const struct alarm_evidence *e = &a->evidence[i];

		weights += (double)e->weight;
		if (isnan(e->contribution))
			continue;
		moved += (double)e->contribution;
		n++;
	}
	assert_int_equal(n, 6); // five features, and the others
	assert_non_null(row_of(a, "other_features"));
	assert_near(moved, (double)score->value - (double)score->baseline, 2e-5);
	assert_near(weights, 1, 1e-4);
}

static unsigned said(const struct alarm *a, const char *what) {
	unsigned n = 0;

	for (unsigned i = 0; i < a->n_evidence; i++)
		n += strstr(a->evidence[i].name, what) != NULL;
	return n;
}

static void a_forests_contributions_sum_to_its_score(void **) {
	struct model *m = made("forest", 1, NULL);
	struct alarm a;

	explained(&a, m, 90);
	check_sums(&a);
	assert_int_equal(said(&a, "_says_"), 0);
	assert_non_null(row_of(&a, "unusual_packets_per_s"));
	assert_true(row_of(&a, "model_score")->value > row_of(&a, "model_score")->baseline);
	model_destroy(m);
}

static void each_member_of_an_ensemble_says_what_it_thinks(void **) {
	struct model *one = made("forest", 1, NULL), *two = made("hbos", 2, NULL);
	const struct model *const both[] = {one, two};
	const float weight[] = {2, 1};
	struct model *m = made("ensemble", 3, &(struct model_members) {both, weight, 2});
	struct alarm strange, usual;

	explained(&strange, m, 90);
	check_sums(&strange);
	assert_int_equal(said(&strange, "forest_says_strange"), 1);
	assert_int_equal(said(&strange, "hbos_says_"), 1);
	assert_true(row_of(&strange, "forest_says_strange")->value > 0.9f);
	explained(&usual, m, 0.5f);
	check_sums(&usual);
	assert_int_equal(said(&usual, "_says_usual"), 2);
	assert_true(
		row_of(&usual, "forest_says_usual")->weight
		< row_of(&strange, "forest_says_strange")->weight
	);
	model_destroy(m);
	model_destroy(one);
	model_destroy(two);
}

static void
count(void *ctx, const struct model *, const float *, uint32_t, uint32_t n, const float *) {
	*(uint32_t *)ctx += n;
}

// In the sensor the model is behind a tap, which must not count what is only asked to explain.
static void a_tap_is_looked_behind(void **) {
	struct model *inner = made("forest", 1, NULL), *tap;
	uint32_t told = 0;
	struct alarm a;

	assert_int_equal(model_tap(&tap, inner, HOST_FEATURE_N, count, &told), 0);
	explained(&a, tap, 90);
	check_sums(&a);
	assert_int_equal(told, 0);
	model_destroy(tap);
	assert_int_equal(model_tap(&tap, NULL, HOST_FEATURE_N, count, &told), 0);
	explained(&a, tap, 90); // no model: the kind's own evidence
	assert_null(row_of(&a, "model_score"));
	assert_true(a.n_evidence > 1);
	model_destroy(tap);
	model_destroy(inner);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forests_contributions_sum_to_its_score),
		cmocka_unit_test(each_member_of_an_ensemble_says_what_it_thinks),
		cmocka_unit_test(a_tap_is_looked_behind),
	};

	return cmocka_run_group_tests(tests, rows_make, NULL);
}
