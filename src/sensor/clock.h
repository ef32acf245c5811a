// Wall-clock time from the TSC: one rdtsc a burst, no system call on a worker.
//
// Overview  ns = base_ns + (tsc - base_tsc) * rate, rate in Q32 [ns per cycle]. Control compares it
//           with CLOCK_REALTIME once a second and bends the rate a little (never by more than
//           CLOCK_BEND_PPM), moving the base to now, so that the time neither jumps nor goes
//           back.
// Threads   One writer (control); any number of readers, who never wait for it: a reader that
//           met a write in the middle reads again (a sequence lock; all fields are atomic).
#ifndef WEIR_SENSOR_CLOCK_H
#define WEIR_SENSOR_CLOCK_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define CLOCK_BEND_PPM 500
#define CLOCK_SETTLE_S 16 // an error is worked off over so long

struct tsc_clock {
	// Control stores, workers load.
	alignas(128) _Atomic uint32_t sequence; // odd while a write is under way
	_Atomic uint64_t base_tsc;
	_Atomic uint64_t base_ns;
	_Atomic uint64_t rate_q32;
	// Control's own.
	alignas(128) uint64_t nominal_q32;
};

static inline uint64_t clock_at(const struct tsc_clock *c, uint64_t tsc) {
	uint64_t base_tsc, base_ns, rate;
	uint32_t before, after;

	do {
		before = atomic_load_explicit(&c->sequence, memory_order_acquire);
		base_tsc = atomic_load_explicit(&c->base_tsc, memory_order_relaxed);
		base_ns = atomic_load_explicit(&c->base_ns, memory_order_relaxed);
		rate = atomic_load_explicit(&c->rate_q32, memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		after = atomic_load_explicit(&c->sequence, memory_order_relaxed);
	} while (before != after || (before & 1) != 0);
	// A TSC read just before the base was moved lies before it.
	if (tsc < base_tsc)
		return base_ns;
	return base_ns + (uint64_t)(((unsigned __int128)(tsc - base_tsc) * rate) >> 32);
}

// Whatever *c held is overwritten; no reader may look before this has returned.
void clock_start(struct tsc_clock *, uint64_t tsc_hz, uint64_t tsc, uint64_t real_ns);
// @return how far the clock is off [ns], positive: ahead of real_ns
int64_t clock_correct(struct tsc_clock *, uint64_t tsc, uint64_t real_ns);

#endif
