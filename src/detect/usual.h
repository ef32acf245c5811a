// What is usual for one host or network: of each rate how it was of late, held near to how it was at this
// hour of the week.
//
//     recent     a sketch of the last hour or two (baseline.h)
//     the hour   median and 95 % quantile at this hour of earlier weeks (hours.h), from two weeks on
//     usual      recent, but no less than half and no more than twice the hour's
//
// Poisoning  What alarms is not learned at all (learn.c). What does not is learned up to a ceiling: twice
//            the median that the rate had when the hour began, or the kind's floor where that is more. So
//            a ramp, however slow, at most doubles what is usual in an hour, and in a week what this
//            hour of the week says.
//
// Threads    One owner.
// Memory     The caller's: 3.3 KB, and 8.2 KB for the hours once an hour is over in which there was something
//            to learn for ten minutes.
#ifndef WEIR_DETECT_USUAL_H
#define WEIR_DETECT_USUAL_H

#include "detect/baseline.h"
#include "detect/hours.h"
#include "detect/rising.h"

#include <stdbool.h>
#include <stdint.h>

#define USUAL_HOUR_MIN_S 600 // learned in an hour for it to count
#define USUAL_GROWTH 2 // of the ceiling above the median when the hour began

struct pool;

// All zero is empty.
struct host_baselines {
	struct baseline metric[METRIC_LEARNED];
	struct baseline other[OTHER_N];
	uint32_t hour; // since the epoch
	uint32_t hour_s; // learned in it
	uint8_t anchor[USUAL_N]; // codes of the medians when it began
	bool anchored; // they hold
	struct hours *hours; // NULL: none yet
	struct rising rising;
};

struct usual {
	double location, scale; // per s
};

static inline struct baseline *usual_sketch(struct host_baselines *b, unsigned rate) {
	return rate < METRIC_LEARNED ? &b->metric[rate] : &b->other[rate - METRIC_LEARNED];
}

// A second of it enters the sketches.
// @param floor  of each rate: below it nothing is held back; INFINITY: never
// @param pool   of struct hours
void usual_learn(
	struct host_baselines *baselines,
	uint64_t now_ns,
	const double per_s[static USUAL_N],
	const double floor[static USUAL_N],
	struct pool *pool
);
void usual_of(
	const struct host_baselines *baselines,
	unsigned rate, // enum metric, or METRIC_LEARNED + enum other_rate
	uint64_t now_ns,
	struct usual *out
);
bool usual_by_hour(const struct host_baselines *baselines, uint64_t now_ns);

#endif
