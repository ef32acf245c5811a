// Time by the TSC: how fast it ticks, and how fast the core runs beside it.
//
// Threads    Any.
// Memory     None taken.
#ifndef WEIR_BENCH_TIMING_H
#define WEIR_BENCH_TIMING_H

#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static inline uint64_t tsc_now(void) {
#if defined(__x86_64__)
	return __rdtsc();
#else
	uint64_t t;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
	return t;
#endif
}

double tsc_per_ns(void); // measured once against CLOCK_MONOTONIC_RAW, over 20 ms
double core_ghz(void); // now, by a chain of additions of one cycle each; best of a few

#endif
