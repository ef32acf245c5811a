// What is usual: the distribution of one rate of one host, as a histogram of its logarithm.
//
// Three bins an octave, so a quantile is right within 12 %. Old values fade: at BASELINE_FULL
// values all counts are halved. Location is the median, scale the distance from there to the
// 95 % quantile in standard deviations of a normal distribution: both ignore a few wild values.
//
// Source: quantiles from logarithmic bins, Masson, Rim, Lee: DDSketch, VLDB 2019.
//
// Threads    One owner.
// Memory     Fixed size, the caller's. All zero is empty.
// Full       Counts are halved, never refused.
#ifndef WEIR_DETECT_BASELINE_H
#define WEIR_DETECT_BASELINE_H

#include <stdint.h>

#define BASELINE_BINS 64
#define BASELINE_FULL 7200 // values, one a second: half of what is known is an hour old or less

struct baseline {
	uint32_t n; // sum of the bins
	uint16_t bin[BASELINE_BINS]; // [0]: below 1
};

void baseline_learn(struct baseline *baseline, double per_s);
// @param q  0..1
// @return the rate below which this share of the values lies, 0 where nothing is known
double baseline_quantile(const struct baseline *baseline, double q);
double baseline_location(const struct baseline *baseline);
double baseline_scale(const struct baseline *baseline);

#endif
