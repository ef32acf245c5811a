// One burst through the stages: parse all, hash all, then each packet into its flow, its hosts and
// the queue of scores, with the records of the packets behind it on their way from memory.
//
// Every packet leaves by exactly one counted way:
//     rx_packets = flow_packets + host_only + not_ip + malformed
#include "contract/prefetch.h"
#include "pipeline/worker_state.h"

#include <assert.h>

#define unlikely(x) __builtin_expect(!!(x), 0)

static void models_look(struct pipeline *pl) {
	const uint64_t generation
		= atomic_load_explicit(&pl->model_generation, memory_order_acquire);

	if (generation == atomic_load_explicit(&pl->models_seen, memory_order_relaxed))
		return;
	pl->model = atomic_load_explicit(&pl->model_next, memory_order_acquire);
	atomic_store_explicit(&pl->models_seen, generation, memory_order_release);
}

static void burst_parse(struct pipeline *pl, const struct frame *frames, uint16_t n) {
	struct burst *b = &pl->burst;

	for (uint16_t i = 0; i < n && i < FRAMES_AHEAD; i++)
		prefetch(frames[i].data);
	for (uint16_t i = 0; i < n; i++) {
		if (i + FRAMES_AHEAD < n)
			prefetch(frames[i + FRAMES_AHEAD].data);
		packet_parse(&pl->conf.packet, &frames[i], &b->packet[i]);
	}
}

static void burst_hash(struct pipeline *pl, uint16_t n) {
	struct burst *b = &pl->burst;

	for (uint16_t i = 0; i < n; i++) {
		if (b->packet[i].class != PACKET_FLOW)
			continue;
		b->from_hi[i] = flow_key_from_packet(&b->key[i], &b->packet[i]);
		b->hash[i] = flow_key_hash(&b->key[i], pl->conf.flow.seed);
		flow_table_prefetch_bucket(pl->flows, b->hash[i]);
		window_hash(pl->window, &b->packet[i], &b->host[i]);
		window_prefetch_tags(pl->window, &b->host[i]);
	}
}

static void fetch_records(struct pipeline *pl, uint16_t i) {
	const struct burst *b = &pl->burst;

	if (b->packet[i].class != PACKET_FLOW)
		return;
	flow_table_prefetch_record(pl->flows, b->hash[i]);
	window_prefetch_records(pl->window, &b->host[i]);
}

static void fetch_sketches(struct pipeline *pl, uint16_t i) {
	const struct burst *b = &pl->burst;

	if (b->packet[i].class == PACKET_FLOW)
		window_prefetch_sketches(pl->window, &b->packet[i], &b->host[i]);
}

static void count_packet(struct worker_counters *live, const struct packet *p) {
	live->rx_packets++;
	live->rx_bytes += p->bytes;
	for (uint32_t left = p->protocols; left != 0; left &= left - 1)
		live->protocol[__builtin_ctz(left)]++;
}

// @return whether the packet is in a flow record, and what it is to it
static bool
to_flow(struct pipeline *pl, const struct frame *frame, uint16_t i, struct flow_verdict *verdict) {
	const struct burst *b = &pl->burst;
	const struct packet *p = &b->packet[i];
	const uint64_t span = (p->ts_ns >> REFUSED_SPAN_SHIFT) + 1;
	const bool may_insert = span != pl->refused_span;
	struct flow *flow = flow_table_get(pl->flows, &b->key[i], b->hash[i], p->ts_ns, may_insert);

	if (unlikely(flow == NULL)) { // a table full of established flows
		pl->live.host_only++;
		pl->live.flows_skipped += !may_insert;
		pl->refused_span = span;
		return false;
	}
	if (unlikely(flow_reopened_by(flow, p)))
		flow_table_renew(pl->flows, flow, p->ts_ns);
	pl->live.flow_packets++;
	flow_update(flow, p, frame->data, b->from_hi[i], verdict);
	if (unlikely(verdict->score_due)) // a handful of times in a flow's life
		row_due(pl, flow, p->ts_ns);
	return true;
}

static void to_talkers(struct pipeline *pl, uint16_t i, const struct flow_verdict *verdict) {
	const struct packet *p = &pl->burst.packet[i];
	struct flow_talker *won = window_talker_vote(pl->window, pl->burst.hash[i], p->bytes, 1);
	const bool forward = verdict == NULL || verdict->from_initiator;

	if (won == NULL)
		return;
	won->src = forward ? p->src : p->dst;
	won->dst = forward ? p->dst : p->src;
	won->sport = forward ? p->sport : p->dport;
	won->dport = forward ? p->dport : p->sport;
	won->proto = p->proto;
}

static void to_records(struct pipeline *pl, const struct frame *frame, uint16_t i) {
	struct flow_verdict verdict;
	const bool in_flow = to_flow(pl, frame, i, &verdict);

	window_add_hashed(
		pl->window, &pl->burst.packet[i], in_flow ? &verdict : NULL, &pl->burst.host[i]
	);
	to_talkers(pl, i, in_flow ? &verdict : NULL);
}

// @return false: the tick cannot begin yet; the packet is not touched
static bool packet_enter(struct pipeline *pl, struct packet *p) {
	const uint64_t now_ns = clock_stamp(pl, p->ts_ns);

	if (now_ns >= pl->clock.next_step_ns && !tick_advance(pl, now_ns))
		return false;
	pl->clock.now_ns = now_ns;
	p->ts_ns = now_ns;
	return true;
}

static void packet_sort(struct pipeline *pl, const struct frame *frame, uint16_t i) {
	const struct packet *p = &pl->burst.packet[i];

	count_packet(&pl->live, p);
	switch (p->class) {
	case PACKET_FLOW:
		if (unlikely(pl->late)) // control is more than a tick behind
			window_late(pl);
		to_records(pl, frame, i);
		break;
	case PACKET_NOT_IP:
		pl->live.not_ip++;
		break;
	default:
		pl->live.malformed++;
		pl->live.malformed_by[p->malformed]++;
	}
}

uint16_t pipeline_burst(struct pipeline *pl, const struct frame *frames, uint16_t n) {
	uint16_t i;

	assert(n <= BURST_MAX && !pl->finished);
	if (n == 0)
		return 0;
	models_look(pl);
	burst_parse(pl, frames, n);
	burst_hash(pl, n);
	for (i = 0; i < n && i < RECORDS_AHEAD; i++)
		fetch_records(pl, i);
	for (i = 0; i < n; i++) {
		if (i + RECORDS_AHEAD < n)
			fetch_records(pl, i + RECORDS_AHEAD);
		if (i + SKETCHES_AHEAD < n)
			fetch_sketches(pl, i + SKETCHES_AHEAD);
		if (unlikely(!packet_enter(pl, &pl->burst.packet[i])))
			break;
		packet_sort(pl, &frames[i], i);
	}
	pl->live.bursts += i > 0;
	if (!pl->conf.lossless && rows_waiting(pl) >= MODEL_BATCH_MAX)
		rows_score(pl, 1);
	return i;
}

void pipeline_clock(struct pipeline *pl, uint64_t now_ns) {
	if (pl->finished)
		return;
	models_look(pl);
	pl->live.idle_polls++;
	now_ns += pl->clock.offset_ns;
	if (!pl->clock.started || now_ns < pl->clock.now_ns)
		return;
	if (pl->late)
		window_hand_over(pl);
	if (now_ns >= pl->clock.next_step_ns && !tick_advance(pl, now_ns))
		return;
	pl->clock.now_ns = now_ns;
	rows_score(pl, 1);
}
