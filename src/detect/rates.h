// The metrics of one target, tick by tick over one second.
//
// Threads    One owner.
// Memory     rates_bytes() of the caller, from rates_begin() on.
#ifndef WEIR_DETECT_RATES_H
#define WEIR_DETECT_RATES_H

#include "detect/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rates;

size_t rates_bytes(uint32_t ticks);
void rates_begin(struct rates *rates, uint32_t ticks); // whatever was there before
// @param spread  ticks that the counts come from, this one the last: they are spread over these; what
//                is older than the second is left out
void rates_advance(struct rates *rates, const uint32_t metric[static METRIC_N], uint32_t spread);
uint32_t rates_tick(const struct rates *rates, unsigned metric); // in the last tick
uint64_t rates_sum(const struct rates *rates, unsigned metric); // in the second
const uint64_t *rates_sums(const struct rates *rates); // METRIC_N of them
void rates_prefetch(const struct rates *rates); // for rates_advance()

// How a metric rose. All over the time since the rise, which is at most the second.
struct rise {
	uint32_t ticks; // since the rise, the last tick included; 0: not risen
	uint64_t count; // in these ticks
	bool unbroken; // each of these ticks held its part
};
// The ticks back to where the metric first held @p part_per_tick without a break; where the last tick
// does not hold that much, back to the first tick with any at all.
void rates_rise(const struct rates *rates, unsigned metric, double part_per_tick, struct rise *out);

#endif
