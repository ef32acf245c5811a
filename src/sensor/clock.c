#include "sensor/clock.h"

static void store(struct tsc_clock *c, uint64_t tsc, uint64_t ns, uint64_t rate) {
	const uint32_t s = atomic_load_explicit(&c->sequence, memory_order_relaxed);

	atomic_store_explicit(&c->sequence, s + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&c->base_tsc, tsc, memory_order_relaxed);
	atomic_store_explicit(&c->base_ns, ns, memory_order_relaxed);
	atomic_store_explicit(&c->rate_q32, rate, memory_order_relaxed);
	atomic_store_explicit(&c->sequence, s + 2, memory_order_release);
}

void clock_start(struct tsc_clock *c, uint64_t tsc_hz, uint64_t tsc, uint64_t real_ns) {
	atomic_init(&c->sequence, 0);
	c->nominal_q32 = (uint64_t)(((unsigned __int128)1000000000u << 32) / tsc_hz);
	store(c, tsc, real_ns, c->nominal_q32);
}

int64_t clock_correct(struct tsc_clock *c, uint64_t tsc, uint64_t real_ns) {
	const uint64_t ours = clock_at(c, tsc);
	const int64_t ahead_ns = (int64_t)(ours - real_ns);
	const double most = CLOCK_BEND_PPM * 1e-6;
	double bend = -(double)ahead_ns / (CLOCK_SETTLE_S * 1e9);

	bend = bend > most ? most : bend < -most ? -most : bend;
	store(c, tsc, ours, c->nominal_q32 + (uint64_t)(int64_t)((double)c->nominal_q32 * bend));
	return ahead_ns;
}
