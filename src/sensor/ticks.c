#include "sensor/ticks.h"

#include <assert.h>
#include <string.h>

void ticks_init(struct ticks *t, uint32_t n_workers, uint64_t tick_ns, uint64_t grace_ns) {
	assert(n_workers <= STATS_WORKERS_MAX && tick_ns > 0);
	memset(t, 0, sizeof(*t));
	t->n_workers = n_workers;
	t->tick_ns = tick_ns;
	t->grace_ns = grace_ns;
}

bool ticks_room(const struct ticks *t, uint32_t worker) {
	return t->n[worker] < WINDOW_BUFFERS;
}

void ticks_put(struct ticks *t, uint32_t worker, struct window *w, uint64_t now_ns) {
	const uint8_t at = t->n[worker]++;

	assert(at < WINDOW_BUFFERS);
	t->pending[worker][at] = w;
	t->arrived_ns[worker][at] = now_ns;
}

// Half open [start, end): the tick that holds the window's last nanosecond.
static uint64_t tick_of(const struct ticks *t, const struct window *w) {
	return (w->end_ns > 0 ? w->end_ns - 1 : 0) / t->tick_ns;
}

static bool oldest_tick(const struct ticks *t, uint64_t *tick, uint64_t *arrived_ns) {
	bool any = false;

	for (uint32_t k = 0; k < t->n_workers; k++) {
		if (t->n[k] == 0)
			continue;
		const uint64_t one = tick_of(t, t->pending[k][0]);

		if (!any || one < *tick) {
			*tick = one;
			*arrived_ns = t->arrived_ns[k][0];
		} else if (one == *tick && t->arrived_ns[k][0] < *arrived_ns) {
			*arrived_ns = t->arrived_ns[k][0];
		}
		any = true;
	}
	return any;
}

static bool all_passed(const struct ticks *t, const uint64_t clock_ns[], uint64_t end_ns) {
	for (uint32_t k = 0; k < t->n_workers; k++)
		if (clock_ns[k] < end_ns)
			return false;
	return true;
}

static void pop_front(struct ticks *t, uint32_t k) {
	t->n[k]--;
	memmove(&t->pending[k][0], &t->pending[k][1], t->n[k] * sizeof(t->pending[k][0]));
	memmove(&t->arrived_ns[k][0], &t->arrived_ns[k][1], t->n[k] * sizeof(t->arrived_ns[k][0]));
}

uint32_t
ticks_take(struct ticks *t, const uint64_t clock_ns[], uint64_t now_ns, struct window *out[]) {
	uint64_t tick = 0, arrived_ns = 0;
	uint32_t n = 0;

	if (!oldest_tick(t, &tick, &arrived_ns))
		return 0;
	if (!all_passed(t, clock_ns, (tick + 1) * t->tick_ns)
	    && (t->grace_ns == TICKS_NO_GRACE || now_ns - arrived_ns < t->grace_ns))
		return 0;
	for (uint32_t k = 0; k < t->n_workers; k++)
		while (t->n[k] > 0 && tick_of(t, t->pending[k][0]) <= tick) {
			out[n++] = t->pending[k][0];
			pop_front(t, k);
		}
	return n;
}

bool ticks_empty(const struct ticks *t) {
	for (uint32_t k = 0; k < t->n_workers; k++)
		if (t->n[k] > 0)
			return false;
	return true;
}
