// Rows for a model: of the features that it has.
#include "flow/flow.h"
#include "rows.h"

#include <weir/feature.h>

#include <stdio.h>
#include <string.h>

int rows_of_model(const struct model *m) {
	const char *names[MODEL_FEATURES_MAX];
	char error[MODEL_ERROR_MAX];

	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		names[i] = flow_feature_info[i].name;
	if (model_check_features(m, names, FLOW_FEATURE_N, error) == 0)
		return ROW_FLOW;
	for (unsigned i = 0; i < HOST_FEATURE_N; i++)
		names[i] = host_feature_info[i].name;
	return model_check_features(m, names, HOST_FEATURE_N, error) == 0 ? ROW_HOST : -1;
}

static int capture_read(
	struct rows *rows,
	const struct model *m,
	const char *path,
	char error[static ROWS_ERROR_MAX]
) {
	const int kind = rows_of_model(m);
	const struct rows_from from = {.kind = (enum row_kind)kind};

	if (kind >= 0)
		return rows_read_capture(rows, &from, path, error);
	snprintf(
		error,
		ROWS_ERROR_MAX,
		"%.256s: a capture has the features of flows and hosts, the model has others: give "
		"CSV",
		path
	);
	return -1;
}

int rows_read_for_model(
	struct rows *rows,
	const struct model *m,
	const char *path,
	float min_packets,
	char error[static ROWS_ERROR_MAX]
) {
	struct model_info info;

	model_info(m, &info);
	for (uint32_t i = rows->n_features; i < info.n_features; i++)
		rows_name_add(rows, info.feature_names[i], strlen(info.feature_names[i]));
	return rows_is_capture(path) ? capture_read(rows, m, path, error)
				     : rows_read_csv(rows, path, min_packets, error);
}
