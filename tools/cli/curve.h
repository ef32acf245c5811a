// Scores of quiet and of attacking rows: ROC, the area under it, and calibration.
//
// Threads    One.
// Memory     From the heap, four bytes a score, up to SCORES_MAX.
// Full       Then every second one is dropped, and from there on every second one taken, and so on: an even sample.
#ifndef WEIR_CLI_CURVE_H
#define WEIR_CLI_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCORES_MAX (1u << 21)
#define ROC_POINTS_MAX 128

struct scores {
	float *value;
	size_t n, room;
	uint64_t stride; // one of so many is kept; 0 stands for 1
	uint64_t offered;
	bool failed; // no memory
};

void scores_put(struct scores *, float score); // NaN is not taken
void scores_free(struct scores *);

struct roc_point {
	double false_share,
		true_share; // of quiet and of attacking rows that score at least `score`
	float score;
};

struct curve {
	double auc; // the chance that an attacking row scores higher than a quiet one; equal ones count half. NaN: rows of
		// one sort are missing
	unsigned n_points;
	struct roc_point point[ROC_POINTS_MAX]; // from (0, 0) to (1, 1)
};

// Sorts both. Source of the area: the statistic of Mann and Whitney, Annals of Mathematical Statistics 18(1), 1947.
void curve_of(struct curve *out, struct scores *quiet, struct scores *attack);

// Of sorted scores, the share that is at least @p score. NaN: there are none
double scores_share_from(const struct scores *, float score);

#endif
