// Do the scores still look as they did in training? Population stability index.
//
// A calibrated score is the share of training's normal rows that score lower, so without drift the scores are
// spread evenly: each of DRIFT_BINS bins gets the same share q = 1 / DRIFT_BINS. With p_i as it is now,
//
//     PSI = sum (p_i - q) ln(p_i / q)
//
// Below 0.1 nothing has changed, above 0.25 much has: the model should be trained again. By chance alone n
// rows make it about (DRIFT_BINS - 1) / n; nothing is said of fewer than DRIFT_ROWS_MIN.
//
// Source: Siddiqi: Credit Risk Scorecards, 2006; its distribution: Yurdakul: Statistical Properties of the
// Population Stability Index, 2018.
//
// Threads    One owner.
// Memory     The caller's. All zero is empty.
#ifndef WEIR_DETECT_DRIFT_H
#define WEIR_DETECT_DRIFT_H

#include <stdint.h>

#define DRIFT_BINS 10
#define DRIFT_ROWS_MIN 1000
#define DRIFT_SOME 0.1
#define DRIFT_MUCH 0.25

static inline unsigned drift_bin(float score) {
	const float at = score * DRIFT_BINS;

	return !(at > 0) ? 0 : at < DRIFT_BINS - 1 ? (unsigned)at : DRIFT_BINS - 1;
}

// @return NaN with fewer than DRIFT_ROWS_MIN rows
double drift_index(const uint64_t rows[static DRIFT_BINS]);

#endif
