// Beaconing: one host calls one server again and again, at even times, and says as much each time. So do programs
// that were put there to wait for orders.
//
// The last connections of a client to a server and port, as they end: the times between their beginnings, and
// what they carried, both by median and by the median of the deviations from it (MAD), which one late or long call
// does not move; and most must lie near the median, since a median alone says nothing of the other half. Programs that
// hide spread their calls by a share of the time between them; a spread of half of it is still even enough.
//
// It is a hint, and never more than low: what polls a server outside for news does the same. False friends: several
// connections at once have no time between them; monitoring inside a network (from a private address to another, or
// within a /48) is left out; who calls every two seconds is in the middle of something (a device that is being set
// up, a page that waits), while what waits for orders sleeps for five or sixty seconds unless it is told otherwise,
// and that time is all that tells the two apart. Who keeps its connection, and what is asked over UDP (NTP, DNS),
// is not seen here.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/own.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define GAP_MIN_NS (SECOND_NS * 5 / 2)
#define GAP_MAX_NS (3600 * SECOND_NS) // a longer one begins anew: the alarm would have ended, too
#define CALLS 32 // remembered
#define CALLS_MIN 20
#define GAP_SPREAD 0.3 // MAD of the median
#define SIZE_SPREAD 0.2
#define NEAR 0.6 // of the median, to either side
#define NEAR_SHARE 0.8
#define PAIRS 4096
#define SEED 0x62656163

struct pair {
	struct side_entry entry;
	struct addr client, server;
	uint16_t port;
	uint32_t n; // ever, since it began anew; a ring
	uint64_t first_ns[CALLS]; // when they were opened
	uint64_t payload[CALLS]; // both ways
};

struct beaconing {
	struct side *pairs;
	uint64_t blind_ns; // calls were missed: what was remembered has gaps that nobody made
};

static uint64_t last_ns(const struct pair *p) {
	return p->first_ns[(p->n - 1) % CALLS];
}

static void beaconing_take(void *memory, const struct note *n) {
	struct beaconing *b = memory;
	const struct note_connection *c = &n->connection;
	struct pair *p;

	if (n->kind != NOTE_CLOSED || own_is_one_site(&n->src, &n->dst))
		return;
	p = side_get(
		b->pairs,
		hash_word(n->dport, hash_addr(&n->dst, hash_addr(&n->src, SEED))),
		n->ts_ns
	);
	p->client = n->src;
	p->server = n->dst;
	p->port = n->dport;
	if (p->n > 0
	    && (last_ns(p) < b->blind_ns || c->first_ns > last_ns(p) + GAP_MAX_NS
		|| c->first_ns < last_ns(p))) // the one before went on for longer: several at once
		p->n = 0;
	p->first_ns[p->n % CALLS] = c->first_ns;
	p->payload[p->n % CALLS] = c->payload[0] + c->payload[1];
	p->n++;
	side_hears(b->pairs, p);
}

static void
beaconing_missed(void *memory, const uint64_t missed[static NOTE_KIND_N], uint64_t now_ns) {
	struct beaconing *b = memory;

	if (missed[NOTE_CLOSED] > 0)
		b->blind_ns = now_ns;
}

static int compare(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of(double v[], unsigned n) {
	qsort(v, n, sizeof(v[0]), compare);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

struct evenness {
	double median;
	double spread; // MAD of the median
	double near_share;
};

static struct evenness evenness_of(double v[], unsigned n) {
	struct evenness e = {.median = median_of(v, n)};
	unsigned near = 0;

	for (unsigned i = 0; i < n; i++) {
		v[i] = fabs(v[i] - e.median);
		near += v[i] <= NEAR * e.median;
	}
	e.near_share = (double)near / n;
	e.spread = e.median > 0 ? median_of(v, n) / e.median : INFINITY;
	return e;
}

static bool is_even(const struct evenness *e, double spread_max) {
	return e->spread < spread_max && e->near_share >= NEAR_SHARE;
}

static void
tell(const struct pair *p,
     const struct evenness *gap,
     const struct evenness *size,
     struct noted *noted) {
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], every[NUMBER_TEXT_MAX];
	char bytes[NUMBER_TEXT_MAX];

	noted->source = p->client;
	noted->lull_ns = (uint64_t
	)fmin(fmax(LULL_NS, 2 * gap->median), GAP_MAX_NS); // two calls are overdue
	noted->proto = PROTO_TCP;
	noted->n_evidence = 4;
	noted->evidence[0].name = "median_gap_s";
	noted->evidence[0].value = gap->median / SECOND_NS;
	noted->evidence[0].weight = .2;
	noted->evidence[1].name = "gap_spread";
	noted->evidence[1].value = gap->spread;
	noted->evidence[1].weight = 1 - gap->spread;
	noted->evidence[2].name = "median_payload_bytes";
	noted->evidence[2].value = size->median;
	noted->evidence[2].weight = .2;
	noted->evidence[3].name = "payload_spread";
	noted->evidence[3].value = size->spread;
	noted->evidence[3].weight = 1 - size->spread;
	addr_text(&p->client, UINT8_MAX, client);
	addr_text(&p->server, UINT8_MAX, server);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s calls %s, port %u, about every %s s, with some %s bytes each time: so does a "
		"program "
		"that waits for orders, and so does one that polls.",
		client,
		server,
		p->port,
		words_number(gap->median / SECOND_NS, every),
		words_number(size->median, bytes)
	);
}

static void pair_read(void *entry, void *noting) {
	const struct pair *p = entry;
	const unsigned n = p->n < CALLS ? p->n : CALLS;
	double gaps[CALLS], sizes[CALLS];
	struct evenness gap, size;
	struct noted *noted;

	if (n < CALLS_MIN)
		return;
	for (unsigned i = 0; i < n; i++)
		sizes[i] = (double)p->payload[(p->n - n + i) % CALLS];
	for (unsigned i = 0; i + 1 < n; i++)
		gaps[i] = (double
		)(p->first_ns[(p->n - n + i + 1) % CALLS] - p->first_ns[(p->n - n + i) % CALLS]);
	gap = evenness_of(gaps, n - 1);
	size = evenness_of(sizes, n);
	if (gap.median < GAP_MIN_NS || !is_even(&gap, GAP_SPREAD) || !is_even(&size, SIZE_SPREAD))
		return;
	noted = noting_add(
		noting,
		KIND_BEACONING,
		&p->client,
		n,
		p->entry.heard,
		p->first_ns[(p->n - n) % CALLS]
	);
	if (noted != NULL)
		tell(p, &gap, &size, noted);
}

static void beaconing_read(void *memory, struct noting *noting) {
	struct beaconing *b = memory;

	side_each_heard(b->pairs, pair_read, noting);
}

NOTE_READER(beaconing) = {
	.memory_bytes = sizeof(struct beaconing),
	.side = {NOTE_SIDE(struct beaconing, pairs, struct pair, PAIRS)},
	.take = beaconing_take,
	.read = beaconing_read,
	.missed = beaconing_missed,
};

KIND(BEACONING, "beaconing", "Beaconing", 20, 0) = {
	NOTED,
	.floor_times = 1,
	.proto = 6,
	.within_s = 90,
	.metric_name = "calls",
	.unit = "even calls",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Find the program that calls, and whether anybody knows it; if it is known, "
		      "put the server on the allow-list. Low by design: it is a hint.",
};
