#include "bench/lib/timing.h"

#include <time.h>

#define CALIBRATE_NS 20000000u
#define CHAIN_STEPS 2000000u // of four additions each
#define CHAIN_ROUNDS 5

static uint64_t raw_ns(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double tsc_per_ns(void) {
	static double known;
	uint64_t ns, tsc, ns_end, tsc_end;

	if (known > 0)
		return known;
	ns = raw_ns();
	tsc = tsc_now();
	do {
		ns_end = raw_ns();
		tsc_end = tsc_now();
	} while (ns_end - ns < CALIBRATE_NS);
	known = (double)(tsc_end - tsc) / (double)(ns_end - ns);
	return known;
}

// Each addition waits for the one before it; x86 and ARM cores do one in a cycle.
static void chain(void) {
	uint64_t x = 1;

	for (uint32_t i = 0; i < CHAIN_STEPS; i++) {
		x += i;
		__asm__ volatile("" : "+r"(x));
		x += i;
		__asm__ volatile("" : "+r"(x));
		x += i;
		__asm__ volatile("" : "+r"(x));
		x += i;
		__asm__ volatile("" : "+r"(x));
	}
}

double core_ghz(void) {
	double best_ns = 1e18;

	for (unsigned round = 0; round < CHAIN_ROUNDS; round++) {
		const uint64_t start = tsc_now();

		chain();

		const double ns = (double)(tsc_now() - start) / tsc_per_ns();

		best_ns = ns < best_ns ? ns : best_ns;
	}
	return 4.0 * CHAIN_STEPS / best_ns;
}
