// A host's record: what a packet adds to it, inline. Private to host/.
#ifndef WEIR_HOST_RECORD_H
#define WEIR_HOST_RECORD_H

#include "contract/hash.h"
#include "host/share.h"

#include <string.h>

// host_record.parts
#define HOST_PART_COUNTERS 0x01 // behind the first two lines, up to the sketches
#define HOST_PART_SKETCHES 0x02

#define HOST_LINE 64

static inline void saturating_add(uint32_t *to, uint32_t more) {
	const uint32_t sum = *to + more;

	*to = sum < more ? UINT32_MAX : sum;
}

// Zero again; touches only what was used.
static inline void host_record_clear(struct host_record *r) {
	const uint8_t parts = r->parts;

	memset(r, 0, 2 * HOST_LINE);
	if (parts & HOST_PART_COUNTERS)
		memset((uint8_t *)r + 2 * HOST_LINE,
		       0,
		       offsetof(struct host_record, peers) - 2 * HOST_LINE);
	if (parts & HOST_PART_SKETCHES)
		memset(r->peers, 0, sizeof(*r) - offsetof(struct host_record, peers));
}

// Boyer and Moore: MJRTY, 1981.
static inline void
host_top_port_vote(struct host_record *r, uint16_t port, uint8_t proto, uint32_t votes) {
	if (r->top_port == port && r->top_proto == proto) {
		saturating_add(&r->top_port_count, votes);
	} else if (r->top_port_count >= votes && r->top_port_count > 0) {
		r->top_port_count -= votes;
	} else {
		r->top_port = port;
		r->top_proto = proto;
		r->top_port_count = votes - r->top_port_count;
	}
}

// record.c
void host_record_settle(struct host_record *record, uint64_t seed); // enter the run in the sketches
void host_top_peers_add(struct top_peer *top, const struct addr *peer, uint32_t packets);

static inline void host_sketches_add(
	struct host_record *r,
	const struct addr *peer,
	uint64_t peer_hash,
	uint32_t packets
) {
	hll_add(r->peers, peer_hash);
	r->peer_bins[peer_hash % PEER_BINS] += packets;
	if (addr_equal(&r->top_peers[0].addr, peer) && r->top_peers[0].count > 0)
		r->top_peers[0].count += packets;
	else
		host_top_peers_add(r->top_peers, peer, packets);
}

static inline void host_opened_add(
	struct host_record *r,
	uint8_t opened,
	uint16_t port,
	uint64_t peer_hash,
	uint64_t seed
) {
	hll_add(r->open_peers, peer_hash);
	if (opened == 2)
		hll_add(r->ports, hash_word(port, seed));
}

// @return whether it is more of the run
static inline bool
host_run_add(struct host_record *r, const struct share *s, const struct addr *peer) {
	if (r->run_packets == 0)
		r->run_peer = *peer;
	else if (!addr_equal(&r->run_peer, peer))
		return false;
	if (s->opened) {
		if (r->run_opened && (r->run_opened != s->opened || r->run_port != s->port))
			return false;
		r->run_opened = s->opened;
		r->run_port = s->port;
	}
	r->run_packets += s->packets;
	return true;
}

static inline void host_record_tell(
	struct host_record *r,
	const struct share *s,
	const struct addr *peer,
	uint64_t peer_hash,
	uint64_t seed
) {
	if (!(r->parts & HOST_PART_SKETCHES)) {
		if (host_run_add(r, s, peer))
			return;
		host_record_settle(r, seed);
	}
	host_sketches_add(r, peer, peer_hash, s->packets);
	if (s->opened)
		host_opened_add(r, s->opened, s->port, peer_hash, seed);
}

static inline void host_cold_add(struct host_record *r, const struct share *s) {
	r->parts |= HOST_PART_COUNTERS;
	for (uint32_t left = s->counters >> HOST_COUNTERS_HOT; left != 0; left &= left - 1)
		r->count[HOST_COUNTERS_HOT + __builtin_ctz(left)]++;
	if (s->amplifier != AMP_N) {
		r->amplified[s->amplifier]++;
		r->amplified_bytes += s->amplified_bytes;
	}
}

// Plain additions: the window takes no more packets than a counter holds (window.h).
static inline void host_hot_add(struct host_record *r, const struct share *s) {
	for (unsigned i = 0; i < HOST_HOT_VECTORS; i++) {
		host_lanes lanes;

		memcpy(&lanes, &r->count[4 * i], sizeof(lanes));
		lanes += s->hot[i];
		memcpy(&r->count[4 * i], &lanes, sizeof(lanes));
	}
}

static inline void host_record_add(
	struct host_record *r,
	const struct share *s,
	const struct addr *peer,
	uint64_t peer_hash,
	uint64_t seed
) {
	if (__builtin_expect(r->count[HOST_PACKETS] == 0, 0))
		r->first_ns = s->ts_ns;
	host_hot_add(r, s);
	r->bytes += s->bytes;
	r->payload_bytes += s->payload_bytes;
	r->ttl_classes |= s->ttl_class;
	if (__builtin_expect(s->counters >> HOST_COUNTERS_HOT != 0 || s->amplifier != AMP_N, 0))
		host_cold_add(r, s);
	if (s->has_ports)
		host_top_port_vote(r, s->port, s->proto, s->packets);
	host_record_tell(r, s, peer, peer_hash, seed);
}

#endif
