// What weir train has made, told.
#include "cli.h"
#include "flow/flow.h"
#include "train.h"

#include <jansson.h>

#include <stdlib.h>

static long long whole(const json_t *meta, const char *key) {
	return (long long)json_integer_value(json_object_get(meta, key));
}

static void value_print(const char *key, const json_t *value) {
	if (json_is_integer(value))
		printf(" %s %lld", key, (long long)json_integer_value(value));
	else if (json_is_real(value))
		printf(" %s %.4g", key, json_real_value(value));
	else if (json_is_string(value))
		printf(" %s %s", key, json_string_value(value));
}

static void about_print(const struct model *m) {
	char *text = model_describe(m);
	json_t *about = json_loads(text, 0, NULL), *value;
	const char *key;

	json_object_foreach(about, key, value) value_print(key, value);
	json_decref(about);
	free(text);
}

// What calibrates was left out when it was scored: rows held back, or files in turn.
static void rows_print(const json_t *meta) {
	const long long parts = whole(meta, "parts_left_out");

	printf("rows       %lld: %lld trained on, ",
	       whole(meta, "rows"),
	       whole(meta, "rows_trained"));
	if (parts > 0)
		printf("%lld calibrate, each scored by a model without its file (%lld parts)\n",
		       whole(meta, "rows_calibrated"),
		       parts);
	else
		printf("%lld held back\n", whole(meta, "rows_held_back"));
}

// How often a score is reached by rows that neither the model nor the calibration they are measured by has seen.
static void check_print(const json_t *meta) {
	const json_t *checks = json_object_get(meta, "calibration_check");
	const double rows = (double)whole(meta, "rows_calibrated");
	const json_t *check;
	size_t i;

	if (json_array_size(checks) == 0)
		return;
	printf("calibrated a score of   is promised to   was reached by\n");
	json_array_foreach(checks, i, check) {
		const double expected = json_real_value(json_object_get(check, "expected"));
		const json_t *observed = json_object_get(check, "observed");

		printf("           %-12g %9.4g %%",
		       json_real_value(json_object_get(check, "score")),
		       100 * expected);
		if (json_is_real(observed))
			printf("   %11.4g %% of %.0f rows left out",
			       100 * json_real_value(observed),
			       rows);
		puts(rows * expected < 1 ? " (too few to tell)" : "");
	}
}

static void scores_print(const json_t *meta) {
	const char *of = json_string_value(json_object_get(meta, "calibrated_on"));
	const char *name;
	json_t *value;

	printf("raw score  of the %s:", of);
	json_object_foreach(json_object_get(meta, "raw_scores"), name, value)
		printf(" %s %.3f", name, json_real_value(value));
	putchar('\n');
}

static void
text_print(const struct model *m, const json_t *meta, const char *output, size_t n_short) {
	const json_t *threshold = json_object_get(meta, "threshold");
	const json_t *f1 = json_object_get(meta, "macro_f1_held_back");
	struct model_info info;

	model_info(m, &info);
	if (n_short > 0)
		printf("skipped    %zu flows of fewer than %d packets: they are never scored\n",
		       n_short,
		       FLOW_SCORE_MIN_PACKETS);
	rows_print(meta);
	printf("%-10s", info.kind_name);
	about_print(m);
	printf("; %u features, seed %s\n",
	       info.n_features,
	       json_string_value(json_object_get(meta, "seed")));
	scores_print(meta);
	check_print(meta);
	if (json_is_real(threshold))
		printf("threshold  %.4f\n", json_real_value(threshold));
	if (json_is_real(f1))
		printf("macro-F1   %.4f on the rows held back\n", json_real_value(f1));
	printf("model      %s, %zu bytes, crc32c %08x\n", output, info.bytes, info.crc);
}

static int json_print(const struct model *m, json_t *meta, const char *output, size_t n_short) {
	struct model_info info;
	json_t *line;
	int rc = EXIT_OK;

	model_info(m, &info);
	line = json_pack(
		"{s:s, s:s, s:I, s:I, s:I, s:O}",
		"type",
		"model",
		"file",
		output,
		"bytes",
		(json_int_t)info.bytes,
		"crc32c",
		(json_int_t)info.crc,
		"flows_too_short",
		(json_int_t)n_short,
		"meta",
		meta
	);
	if (line == NULL || json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) < 0)
		rc = EXIT_FAILED;
	putchar('\n');
	json_decref(line);
	return rc;
}

int train_report(const struct model *m, const struct train_options *o, size_t n_short) {
	struct model_info info;
	json_t *meta;
	int rc = EXIT_OK;

	model_info(m, &info);
	meta = json_loads(info.meta, 0, NULL);
	if (o->json)
		rc = json_print(m, meta, o->output, n_short);
	else
		text_print(m, meta, o->output, n_short);
	json_decref(meta);
	return rc;
}
