// How bad an alarm is.
//
// Packets hurt whatever their flags are, so all floods and amplification share one row of steps. What is
// hardly more than usual here (less than 4 thresholds; the threshold is lifted by the host's
// baseline) is low at any rate, unless it takes a large part of the link.
//
//     kind                      low      medium        high            critical
//     floods, amplification     below    250/s         2,500/s         25,000/s
//     ... after a minute                 any           250/s           25,000/s
//     ... share of the link              10 %          50 %            90 %
//     scans, guessing           below    4 thresholds
//     unknown                   below    250/s: it is a question, not an answer
//     exfiltration, wrong_port, oversize_dns, drift of a model   any: they are hints
//     sensor_loss [thresholds]  below    4             40              400
//
// The threshold of a loss is one packet in a thousand (detect.c): 400 of it are 40 %. The link is what
// `detect.capacity_mbit_per_s` says; unset, its row does not count.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_SEVERITY_H
#define WEIR_DETECT_SEVERITY_H

#include <weir/event.h>

#include <stdint.h>

struct severity_of {
	uint8_t kind;
	double value, threshold; // in the kind's unit
	uint64_t lasted_ns;
	double bits_per_s; // of the attack
	double capacity_bits_per_s; // of the link; 0: not known
};

enum severity severity_of(const struct severity_of *of);

#endif
