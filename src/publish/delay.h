// Delays as a histogram that one thread fills and another empties: buckets of a quarter of a power
// of two, so that the median is known to within 19 %.
//
// Threads    One calls delay_add(), one calls delay_take().
#ifndef WEIR_PUBLISH_DELAY_H
#define WEIR_PUBLISH_DELAY_H

#include <stdatomic.h>
#include <stdint.h>

#define DELAY_BUCKETS 160 // 4 for each power of two up to 2^40 us, 12 days

struct delay {
	_Atomic uint32_t bucket[DELAY_BUCKETS];
	_Atomic uint64_t max_us;
};

// A longer delay is no delay: the alarm's clock is that of a capture.
#define DELAY_US_MAX (86400ull * 1000000)

static inline unsigned delay_bucket(uint64_t us) {
	const unsigned power = us < 4 ? 2 : 63 - (unsigned)__builtin_clzll(us);
	const unsigned quarter = (unsigned)(us >> (power - 2)) & 3;
	const unsigned bucket = us < 4 ? (unsigned)us : 4 * (power - 1) + quarter;

	return bucket < DELAY_BUCKETS ? bucket : DELAY_BUCKETS - 1;
}

static inline uint64_t delay_bucket_us(unsigned bucket) { // its lowest
	const unsigned power = bucket / 4 + 1;

	return bucket < 4 ? bucket : (uint64_t)(4 + bucket % 4) << (power - 2);
}

static inline void delay_add(struct delay *d, uint64_t now_ns, uint64_t then_ns) {
	const uint64_t us = now_ns > then_ns ? (now_ns - then_ns) / 1000 : 0;

	if (us > DELAY_US_MAX)
		return;
	atomic_fetch_add_explicit(&d->bucket[delay_bucket(us)], 1, memory_order_relaxed);
	if (us > atomic_load_explicit(&d->max_us, memory_order_relaxed))
		atomic_store_explicit(&d->max_us, us, memory_order_relaxed);
}

static inline void delay_take(struct delay *d, uint64_t *p50_us, uint64_t *max_us) {
	uint32_t count[DELAY_BUCKETS];
	uint64_t all = 0, below = 0;

	for (unsigned i = 0; i < DELAY_BUCKETS; i++) {
		count[i] = atomic_exchange_explicit(&d->bucket[i], 0, memory_order_relaxed);
		all += count[i];
	}
	*p50_us = 0;
	for (unsigned i = 0; i < DELAY_BUCKETS && all > 0; i++) {
		below += count[i];
		if (below * 2 >= all) {
			*p50_us = delay_bucket_us(i);
			break;
		}
	}
	*max_us = atomic_exchange_explicit(&d->max_us, 0, memory_order_relaxed);
	if (*p50_us > *max_us)
		*p50_us = *max_us;
}

#endif
