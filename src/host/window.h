// The window in stages, for a caller that has a burst: hash all, fetch all tags, fetch all records,
// add all. window_add() in host.h is the same for one packet.
#ifndef WEIR_HOST_WINDOW_H
#define WEIR_HOST_WINDOW_H

#include "host/record.h"
#include "host/table.h"

struct window_key { // hashes
	uint64_t target;
	uint64_t source;
};

#define PREFIX4_LEN 24
#define PREFIX6_LEN 48

// addr_mask() for the two lengths that every packet needs.
static inline struct addr window_prefix(const struct addr *a) {
	struct addr out = *a;

	if (addr_is_ip4(a)) {
		out.b[15] = 0;
	} else {
		out.b[6] = out.b[7] = 0;
		out.w[1] = 0;
	}
	return out;
}

static inline void
window_hash(const struct window *window, const struct packet *packet, struct window_key *key) {
	const uint64_t seed = window->targets->seed;

	key->target = hash_addr(&packet->dst, seed);
	key->source = hash_addr(&packet->src, seed);
}

static inline void window_prefetch_tags(const struct window *window, const struct window_key *key) {
	host_table_prefetch_tags(window->targets, key->target);
	host_table_prefetch_tags(window->sources, key->source);
}

// @param before  of the packet before: what it asked for need not be asked for again
static inline void window_prefetch_records(
	const struct window *window,
	const struct window_key *key,
	const struct window_key *before
) {
	if (key->target != before->target)
		host_table_prefetch_record(window->targets, key->target, key->source);
	if (key->source != before->source)
		host_table_prefetch_record(window->sources, key->source, key->target);
}

// The records of the packet before, or NULL: a flood's packets have one target, a scan's one source.
struct window_memo {
	struct host_record *target;
	struct host_record *source;
};

// window.c: what is rare
void window_overfull(struct window *window, uint32_t packets);
void window_answered(
	struct window *window,
	const struct packet *packet,
	const struct window_key *key
);
void window_no_target(
	struct window *window,
	const struct packet *packet,
	const struct share *share,
	const struct window_key *key
);

// @return false: there is no place
[[gnu::always_inline]] static inline bool window_add_to(
	struct host_table *table,
	const struct addr *addr,
	uint64_t hash,
	const struct share *share,
	const struct addr *peer,
	uint64_t peer_hash,
	struct host_record **memo
) {
	struct host_record *r = *memo;

	if (r == NULL || !addr_equal(&r->addr, addr))
		r = *memo = host_table_get_hashed(table, addr, UINT8_MAX, hash);
	if (__builtin_expect(r == NULL, 0)) {
		table->lost_packets += share->packets;
		return false;
	}
	host_record_add(r, share, peer, peer_hash, table->seed);
	if (r->count[HOST_PACKETS] - share->packets <= HOST_GIVES_WAY_PACKETS)
		host_table_keep_if_big(table, r);
	return true;
}

static inline void window_add_hashed(
	struct window *window,
	const struct packet *p,
	const struct flow_verdict *verdict,
	const struct window_key *key,
	struct window_memo *memo
) {
	struct share share;

	window->packets += verdict->told_packets;
	window->bytes += verdict->told_bytes;
	if (__builtin_expect(window->packets >= UINT32_MAX, 0)) { // nobody has taken it for minutes
		window_overfull(window, verdict->told_packets);
		return;
	}
	host_share(&share, p, verdict);
	if (!window_add_to(
		    window->targets,
		    &p->dst,
		    key->target,
		    &share,
		    &p->src,
		    key->source,
		    &memo->target
	    ))
		window_no_target(window, p, &share, key);
	window_add_to(
		window->sources, &p->src, key->source, &share, &p->dst, key->target, &memo->source
	);
	if (__builtin_expect(verdict->answered_now, 0))
		window_answered(window, p, key);
}

// One more packet of a flow. @return the slot that the flow has just won, to be filled with who
// it is; else NULL
//
// A slot is a vote of the flows that hash to it, each byte a voice (Boyer and Moore: MJRTY, 1981):
// a flow with more than half of its slot's bytes holds it at the end. Counts are lower bounds.
static inline struct flow_talker *
window_talker_vote(struct window *window, uint64_t hash, uint64_t bytes, uint64_t packets) {
	struct flow_talker *slot = &window->talkers[(hash >> 32) % TOP_FLOWS];

	hash |= 1; // 0 says free
	if (slot->hash == hash) {
		slot->bytes += bytes;
		slot->packets += packets;
		return NULL;
	}
	if (slot->bytes > bytes) {
		slot->bytes -= bytes;
		slot->packets -= slot->packets > packets ? packets : slot->packets - 1;
		return NULL;
	}
	slot->hash = hash;
	slot->bytes = bytes - slot->bytes > 0 ? bytes - slot->bytes : 1;
	slot->packets = packets;
	return slot;
}

#endif
