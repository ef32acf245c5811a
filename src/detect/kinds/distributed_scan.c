// A scan that many sources share: each asks a few hosts for the same port, none of them enough to be told alone.
//
// By port, over all hosts: how many were asked in vain, how many answered or talked on, by how many sources, in the
// last five to ten seconds. Only TCP: its SYN asks, and where only one direction is seen what follows tells
// that somebody answered. A datagram does not.
//
// False friends: the clients of a service, however large, are answered; where it is down, they come to its few
// hosts again and again. Clients of a network of peers ask for one port too, but some of their old peers are
// still there. A flood over a network sends more to each host.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/scan.h"
#include "detect/shapes.h"
#include "detect/side.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define HALF_NS (5 * 1000000000ull)
#define PORTS 512 // watched at once, of each family
#define WAYS 8
#define GIVES_WAY 4 // hosts asked, at most
#define SAMPLES 32
#define SOURCES_MIN 32
#define ANSWERED_MAX 0.1 // of old peers of a peer-to-peer client more are still there
#define PER_SOURCE 50 // hosts: a source that asks more of them is told as a scan of its own
#define BLIND_NS (10 * 1000000000ull) // after handshakes that were not noted
#define MOST 0.8 // of the samples, to name their network
#define NEARLY 0.8 // of the floor of carpet bombing, in one tick
#define MANY 0.3 // ... where they lie in several

struct half {
	uint64_t asked; // SYN that led nowhere in their tick
	uint8_t hosts[HLL_REGISTERS]; // that were asked
	uint8_t there[HLL_REGISTERS]; // that answered, or to which somebody talked on
	uint8_t sources[HLL_REGISTERS];
};

struct port {
	uint64_t half_ns, first_ns;
	uint64_t tick_ns; // the last tick in which somebody asked
	uint32_t tick; // how many, in that tick
	uint16_t port;
	bool used, ip6;
	bool told; // its network keeps its name
	uint8_t prefix_len;
	struct addr network;
	struct half half[2];
	uint32_t samples; // ever put there
	struct addr sample[SAMPLES];
};

struct ports {
	uint64_t blind_ns; // until then
	struct port port[2][PORTS];
};

static struct port *port_find(struct ports *s, bool ip6, uint16_t port) {
	const uint64_t home = hash_word(port, 0);

	for (unsigned i = 0; i < WAYS; i++) {
		struct port *p = &s->port[ip6][(home + i) % PORTS];

		if (p->used && p->port == port)
			return p;
	}
	return NULL;
}

static bool gives_way(const struct port *p, uint64_t now_ns) {
	return !p->used || p->tick_ns + 2 * HALF_NS < now_ns
		|| (!p->told && p->half[0].asked + p->half[1].asked <= GIVES_WAY
		    && p->tick_ns < now_ns);
}

// @return NULL: there is no room
static struct port *port_get(struct ports *s, bool ip6, uint16_t port, uint64_t now_ns) {
	const uint64_t home = hash_word(port, 0);
	struct port *p = port_find(s, ip6, port);

	for (unsigned i = 0; i < WAYS && p == NULL; i++) {
		p = &s->port[ip6][(home + i) % PORTS];
		if (!gives_way(p, now_ns)) {
			p = NULL;
			continue;
		}
		*p = (struct port) {.port = port, .used = true, .ip6 = ip6};
	}
	return p;
}

static void ask(struct port *p, const struct host_record *r, uint32_t asked, uint64_t now_ns) {
	if (side_halves_turn(p->half, sizeof(p->half[0]), &p->half_ns, HALF_NS, now_ns)) {
		p->first_ns = r->first_ns;
		p->told = false;
		p->samples = 0;
	}
	if (p->tick_ns != now_ns)
		p->tick = 0;
	p->tick_ns = now_ns;
	p->tick += asked;
	p->half[0].asked += asked;
	hll_add(p->half[0].hosts, hash_addr(&r->addr, 0));
	hll_merge(p->half[0].sources, r->open_peers);
	p->sample[p->samples++ % SAMPLES] = r->addr;
}

static void look(struct ports *s, const struct host_record *r, uint64_t end_ns) {
	const uint32_t *c = r->count;
	struct port *p;

	if (c[HOST_TCP] == 0 || r->top_proto != PROTO_TCP)
		return;
	if (c[HOST_SYN] > c[HOST_ESTABLISHED] && c[HOST_SYN] * 2 > c[HOST_TCP]) {
		p = port_get(s, !addr_is_ip4(&r->addr), r->top_port, end_ns);
		if (p != NULL)
			ask(p, r, c[HOST_SYN] - c[HOST_ESTABLISHED], end_ns);
		return;
	}
	p = port_find(s, !addr_is_ip4(&r->addr), r->top_port);
	if (p != NULL)
		hll_add(p->half[0].there, hash_addr(&r->addr, 0));
}

static void ports_take(void *memory, const struct note *n) {
	struct port *p;

	if (n->kind != NOTE_OPENED)
		return;
	p = port_find(memory, !addr_is_ip4(&n->dst), n->dport);
	if (p != NULL)
		hll_add(p->half[0].there, hash_addr(&n->dst, 0));
}

static void ports_missed(void *memory, const uint64_t missed[static NOTE_KIND_N], uint64_t now_ns) {
	struct ports *s = memory;

	if (missed[NOTE_OPENED] > 0)
		s->blind_ns = now_ns + BLIND_NS;
}

struct sum {
	double asked, hosts, there, sources;
};

static bool is_scan(const struct sum *s) {
	return s->sources >= SOURCES_MIN && s->there <= ANSWERED_MAX * s->hosts
		&& s->asked <= SCAN_PACKETS_PER_PORT * s->hosts
		&& s->hosts <= PER_SOURCE * s->sources;
}

// Where most of the hosts asked are; where they lie in several networks, in the one with most.
static void name_network(struct port *p) {
	const uint32_t n = p->samples < SAMPLES ? p->samples : SAMPLES;

	if (p->told || samples_network(p->sample, n, MOST, &p->network, &p->prefix_len)
	    || samples_network(p->sample, n, MANY, &p->network, &p->prefix_len))
		return;
	p->prefix_len = p->ip6 ? 48 : 16;
	p->network = addr_mask(&p->sample[0], p->prefix_len);
}

// All of it in one network, as much as a flood over its hosts: areas.c tells of that.
static bool is_carpet(const struct port *p, const struct sum *s, const struct noting *noting) {
	const double floor = NEARLY * noting->conf->kind[KIND_CARPET_BOMBING].floor_per_s;
	const uint64_t since_ns = p->first_ns > p->half_ns ? p->half_ns : p->first_ns;
	const double elapsed_s = 1e-9 * (double)(noting->now_ns - since_ns);
	const double tick_s = 1e-9 * (double)noting->conf->tick_ns;

	return p->prefix_len == (p->ip6 ? 48 : 24)
		&& (p->tick >= floor * tick_s || s->asked >= floor * elapsed_s);
}

static void tell(struct noted *noted, const struct port *p, const struct sum *s) {
	char network[ADDR_TEXT_MAX], hosts[NUMBER_TEXT_MAX], sources[NUMBER_TEXT_MAX];

	addr_text(&p->network, p->prefix_len, network);
	noted->distinct_sources = s->sources;
	noted->proto = PROTO_TCP;
	noted->port = p->port;
	noted->n_evidence = 2;
	noted->evidence[0].name = "in_peers";
	noted->evidence[0].value = s->sources;
	noted->evidence[0].weight = .6;
	noted->evidence[1].name = "packets_per_probe";
	noted->evidence[1].value = s->asked / s->hosts;
	noted->evidence[1].weight = .3;
	snprintf(
		noted->words,
		sizeof(noted->words),
		"About %s sources together tried port %u of about %s hosts in 10 s, many of them "
		"in %s; "
		"hardly any answered.",
		words_number(s->sources, sources),
		p->port,
		words_number(s->hosts, hosts),
		network
	);
}

static void port_read(const struct ports *all, struct port *p, struct noting *noting) {
	const struct sum s = {
		.asked = (double)(p->half[0].asked + p->half[1].asked),
		.hosts = noted_distinct(p->half[0].hosts, p->half[1].hosts),
		.there = noted_distinct(p->half[0].there, p->half[1].there),
		.sources = noted_distinct(p->half[0].sources, p->half[1].sources),
	};
	struct noted *noted;
	struct reading *r;

	if (!is_scan(&s) || all->blind_ns > noting->now_ns)
		return;
	name_network(p);
	if (is_carpet(p, &s, noting))
		return;
	noted = noting_add(
		noting,
		KIND_DISTRIBUTED_SCAN,
		&p->network,
		s.hosts,
		p->tick,
		p->first_ns > p->half_ns ? p->half_ns : p->first_ns
	);
	if (noted == NULL)
		return;
	r = &noting->reading[noting->n - 1];
	r->prefix_len = p->prefix_len;
	r->rise_packets = (uint64_t)s.asked;
	p->told = p->told || r->above;
	tell(noted, p, &s);
}

static void ports_read(void *memory, struct noting *noting) {
	struct ports *s = memory;
	const struct host_record *r;

	if (!noting->conf->kind[KIND_DISTRIBUTED_SCAN].enabled)
		return;
	for (uint32_t i = 0; i < noting->n_windows; i++)
		for (uint32_t at = 0;
		     (r = host_table_next(noting->windows[i]->targets, &at)) != NULL;)
			look(s, r, noting->now_ns);
	for (unsigned family = 0; family < 2; family++)
		for (unsigned i = 0; i < PORTS; i++)
			if (s->port[family][i].tick_ns == noting->now_ns && s->port[family][i].used)
				port_read(s, &s->port[family][i], noting);
}

NOTE_READER(distributed_scan) = {
	.memory_bytes = sizeof(struct ports),
	.take = ports_take,
	.read = ports_read,
	.missed = ports_missed,
};

KIND(DISTRIBUTED_SCAN, "distributed_scan", "Scan that many sources share", 10, 0) = {
	NOTED,
	.proto = PROTO_TCP,
	.within_s = 3,
	.metric_name = "hosts_in_10s",
	.unit = "hosts",
	.lull_ns = 5 * 1000000000ull,
	.mitigation = "Most often a worm, or a rented network of bots: close the port at the "
		      "border for who need "
		      "not reach it, and look whether any of the hosts that do answer is infected "
		      "too. Blocking "
		      "single sources does not help.",
};
