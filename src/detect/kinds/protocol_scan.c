// A scan of IP protocols: one source sends one host a packet of each of many protocols, to learn which it speaks.
//
// By source and host, over the last five to ten seconds, from the records of each tick: a protocol without ports is
// one flow, so the flows opened are the protocols tried. Where only the answers are seen, the host tells the source
// again and again that something is not to be reached: each protocol once.
//
// False friends: a tunnel or a routing protocol is one flow, and few of them lie between two hosts. A flood has more
// packets to each flow. Errors that a host provoked are seen with what provoked them; more of them than there are
// protocols, or from many senders, are no answers to this. Over IPv6 a host says "parameter problem" instead (RFC
// 4443, 3.4), which is not counted: there the probes must be seen.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/shapes.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>

#define HALF_NS (5 * 1000000000ull)
#define PAIRS 1024
#define SEED 0x70726f74
#define PROTOCOLS_MAX 256 // there are no more: the field has eight bits
#define ANSWERED_MAX 0.5
#define WAITING 16
#define ENDED_NS (300 * 1000000ull)
#define ONE_PEER 0.8 // of a record's packets
#define ERRORS_FACTOR 2 // thresholds: answers alone must be more
#define SENT_SHARE 0.1 // of the errors: what the source was seen to send

struct half {
	uint32_t opened, answered, packets; // probes
	uint32_t errors, sent; // answers alone
};

struct pair {
	struct side_entry entry;
	struct addr source, host;
	uint64_t half_ns, first_ns;
	uint64_t error_ns; // the last one
	uint32_t tick;
	struct half half[2];
};

// Answers alone are judged when they have ended: a flood of them does not.
struct pairs {
	struct side *side;
	unsigned n_waiting;
	uint64_t waiting[WAITING]; // keys
};

// @return NULL: the record is of many others
static const struct addr *one_peer(const struct host_record *r) {
	const struct top_peer *top = &r->top_peers[0];

	return (double)top->count >= ONE_PEER * r->count[HOST_PACKETS] ? &top->addr : NULL;
}

static struct pair *
pair_get(struct side *side, const struct addr *source, const struct addr *host, uint64_t now_ns) {
	const uint64_t key = hash_addr(host, hash_addr(source, SEED));
	struct pair *p = side_get(side, key, now_ns);

	p->source = *source;
	p->host = *host;
	if (side_halves_turn(p->half, sizeof(p->half[0]), &p->half_ns, HALF_NS, now_ns))
		p->first_ns = now_ns;
	return p;
}

static void probes(struct side *side, const struct host_record *sent, uint64_t now_ns) {
	const uint32_t *c = sent->count;
	const struct addr *host = c[HOST_OTHER_IP] * 2 > c[HOST_PACKETS] ? one_peer(sent) : NULL;
	struct pair *p;

	// SCTP has ports: a flow for each.
	if (host == NULL || hll_estimate(sent->ports) * 2 > c[HOST_FLOWS_OPENED])
		return;
	p = pair_get(side, &sent->addr, host, now_ns);
	side_hears(side, p);
	p->tick += c[HOST_OTHER_IP];
	p->half[0].packets += c[HOST_OTHER_IP];
	p->half[0].opened += c[HOST_FLOWS_OPENED];
	p->half[0].answered += c[HOST_FLOWS_ANSWERED];
}

static void wait_for(struct pairs *s, uint64_t key) {
	for (unsigned i = 0; i < s->n_waiting; i++)
		if (s->waiting[i] == key)
			return;
	if (s->n_waiting < WAITING)
		s->waiting[s->n_waiting++] = key;
}

static void answers(struct pairs *s, const struct host_record *got, const struct noting *noting) {
	const uint32_t *c = got->count;
	const struct addr *host = c[HOST_UNREACH] * 2 > c[HOST_PACKETS] ? one_peer(got) : NULL;
	struct pair *p;

	if (host == NULL)
		return;
	p = pair_get(s->side, &got->addr, host, noting->now_ns);
	wait_for(s, p->entry.key);
	p->error_ns = noting->now_ns;
	p->tick += c[HOST_UNREACH];
	p->half[0].errors += c[HOST_UNREACH];
	for (uint32_t i = 0; i < noting->n_windows; i++) {
		const struct host_record *sent
			= host_table_find(noting->windows[i]->sources, &got->addr);

		p->half[0].sent += sent == NULL ? 0 : sent->count[HOST_PACKETS];
	}
}

static void pairs_take(void *, const struct note *) {}

static double tried(const struct half *sum, double threshold) {
	if (sum->opened > 0 && sum->packets <= SCAN_PACKETS_PER_PORT * sum->opened
	    && sum->answered <= ANSWERED_MAX * sum->opened)
		return fmin(sum->opened, PROTOCOLS_MAX);
	if (sum->errors >= ERRORS_FACTOR * threshold && sum->errors <= PROTOCOLS_MAX
	    && sum->sent <= SENT_SHARE * sum->errors)
		return sum->errors;
	return 0;
}

static void tell(struct noted *noted, const struct pair *p, const struct half *sum, double value) {
	const bool alone = sum->errors > sum->packets;
	char source[ADDR_TEXT_MAX], host[ADDR_TEXT_MAX], n[NUMBER_TEXT_MAX];

	addr_text(&p->source, UINT8_MAX, source);
	addr_text(&p->host, UINT8_MAX, host);
	words_number(value, n);
	noted->source = p->source;
	noted->n_evidence = 1;
	noted->evidence[0].name = alone ? "errors_unprovoked" : "packets_per_probe";
	noted->evidence[0].value = alone ? sum->errors : share_of(sum->packets, sum->opened);
	noted->evidence[0].weight = .5;
	if (alone)
		snprintf(
			noted->words,
			sizeof(noted->words),
			"%s told %s %s times in 10 s that something is not to be reached, and "
			"nothing is seen "
			"that asked for it: so a host answers who tries its IP protocols.",
			host,
			source,
			n
		);
	else
		snprintf(
			noted->words,
			sizeof(noted->words),
			"%s tried about %s IP protocols of %s in 10 s; few of them answered.",
			source,
			n,
			host
		);
}

static void pair_read(void *entry, void *ctx) {
	struct noting *noting = ctx;
	struct pair *p = entry;
	const struct network_conf *own = network_of(noting->conf, &p->source);
	const double threshold
		= (double)noting->conf->kind[KIND_PROTOCOL_SCAN].floor_per_s * SPAN_SECONDS;
	const uint32_t tick = p->tick;
	const struct half *a = &p->half[0], *b = &p->half[1];
	const struct half sum
		= {a->opened + b->opened,
		   a->answered + b->answered,
		   a->packets + b->packets,
		   a->errors + b->errors,
		   a->sent + b->sent};
	const double value = tried(&sum, threshold);
	struct noted *noted;

	p->tick = 0;
	if (own != NULL && own->allow)
		return;
	noted = noting_add(noting, KIND_PROTOCOL_SCAN, &p->host, value, tick, p->first_ns);
	if (noted == NULL)
		return;
	noting->reading[noting->n - 1].rise_packets
		= sum.errors > sum.packets ? sum.errors : sum.packets;
	tell(noted, p, &sum, value);
}

static void read_waiting(struct pairs *s, struct noting *noting) {
	unsigned kept = 0;

	for (unsigned i = 0; i < s->n_waiting; i++) {
		struct pair *p = side_find(s->side, s->waiting[i]);

		if (p != NULL && p->error_ns + ENDED_NS > noting->now_ns)
			s->waiting[kept++] = s->waiting[i];
		else if (p != NULL)
			pair_read(p, noting);
	}
	s->n_waiting = kept;
}

static void pairs_read(void *memory, struct noting *noting) {
	const struct host_record *r;
	struct pairs *s = memory;

	if (!noting->conf->kind[KIND_PROTOCOL_SCAN].enabled)
		return;
	for (uint32_t i = 0; i < noting->n_windows; i++) {
		const struct window *w = noting->windows[i];

		for (uint32_t at = 0; (r = host_table_next(w->sources, &at)) != NULL;)
			if (r->count[HOST_OTHER_IP] > 0)
				probes(s->side, r, noting->now_ns);
		for (uint32_t at = 0; (r = host_table_next(w->targets, &at)) != NULL;)
			if (r->count[HOST_UNREACH] > 0)
				answers(s, r, noting);
	}
	side_each_heard(s->side, pair_read, noting);
	read_waiting(s, noting);
}

NOTE_READER(protocol_scan) = {
	.memory_bytes = sizeof(struct pairs),
	.side = {NOTE_SIDE(struct pairs, side, struct pair, PAIRS)},
	.take = pairs_take,
	.read = pairs_read,
};

KIND(PROTOCOL_SCAN, "protocol_scan", "Scan of IP protocols", 3, 0) = {
	NOTED,
	.metric_name = "protocols_in_10s",
	.unit = "IP protocols",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Find out who scans; block the source if it is not yours. Let no IP "
		      "protocols through that "
		      "nobody here speaks.",
};
