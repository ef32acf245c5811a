// weir train: a model from normal traffic.
#include "train.h"

#include "cli.h"
#include "flow/flow.h"
#include "model/model.h"
#include "rows.h"

#include <weir/feature.h>

#include <jansson.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void names_of_kind(struct rows *rows, int kind) {
	const struct feature_info *info = kind == ROW_FLOW ? flow_feature_info : host_feature_info;
	const uint32_t n = kind == ROW_FLOW ? FLOW_FEATURE_N : HOST_FEATURE_N;

	for (uint32_t i = 0; i < n; i++)
		rows_name_add(rows, info[i].name, strlen(info[i].name));
}

static bool names_of_list(struct rows *rows, const char *list) {
	for (const char *at = list;; at++) {
		const size_t n = strcspn(at, ",");

		if (!rows_name_add(rows, at, n))
			return train_fail(
				false,
				"--features: \"%.*s\": 1 to %d bytes, each once, at most %d",
				(int)n,
				at,
				MODEL_NAME_MAX - 1,
				MODEL_FEATURES_MAX
			);
		at += n;
		if (*at == '\0')
			return true;
	}
}

static int file_read(
	struct rows *rows,
	const struct train_options *o,
	const struct model *flow_model,
	const char *path
) {
	const struct rows_from from = {.kind = (enum row_kind)o->kind, .flow_model = flow_model};
	const float min_packets = o->kind == ROW_FLOW ? FLOW_SCORE_MIN_PACKETS : 0;
	char error[ROWS_ERROR_MAX];
	int rc;

	if (!rows_is_capture(path))
		rc = rows_read_csv(rows, path, min_packets, error);
	else if (o->kind >= 0)
		rc = rows_read_capture(rows, &from, path, error);
	else
		return train_fail(
			-1, "%s: a capture gives flows or hosts: say --kind flow or host", path
		);
	return rc < 0 ? train_fail(rc, "%s", error) : 0;
}

// What the model keeps of a file: its name, without the folders of this machine.
static json_t *file_json(const char *path, size_t n_rows) {
	const char *slash = path[0] == '/' ? strrchr(path, '/') + 1 : path;

	return json_pack("{s:s, s:I}", "name", slash, "rows", (json_int_t)n_rows);
}

static int files_read(
	struct rows *rows,
	const struct train_options *o,
	const struct model *flow_model,
	json_t *files
) {
	const bool shown = isatty(STDERR_FILENO) == 1;

	for (int i = 0; i < o->n_files; i++) {
		const size_t before = rows->n;

		if (shown)
			fprintf(stderr, "%d of %d: %s\n", i + 1, o->n_files, o->files[i]);
		if (file_read(rows, o, flow_model, o->files[i]) < 0)
			return -1;
		rows_thin(rows, before, o->rows_per_file);
		json_array_append_new(files, file_json(o->files[i], rows->n - before));
	}
	if (shown)
		fprintf(stderr, "growing %u trees on %zu rows\n", o->forest.trees, rows->n);
	return 0;
}

// @return false: a message was given
static bool flow_model_load(struct model **out, const char *path) {
	const char *names[FLOW_FEATURE_N];
	char error[MODEL_ERROR_MAX];

	*out = NULL;
	if (path == NULL)
		return true;
	if (model_load(out, path, error) < 0)
		return train_fail(false, "%s: %s", path, error);
	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		names[i] = flow_feature_info[i].name;
	if (model_check_features(*out, names, FLOW_FEATURE_N, error) == 0)
		return true;
	model_destroy(*out);
	return train_fail(false, "%s: %s", path, error);
}

// The operator's own object, with the list of files added.
static json_t *made_read(const struct train_options *o) {
	json_error_t fault;
	json_t *made;

	if (o->meta_file == NULL)
		return json_object();
	made = json_load_file(o->meta_file, JSON_REJECT_DUPLICATES, &fault);
	if (json_is_object(made))
		return made;
	train_fail(
		0,
		"%s:%d: %s",
		o->meta_file,
		made == NULL ? fault.line : 1,
		made == NULL ? fault.text : "not a JSON object"
	);
	json_decref(made);
	return NULL;
}

static void
report_text(const struct model_info *info, json_t *meta, const char *output, size_t n_short) {
	const json_t *raw = json_object_get(meta, "raw_scores"), *value;
	const json_t *threshold = json_object_get(meta, "threshold");
	const char *name;

	if (n_short > 0)
		printf("skipped    %zu flows of fewer than %d packets: they are never scored\n",
		       n_short,
		       FLOW_SCORE_MIN_PACKETS);
	printf("rows       %lld: %lld trained on, %lld held back\n",
	       (long long)json_integer_value(json_object_get(meta, "rows")),
	       (long long)json_integer_value(json_object_get(meta, "rows_trained")),
	       (long long)json_integer_value(json_object_get(meta, "rows_held_back")));
	printf("forest     %lld trees of %lld rows, %u features, seed %s\n",
	       (long long)json_integer_value(json_object_get(meta, "trees")),
	       (long long)json_integer_value(json_object_get(meta, "sample")),
	       info->n_features,
	       json_string_value(json_object_get(meta, "seed")));
	printf("raw score  of the %s:", json_string_value(json_object_get(meta, "calibrated_on")));
	json_object_foreach((json_t *)raw, name, value)
		printf(" %s %.3f", name, json_real_value(value));
	putchar('\n');
	if (json_is_real(threshold))
		printf("threshold  %.4f\n", json_real_value(threshold));
	printf("model      %s, %zu bytes, crc32c %08x\n", output, info->bytes, info->crc);
}

static int report(const struct model *m, const struct train_options *o, size_t n_short) {
	struct model_info info;
	json_t *meta, *line;
	int rc = EXIT_OK;

	model_info(m, &info);
	meta = json_loads(info.meta, 0, NULL);
	if (!o->json) {
		report_text(&info, meta, o->output, n_short);
		json_decref(meta);
		return rc;
	}
	line = json_pack(
		"{s:s, s:s, s:I, s:I, s:I, s:O}",
		"type",
		"model",
		"file",
		o->output,
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
	json_decref(meta);
	return rc;
}

static int train(const struct rows *rows, struct train_options *o, json_t *made) {
	const char *names[MODEL_FEATURES_MAX];
	char error[MODEL_ERROR_MAX], *meta = json_dumps(made, JSON_COMPACT);
	struct model *m = NULL;
	int rc;

	for (uint32_t i = 0; i < rows->n_features; i++)
		names[i] = rows->names[i];
	o->forest.meta = meta;
	rc = forest_train(&m, rows->value, rows->n, names, rows->n_features, &o->forest, error);
	free(meta);
	if (rc < 0)
		return train_fail(EXIT_FAILED, "%s", error);
	rc = model_save(m, o->output, error);
	rc = rc < 0 ? train_fail(EXIT_FAILED, "%s: %s", o->output, error)
		    : report(m, o, rows->n_short);
	model_destroy(m);
	return rc;
}

// @param rows  with the names of the features, or none
static int read_and_train(struct rows *rows, struct train_options *o) {
	json_t *made = made_read(o), *files = json_array();
	struct model *flow_model;
	int rc = EXIT_FAILED;

	if (made == NULL || !flow_model_load(&flow_model, o->flow_model)) {
		json_decref(files);
		json_decref(made);
		return EXIT_FAILED;
	}
	json_object_set_new(made, "files", files);
	if (files_read(rows, o, flow_model, files) == 0)
		rc = train(rows, o, made);
	model_destroy(flow_model);
	json_decref(made);
	return rc;
}

int cmd_train(int argc, char **argv) {
	struct train_options o;
	struct rows rows = {0};
	int rc;

	if (!train_options_read(&o, argc, argv))
		return EXIT_USAGE;
	if (o.help)
		return fputs(train_help, stdout) >= 0 ? EXIT_OK : EXIT_FAILED;
	if (o.kind >= 0)
		names_of_kind(&rows, o.kind);
	if (o.features != NULL && !names_of_list(&rows, o.features))
		return EXIT_USAGE;
	rc = read_and_train(&rows, &o);
	rows_free(&rows);
	return rc;
}
