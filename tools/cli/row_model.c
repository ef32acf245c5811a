// Which model can judge a CSV file.
#include "row_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_SHOWN 6

static bool is_of_rows(const struct model *model, const struct columns *columns) {
	const bool hosts = columns->format == CSV_HOSTS;
	const struct feature_info *info = hosts ? host_feature_info : flow_feature_info;
	const uint32_t n = hosts ? (uint32_t)HOST_FEATURE_N : (uint32_t)FLOW_FEATURE_N;
	const char *names[ROW_VALUES_MAX];
	char why[MODEL_ERROR_MAX];

	for (uint32_t i = 0; i < n; i++)
		names[i] = info[i].name;
	return model_check_features(model, names, n, why) == 0;
}

// @param missing  the names that the file has not got, for the error
static bool is_of_columns(
	struct row_model *out,
	const struct model_info *info,
	const struct columns *columns,
	char missing[static ROW_MODEL_ERROR_MAX / 2]
) {
	unsigned absent = 0;
	size_t n = 0;

	missing[0] = '\0';
	for (uint32_t i = 0; i < info->n_features; i++) {
		const int column = columns_find(columns, info->feature_names[i]);

		out->column[i] = (uint32_t)column;
		if (column >= 0 || absent++ >= MISSING_SHOWN)
			continue;
		n += (size_t)snprintf(
			missing + n,
			ROW_MODEL_ERROR_MAX / 2 - n,
			"%s%.31s",
			n > 0 ? ", " : "",
			info->feature_names[i]
		);
	}
	if (absent > MISSING_SHOWN)
		snprintf(
			missing + n,
			ROW_MODEL_ERROR_MAX / 2 - n,
			" and %u more",
			absent - MISSING_SHOWN
		);
	return absent == 0;
}

// @return 1: it fits; 0: it does not, and error says why; -1: it cannot be used at all
static int
try_model(struct row_model *out, const struct columns *columns, const char *path, char *error) {
	char why[MODEL_ERROR_MAX], missing[ROW_MODEL_ERROR_MAX / 2];
	struct model_info info;
	struct model *model;

	if (model_load(&model, path, why) < 0) {
		snprintf(error, ROW_MODEL_ERROR_MAX, "model %.250s: %s", path, why);
		return -1;
	}
	model_info(model, &info);
	*out = (struct row_model) {
		.model = model, .owned = model, .path = path, .n_features = info.n_features};
	if (is_of_rows(model, columns))
		return 1;
	out->by_columns = true;
	if (is_of_columns(out, &info, columns, missing))
		return 1;
	snprintf(
		error,
		ROW_MODEL_ERROR_MAX,
		"model %.150s: the file has no columns for its features: %s",
		path,
		missing
	);
	row_model_free(out);
	return 0;
}

int row_model_choose(
	struct row_model *out,
	const struct columns *columns,
	const struct conf *conf,
	const char *const paths[],
	unsigned n_paths,
	char error[static ROW_MODEL_ERROR_MAX]
) {
	char why[MODELS_ERROR_MAX];

	*out = (struct row_model) {0};
	for (unsigned i = 0; i < n_paths; i++) {
		const int fits = try_model(out, columns, paths[i], error);

		if (fits != 0)
			return fits < 0 ? -1 : 0;
	}
	if (n_paths > 0)
		return -1;
	if (models_choose(&out->models, conf, NULL, 0, why) < 0) {
		snprintf(error, ROW_MODEL_ERROR_MAX, "%.400s", why);
		return -1;
	}
	out->model = columns->format == CSV_HOSTS ? out->models.host : out->models.flow;
	out->n_features = columns->format == CSV_HOSTS ? (uint32_t)HOST_FEATURE_N
						       : (uint32_t)FLOW_FEATURE_N;
	return 0;
}

void row_model_free(struct row_model *m) {
	model_destroy(m->owned);
	models_free(&m->models);
	*m = (struct row_model) {0};
}

static int
column_number(const struct columns *columns, struct csv_in *in, uint32_t column, float *out) {
	const char *text = csv_in_field(in, column);
	char *end;

	text += strspn(text, " \t");
	if (*text == '\0')
		return 0;
	*out = strtof(text, &end);
	if (end == text || end[strspn(end, " \t")] != '\0')
		return csv_in_fail(
			in, column + 1, "%s: \"%.40s\" is not a number", columns->name[column], text
		);
	return isfinite(*out);
}

int row_model_row(
	const struct row_model *m,
	const struct columns *columns,
	struct csv_in *in,
	const struct flow_row *row,
	float out[static MODEL_FEATURES_MAX]
) {
	if (!m->by_columns) {
		memcpy(out, row->value, m->n_features * sizeof(*out));
		return 1;
	}
	for (uint32_t i = 0; i < m->n_features; i++) {
		const int got = column_number(columns, in, m->column[i], &out[i]);

		if (got <= 0)
			return got;
	}
	return 1;
}
