// Sum of a sliding window that cannot subtract.
//
// Key invariant: the records of the tick that goes on and of the n before it lie on a ring of n + 1 places.
// Those of this block stay as they came; of the block before, places from `summed` on hold sums to its end
// (the last one is its own). At the first place of a block the second is the whole block before, and `back`
// is of that.
#include "detect/second.h"

#include "contract/prefetch.h"
#include "detect/packed.h"
#include "detect/pool.h"

#include <stdlib.h>
#include <string.h>

struct seconds {
	uint32_t ticks;
	struct pool *second;
	struct pool *sum;
	struct packings *packings;
};

struct second {
	struct seconds *all;
	struct host_record *sum; // of the last advance; NULL: not made
	uint32_t n; // ticks of a second
	uint32_t at; // place in its block of the tick that goes on
	uint32_t head; // its place on the ring
	uint32_t folded; // of the block's ticks, those in `back`
	uint32_t summed; // of the block before: places from here on are sums to its end
	uint64_t packets; // of the second
	bool asked; // for its sum, in this block
	struct packed back;
	struct tick {
		struct packed packed;
		uint64_t packets, bytes; // of the tick itself
	} ring[];
};

static size_t second_bytes(uint32_t ticks) {
	return sizeof(struct second) + (ticks + 1) * sizeof(struct tick);
}

struct seconds *seconds_create(uint32_t ticks, uint32_t max) {
	struct seconds *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->ticks = ticks;
	all->second = pool_create(second_bytes(ticks), max);
	all->sum = pool_create(sizeof(struct host_record), max);
	all->packings = packings_create(max * (ticks + 2));
	if (all->second != NULL && all->sum != NULL && all->packings != NULL)
		return all;
	seconds_destroy(all);
	return NULL;
}

void seconds_destroy(struct seconds *all) {
	if (all == NULL)
		return;
	pool_destroy(all->second);
	pool_destroy(all->sum);
	packings_destroy(all->packings);
	free(all);
}

struct second *second_create(struct seconds *all, uint32_t phase) {
	struct second *s = pool_take(all->second);

	if (s == NULL)
		return NULL;
	memset(s, 0, second_bytes(all->ticks));
	s->all = all;
	s->n = all->ticks;
	s->at = phase % s->n;
	s->summed = s->n - 1;
	return s;
}

static void sum_drop(struct second *s) {
	pool_give(s->all->sum, s->sum);
	s->sum = NULL;
}

static void drop(struct second *s, struct packed *p) {
	packed_drop(s->all->packings, p);
}

void second_destroy(struct second *s) {
	if (s == NULL)
		return;
	sum_drop(s);
	drop(s, &s->back);
	for (uint32_t i = 0; i <= s->n; i++)
		drop(s, &s->ring[i].packed);
	pool_give(s->all->second, s);
}

// @param age  in ticks: 0 is the one that goes on
static struct packed *tick_of(struct second *s, uint32_t age) {
	return &s->ring[s->head >= age ? s->head - age : s->head + s->n + 1 - age].packed;
}

bool second_add(struct second *s, const struct host_record *record) {
	struct tick *t = &s->ring[s->head];
	struct host_record both;

	t->packets += record->count[HOST_PACKETS];
	t->bytes += record->bytes;
	if (t->packed.words == NULL)
		return packed_put(s->all->packings, &t->packed, record);
	packed_get(&t->packed, &both);
	host_record_merge(&both, record);
	return packed_put(s->all->packings, &t->packed, &both);
}

const struct host_record *second_tick(const struct second *s, struct host_record *to) {
	const struct packed *p = &s->ring[s->head].packed;

	if (p->words == NULL)
		return NULL;
	packed_get(p, to);
	return to;
}

void second_tick_traffic(const struct second *s, uint64_t *packets, uint64_t *bytes) {
	*packets = s->ring[s->head].packets;
	*bytes = s->ring[s->head].bytes;
}

void second_advance(struct second *s) {
	sum_drop(s);
	if (s->at == 0) { // the block before is no longer the second
		drop(s, &s->back);
		s->folded = 0;
		s->summed = s->n - 1;
		s->asked = false;
	}
	s->packets += s->ring[s->head].packets;
	s->at = s->at + 1 < s->n ? s->at + 1 : 0;
	s->head = s->head < s->n ? s->head + 1 : 0;
	s->packets -= s->ring[s->head].packets;
	s->ring[s->head].packets = s->ring[s->head].bytes = 0;
	drop(s, &s->ring[s->head].packed);
}

uint64_t second_packets(const struct second *s) {
	return s->packets;
}

// A sum that is being made: nothing yet, or a record.
struct making {
	bool any;
	struct host_record *r;
};

static void make(struct making *m, const struct packed *p) {
	struct host_record one;

	if (p->words == NULL)
		return;
	if (!m->any) {
		packed_get(p, m->r);
		m->any = true;
		return;
	}
	packed_get(p, &one);
	host_record_merge(m->r, &one);
}

// The ticks of the block that are over enter its sum, in the order of their coming.
static void fold(struct second *s, struct making *sum, bool keep) {
	const uint32_t over = s->at == 0 ? s->n : s->at;
	uint32_t folded = s->folded;

	make(sum, &s->back);
	for (; folded < over; folded++)
		make(sum, tick_of(s, over - folded));
	if (!keep || folded == s->folded)
		return;
	if (sum->any)
		packed_put(s->all->packings, &s->back, sum->r);
	s->folded = folded;
}

// Of the block before: from place `at` to its end, each place the sum of itself and what follows.
static void rest(struct second *s, struct making *sum, bool keep) {
	struct host_record a, b;
	struct making later = {.r = &a}, here = {.r = &b};
	uint32_t place = s->summed > s->at ? s->summed : s->at;

	make(&later, tick_of(s, s->at + s->n - place));
	for (; place > s->at; place--) {
		struct packed *p = tick_of(s, s->at + s->n - (place - 1));
		struct making swap;

		here.any = false;
		make(&here, p);
		if (here.any && later.any)
			host_record_merge(here.r, later.r);
		if (here.any) {
			swap = later;
			later = here;
			here = swap;
		}
		if (keep && later.any)
			packed_put(s->all->packings, p, later.r);
	}
	if (keep && place < s->summed)
		s->summed = place;
	if (later.any && sum->any)
		host_record_merge(sum->r, later.r);
	else if (later.any)
		memcpy(sum->r, later.r, sizeof(*sum->r));
	sum->any = sum->any || later.any;
}

// Where the question comes a second time in a block, a third is likely: what was summed is kept.
const struct host_record *second_sum(struct second *s) {
	static const struct host_record nothing;
	struct making sum = {.any = false};

	if (s->packets == 0)
		return &nothing;
	if (s->sum != NULL)
		return s->sum;
	sum.r = s->sum = pool_take(s->all->sum);
	if (s->sum == NULL)
		return &nothing;
	for (uint32_t i = 0; i <= s->n; i++)
		packed_prefetch(&s->ring[i].packed);
	fold(s, &sum, s->asked);
	if (s->at != 0)
		rest(s, &sum, s->asked);
	if (!sum.any)
		sum_drop(s);
	s->asked = true;
	return sum.any ? s->sum : &nothing;
}

void second_prefetch(const struct second *s) {
	for (size_t i = 0; i < sizeof(*s) + 4 * sizeof(s->ring[0]); i += 64)
		prefetch((const uint8_t *)s + i);
}

void second_tick_prefetch(const struct second *s) {
	packed_prefetch(&s->ring[s->head].packed);
}
