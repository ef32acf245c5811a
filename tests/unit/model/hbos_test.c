// The histogram-based outlier score by its definition.
#include "model/internal.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>

#define ROWS 1000
#define WIDTH 3
#define BINS 8

static const char *const names[WIDTH] = {"a", "b", "same"};
static float value[ROWS * WIDTH];
static char error[MODEL_ERROR_MAX];

static const struct model_rows rows = {
	.value = value,
	.n = ROWS,
	.names = names,
	.n_features = WIDTH,
};

static int data_make(void **) {
	struct random r = random_seeded(3, 0);

	for (uint32_t i = 0; i < ROWS; i++) {
		value[i * WIDTH] = (float)(random_unit(&r) * random_unit(&r));
		value[i * WIDTH + 1] = (float)(random_unit(&r) + random_unit(&r));
		value[i * WIDTH + 2] = 5;
	}
	return 0;
}

static struct model *made(void) {
	struct model_training t;
	struct model *m = NULL;

	model_training_init(&t, model_kind_find("hbos"));
	t.option[0] = BINS;
	t.scaling = MODEL_SCALING_NONE;
	t.hold_back = 0;
	if (model_train(&m, &rows, &t, error) != 0)
		fail_msg("%s", error);
	return m;
}

// ln(highest bin / the value's), each with the row more that it counts.
static double by_definition(const float *row) {
	double sum = 0;

	for (uint32_t k = 0; k < WIDTH; k++) {
		double low = INFINITY, high = -INFINITY;
		unsigned count[BINS] = {0}, most = 0, own = 0;

		for (uint32_t i = 0; i < ROWS; i++) {
			low = fmin(low, (double)value[i * WIDTH + k]);
			high = fmax(high, (double)value[i * WIDTH + k]);
		}
		for (uint32_t i = 0; i < ROWS; i++) {
			const double x = (double)value[i * WIDTH + k];
			const unsigned b
				= high > low ? (unsigned)((x - low) / (high - low) * BINS) : 0;

			count[b < BINS ? b : BINS - 1]++;
		}
		for (unsigned b = 0; b < BINS; b++)
			most = count[b] > most ? count[b] : most;
		if ((double)row[k] >= low && (double)row[k] <= high) {
			const unsigned b = high > low
				? (unsigned)(((double)row[k] - low) / (high - low) * BINS)
				: 0;

			own = count[b < BINS ? b : BINS - 1];
		}
		sum += log((most + 1.0) / (own + 1.0));
	}
	return sum;
}

static void scores_are_those_of_the_definition(void **) {
	struct model *m = made();

	for (uint32_t i = 0; i < ROWS; i++) {
		const float *row = value + (size_t)i * WIDTH;
		float raw;

		model_score(m, row, WIDTH, 1, &raw);
		assert_near(raw, by_definition(row), 1e-5);
	}
	model_destroy(m);
}

static void what_lies_outside_is_as_strange_as_an_empty_bin(void **) {
	static const float odd[][WIDTH]
		= {{-1, 1, 5}, {9, 1, 5}, {0.5f, 1, 6}, {0.5f, 1, 4.999f}, {-9, 99, 0}};
	struct model *m = made();

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		float raw;

		model_score(m, odd[i], WIDTH, 1, &raw);
		assert_near(raw, by_definition(odd[i]), 1e-5);
		assert_true(raw > 4);
	}
	model_destroy(m);
}

static void what_a_section_may_not_say(void **) {
	static const struct {
		size_t at; // word
		float word;
		const char *says;
	} cases[] = {
		{2, 9, "value 0"}, // low above high
		{3, NAN, "value 0"},
		{4, -1, "value 0"}, // outside is less strange than inside
		{5, 65, "value 0"},
		{2 + 3 + BINS, INFINITY, "value 1"},
	};
	struct model *m = made();
	const struct model_shape shape = {.width = WIDTH};
	struct writer good = {0};

	m->ops->write(m->body, &good);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		void *body = calloc(1, m->ops->body_bytes);
		uint8_t kept[4], *at = good.bytes + 4 * cases[i].at;
		struct reader in = {.at = good.bytes, .left = good.n};

		memcpy(kept, at, 4);
		memcpy(at, &cases[i].word, 4);
		assert_int_equal(m->ops->parse(body, &in, &shape, error), -EBADMSG);
		if (strstr(error, cases[i].says) == NULL)
			fail_msg("no \"%s\" in: %s", cases[i].says, error);
		memcpy(at, kept, 4);
		m->ops->release(body);
		free(body);
	}
	free(good.bytes);
	model_destroy(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_those_of_the_definition),
		cmocka_unit_test(what_lies_outside_is_as_strange_as_an_empty_bin),
		cmocka_unit_test(what_a_section_may_not_say),
	};

	return cmocka_run_group_tests(tests, data_make, NULL);
}
