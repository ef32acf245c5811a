// The model that judges the rows of a CSV file: one whose features it has.
//
// Threads    One.
// Memory     From the heap; row_model_free() gives it back.
#ifndef WEIR_CLI_ROW_MODEL_H
#define WEIR_CLI_ROW_MODEL_H

#include "columns.h"
#include "config/config.h"
#include "flow_row.h"
#include "model/model.h"
#include "models.h"

#define ROW_MODEL_ERROR_MAX 512

struct row_model {
	const struct model *model; // NULL: rows are not scored
	bool by_columns; // its features are columns of the file by their very names
	uint32_t n_features;
	uint32_t column[MODEL_FEATURES_MAX]; // where by_columns
	const char *path; // as it was given; NULL: by the configuration
	struct model *owned;
	struct models models;
};

// The first of @p paths whose features are those of the rows (flows or hosts) or columns of the file; where
// none is given, the configuration's.
// @return 0, or -1 with one line in error
int row_model_choose(
	struct row_model *out,
	const struct columns *columns,
	const struct conf *conf,
	const char *const paths[],
	unsigned n_paths,
	char error[static ROW_MODEL_ERROR_MAX]
);
void row_model_free(struct row_model *);

// The row as the model wants it. @return 1; 0: a figure is empty or infinite; -1: not a number, noted
int row_model_row(
	const struct row_model *,
	const struct columns *columns,
	struct csv_in *in,
	const struct flow_row *row,
	float out[static MODEL_FEATURES_MAX]
);

#endif
