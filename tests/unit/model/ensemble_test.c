// Ensembles: what members of several kinds say together, and files that nobody should believe.
#include "contract/crc32c.h"
#include "model/ensemble.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>

#define ROWS_N 2000
#define HEADER_BYTES 32

static const char *const names[] = {"a", "b", "c"};
static char error[MODEL_ERROR_MAX];
static float rows[ROWS_N * 3];

static int
made(struct model **out,
     const char *kind,
     const char *const *of_names,
     const struct model_members *members) {
	const struct model_rows ground
		= {.value = rows, .n = ROWS_N, .names = of_names, .n_features = 3};
	struct model_training training;

	model_training_init(&training, model_kind_find(kind));
	training.members = members;
	if (strcmp(kind, "forest") == 0)
		training.option[0] = 8; // trees: files are summed many times here
	return model_train(out, &ground, &training, error);
}

static struct model *sound(const char *kind, const struct model_members *members) {
	struct model *m = NULL;

	if (made(&m, kind, names, members) != 0)
		fail_msg("%s", error);
	return m;
}

struct trio {
	struct model *forest, *kitnet, *ensemble;
};

static struct trio trio_make(float forest_weight, float kitnet_weight) {
	struct trio t = {sound("forest", NULL), sound("kitnet", NULL), NULL};
	const struct model *const model[] = {t.forest, t.kitnet};
	const float weight[] = {forest_weight, kitnet_weight};

	t.ensemble = sound("ensemble", &(struct model_members) {model, weight, 2});
	return t;
}

static void trio_destroy(struct trio *t) {
	model_destroy(t->forest);
	model_destroy(t->kitnet);
	model_destroy(t->ensemble);
}

static int rows_make(void **) {
	struct random r = random_seeded(31, 0);

	for (unsigned i = 0; i < ROWS_N; i++) {
		rows[3 * i] = (float)random_unit(&r);
		rows[3 * i + 1] = rows[3 * i] + 0.1f * (float)random_unit(&r);
		rows[3 * i + 2] = (float)random_unit(&r);
	}
	return 0;
}

static float share_of(const struct model *m, const float *row) {
	float raw;

	model_score(m, row, 3, 1, &raw);
	return model_calibrate(m, raw);
}

static void scores_are_the_mean_of_shares_by_weight(void **) {
	struct trio t = trio_make(3, 1);
	const float odd[] = {0.1f, 0.9f, NAN};
	float raw[MODEL_BATCH_MAX];

	model_score(t.ensemble, rows, 3, MODEL_BATCH_MAX, raw);
	for (unsigned i = 0; i < MODEL_BATCH_MAX; i++) {
		const float *row = rows + 3 * i;
		const double want
			= (3 * (double)share_of(t.forest, row) + (double)share_of(t.kitnet, row))
			/ 4;

		assert_near(raw[i], want, 1e-6);
	}
	model_score(t.ensemble, odd, 3, 1, raw);
	assert_near(
		raw[0],
		(3 * (double)share_of(t.forest, odd) + (double)share_of(t.kitnet, odd)) / 4,
		1e-6
	);
	assert_true(model_calibrate(t.ensemble, raw[0]) > 0.9f);
	trio_destroy(&t);
}

static void each_member_tells_its_opinion(void **) {
	struct trio t = trio_make(2, 1);
	struct model_opinion opinion[MODEL_MEMBERS_MAX];
	const float torn[] = {0.05f, 0.95f, 0.5f}; // each in its range, not together
	char *about = model_describe(t.ensemble);

	assert_int_equal(model_opinions(t.forest, torn, opinion), 0);
	assert_int_equal(model_opinions(t.ensemble, torn, opinion), 2);
	assert_string_equal(opinion[0].kind_name, "forest");
	assert_string_equal(opinion[1].kind_name, "kitnet");
	assert_near(opinion[0].weight, 2, 0);
	assert_near(opinion[0].calibrated, share_of(t.forest, torn), 0);
	assert_near(opinion[1].calibrated, share_of(t.kitnet, torn), 0);
	for (unsigned k = 0; k < 2; k++)
		assert_int_equal(opinion[k].strange, opinion[k].calibrated >= 0.99f);
	assert_true(opinion[1].strange);
	assert_int_equal(model_opinions(t.ensemble, rows, opinion), 2);
	assert_false(opinion[1].strange);
	assert_non_null(strstr(about, "\"kind\": \"kitnet\""));
	assert_non_null(strstr(about, "\"weight\": 2.0"));
	free(about);
	trio_destroy(&t);
}

static void contributions_sum_to_the_difference(void **) {
	struct trio t = trio_make(1, 1);
	struct model_attribution why;

	for (unsigned i = 0; i < 50; i++) {
		double sum = 0;

		assert_int_equal(model_attribute(t.ensemble, rows + 3 * i, &why), 0);
		for (unsigned k = 0; k < 3; k++)
			sum += (double)why.contribution[k];
		assert_near(
			sum,
			(double)why.score - (double)why.baseline_score,
			MODEL_ATTRIBUTION_TOLERANCE
		);
	}
	trio_destroy(&t);
}

static struct writer image_of(const struct model *m) {
	struct writer image = {0};

	assert_int_equal(model_image(&image, m), 0);
	return image;
}

static void a_file_of_it_reads_as_it_was(void **) {
	struct trio t = trio_make(3, 1);
	struct writer image = image_of(t.ensemble), again;
	struct model *read = NULL;
	float before[MODEL_BATCH_MAX], after[MODEL_BATCH_MAX];

	if (model_parse(&read, image.bytes, image.n, error) != 0)
		fail_msg("%s", error);
	model_score(t.ensemble, rows, 3, MODEL_BATCH_MAX, before);
	model_score(read, rows, 3, MODEL_BATCH_MAX, after);
	assert_memory_equal(before, after, sizeof(before));
	again = image_of(read);
	assert_int_equal(again.n, image.n);
	assert_memory_equal(again.bytes, image.bytes, image.n);
	free(again.bytes);
	free(image.bytes);
	model_destroy(read);
	trio_destroy(&t);
}

static void makers_are_told_what_is_wrong(void **) {
	struct trio t = trio_make(1, 1);
	static const char *const other_names[] = {"a", "b", "d"};
	const struct model *const both[] = {t.forest, t.ensemble};
	const float good[] = {1, 1}, bad[][2] = {{0, 1}, {-1, 1}, {NAN, 1}, {INFINITY, 1}};
	struct model *m = NULL;

	assert_int_equal(made(&m, "ensemble", names, NULL), -EINVAL);
	assert_non_null(strstr(error, "made of 1 to 16 models, not of 0"));
	assert_int_equal(
		made(&m, "ensemble", names, &(struct model_members) {both, good, 17}), -EINVAL
	);
	assert_int_equal(
		made(&m, "ensemble", names, &(struct model_members) {both, good, 2}), -EINVAL
	);
	assert_non_null(strstr(error, "member 1: an ensemble is no member"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(
			made(&m, "ensemble", names, &(struct model_members) {both, bad[i], 1}),
			-EINVAL
		);
		assert_non_null(strstr(error, "member 0: weight"));
	}
	assert_int_equal(
		made(&m, "ensemble", other_names, &(struct model_members) {both, good, 1}), -EINVAL
	);
	assert_non_null(strstr(error, "member 0: feature 2"));
	assert_null(m);
	trio_destroy(&t);
}

// The checksum made right, so that what comes after it is looked at.
static int parsed(const struct writer *image, size_t n) {
	uint8_t *exact = malloc(n);
	struct model *m = NULL;
	uint32_t crc;
	int rc;

	assert_non_null(exact);
	memcpy(exact, image->bytes, n);
	crc = crc32c(0, exact, n - MODEL_CRC_BYTES);
	for (unsigned i = 0; i < MODEL_CRC_BYTES; i++)
		exact[n - MODEL_CRC_BYTES + i] = (uint8_t)(crc >> 8 * i);
	error[0] = '\0';
	rc = model_parse(&m, exact, n, error);
	assert_true((rc == 0) == (m != NULL) && (rc == 0) == (error[0] == '\0'));
	model_destroy(m);
	free(exact);
	return rc;
}

// Where the section's payload begins.
static size_t payload_at(const struct writer *image) {
	for (size_t i = HEADER_BYTES; i + 16 < image->n; i += 8)
		if (memcmp(image->bytes + i, "ENSM", 4) == 0)
			return i + 16;
	fail_msg("no section ENSM");
	return 0;
}

static void
refused(struct writer *image, size_t at, uint64_t value, unsigned bytes, const char *says) {
	uint8_t kept[8];

	memcpy(kept, image->bytes + at, bytes);
	memcpy(image->bytes + at, &value, bytes);
	assert_true(parsed(image, image->n) < 0);
	if (strstr(error, says) == NULL)
		fail_msg("no \"%s\" in: %s", says, error);
	memcpy(image->bytes + at, kept, bytes);
}

static void a_file_is_believed_in_nothing(void **) {
	struct trio t = trio_make(3, 1);
	struct writer image = image_of(t.ensemble);
	const size_t at = payload_at(&image), member = at + 8 + 16;

	assert_int_equal(parsed(&image, image.n), 0);
	refused(&image, at, 0x40000000, 4, "vote at 2");
	refused(&image, at, 0x7fc00000, 4, "vote at nan");
	refused(&image, at + 4, 0, 4, "0 members");
	refused(&image, at + 4, 17, 4, "17 members");
	refused(&image, at + 4, 1, 4, "bytes after the last member");
	refused(&image, at + 4, 3, 4, "member 2: cut off");
	refused(&image, at + 8, 0, 4, "member 0: cut off, weight 0");
	refused(&image, at + 8, 0xff800000, 4, "member 0: cut off, weight -inf");
	refused(&image, at + 12, 1, 4, "reserved bytes");
	refused(&image, at + 16, UINT64_MAX, 8, "member 0: length");
	refused(&image, at + 16, 8, 8, "member 0: header: not a model file");
	refused(&image, member, 'X', 1, "member 0: header: not a model file");
	refused(&image,
		member + 12,
		model_kind_find("ensemble")->kind,
		4,
		"member 0: an ensemble is no member");
	refused(&image, member + 200, 0xff, 1, "member 0: checksum");
	for (size_t i = 0; i < 64; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			image.bytes[at + i] ^= (uint8_t)(1 << bit);
			parsed(&image, image.n);
			image.bytes[at + i] ^= (uint8_t)(1 << bit);
		}
	free(image.bytes);
	trio_destroy(&t);
}

static void members_are_of_its_own_features(void **) {
	static const char *const other_names[] = {"a", "b", "d"};
	struct trio t = trio_make(1, 1);
	struct model *other = NULL;
	struct writer image = image_of(t.ensemble), forest = image_of(t.forest), stranger;
	const size_t member = payload_at(&image) + 8 + 16;

	assert_int_equal(made(&other, "forest", other_names, NULL), 0);
	stranger = image_of(other);
	assert_int_equal(stranger.n, forest.n);
	memcpy(image.bytes + member, stranger.bytes, stranger.n);
	assert_int_equal(parsed(&image, image.n), -EBADMSG);
	assert_non_null(strstr(error, "member 0: feature 2"));
	free(stranger.bytes);
	free(forest.bytes);
	free(image.bytes);
	model_destroy(other);
	trio_destroy(&t);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_the_mean_of_shares_by_weight),
		cmocka_unit_test(each_member_tells_its_opinion),
		cmocka_unit_test(contributions_sum_to_the_difference),
		cmocka_unit_test(a_file_of_it_reads_as_it_was),
		cmocka_unit_test(makers_are_told_what_is_wrong),
		cmocka_unit_test(a_file_is_believed_in_nothing),
		cmocka_unit_test(members_are_of_its_own_features),
	};

	return cmocka_run_group_tests(tests, rows_make, NULL);
}
