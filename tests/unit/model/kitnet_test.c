// KitNET: grouping, learning, freezing, scoring with every instruction set, and sections that nobody should believe.
#include "contract/isa.h"
#include "model/kitnet.h"
#include "model/kitnet_map.h"
#include "model/kitnet_net.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>

#define FILLER 0x1.8p+99f // between the rows: to be left alone

static const struct kitnet_shape usual = {
	.group_max = 10,
	.map_rows = 200,
	.hidden = 0.75,
	.rate = 0.1,
	.reach = 10,
	.seed = 1,
};

// Features in families of four: what is drawn for the family, and a little of each one's own.
static void family_row(struct random *r, float *row, uint32_t width) {
	double family = 0;

	for (uint32_t i = 0; i < width; i++) {
		if (i % 4 == 0)
			family = random_unit(r);
		row[i] = (float)((family + 0.1 * random_unit(r)) * (1 + i));
	}
}

static struct kitnet_learner *
learned(const struct kitnet_shape *shape, uint32_t width, uint32_t n) {
	struct random r = random_seeded(7, width);
	struct kitnet_learner *l = NULL;
	float row[KITNET_WIDTH_MAX];

	assert_int_equal(kitnet_learner_create(&l, width, shape), 0);
	for (uint32_t i = 0; i < shape->map_rows + n; i++) {
		family_row(&r, row, width);
		kitnet_learn(l, row);
	}
	return l;
}

static void gone(struct kitnet *k) {
	kitnet_release(k);
	free(k);
}

static struct kitnet *frozen(const struct kitnet_shape *shape, uint32_t width, uint32_t n) {
	struct kitnet_learner *l = learned(shape, width, n);
	struct kitnet *k = calloc(1, sizeof(*k));

	assert_int_equal(kitnet_freeze(k, l), 0);
	kitnet_learner_destroy(l);
	return k;
}

static void distances_are_of_residuals(void **) {
	struct kitnet_map map = {.n_features = 3};
	// Residuals against the mean so far: 0, 1, 1 and 0, -2, -1 and 0, 0, 0.
	const float rows[][3] = {{0, 4, 5}, {2, 0, 5}, {2.5f, 0.5f, 5}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		kitnet_map_add(&map, rows[i]);
	assert_near(kitnet_map_distance(&map, 0, 1), 1 + 3 / sqrt(2 * 5), 1e-15);
	assert_near(kitnet_map_distance(&map, 1, 0), 1 + 3 / sqrt(2 * 5), 1e-15);
	assert_near(kitnet_map_distance(&map, 0, 0), 0, 1e-15);
	assert_near(kitnet_map_distance(&map, 0, 2), 1, 0); // that never varied
}

static void
groups_are(const uint8_t *want, uint32_t width, uint32_t group_max, const double *noise) {
	struct kitnet_map map = {.n_features = width};
	struct random r = random_seeded(3, 0);
	uint8_t group[KITNET_WIDTH_MAX];
	float row[KITNET_WIDTH_MAX];
	uint32_t groups = 0;

	for (unsigned n = 0; n < 3000; n++) {
		double common[2] = {random_unit(&r), random_unit(&r)};

		for (uint32_t i = 0; i < width; i++)
			row[i] = (float)(common[i % 2] + noise[i] * random_unit(&r));
		kitnet_map_add(&map, row);
	}
	groups = kitnet_map_groups(&map, group_max, group);
	for (uint32_t i = 0; i < width; i++) {
		assert_int_equal(group[i], want[i]);
		assert_true(group[i] < groups);
	}
}

// Even features share one cause, odd ones another; the later in its family, the more of its own it has.
static void groups_are_cut_from_the_root(void **) {
	static const double noise[] = {0.01, 0.01, 0.02, 0.02, 0.5, 0.5, 1.5, 1.5};

	groups_are((const uint8_t[]) {0, 0, 0, 0, 0, 0, 0, 0}, 8, 8, noise);
	groups_are((const uint8_t[]) {0, 1, 0, 1, 0, 1, 0, 1}, 8, 7, noise);
	groups_are((const uint8_t[]) {0, 1, 0, 1, 0, 1, 0, 1}, 8, 4, noise);
	groups_are((const uint8_t[]) {0, 1, 0, 1, 0, 1, 2, 3}, 8, 3, noise);
	groups_are((const uint8_t[]) {0, 1, 0, 1, 2, 3, 4, 5}, 8, 2, noise);
	groups_are((const uint8_t[]) {0, 1, 2, 3, 4, 5, 6, 7}, 8, 1, noise);
	groups_are((const uint8_t[]) {0}, 1, 10, noise);
}

// The cross-entropy of a row whose values are in 0..1 already.
static double cross_entropy(const struct kitnet_coder *c, const double *x) {
	double loss = 0, h[KITNET_WIDTH_MAX];

	for (uint32_t k = 0; k < c->hidden; k++) {
		double a = c->hidden_bias[k];

		for (uint32_t i = 0; i < c->inputs; i++)
			a += c->w[k * c->inputs + i] * x[i];
		h[k] = 1 / (1 + exp(-a));
	}
	for (uint32_t i = 0; i < c->inputs; i++) {
		double a = c->bias[i];

		for (uint32_t k = 0; k < c->hidden; k++)
			a += c->w[k * c->inputs + i] * h[k];
		loss -= x[i] * log(1 / (1 + exp(-a))) + (1 - x[i]) * log(1 / (1 + exp(a)));
	}
	return loss;
}

static double slope(struct kitnet_coder *c, double *parameter, const double *x) {
	const double at = *parameter, step = 1e-5;
	double up, down;

	*parameter = at + step;
	up = cross_entropy(c, x);
	*parameter = at - step;
	down = cross_entropy(c, x);
	*parameter = at;
	return (up - down) / (2 * step);
}

// Each parameter moves by rate times its slope, which is measured here.
static void a_step_goes_down_the_slope(void **) {
	enum { INPUTS = 5, HIDDEN = 3, PARAMETERS = HIDDEN * INPUTS + HIDDEN + INPUTS };
	const double zeros[INPUTS] = {0}, ones[INPUTS] = {1, 1, 1, 1, 1};
	const double x[INPUTS] = {0.1, 0.9, 0.4, 0.0, 1.0};
	double *parameter[PARAMETERS], down[PARAMETERS], before[PARAMETERS];
	struct random r = random_seeded(5, 0);
	struct kitnet_coder c;
	uint32_t n = 0;

	assert_int_equal(kitnet_coder_create(&c, INPUTS, HIDDEN, &r), 0);
	kitnet_coder_widen(&c, zeros);
	kitnet_coder_widen(&c, ones);
	for (uint32_t k = 0; k < HIDDEN * INPUTS; k++) {
		assert_true(fabs(c.w[k]) <= 1.0 / INPUTS);
		parameter[n++] = &c.w[k];
	}
	for (uint32_t k = 0; k < HIDDEN; k++)
		parameter[n++] = &c.hidden_bias[k];
	for (uint32_t i = 0; i < INPUTS; i++)
		parameter[n++] = &c.bias[i];
	for (uint32_t k = 0; k < PARAMETERS; k++) {
		down[k] = slope(&c, parameter[k], x);
		before[k] = *parameter[k];
	}
	kitnet_coder_learn(&c, x, 0.01);
	for (uint32_t k = 0; k < PARAMETERS; k++)
		assert_near(*parameter[k] - before[k], -0.01 * down[k], 1e-10);
	kitnet_coder_destroy(&c);
}

static void what_is_frozen_scores_as_the_learner_would(void **) {
	struct random r = random_seeded(11, 0);
	float row[24], raw;

	for (uint32_t width = 1; width <= 24; width += 23) {
		struct kitnet_learner *l = learned(&usual, width, 3000);
		struct kitnet *k = calloc(1, sizeof(*k));

		assert_int_equal(kitnet_freeze(k, l), 0);
		family_row(&r, row, width);
		kitnet_score(k, row, width, width, 1, &raw);
		// 3000 rows have shown nearly all of the range.
		assert_near(raw, kitnet_learn(l, row), 1e-3);
		gone(k);
		kitnet_learner_destroy(l);
	}
}

static void it_learns_what_goes_together(void **) {
	struct kitnet *k = frozen(&usual, 12, 5000);
	struct random r = random_seeded(12, 0);
	double ordinary = 0, broken = 0;
	float row[12], raw;

	for (unsigned n = 0; n < 200; n++) {
		family_row(&r, row, 12);
		kitnet_score(k, row, 12, 12, 1, &raw);
		ordinary += (double)raw;
		row[n % 12] = (float)random_unit(&r) * (float)(1 + n % 12); // within its range
		kitnet_score(k, row, 12, 12, 1, &raw);
		broken += (double)raw;
	}
	print_message(
		"  mean RMSE %.4f, of rows with one value torn out %.4f\n",
		ordinary / 200,
		broken / 200
	);
	assert_true(broken > 1.5 * ordinary);
	gone(k);
}

static struct writer section_of(const struct kitnet *k) {
	struct writer out = {0};

	kitnet_write(k, &out);
	assert_false(out.bad);
	return out;
}

static bool same(const struct kitnet *a, const struct kitnet *b) {
	struct writer x = section_of(a), y = section_of(b);
	const bool equal = x.n == y.n && memcmp(x.bytes, y.bytes, x.n) == 0;

	free(x.bytes);
	free(y.bytes);
	return equal;
}

static void a_seed_gives_one_model(void **) {
	struct kitnet_shape other = usual;
	struct kitnet *a = frozen(&usual, 12, 100), *b = frozen(&usual, 12, 100), *c;

	other.seed = 2;
	c = frozen(&other, 12, 100);
	assert_true(same(a, b));
	assert_false(same(a, c));
	gone(a);
	gone(b);
	gone(c);
}

static void not_before_it_has_learned(void **) {
	struct kitnet_learner *l = NULL;
	struct kitnet *k = calloc(1, sizeof(*k));
	const float odd[] = {NAN, INFINITY, 1};

	assert_int_equal(kitnet_learner_create(&l, 3, &usual), 0);
	for (uint32_t i = 0; i < usual.map_rows; i++) {
		assert_int_equal(kitnet_freeze(k, l), -ENODATA);
		assert_true(isnan(kitnet_learn(l, odd)));
	}
	assert_int_equal(kitnet_freeze(k, l), -ENODATA);
	assert_true(isfinite(kitnet_learn(l, odd)));
	assert_int_equal(kitnet_freeze(k, l), 0);
	gone(k);
	kitnet_learner_destroy(l);
}

static void shapes_that_are_none(void **) {
	struct kitnet_learner *l = NULL;
	struct kitnet_shape bad[] = {usual, usual, usual, usual, usual, usual, usual, usual};

	bad[0].group_max = 0;
	bad[1].group_max = KITNET_WIDTH_MAX + 1;
	bad[2].map_rows = 0;
	bad[3].hidden = 0;
	bad[4].hidden = 1.01;
	bad[5].rate = NAN;
	bad[6].reach = -1;
	bad[7].reach = INFINITY;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(kitnet_learner_create(&l, 3, &bad[i]), -EINVAL);
	assert_int_equal(kitnet_learner_create(&l, 0, &usual), -EINVAL);
	assert_int_equal(kitnet_learner_create(&l, KITNET_WIDTH_MAX + 1, &usual), -EINVAL);
	assert_null(l);
}

// As kitnet.h says it, in double precision and with the math library.
static double net_by_definition(const struct kitnet_net *net, const double *x) {
	double h[KITNET_WIDTH_MAX], squares = 0;

	for (uint32_t k = 0; k < net->hidden; k++) {
		double a = (double)net->hidden_bias[k];

		for (uint32_t i = 0; i < net->inputs; i++)
			a += (double)net->w[k * net->inputs + i] * x[i];
		h[k] = 1 / (1 + exp(-a));
	}
	for (uint32_t i = 0; i < net->inputs; i++) {
		double a = (double)net->bias[i];

		for (uint32_t k = 0; k < net->hidden; k++)
			a += (double)net->w[k * net->inputs + i] * h[k];
		squares += pow(x[i] - 1 / (1 + exp(-a)), 2);
	}
	return sqrt(squares / net->inputs);
}

static double within(double value, struct kitnet_range range, double reach) {
	const double x = value - (double)range.low, span = (double)range.high - (double)range.low;

	if (x == 0)
		return 0;
	return fmin(fmax(span > 0 ? x / span : copysign(INFINITY, x), -reach), 1 + reach);
}

static double by_definition(const struct kitnet *k, const float *row) {
	double x[KITNET_WIDTH_MAX], errors[KITNET_WIDTH_MAX];

	for (uint32_t g = 0; g < k->groups; g++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < k->n_features; i++)
			if (k->group[i] == g)
				x[n++] = within(
					isfinite(row[i]) ? (double)row[i] : 0,
					k->range[i],
					(double)k->reach
				);
		errors[g] = within(
			net_by_definition(&k->net[g], x), k->error_range[g], (double)k->reach
		);
	}
	return net_by_definition(&k->net[k->groups], errors);
}

static float any_value(struct random *r, uint32_t i) {
	static const float odd[] = {
		NAN,
		-NAN,
		INFINITY,
		-INFINITY,
		FLT_MAX,
		-FLT_MAX,
		FLT_TRUE_MIN,
		-0.0f,
		0.0f,
		1e30f,
	};
	const uint32_t which = random_below(r, 40);

	if (which < ARRAY_LEN(odd))
		return odd[which];
	return (float)((random_unit(r) * 3 - 1) * (1 + i));
}

// Each set against the scalar one to the bit, for every number of rows; and that against the definition.
static void batches_agree(struct kitnet *k, struct random *r) {
	const uint32_t stride = k->n_features + random_below(r, 5);
	float rows[MODEL_BATCH_MAX * (KITNET_WIDTH_MAX + 4)], want[MODEL_BATCH_MAX];

	for (uint32_t i = 0; i < MODEL_BATCH_MAX * stride; i++)
		rows[i] = i % stride < k->n_features ? any_value(r, i % stride) : FILLER;
	k->isa = ISA_SCALAR;
	for (uint32_t i = 0; i < MODEL_BATCH_MAX; i++) {
		kitnet_score(k, rows + i * stride, stride, k->n_features, 1, &want[i]);
		assert_true(want[i] >= 0 && want[i] <= 1 + k->reach);
		assert_near(
			want[i],
			by_definition(k, rows + i * stride),
			1e-5 * fmax(1, (double)want[i])
		);
	}
	for (unsigned isa = 0; isa < ISA_N; isa++)
		for (uint32_t n = 0; n <= MODEL_BATCH_MAX && isa_supported((enum isa)isa); n++) {
			// Its own piece, so that a sanitizer sees a read behind the last row.
			const size_t used = n > 0 ? (n - 1) * stride + k->n_features : 0;
			float raw[MODEL_BATCH_MAX + 1], *exact = malloc(used * sizeof(*exact) + 1);

			assert_non_null(exact);
			memcpy(exact, rows, used * sizeof(*exact));
			raw[n] = FILLER;
			k->isa = (enum isa)isa;
			kitnet_score(k, exact, stride, k->n_features, n, raw);
			assert_memory_equal(raw, want, n * sizeof(*raw));
			assert_true(raw[n] == FILLER);
			free(exact);
		}
}

static void every_instruction_set_gives_the_same_bits(void **) {
	static const uint32_t widths[] = {1, 2, 7, 24, 36, 128};
	static const double reaches[] = {0, 10, 1000, KITNET_REACH_MAX};
	struct random r = random_seeded(13, 0);

	for (unsigned isa = 0; isa < ISA_N; isa++)
		if (!isa_supported((enum isa)isa))
			print_message(
				"  not compared, this machine has no %s\n", isa_name((enum isa)isa)
			);
	for (size_t w = 0; w < ARRAY_LEN(widths); w++)
		for (size_t i = 0; i < ARRAY_LEN(reaches); i++) {
			struct kitnet_shape shape = usual;
			struct kitnet *k;

			shape.reach = reaches[i];
			shape.group_max = widths[w] < 20 ? 3 : 128;
			k = frozen(&shape, widths[w], 100);
			batches_agree(k, &r);
			gone(k);
		}
}

static void what_never_varied_counts_as_much_as_may_be(void **) {
	struct kitnet_learner *l = NULL;
	struct kitnet *k = calloc(1, sizeof(*k));
	float row[2] = {3, 0}, raw[3];

	assert_int_equal(kitnet_learner_create(&l, 2, &usual), 0);
	for (unsigned i = 0; i < 1000; i++) {
		row[1] = (float)(i % 10);
		kitnet_learn(l, row);
	}
	assert_int_equal(kitnet_freeze(k, l), 0);
	kitnet_learner_destroy(l);
	for (unsigned i = 0; i < 3; i++) {
		const float seen[] = {3, nextafterf(3, 4), -FLT_MAX};

		row[0] = seen[i];
		kitnet_score(k, row, 2, 2, 1, &raw[i]);
	}
	assert_true(raw[0] < 1);
	assert_true(raw[1] > 5 && raw[1] <= 11);
	assert_true(raw[2] > 5 && raw[2] <= 11);
	gone(k);
}

// @return 0, or what parsing says; what it accepts must be written again as it was, and score
static int
parsed(const uint8_t *bytes, size_t n, uint32_t width, char error[static MODEL_ERROR_MAX]) {
	// Its own piece, so that a sanitizer sees a read behind the end.
	uint8_t *exact = malloc(n + 1);
	struct reader in = {.at = exact, .left = n};
	struct random r = random_seeded(n, 0);
	float row[KITNET_WIDTH_MAX], raw;
	struct kitnet *k = calloc(1, sizeof(*k));
	const struct model_shape shape = {.width = width};
	int rc;

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	error[0] = '\0';
	rc = kitnet_parse(k, &in, &shape, error);
	if (rc == 0) {
		struct writer again = section_of(k);

		assert_int_equal(again.n, n);
		assert_memory_equal(again.bytes, bytes, n);
		free(again.bytes);
		for (uint32_t i = 0; i < width; i++)
			row[i] = any_value(&r, i);
		kitnet_score(k, row, width, width, 1, &raw);
		assert_true(raw >= 0 && raw <= 1 + k->reach);
	} else {
		assert_true(error[0] != '\0' && rc == -EBADMSG);
	}
	gone(k);
	free(exact);
	return rc;
}

static void a_section_is_believed_in_nothing(void **) {
	struct kitnet_shape shape = usual;
	struct kitnet *k;
	struct writer good;
	char error[MODEL_ERROR_MAX];
	size_t accepted = 0;

	shape.group_max = 4;
	k = frozen(&shape, 6, 50);
	good = section_of(k);
	assert_int_equal(parsed(good.bytes, good.n, 6, error), 0);
	for (size_t n = 0; n < good.n; n++)
		assert_int_equal(parsed(good.bytes, n, 6, error), -EBADMSG);
	assert_int_equal(parsed(good.bytes, good.n, 5, error), -EBADMSG);
	assert_int_equal(parsed(good.bytes, good.n, 7, error), -EBADMSG);
	for (size_t i = 0; i < good.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			good.bytes[i] ^= (uint8_t)(1 << bit);
			accepted += parsed(good.bytes, good.n, 6, error) == 0;
			good.bytes[i] ^= (uint8_t)(1 << bit);
		}
	print_message(
		"  %zu bytes, %zu of %zu flips are other models\n", good.n, accepted, 8 * good.n
	);
	free(good.bytes);
	gone(k);
}

static void what_is_wrong_is_named(void **) {
	static const float nan = NAN, much = 2e6f, low = -1e30f;
	static const uint32_t one = 1, many = 200, none = 0;
	static const struct {
		size_t at; // word
		const void *word;
		const char *says;
	} cases[] = {
		{0, &nan, "reach nan"},
		{0, &much, "reach 2e+06"},
		{1, &one, "feature 4: group 1 of 1"},
		{1, &many, "200 groups, the features are in 2"},
		{2, &one, "feature 0: group 1 of 2"},
		{8, &nan, "range 0"},
		{9, &low, "range 0"},
		{22, &nan, "range 7"},
		{24, &none, "autoencoder 0: 0 hidden"},
		{24, &many, "autoencoder 0: 200 hidden: cut off, or not 1 to its 4 inputs"},
		{24, &one, "autoencoder 1"},
		{25, &nan, "autoencoder 0: number 0"},
		{26, &much, "autoencoder 0: number 1 is beyond 1e+06"},
	};
	struct kitnet_shape shape = usual;
	struct kitnet *k;
	struct writer good;
	char error[MODEL_ERROR_MAX];

	shape.group_max = 4;
	k = frozen(&shape, 6, 50); // groups of 4 and 2
	good = section_of(k);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t *at = good.bytes + 4 * cases[i].at, kept[4];

		memcpy(kept, at, 4);
		memcpy(at, cases[i].word, 4);
		assert_int_equal(parsed(good.bytes, good.n, 6, error), -EBADMSG);
		if (strstr(error, cases[i].says) == NULL)
			fail_msg("no \"%s\" in: %s", cases[i].says, error);
		memcpy(at, kept, 4);
	}
	writer_u32(&good, 0);
	assert_int_equal(parsed(good.bytes, good.n, 6, error), -EBADMSG);
	assert_non_null(strstr(error, "4 bytes after the last"));
	free(good.bytes);
	gone(k);
}

static const char *const names6[] = {"a", "b", "c", "d", "e", "f"};

static struct model *trained(const float *rows, size_t n, uint64_t categories) {
	const struct model_rows ground = {.value = rows, .n = n, .names = names6, .n_features = 6};
	struct model_training training;
	char error[MODEL_ERROR_MAX];
	struct model *m = NULL;

	assert_non_null(model_kind_find("kitnet"));
	model_training_init(&training, model_kind_find("kitnet"));
	training.categories = categories;
	if (model_train(&m, &ground, &training, error) != 0)
		fail_msg("%s", error);
	return m;
}

// Trained on rows, written, read, and the same again; the strange stand out, and are explained.
static void a_model_file_of_it(void **) {
	enum { N = 3000 };
	struct random r = random_seeded(21, 0);
	float *rows = malloc(N * 6 * sizeof(*rows)), odd[6], raw, again;
	struct model_attribution why;
	struct model *m, *read = NULL;
	struct writer image = {0};
	char error[MODEL_ERROR_MAX], *about;
	double sum = 0;

	assert_non_null(rows);
	for (unsigned i = 0; i < N; i++) {
		family_row(&r, rows + 6 * i, 6);
		rows[6 * i + 5] = (float)random_below(&r, 3); // a category
	}
	m = trained(rows, N, 1 << 5);
	assert_int_equal(model_image(&image, m), 0);
	if (model_parse(&read, image.bytes, image.n, error) != 0)
		fail_msg("%s", error);
	about = model_describe(read);
	assert_non_null(strstr(about, "autoencoders"));
	free(about);
	memcpy(odd, rows, sizeof(odd));
	odd[2] = 30; // ten times as far as any was seen
	model_score(m, odd, 6, 1, &raw);
	model_score(read, odd, 6, 1, &again);
	assert_memory_equal(&raw, &again, sizeof(raw));
	assert_true(model_calibrate(m, raw) > 0.99f);
	model_score(m, rows, 6, 1, &again);
	assert_true(model_calibrate(m, again) < 0.99f);
	assert_int_equal(model_attribute(m, odd, &why), 0);
	for (unsigned k = 0; k < 6; k++) {
		sum += (double)why.contribution[k];
		assert_true(why.contribution[k] <= why.contribution[2]);
	}
	assert_near(
		sum, (double)why.score - (double)why.baseline_score, MODEL_ATTRIBUTION_TOLERANCE
	);
	free(image.bytes);
	model_destroy(read);
	model_destroy(m);
	free(rows);
}

// What is frozen must load, whatever it was shown and however it learns.
static void any_stream_makes_a_sound_section(void **) {
	static const struct {
		uint32_t width, group_max, map_rows, rows;
		double hidden, rate, reach;
	} cases[] = {
		{1, 1, 1, 1, 0.01, 1, 0},
		{2, 1, 1, 1, 1, 1e-4, KITNET_REACH_MAX},
		{36, 128, 2, 2000, 1, 1, 10},
		{128, 128, 5, 300, 0.01, 1, 1},
		{128, 1, 50, 300, 1, 1, 1},
		{64, 7, 3, 1000, 0.5, 0.5, 100},
	};
	struct random r = random_seeded(41, 0);
	char error[MODEL_ERROR_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct kitnet_shape shape = {
			.group_max = cases[i].group_max,
			.map_rows = cases[i].map_rows,
			.hidden = cases[i].hidden,
			.rate = cases[i].rate,
			.reach = cases[i].reach,
			.seed = i,
		};
		struct kitnet_learner *l = NULL;
		struct kitnet *k = calloc(1, sizeof(*k));
		struct writer section;
		float row[KITNET_WIDTH_MAX];

		assert_int_equal(kitnet_learner_create(&l, cases[i].width, &shape), 0);
		for (uint32_t n = 0; n < cases[i].map_rows + cases[i].rows; n++) {
			for (uint32_t v = 0; v < cases[i].width; v++)
				row[v] = any_value(&r, v);
			assert_true(n < cases[i].map_rows || kitnet_learn(l, row) <= 1);
			if (n < cases[i].map_rows)
				kitnet_learn(l, row);
		}
		assert_int_equal(kitnet_freeze(k, l), 0);
		section = section_of(k);
		if (parsed(section.bytes, section.n, cases[i].width, error) != 0)
			fail_msg("case %zu: %s", i, error);
		free(section.bytes);
		gone(k);
		kitnet_learner_destroy(l);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances_are_of_residuals),
		cmocka_unit_test(groups_are_cut_from_the_root),
		cmocka_unit_test(a_step_goes_down_the_slope),
		cmocka_unit_test(what_is_frozen_scores_as_the_learner_would),
		cmocka_unit_test(it_learns_what_goes_together),
		cmocka_unit_test(a_seed_gives_one_model),
		cmocka_unit_test(not_before_it_has_learned),
		cmocka_unit_test(shapes_that_are_none),
		cmocka_unit_test(every_instruction_set_gives_the_same_bits),
		cmocka_unit_test(what_never_varied_counts_as_much_as_may_be),
		cmocka_unit_test(a_section_is_believed_in_nothing),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(any_stream_makes_a_sound_section),
		cmocka_unit_test(a_model_file_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
