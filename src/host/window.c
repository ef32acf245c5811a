// One tick of one worker: targets, sources, prefixes, heavy flows.
#include "host/window.h"

#include "host/record.h"

#include <errno.h>
#include <string.h>

#define LINE 64

static size_t head_bytes(void) {
	return (sizeof(struct window) + LINE - 1) & ~(size_t)(LINE - 1);
}

size_t window_bytes(const struct window_conf *conf) {
	return head_bytes() + host_table_bytes(conf->targets) + host_table_bytes(conf->sources)
		+ host_table_bytes(conf->prefixes);
}

int window_create(struct window **out, const struct window_conf *conf, void *memory) {
	struct window *window = memory;
	uint8_t *rest = memory;

	if (memory == NULL || (uintptr_t)memory % LINE != 0 || conf->targets == 0
	    || conf->sources == 0 || conf->prefixes == 0 || conf->targets > HOST_TABLE_RECORDS_MAX
	    || conf->sources > HOST_TABLE_RECORDS_MAX || conf->prefixes > HOST_TABLE_RECORDS_MAX)
		return -EINVAL;
	memset(window, 0, sizeof(*window));
	rest += head_bytes();
	rest = host_table_create(&window->targets, conf->targets, conf->seed, rest);
	rest = host_table_create(&window->sources, conf->sources, conf->seed, rest);
	host_table_create(&window->prefixes, conf->prefixes, conf->seed, rest);
	*out = window;
	return 0;
}

void window_reset(struct window *window, uint64_t start_ns) {
	window->start_ns = start_ns;
	window->end_ns = start_ns;
	window->ticks = 0;
	window->refused = 0;
	window->sources_refused = 0;
	window->prefixes_refused = 0;
	window->packets = 0;
	window->bytes = 0;
	host_table_reset(window->targets);
	host_table_reset(window->sources);
	host_table_reset(window->prefixes);
	memset(window->talkers, 0, sizeof(window->talkers));
}

static void losses_show(struct window *window) {
	window->refused = window->targets->lost_packets;
	window->sources_refused = window->sources->lost_packets;
	window->prefixes_refused = window->prefixes->lost_packets;
}

static void
add_to(struct host_table *table,
       struct host_record *record,
       const struct share *share,
       const struct addr *peer) {
	if (record != NULL)
		host_record_add(record, share, peer, table->seed);
	else
		table->lost_packets++;
}

static uint8_t prefix_len_of(const struct addr *prefix) {
	return addr_is_ip4(prefix) ? PREFIX4_LEN : PREFIX6_LEN;
}

// The first packet back: the flow's target is the sender of this packet.
static void answered(struct window *window, const struct packet *p, const struct window_key *key) {
	const struct addr prefix = window_prefix(&p->src);
	struct host_record *const of[] = {
		host_table_get_hashed(window->targets, &p->src, UINT8_MAX, key->source),
		host_table_get_hashed(window->sources, &p->dst, UINT8_MAX, key->target),
		host_table_get(window->prefixes, &prefix, prefix_len_of(&prefix)),
	};

	for (unsigned i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (of[i] != NULL)
			saturating_add(&of[i]->count[HOST_FLOWS_ANSWERED], 1);
}

void window_add_hashed(
	struct window *window,
	const struct packet *p,
	const struct flow_verdict *verdict,
	const struct window_key *key
) {
	struct host_table *const targets = window->targets, *const sources = window->sources,
				 *const prefixes = window->prefixes;
	struct host_record *r;
	struct share share;

	window->packets++;
	window->bytes += p->bytes;
	if (__builtin_expect(window->packets >= UINT32_MAX, 0)) { // nobody has taken it for minutes
		targets->lost_packets++;
		sources->lost_packets++;
		prefixes->lost_packets++;
		losses_show(window);
		return;
	}
	share_of_packet(&share, p, verdict);
	r = host_table_get_hashed(targets, &p->dst, UINT8_MAX, key->target);
	add_to(targets, r, &share, &p->src);
	r = host_table_get_hashed(sources, &p->src, UINT8_MAX, key->source);
	add_to(sources, r, &share, &p->dst);
	r = host_table_get_hashed(prefixes, &key->prefix, prefix_len_of(&key->prefix), key->net);
	add_to(prefixes, r, &share, &p->src);
	if (verdict != NULL && verdict->answered_now)
		answered(window, p, key);
	losses_show(window);
}

void window_add(
	struct window *window,
	const struct packet *packet,
	const struct flow_verdict *verdict
) {
	struct window_key key;

	window_hash(window, packet, &key);
	window_add_hashed(window, packet, verdict, &key);
}

// A slot is a vote of the flows that hash to it, each byte a voice (Boyer and Moore: MJRTY, 1981):
// a flow with more than half of its slot's bytes holds it at the end. Counts are lower bounds.
struct flow_talker *
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

void window_add_talker(struct window *window, uint64_t hash, const struct flow_talker *one) {
	struct flow_talker *slot = window_talker_vote(window, hash, one->bytes, one->packets);

	if (slot == NULL)
		return;
	slot->src = one->src;
	slot->dst = one->dst;
	slot->sport = one->sport;
	slot->dport = one->dport;
	slot->proto = one->proto;
}

void window_mark_strange(
	struct window *window,
	const struct addr *target,
	const struct addr *source
) {
	const struct addr prefix = window_prefix(target);
	struct host_record *const of[] = {
		host_table_get(window->targets, target, UINT8_MAX),
		host_table_get(window->sources, source, UINT8_MAX),
		host_table_get(window->prefixes, &prefix, prefix_len_of(&prefix)),
	};

	for (unsigned i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (of[i] != NULL)
			saturating_add(&of[i]->strange_flows, 1);
	losses_show(window);
}
