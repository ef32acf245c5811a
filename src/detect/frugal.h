// A median and a 95 % quantile of a share, in six bytes.
//
// Each value moves the estimate by a small step toward it; for the quantile a step up is nineteen steps down. A
// wild second, or a thousand, moves it by as much as an ordinary one.
//
// Source: Ma, Muthukrishnan, Sandler: Frugal Streaming for Estimating Quantiles, 2013.
//
// Threads    One owner.
// Memory     The caller's. All zero is empty.
#ifndef WEIR_DETECT_FRUGAL_H
#define WEIR_DETECT_FRUGAL_H

#include <stdbool.h>
#include <stdint.h>

#define FRUGAL_KNOWN 60 // values

struct frugal {
	uint16_t middle, high; // of 65,535
	uint16_t n; // values; saturates
};

// @param share  0..1
void frugal_learn(struct frugal *frugal, double share);
bool frugal_known(const struct frugal *frugal);
double frugal_middle(const struct frugal *frugal);
double frugal_high(const struct frugal *frugal);

#endif
