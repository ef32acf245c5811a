// weir evaluate: a folder of labelled captures, and how often alarms tell the truth about them.
//
// Threads    One, and one more while a capture runs (run.h).
// Memory     From the heap: bounded by the labels, ALARMS_MAX a file, SCORES_MAX a curve.
#ifndef WEIR_CLI_EVALUATE_H
#define WEIR_CLI_EVALUATE_H

#include "curve.h"
#include "models.h"
#include "verdict.h"

#include <weir/feature.h>

#define EVALUATE_BATCH 64

// What a model said of rows whose sort is known. Filled by one thread of a run.
struct judged_rows {
	const struct model *model; // NULL: nothing is scored
	unsigned n, n_features;
	float row[EVALUATE_BATCH][MODEL_FEATURES_MAX];
	bool attack[EVALUATE_BATCH];
	struct scores quiet, hostile; // calibrated scores
	struct scores quiet_raw,
		hostile_raw; // for ranks: calibrated ones are equal above the highest of training
};

// One file of the labels, and all rows that name it.
struct evaluated_file {
	const struct label *label; // the first of its rows
	unsigned class; // enum label_class: benign only where no row tells of an attack
	uint64_t packets;
	uint64_t first_ns, last_ns;
	uint64_t watched_ns; // between its packets; a gap counts WATCHED_GAP_NS at most
	struct verdict *verdict; // owned; first in the evaluation's list
	unsigned n_verdicts;
	struct seen seen;
	char *failed; // owned; why it could not be read to its end, NULL
};

struct evaluation {
	const char *folder;
	const char *over; // a quiet capture that each file with an attack is laid over; NULL
	struct conf *conf;
	struct models models;
	struct labels labels;
	struct evaluated_file *file; // owned, in the order of the labels
	size_t n_files;
	size_t n_parsers; // rows that nothing is asked of
	struct judged_rows flows, hosts;
};

// Files and truths of all labels. @return 0, or -1 with one line in error
int evaluation_plan(struct evaluation *, char error[static CSV_ERROR_MAX]);
void evaluation_free(struct evaluation *);

// Run one file; what is wrong with it is in file->failed, and told on standard error.
void evaluation_run(struct evaluation *, struct evaluated_file *);

// A row to be scored; one that was, with its calibrated and its raw score; and the batch that waits.
void judged_rows_put(struct judged_rows *, const float *row, bool attack);
void judged_rows_score(struct judged_rows *, float score, float raw, bool attack);
void judged_rows_flush(struct judged_rows *);
void judged_rows_free(struct judged_rows *);

// Rows of a table instead of captures.
struct evaluate_rows {
	const char *label; // the column that tells what a row is
	const char *normal; // what it says of quiet rows
	const char *score; // the column with the scores, or NULL: the model gives them
	const struct model *model; // its features are columns; NULL with a score
};
// @return 0, or -1 and one line in error: FILE:LINE:COLUMN: what is wrong
int evaluate_rows(
	struct judged_rows *rows,
	const struct evaluate_rows *conf,
	const char *path,
	char error[static CSV_ERROR_MAX]
);
bool judged_rows_print_text(FILE *, const char *what, struct judged_rows *);
bool judged_rows_print_json(FILE *, const char *what, struct judged_rows *);

// Sums. A group is what attacks are counted under (truth.group), or all.
struct tally {
	unsigned attacks, excluded, detected, named, aimed, right, right_low, alarms, others,
		judged;
	double delay_median_s, delay_max_s; // NaN: none
	unsigned delays;
};
void tally_of(struct tally *out, const struct evaluation *, const char *group); // NULL: all
// @return the i-th group in the order of the alphabet, NULL: there is none
const char *group_at(const struct evaluation *, size_t i);

struct quiet_tally {
	unsigned files, silent; // without any alarm
	unsigned calm; // without one above low
	double hours;
	uint64_t alarms[SEVERITY_N];
	uint64_t by_kind[KIND_N];
};
void quiet_tally_of(struct quiet_tally *out, const struct evaluation *);

// @return false: the output cannot be written
bool evaluation_print_text(FILE *, struct evaluation *, bool all);
bool evaluation_print_json(FILE *, struct evaluation *);

#endif
