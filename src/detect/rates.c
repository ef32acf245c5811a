// A ring of ticks for each metric, and its sum.
#include "detect/rates.h"

#include "contract/prefetch.h"

#include <string.h>

#define LINE 64

struct rates {
	uint32_t n;
	uint32_t last; // place of the last tick
	uint32_t begun; // places 0 .. begun - 1 hold ticks; the others hold anything
	uint64_t sum[METRIC_N];
	uint32_t tick[][METRIC_N];
};

size_t rates_bytes(uint32_t ticks) {
	return sizeof(struct rates) + ticks * sizeof(uint32_t[METRIC_N]);
}

void rates_begin(struct rates *r, uint32_t ticks) {
	memset(r, 0, sizeof(*r));
	r->n = ticks;
	r->last = ticks - 1;
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

// Places come into use in order, but for windows that cover many ticks: these need all.
static void begin_places(struct rates *r, uint32_t until) {
	if (r->begun < until) {
		memset(r->tick[r->begun], 0, (until - r->begun) * sizeof(r->tick[0]));
		r->begun = until;
	}
}

// Nearly nothing is ever amplified: these metrics come last, and are zero in all places then.
static unsigned in_use(const struct rates *r, const uint32_t *metric) {
	return metric[M_AMPLIFIED] == 0 && r->sum[M_AMPLIFIED] == 0 ? M_AMP_FIRST : METRIC_N;
}

// Nearly every tick: its counts are its own.
static void put(struct rates *r, const uint32_t *metric) {
	const unsigned n = in_use(r, metric);
	uint32_t *tick = r->tick[r->last];

	for (unsigned i = 0; i < n; i++) {
		r->sum[i] += (uint64_t)metric[i] - tick[i];
		tick[i] = metric[i];
	}
}

static void put_spread(struct rates *r, const uint32_t *metric, uint32_t spread) {
	begin_places(r, r->n);
	for (unsigned i = 0; i < METRIC_N; i++) {
		r->sum[i] -= r->tick[r->last][i];
		r->tick[r->last][i] = 0;
	}
	for (uint32_t back = 0; back < spread && back < r->n; back++)
		add(r, (r->last + r->n - back) % r->n, metric, back, spread);
}

void rates_advance(struct rates *r, const uint32_t metric[static METRIC_N], uint32_t spread) {
	r->last = r->last + 1 < r->n ? r->last + 1 : 0;
	begin_places(r, r->last + 1);
	if (spread <= 1)
		put(r, metric);
	else
		put_spread(r, metric, spread);
}

uint32_t rates_tick(const struct rates *r, unsigned metric) {
	return r->tick[r->last][metric];
}

uint64_t rates_sum(const struct rates *r, unsigned metric) {
	return r->sum[metric];
}

const uint64_t *rates_sums(const struct rates *r) {
	return r->sum;
}

void rates_prefetch(const struct rates *r) {
	const uint8_t *const at = (const uint8_t *)r;

	for (size_t i = 0; i < sizeof(*r); i += LINE)
		prefetch(at + i);
}

// @param back  ticks before the last
static uint32_t at(const struct rates *r, unsigned metric, uint32_t back) {
	const uint32_t place = r->last >= back ? r->last - back : r->last + r->n - back;

	return place < r->begun ? r->tick[place][metric] : 0;
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
