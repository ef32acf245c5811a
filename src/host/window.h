// The window in stages, for a caller that has a burst: hash all, fetch all tags, fetch all records,
// add all. window_add() in host.h is the same for one packet.
#ifndef WEIR_HOST_WINDOW_H
#define WEIR_HOST_WINDOW_H

#include "host/table.h"

struct window_key {
	struct addr prefix; // of the target
	uint64_t target; // hashes
	uint64_t source;
	uint64_t net;
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

	key->prefix = window_prefix(&packet->dst);
	key->target = hash_addr(&packet->dst, seed);
	key->source = hash_addr(&packet->src, seed);
	key->net = hash_addr(&key->prefix, seed);
}

static inline void window_prefetch_tags(const struct window *window, const struct window_key *key) {
	host_table_prefetch_tags(window->targets, key->target);
	host_table_prefetch_tags(window->sources, key->source);
	host_table_prefetch_tags(window->prefixes, key->net);
}

static inline void
window_prefetch_records(const struct window *window, const struct window_key *key) {
	host_table_prefetch_record(window->targets, key->target);
	host_table_prefetch_record(window->sources, key->source);
	host_table_prefetch_record(window->prefixes, key->net);
}

static inline void window_prefetch_sketches(
	const struct window *window,
	const struct packet *packet,
	const struct window_key *key
) {
	host_table_prefetch_sketches(window->targets, key->target, &packet->src);
	host_table_prefetch_sketches(window->sources, key->source, &packet->dst);
	host_table_prefetch_sketches(window->prefixes, key->net, &packet->src);
}

void window_add_hashed(
	struct window *window,
	const struct packet *packet,
	const struct flow_verdict *verdict,
	const struct window_key *key
);

// One more packet of a flow. @return the slot that the flow has just won, to be filled with who
// it is; else NULL
struct flow_talker *
window_talker_vote(struct window *window, uint64_t hash, uint64_t bytes, uint64_t packets);

#endif
