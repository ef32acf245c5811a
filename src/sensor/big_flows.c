#include "sensor/big_flows.h"

#include <stdlib.h>
#include <string.h>

static struct flow_talker *place_for(struct big_flows *b, const struct flow_talker *one) {
	struct flow_talker *smallest = &b->flow[0];

	for (uint32_t i = 0; i < b->n; i++) {
		if (b->flow[i].hash == one->hash)
			return &b->flow[i];
		if (b->flow[i].packets < smallest->packets)
			smallest = &b->flow[i];
	}
	if (b->n < BIG_FLOWS_MAX)
		smallest = &b->flow[b->n++];
	else if (smallest->packets >= one->packets)
		return NULL;
	*smallest = *one;
	smallest->packets = smallest->bytes = 0;
	return smallest;
}

void big_flows_add(struct big_flows *b, const struct window *w) {
	b->packets += w->packets;
	b->bytes += w->bytes;
	for (unsigned i = 0; i < TOP_FLOWS; i++) {
		const struct flow_talker *one = &w->talkers[i];
		struct flow_talker *place;

		if (one->hash == 0
		    || (one->packets * BIG_FLOW_SHARE < w->packets
			&& one->bytes * BIG_FLOW_SHARE < w->bytes))
			continue;
		place = place_for(b, one);
		if (place == NULL)
			continue;
		place->packets += one->packets;
		place->bytes += one->bytes;
	}
}

// What a core has to do goes by packets, not by bytes.
static int by_packets(const void *x, const void *y) {
	const struct flow_talker *a = x, *b = y;

	if (a->packets != b->packets)
		return a->packets < b->packets ? 1 : -1;
	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

void big_flows_take(struct big_flows *b, struct worker_second *out) {
	memset(out, 0, sizeof(*out));
	qsort(b->flow, b->n, sizeof(b->flow[0]), by_packets);
	out->packets = b->packets;
	out->bytes = b->bytes;
	for (; out->n_flows < b->n && out->n_flows < STATS_BIG_FLOWS_MAX; out->n_flows++) {
		const struct flow_talker *t = &b->flow[out->n_flows];

		out->flow[out->n_flows] = (struct big_flow) {
			.src = t->src,
			.dst = t->dst,
			.sport = t->sport,
			.dport = t->dport,
			.proto = t->proto,
			.packets = t->packets,
			.bytes = t->bytes,
		};
	}
	memset(b, 0, sizeof(*b));
}
