// HTTP flood: requests to one web service, each on a connection of its own, faster than people can ask (LOIC, HULK,
// GoldenEye, a script, a botnet of few and busy hosts).
//
// A pair is a source and a service. It is fast while it begins FAST_PER_S requests a second over two seconds: who reads pages
// opens a few connections and keeps them. Fast pairs make a flood of the service when their requests together pass the
// threshold (the floor, or what is usual in completed connections at this server) for a second, and one of these is so:
//
//     together   three fast sources or more at once
//     unlike     half of what one asks for is never asked for again: nothing is read, no cache may answer
//     bare       requests without Host and User-Agent, which no browser sends (LOIC's)
//     lasting    half a minute of the same
//
// False friends: a crowd has many sources that are not fast; a load test and a script that repeats itself come from one
// host, ask for the same, and are over soon; a test that keeps its connections (wrk) opens a few; health checks are slow; who
// sits behind one address (NAT, a proxy) together with others asks for pages that others ask for, too. What cannot be
// told apart: a front end that opens a connection to its server for every request looks like this until its rate is
// known as usual; and a flood inside connections that are kept is not seen here. Of TLS nothing but its beginning is
// seen: there only `together` and `lasting` count.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/noted.h"
#include "detect/side.h"
#include "detect/spoken.h"
#include "detect/threshold.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SECOND_NS 1000000000ull
#define SECONDS 3 // two, and the one that goes on
#define HALF_NS (5 * SECOND_NS)
#define PAIRS 4096
#define SITES 1024
#define FAST_PER_S 20
#define TOGETHER 3
#define UNLIKE_SHARE 0.5
#define BARE_SHARE 0.9
#define LASTS_NS SECOND_NS
#define LASTING_NS (30 * SECOND_NS)
#define PAUSE_NS (2 * SECOND_NS) // shorter ones do not end it
#define SEED 0x68747470

struct half {
	uint32_t asked;
	uint32_t bare;
	uint8_t wanted[HLL_REGISTERS];
};

struct pair {
	struct side_entry entry;
	struct addr source, server;
	uint16_t port;
	bool is_tls;
	uint64_t second; // number of the latest
	uint32_t opened[SECONDS], asked[SECONDS]; // by second modulo SECONDS
	uint64_t half_ns;
	struct half half[2]; // [0] goes on
};

struct site { // what its fast pairs do
	struct side_entry entry;
	struct addr server;
	uint16_t port;
	uint64_t since_ns, above_ns; // of its being above the threshold: from, and last
	unsigned n_most; // fast ones at once, since then
	// In this tick.
	double per_s;
	unsigned n_fast;
	struct alarm_source fast[ALARM_SOURCES_MAX]; // requests of the last seconds, most first
	double asked, unlike, bare, notes;
};

struct http_flood {
	struct side *pairs, *sites;
	struct noting *noting; // of the tick that is read
};

static void pair_turn(struct pair *p, uint64_t now_ns) {
	const uint64_t second = now_ns / SECOND_NS;

	for (unsigned i = 0; i < SECONDS && second > p->second; i++) {
		const uint64_t number = second - i;

		if (number <= p->second)
			break;
		p->opened[number % SECONDS] = p->asked[number % SECONDS] = 0;
	}
	if (second > p->second)
		p->second = second;
	side_halves_turn(p->half, sizeof(p->half[0]), &p->half_ns, HALF_NS, now_ns);
}

static struct pair *
pair_of(struct http_flood *f,
	const struct addr *source,
	const struct addr *server,
	const struct note *n) {
	const uint64_t key = hash_word(n->dport, hash_addr(server, hash_addr(source, SEED)));
	struct pair *p = side_get(f->pairs, key, n->ts_ns);

	p->source = *source;
	p->server = *server;
	p->port = n->dport;
	pair_turn(p, n->ts_ns);
	return p;
}

// METHOD SP what SP version. @return false: what is asked for is not to be seen
static bool wanted_of(const struct note *n, uint64_t *hash) {
	const uint8_t *from = memchr(n->data, ' ', n->n_data);
	size_t left;
	const uint8_t *to;

	if (from == NULL)
		return false;
	from++;
	left = (size_t)(&n->data[n->n_data] - from);
	to = memchr(from, ' ', left);
	*hash = side_hash(from, to == NULL ? left : (size_t)(to - from), SEED);
	return true;
}

static bool has_field(const struct note *n, const char *name) {
	const size_t length = strlen(name);

	for (unsigned at = 0; at + length < n->n_data; at++)
		if (n->data[at] == '\n'
		    && strncasecmp((const char *)&n->data[at + 1], name, length) == 0)
			return true;
	return false;
}

static bool is_bare(const struct note *n) {
	static const char end[] = "\r\n\r\n";
	bool ends = false;

	for (unsigned at = 0; at + 4 <= n->n_data && !ends; at++)
		ends = memcmp(&n->data[at], end, 4) == 0;
	return ends && !has_field(n, "Host:") && !has_field(n, "User-Agent:");
}

static bool is_tls_site(const struct note *n, unsigned app) {
	return app == APP_TLS && (n->dport == 443 || n->dport == 8443);
}

static void take_payload(struct http_flood *f, const struct note *n) {
	const unsigned app = app_of_note(n);
	struct pair *p;
	uint64_t hash;

	if ((app != APP_HTTP && !is_tls_site(n, app))
	    || (n->n_data > 4 && memcmp(n->data, "HTTP/", 5) == 0))
		return;
	p = pair_of(f, &n->src, &n->dst, n);
	p->is_tls = app == APP_TLS;
	p->asked[p->second % SECONDS]++;
	p->half[0].asked++;
	side_hears(f->pairs, p);
	if (p->is_tls)
		return;
	p->half[0].bare += is_bare(n);
	if (wanted_of(n, &hash))
		hll_add(p->half[0].wanted, hash);
}

static void flood_take(void *memory, const struct note *n) {
	struct http_flood *f = memory;

	if (n->proto != PROTO_TCP)
		return;
	if (n->kind == NOTE_PAYLOAD)
		take_payload(f, n);
	else if (n->kind == NOTE_OPENED)
		pair_of(f, &n->src, &n->dst, n)->opened[n->ts_ns / SECOND_NS % SECONDS]++;
}

// Requests on connections that were really made, over two seconds and what has gone of this one.
static double pair_per_s(const struct pair *p, uint64_t now_ns) {
	const double seconds = SECONDS - 1 + (double)(now_ns % SECOND_NS) / SECOND_NS;
	double opened = 0, asked = 0;

	for (unsigned i = 0; i < SECONDS; i++) {
		opened += p->opened[i];
		asked += p->asked[i];
	}
	return fmin(opened, asked) / seconds;
}

static void site_add_source(struct site *site, const struct addr *source, double per_s) {
	const struct alarm_source one = {.addr = *source, .packets = (uint64_t)(SECONDS * per_s)};
	unsigned at = site->n_fast++;

	if (at >= ALARM_SOURCES_MAX) {
		at = ALARM_SOURCES_MAX - 1;
		if (site->fast[at].packets >= one.packets)
			return;
	}
	for (; at > 0 && site->fast[at - 1].packets < one.packets; at--)
		site->fast[at] = site->fast[at - 1];
	site->fast[at] = one;
}

static void pair_read(void *entry, void *ctx) {
	struct http_flood *f = ctx;
	struct pair *p = entry;
	const struct half *a = &p->half[0], *b = &p->half[1];
	const uint64_t now_ns = f->noting->now_ns - 1;
	const double asked = a->asked + b->asked;
	const struct network_conf *net;
	struct site *site;
	double per_s;

	pair_turn(p, now_ns);
	per_s = pair_per_s(p, now_ns);
	if (per_s < FAST_PER_S)
		return;
	net = network_of(f->noting->conf, &p->source);
	if (net != NULL && net->allow)
		return;
	site = side_get(f->sites, hash_word(p->port, hash_addr(&p->server, SEED)), now_ns);
	site->server = p->server;
	site->port = p->port;
	site->per_s += per_s;
	site->notes += p->entry.heard;
	site->asked += asked;
	site->unlike += p->is_tls ? 0 : fmin(asked, noted_distinct(a->wanted, b->wanted));
	site->bare += a->bare + b->bare;
	site_add_source(site, &p->source, per_s);
	side_hears(f->sites, site);
}

// What is usual here lifts the threshold: completed connections, of which most are requests.
static struct threshold threshold(const struct noting *noting, const struct addr *server) {
	const struct host *h = history_find(noting->history, server);
	struct threshold t = {
		.per_s = noting->conf->kind[KIND_HTTP_FLOOD].floor_per_s,
		.baseline = NAN,
	};

	if (h != NULL)
		threshold_of(noting->conf, h, KIND_HTTP_FLOOD, M_CONNECTIONS, noting->now_ns, &t);
	return t;
}

static const char *why(const struct site *s, uint64_t now_ns) {
	if (s->n_fast >= TOGETHER)
		return "several hosts at once ask faster than people can";
	if (s->unlike >= UNLIKE_SHARE * s->asked)
		return "hardly anything is asked for twice";
	if (s->bare >= BARE_SHARE * s->asked)
		return "no browser asks so: there is neither Host nor User-Agent";
	if (now_ns - s->since_ns >= LASTING_NS)
		return "the same again and again, for half a minute and more";
	return NULL;
}

static void tell(const struct site *s, const char *reason, struct noted *noted) {
	char server[ADDR_TEXT_MAX], fastest[ADDR_TEXT_MAX], rate[NUMBER_TEXT_MAX];

	noted->source = s->fast[0].addr;
	noted->source_packets = s->fast[0].packets;
	noted->distinct_sources = s->n_most;
	noted->n_others
		= (uint8_t)((s->n_fast < ALARM_SOURCES_MAX ? s->n_fast : ALARM_SOURCES_MAX) - 1);
	memcpy(noted->others, &s->fast[1], noted->n_others * sizeof(s->fast[0]));
	noted->proto = PROTO_TCP;
	noted->port = s->port;
	noted->takes_kind
		= KIND_CONNECTION_EXHAUSTION; // where the server is too busy to hear them all
	noted->takes_target = s->server;
	noted->n_evidence = 3;
	noted->evidence[0].name = "fast_sources";
	noted->evidence[0].value = s->n_fast;
	noted->evidence[0].weight = s->n_fast >= TOGETHER ? .8 : .2;
	noted->evidence[1].name = "unlike_share";
	noted->evidence[1].value = s->unlike / fmax(1, s->asked);
	noted->evidence[1].weight = noted->evidence[1].value;
	noted->evidence[2].name = "bare_share";
	noted->evidence[2].value = s->bare / fmax(1, s->asked);
	noted->evidence[2].weight = noted->evidence[2].value;
	addr_text(&s->server, UINT8_MAX, server);
	addr_text(&s->fast[0].addr, UINT8_MAX, fastest);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"The web service of %s, port %u, gets %s requests/s on new connections from %u "
		"fast "
		"source%s, most from %s: %s.",
		server,
		s->port,
		words_number(s->per_s, rate),
		s->n_fast,
		s->n_fast == 1 ? "" : "s",
		fastest,
		reason
	);
}

static void site_judge(struct http_flood *f, struct site *s) {
	const uint64_t now_ns = f->noting->now_ns;
	const struct threshold least = threshold(f->noting, &s->server);
	const char *reason;
	struct noted *noted;

	if (s->per_s < HOLD_SHARE * least.per_s)
		return;
	if (s->above_ns + PAUSE_NS < now_ns) {
		s->since_ns = now_ns;
		s->n_most = 0;
	}
	s->above_ns = now_ns;
	s->n_most = s->n_fast > s->n_most ? s->n_fast : s->n_most;
	reason = why(s, now_ns);
	if (reason == NULL || now_ns - s->since_ns < LASTS_NS)
		return;
	noted = noting_add(
		f->noting, KIND_HTTP_FLOOD, &s->server, s->per_s, (uint64_t)s->notes, s->since_ns
	);
	if (noted == NULL)
		return;
	tell(s, reason, noted);
	noting_threshold(f->noting, &least);
	f->noting->reading[f->noting->n - 1].interval_ns
		= (SECONDS - 1) * SECOND_NS + (now_ns - 1) % SECOND_NS;
}

static void site_read(void *entry, void *ctx) {
	struct site *s = entry;

	site_judge(ctx, s);
	memset(&s->per_s, 0, sizeof(*s) - offsetof(struct site, per_s));
}

static void flood_read(void *memory, struct noting *noting) {
	struct http_flood *f = memory;

	f->noting = noting;
	side_each_heard(f->pairs, pair_read, f);
	side_each_heard(f->sites, site_read, f);
}

NOTE_READER(http_flood) = {
	.memory_bytes = sizeof(struct http_flood),
	.side
	= {NOTE_SIDE(struct http_flood, pairs, struct pair, PAIRS),
	   NOTE_SIDE(struct http_flood, sites, struct site, SITES)},
	.take = flood_take,
	.read = flood_read,
};

KIND(HTTP_FLOOD, "http_flood", "HTTP flood", 100, 0) = {
	.metric = METRIC_N,
	.scale = SCALE_RATE,
	.floor_times = 1,
	.proto = PROTO_TCP,
	.within_s = 3,
	.metric_name = "requests_per_s",
	.unit = "requests/s",
	.lull_ns = 5 * SECOND_NS,
	.mitigation
	= "Limit requests and connections from one address (nginx limit_req and limit_conn, "
	  "nftables \"ct count\"), answer from a cache, or ask for a cookie first; the "
	  "sources are real, so blocking them helps.",
};
