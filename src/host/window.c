// One tick of one worker: targets, sources, prefixes, heavy flows.
#include "host/window.h"

#include "host/record.h"

#include <errno.h>
#include <string.h>

#define LINE 64

static size_t head_bytes(void) {
	return (sizeof(struct window) + LINE - 1) & ~(size_t)(LINE - 1);
}

const uint16_t note_limit[NOTE_KIND_N] = {
#define X(id, limit, name, meaning) limit,
	NOTE_KINDS(X)
#undef X
};

static size_t notes_bytes(void) {
	return (sizeof(struct notes) + LINE - 1) & ~(size_t)(LINE - 1);
}

size_t window_bytes(const struct window_conf *conf) {
	return head_bytes() + notes_bytes() + host_table_bytes(conf->targets)
		+ host_table_bytes(conf->sources) + host_table_bytes(conf->prefixes);
}

static uint8_t prefix_len_of(const struct addr *prefix) {
	return addr_is_ip4(prefix) ? PREFIX4_LEN : PREFIX6_LEN;
}

static struct host_record *prefix_of(struct window *window, const struct addr *target) {
	const struct addr prefix = window_prefix(target);

	return host_table_get(window->prefixes, &prefix, prefix_len_of(&prefix));
}

// A target gives way: its network keeps what it got.
static void target_spills(void *ctx, struct host_record *target) {
	struct window *window = ctx;
	struct host_record *r = prefix_of(window, &target->addr);

	if (r == NULL) {
		window->prefixes->lost_packets += target->count[HOST_PACKETS];
		return;
	}
	host_record_settle(target, window->targets->seed);
	host_record_merge(r, target);
	host_table_keep_if_big(window->prefixes, r);
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
	window->notes = (struct notes *)(void *)rest;
	rest += notes_bytes();
	rest = host_table_create(&window->targets, conf->targets, conf->seed, rest);
	rest = host_table_create(&window->sources, conf->sources, conf->seed, rest);
	host_table_create(&window->prefixes, conf->prefixes, conf->seed, rest);
	window->targets->spill = target_spills;
	window->targets->spill_ctx = window;
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
	notes_clear(window->notes);
	memset(window->talkers, 0, sizeof(window->talkers));
}

bool window_has_content(const struct window *window) {
	return window->packets > 0 || window->notes->n > 0 || host_table_used(window->targets) > 0;
}

void window_close(struct window *window) {
	window->refused = window->targets->lost_packets;
	window->sources_refused = window->sources->lost_packets;
	window->prefixes_refused = window->prefixes->lost_packets;
}

void window_overfull(struct window *window, uint32_t packets) {
	window->targets->lost_packets += packets;
	window->sources->lost_packets += packets;
	window->prefixes->lost_packets += packets;
}

void window_no_target(
	struct window *window,
	const struct packet *p,
	const struct share *share,
	const struct window_key *key
) {
	struct host_record *r = prefix_of(window, &p->dst);

	if (r == NULL) {
		window->prefixes->lost_packets += share->packets;
		return;
	}
	host_record_add(r, share, &p->src, key->source, window->prefixes->seed);
	host_table_keep_if_big(window->prefixes, r);
}

// The first packet back: the flow's target is the sender of this packet.
void window_answered(struct window *window, const struct packet *p, const struct window_key *key) {
	struct host_record *const of[] = {
		host_table_get_hashed(window->targets, &p->src, UINT8_MAX, key->source),
		host_table_get_hashed(window->sources, &p->dst, UINT8_MAX, key->target),
	};

	for (unsigned i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (of[i] != NULL)
			saturating_add(&of[i]->count[HOST_FLOWS_ANSWERED], 1);
}

void window_add(
	struct window *window,
	const struct packet *packet,
	const struct flow_verdict *verdict
) {
	struct flow_verdict alone
		= verdict != NULL ? *verdict : (struct flow_verdict) {.unknown = true};
	struct window_key key;

	flow_verdict_alone(&alone, packet);
	window_hash(window, packet, &key);
	window_add_hashed(window, packet, &alone, &key, &(struct window_memo) {0});
	window_close(window);
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
	struct host_record *const of[] = {
		host_table_get(window->targets, target, UINT8_MAX),
		host_table_get(window->sources, source, UINT8_MAX),
	};

	for (unsigned i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (of[i] == NULL)
			continue;
		saturating_add(&of[i]->strange_flows, 1);
		of[i]->parts |= HOST_PART_COUNTERS;
	}
}
