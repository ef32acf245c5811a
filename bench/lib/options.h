// Options of a benchmark as a table: parsed, listed by --help, and told in the JSON's settings.
//
// Threads    The main thread, once.
// Memory     Values are written where the rows point; texts point into argv.
#ifndef WEIR_BENCH_OPTIONS_H
#define WEIR_BENCH_OPTIONS_H

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
	OPTION_COUNT, // uint64_t; "100000", "100k", "10M"
	OPTION_SHARE, // double, 0..1
	OPTION_SECONDS, // double, above 0
	OPTION_TEXT, // const char *
	OPTION_FLAG, // bool; takes no argument
};

struct option_row {
	const char *name; // without the dashes
	enum option_kind kind;
	void *value; // holds the default
	uint64_t min, max; // of a count
	const char *help;
};

struct options {
	const char *bench; // the part's name
	const char *about; // one line
	const struct option_row *row;
	unsigned n;
	bool json; // --json was given
};

// Prints --help and exits 0; prints what is wrong and exits 2.
void options_parse(struct options *, int argc, char **argv);
json_t *options_settings(const struct options *);

#endif
