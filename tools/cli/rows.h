// Rows to train on, from CSV files and captures.
//
// Threads    One.
// Memory     From the heap, four bytes a value; grows with the input.
// Ownership  The caller owns a struct rows until rows_free(). Feature names are copied.
// Full       ROWS_MAX rows, then reading stops with an error.
#ifndef WEIR_CLI_ROWS_H
#define WEIR_CLI_ROWS_H

#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_MAX (INT32_MAX / 2)
#define ROWS_ERROR_MAX 512

struct rows {
	uint32_t n_features; // 0: to be taken from the header of the first CSV file
	char names[MODEL_FEATURES_MAX][MODEL_NAME_MAX];
	float *value; // n x n_features
	size_t n;
	size_t capacity;
	size_t n_short; // flows skipped: of too few packets to be ever scored
	// Of rows to train a classifier on.
	const char *label; // the column that names the class; NULL: none is wanted
	uint32_t n_classes;
	char classes[MODEL_CLASSES_MAX][MODEL_CLASS_NAME_MAX]; // as they were met
	uint32_t *class_of; // of each row
	uint32_t class_next; // of the row that rows_add() adds
	uint32_t *source; // of each of the first n_sourced rows: its file
	size_t n_sourced;
	uint32_t n_sources;
};

enum row_kind { ROW_FLOW, ROW_HOST };

// Which rows of a capture.
struct rows_from {
	enum row_kind kind;
	const struct model *flow_model; // for the host feature strange_flows; NULL: always 0
};

// @return false: no memory, or ROWS_MAX
bool rows_add(struct rows *, const float *row);
void rows_free(struct rows *);
// Of the rows from @p first on keep at most @p max, evenly spaced.
void rows_thin(struct rows *, size_t first, size_t max);
// The rows since the last call are of one file. @return false: no memory
bool rows_source_end(struct rows *);
// @return false: too many, too long, or there already
bool rows_name_add(struct rows *, const char *name, size_t length);
// The class of this name, which may be a new one. @return -1: too many, or no name for a class
int rows_class(struct rows *, const char *name);

// The class that is no alarm: the one of this name; NULL: the one called normal or benign. @return -1: there is none
int rows_normal_class(const struct rows *, const char *name);

// A CSV file (RFC 4180, but a field stays on its line). Its first line names the columns; those of
// the features are taken, in any order; the others are skipped.
// @param path         "-" is standard input
// @param min_packets  > 0: skip rows whose feature `packets` is below
// @return 0, or -1 and in error one line: FILE:LINE:COLUMN: what is wrong (columns are fields)
int rows_read_csv(
	struct rows *,
	const char *path,
	float min_packets,
	char error[static ROWS_ERROR_MAX]
);

// Every row of a capture that the sensor would score.
int rows_read_capture(
	struct rows *,
	const struct rows_from *from,
	const char *path,
	char error[static ROWS_ERROR_MAX]
);
// Which rows of a capture have the model's features? @return enum row_kind, or -1: none
int rows_of_model(const struct model *);
// Rows of the features that the model has, from a capture or from CSV.
int rows_read_for_model(
	struct rows *,
	const struct model *,
	const char *path,
	float min_packets,
	char error[static ROWS_ERROR_MAX]
);
// Does it begin as a capture does, compressed or not?
bool rows_is_capture(const char *path);

#endif
