// Sum of a sliding window that cannot subtract.
//
// Key invariant: the records of the tick that goes on and of the n before it lie on a ring of n + 1 places.
// Those of this block stay as they came; of the block before, places from `summed` on hold sums to its end.
// At the first place of a block the second is the whole block before, and `back` is still its sum.
#include "detect/second.h"

#include "contract/prefetch.h"
#include "detect/pool.h"

#include <stdlib.h>
#include <string.h>

struct seconds {
	uint32_t ticks;
	struct pool *second;
	struct pool *record;
};

struct second {
	struct seconds *all;
	uint32_t n; // ticks of a second
	uint32_t at; // place in its block of the tick that goes on
	uint32_t head; // its place on the ring
	uint32_t folded; // of the block's ticks, those in `back`
	uint32_t summed; // of the block before: places from here on are sums to its end
	bool has_sum; // `sum` is that of the last advance
	struct host_record *back; // NULL: nothing
	struct host_record *sum; // NULL: silent
	struct host_record *ring[]; // NULL: silent
};

struct seconds *seconds_create(uint32_t ticks, uint32_t max) {
	struct seconds *all = calloc(1, sizeof(*all));
	const size_t bytes = sizeof(struct second) + (ticks + 1) * sizeof(struct host_record *);

	if (all == NULL)
		return NULL;
	all->ticks = ticks;
	all->second = pool_create(bytes, max);
	all->record = pool_create(sizeof(struct host_record), max * (ticks + 3));
	if (all->second != NULL && all->record != NULL)
		return all;
	seconds_destroy(all);
	return NULL;
}

void seconds_destroy(struct seconds *all) {
	if (all == NULL)
		return;
	pool_destroy(all->second);
	pool_destroy(all->record);
	free(all);
}

struct second *second_create(struct seconds *all, uint32_t phase) {
	struct second *s = pool_take(all->second);

	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s) + (all->ticks + 1) * sizeof(s->ring[0]));
	s->all = all;
	s->n = all->ticks;
	s->at = phase % s->n;
	s->summed = s->n - 1;
	return s;
}

static void drop(struct second *s, struct host_record **r) {
	pool_give(s->all->record, *r);
	*r = NULL;
}

void second_destroy(struct second *s) {
	if (s == NULL)
		return;
	drop(s, &s->back);
	drop(s, &s->sum);
	for (uint32_t i = 0; i <= s->n; i++)
		drop(s, &s->ring[i]);
	pool_give(s->all->second, s);
}

// @return false: no memory
static bool add(struct second *s, struct host_record **to, const struct host_record *from) {
	if (from == NULL)
		return true;
	if (*to != NULL) {
		host_record_merge(*to, from);
		return true;
	}
	*to = pool_take(s->all->record);
	if (*to == NULL)
		return false;
	memcpy(*to, from, sizeof(*from));
	return true;
}

// @param age  in ticks: 0 is the one that goes on
static struct host_record **tick_of(struct second *s, uint32_t age) {
	return &s->ring[s->head >= age ? s->head - age : s->head + s->n + 1 - age];
}

bool second_add(struct second *s, const struct host_record *record) {
	return add(s, &s->ring[s->head], record);
}

const struct host_record *second_tick(const struct second *s) {
	return s->ring[s->head];
}

void second_advance(struct second *s) {
	drop(s, &s->sum);
	s->has_sum = false;
	if (s->at == 0) { // the block before is no longer the second
		drop(s, &s->back);
		s->folded = 0;
		s->summed = s->n - 1;
	}
	s->at = s->at + 1 < s->n ? s->at + 1 : 0;
	s->head = s->head < s->n ? s->head + 1 : 0;
	drop(s, &s->ring[s->head]);
}

// The ticks of the block that are over enter its sum, in the order of their coming.
static void fold(struct second *s) {
	const uint32_t over = s->at == 0 ? s->n : s->at;

	for (; s->folded < over; s->folded++)
		add(s, &s->back, *tick_of(s, over - s->folded));
}

// Of the block before: the sum from place `at` to its end.
static const struct host_record *rest(struct second *s) {
	if (s->at == 0)
		return NULL;
	for (; s->summed > s->at; s->summed--) {
		const uint32_t age = s->at + s->n - (s->summed - 1);

		add(s, tick_of(s, age), *tick_of(s, age - 1));
	}
	return *tick_of(s, s->n);
}

const struct host_record *second_sum(struct second *s) {
	static const struct host_record nothing;

	if (!s->has_sum) {
		fold(s);
		add(s, &s->sum, s->back);
		add(s, &s->sum, rest(s));
		s->has_sum = true;
	}
	return s->sum != NULL ? s->sum : &nothing;
}

void second_prefetch(const struct second *s) {
	prefetch(s);
	prefetch((const uint8_t *)s + 64);
}
