// Slow HTTP: connections to a web service that begin a request and never come to its end (slowloris, slow body), or
// hardly take what they asked for (slow read), many at once from one source.
//
// Told by notes: what was opened in the last minute, four seconds ago or longer, and is open still, and what ended in
// the last eight seconds after four and more with next to nothing said. Of a connection that is open no note says how much it carries;
// what its source says and hears in all stands for that.
//
// Connection exhaustion is the other half: there nothing at all is said. Here most connections must have said their
// first word, so that no connection counts for both.
//
// False friends: long polling and web sockets are a few of each client; a client that finishes what it begins, too,
// has a few left over at most; downloads, and many clients behind one address, carry bytes; a pool that is filled and
// not yet used has said nothing. What cannot be told apart: a source that also loads much from elsewhere hides what
// it does slowly; and who begins less than fifty in a minute is left in peace.
//
// A slow reader and a connection kept alive after a short answer look alike, so that where more was said than
// a request or a refusal four connections count as one.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"
#include "detect/span.h"
#include "packet/app.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define SLOT_NS (2 * SECOND_NS)
#define SLOTS 32 // a minute and a little
#define SLOW_NS (4 * SECOND_NS) // more than a round trip and a page take; servers linger 5 s
#define ENDED_SLOTS 4 // so long those count that have ended
#define SLOW_TIMES 3 // more than are finished quickly
#define BEGUN_SHARE 0.5
#define REFUSED_BYTES 1024 // of a connection, both ways: a request, or an answer that says no
#define SAID_BYTES 4096
#define ANSWERED_COUNT .25 // of one that said more than the former
#define TLS_BYTES 4096 // a handshake comes first
#define HEADER_BYTES 54 // Ethernet, IPv4, TCP; a low guess
#define PAIRS 4096
#define WATCHED 1024
#define WATCH_FROM 10 // opened in the minute
#define SEED 0x736c6f77

struct slot {
	uint16_t opened; // here, and open still
	uint16_t ended; // here, and it was slow
	uint16_t begun; // first words of the source
	uint16_t quick; // ended quickly
	uint64_t said_bytes; // by the source and to it
};

struct pair { // a source and a service
	struct side_entry entry;
	struct addr source, server;
	uint16_t port;
	bool is_web, is_tls;
	bool is_watched;
	uint64_t last; // number of the latest slot
	uint64_t tick_notes;
	struct slot slot[SLOTS];
};

struct slow_http {
	struct side *pairs;
	uint64_t blind_ns; // ends of connections were missed: what was opened before may be over
	uint64_t second; // number of the last that was added up
	unsigned n_watched;
	uint64_t watched[WATCHED]; // keys of pairs
};

static struct slot *slot_at(struct pair *p, uint64_t number) {
	return &p->slot[number % SLOTS];
}

static void pair_turn(struct pair *p, uint64_t now_ns) {
	const uint64_t number = now_ns / SLOT_NS;

	if (number >= p->last + SLOTS)
		memset(p->slot, 0, sizeof(p->slot));
	else
		for (uint64_t i = p->last + 1; i <= number; i++)
			*slot_at(p, i) = (struct slot) {0};
	if (number > p->last)
		p->last = number;
}

static uint64_t key_of(const struct note *n) {
	return hash_word(n->dport, hash_addr(&n->dst, hash_addr(&n->src, SEED)));
}

static bool is_web_port(uint16_t port) {
	return port == 80 || port == 443 || port == 8000 || port == 8080 || port == 8443;
}

static void count(uint16_t *counter) {
	if (*counter < UINT16_MAX)
		++*counter;
}

static void watch(struct slow_http *slow, struct pair *p) {
	unsigned opened = 0;

	for (unsigned i = 0; i < SLOTS; i++)
		opened += p->slot[i].opened;
	if (p->is_watched || opened < WATCH_FROM || slow->n_watched == WATCHED)
		return;
	p->is_watched = true;
	slow->watched[slow->n_watched++] = p->entry.key;
}

static void take_opened(struct slow_http *slow, const struct note *n) {
	struct pair *p = side_get(slow->pairs, key_of(n), n->ts_ns);

	p->source = n->src;
	p->server = n->dst;
	p->port = n->dport;
	p->is_web |= is_web_port(n->dport);
	p->is_tls |= n->dport == 443 || n->dport == 8443;
	pair_turn(p, n->ts_ns);
	count(&slot_at(p, p->last)->opened);
	p->tick_notes++;
	watch(slow, p);
}

static void take_payload(struct slow_http *slow, const struct note *n) {
	struct pair *p = side_find(slow->pairs, key_of(n));

	if (p == NULL)
		return; // an answer, or nobody's
	p->is_web |= app_of(n->data, n->n_data, n->proto, n->sport, n->dport) == APP_HTTP;
	pair_turn(p, n->ts_ns);
	count(&slot_at(p, p->last)->begun);
}

static double handshake_bytes(const struct pair *p) {
	return p->is_tls ? TLS_BYTES : 0;
}

// It was opened when its first packet came, or a little later.
static void uncount(struct pair *p, uint64_t first_ns) {
	uint64_t number = first_ns / SLOT_NS;

	if (number + SLOTS <= p->last)
		return;
	while (number < p->last && slot_at(p, number)->opened == 0)
		number++;
	if (slot_at(p, number)->opened > 0)
		slot_at(p, number)->opened--;
}

static void take_closed(struct slow_http *slow, const struct note *n) {
	struct pair *p = side_find(slow->pairs, key_of(n));
	const struct note_connection *c = &n->connection;
	const bool was_slow = n->ts_ns >= c->first_ns + SLOW_NS;

	if (p == NULL)
		return;
	pair_turn(p, n->ts_ns);
	p->tick_notes++;
	uncount(p, c->first_ns);
	if (!was_slow)
		count(&slot_at(p, p->last)->quick);
	else if ((double)(c->payload[0] + c->payload[1]) <= SAID_BYTES + handshake_bytes(p))
		count(&slot_at(p, p->last)->ended);
}

static void slow_take(void *memory, const struct note *n) {
	struct slow_http *slow = memory;

	if (n->proto != PROTO_TCP)
		return;
	if (n->kind == NOTE_OPENED)
		take_opened(slow, n);
	else if (n->kind == NOTE_PAYLOAD)
		take_payload(slow, n);
	else if (n->kind == NOTE_CLOSED)
		take_closed(slow, n);
}

static void slow_missed(void *memory, const uint64_t missed[static NOTE_KIND_N], uint64_t now_ns) {
	struct slow_http *slow = memory;

	if (missed[NOTE_CLOSED] > 0)
		slow->blind_ns = now_ns;
}

struct sum {
	double opened, slow, begun, quick, said_bytes;
	uint64_t since_ns;
};

static struct sum sum_of(struct pair *p, uint64_t now_ns, uint64_t blind_ns) {
	const uint64_t first = p->last >= SLOTS ? p->last - SLOTS + 1 : 0;
	struct sum sum = {0};

	for (uint64_t i = first; i <= p->last; i++) {
		const struct slot *s = slot_at(p, i);

		if (i * SLOT_NS < blind_ns)
			continue;
		sum.opened += s->opened + s->ended;
		sum.begun += s->begun;
		sum.quick += s->quick;
		sum.said_bytes += (double)s->said_bytes;
		if (i + ENDED_SLOTS > p->last)
			sum.slow += s->ended;
		if ((i + 1) * SLOT_NS + SLOW_NS <= now_ns)
			sum.slow += s->opened;
		if (sum.since_ns == 0 && sum.slow > 0)
			sum.since_ns = i * SLOT_NS;
	}
	return sum;
}

static uint64_t said_in_second(const struct span *span, uint64_t number) {
	struct span_second second;

	span_second(span, number, &second);
	return second.bytes > second.packets * HEADER_BYTES
		? second.bytes - second.packets * HEADER_BYTES
		: 0;
}

static void add_said(struct pair *p, const struct noting *noting, uint64_t second) {
	const struct host *h = history_find(noting->history, &p->source);

	if (h != NULL)
		slot_at(p, p->last)->said_bytes
			+= said_in_second(h->span_in, second) + said_in_second(h->span_out, second);
}

static void pair_read(struct pair *p, const struct sum *sum, struct noting *noting) {
	char source[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], number[NUMBER_TEXT_MAX];
	const double said_bytes = sum->said_bytes / fmax(1, sum->opened) - handshake_bytes(p);
	const double value = said_bytes > REFUSED_BYTES ? ANSWERED_COUNT * sum->slow : sum->slow;
	struct noted *noted;

	if (!p->is_web || sum->slow < SLOW_TIMES * sum->quick
	    || sum->begun < BEGUN_SHARE * sum->opened || said_bytes > SAID_BYTES)
		return;
	noted = noting_add(noting, KIND_SLOW_HTTP, &p->server, value, p->tick_notes, sum->since_ns);
	if (noted == NULL)
		return;
	noted->source = p->source;
	noted->proto = PROTO_TCP;
	noted->port = p->port;
	noted->n_evidence = 2;
	noted->evidence[0].name = "bytes_per_connection";
	noted->evidence[0].value = sum->said_bytes / fmax(1, sum->opened);
	noted->evidence[0].weight = .5;
	noted->evidence[1].name = "finished_quickly_60s";
	noted->evidence[1].value = sum->quick;
	noted->evidence[1].weight = .3;
	addr_text(&p->source, UINT8_MAX, source);
	addr_text(&p->server, UINT8_MAX, server);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s holds %s connections to the web service of %s, port %u, that it began within "
		"the "
		"last minute and that hardly say anything; %.0f others were finished quickly.",
		source,
		words_number(sum->slow, number),
		server,
		p->port,
		sum->quick
	);
}

// @return whether to go on with it
static bool
watched_read(struct slow_http *slow, struct pair *p, struct noting *noting, bool second) {
	struct sum sum;

	pair_turn(p, noting->now_ns - 1);
	if (second)
		add_said(p, noting, slow->second);
	sum = sum_of(p, noting->now_ns, slow->blind_ns);
	pair_read(p, &sum, noting);
	p->tick_notes = 0;
	p->is_watched = sum.opened >= WATCH_FROM;
	if (p->is_watched)
		p->entry.seen_ns = noting->now_ns;
	return p->is_watched;
}

static void slow_read(void *memory, struct noting *noting) {
	struct slow_http *slow = memory;
	const bool second = noting->now_ns / SECOND_NS != slow->second;
	unsigned kept = 0;

	slow->second = noting->now_ns / SECOND_NS;
	for (unsigned i = 0; i < slow->n_watched; i++) {
		struct pair *p = side_find(slow->pairs, slow->watched[i]);

		if (p != NULL && p->is_watched && watched_read(slow, p, noting, second))
			slow->watched[kept++] = slow->watched[i];
	}
	slow->n_watched = kept;
}

NOTE_READER(slow_http) = {
	.memory_bytes = sizeof(struct slow_http),
	.side = {NOTE_SIDE(struct slow_http, pairs, struct pair, PAIRS)},
	.take = slow_take,
	.read = slow_read,
	.missed = slow_missed,
};

KIND(SLOW_HTTP, "slow_http", "Slow HTTP", 5, 0) = {
	NOTED,
	.floor_times = 10,
	.proto = 6,
	.within_s = 15,
	.metric_name = "slow_connections",
	.unit = "connections",
	.lull_ns = 2 * 1000000000ull,
	.mitigation
	= "Limit connections from one address (nftables \"ct count\") and the time in which a "
	  "request must be complete (nginx client_header_timeout and client_body_timeout, "
	  "Apache mod_reqtimeout); the sources are real, so blocking them helps.",
};
