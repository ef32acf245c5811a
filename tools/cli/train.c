// weir train: a model from normal traffic.
#include "train.h"

#include "cli.h"
#include "flow/flow.h"
#include "model/model.h"
#include "rows.h"

#include <weir/feature.h>

#include <jansson.h>

#include <stdio.h>
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
	const struct rows_from from = {.kind = (enum row_kind)o->rows, .flow_model = flow_model};
	const float min_packets = o->rows == ROW_FLOW ? FLOW_SCORE_MIN_PACKETS : 0;
	char error[ROWS_ERROR_MAX];
	int rc;

	if (rows->label != NULL && rows_is_capture(path))
		return train_fail(
			-1,
			"%s: a capture says of no row what it is: train a classifier on CSV",
			path
		);
	if (!rows_is_capture(path))
		rc = rows_read_csv(rows, path, min_packets, error);
	else if (o->rows >= 0)
		rc = rows_read_capture(rows, &from, path, error);
	else
		return train_fail(
			-1, "%s: a capture gives flows or hosts: say --rows flow or host", path
		);
	return rc < 0 ? train_fail(rc, "%s", error) : 0;
}

// Without the folders of this machine.
const char *train_file_name(const char *path) {
	return path[0] == '/' ? strrchr(path, '/') + 1 : path;
}

// What the model keeps of a file.
static json_t *file_json(const char *path, size_t n_rows) {
	return json_pack("{s:s, s:I}", "name", train_file_name(path), "rows", (json_int_t)n_rows);
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
		if (!rows_source_end(rows))
			return train_fail(-1, "no memory for %zu rows", rows->n);
		json_array_append_new(files, file_json(o->files[i], rows->n - before));
	}
	if (shown)
		fprintf(stderr, "%s: training on %zu rows\n", o->training.kind->name, rows->n);
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
	*out = NULL;
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

// The class that is no alarm: by its name, or by that which it usually has.
static bool normal_find(const struct rows *rows, const struct train_options *o, uint32_t *out) {
	const int found = rows_normal_class(rows, o->normal);

	if (found >= 0)
		*out = (uint32_t)found;
	if (found >= 0 || rows->n_classes == 0)
		return true; // without any, training says what is missing
	return train_fail(
		false,
		"no class is called %s: say --normal CLASS (one of those of column %s, the first "
		"is %s)",
		o->normal != NULL ? o->normal : "normal or benign",
		rows->label,
		rows->classes[0]
	);
}

static bool categories_find(const struct rows *rows, const char *list, uint64_t *out) {
	for (const char *at = list; at != NULL;) {
		const size_t n = strcspn(at, ",");
		uint32_t k = 0;

		while (k < rows->n_features
		       && !(strlen(rows->names[k]) == n && memcmp(rows->names[k], at, n) == 0))
			k++;
		if (k == rows->n_features)
			return train_fail(
				false, "--categories: no feature is called %.*s", (int)n, at
			);
		*out |= UINT64_C(1) << k;
		at = at[n] == '\0' ? NULL : at + n + 1;
	}
	return true;
}

static int
train(const struct rows *rows,
      struct train_options *o,
      const struct member_files *members,
      json_t *made) {
	const char *names[MODEL_FEATURES_MAX], *classes[MODEL_CLASSES_MAX];
	struct model_rows all = {
		.value = rows->value,
		.n = rows->n,
		.names = names,
		.n_features = rows->n_features,
		.class_ = rows->class_of,
		.class_names = classes,
		.n_classes = rows->n_classes,
		.source = rows->source,
		.n_sources = rows->n_sources,
	};
	char error[MODEL_ERROR_MAX], *meta;
	struct model *m = NULL;
	int rc;

	if (!categories_find(rows, o->categories, &o->training.categories)
	    || (rows->label != NULL && !normal_find(rows, o, &all.normal_class)))
		return EXIT_FAILED;
	for (uint32_t i = 0; i < rows->n_features; i++)
		names[i] = rows->names[i];
	for (uint32_t c = 0; c < rows->n_classes; c++)
		classes[c] = rows->classes[c];
	meta = json_dumps(made, JSON_COMPACT);
	o->training.meta = meta;
	o->training.members = members->all.n > 0 ? &members->all : NULL;
	rc = model_train(&m, &all, &o->training, error);
	free(meta);
	if (rc < 0)
		return train_fail(EXIT_FAILED, "%s", error);
	rc = model_save(m, o->output, error);
	rc = rc < 0 ? train_fail(EXIT_FAILED, "%s: %s", o->output, error)
		    : train_report(m, o, rows->n_short);
	model_destroy(m);
	return rc;
}

// @param rows  with the names of the features, or none
static int read_and_train(struct rows *rows, struct train_options *o, json_t *made) {
	json_t *files = json_array();
	struct member_files members;
	struct model *flow_model = NULL;
	int rc = EXIT_FAILED;

	json_object_set_new(made, "files", files);
	if (train_members_load(&members, o) && flow_model_load(&flow_model, o->flow_model)
	    && files_read(rows, o, flow_model, files) == 0)
		rc = train(rows, o, &members, made);
	model_destroy(flow_model);
	train_members_free(&members);
	return rc;
}

int cmd_train(int argc, char **argv) {
	struct train_options o;
	struct rows rows = {0};
	json_t *made;
	int rc;

	if (!train_options_read(&o, argc, argv))
		return EXIT_USAGE;
	if (o.help)
		return train_help_print(), EXIT_OK;
	if (o.rows >= 0)
		names_of_kind(&rows, o.rows);
	if (o.features != NULL && !names_of_list(&rows, o.features))
		return EXIT_USAGE;
	rows.label = o.label;
	made = made_read(&o);
	rc = made != NULL ? read_and_train(&rows, &o, made) : EXIT_FAILED;
	json_decref(made);
	rows_free(&rows);
	return rc;
}
