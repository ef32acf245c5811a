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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASELINE_BINS 64
#define BASELINE_FULL 7200 // values, one a second: half of what is known is an hour old or less

struct baseline {
	uint32_t n; // sum of the bins
	uint16_t bin[BASELINE_BINS]; // [0]: below 1
};

void baseline_learn(struct baseline *baseline, double per_s);
// @param by  2: half of everything is forgotten
void baseline_fade(struct baseline *baseline, unsigned by);
// @param q  0..1
// @return the rate below which this share of the values lies, 0 where nothing is known
double baseline_quantile(const struct baseline *baseline, double q);
double baseline_location(const struct baseline *baseline);
double baseline_scale(const struct baseline *baseline);
// Median and 95 % quantile -> scale.
double baseline_scale_of(double location, double high);

// As bytes, for a file: the bins that hold something. Most have one or two.
#define BASELINE_PACKED_MAX (1 + 3 * BASELINE_BINS)
size_t baseline_pack(const struct baseline *baseline, uint8_t to[static BASELINE_PACKED_MAX]);
// @return bytes taken, 0: no baseline
size_t baseline_unpack(struct baseline *baseline, const uint8_t *from, size_t left);

#endif
