// Who tries what is not there, in many ways and at many speeds; and who only seems to. IPv4 and IPv6 alike.
#include "scene.h"
#include "test.h"

#include <cmocka.h>

#define SCANNER 0x030201
#define VICTIM 5

// One of the cases: a step, so many times a second for so long, and the one alarm that must come of it.
struct scan_case {
	const char *what;
	unsigned per_s, seconds;
	void (*step)(struct scene *s, uint32_t i);
	unsigned kind; // KIND_N: none
	unsigned within_s;
	uint32_t target, source; // hosts, of IPv4 the target may be a network; 0: not one
};

static void syn(struct scene *s, uint32_t from, uint32_t to, uint16_t sport, uint16_t dport) {
	shoot(s,
	      (struct shot) {from, to, sport, dport, PROTO_TCP, TCP_SYN, .seq = scene_random(s)});
}

static void rst(struct scene *s, uint32_t from, uint32_t to, uint16_t sport, uint16_t dport) {
	shoot(s, (struct shot) {from, to, sport, dport, PROTO_TCP, TCP_RST | TCP_ACK, .ttl = 64});
}

static void udp(struct scene *s, uint32_t from, uint32_t to, uint16_t sport, uint16_t dport) {
	shoot(s, (struct shot) {from, to, sport, dport, PROTO_UDP, .payload = 32});
}

// An infected machine: a new address every second for one of three ports, and its peers by UDP in the
// same ticks.
static void worm_with_peers(struct scene *s, uint32_t i) {
	static const uint16_t ports[] = {23, 8080, 23, 2323};

	syn(s, SCANNER, 0x100000 + i * 7919, (uint16_t)(2000 + i), ports[i % 4]);
	if (i % 3 == 0)
		udp(s, SCANNER, 0x200000 + i * 7919, 6346, (uint16_t)(10000 + i * 31 % 50000));
	if (i % 10 == 0) {
		udp(s, SCANNER, 53, (uint16_t)(3000 + i), 53);
		scene_wait(s, 150 * MS);
		udp(s, 53, SCANNER, 53, (uint16_t)(3000 + i));
	}
}

// Most of its peers are gone, and each had its own port.
static void peer_to_peer(struct scene *s, uint32_t i) {
	const uint16_t port = (uint16_t)(10000 + i * 7919 % 50000);

	if (i % 12 == 0)
		connection(s, SCANNER, (uint16_t)(2000 + i), 0x100000 + i, port, 4);
	else
		syn(s, SCANNER, 0x100000 + i * 7919, (uint16_t)(2000 + i), i % 8 == 0 ? 6881 : port
		);
	udp(s, SCANNER, 0x200000 + i * 7919, 6881, (uint16_t)(10000 + i * 31 % 50000));
}

// nmap's way with many hosts: all ports of all of them, in any order.
static void block(struct scene *s, uint32_t i) {
	const uint32_t host = 0x040100 + scene_random(s) % 16;
	const uint16_t port = (uint16_t)(20 + i % 100);

	syn(s, SCANNER, host, 40000, port);
	rst(s, host, SCANNER, port, 40000);
}

// Of a gateway with many clients behind it only what goes out is seen.
static void gateway_one_way(struct scene *s, uint32_t i) {
	const uint32_t host = 0x040000 + i * 7 % 90;
	const uint16_t port = i % 5 != 0 ? 443 : (uint16_t)(100 + i / 5 % 30),
		       sport = (uint16_t)(3000 + i);
	struct shot p = {SCANNER, host, sport, port, PROTO_TCP, TCP_SYN, .seq = 1};

	shoot(s, p);
	p.seq = 2;
	p.ack = 9;
	p.flags = TCP_ACK;
	shoot(s, p);
	p.flags = TCP_ACK | TCP_PSH;
	p.payload = 300;
	shoot(s, p);
	p.seq += 300;
	p.flags = TCP_ACK;
	p.payload = 0;
	shoot(s, p);
}

// Each probe in two pieces, so that a filter that looks at one sees no port or no flags.
static void pieces(struct scene *s, uint16_t sport, uint16_t dport) {
	struct shot p = {SCANNER, VICTIM, sport, dport, PROTO_TCP, TCP_SYN, .payload = 4};

	p.fragment = 0x2000;
	p.seq = scene_random(s);
	shoot(s, p);
	p.fragment = 3;
	p.payload = 8;
	shoot(s, p);
}

static void scan_in_pieces(struct scene *s, uint32_t i) {
	pieces(s, 40000, (uint16_t)(1 + i));
	rst(s, VICTIM, SCANNER, (uint16_t)(1 + i), 40000);
}

static void flood_in_pieces(struct scene *s, uint32_t i) {
	pieces(s, (uint16_t)(1024 + i % 60000), 80);
}

static void sctp(struct scene *s, uint16_t dport) {
	shoot(s, (struct shot) {SCANNER, VICTIM, 0, dport, PROTO_SCTP, .payload = 24});
}

static void scan_by_sctp(struct scene *s, uint32_t i) {
	sctp(s, (uint16_t)(1 + i));
}

static void flood_by_sctp(struct scene *s, uint32_t) {
	sctp(s, 3868);
}

// Floods of a hundred sources, each of which tries many ports in time.
static void fragments_of_many(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      0x300000 + i % 100,
		      VICTIM,
		      (uint16_t)(1024 + i * 31 % 60000),
		      (uint16_t)(i * 7919 % 65000),
		      PROTO_UDP,
		      .payload = 400,
		      .fragment = i % 4 == 0 ? 0x2000 : 0x2000 | 50});
}

static void datagrams_of_many(struct scene *s, uint32_t i) {
	udp(s,
	    0x300000 + i % 100,
	    VICTIM,
	    (uint16_t)(1024 + i * 31 % 60000),
	    (uint16_t)(i * 7919 % 65000));
}

// Of the first it is not known where they are: none of them stands out.
static void hosts_in_order(struct scene *s, uint32_t i) {
	syn(s, SCANNER, 0x040000 + i % 2000, 40000, 445);
	if (i > 300 && i % 3 == 0)
		syn(s, SCANNER, 0x040000 + i % 2000, 40000, 445);
}

static const struct scan_case cases[] = {
	{"hosts in order", 1000, 3, hosts_in_order, KIND_HORIZONTAL_SCAN, 2, 0, SCANNER},
	{"fragments of many", 1000, 20, fragments_of_many, KIND_FRAGMENT_FLOOD, 2, VICTIM, 0},
	{"datagrams of many", 1000, 20, datagrams_of_many, KIND_UDP_FLOOD, 1, VICTIM, 0},
	{"many ports of many hosts", 400, 4, block, KIND_HORIZONTAL_SCAN, 2, 0x040100, SCANNER},
	{"a gateway, one direction seen", 40, 30, gateway_one_way, KIND_N, 0, 0, 0},
	{"a scan in pieces", 800, 2, scan_in_pieces, KIND_VERTICAL_SCAN, 1, VICTIM, SCANNER},
	{"a flood in pieces", 1000, 2, flood_in_pieces, KIND_FRAGMENT_FLOOD, 1, VICTIM, SCANNER},
	{"a scan by SCTP", 1000, 2, scan_by_sctp, KIND_VERTICAL_SCAN, 1, VICTIM, SCANNER},
	{"a flood by SCTP", 3000, 2, flood_by_sctp, KIND_PROTOCOL_FLOOD, 1, VICTIM, SCANNER},
	{"a worm that talks to its peers", 1, 120, worm_with_peers, KIND_SLOW_SCAN, 60, 0, SCANNER},
	{"a peer-to-peer client", 1, 120, peer_to_peer, KIND_N, 0, 0, 0},
};

static void check_ends(const struct scene *s, const struct scan_case *c, const struct alarm *a) {
	const struct addr target = scene_addr(s, c->target), source = scene_addr(s, c->source);
	const bool is_host = a->target_prefix_len == 32 || a->target_prefix_len == 128;

	if (c->target != 0 && (is_host || !s->ip6))
		assert_true(addr_equal(&a->target, &target));
	if (c->source == 0)
		return;
	assert_true(a->n_sources >= 1);
	assert_true(addr_equal(&a->sources[0].addr, &source));
}

static void check_case(const struct scan_case *c, bool ip6) {
	struct scene *s = scene_open(ip6, &detect_defaults);
	const uint64_t began_ns = s->now_ns;
	const struct alarm *open;

	print_message("  %s, IPv%u\n", c->what, ip6 ? 6 : 4);
	for (uint32_t i = 0; i < c->per_s * c->seconds; i++) {
		c->step(s, i);
		scene_wait(s, S / c->per_s);
	}
	scene_finish(s);
	if (scene_opened(s, KIND_N) != (c->kind != KIND_N))
		scene_print(s);
	assert_int_equal(scene_opened(s, KIND_N), c->kind != KIND_N);
	if (c->kind != KIND_N) {
		open = scene_find(s, c->kind, ALARM_OPEN);
		assert_non_null(open);
		assert_true(open->time_ns - began_ns <= c->within_s * S);
		check_ends(s, c, open);
		assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	}
	scene_close(s);
}

static void a_scan_has_one_name_and_its_friends_none(void **) {
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i / 2], i % 2 == 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scan_has_one_name_and_its_friends_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
