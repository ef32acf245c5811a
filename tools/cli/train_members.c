// The models that an ensemble is made of.
#include "train.h"

#include <jansson.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void train_members_free(struct member_files *m) {
	for (uint32_t i = 0; i < MODEL_MEMBERS_MAX; i++)
		model_destroy(m->model[i]);
}

// FILE:WEIGHT, where what stands behind the last colon is a number; else all of it is a file.
static bool member_load(struct member_files *m, const char *text) {
	const char *colon = strrchr(text, ':');
	char *end = NULL, path[PATH_MAX], error[MODEL_ERROR_MAX];
	float weight = 1;

	if (colon != NULL)
		weight = strtof(colon + 1, &end);
	if (colon == NULL || end == colon + 1 || *end != '\0') {
		colon = text + strlen(text);
		weight = 1;
	}
	if (!(weight > 0 && isfinite(weight)))
		return train_fail(false, "--member %s: a weight is above 0", text);
	snprintf(path, sizeof(path), "%.*s", (int)(colon - text), text);
	if (model_load(&m->model[m->all.n], path, error) < 0)
		return train_fail(false, "--member %s: %s", path, error);
	m->weight[m->all.n++] = weight;
	return true;
}

static bool is_given(const struct train_options *o, const char *name) {
	for (int i = 0; i < o->n_files; i++)
		if (strcmp(train_file_name(o->files[i]), name) == 0)
			return true;
	return false;
}

// Was it trained on all rows of one of the files that the ensemble is to be calibrated with? (Where rows were held back
// they are the same ones with the same seed.)
static bool knows_all_of(const struct model *m, const struct train_options *o) {
	struct model_info info;
	json_t *meta, *file;
	bool known = false;
	size_t i;

	model_info(m, &info);
	meta = json_loads(info.meta, 0, NULL);
	if (json_integer_value(json_object_get(meta, "parts_left_out")) > 0)
		json_array_foreach(
			json_object_get(json_object_get(meta, "made"), "files"), i, file
		) {
			const char *name = json_string_value(json_object_get(file, "name"));

			known |= name != NULL && is_given(o, name);
		}
	json_decref(meta);
	return known;
}

// It is a choice that flatters, not a mistake.
static bool note(const char *member) {
	return train_fail(
		true,
		"note: --member %s was trained on all rows of files given here: calibrated with "
		"them, the "
		"ensemble finds too much strange. Give others, or train its members with --parts 0",
		member
	);
}

// @return false: a message was given
bool train_members_load(struct member_files *m, const struct train_options *o) {
	*m = (struct member_files) {0};
	m->all.model = (const struct model *const *)m->model;
	m->all.weight = m->weight;
	for (uint32_t i = 0; i < o->n_members; i++)
		if (!member_load(m, o->member[i]))
			return false;
	for (uint32_t i = 0; i < o->n_members; i++)
		if (knows_all_of(m->model[i], o))
			return note(o->member[i]);
	return true;
}
