// What weir train was asked to do.
//
// Threads    One.
// Memory     None taken; texts point into argv.
#ifndef WEIR_CLI_TRAIN_H
#define WEIR_CLI_TRAIN_H

#include "model/model.h"

#include <stdbool.h>
#include <stdint.h>

struct train_options {
	int kind; // enum row_kind, -1 none
	bool any;
	bool json;
	bool help;
	const char *features;
	const char *output;
	const char *meta_file;
	const char *flow_model;
	uint64_t rows_per_file; // 0: all
	struct forest_options forest;
	int n_files;
	char **files;
};

// @return false: a message was given, the command line is wrong
bool train_options_read(struct train_options *, int argc, char **argv);
extern const char train_help[];

// One line on standard error, and rc back.
[[gnu::format(printf, 2, 3)]] int train_fail(int rc, const char *format, ...);

#endif
