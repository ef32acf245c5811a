// One host's record: what a packet adds, and how two records of one host become one.
#include "host/record.h"

#include <assert.h>
#include <string.h>

// Misra and Gries: Finding repeated elements, 1982, a run at a time. Each count is short by at most
// packets / (TOP_PEERS + 1).
void host_top_peers_add(struct top_peer *top, const struct addr *peer, uint32_t packets) {
	struct top_peer *least = &top[0];
	uint64_t taken;

	for (unsigned i = 0; i < TOP_PEERS; i++) {
		if (top[i].count > 0 && addr_equal(&top[i].addr, peer)) {
			top[i].count += packets;
			return;
		}
		if (top[i].count < least->count)
			least = &top[i];
	}
	taken = least->count < packets ? least->count : packets;
	for (unsigned i = 0; i < TOP_PEERS && taken > 0; i++)
		top[i].count -= taken;
	if (packets > taken) {
		least->addr = *peer;
		least->count = packets - taken;
	}
}

void host_record_settle(struct host_record *r, uint64_t seed) {
	uint64_t hash;

	if (r->run_packets == 0)
		return;
	hash = hash_addr(&r->run_peer, seed);
	host_sketches_add(r, &r->run_peer, hash, r->run_packets);
	if (r->run_opened)
		host_opened_add(r, r->run_opened, r->run_port, hash, seed);
	r->run_packets = 0;
	r->run_opened = 0;
	r->parts |= HOST_PART_SKETCHES;
}

void hll_merge(uint8_t into[static HLL_REGISTERS], const uint8_t from[static HLL_REGISTERS]) {
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

static void first_merge(struct host_record *into, const struct host_record *from) {
	if (from->count[HOST_PACKETS] == 0)
		return;
	if (into->count[HOST_PACKETS] == 0 || from->first_ns < into->first_ns)
		into->first_ns = from->first_ns;
}

void host_record_merge(struct host_record *into, const struct host_record *from) {
	assert(from->run_packets == 0); // as every reader gets it
	first_merge(into, from); // before the packets are added
	into->parts |= from->parts;
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
		host_top_port_vote(into, from->top_port, from->top_proto, from->top_port_count);
	top_peers_merge(into->top_peers, from->top_peers);
}
