// Every instruction set gives the bits of a walk that is written as the definition says: one row, one
// tree, one step at a time.
//
//     WEIR_ISA=avx512 model_isa_test     (exits 77 where this machine has it not)
#include "contract/isa.h"
#include "model/exact.h"
#include "model/forest.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77
#define FILLER 0x1.8p+99f // between the rows: to be left alone

static enum isa isa;

// Thresholds and values that are easily got wrong, and are met often enough to meet each other.
static const float odd[] = {
	0.0f,
	-0.0f,
	FLT_TRUE_MIN,
	-FLT_TRUE_MIN,
	FLT_MIN,
	-FLT_MIN,
	FLT_MAX,
	-FLT_MAX,
	1.0f,
	-1.0f,
	0x1p-140f,
	0.5f,
	1e30f,
	-1e30f,
	0x1.8p-10f,
	-0x1.8p-10f,
};

static float finite_value(struct random *r) {
	switch (random_below(r, 4)) {
	case 0:
		return odd[random_below(r, ARRAY_LEN(odd))];
	case 1:
		return (float)random_below(r, 8) - 4;
	case 2:
		return (float)(random_unit(r) - 0.5) * 8;
	default:
		return ldexpf((float)random_unit(r) - 0.5f, (int)random_below(r, 250) - 140);
	}
}

static float any_value(struct random *r) {
	static const float not_finite[] = {NAN, -NAN, INFINITY, -INFINITY};
	const uint32_t which = random_below(r, 20);

	return which < ARRAY_LEN(not_finite) ? not_finite[which] : finite_value(r);
}

struct shape {
	uint32_t trees, sample, n_features;
	uint32_t split_percent; // of the nodes that may be split
};

// Children are put behind the last node, so that they come after their parent. @return nodes
static uint32_t
tree_grow(struct forest *f, uint32_t first, struct random *r, const struct shape *s) {
	const uint32_t n_max = 2 * s->sample - 1, depth_max = forest_depth_limit(s->sample);
	uint8_t depth[2 * 1024] = {0};
	uint32_t n = 1;

	assert_true(n_max <= ARRAY_LEN(depth));
	for (uint32_t i = 0; i < n; i++) {
		const bool split = depth[i] < depth_max && n + 2 <= n_max
			&& random_below(r, 100) < s->split_percent;

		f->rows[first + i] = 1 + random_below(r, s->sample);
		f->node[first + i] = (struct forest_node) {0, 0};
		if (!split)
			continue;
		f->node[first + i] = (struct forest_node) {
			finite_value(r), forest_link(n, random_below(r, s->n_features))};
		depth[n] = depth[n + 1] = depth[i] + 1;
		n += 2;
	}
	return n;
}

static struct forest *forest_any(const struct shape *s, struct random *r) {
	struct forest *f = calloc(1, sizeof(*f));

	assert_int_equal(forest_init(f, s->trees, s->sample, s->trees * (2 * s->sample - 1)), 0);
	for (uint32_t t = 0; t < s->trees; t++)
		f->first[t + 1] = f->first[t] + tree_grow(f, f->first[t], r, s);
	forest_finish(f);
	assert_int_equal(f->isa, isa);
	return f;
}

static float by_definition(const struct forest *f, const float *row) {
	double sum = 0;

	for (uint32_t t = 0; t < f->trees; t++) {
		const struct forest_node *node = f->node + f->first[t];
		uint32_t at = 0;

		while (forest_left(node[at].link) > at) {
			const float x = row[forest_feature(node[at].link)];
			const bool right = (isfinite(x) ? x : 0) > node[at].threshold;

			at = forest_left(node[at].link) + right;
		}
		sum += (double)f->path[f->first[t] + at];
	}
	return (float)exact_exp2_minus(sum * f->scale);
}

static void batches_agree(const struct forest *f, const struct shape *s, struct random *r) {
	const uint32_t stride = s->n_features + random_below(r, 5);
	const size_t floats = MODEL_BATCH_MAX * stride;
	float expected[MODEL_BATCH_MAX];
	float *rows = malloc(floats * sizeof(*rows));

	assert_non_null(rows);
	for (size_t i = 0; i < floats; i++)
		rows[i] = i % stride < s->n_features ? any_value(r) : FILLER;
	for (uint32_t i = 0; i < MODEL_BATCH_MAX; i++)
		expected[i] = by_definition(f, rows + i * stride);
	for (uint32_t n = 1; n <= MODEL_BATCH_MAX; n++) {
		// Its own piece, so that a sanitizer sees a read behind the last row.
		const size_t used = (n - 1) * stride + s->n_features;
		float raw[MODEL_BATCH_MAX + 1], *exact = malloc(used * sizeof(*exact));

		assert_non_null(exact);
		memcpy(exact, rows, used * sizeof(*exact));
		raw[n] = FILLER;
		forest_score(f, exact, stride, s->n_features, n, raw);
		assert_memory_equal(raw, expected, n * sizeof(*raw));
		assert_true(raw[n] == FILLER);
		free(exact);
	}
	free(rows);
}

static void forests_of_all_shapes_give_the_same_bits(void **) {
	static const struct shape shapes[] = {
		{1, 2, 1, 100},	    {1, 2, 1, 0},	 {1, 256, 1, 100},   {3, 256, 64, 100},
		{4, 256, 36, 100},  {5, 256, 32, 100},	 {8, 256, 33, 90},   {9, 100, 17, 80},
		{16, 256, 36, 100}, {17, 16, 5, 95},	 {20, 8, 3, 100},    {100, 256, 24, 100},
		{100, 256, 36, 85}, {100, 256, 32, 70},	 {37, 256, 48, 60},  {33, 200, 31, 100},
		{7, 257, 36, 100},  {100, 1000, 24, 97}, {2, 1024, 64, 100}, {250, 64, 2, 100},
	};
	struct random r = random_seeded(11, 0);

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		const struct shape *s = &shapes[i];
		struct forest *f = forest_any(s, &r);

		print_message(
			"  %u trees of %u, %u features, %u %%: depth %u%s\n",
			s->trees,
			s->sample,
			s->n_features,
			s->split_percent,
			f->depth,
			f->heap == NULL ? ", by links" : ""
		);
		assert_true((f->heap != NULL) == (s->sample <= 256));
		batches_agree(f, s, &r);
		forest_release(f);
		free(f);
	}
}

static void the_most_trees_there_may_be(void **) {
	const struct shape s = {FOREST_TREES_MAX, 256, 36, 75};
	struct random r = random_seeded(12, 0);
	struct forest *f = forest_any(&s, &r);
	float row[36];

	for (unsigned k = 0; k < 50; k++) {
		float raw;

		for (uint32_t i = 0; i < 36; i++)
			row[i] = any_value(&r);
		forest_score(f, row, 36, 36, 1, &raw);
		assert_near(raw, by_definition(f, row), 0);
	}
	forest_release(f);
	free(f);
}

static void values_on_the_threshold_and_beside_it(void **) {
	struct forest *f = calloc(1, sizeof(*f));

	assert_int_equal(forest_init(f, 1, 2, 3), 0);
	f->first[1] = 3;
	f->rows[0] = 2;
	f->rows[1] = 1; // left: depth 1
	f->rows[2] = 2; // right: depth 1 + c(2)
	for (size_t t = 0; t < ARRAY_LEN(odd); t++) {
		const float at = odd[t];
		const float row[]
			= {at,
			   nextafterf(at, -INFINITY),
			   nextafterf(at, INFINITY),
			   -at,
			   NAN,
			   INFINITY};
		const uint32_t n = ARRAY_LEN(row);
		float raw[ARRAY_LEN(row)];

		f->node[0] = (struct forest_node) {at, forest_link(1, 0)};
		f->node[1] = f->node[2] = (struct forest_node) {0, 0};
		forest_finish(f);
		forest_score(f, row, 1, 1, n, raw);
		for (uint32_t i = 0; i < n; i++) {
			const float x = isfinite(row[i]) ? row[i] : 0;
			const double path = x > at ? 2 : 1; // c(2) = 1

			assert_near(raw[i], (float)exp2(-path), 1e-7);
			assert_near(raw[i], by_definition(f, row + i), 0);
		}
	}
	forest_release(f);
	free(f);
}

static void a_model_tells_what_scores_it(void **) {
	const float rows[] = {1, 2, 3, 4};
	const char *const names[] = {"a"};
	char error[MODEL_ERROR_MAX];
	struct model_info info;
	struct model *m = NULL;

	assert_int_equal(forest_train(&m, rows, 4, names, 1, &forest_defaults, error), 0);
	model_info(m, &info);
	assert_int_equal(info.isa, isa);
	model_destroy(m);
	for (unsigned i = 0; i < ISA_N; i++)
		assert_int_equal(isa_use((enum isa)i), isa_supported((enum isa)i) ? 0 : -ENOTSUP);
	assert_int_equal(isa_use(isa), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forests_of_all_shapes_give_the_same_bits),
		cmocka_unit_test(the_most_trees_there_may_be),
		cmocka_unit_test(values_on_the_threshold_and_beside_it),
		cmocka_unit_test(a_model_tells_what_scores_it),
	};
	char error[ISA_ERROR_MAX];
	const int rc = isa_choose(&isa, getenv(ISA_VARIABLE), error);

	if (rc < 0) {
		fprintf(stderr, "%s%s\n", rc == -ENOTSUP ? "SKIP: " : "", error);
		return rc == -ENOTSUP ? SKIPPED : EXIT_FAILURE;
	}
	print_message("%s\n", isa_name(isa));
	if (isa_use(isa) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
