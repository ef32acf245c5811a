// Rows of a labelled table, flows or packets: their scores by a model, or as a column tells them.
#include "csv_in.h"
#include "evaluate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct labelled {
	struct csv_in *csv;
	const struct evaluate_rows *conf;
	struct judged_rows *rows;
	uint32_t n_columns;
	int label, score; // columns; score is -1 where a model gives it
	int feature[MODEL_FEATURES_MAX]; // columns
};

// @return the column, or -1 and an error
static int column_of(const struct labelled *l, const char *name, const char *what) {
	int at = -1;

	for (uint32_t i = 0; i < l->n_columns; i++) {
		if (strcmp(csv_in_field(l->csv, i), name) != 0)
			continue;
		if (at >= 0)
			return csv_in_fail(l->csv, i + 1, "column %.60s is there twice", name);
		at = (int)i;
	}
	if (at < 0)
		return csv_in_fail(l->csv, 0, "no column \"%.60s\": %s", name, what);
	return at;
}

static int header_read(struct labelled *l) {
	const struct evaluate_rows *conf = l->conf;
	struct model_info info;
	const int got = csv_in_next(l->csv);

	if (got <= 0)
		return got < 0 ? -1
			       : csv_in_fail(l->csv, 0, "empty: the first line names the columns");
	l->n_columns = csv_in_n(l->csv);
	l->label = column_of(l, conf->label, "--label names the one that tells what a row is");
	if (l->label < 0)
		return -1;
	l->score = -1;
	if (conf->score != NULL) {
		l->score = column_of(l, conf->score, "--score names the one with the scores");
		return l->score;
	}
	model_info(conf->model, &info);
	l->rows->n_features = info.n_features;
	for (uint32_t i = 0; i < info.n_features; i++) {
		l->feature[i] = column_of(l, info.feature_names[i], "the model has this feature");
		if (l->feature[i] < 0)
			return -1;
	}
	return 0;
}

static int number_read(const struct labelled *l, int column, float *out) {
	const char *text = csv_in_field(l->csv, (uint32_t)column);
	char *end;

	*out = strtof(text, &end);
	if (end == text || *end != '\0')
		return csv_in_fail(l->csv, (uint32_t)column + 1, "\"%.40s\" is not a number", text);
	return 0;
}

static int row_read(const struct labelled *l) {
	const bool attack = strcmp(csv_in_field(l->csv, (uint32_t)l->label), l->conf->normal) != 0;
	float row[MODEL_FEATURES_MAX];

	if (l->score >= 0) {
		const char *text = csv_in_field(l->csv, (uint32_t)l->score);

		if (text[0] == '\0')
			return 0; // not scored: a flow of few packets
		if (number_read(l, l->score, &row[0]) < 0)
			return -1;
		judged_rows_score(l->rows, row[0], row[0], attack);
		return 0;
	}
	for (uint32_t i = 0; i < l->rows->n_features; i++)
		if (number_read(l, l->feature[i], &row[i]) < 0)
			return -1;
	judged_rows_put(l->rows, row, attack);
	return 0;
}

static int rows_read(struct labelled *l) {
	int got;

	if (header_read(l) < 0)
		return -1;
	while ((got = csv_in_next(l->csv)) > 0)
		if (csv_in_width_check(l->csv, l->n_columns) < 0 || row_read(l) < 0)
			return -1;
	return got;
}

int evaluate_rows(
	struct judged_rows *rows,
	const struct evaluate_rows *conf,
	const char *path,
	char error[static CSV_ERROR_MAX]
) {
	struct labelled labelled = {.conf = conf, .rows = rows};
	int ret;

	if (csv_in_open(&labelled.csv, path, error) < 0)
		return -1;
	rows->model = conf->model;
	ret = rows_read(&labelled);
	if (ret < 0)
		snprintf(error, CSV_ERROR_MAX, "%s", csv_in_error(labelled.csv));
	csv_in_close(labelled.csv);
	judged_rows_flush(rows);
	return ret < 0 ? -1 : 0;
}
