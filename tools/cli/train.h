// What weir train was asked to do.
//
// Threads    One.
// Memory     None taken; texts point into argv.
#ifndef WEIR_CLI_TRAIN_H
#define WEIR_CLI_TRAIN_H

#include "model/model.h"

#include <stdbool.h>
#include <stdint.h>

// An option that some kinds of model have, as it was given.
struct kind_option {
	const char *name;
	const char *text;
};
#define KIND_OPTIONS_MAX 16

struct train_options {
	int rows; // enum row_kind, -1 none
	bool any;
	bool json;
	bool help;
	const char *features;
	const char *label;
	const char *normal;
	const char *categories;
	const char *output;
	const char *meta_file;
	const char *flow_model;
	const char *member[MODEL_MEMBERS_MAX]; // FILE or FILE:WEIGHT
	uint32_t n_members;
	uint64_t rows_per_file; // 0: all
	struct kind_option kind_option[KIND_OPTIONS_MAX];
	uint32_t n_kind_options;
	int64_t rows_max; // -1: what is usual for the kind
	int64_t parts; // -1: what is usual for so many files
	int scaling; // enum model_scaling, -1 not said
	struct model_training training; // complete but for categories and members
	int n_files;
	char **files;
};

// @return false: a message was given, the command line is wrong
bool train_options_read(struct train_options *, int argc, char **argv);
void train_help_print(void);

// train_kind.c: the options that a kind has. Their names for getopt; NULL behind the last.
const char *kind_option_name(unsigned i);
// From what was given to what the kind is told. @return false: a message was given
bool kind_options_take(struct train_options *);
void kind_options_help(void);

// train_members.c: models that an ensemble is made of.
struct member_files {
	struct model *model[MODEL_MEMBERS_MAX]; // owned
	float weight[MODEL_MEMBERS_MAX];
	struct model_members all;
};
// @return false: a message was given. Of a member that knows the files too well there is a note
bool train_members_load(struct member_files *, const struct train_options *);
void train_members_free(struct member_files *);
const char *train_file_name(const char *path); // as a model keeps it

// One line on standard error, and rc back.
[[gnu::format(printf, 2, 3)]] int train_fail(int rc, const char *format, ...);
// @return false and a message where text is not a whole number of 0 .. max
bool train_whole_read(const char *name, const char *text, uint64_t max, uint64_t *out);

// train_made.c: what has been made, on standard output. @return exit code
int train_report(const struct model *, const struct train_options *, size_t n_short);

#endif
