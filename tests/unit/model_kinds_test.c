// What every kind of model promises, each that the table has: a new one is tested by being there.
#include "contract/crc32c.h"
#include "model/internal.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 600
#define WIDTH 5

static const char *const names[WIDTH] = {"bytes", "packets", "seconds", "proto", "share"};
static const char *const classes[] = {"ordinary", "scan", "flood"};
#define CLASSES ARRAY_LEN(classes)

static char error[MODEL_ERROR_MAX];
static float value[ROWS * WIDTH];
static uint32_t class[ROWS];

static const struct model_rows rows = {
	.value = value,
	.n = ROWS,
	.names = names,
	.n_features = WIDTH,
	.class_ = class,
	.class_names = classes,
	.n_classes = CLASSES,
	.normal_class = 0,
};

// Three clouds: the ordinary one with three quarters of the rows. `proto` is a code.
static int data_make(void **) {
	static const float proto[] = {6, 17, 1, 6};
	struct random r = random_seeded(31, 0);

	for (uint32_t i = 0; i < ROWS; i++) {
		const uint32_t c = i % 8 == 0 ? 1 : i % 8 == 1 ? 2 : 0;
		float *row = value + (size_t)i * WIDTH;

		class[i] = c;
		row[0] = (float)(100 + 20 * random_unit(&r)) * (c == 2 ? 3 : 1);
		row[1] = (float)(3 + random_unit(&r)) * (c == 1 ? 0.2f : 1);
		row[2] = (float)(random_unit(&r) + random_unit(&r));
		row[3] = proto[random_below(&r, ARRAY_LEN(proto))];
		row[4] = (float)random_unit(&r) * 0.1f;
	}
	return 0;
}

// An ensemble is made of models, not of rows: ensemble_test.c.
static bool is_trained(const struct model_kind_info *kind) {
	const bool trained = !kind->combines;

	print_message("  %s%s\n", kind->name, trained ? "" : ": has a test of its own");
	return trained;
}

static struct model_training training_of(const struct model_kind_info *kind) {
	struct model_training t;

	model_training_init(&t, kind);
	t.categories = kind->prepares ? 1u << 3 : 0;
	t.contamination = 0.05;
	return t;
}

static struct model *made(const struct model_training *t) {
	struct model *m = NULL;

	if (model_train(&m, &rows, t, error) != 0)
		fail_msg("%s: %s", t->kind->name, error);
	return m;
}

static struct model *usual(const struct model_kind_info *kind) {
	const struct model_training t = training_of(kind);

	return made(&t);
}

// Small, so that every byte of its file can be tried.
static struct model *small(const struct model_kind_info *kind) {
	struct model_training t = training_of(kind);
	struct model_rows few = rows;
	struct model *m = NULL;

	few.n = 24;
	t.option[0] = t.option[0] > 2 ? 2 : t.option[0]; // trees, k
	t.hold_back = 0;
	if (model_train(&m, &few, &t, error) != 0)
		fail_msg("%s: %s", kind->name, error);
	return m;
}

static struct writer image_of(const struct model *m) {
	struct writer image = {0};

	assert_int_equal(model_image(&image, m), 0);
	return image;
}

#define EACH_TRAINED_KIND(kind)                                                                    \
	for (unsigned i_ = 0; (kind = model_kind_at(i_)) != NULL; i_++)                            \
		if (is_trained(kind))

static void a_kind_is_found_by_name_and_number(void **) {
	const struct model_kind_info *kind;

	for (unsigned i = 0; (kind = model_kind_at(i)) != NULL; i++) {
		assert_ptr_equal(model_kind_find(kind->name), kind);
		assert_ptr_equal(&model_ops_find(kind->kind)->info, kind);
		assert_true(kind->n_options <= MODEL_OPTIONS_MAX);
		for (uint32_t k = 0; k < kind->n_options; k++)
			assert_true(
				kind->options[k].usual >= kind->options[k].least
				&& kind->options[k].usual <= kind->options[k].most
			);
	}
	assert_null(model_kind_find("crystal ball"));
}

// A file says what it is by number and tag: two of a sort would be read as each other.
static void no_two_kinds_share_a_number_or_a_tag(void **) {
	const struct model_kind_info *a, *b;

	for (unsigned i = 0; (a = model_kind_at(i)) != NULL; i++)
		for (unsigned k = 0; k < i; k++) {
			b = model_kind_at(k);
			assert_true(b->kind < a->kind);
			assert_string_not_equal(a->name, b->name);
			assert_string_not_equal(
				model_ops_find(a->kind)->tag, model_ops_find(b->kind)->tag
			);
		}
}

// The build was set up when the folder had other files, if this fails: meson setup --reconfigure.
static void every_file_of_the_folder_is_a_kind(void **) {
	const char *path = getenv("MODEL_KINDS");
	unsigned files = 0, kinds = 0;
	glob_t found;

	assert_non_null(path);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	files = (unsigned)found.gl_pathc;
	globfree(&found);
	while (model_kind_at(kinds) != NULL)
		kinds++;
	assert_int_equal(kinds, files);
}

static void a_file_comes_back_as_it_was(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind), *back = NULL;
		struct writer a = image_of(m), b;
		float before[MODEL_BATCH_MAX], after[MODEL_BATCH_MAX];

		if (model_parse(&back, a.bytes, a.n, error) != 0)
			fail_msg("%s: %s", kind->name, error);
		b = image_of(back);
		assert_int_equal(a.n, b.n);
		assert_memory_equal(a.bytes, b.bytes, a.n);
		assert_int_equal(m->crc, back->crc);
		model_score(m, value, WIDTH, MODEL_BATCH_MAX, before);
		model_score(back, value, WIDTH, MODEL_BATCH_MAX, after);
		assert_memory_equal(before, after, sizeof(before));
		free(a.bytes);
		free(b.bytes);
		model_destroy(m);
		model_destroy(back);
	}
}

static void the_same_seed_gives_the_same_bytes(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m[2] = {usual(kind), usual(kind)};

		assert_int_equal(m[0]->crc, m[1]->crc);
		assert_int_equal(m[0]->bytes, m[1]->bytes);
		model_destroy(m[0]);
		model_destroy(m[1]);
	}
}

static void batches_of_every_size_agree_to_the_bit(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);
		float one[MODEL_BATCH_MAX], many[MODEL_BATCH_MAX];

		for (uint32_t i = 0; i < MODEL_BATCH_MAX; i++)
			model_score(m, value + (size_t)i * WIDTH, WIDTH, 1, one + i);
		for (uint32_t n = 1; n <= MODEL_BATCH_MAX; n++) {
			model_score(m, value, WIDTH, n, many);
			assert_memory_equal(many, one, n * sizeof(*many));
		}
		model_destroy(m);
	}
}

static void every_instruction_set_gives_the_same_bits(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);
		struct writer image = image_of(m);
		float expected[MODEL_BATCH_MAX], raw[MODEL_BATCH_MAX];

		for (unsigned i = 0; i < ISA_N; i++) {
			struct model *other = NULL;

			if (isa_use((enum isa)i) < 0)
				continue;
			assert_int_equal(model_parse(&other, image.bytes, image.n, error), 0);
			model_score(other, value, WIDTH, MODEL_BATCH_MAX, raw);
			if (i == ISA_SCALAR)
				memcpy(expected, raw, sizeof(raw));
			assert_memory_equal(raw, expected, sizeof(raw));
			model_destroy(other);
		}
		isa_use(isa_best());
		free(image.bytes);
		model_destroy(m);
	}
}

static void what_is_not_finite_counts_as_zero(void **) {
	const float odd[] = {NAN, INFINITY, -INFINITY, 6, -NAN}, zero[] = {0, 0, 0, 6, 0};
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);
		float a, b;

		model_score(m, odd, WIDTH, 1, &a);
		model_score(m, zero, WIDTH, 1, &b);
		assert_memory_equal(&a, &b, sizeof(a));
		model_destroy(m);
	}
}

static void a_row_that_is_far_off_is_stranger(void **) {
	const float far[] = {5000, 40, 50, 6, 9};
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);
		float raw[2];

		if (kind->classifies) {
			model_destroy(m);
			continue; // they only know their classes
		}
		model_score(m, m->baseline, WIDTH, 1, &raw[0]);
		model_score(m, far, WIDTH, 1, &raw[1]);
		assert_true(raw[1] > raw[0]);
		assert_true(model_calibrate(m, raw[1]) > 0.95f);
		assert_true(model_calibrate(m, raw[0]) < model_calibrate(m, raw[1]));
		model_destroy(m);
	}
}

static void numbers_of_any_size_give_a_score(void **) {
	static const float sizes[] = {0, 1e-38f, 1, 1e10f, 1e30f, 3.4e38f};
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);

		for (size_t i = 0; i < 2 * ARRAY_LEN(sizes); i++) {
			const float x = sizes[i / 2] * (i % 2 ? -1 : 1);
			const float row[] = {x, x, x, x, x};
			float raw;

			model_score(m, row, WIDTH, 1, &raw);
			assert_true(isfinite(raw));
			assert_true(model_calibrate(m, raw) >= 0 && model_calibrate(m, raw) <= 1);
		}
		model_destroy(m);
	}
}

static void a_score_is_the_sum_of_what_its_features_did(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);

		for (uint32_t i = 0; i < 60; i++) {
			struct model_attribution a;
			float row[WIDTH];
			double sum = 0, size;

			memcpy(row, value + (size_t)i * WIDTH, sizeof(row));
			row[i % WIDTH] *= i % 3 == 0 ? 20 : 1;
			assert_int_equal(model_attribute(m, row, &a), 0);
			for (uint32_t k = 0; k < WIDTH; k++)
				sum += (double)a.contribution[k];
			size = fmax(1, fabs((double)a.score));
			assert_near(
				sum,
				(double)a.score - (double)a.baseline_score,
				MODEL_ATTRIBUTION_TOLERANCE * size
			);
		}
		model_destroy(m);
	}
}

static void the_feature_that_is_strange_is_the_one_named(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);
		struct model_attribution a;
		float row[WIDTH];

		memcpy(row, m->baseline, sizeof(row));
		row[0] = 1500; // more than a flood's bytes
		assert_int_equal(model_attribute(m, row, &a), 0);
		assert_true(a.score > a.baseline_score);
		for (uint32_t k = 1; k < WIDTH; k++)
			assert_true(a.contribution[0] > 2 * fabsf(a.contribution[k]));
		model_destroy(m);
	}
}

static void classifiers_know_their_classes(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = usual(kind);
		uint32_t found[MODEL_BATCH_MAX], right = 0;
		float votes[MODEL_BATCH_MAX * CLASSES], raw[MODEL_BATCH_MAX];

		if (!kind->classifies) {
			assert_int_equal(model_classify(m, value, WIDTH, 1, found, NULL), -ENOTSUP);
			model_destroy(m);
			continue;
		}
		assert_int_equal(model_classify(m, value, WIDTH, MODEL_BATCH_MAX, found, votes), 0);
		model_score(m, value, WIDTH, MODEL_BATCH_MAX, raw);
		for (uint32_t i = 0; i < MODEL_BATCH_MAX; i++) {
			const float *v = votes + i * CLASSES;

			right += found[i] == class[i];
			assert_near(raw[i], fmaxf(v[1], v[2]) - v[0], 0);
			assert_true(found[i] == 0 ? raw[i] <= 0 : raw[i] >= 0);
		}
		assert_true(right >= 0.95 * MODEL_BATCH_MAX);
		assert_string_equal(model_class_name(m, 2), "flood");
		assert_non_null(strstr(m->meta, "\"macro_f1_held_back\":"));
		model_destroy(m);
	}
}

static void classifiers_need_classes(void **) {
	const struct model_kind_info *kind;
	uint32_t wrong[ROWS] = {[5] = CLASSES};

	EACH_TRAINED_KIND(kind) {
		struct model_training t = training_of(kind);
		struct model_rows bare = rows;
		struct model *m = NULL;

		if (!kind->classifies)
			continue;
		bare.class_ = NULL;
		assert_int_equal(model_train(&m, &bare, &t, error), -EINVAL);
		assert_non_null(strstr(error, "is a classifier"));
		bare.class_ = wrong;
		assert_int_equal(model_train(&m, &bare, &t, error), -EINVAL);
		assert_string_equal(error, "row 5: no such class");
		bare = rows;
		bare.n_classes = 1;
		assert_int_equal(model_train(&m, &bare, &t, error), -EINVAL);
	}
}

static void options_have_limits(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		for (uint32_t k = 0; k < kind->n_options; k++) {
			const struct model_option *o = &kind->options[k];
			const double wrong[] = {o->least - 1, o->most + 1, NAN};

			for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
				struct model_training t = training_of(kind);
				struct model *m = NULL;

				t.option[k] = wrong[i];
				assert_int_equal(model_train(&m, &rows, &t, error), -EINVAL);
				assert_ptr_equal(strstr(error, o->name), error);
			}
		}
	}
}

// Of a classifier a part may lack a class: it is made without.
static void files_may_be_left_out(void **) {
	static uint32_t source[ROWS];
	const struct model_kind_info *kind;

	for (uint32_t i = 0; i < ROWS; i++)
		source[i] = i / 50;
	EACH_TRAINED_KIND(kind) {
		struct model_training t = training_of(kind);
		struct model_rows of = rows;
		struct model *m = NULL;

		t.parts = 4;
		of.source = source;
		of.n_sources = ROWS / 50;
		if (model_train(&m, &of, &t, error) != 0)
			fail_msg("%s: %s", kind->name, error);
		assert_non_null(strstr(m->meta, "\"calibrated_on\":\"files left out\""));
		if (kind->classifies)
			assert_null(strstr(m->meta, "\"macro_f1_held_back\":null"));
		model_destroy(m);
	}
}

static void every_scaling_trains(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		for (unsigned s = 0; s < MODEL_SCALING_N && kind->prepares; s++) {
			struct model_training t = training_of(kind);
			struct model *m;

			t.scaling = (enum model_scaling)s;
			m = made(&t);
			assert_non_null(strstr(m->meta, model_scaling_names[s]));
			model_destroy(m);
		}
	}
}

static void two_rows_or_equal_ones_train(void **) {
	const struct model_kind_info *kind;
	static float same[20 * WIDTH];
	static uint32_t half[20];

	for (unsigned i = 0; i < 20; i++)
		half[i] = i % 2;
	EACH_TRAINED_KIND(kind) {
		for (uint32_t n = 2; n <= 20; n += 18) {
			struct model_training t = training_of(kind);
			struct model_rows few = rows;
			struct model *m = NULL;
			float raw;

			few.value = same;
			few.n = n;
			few.class_ = half;
			t.hold_back = 0;
			if (model_train(&m, &few, &t, error) != 0)
				fail_msg("%s of %u: %s", kind->name, n, error);
			model_score(m, value, WIDTH, 1, &raw);
			assert_true(isfinite(raw));
			model_destroy(m);
		}
	}
}

static void checksum_fix(struct writer *image) {
	const uint32_t crc = crc32c(0, image->bytes, image->n - MODEL_CRC_BYTES);

	for (unsigned i = 0; i < 4; i++)
		image->bytes[image->n - 4 + i] = (uint8_t)(crc >> 8 * i);
}

static void lie_use(const struct model *m) {
	float row[MODEL_FEATURES_MAX] = {0.1f, -0.2f, 0.3f, 6}, raw;
	struct model_attribution a;
	uint32_t found = 0;
	char *text = model_describe(m);

	model_score(m, row, MODEL_FEATURES_MAX, 1, &raw);
	assert_true(isfinite(raw));
	assert_true(model_calibrate(m, raw) >= 0 && model_calibrate(m, raw) <= 1);
	assert_int_equal(model_attribute(m, row, &a), 0);
	if (model_classify(m, row, MODEL_FEATURES_MAX, 1, &found, NULL) == 0)
		assert_non_null(model_class_name(m, found));
	assert_non_null(text);
	free(text);
}

// Whatever a byte is set to, with a checksum that fits: refused with words, or a model whose scores are numbers.
static void a_lie_with_a_good_checksum_cannot_hurt(void **) {
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = small(kind);
		struct writer image = image_of(m);

		for (size_t i = 0; i < image.n - 4; i++) {
			const uint8_t was = image.bytes[i];

			for (size_t v = 0; v < ARRAY_LEN(values); v++) {
				struct model *lie = NULL;

				image.bytes[i] = values[v];
				checksum_fix(&image);
				error[0] = '\0';
				if (model_parse(&lie, image.bytes, image.n, error) == 0)
					lie_use(lie);
				else
					assert_true(error[0] != '\0');
				model_destroy(lie);
			}
			image.bytes[i] = was;
		}
		free(image.bytes);
		model_destroy(m);
	}
}

static void every_length_but_the_right_one_is_refused(void **) {
	const struct model_kind_info *kind;

	EACH_TRAINED_KIND(kind) {
		struct model *m = small(kind), *no = NULL;
		struct writer image = image_of(m);
		const size_t body = image.n - MODEL_CRC_BYTES;

		// The kind's own section, cut to each length, with a header and a checksum that say so.
		for (size_t n = body - 1; n > 40 && n + 400 > body; n--) {
			struct writer cut = {0};

			writer_put(&cut, image.bytes, n);
			for (unsigned i = 0; i < 8; i++)
				cut.bytes[16 + i] = (uint8_t)((uint64_t)(n + 4) >> 8 * i);
			writer_u32(&cut, crc32c(0, cut.bytes, cut.n));
			assert_int_equal(model_parse(&no, cut.bytes, cut.n, error), -EBADMSG);
			free(cut.bytes);
		}
		free(image.bytes);
		model_destroy(m);
	}
}

static void logarithms_are_those_of_the_math_library(void **) {
	assert_near(prepare_log(0), 0, 0);
	for (double x = 1e-9; x < 3.4e38; x *= 1.37) {
		assert_near(prepare_log(x), log1p(x), 1e-10 * (1 + log1p(x)));
		assert_near(prepare_log(-x), -prepare_log(x), 0);
	}
}

static void categories_are_told_apart_and_unknown_ones_are_none(void **) {
	const struct model_kind_info *kind = model_kind_find("knn");
	struct model_training t = training_of(kind);
	struct model *m;
	float row[WIDTH], known, unknown;

	m = made(&t);
	assert_int_equal(m->prepare->width, WIDTH - 1 + 3); // 1, 6, 17
	memcpy(row, m->baseline, sizeof(row));
	assert_true(row[3] == 6); // the commonest
	model_score(m, row, WIDTH, 1, &known);
	row[3] = 99;
	model_score(m, row, WIDTH, 1, &unknown);
	assert_true(unknown > known);
	model_destroy(m);
}

static void categories_of_too_many_values_are_refused(void **) {
	struct model_training t = training_of(model_kind_find("knn"));
	struct model *m = NULL;

	t.categories = 1; // bytes
	assert_int_equal(model_train(&m, &rows, &t, error), -EINVAL);
	assert_string_equal(error, "category bytes: more than 32 different values");
	model_training_init(&t, model_kind_find("forest"));
	t.categories = 1;
	assert_int_equal(model_train(&m, &rows, &t, error), -EINVAL);
	assert_string_equal(error, "forest knows no categories");
}

// A code's factor that makes distances infinite: then no neighbour is near.
static void a_factor_beyond_all_measure_is_refused(void **) {
	struct model *m = usual(model_kind_find("lof")), *no = NULL;
	struct writer image;

	m->prepare->feature[3].factor = 1e30f;
	image = image_of(m);
	assert_int_equal(model_parse(&no, image.bytes, image.n, error), -EBADMSG);
	assert_string_equal(
		error, "section PREP: feature 3: a scale that is not finite, or too large"
	);
	free(image.bytes);
	model_destroy(m);
}

static void a_condensed_reference_is_smaller_and_says_so(void **) {
	struct model_training t = training_of(model_kind_find("knn-class"));
	struct model *all, *few;
	char *text;

	few = made(&t);
	t.option[1] = 0;
	all = made(&t);
	text = model_describe(few);
	assert_true(few->bytes < all->bytes / 4);
	assert_non_null(strstr(text, "\"condensed_from_rows\": 480"));
	free(text);
	model_destroy(few);
	model_destroy(all);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kind_is_found_by_name_and_number),
		cmocka_unit_test(no_two_kinds_share_a_number_or_a_tag),
		cmocka_unit_test(every_file_of_the_folder_is_a_kind),
		cmocka_unit_test(a_file_comes_back_as_it_was),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(batches_of_every_size_agree_to_the_bit),
		cmocka_unit_test(every_instruction_set_gives_the_same_bits),
		cmocka_unit_test(what_is_not_finite_counts_as_zero),
		cmocka_unit_test(a_row_that_is_far_off_is_stranger),
		cmocka_unit_test(numbers_of_any_size_give_a_score),
		cmocka_unit_test(a_score_is_the_sum_of_what_its_features_did),
		cmocka_unit_test(the_feature_that_is_strange_is_the_one_named),
		cmocka_unit_test(classifiers_know_their_classes),
		cmocka_unit_test(classifiers_need_classes),
		cmocka_unit_test(options_have_limits),
		cmocka_unit_test(files_may_be_left_out),
		cmocka_unit_test(every_scaling_trains),
		cmocka_unit_test(two_rows_or_equal_ones_train),
		cmocka_unit_test(a_lie_with_a_good_checksum_cannot_hurt),
		cmocka_unit_test(every_length_but_the_right_one_is_refused),
		cmocka_unit_test(logarithms_are_those_of_the_math_library),
		cmocka_unit_test(categories_are_told_apart_and_unknown_ones_are_none),
		cmocka_unit_test(categories_of_too_many_values_are_refused),
		cmocka_unit_test(a_factor_beyond_all_measure_is_refused),
		cmocka_unit_test(a_condensed_reference_is_smaller_and_says_so),
	};

	return cmocka_run_group_tests_name("model_kinds", tests, data_make, NULL);
}
