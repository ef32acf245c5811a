// Password guessing that the last ten seconds of a source do not tell (guessing.c): over minutes, and by remote
// procedure calls. One source completes one short connection after the other to one service of one host, each like
// the one before.
//
// By source, host and service, from handshakes and ends of connections: how many in the last ten seconds, and in
// the last two minutes; how much each side said, and how evenly. Windows' remote procedure calls count as one service:
// each try asks the end point mapper for a port, and then connects to it.
//
// False friends: who copies files opens connections that carry much, and by FTP one more for each file; who manages many
// machines connects to each of them once or twice; data bases and directories get many short connections from
// the programs that use them, so their ports are not among these; mail is fetched again and again by many behind
// one address, so neither are its ports; a few dozen connections by SSH are made by monitoring; who monitors by remote
// calls reads more in each than a refusal.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>

#define SHORT_NS (5 * 1000000000ull) // halves of ten seconds
#define LONG_NS (60 * 1000000000ull) // ... of two minutes
#define PAIRS 2048
#define SEED 0x67756573

#define RPC 135 // end point mapper; the ports that it names are those of RFC 6335, 6
#define RPC_FIRST 49152
#define FTP 21
#define FTP_DATA 20

#define ENDED_SHARE 0.3 // of those opened; the others go on
#define OTHERS_SHARE 0.2 // connections beside, for data
#define SAID_BYTES 8000 // by the source, in a connection: a key exchange and some tries
#define SILENT_SHARE 0.5 // of the ends: who looks whether the service is there
#define SIZED_MIN 5
#define RPC_SAID_BYTES 1000 // by each side
#define EVEN_SHARE 0.25 // deviation of what is said, of its mean; passwords differ
#define EVEN_BYTES 16

struct service {
	uint16_t port;
	uint16_t floors; // over the long time, in floors of the kind
};

// Registry of IANA: FTP, SSH, Telnet, RPC, SMB, RDP, VNC.
static const struct service services[] = {
	{FTP, 10},
	{22, 30},
	{23, 10},
	{RPC, 30},
	{445, 30},
	{3389, 30},
	{5900, 10},
};

struct half {
	uint32_t opened, closed, others;
	uint32_t silent; // of those closed: the source said nothing
	uint32_t sized; // of which it is known what was said
	double said[2], squares[2]; // [0] by the source, [1] to it
};

struct pair {
	struct side_entry entry;
	struct addr source, server;
	const struct service *service;
	uint64_t short_ns, long_ns, first_ns;
	uint32_t tick;
	uint32_t last[2]; // opened in the short time
	struct half half[2];
};

static const struct service *service_of(uint16_t port) {
	for (unsigned i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (services[i].port == port)
			return &services[i];
	return NULL;
}

static uint64_t key_of(const struct addr *source, const struct addr *server, uint16_t port) {
	return hash_word(port, hash_addr(server, hash_addr(source, SEED)));
}

static void turn(struct pair *p, uint64_t now_ns) {
	if (side_halves_turn(p->half, sizeof(p->half[0]), &p->long_ns, LONG_NS, now_ns))
		p->first_ns = now_ns;
	side_halves_turn(p->last, sizeof(p->last[0]), &p->short_ns, SHORT_NS, now_ns);
}

static struct pair *
pair_of(struct side *side, const struct note *n, const struct service *service) {
	struct pair *p = side_get(side, key_of(&n->src, &n->dst, service->port), n->ts_ns);

	p->source = n->src;
	p->server = n->dst;
	p->service = service;
	turn(p, n->ts_ns);
	side_hears(side, p);
	return p;
}

static void
beside(struct side *side,
       const struct addr *source,
       const struct addr *server,
       uint16_t port,
       uint64_t now_ns) {
	struct pair *p = side_find(side, key_of(source, server, port));

	if (p == NULL)
		return;
	turn(p, now_ns);
	p->half[0].others++;
}

static void opened(struct side *side, const struct note *n) {
	const struct service *service = service_of(n->dport);
	struct pair *p;

	if (service != NULL) {
		p = pair_of(side, n, service);
		p->tick++;
		p->last[0]++;
		p->half[0].opened++;
	} else if (n->sport == FTP_DATA) {
		beside(side, &n->dst, &n->src, FTP, n->ts_ns);
	} else if (n->dport > 1023) {
		beside(side, &n->src, &n->dst, FTP, n->ts_ns);
	}
}

// Who says nothing asks whether the service is there. A server that says nothing refuses; how much it
// would have heard says nothing either.
static void sized(struct pair *p, const struct note_connection *c) {
	if (c->payload[0] == 0) {
		p->half[0].silent++;
		return;
	}
	if (c->payload[1] == 0)
		return;
	p->half[0].sized++;
	for (unsigned d = 0; d < 2; d++) {
		const double said = (double)c->payload[d];

		p->half[0].said[d] += said;
		p->half[0].squares[d] += said * said;
	}
}

// What a try by remote calls says to the port that it was told counts with the rest.
static void closed(struct side *side, const struct note *n) {
	const struct service *service = service_of(n->dport);
	struct pair *p;

	if (service == NULL && n->dport >= RPC_FIRST
	    && side_find(side, key_of(&n->src, &n->dst, RPC)) != NULL) {
		p = side_find(side, key_of(&n->src, &n->dst, RPC));
		turn(p, n->ts_ns);
	} else if (service != NULL) {
		p = pair_of(side, n, service);
		p->half[0].closed++;
	} else {
		return;
	}
	sized(p, &n->connection);
}

static void pairs_take(void *memory, const struct note *n) {
	if (n->kind == NOTE_OPENED)
		opened(memory, n);
	else if (n->kind == NOTE_CLOSED)
		closed(memory, n);
}

static void half_sum(struct half *sum, const struct half half[2]) {
	*sum = half[0];
	sum->opened += half[1].opened;
	sum->closed += half[1].closed;
	sum->others += half[1].others;
	sum->sized += half[1].sized;
	sum->silent += half[1].silent;
	for (unsigned d = 0; d < 2; d++) {
		sum->said[d] += half[1].said[d];
		sum->squares[d] += half[1].squares[d];
	}
}

static double mean(const struct half *h, unsigned d) {
	return share_of(h->said[d], h->sized);
}

static double deviation(const struct half *h, unsigned d) {
	const double m = mean(h, d);

	return sqrt(fmax(0, share_of(h->squares[d], h->sized) - m * m));
}

static bool is_even(const struct half *h, unsigned d) {
	return deviation(h, d) <= EVEN_SHARE * mean(h, d) + EVEN_BYTES;
}

static bool is_guessing(const struct pair *p, const struct half *h) {
	const bool rpc = p->service->port == RPC;

	return h->sized >= SIZED_MIN && h->silent <= SILENT_SHARE * h->closed
		&& h->closed >= ENDED_SHARE * h->opened && h->others <= OTHERS_SHARE * h->opened
		&& is_even(h, 0) && is_even(h, 1)
		&& mean(h, 0) <= (rpc ? RPC_SAID_BYTES : SAID_BYTES)
		&& (!rpc || mean(h, 1) <= RPC_SAID_BYTES);
}

static void
tell(struct noted *noted, const struct pair *p, const struct half *h, const struct reading *r) {
	char source[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], n[NUMBER_TEXT_MAX];

	addr_text(&p->source, UINT8_MAX, source);
	addr_text(&p->server, UINT8_MAX, server);
	noted->source = p->source;
	noted->proto = PROTO_TCP;
	noted->port = p->service->port;
	noted->n_evidence = 3;
	noted->evidence[0].name = "said_bytes";
	noted->evidence[0].value = mean(h, 0);
	noted->evidence[0].weight = .3;
	noted->evidence[1].name = "said_deviation";
	noted->evidence[1].value = deviation(h, 0);
	noted->evidence[1].weight = .3;
	noted->evidence[2].name = "heard_deviation";
	noted->evidence[2].value = deviation(h, 1);
	noted->evidence[2].weight = .3;
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s opened %s short connections to port %u of %s in %.0f s, each like the one "
		"before, as who tries passwords does.",
		source,
		words_number(r->value, n),
		p->service->port,
		server,
		(double)r->interval_ns / 1e9
	);
}

// Enough in the short time, or else in the long one. What a source's ten seconds tell is left to them.
static void pair_read(void *entry, void *ctx) {
	struct noting *noting = ctx;
	struct pair *p = entry;
	const struct kind_conf *conf = &noting->conf->kind[KIND_PASSWORD_GUESSING];
	const struct network_conf *own = network_of(noting->conf, &p->source);
	const double lately = (double)p->last[0] + p->last[1];
	const bool is_short = lately >= 10. * conf->floor_per_s;
	const uint64_t tick = p->tick, short_ns = noting->now_ns - 2 * SHORT_NS;
	struct noted *noted;
	struct reading *r;
	struct half h;

	p->tick = 0;
	half_sum(&h, p->half);
	if ((is_short && p->service->port != RPC) || !is_guessing(p, &h)
	    || (own != NULL && own->allow))
		return;
	noted = noting_add(
		noting,
		KIND_PASSWORD_GUESSING,
		&p->server,
		is_short ? lately : h.opened,
		tick,
		is_short && p->first_ns < short_ns ? short_ns : p->first_ns
	);
	if (noted == NULL)
		return;
	r = &noting->reading[noting->n - 1];
	if (!is_short)
		noting_threshold(
			noting,
			&(struct threshold
			) {.per_s = (double)p->service->floors * conf->floor_per_s, .baseline = NAN}
		);
	r->rise_packets = h.opened;
	tell(noted, p, &h, r);
}

static void pairs_read(void *memory, struct noting *noting) {
	side_each_heard(memory, pair_read, noting);
}

NOTE_READER(even_guessing) = {
	.side = {{sizeof(struct pair), PAIRS, 0}},
	.take = pairs_take,
	.read = pairs_read,
};
