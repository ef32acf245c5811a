// The busiest flows of the last 10 s.
#include "detect/talkers.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull

// Forget the parts that are older than 10 s.
static void slide(struct talker *t, uint64_t second) {
	const uint64_t gone = second - t->second;

	for (uint64_t i = 1; i <= gone && i <= TALKER_SECONDS; i++) {
		const unsigned at = (t->second + i) % TALKER_SECONDS;

		t->flow.bytes -= t->bytes[at];
		t->flow.packets -= t->packets[at];
		t->bytes[at] = t->packets[at] = 0;
	}
	t->second = second;
}

static struct talker *place_for(struct talkers *all, const struct flow_talker *one) {
	struct talker *smallest = NULL;

	for (uint32_t i = 0; i < all->n; i++) {
		struct talker *t = &all->talker[i];

		if (t->flow.hash == one->hash)
			return t;
		if (smallest == NULL || t->flow.bytes < smallest->flow.bytes)
			smallest = t;
	}
	if (all->n < TALKERS_MAX)
		smallest = &all->talker[all->n++];
	else if (smallest->flow.bytes >= one->bytes)
		return NULL;
	memset(smallest, 0, sizeof(*smallest));
	return smallest;
}

static void add_one(struct talkers *all, const struct flow_talker *one, uint64_t second) {
	struct talker *t = place_for(all, one);

	if (t == NULL)
		return;
	if (t->flow.hash == 0) {
		t->flow = *one;
		t->flow.bytes = t->flow.packets = 0;
		t->second = second;
	}
	t->flow.bytes += one->bytes;
	t->flow.packets += one->packets;
	t->bytes[second % TALKER_SECONDS] += one->bytes;
	t->packets[second % TALKER_SECONDS] += one->packets;
}

void talkers_add(struct talkers *all, const struct window *w, uint64_t now_ns) {
	const uint64_t second = now_ns / SECOND_NS;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < all->n; i++) {
		slide(&all->talker[i], second);
		if (all->talker[i].flow.packets > 0)
			all->talker[kept++] = all->talker[i];
	}
	all->n = kept;
	for (unsigned i = 0; i < TOP_FLOWS; i++)
		if (w->talkers[i].hash != 0)
			add_one(all, &w->talkers[i], second);
}

static int by_bytes(const void *x, const void *y) {
	const struct flow_talker *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

uint32_t
talkers_top(const struct talkers *all, uint64_t now_ns, struct flow_talker out[], uint32_t max) {
	struct flow_talker sorted[TALKERS_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < all->n; i++) {
		struct talker t = all->talker[i];

		slide(&t, now_ns / SECOND_NS);
		if (t.flow.packets > 0)
			sorted[n++] = t.flow;
	}
	qsort(sorted, n, sizeof(sorted[0]), by_bytes);
	if (n > max)
		n = max;
	memcpy(out, sorted, n * sizeof(out[0]));
	return n;
}
