// One training from end to end, shared by the files that do it: check (train_check.c), train (train.c), calibrate
// (train_calibrate.c), and keep how it was made (train_meta.c).
//
// Threads    One.
// Memory     From the heap, some twenty bytes a row beside the rows.
// Ownership  model_train() owns it all.
#ifndef WEIR_MODEL_TRAINING_H
#define WEIR_MODEL_TRAINING_H

#include "model/internal.h"

#include <stdint.h>

// Streams of random numbers, beside a kind's 0, 1, 2 ...
#define STREAM_HOLD_BACK UINT64_MAX
#define STREAM_SAMPLE (UINT64_MAX - 1)
#define STREAM_DEAL (UINT64_MAX - 2)

// A row that calibrates: scored by a model that was not trained on it, unless nothing was left out.
struct judged_row {
	float raw;
	uint32_t part; // of rows that were left out together
};

// How often a calibrated score is reached, and how often it should be.
struct calibration_check {
	double score;
	double share; // of rows, by a calibration that is of other parts than theirs; NaN: not to be told
};
#define CALIBRATION_CHECKS 4

struct class_counts {
	uint32_t right[MODEL_CLASSES_MAX], given[MODEL_CLASSES_MAX], there[MODEL_CLASSES_MAX];
};

struct training {
	const struct model_training *what;
	const struct model_ops *ops;
	const struct model_rows *rows;
	uint32_t *order; // the first n_train rows are trained on, the n_held after them are not
	uint32_t n_train;
	uint32_t n_held;
	uint32_t *sample; // of the rows trained on, those that the kind is given
	uint32_t n_sample;
	float *prepared; // of the sample; NULL where the kind takes rows as they are
	uint32_t *class; // of those
	float *raw; // a score for each row of order
	struct judged_row *judged;
	uint32_t n_judged;
	uint32_t parts; // that judged rows are of; 0: they were trained on
	bool by_source; // parts are sources that were left out, not rows
	struct calibration_check check[CALIBRATION_CHECKS];
	double threshold; // raw; NaN where contamination is 0
	struct class_counts classes; // of a classifier, of rows not trained on
};

// train_check.c
int training_check(const struct training *, char *error);

// train.c: a model that is trained on the first n_train of the order, its body complete, scores of all rows in raw.
int part_train(struct training *, struct model *, char *error);
// An empty model for these rows. NULL: no memory
struct model *part_model(const struct training *);

// train_calibrate.c
void rows_divide(struct training *);
// Into judged, rows that no part was trained on: sources in turn, each part by a model of the others.
int sources_judge(struct training *, char *error);
// Or those that the model itself has not been trained on.
void held_back_judge(struct training *, const struct model *);
int calibrate(struct training *, struct model *, char *error);

// train_meta.c
int meta_make(const struct training *, struct model *, char *error);

#endif
