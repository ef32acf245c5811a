// Rows from CSV. Everything in the file is doubted; the first mistake is named with its place.
#include "rows.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 4096
#define MISSING_SHOWN 6

struct csv {
	FILE *file;
	const char *path;
	unsigned long line_number;
	char *line; // owned, of getline()
	size_t line_bytes;
	uint32_t n_columns;
	int16_t feature_of[COLUMNS_MAX]; // -1: a column that is skipped
	float min_packets; // 0: all rows
	int packets_feature; // index, where min_packets is not 0
	char *error;
};

// @param column  from 1; 0 for the whole line
[[gnu::format(printf, 3, 4)]] static int
csv_fail(const struct csv *csv, uint32_t column, const char *format, ...) {
	char where[32] = "";
	char what[ROWS_ERROR_MAX / 2];
	va_list args;

	if (column > 0)
		snprintf(where, sizeof(where), ":%u", column);
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(
		csv->error,
		ROWS_ERROR_MAX,
		"%.200s:%lu%s: %s",
		csv->path,
		csv->line_number,
		where,
		what
	);
	// Parts come from the file: no escape sequences for a terminal.
	for (char *c = csv->error; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return -1;
}

// @return false at the end of the file, or where it cannot be read
static bool line_read(struct csv *csv) {
	const ssize_t n = getline(&csv->line, &csv->line_bytes, csv->file);

	if (n < 0)
		return false;
	csv->line_number++;
	csv->line[strcspn(csv->line, "\r\n")] = '\0';
	return true;
}

// Cut the next field off *at. A quoted one loses its quotes, in place.
// @return the field, NUL-terminated; NULL where a quote is left open
static char *field_take(char **at, bool *more) {
	char *field = *at, *from = *at, *to = *at;

	if (*from == '"') {
		for (from++; *from != '\0'; *to++ = *from++)
			if (*from == '"' && *++from != '"')
				break;
		if (from[-1] != '"' || from == field + 1)
			return NULL;
	} else {
		to = from += strcspn(from, ",");
	}
	*more = *from == ',';
	*at = from + (*from != '\0');
	*to = '\0';
	return field;
}

static int feature_find(const struct rows *rows, const char *name) {
	for (uint32_t i = 0; i < rows->n_features; i++)
		if (strcmp(rows->names[i], name) == 0)
			return (int)i;
	return -1;
}

// Names that no feature has are skipped; with `any`, each makes a feature.
static int header_field(struct csv *csv, struct rows *rows, bool any, const char *name) {
	const uint32_t column = csv->n_columns + 1;
	int feature;

	if (csv->n_columns == COLUMNS_MAX)
		return csv_fail(csv, column, "more than %d columns", COLUMNS_MAX);
	if (any && !rows_name_add(rows, name, strlen(name)))
		return csv_fail(
			csv,
			column,
			"column %.40s: a name has 1 to %d bytes, is there once, and a model takes "
			"%d: choose with --features",
			name,
			MODEL_NAME_MAX - 1,
			MODEL_FEATURES_MAX
		);
	feature = feature_find(rows, name);
	for (uint32_t i = 0; feature >= 0 && i < csv->n_columns; i++)
		if (csv->feature_of[i] == feature)
			return csv_fail(csv, column, "column %s is there twice", name);
	csv->feature_of[csv->n_columns++] = (int16_t)feature;
	return 0;
}

static bool column_exists(const struct csv *csv, uint32_t feature) {
	for (uint32_t i = 0; i < csv->n_columns; i++)
		if (csv->feature_of[i] == (int)feature)
			return true;
	return false;
}

// All of the missing names where they fit one line, else the first and how many more.
static int missing_check(const struct csv *csv, const struct rows *rows) {
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
	return csv_fail(csv, 0, "columns are missing: %s%s", names, more);
}

static int header_read(struct csv *csv, struct rows *rows) {
	const bool any = rows->n_features == 0;
	bool more = true;
	char *at;

	if (!line_read(csv)) {
		csv->line_number = 1;
		return csv_fail(csv, 0, "empty: the first line names the columns");
	}
	at = csv->line;
	if (strncmp(at, "\xef\xbb\xbf", 3) == 0) // a byte order mark, as spreadsheets write it
		at += 3;
	while (more) {
		char *name = field_take(&at, &more);

		if (name == NULL)
			return csv_fail(csv, csv->n_columns + 1, "a quote is not closed");
		if (header_field(csv, rows, any, name) < 0)
			return -1;
	}
	return missing_check(csv, rows);
}

static int number_read(
	const struct csv *csv,
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
		return csv_fail(csv, column + 1, "%s: \"%.40s\" is not a number", name, text);
	if (!isfinite(*out))
		return csv_fail(csv, column + 1, "%s: %.40s is not finite", name, text);
	return 0;
}

static int row_read(struct csv *csv, struct rows *rows) {
	float row[MODEL_FEATURES_MAX];
	char *at = csv->line;
	uint32_t column = 0;
	bool more = true;

	for (; more; column++) {
		char *text = field_take(&at, &more);

		if (text == NULL)
			return csv_fail(csv, column + 1, "a quote is not closed");
		if (column == csv->n_columns)
			return csv_fail(
				csv, column + 1, "more fields than the %u columns", csv->n_columns
			);
		const int feature = csv->feature_of[column];

		if (feature >= 0 && number_read(csv, rows, column, text, row + feature) < 0)
			return -1;
	}
	if (column < csv->n_columns)
		return csv_fail(
			csv, column, "the line ends here, %u columns are named", csv->n_columns
		);
	if (csv->min_packets > 0 && row[csv->packets_feature] < csv->min_packets) {
		rows->n_short++;
		return 0;
	}
	if (!rows_add(rows, row))
		return csv_fail(csv, 0, "no memory for more than %zu rows", rows->n);
	return 0;
}

static int csv_read(struct csv *csv, struct rows *rows) {
	if (header_read(csv, rows) < 0)
		return -1;
	while (line_read(csv))
		if (csv->line[0] != '\0' && row_read(csv, rows) < 0)
			return -1;
	if (ferror(csv->file))
		return csv_fail(csv, 0, "cannot be read: %s", strerror(errno));
	return 0;
}

int rows_read_csv(
	struct rows *rows,
	const char *path,
	float min_packets,
	char error[static ROWS_ERROR_MAX]
) {
	const bool standard = strcmp(path, "-") == 0;
	struct csv csv = {
		.path = standard ? "standard input" : path,
		.error = error,
		.min_packets = min_packets,
		.packets_feature = min_packets > 0 ? feature_find(rows, "packets") : -1,
	};
	int rc;

	csv.file = standard ? stdin : fopen(path, "r");
	if (csv.file == NULL) {
		snprintf(error, ROWS_ERROR_MAX, "%.300s: %s", path, strerror(errno));
		return -1;
	}
	rc = csv_read(&csv, rows);
	free(csv.line);
	if (!standard)
		fclose(csv.file);
	return rc;
}
