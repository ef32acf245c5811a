// What is usual at this hour of the week: of each rate the median and the 95 % quantile of each of the 168
// hours, as logarithms in a byte (9 % apart).
//
// An hour that is over moves its place halfway (in logarithms) toward what it was, and up by at most a
// factor of two: a week's attack teaches a factor of two at most.
//
// Threads    One owner.
// Memory     Fixed size, the caller's: 8.2 KB. All zero is empty.
#ifndef WEIR_DETECT_HOURS_H
#define WEIR_DETECT_HOURS_H

#include "detect/metrics.h"

#include <stdbool.h>
#include <stdint.h>

// Rates with a baseline beside the learned metrics of a target: those of a second of a span (span.h).
enum other_rate {
	OTHER_IN_KIB, // received: 1,024 bytes
	OTHER_IN_FLOWS, // flows opened to it
	OTHER_IN_STRAY, // received that asks and leads nowhere: what CUSUM watches (rising.h)
	OTHER_OUT_KIB, // sent
	OTHER_OUT_PACKETS,
	OTHER_OUT_FLOWS, // flows that it opened
	OTHER_OUT_STRAY, // sent that asks and leads nowhere
	OTHER_N
};
#define USUAL_N (METRIC_LEARNED + OTHER_N)

#define HOUR_NS (3600 * 1000000000ull)
#define HOURS_OF_WEEK 168
#define HOURS_WEEKS_MIN 2 // an hour counts once it was seen in so many weeks

// 0 for less than 1, else 1 + 8 log2(x), rounded.
uint8_t rate_code(double per_s);
double rate_of_code(uint8_t code);

struct hour_rate {
	uint8_t location, high; // codes
};

struct hours {
	uint8_t weeks[HOURS_OF_WEEK]; // in how many it was learned; saturates
	struct hour_rate rate[HOURS_OF_WEEK][USUAL_N];
};

// Hours are counted from the epoch, UTC: the week begins on a Thursday, which nobody sees.
static inline unsigned hour_of_week(uint32_t hour) {
	return hour % HOURS_OF_WEEK;
}

void hours_learn(struct hours *hours, uint32_t hour, const struct hour_rate rates[static USUAL_N]);
bool hours_known(const struct hours *hours, uint32_t hour); // NULL: no

#endif
