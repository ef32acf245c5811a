#include "detect/spoken.h"

#include "contract/hash.h"
#include "detect/side.h"
#include "host/host.h"
#include "packet/packet.h"

#include <stdlib.h>
#include <string.h>

#define SEED 0x73706f6b
#define HALF_NS (5 * 1000000000ull)
#define PORT_SERVED 1024 // below: nobody calls from there who need not
#define DNS_ANSWER 0x80 // RFC 1035, 4.1.1: QR
#define BOOTREQUEST 1 // RFC 2131, 2

struct server {
	struct side_entry entry;
	uint32_t opened; // connections to it that were completed
	uint32_t votes; // for `app`, less those for others (Boyer and Moore: MJRTY, 1981)
	uint8_t app;
};

struct heard {
	uint32_t all, web;
	uint8_t web_senders[HLL_REGISTERS];
};

struct hearer {
	struct side_entry entry;
	uint64_t half_ns;
	struct heard half[2]; // [0] goes on
};

struct spoken {
	struct side *servers, *hearers;
	struct app_share share[STATS_APPS_MAX];
};

struct spoken *spoken_create(void) {
	struct spoken *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->servers = side_create(sizeof(struct server), SPOKEN_PORTS);
	s->hearers = side_create(sizeof(struct hearer), SPOKEN_HOSTS);
	if (s->servers == NULL || s->hearers == NULL) {
		spoken_destroy(s);
		return NULL;
	}
	return s;
}

void spoken_destroy(struct spoken *s) {
	if (s == NULL)
		return;
	side_destroy(s->servers);
	side_destroy(s->hearers);
	free(s);
}

static uint64_t key_of(const struct addr *server, uint8_t proto, uint16_t port) {
	return hash_word((uint64_t)proto << 16 | port, hash_addr(server, SEED));
}

unsigned
spoken_at(const struct spoken *s, const struct addr *server, uint8_t proto, uint16_t port) {
	const struct server *known = side_find(s->servers, key_of(server, proto, port));

	return known == NULL || known->votes == 0 ? APP_NONE : known->app;
}

static uint32_t
opened_to(const struct spoken *s, const struct addr *addr, uint8_t proto, uint16_t port) {
	const struct server *known = side_find(s->servers, key_of(addr, proto, port));

	return known == NULL ? 0 : known->opened;
}

// Whose connection was completed is certain; whose port it is, a good guess; else who calls speaks first.
static bool is_by_server(const struct spoken *s, const struct note *n, unsigned app) {
	const uint32_t to_src = opened_to(s, &n->src, n->proto, n->sport);
	const uint32_t to_dst = opened_to(s, &n->dst, n->proto, n->dport);
	const bool of_src = app != APP_NONE && app_by_port(n->proto, n->sport) == app;
	const bool of_dst = app != APP_NONE && app_by_port(n->proto, n->dport) == app;

	if (to_src != to_dst)
		return to_src > to_dst;
	if (of_src != of_dst)
		return of_src;
	return n->sport < PORT_SERVED && n->dport >= PORT_SERVED;
}

void spoken_of(const struct spoken *s, const struct note *n, struct utterance *out) {
	out->app = (uint8_t)app_of_note(n);
	out->by_server = is_by_server(s, n, out->app);
	out->server = out->by_server ? &n->src : &n->dst;
	out->client = out->by_server ? &n->dst : &n->src;
	out->port = out->by_server ? n->sport : n->dport;
}

static void vote(struct server *server, unsigned app) {
	if (server->app == app || server->votes == 0) {
		server->app = (uint8_t)app;
		server->votes += server->votes < UINT32_MAX;
	} else {
		server->votes--;
	}
}

static void hear(struct spoken *s, const struct note *n) {
	struct hearer *h = side_get(s->hearers, hash_addr(&n->dst, SEED), n->ts_ns);
	const unsigned owner = app_by_port(n->proto, n->sport);

	side_halves_turn(h->half, sizeof(h->half[0]), &h->half_ns, HALF_NS, n->ts_ns);
	h->half[0].all++;
	if (n->proto != PROTO_TCP || (owner != APP_HTTP && owner != APP_TLS))
		return;
	h->half[0].web++;
	hll_add(h->half[0].web_senders, hash_addr(&n->src, SEED));
}

void spoken_to(const struct spoken *s, const struct addr *host, struct first_words *out) {
	const struct hearer *h = side_find(s->hearers, hash_addr(host, SEED));
	uint8_t senders[HLL_REGISTERS];

	*out = (struct first_words) {0};
	if (h == NULL)
		return;
	memcpy(senders, h->half[0].web_senders, sizeof(senders));
	hll_merge(senders, h->half[1].web_senders);
	out->all = h->half[0].all + h->half[1].all;
	out->web = h->half[0].web + h->half[1].web;
	out->web_senders = hll_estimate(senders);
}

static void take_payload(struct spoken *s, const struct note *n) {
	struct utterance u;

	hear(s, n);
	spoken_of(s, n, &u);
	s->share[u.app].flows++;
	if (u.app != APP_NONE)
		vote(side_get(s->servers, key_of(u.server, n->proto, u.port), n->ts_ns), u.app);
}

// Every message of these has a note: a question is counted for a flow.
static void take_message(struct spoken *s, const struct note *n) {
	const unsigned app = app_of_note(n);

	if (n->kind == NOTE_DNS ? n->n_data > 2 && (n->data[2] & DNS_ANSWER) == 0
				: n->n_data > 0 && n->data[0] == BOOTREQUEST)
		s->share[app].flows++;
}

static void take_opened(struct spoken *s, const struct note *n) {
	struct server *server = side_get(s->servers, key_of(&n->dst, n->proto, n->dport), n->ts_ns);

	server->opened += server->opened < UINT32_MAX;
}

static void take_closed(struct spoken *s, const struct note *n) {
	const unsigned app = spoken_at(s, &n->dst, n->proto, n->dport);

	s->share[app].ended++;
	s->share[app].ended_bytes += n->connection.bytes[0] + n->connection.bytes[1];
}

void spoken_take(struct spoken *s, const struct notes *notes) {
	for (uint32_t i = 0; i < notes->n; i++) {
		const struct note *n = &notes->slot[i];

		switch ((enum note_kind)n->kind) {
		case NOTE_PAYLOAD:
			take_payload(s, n);
			break;
		case NOTE_DNS:
		case NOTE_DHCP:
			take_message(s, n);
			break;
		case NOTE_OPENED:
			take_opened(s, n);
			break;
		case NOTE_CLOSED:
			take_closed(s, n);
			break;
		default:
			break;
		}
	}
}

void spoken_shares(const struct spoken *s, struct app_share out[static STATS_APPS_MAX]) {
	memcpy(out, s->share, sizeof(s->share));
}
