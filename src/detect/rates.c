// A ring of ticks for each metric, and its sum.
#include "detect/rates.h"

#include <stdlib.h>

struct rates {
	uint32_t n;
	uint32_t last; // place of the last tick
	uint64_t sum[METRIC_N];
	uint32_t tick[][METRIC_N];
};

struct rates *rates_create(uint32_t ticks) {
	struct rates *r = calloc(1, sizeof(*r) + ticks * sizeof(r->tick[0]));

	if (r != NULL)
		r->n = ticks;
	return r;
}

void rates_destroy(struct rates *r) {
	free(r);
}

// The part of a count that belongs to the tick @p back before the last: the parts sum to the count.
static uint32_t part_of(uint32_t count, uint32_t back, uint32_t spread) {
	return (uint32_t)((uint64_t)count * (back + 1) / spread - (uint64_t)count * back / spread);
}

static void
add(struct rates *r, uint32_t at, const uint32_t *metric, uint32_t back, uint32_t spread) {
	uint32_t *tick = r->tick[at];

	for (unsigned i = 0; i < METRIC_N; i++) {
		const uint32_t part = part_of(metric[i], back, spread);

		r->sum[i] += part;
		tick[i] += part;
	}
}

void rates_advance(struct rates *r, const uint32_t metric[static METRIC_N], uint32_t spread) {
	r->last = (r->last + 1) % r->n;
	for (unsigned i = 0; i < METRIC_N; i++) {
		r->sum[i] -= r->tick[r->last][i];
		r->tick[r->last][i] = 0;
	}
	if (spread == 0)
		spread = 1;
	for (uint32_t back = 0; back < spread && back < r->n; back++)
		add(r, (r->last + r->n - back) % r->n, metric, back, spread);
}

uint32_t rates_tick(const struct rates *r, unsigned metric) {
	return r->tick[r->last][metric];
}

uint64_t rates_sum(const struct rates *r, unsigned metric) {
	return r->sum[metric];
}

// @param back  ticks before the last
static uint32_t at(const struct rates *r, unsigned metric, uint32_t back) {
	return r->tick[(r->last + r->n - back) % r->n][metric];
}

void rates_rise(const struct rates *r, unsigned metric, double part_per_tick, struct rise *out) {
	uint32_t first = 0;

	*out = (struct rise) {0};
	while (out->ticks < r->n && at(r, metric, out->ticks) > 0
	       && at(r, metric, out->ticks) >= part_per_tick) {
		out->count += at(r, metric, out->ticks);
		out->ticks++;
	}
	out->unbroken = out->ticks > 0;
	if (out->unbroken)
		return;
	for (uint32_t back = 0; back < r->n; back++)
		if (at(r, metric, back) > 0)
			first = back + 1;
	out->ticks = first;
	out->count = r->sum[metric];
}
