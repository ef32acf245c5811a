// Models: growing, scoring, calibrating, and files that nobody should believe.
#include "contract/crc32c.h"
#include "model/exact.h"
#include "model/forest.h"
#include "model/internal.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KNOWN_CRC 0xf6ef7ebe
#define KNOWN_RAW 0x1.601ffp-1

static char error[MODEL_ERROR_MAX];

// Rows of a normal cloud, sum of uniforms, from the seed.
static float *cloud(size_t n_rows, uint32_t n_features, uint64_t seed) {
	struct random r = random_seeded(seed, 0);
	float *rows = malloc(n_rows * n_features * sizeof(*rows));

	assert_non_null(rows);
	for (size_t i = 0; i < n_rows * n_features; i++)
		rows[i] = (float)(random_unit(&r) + random_unit(&r) + random_unit(&r) - 1.5);
	return rows;
}

static const char *const names3[] = {"a", "b", "c"};

static struct model *trained(const struct forest_options *options) {
	float *rows = cloud(1000, 3, 7);
	struct model *m = NULL;

	if (forest_train(&m, rows, 1000, names3, 3, options, error) != 0)
		fail_msg("%s", error);
	free(rows);
	return m;
}

static struct model *small_model(void) {
	struct forest_options o = forest_defaults;

	o.trees = 2;
	o.sample = 4;
	o.meta = "{\"note\":\"small\"}";
	return trained(&o);
}

static struct writer image_of(const struct model *m) {
	struct writer image = {0};

	assert_int_equal(model_image(&image, m), 0);
	return image;
}

static void numbers_match_the_math_library(void **) {
	for (double x = 1; x < 70000; x *= 1.01)
		assert_near(exact_ln(x), log(x), 1e-14 * (1 + log(x)));
	for (double x = 0; x < 40; x += 0.0137)
		assert_near(exact_exp2_minus(x), exp2(-x), 4e-16 * exp2(-x));
}

static void crc_is_castagnoli(void **) {
	uint8_t rising[32];

	// RFC 3720, B.4: 32 bytes of zeros, of ones, and rising.
	for (uint8_t i = 0; i < 32; i++)
		rising[i] = i;
	assert_int_equal(crc32c(0, rising, 32), 0x46dd794e);
	memset(rising, 0, 32);
	assert_int_equal(crc32c(0, rising, 32), 0x8a9136aa);
	memset(rising, 0xff, 32);
	assert_int_equal(crc32c(0, rising, 32), 0x62a8ab43);
}

static void mean_path_has_its_two_exceptions(void **) {
	assert_near(forest_mean_path(0), 0, 0);
	assert_near(forest_mean_path(1), 0, 0);
	assert_near(forest_mean_path(2), 1, 0);
	// 2 (ln 2 + gamma) - 4/3 and 2 (ln 255 + gamma) - 510/256
	assert_near(forest_mean_path(3), 1.2073923572, 1e-9);
	assert_near(forest_mean_path(256), 10.2447709201, 1e-9);
	assert_int_equal(forest_depth_limit(2), 1);
	assert_int_equal(forest_depth_limit(256), 8);
	assert_int_equal(forest_depth_limit(257), 9);
	assert_int_equal(forest_depth_limit(FOREST_SAMPLE_MAX), FOREST_DEPTH_MAX);
}

// One tree of sample 4:  x <= 0.5 ? leaf of 3 : (y <= 2 ? leaf of 1 ... ) with the first leaf at
// depth 1 and one more row deep on the right.
static struct forest *hand_forest(void) {
	struct forest *f = calloc(1, sizeof(*f));

	assert_int_equal(forest_init(f, 1, 4, 5), 0);
	f->first[1] = 5;
	f->node[0] = (struct forest_node) {0.5f, forest_link(1, 0)};
	f->node[2] = (struct forest_node) {2, forest_link(3, 1)};
	f->rows[0] = 4;
	f->rows[1] = 2;
	f->rows[2] = 2;
	f->rows[3] = f->rows[4] = 1;
	forest_finish(f);
	return f;
}

static void a_tree_by_hand_scores_as_the_paper_says(void **) {
	struct forest *f = hand_forest();
	const double c4 = 2 * (log(3) + 0.5772156649015329) - 1.5;
	const struct {
		const char *what;
		float row[2];
		double path;
	} cases[] = {
		{"equal to the threshold goes left", {0.5f, 9}, 1 + 1},
		{"just above goes right", {nextafterf(0.5f, 1), 2}, 2},
		{"right, right", {1, 2.5f}, 2},
		{"far left", {-1e30f, 0}, 1 + 1},
	};

	assert_int_equal(f->depth, 2);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		float raw;

		print_message("  %s\n", cases[i].what);
		forest_score(f, cases[i].row, 2, 2, 1, &raw);
		assert_near(raw, exp2(-cases[i].path / c4), 1e-7);
	}
	forest_release(f);
	free(f);
}

static void trained_trees_keep_the_definition(void **) {
	struct forest_options o = forest_defaults;
	struct model *m;
	const struct forest *f;

	o.trees = 20;
	m = trained(&o);
	f = m->body;
	assert_int_equal(f->sample, 256);
	assert_true(f->depth <= 8);
	for (uint32_t t = 0; t < f->trees; t++) {
		uint32_t leaf_rows = 0;

		assert_int_equal(f->rows[f->first[t]], 256);
		for (uint32_t i = 0; i < f->first[t + 1] - f->first[t]; i++)
			if (forest_left(f->node[f->first[t] + i].link) <= i)
				leaf_rows += f->rows[f->first[t] + i];
		assert_int_equal(leaf_rows, 256); // no row is lost or doubled
	}
	model_destroy(m);
}

static void batches_of_every_size_agree_to_the_bit(void **) {
	struct forest_options o = forest_defaults;
	float *rows = cloud(MODEL_BATCH_MAX, 3, 99), one[MODEL_BATCH_MAX], many[MODEL_BATCH_MAX];
	struct model *m;

	o.trees = 37; // not a multiple of the lanes
	m = trained(&o);
	for (uint32_t i = 0; i < MODEL_BATCH_MAX; i++)
		model_score(m, rows + 3 * i, 3, 1, one + i);
	for (uint32_t n = 1; n <= MODEL_BATCH_MAX; n++) {
		memset(many, 0, sizeof(many));
		model_score(m, rows, 3, n, many);
		assert_memory_equal(many, one, n * sizeof(*many));
	}
	free(rows);
	model_destroy(m);
}

static void a_stride_skips_what_is_between(void **) {
	struct model *m = small_model();
	const float wide[] = {1, 2, 3, 99, 98, -1, -2, -3, 97, 96};
	const float narrow[] = {1, 2, 3, -1, -2, -3};
	float a[2], b[2];

	model_score(m, wide, 5, 2, a);
	model_score(m, narrow, 3, 2, b);
	assert_memory_equal(a, b, sizeof(a));
	model_destroy(m);
}

static void far_rows_are_stranger_and_calibrated_near_one(void **) {
	struct model *m = trained(&forest_defaults);
	const float rows[] = {0, 0, 0, 9, -9, 9};
	float raw[2];

	model_score(m, rows, 3, 2, raw);
	assert_true(raw[0] < 0.5f && raw[1] > 0.6f);
	assert_true(model_calibrate(m, raw[0]) < 0.6f);
	assert_true(model_calibrate(m, raw[1]) >= 0.995f); // 200 rows were held back
	assert_true(model_calibrate(m, raw[1]) < 1);
	model_destroy(m);
}

static void what_is_not_finite_counts_as_zero(void **) {
	struct model *m = trained(&forest_defaults);
	const float odd[] = {NAN, INFINITY, -INFINITY, 1, -NAN, 2}, zero[] = {0, 0, 0, 1, 0, 2};
	float a[2], b[2];

	model_score(m, odd, 3, 2, a);
	model_score(m, zero, 3, 2, b);
	assert_memory_equal(a, b, sizeof(a));
	model_destroy(m);
}

static void the_same_seed_gives_the_same_bytes(void **) {
	struct forest_options o = forest_defaults;
	struct model *m[3];
	struct writer image[3];

	for (unsigned i = 0; i < 3; i++) {
		o.seed = i < 2 ? 5 : 6;
		m[i] = trained(&o);
		image[i] = image_of(m[i]);
	}
	assert_int_equal(image[0].n, image[1].n);
	assert_memory_equal(image[0].bytes, image[1].bytes, image[0].n);
	assert_true(m[0]->crc != m[2]->crc);
	for (unsigned i = 0; i < 3; i++) {
		free(image[i].bytes);
		model_destroy(m[i]);
	}
}

// More trees are the same trees and some more: each has its own stream of random numbers.
static void a_tree_does_not_depend_on_the_others(void **) {
	struct forest_options few = forest_defaults, many = forest_defaults;
	struct model *a, *b;

	few.trees = 3;
	many.trees = 9;
	a = trained(&few);
	b = trained(&many);

	const struct forest *f = a->body, *g = b->body;

	assert_memory_equal(f->node, g->node, f->nodes * sizeof(*f->node));
	model_destroy(a);
	model_destroy(b);
}

static size_t section_at(const struct writer *image, const char *tag) {
	const uint8_t *at = memmem(image->bytes, image->n, tag, 4);

	assert_non_null(at);
	return (size_t)(at - image->bytes);
}

// What this code gave on x86-64 with gcc 12: another machine or compiler must come to the same bits.
static void a_known_model_keeps_its_bits(void **) {
	struct model *m = small_model();
	struct writer image = image_of(m);
	const size_t calb = section_at(&image, "CALB"); // and TREE; META has the version
	const uint32_t crc = crc32c(0, image.bytes + calb, image.n - MODEL_CRC_BYTES - calb);
	const float row[] = {0.25f, -0.5f, 1};
	float raw;

	model_score(m, row, 3, 1, &raw);
	print_message("  crc %08x raw %a\n", crc, (double)raw);
	assert_int_equal(crc, KNOWN_CRC);
	assert_near(raw, KNOWN_RAW, 0);
	free(image.bytes);
	model_destroy(m);
}

static void a_file_comes_back_as_it_was(void **) {
	struct model *m = trained(&forest_defaults), *back = NULL;
	char path[] = "/tmp/weir_model_test.XXXXXX";
	const int fd = mkstemp(path);
	struct writer a = image_of(m), b;
	struct model_info info;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(model_save(m, path, error), 0);
	if (model_load(&back, path, error) != 0)
		fail_msg("%s", error);
	b = image_of(back);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.bytes, b.bytes, a.n);
	model_info(back, &info);
	assert_int_equal(info.bytes, a.n);
	assert_int_equal(info.crc, m->crc);
	assert_string_equal(info.kind_name, "forest");
	assert_string_equal(info.feature_names[2], "c");
	assert_int_equal(info.n_features, 3);

	float *rows = cloud(MODEL_BATCH_MAX, 3, 3), before[MODEL_BATCH_MAX], after[MODEL_BATCH_MAX];

	model_score(m, rows, 3, MODEL_BATCH_MAX, before);
	model_score(back, rows, 3, MODEL_BATCH_MAX, after);
	assert_memory_equal(before, after, sizeof(before));
	free(rows);
	free(a.bytes);
	free(b.bytes);
	unlink(path);
	model_destroy(m);
	model_destroy(back);
}

static void files_that_cannot_be_loaded_say_why(void **) {
	static const struct {
		const char *path;
		int rc;
		const char *says;
	} cases[] = {
		{"/nonexistent/model.weir", -ENOENT, "cannot be opened"},
		{"/dev/zero", -EBADMSG, "not a regular file"},
		{"/dev/null", -EBADMSG, "not a regular file"},
		{"/proc/self/cmdline", -EBADMSG, "header: not a model file"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct model *m = (struct model *)&m;

		assert_int_equal(model_load(&m, cases[i].path, error), cases[i].rc);
		assert_ptr_equal(m, &m); // untouched
		if (strstr(error, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].path, error);
	}
}

static void every_flipped_bit_is_refused(void **) {
	struct model *m = small_model(), *no = NULL;
	struct writer image = image_of(m);

	for (size_t bit = 0; bit < image.n * 8; bit++) {
		image.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		error[0] = '\0';
		if (model_parse(&no, image.bytes, image.n, error) == 0 || error[0] == '\0')
			fail_msg("bit %zu flipped and not refused", bit);
		image.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(model_parse(&no, image.bytes, image.n, error), 0);
	model_destroy(no);
	free(image.bytes);
	model_destroy(m);
}

static void every_length_but_the_right_one_is_refused(void **) {
	struct model *m = small_model(), *no = NULL;
	struct writer image = image_of(m);

	for (size_t n = 0; n < image.n; n++) {
		uint8_t *cut = malloc(n + 1); // so that the sanitizer sees a read beyond

		memcpy(cut, image.bytes, n);
		assert_int_equal(model_parse(&no, cut, n, error), -EBADMSG);
		free(cut);
	}
	writer_u32(&image, 0);
	assert_int_equal(model_parse(&no, image.bytes, image.n, error), -EBADMSG);
	free(image.bytes);
	model_destroy(m);
}

static void checksum_fix(struct writer *image) {
	const uint32_t crc = crc32c(0, image->bytes, image->n - MODEL_CRC_BYTES);

	for (unsigned i = 0; i < 4; i++)
		image->bytes[image->n - 4 + i] = (uint8_t)(crc >> 8 * i);
}

// Whatever a byte is set to, with a checksum that fits: refused with words, or a model whose scores
// are scores. A walk that left its tree would be a report of the sanitizer.
static void a_lie_with_a_good_checksum_cannot_hurt(void **) {
	struct model *m = small_model();
	struct writer image = image_of(m);
	static const uint8_t values[] = {0, 1, 2, 0x7f, 0x80, 0xff};
	const float row[] = {0.1f, -0.2f, 0.3f};
	unsigned accepted = 0;

	for (size_t i = 0; i < image.n - 4; i++) {
		const uint8_t was = image.bytes[i];

		for (size_t v = 0; v < ARRAY_LEN(values); v++) {
			struct model *lie = NULL;
			float raw, all[MODEL_FEATURES_MAX] = {0};

			image.bytes[i] = values[v];
			checksum_fix(&image);
			if (model_parse(&lie, image.bytes, image.n, error) != 0)
				continue;
			accepted++;
			memcpy(all, row, sizeof(row));
			model_score(lie, all, MODEL_FEATURES_MAX, 1, &raw);
			assert_true(raw >= 0 && raw <= 1);
			assert_true(
				model_calibrate(lie, raw) >= 0 && model_calibrate(lie, raw) <= 1
			);
			model_destroy(lie);
		}
		image.bytes[i] = was;
	}
	assert_true(accepted > 0); // thresholds, names, scores: some lies are just other models
	free(image.bytes);
	model_destroy(m);
}

static void u32_set(struct writer *image, size_t at, uint32_t value) {
	for (unsigned i = 0; i < 4; i++)
		image->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

#define NODE(i) (16 + 8 + 4 * 2 + FOREST_NODE_BYTES * (i)) // of the first of two trees

static void each_lie_is_named(void **) {
	static const struct {
		const char *section; // NULL: offset is of the file
		size_t offset;
		uint32_t value;
		int rc;
		const char *says;
	} cases[] = {
		{NULL, 8, 2, -ENOTSUP, "header: format version 2"},
		{NULL, 12, 99, -ENOTSUP, "header: kind 99"},
		{NULL, 16, 5, -EBADMSG, "header: length"},
		{NULL, 24, 0, -EBADMSG, "header: 0 features"},
		{NULL, 24, 65, -EBADMSG, "header: 65 features"},
		{NULL, 24, 2, -EBADMSG, "section NAME: more names"},
		{NULL, 24, 4, -EBADMSG, "section NAME: name 3: missing"},
		{NULL, 28, 1, -EBADMSG, "header: reserved"},
		{NULL, 32, 0x41414141, -EBADMSG, "section NAME: expected here, found 41"},
		{"NAME", 4, 1, -EBADMSG, "section NAME: cut off, or reserved"},
		{"NAME", 8, 1u << 30, -EBADMSG, "section NAME: length 1073741824"},
		{"NAME", 12, 1, -EBADMSG, "section NAME: length 4294967302"},
		{"NAME", 16, 0x00610061, -EBADMSG, "section NAME: name 1: a is there twice"},
		{"NAME", 16, 0x00620007, -EBADMSG, "section NAME: name 0: empty, or not printable"},
		{"NAME", 20, 0x01000063, -EBADMSG, "section NAME: padding"},
		{"META", 16, 0x20202020, -EBADMSG, "section META: not a JSON object"},
		{"META", 16, 0x0020207b, -EBADMSG, "section META: a zero byte"},
		{"CALB", 16, 0x7fc00000, -EBADMSG, "section CALB: point 0"},
		{"CALB", 20, 0x7f800000, -EBADMSG, "section CALB: point 0"},
		{"CALB", 24, 0, -EBADMSG, "section CALB: point 1: below"},
		{"CALB", 8, 0, -EBADMSG, "section CALB: 0 bytes"},
		{"BASE", 8, 8, -EBADMSG, "section BASE: 8 bytes, 3 features of 4"},
		{"BASE", 20, 0x7fc00000, -EBADMSG, "section BASE: feature 1 is not finite"},
		{"TREE", 16, 0, -EBADMSG, "section TREE: trees 0"},
		{"TREE", 16, 1001, -EBADMSG, "section TREE: trees 1001"},
		{"TREE", 20, 1, -EBADMSG, "section TREE: sample 1"},
		{"TREE", 20, 65537, -EBADMSG, "section TREE: sample 65537"},
		{"TREE", 24, 4, -EBADMSG, "section TREE: tree 0: 4 nodes"},
		{"TREE", 24, 1, -EBADMSG, "bytes for"},
		{"TREE", NODE(0), 0x7f800000, -EBADMSG, "tree 0: node 0: a threshold that is not"},
		{"TREE", NODE(0) + 4, 3 | 1 << 8, -EBADMSG, "node 0: a feature that the model"},
		{"TREE", NODE(0) + 4, 1, -EBADMSG, "node 0: a child outside the tree or before"},
		{"TREE", NODE(0) + 4, 0xffffff00, -EBADMSG, "node 0: a child outside the tree"},
		{"TREE", NODE(0) + 4, 2 << 8, -EBADMSG, "node"},
		{"TREE", NODE(0) + 8, 5, -EBADMSG, "tree 0: 5 rows, the sample has 4"},
		{"TREE", NODE(0) + 8, 3, -EBADMSG, "node 0: rows are not the sum"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct model *m = small_model(), *no = NULL;
		struct writer image = image_of(m);
		const size_t base = cases[i].section ? section_at(&image, cases[i].section) : 0;
		int rc;

		u32_set(&image, base + cases[i].offset, cases[i].value);
		checksum_fix(&image);
		rc = model_parse(&no, image.bytes, image.n, error);
		if (rc != cases[i].rc || strstr(error, cases[i].says) == NULL)
			fail_msg("case %zu: wanted %s, got %d %s", i, cases[i].says, rc, error);
		free(image.bytes);
		model_destroy(m);
	}
}

// Two parents of one child, a loop, a chain deeper than the sample allows: trees by hand.
static void crooked_trees_are_refused(void **) {
	const struct {
		const char *says;
		uint32_t sample;
		struct {
			uint32_t link, rows;
		} node[9];
		uint32_t n;
	} cases[] = {
		{"a child that has a parent already",
		 8,
		 {{1 << 8, 4}, {3 << 8, 2}, {3 << 8, 2}, {0, 1}, {0, 1}},
		 5},
		{"before its parent", 8, {{1 << 8, 4}, {0, 2}, {1 << 8, 2}, {0, 1}, {0, 1}}, 5},
		{"no parent", 8, {{1 << 8, 2}, {0, 1}, {0, 1}, {0, 1}, {0, 1}}, 5},
		{"deeper than the sample allows",
		 4,
		 {{1 << 8, 4}, {3 << 8, 3}, {0, 1}, {5 << 8, 2}, {0, 1}, {0, 1}, {0, 1}},
		 7},
		{"a leaf that no row reached", 8, {{1 << 8, 1}, {0, 1}, {0, 0}}, 3},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct writer w = {0};

		writer_u32(&w, 1);
		writer_u32(&w, cases[i].sample);
		writer_u32(&w, cases[i].n);
		for (uint32_t k = 0; k < cases[i].n; k++) {
			writer_f32(&w, 0);
			writer_u32(&w, cases[i].node[k].link);
			writer_u32(&w, cases[i].node[k].rows);
		}

		struct reader in = {.at = w.bytes, .left = w.n};
		struct forest f = {0};

		assert_int_equal(
			forest_parse(&f, &in, &(struct model_shape) {.width = 3}, error), -EBADMSG
		);
		if (strstr(error, cases[i].says) == NULL)
			fail_msg("wanted %s, got %s", cases[i].says, error);
		forest_release(&f);
		free(w.bytes);
	}
}

static void options_out_of_range_are_refused(void **) {
	static const struct {
		struct forest_options o;
		const char *says;
	} cases[] = {
		{{0, 256, 0, 0.2, 1, NULL}, "trees 0"},
		{{1001, 256, 0, 0.2, 1, NULL}, "trees 1001"},
		{{100, 1, 0, 0.2, 1, NULL}, "sample 1"},
		{{100, 65537, 0, 0.2, 1, NULL}, "sample 65537"},
		{{100, 256, -0.1, 0.2, 1, NULL}, "contamination"},
		{{100, 256, 0.51, 0.2, 1, NULL}, "contamination"},
		{{100, 256, NAN, 0.2, 1, NULL}, "contamination"},
		{{100, 256, 0, -0.1, 1, NULL}, "hold_back"},
		{{100, 256, 0, 0.6, 1, NULL}, "hold_back"},
		{{100, 256, 0, NAN, 1, NULL}, "hold_back"},
		{{100, 256, 0, 0.2, 1, "[1]"}, "meta"},
		{{100, 256, 0, 0.2, 1, "{"}, "meta"},
	};
	float *rows = cloud(10, 3, 1);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct model *m = NULL;

		assert_int_equal(
			forest_train(&m, rows, 10, names3, 3, &cases[i].o, error), -EINVAL
		);
		if (strstr(error, cases[i].says) == NULL)
			fail_msg("wanted %s, got %s", cases[i].says, error);
	}
	free(rows);
}

static void rows_that_cannot_be_trained_on_are_refused(void **) {
	const char *const twice[] = {"a", "a", "c"}, *const blank[] = {"a", "", "c"};
	float *rows = cloud(10, 3, 1);
	struct model *m = NULL;
	const struct forest_options *o = &forest_defaults;

	assert_int_equal(forest_train(&m, rows, 0, names3, 3, o, error), -EINVAL);
	assert_int_equal(forest_train(&m, rows, 1, names3, 3, o, error), -EINVAL);
	assert_int_equal(forest_train(&m, rows, 10, names3, 0, o, error), -EINVAL);
	assert_int_equal(forest_train(&m, rows, 10, twice, 3, o, error), -EINVAL);
	assert_int_equal(forest_train(&m, rows, 10, blank, 3, o, error), -EINVAL);
	rows[7] = NAN;
	assert_int_equal(forest_train(&m, rows, 10, names3, 3, o, error), -EINVAL);
	assert_string_equal(error, "row 2: b is not a finite number");
	rows[7] = INFINITY;
	assert_int_equal(forest_train(&m, rows, 10, names3, 3, o, error), -EINVAL);
	free(rows);
}

static void few_or_equal_rows_make_a_model_all_the_same(void **) {
	const float same[12] = {0}, two[] = {0, 0, 0, 1, 1, 1};
	struct model *m = NULL;
	float raw;

	assert_int_equal(forest_train(&m, same, 4, names3, 3, &forest_defaults, error), 0);
	model_score(m, same, 3, 1, &raw);
	assert_near(raw, 0.5, 1e-7); // every row in the root: E(h) = c(psi)
	model_destroy(m);
	assert_int_equal(forest_train(&m, two, 2, names3, 3, &forest_defaults, error), 0);
	model_score(m, two, 3, 1, &raw);
	assert_true(raw > 0 && raw <= 1);
	model_destroy(m);
}

static void contamination_marks_that_share(void **) {
	struct forest_options o = forest_defaults;
	float *rows = cloud(1000, 3, 7), raw;
	struct model *m = NULL;
	const char *at;
	unsigned above = 0;

	o.contamination = 0.1;
	o.hold_back = 0;
	assert_int_equal(forest_train(&m, rows, 1000, names3, 3, &o, error), 0);
	at = strstr(m->meta, "\"threshold\":");
	assert_non_null(at);

	const double threshold = strtod(at + strlen("\"threshold\":"), NULL);

	for (unsigned i = 0; i < 1000; i++) {
		model_score(m, rows + 3 * i, 3, 1, &raw);
		above += raw > threshold;
	}
	assert_int_equal(above, 100);
	free(rows);
	model_destroy(m);
}

static void features_that_differ_are_named(void **) {
	static const char *const other[] = {"a", "x", "c"};
	struct model *m = small_model();

	assert_int_equal(model_check_features(m, names3, 3, error), 0);
	assert_int_equal(model_check_features(m, other, 3, error), -EINVAL);
	assert_non_null(strstr(error, "feature 1: the model has b, this program x"));
	assert_int_equal(model_check_features(m, names3, 2, error), -EINVAL);
	assert_non_null(strstr(error, "3 features, this program 2"));
	model_destroy(m);
}

// Scores 0 .. n-1 over n as raws of rows: the share that is lower is known.
static float share_by_definition(const struct calibration *c, float raw) {
	uint32_t i = 0;

	while (i < c->n && c->point[i].raw < raw)
		i++;
	if (i == 0 || i == c->n)
		return c->point[i == 0 ? 0 : i - 1].share;

	const struct calibration_point a = c->point[i - 1], b = c->point[i];
	const double part = ((double)raw - a.raw) / ((double)b.raw - a.raw);

	return (float)(a.share + part * ((double)b.share - a.share));
}

// Points that lie together, on one spot, or so far apart that their difference is no number.
static void a_share_is_found_wherever_the_points_lie(void **) {
	static const struct {
		const char *what;
		double low, step; // the raw of point i is about low + step * i * i
		uint32_t n;
	} cases[] = {
		{"one", 0.5f, 0, 1},
		{"all on one spot", 0.5f, 0, 100},
		{"as of a forest", 0.3f, 0x1p-22f, 1500},
		{"many", 0, 0x1p-24f, MODEL_CALIBRATION_MAX},
		{"below zero", -3, 0x1p-10f, 50},
		{"next to nothing apart", 0, 0x1p-149f, 40},
		{"too far apart for a float", -0x1.8p127f, 0x1.8p126f, 3},
	};

	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		struct writer bytes = {0};
		struct calibration c;

		print_message("  %s\n", cases[k].what);
		for (uint32_t i = 0; i < cases[k].n; i++) {
			const double q = i > 1 ? i / 2 * 2 : i; // pairs are alike

			writer_f32(&bytes, (float)i / MODEL_CALIBRATION_MAX);
			writer_f32(&bytes, (float)(cases[k].low + cases[k].step * q * q));
		}

		struct reader in = {.at = bytes.bytes, .left = bytes.n};

		if (calibration_parse(&c, &in, error) != 0)
			fail_msg("%s", error);
		for (uint32_t i = 0; i < c.n; i++) {
			const float at = c.point[i].raw;
			const float raws[] = {
				at,
				nextafterf(at, -INFINITY),
				nextafterf(at, INFINITY),
				i + 1 < c.n ? at / 2 + c.point[i + 1].raw / 2 : at + 1,
			};

			for (size_t r = 0; r < ARRAY_LEN(raws); r++)
				assert_near(
					calibration_share(&c, raws[r]),
					share_by_definition(&c, raws[r]),
					0
				);
		}
		free(c.point);
		free(bytes.bytes);
	}
}

static void calibration_tells_one_in_a_thousand(void **) {
	enum { N = 200000 };
	float *raw = malloc(N * sizeof(*raw));
	struct calibration c;
	float last = -1;

	assert_non_null(raw);
	for (unsigned i = 0; i < N; i++)
		raw[i] = (float)i / N / 2;
	assert_int_equal(calibration_make(&c, raw, N, 1), 0);
	assert_true(c.n < 1600);
	for (double share = 0; share < 0.99999; share += 0.0007)
		assert_near(calibration_share(&c, (float)(share / 2)), share, 1e-5);
	assert_near(calibration_share(&c, 0.999f / 2), 0.999, 1e-6);
	assert_near(calibration_share(&c, 0.9999f / 2), 0.9999, 1e-6);
	assert_near(calibration_share(&c, 0.99999f / 2), 0.99999, 1e-6);
	assert_near(calibration_share(&c, -1), 0, 0);
	assert_near(calibration_share(&c, 1), 1, 0);
	for (float x = 0; x <= 1; x += 0.0001f) {
		const float share = calibration_share(&c, x);

		assert_true(share >= last);
		last = share;
	}
	assert_true(calibration_share(&c, 0.7f) > calibration_share(&c, 0.6f)); // beyond all rows
	assert_true(calibration_share(&c, 0.7f) < 1);
	free(c.point);
	free(raw);
}

static void equal_scores_count_as_not_lower(void **) {
	float raw[] = {0.4f, 0.4f, 0.4f, 0.4f, 0.4f, 0.4f, 0.5f, 0.5f, 0.5f, 0.6f};
	struct calibration c;

	assert_int_equal(calibration_make(&c, raw, ARRAY_LEN(raw), 1), 0);
	assert_near(calibration_share(&c, 0.4f), 0, 0);
	assert_near(calibration_share(&c, 0.5f), 0.6, 1e-6);
	assert_near(calibration_share(&c, 0.6f), 0.9, 1e-6);
	assert_true(calibration_share(&c, 0.41f) >= 0.5f);
	free(c.point);
}

// Contributions of the features make up the difference to an ordinary row's score, whatever the row.
static void a_score_is_the_sum_of_what_its_features_did(void **) {
	struct model *m = trained(&forest_defaults);
	float *rows = cloud(200, 3, 11);

	for (unsigned i = 0; i < 200; i++) {
		struct model_attribution a;
		double sum = 0;

		rows[3 * i + 1] *= i % 5 == 0 ? 10 : 1;
		rows[3 * i + 2] = i % 7 == 0 ? NAN : rows[3 * i + 2];
		assert_int_equal(model_attribute(m, rows + 3 * i, &a), 0);
		for (unsigned k = 0; k < 3; k++)
			sum += (double)a.contribution[k];
		assert_near(sum, (double)a.score - (double)a.baseline_score, 1e-6);
		assert_true(a.contribution[3] == 0);
	}
	free(rows);
	model_destroy(m);
}

static void the_feature_that_is_strange_is_the_one_named(void **) {
	struct model *m = trained(&forest_defaults);
	const float odd[] = {0, 9, 0};
	struct model_attribution a;

	assert_int_equal(model_attribute(m, odd, &a), 0);
	assert_true(a.contribution[1] > 0.1f);
	assert_true(a.contribution[1] > 4 * fabsf(a.contribution[0]));
	assert_true(a.contribution[1] > 4 * fabsf(a.contribution[2]));
	model_destroy(m);
}

// Files of before there was an ordinary row in them.
static void a_forest_without_a_baseline_loads(void **) {
	struct model *m = small_model(), *back = NULL;
	struct model_attribution a;
	struct model_info info;
	struct writer image;
	const float row[] = {1, 2, 3};

	free(m->baseline);
	m->baseline = NULL;
	image = image_of(m);
	assert_int_equal(model_parse(&back, image.bytes, image.n, error), 0);
	model_info(back, &info);
	assert_null(info.baseline);
	assert_int_equal(model_attribute(back, row, &a), 0);
	free(image.bytes);
	model_destroy(back);
	model_destroy(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_match_the_math_library),
		cmocka_unit_test(crc_is_castagnoli),
		cmocka_unit_test(mean_path_has_its_two_exceptions),
		cmocka_unit_test(a_tree_by_hand_scores_as_the_paper_says),
		cmocka_unit_test(trained_trees_keep_the_definition),
		cmocka_unit_test(batches_of_every_size_agree_to_the_bit),
		cmocka_unit_test(a_stride_skips_what_is_between),
		cmocka_unit_test(far_rows_are_stranger_and_calibrated_near_one),
		cmocka_unit_test(what_is_not_finite_counts_as_zero),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(a_tree_does_not_depend_on_the_others),
		cmocka_unit_test(a_known_model_keeps_its_bits),
		cmocka_unit_test(a_file_comes_back_as_it_was),
		cmocka_unit_test(files_that_cannot_be_loaded_say_why),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(every_length_but_the_right_one_is_refused),
		cmocka_unit_test(a_lie_with_a_good_checksum_cannot_hurt),
		cmocka_unit_test(each_lie_is_named),
		cmocka_unit_test(crooked_trees_are_refused),
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(rows_that_cannot_be_trained_on_are_refused),
		cmocka_unit_test(few_or_equal_rows_make_a_model_all_the_same),
		cmocka_unit_test(contamination_marks_that_share),
		cmocka_unit_test(features_that_differ_are_named),
		cmocka_unit_test(a_share_is_found_wherever_the_points_lie),
		cmocka_unit_test(calibration_tells_one_in_a_thousand),
		cmocka_unit_test(equal_scores_count_as_not_lower),
		cmocka_unit_test(a_score_is_the_sum_of_what_its_features_did),
		cmocka_unit_test(the_feature_that_is_strange_is_the_one_named),
		cmocka_unit_test(a_forest_without_a_baseline_loads),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
