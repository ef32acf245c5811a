// Exfiltration: much is sent, and hardly anything comes back, to a host outside that this one has not been seen to speak with
// before, by one that does not send as much otherwise.
//
// Told by connections as they end: bytes of payload each way between a host inside and one outside, in the last ten
// minutes. It is a hint and never more than low: who sends a film or a backup to a new place does the same, once.
//
// False friends: backups and copies within the site; calls and conferences, in which both sides send; downloads, where it
// is the other side that sends; speed tests, which go both ways; who sends to the same place as before, or has sent
// a quarter as much elsewhere before. Not seen: what a host outside fetches from a server here, and a transfer before
// it ends.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/noted.h"
#include "detect/own.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_NS (60 * 1000000000ull)
#define HALF_NS (5 * MINUTE_NS)
#define NEW_NS (10 * MINUTE_NS) // so long a place is new
#define ONE_SIDED 10
#define UNLIKE_BEFORE 4 // times what it sent elsewhere
#define MEGABYTE 1e6
#define SENDERS 4096
#define PAIRS 8192
#define SEED 0x6578666c

struct half {
	uint64_t sent, got;
	uint64_t packets;
};

struct pair {
	struct side_entry entry;
	struct addr inside, outside;
	uint16_t port; // of the last connection
	uint64_t first_ns, first_end_ns; // of the first connection that is known
	uint64_t half_ns;
	struct pace pace;
	struct half half[2]; // [0] goes on
};

struct sender {
	struct side_entry entry;
	uint64_t most[2]; // sent to one place that was new, and to the most but one
	struct addr most_to;
};

struct exfiltration {
	struct side *pairs, *senders;
	struct noting *noting; // of the tick that is read
};

static void exfiltration_take(void *memory, const struct note *n) {
	struct exfiltration *e = memory;
	const struct note_connection *c = &n->connection;
	struct pair *p;

	if (n->kind != NOTE_CLOSED || own_is_one_site(&n->src, &n->dst))
		return;
	p = side_get(e->pairs, hash_addr(&n->dst, hash_addr(&n->src, SEED)), n->ts_ns);
	side_halves_turn(p->half, sizeof(p->half[0]), &p->half_ns, HALF_NS, n->ts_ns);
	p->inside = n->src;
	p->outside = n->dst;
	p->port = n->dport;
	if (p->first_end_ns == 0) {
		p->first_ns = c->first_ns;
		p->first_end_ns = n->ts_ns;
	}
	pace_hear(&p->pace, n->ts_ns);
	p->half[0].sent += c->payload[0];
	p->half[0].got += c->payload[1];
	p->half[0].packets += c->packets[0];
	side_hears(e->pairs, p);
}

// The most that it has sent to any other place. Of one to which it sends more now than ever, that is the new most.
static double sent_elsewhere(struct sender *s, const struct pair *p, uint64_t sent) {
	if (!addr_equal(&s->most_to, &p->outside) && sent > s->most[0]) {
		s->most[1] = s->most[0];
		s->most[0] = sent;
		s->most_to = p->outside;
	} else if (addr_equal(&s->most_to, &p->outside)) {
		s->most[0] = sent > s->most[0] ? sent : s->most[0];
	} else {
		s->most[1] = sent > s->most[1] ? sent : s->most[1];
	}
	return (double)s->most[addr_equal(&s->most_to, &p->outside)];
}

static void tell(struct pair *p, double sent, double got, double before, struct noted *noted) {
	char inside[ADDR_TEXT_MAX], outside[ADDR_TEXT_MAX], much[NUMBER_TEXT_MAX];

	noted->source = p->inside;
	noted->lull_ns = pace_lull_ns(&p->pace);
	noted->proto = PROTO_TCP;
	noted->port = p->port;
	noted->n_evidence = 2;
	noted->evidence[0].name = "got_megabytes";
	noted->evidence[0].value = got / MEGABYTE;
	noted->evidence[0].weight = .5;
	noted->evidence[1].name = "sent_elsewhere_megabytes";
	noted->evidence[1].value = before / MEGABYTE;
	noted->evidence[1].weight = .5;
	addr_text(&p->inside, UINT8_MAX, inside);
	addr_text(&p->outside, UINT8_MAX, outside);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s sent %s MB to %s, port %u, to which it had not spoken before, and got next to "
		"nothing back; to any other place outside it sent %.1f MB at most.",
		inside,
		words_number(sent / MEGABYTE, much),
		outside,
		p->port,
		before / MEGABYTE
	);
}

static void pair_read(void *entry, void *ctx) {
	struct exfiltration *e = ctx;
	struct pair *p = entry;
	const struct half *a = &p->half[0], *b = &p->half[1];
	const double sent = (double)(a->sent + b->sent), got = (double)(a->got + b->got);
	const struct detect_conf *conf = e->noting->conf;
	struct sender *s;
	struct noted *noted;
	double before;

	if (sent < MEGABYTE || !own_or_named(conf, &p->inside) || own_or_named(conf, &p->outside))
		return;
	s = side_get(e->senders, hash_addr(&p->inside, SEED), e->noting->now_ns);
	before = sent_elsewhere(s, p, a->sent + b->sent);
	if (e->noting->now_ns > p->first_end_ns + NEW_NS || sent < ONE_SIDED * got
	    || sent < UNLIKE_BEFORE * before)
		return;
	noted = noting_add(
		e->noting,
		KIND_EXFILTRATION,
		&p->inside,
		sent / MEGABYTE,
		a->packets + b->packets,
		p->first_ns
	);
	if (noted != NULL)
		tell(p, sent, got, before, noted);
}

static void exfiltration_read(void *memory, struct noting *noting) {
	struct exfiltration *e = memory;

	e->noting = noting;
	side_each_heard(e->pairs, pair_read, e);
}

NOTE_READER(exfiltration) = {
	.memory_bytes = sizeof(struct exfiltration),
	.side
	= {NOTE_SIDE(struct exfiltration, pairs, struct pair, PAIRS),
	   NOTE_SIDE(struct exfiltration, senders, struct sender, SENDERS)},
	.take = exfiltration_take,
	.read = exfiltration_read,
};

KIND(EXFILTRATION, "exfiltration", "Exfiltration", 20, 0) = {
	.metric = METRIC_N,
	.scale = SCALE_HINT,
	.floor_times = 1,
	.proto = PROTO_TCP,
	.within_s = 10,
	.metric_name = "sent_megabytes",
	.unit = "MB",
	.lull_ns = LULL_NS,
	.mitigation
	= "Ask whose transfer this was. If nobody knows, look at what runs on the host and what it "
	  "could read, and block the place that it went to. Low by design: it is a hint.",
};
