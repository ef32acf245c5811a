// One burst through the stages: parse all, hash all, then each packet into its flow, its hosts and
// the queue of scores, with the records of the packets behind it on their way from memory.
//
// Every packet leaves by exactly one counted way:
//     rx_packets = flow_packets + host_only + not_ip + malformed
//
// This file is compiled once for each set of machine instructions (meson.build), with BURST_NAME
// and TELL_NAME as the names of its functions; pipeline_create() picks. The straight line of packet/, flow/ and
// host/ is inline in their headers, so that each copy has all of it.
#include "contract/prefetch.h"
#include "flow/insert.h"
#include "packet/plain.h"
#include "pipeline/worker_state.h"

#include <assert.h>

#define likely(x) __builtin_expect(!!(x), 1)

// Headers of IPv6, of tags and of options reach into a second line.
static inline void fetch_frame(const struct frame *frame) {
	prefetch(frame->data);
	if (frame->captured > 64)
		prefetch(frame->data + 64);
}

static inline void burst_parse(struct pipeline *pl, const struct frame *frames, uint16_t n) {
	struct burst *b = &pl->burst;

	for (uint16_t i = 0; i < n && i < FRAMES_AHEAD; i++)
		fetch_frame(&frames[i]);
	for (uint16_t i = 0; i < n; i++) {
		if (i + FRAMES_AHEAD < n)
			fetch_frame(&frames[i + FRAMES_AHEAD]);
		packet_parse_inline(&pl->conf.packet, &frames[i], &b->packet[i]);
	}
}

// Keys and hashes, with the buckets on their way, and behind them the records: each has the time that
// the work on so many packets takes.
static inline void burst_hash(struct pipeline *pl, uint16_t n) {
	const unsigned behind
		= pl->buckets < LARGE_TABLE_BUCKETS ? MATCH_BEHIND : MATCH_BEHIND_LARGE;
	struct burst *b = &pl->burst;

	for (unsigned i = 0; i < n; i++) {
		b->from_hi[i]
			= flow_key_fill(&b->key[i], &b->hash[i], &b->packet[i], pl->conf.flow.seed);
		flow_prefetch_bucket(pl->flows, b->hash[i]);
		if (i >= behind)
			b->at[i - behind] = flow_prefetch_record(pl->flows, b->hash[i - behind]);
	}
	for (unsigned i = n > behind ? n - behind : 0; i < n; i++)
		b->at[i] = flow_prefetch_record(pl->flows, b->hash[i]);
}

static inline uint32_t with_bit(const uint32_t *words, uint16_t n, unsigned bit) {
	uint32_t with = 0;

	for (uint16_t i = 0; i < n; i++)
		with += words[i] >> bit & 1;
	return with;
}

// Packets [from, to) of the burst. Few counters are met in one burst: each is counted over all packets
// at once, without a branch.
static inline void burst_count(struct pipeline *pl, uint16_t from, uint16_t to) {
	const struct packet *packet = &pl->burst.packet[from];
	const uint16_t n = to - from;
	uint32_t protocols[BURST_MAX], any = 0;
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < n; i++) {
		protocols[i] = packet[i].protocols;
		any |= protocols[i];
		bytes += packet[i].bytes;
	}
	for (uint32_t left = any; left != 0; left &= left - 1) {
		const unsigned bit = (unsigned)__builtin_ctz(left);

		pl->live.protocol[bit] += with_bit(protocols, n, bit);
	}
	pl->live.rx_packets += n;
	pl->live.rx_bytes += bytes;
}

// Packets from `from` on that fall into one step of the stream's time.
// @return the first that does not; `from` itself where its tick cannot begin yet
static inline uint16_t enter(struct pipeline *pl, uint16_t from, uint16_t n) {
	struct packet *packet = pl->burst.packet;
	uint16_t i;

	for (i = from; i < n; i++) {
		const uint64_t now_ns = clock_stamp(pl, packet[i].ts_ns);

		if (unlikely(now_ns >= pl->clock.next_step_ns)
		    && (i > from || !tick_advance(pl, now_ns)))
			break;
		pl->clock.now_ns = now_ns;
		packet[i].ts_ns = now_ns;
	}
	return i;
}

// No record: the table is full of established flows.
static void refused(struct pipeline *pl, uint16_t i, uint64_t span, bool tried) {
	struct flow_verdict *verdict = &told_next(pl)->verdict;

	pl->live.host_only++;
	pl->live.flows_skipped += !tried;
	pl->refused_span = span;
	*verdict = (struct flow_verdict) {.unknown = true};
	flow_verdict_alone(verdict, &pl->burst.packet[i]);
}

// The record was not where it was looked for first.
static struct flow *flow_searched(struct pipeline *pl, uint16_t i) {
	const struct burst *b = &pl->burst;
	const struct packet *p = &b->packet[i];
	const uint64_t span = (p->ts_ns >> REFUSED_SPAN_SHIFT) + 1;
	const bool may_insert = span != pl->refused_span;
	struct flow *flow = flow_get(pl->flows, &b->key[i], b->hash[i], p->ts_ns, may_insert);

	if (unlikely(flow == NULL))
		refused(pl, i, span, may_insert);
	return flow;
}

// Its verdict is there already.
static inline void told_add(struct pipeline *pl, struct flow *flow, uint16_t i) {
	struct told *t = told_next(pl);

	t->flow = NULL;
	if (flow != NULL && !t->verdict.first) {
		t->flow = flow;
		flow_prefetch_sums(flow);
	}
	t->packet = pl->burst.packet[i];
	t->hash = pl->burst.hash[i];
	window_hash(pl->window, &t->packet, &t->host);
	window_prefetch_tags(pl->window, &t->host);
	pl->told.n++;
}

// Anything but the middle of a conversation. @p flow NULL: not where it was looked for
static void
to_flow_changing(struct pipeline *pl, const struct frame *frame, uint16_t i, struct flow *flow) {
	const struct packet *p = &pl->burst.packet[i];
	const bool from_hi = pl->burst.from_hi[i];
	uint16_t bits;
	uint8_t state;

	if (flow == NULL)
		flow = flow_searched(pl, i);
	if (unlikely(flow == NULL)) {
		told_add(pl, NULL, i);
		return;
	}
	if (unlikely(flow->state == FLOW_CLOSING && flow_reopened_by(flow, p)))
		flow_table_renew(pl->flows, flow, p->ts_ns);
	pl->live.flow_packets++;
	if (flow_opens_by_syn(flow, p)) {
		flow_account_syn(flow, p, from_hi, pl->window_number, &told_next(pl)->verdict);
		told_add(pl, NULL, i);
		return;
	}
	bits = flow->bits;
	state = flow->state;
	if (flow_account(
		    pl->flows,
		    flow,
		    p,
		    frame->data,
		    from_hi,
		    pl->window_number,
		    flow_seen_of(pl->flows, flow),
		    &told_next(pl)->verdict
	    ))
		told_add(pl, flow, i);
	if ((flow->bits & ~bits & FLOW_HAS_ENTROPY) != 0 || flow->state != state
	    || flow_is_noted(p))
		note_packet(pl, p, frame, flow, bits, state);
	if (unlikely(flow_row_due(flow->n_packets)))
		row_due(pl, flow, pl->burst.hash[i], p->ts_ns
		); // a handful of times in a flow's life
}

static inline void to_flow(struct pipeline *pl, const struct frame *frame, uint16_t i) {
	struct burst *b = &pl->burst;
	const struct packet *p = &b->packet[i];
	struct flow *flow = flow_at(pl->flows, b->at[i], &b->key[i], b->hash[i], p->ts_ns);

	if (unlikely(flow == NULL || !flow_is_steady(flow, p))) {
		to_flow_changing(pl, frame, i, flow);
		return;
	}
	pl->live.flow_packets++;
	if (flow_account_steady(
		    flow,
		    p,

		    b->from_hi[i],
		    pl->window_number,
		    flow_seen_at(pl->flows, b->at[i]),
		    &told_next(pl)->verdict
	    ))
		told_add(pl, flow, i);
	if (unlikely(flow_row_due(flow->n_packets)))
		row_due(pl, flow, pl->burst.hash[i], p->ts_ns);
}

static void other_packet(struct pipeline *pl, const struct packet *p, const struct frame *frame) {
	if (p->class == PACKET_NOT_IP) {
		pl->live.not_ip++;
		note_not_ip(pl, p, frame);
		return;
	}
	pl->live.malformed++;
	pl->live.malformed_by[p->malformed]++;
}

// Packets [from, to) into their flows; those whose hosts are to be told queue for it.
static inline void
to_flows(struct pipeline *pl, const struct frame *frames, uint16_t from, uint16_t to) {
	for (uint16_t i = from; i < to; i++) {
		if (unlikely(pl->burst.packet[i].class != PACKET_FLOW))
			other_packet(pl, &pl->burst.packet[i], &frames[i]);
		else
			to_flow(pl, &frames[i], i);
	}
}

static inline void to_talkers(struct pipeline *pl, const struct told *t) {
	const struct packet *p = &t->packet;
	struct flow_talker *won = window_talker_vote(
		pl->window, t->hash, t->verdict.told_bytes, t->verdict.told_packets
	);
	const bool forward = t->verdict.unknown || t->verdict.from_initiator;

	if (won == NULL)
		return;
	won->src = p->end[!forward];
	won->dst = p->end[forward];
	won->sport = forward ? p->sport : p->dport;
	won->dport = forward ? p->dport : p->sport;
	won->proto = p->proto;
}

static bool any_flow(const struct burst *b, uint16_t from, uint16_t to) {
	while (from < to && b->packet[from].class != PACKET_FLOW)
		from++;
	return from < to;
}

// For measurement only: where the time of a burst goes. A few branches a burst where nobody asks.
static inline void lap(struct pipeline *pl, enum pipeline_stage stage, uint64_t *since) {
	uint64_t now;

	if (likely(pl->conf.profile == NULL))
		return;
	now = pl->conf.profile->clock();
	pl->conf.profile->spent[stage] += now - *since;
	*since = now;
}

// The queue's packets to their hosts, many together: their records come from memory side by side.
void TELL_NAME(struct pipeline *pl) {
	const struct told *t = pl->told.slot;
	const struct window_key none = {0}, *before = &none;
	const unsigned n = pl->told.n;
	struct window_memo memo = {0};

	for (unsigned i = 0; i < n; i++) {
		window_prefetch_records(pl->window, &t[i].host, before);
		before = &t[i].host;
	}
	told_fold(pl);
	for (unsigned i = 0; i < n; i++) {
		window_add_hashed(pl->window, &t[i].packet, &t[i].verdict, &t[i].host, &memo);
		to_talkers(pl, &t[i]);
	}
	pl->told.n = 0;
	pl->told.folded = 0;
}

uint16_t BURST_NAME(struct pipeline *pl, const struct frame *frames, uint16_t n) {
	uint64_t since = pl->conf.profile != NULL ? pl->conf.profile->clock() : 0;
	uint16_t from = 0, to;

	burst_parse(pl, frames, n);
	lap(pl, PIPELINE_PARSE, &since);
	burst_hash(pl, n);
	lap(pl, PIPELINE_KEY, &since);
	while (from < n) {
		to = enter(pl, from, n);
		if (unlikely(to == from))
			break;
		if (unlikely(pl->late) && any_flow(&pl->burst, from, to))
			window_late(pl); // control is more than a tick behind
		lap(pl, PIPELINE_TICK, &since);
		to_flows(pl, frames, from, to);
		burst_count(pl, from, to);
		lap(pl, PIPELINE_FLOW, &since);
		from = to;
	}
	pl->live.bursts += from > 0;
	// A burst that came full says that more wait: then it pays to collect.
	if (n < BURST_MAX || pl->told.n >= TELL_TOGETHER)
		TELL_NAME(pl);
	lap(pl, PIPELINE_HOST, &since);
	if (!pl->conf.lossless
	    && (n < BURST_MAX || pl->due.next - pl->due.first >= DUE_TOGETHER
		|| rows_waiting(pl) >= DUE_TOGETHER))
		rows_live(pl);
	lap(pl, PIPELINE_SCORE, &since);
	return from;
}
