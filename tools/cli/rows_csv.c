// Rows from CSV. Everything in the file is doubted; the first mistake is named with its place.
#include "csv_in.h"
#include "rows.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_SHOWN 6

static_assert(CSV_ERROR_MAX == ROWS_ERROR_MAX);

struct csv {
	struct csv_in *in; // owned
	uint32_t n_columns;
	int16_t feature_of[CSV_COLUMNS_MAX]; // -1: a column that is skipped
	int label_column; // -1: none was met
	float min_packets; // 0: all rows
	int packets_feature; // index, where min_packets is not 0
};

static int feature_find(const struct rows *rows, const char *name) {
	for (uint32_t i = 0; i < rows->n_features; i++)
		if (strcmp(rows->names[i], name) == 0)
			return (int)i;
	return -1;
}

static bool column_exists(const struct csv *csv, uint32_t feature) {
	for (uint32_t i = 0; i < csv->n_columns; i++)
		if (csv->feature_of[i] == (int)feature)
			return true;
	return false;
}

// A feature's name has no blanks; " Flow Duration" is flow_duration, where no column has that very name.
static int
feature_by_normal_form(const struct csv *csv, const struct rows *rows, const char *name) {
	char normal[CSV_NAME_MAX];
	int feature;

	csv_in_normal(name, normal);
	feature = feature_find(rows, normal);
	return feature >= 0 && !column_exists(csv, (uint32_t)feature) ? feature : -1;
}

// Names that no feature has are skipped; with `any`, each makes a feature.
static int header_field(struct csv *csv, struct rows *rows, bool any, const char *name) {
	const uint32_t column = csv->n_columns + 1;
	int feature;

	if (csv->n_columns == CSV_COLUMNS_MAX)
		return csv_in_fail(csv->in, column, "more than %d columns", CSV_COLUMNS_MAX);
	const bool is_label = rows->label != NULL && strcmp(rows->label, name) == 0;

	if (is_label)
		csv->label_column = (int)csv->n_columns;
	if (any && !is_label && !rows_name_add(rows, name, strlen(name)))
		return csv_in_fail(
			csv->in,
			column,
			"column %.40s: a name has 1 to %d bytes, is there once, and a model takes "
			"%d: choose with --features",
			name,
			MODEL_NAME_MAX - 1,
			MODEL_FEATURES_MAX
		);
	feature = feature_find(rows, name);
	if (feature >= 0 && column_exists(csv, (uint32_t)feature))
		return csv_in_fail(csv->in, column, "column %s is there twice", name);
	if (feature < 0)
		feature = feature_by_normal_form(csv, rows, name);
	csv->feature_of[csv->n_columns++] = (int16_t)feature;
	return 0;
}

// All of the missing names where they fit one line, else the first and how many more.
static int missing_check(struct csv *csv, const struct rows *rows) {
	char names[MISSING_SHOWN * (MODEL_NAME_MAX + 2) + 1] = "", more[32] = "";
	uint32_t missing = 0;
	size_t n = 0;

	for (uint32_t i = 0; i < rows->n_features; i++) {
		if (column_exists(csv, i) || missing++ >= MISSING_SHOWN)
			continue;
		n += (size_t
		)snprintf(names + n, sizeof(names) - n, "%s%s", n > 0 ? ", " : "", rows->names[i]);
	}
	if (missing == 0)
		return 0;
	if (missing > MISSING_SHOWN)
		snprintf(more, sizeof(more), " and %u more", missing - MISSING_SHOWN);
	return csv_in_fail(csv->in, 0, "columns are missing: %s%s", names, more);
}

static int header_read(struct csv *csv, struct rows *rows) {
	const bool any = rows->n_features == 0;
	const int got = csv_in_next(csv->in);

	csv->label_column = -1;
	if (got <= 0)
		return got < 0 ? -1
			       : csv_in_fail(csv->in, 0, "empty: the first line names the columns");
	for (uint32_t i = 0; i < csv_in_n(csv->in); i++)
		if (header_field(csv, rows, any, csv_in_field(csv->in, i)) < 0)
			return -1;
	if (rows->label != NULL && csv->label_column < 0)
		return csv_in_fail(csv->in, 0, "columns are missing: %.60s", rows->label);
	return missing_check(csv, rows);
}

static int class_read(struct csv *csv, struct rows *rows) {
	const char *name = csv_in_field(csv->in, (uint32_t)csv->label_column);
	const int found = rows_class(rows, name);

	if (found < 0)
		return csv_in_fail(
			csv->in,
			(uint32_t)csv->label_column + 1,
			"class \"%.40s\": a name has 1 to %d bytes of ASCII, and there are at most "
			"%d of them",
			name,
			MODEL_CLASS_NAME_MAX - 1,
			MODEL_CLASSES_MAX
		);
	rows->class_next = (uint32_t)found;
	return 0;
}

static int number_read(
	struct csv *csv,
	const struct rows *rows,
	uint32_t column,
	const char *text,
	float *out
) {
	const char *name = rows->names[csv->feature_of[column]];
	char *end;

	errno = 0;
	*out = strtof(text, &end);
	if (end == text || *end != '\0')
		return csv_in_fail(
			csv->in, column + 1, "%s: \"%.40s\" is not a number", name, text
		);
	if (!isfinite(*out))
		return csv_in_fail(csv->in, column + 1, "%s: %.40s is not finite", name, text);
	return 0;
}

static int row_read(struct csv *csv, struct rows *rows) {
	const uint32_t n = csv_in_n(csv->in);
	float row[MODEL_FEATURES_MAX];

	for (uint32_t column = 0; column < n && column < csv->n_columns; column++) {
		const int feature = csv->feature_of[column];
		const char *text = csv_in_field(csv->in, column);

		if (feature >= 0 && number_read(csv, rows, column, text, row + feature) < 0)
			return -1;
	}
	if (csv_in_width_check(csv->in, csv->n_columns) < 0)
		return -1;
	if (csv->label_column >= 0 && class_read(csv, rows) < 0)
		return -1;
	if (csv->min_packets > 0 && row[csv->packets_feature] < csv->min_packets) {
		rows->n_short++;
		return 0;
	}
	if (!rows_add(rows, row))
		return csv_in_fail(csv->in, 0, "no memory for more than %zu rows", rows->n);
	return 0;
}

static int csv_read(struct csv *csv, struct rows *rows) {
	int got;

	if (header_read(csv, rows) < 0)
		return -1;
	while ((got = csv_in_next(csv->in)) > 0)
		if (row_read(csv, rows) < 0)
			return -1;
	return got;
}

int rows_read_csv(
	struct rows *rows,
	const char *path,
	float min_packets,
	char error[static ROWS_ERROR_MAX]
) {
	struct csv csv = {
		.min_packets = min_packets,
		.packets_feature = min_packets > 0 ? feature_find(rows, "packets") : -1,
	};
	int rc;

	if (csv_in_open(&csv.in, path, error) < 0)
		return -1;
	rc = csv_read(&csv, rows);
	if (rc < 0)
		snprintf(error, ROWS_ERROR_MAX, "%s", csv_in_error(csv.in));
	csv_in_close(csv.in);
	return rc;
}
