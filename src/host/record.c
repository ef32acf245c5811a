// One host's record: what a packet adds, and how two records of one host become one.
#include "host/record.h"

#include <string.h>

static void size_and_ttl_add(struct host_record *r, const struct share *s) {
	if (r->count[HOST_PACKETS] == 0) {
		r->first_ns = s->ts_ns;
		r->size_min = r->size_max = s->bytes;
		r->ttl_min = r->ttl_max = s->ttl;
	}
	if (s->bytes < r->size_min)
		r->size_min = s->bytes;
	if (s->bytes > r->size_max)
		r->size_max = s->bytes;
	if (s->ttl < r->ttl_min)
		r->ttl_min = s->ttl;
	if (s->ttl > r->ttl_max)
		r->ttl_max = s->ttl;
	r->ttl_classes |= 1ull << (s->ttl / 4);
}

// Boyer and Moore: MJRTY, 1981.
static void top_port_vote(struct host_record *r, uint16_t port, uint8_t proto, uint32_t votes) {
	if (r->top_port_count == 0) {
		r->top_port = port;
		r->top_proto = proto;
		r->top_port_count = votes;
	} else if (r->top_port == port && r->top_proto == proto) {
		saturating_add(&r->top_port_count, votes);
	} else if (r->top_port_count >= votes) {
		r->top_port_count -= votes;
	} else {
		r->top_port = port;
		r->top_proto = proto;
		r->top_port_count = votes - r->top_port_count;
	}
}

// Misra and Gries: Finding repeated elements, 1982. Each count is short by at most
// packets / (TOP_PEERS + 1).
static void top_peers_add(struct top_peer top[static TOP_PEERS], const struct addr *peer) {
	struct top_peer *unused = NULL;

	for (unsigned i = 0; i < TOP_PEERS; i++) {
		if (top[i].count == 0) {
			unused = &top[i];
		} else if (addr_equal(&top[i].addr, peer)) {
			top[i].count++;
			return;
		}
	}
	if (unused != NULL) {
		unused->addr = *peer;
		unused->count = 1;
		return;
	}
	for (unsigned i = 0; i < TOP_PEERS; i++)
		top[i].count--;
}

void host_record_add(
	struct host_record *r,
	const struct share *s,
	const struct addr *peer,
	uint64_t peer_hash
) {
	size_and_ttl_add(r, s);
	r->bytes += s->bytes;
	r->payload_bytes += s->payload_bytes;
	saturating_add(&r->count[HOST_PACKETS], 1);
	for (uint32_t left = s->counters; left != 0; left &= left - 1)
		saturating_add(&r->count[__builtin_ctz(left)], 1);
	hll_add(r->peers, peer_hash);
	saturating_add(&r->peer_bins[peer_hash % PEER_BINS], 1);
	top_peers_add(r->top_peers, peer);
	if (s->has_ports)
		top_port_vote(r, s->port, s->proto, 1);
	if (s->opened) {
		hll_add(r->open_peers, peer_hash);
		if (s->has_ports)
			hll_add(r->ports, s->port_hash);
	}
	if (s->amplifier != AMP_N) {
		saturating_add(&r->amplified[s->amplifier], 1);
		r->amplified_bytes += s->bytes;
	}
}

static void
hll_merge(uint8_t into[static HLL_REGISTERS], const uint8_t from[static HLL_REGISTERS]) {
	for (unsigned i = 0; i < HLL_REGISTERS; i++)
		into[i] = from[i] > into[i] ? from[i] : into[i];
}

static void counts_merge(uint32_t *into, const uint32_t *from, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		saturating_add(&into[i], from[i]);
}

// Agarwal et al.: Mergeable summaries, PODS 2012, section 2.1: add up what is common, keep the
// TOP_PEERS largest, take the next one's count from each.
static void top_peers_merge(
	struct top_peer into[static TOP_PEERS],
	const struct top_peer from[static TOP_PEERS]
) {
	struct top_peer all[2 * TOP_PEERS] = {0};
	unsigned n = 0;

	for (unsigned i = 0; i < 2 * TOP_PEERS; i++) {
		const struct top_peer *one = i < TOP_PEERS ? &into[i] : &from[i - TOP_PEERS];
		struct top_peer add = *one;
		unsigned at = 0;

		if (add.count == 0)
			continue;
		while (at < n && !addr_equal(&all[at].addr, &add.addr))
			at++;
		if (at < n)
			add.count += all[at].count;
		else
			n++;
		// `at` is free now: move smaller ones there, so that all[] stays sorted.
		for (; at > 0 && all[at - 1].count < add.count; at--)
			all[at] = all[at - 1];
		all[at] = add;
	}
	for (unsigned i = 0; i < TOP_PEERS; i++) {
		into[i] = all[i];
		into[i].count -= all[TOP_PEERS].count;
		if (into[i].count == 0)
			memset(&into[i], 0, sizeof(into[i]));
	}
}

static void size_and_ttl_merge(struct host_record *into, const struct host_record *from) {
	if (from->count[HOST_PACKETS] == 0)
		return;
	if (into->count[HOST_PACKETS] == 0) {
		into->first_ns = from->first_ns;
		into->size_min = from->size_min;
		into->size_max = from->size_max;
		into->ttl_min = from->ttl_min;
		into->ttl_max = from->ttl_max;
		return;
	}
	if (from->first_ns < into->first_ns)
		into->first_ns = from->first_ns;
	if (from->size_min < into->size_min)
		into->size_min = from->size_min;
	if (from->size_max > into->size_max)
		into->size_max = from->size_max;
	if (from->ttl_min < into->ttl_min)
		into->ttl_min = from->ttl_min;
	if (from->ttl_max > into->ttl_max)
		into->ttl_max = from->ttl_max;
}

void host_record_merge(struct host_record *into, const struct host_record *from) {
	size_and_ttl_merge(into, from); // before the packets are added: 0 means no minimum yet
	into->ttl_classes |= from->ttl_classes;
	into->bytes += from->bytes;
	into->payload_bytes += from->payload_bytes;
	into->amplified_bytes += from->amplified_bytes;
	saturating_add(&into->strange_flows, from->strange_flows);
	counts_merge(into->count, from->count, HOST_COUNTER_N);
	counts_merge(into->amplified, from->amplified, AMP_N);
	counts_merge(into->peer_bins, from->peer_bins, PEER_BINS);
	hll_merge(into->peers, from->peers);
	hll_merge(into->ports, from->ports);
	hll_merge(into->open_peers, from->open_peers);
	if (from->top_port_count > 0)
		top_port_vote(into, from->top_port, from->top_proto, from->top_port_count);
	top_peers_merge(into->top_peers, from->top_peers);
}
