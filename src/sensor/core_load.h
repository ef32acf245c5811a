// How busy a core is that polls: cycles from one look at its queues to the next, by whether the
// look found packets.
//
// Overview   The core reads the TSC once a burst, and once a turn that found nothing; what has passed
//            since the last reading counts as busy or idle by what that reading began.
// Threads    struct core_load is the core's own. It copies it to struct core_shown once a tick, which
//            anyone loads; the numbers of one look may be a burst apart from each other.
// Memory     The caller's.
#ifndef WEIR_SENSOR_CORE_LOAD_H
#define WEIR_SENSOR_CORE_LOAD_H

#include <weir/stats.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct core_load {
	uint64_t packets;
	uint64_t bursts;
	uint64_t polls;
	uint64_t cycles[2]; // [0] idle, [1] busy
	uint64_t since_tsc;
	uint8_t busy; // what has gone on since then
};

struct core_shown {
	_Atomic uint64_t packets;
	_Atomic uint64_t bursts;
	_Atomic uint64_t polls;
	_Atomic uint64_t cycles[2];
};

static inline void core_load_start(struct core_load *l, uint64_t tsc) {
	*l = (struct core_load) {.since_tsc = tsc};
}

static inline void core_load_mark(struct core_load *l, uint64_t tsc, bool busy) {
	l->cycles[l->busy] += tsc - l->since_tsc;
	l->since_tsc = tsc;
	l->busy = busy;
}

static inline void core_load_burst(struct core_load *l, uint64_t tsc, uint16_t packets) {
	core_load_mark(l, tsc, true);
	l->packets += packets;
	l->bursts++;
}

static inline void core_load_show(struct core_shown *to, const struct core_load *l) {
	atomic_store_explicit(&to->packets, l->packets, memory_order_relaxed);
	atomic_store_explicit(&to->bursts, l->bursts, memory_order_relaxed);
	atomic_store_explicit(&to->polls, l->polls, memory_order_relaxed);
	atomic_store_explicit(&to->cycles[0], l->cycles[0], memory_order_relaxed);
	atomic_store_explicit(&to->cycles[1], l->cycles[1], memory_order_relaxed);
}

// All of *out but what was dropped.
static inline void
core_load_read(const struct core_shown *from, uint64_t tsc_per_us, struct core_counters *out) {
	*out = (struct core_counters) {
		.core_packets = atomic_load_explicit(&from->packets, memory_order_relaxed),
		.core_bursts = atomic_load_explicit(&from->bursts, memory_order_relaxed),
		.core_polls = atomic_load_explicit(&from->polls, memory_order_relaxed),
		.idle_us
		= atomic_load_explicit(&from->cycles[0], memory_order_relaxed) / tsc_per_us,
		.busy_us
		= atomic_load_explicit(&from->cycles[1], memory_order_relaxed) / tsc_per_us,
	};
}

#endif
