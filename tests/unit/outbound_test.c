// The source side: inside hosts that flood or scan others are told of, once, and nobody is whose address is used
// by others. IPv4 and IPv6 alike.
#include "detect/kinds.h"
#include "detect/outbound.h"
#include "detect/own.h"
#include "scene.h"
#include "test.h"

#include <stdlib.h>

#define INSIDE(i) (0x010000u | (i)) // 10.1.0.i, 2001:db8:1:i::
#define OUTSIDE(i) (0x2d200000u | (i) << 8) // 45.32.i.0, another network each
#define NEIGHBOUR(i) (0x2d210000u | (i)) // 45.33.0.i: one network
#define BOT INSIDE(7)
#define TARGETS 40

static const struct detect_conf *with_networks(bool ip6) {
	static struct detect_conf conf;

	conf = detect_defaults;
	conf.n_networks = 2;
	assert_int_equal(
		addr_parse(
			&conf.network[0].addr,
			&conf.network[0].prefix_len,
			ip6 ? "2001:db8:1::/48" : "10.1.0.0/16"
		),
		0
	);
	snprintf(conf.network[0].name, sizeof(conf.network[0].name), "office");
	assert_int_equal(
		addr_parse(
			&conf.network[1].addr,
			&conf.network[1].prefix_len,
			ip6 ? "2001:db8:1:9::/64" : "10.1.0.9/32"
		),
		0
	);
	conf.network[1].allow = true;
	return &conf;
}

static struct scene *open_wide(bool ip6, const struct detect_conf *conf) {
	struct scene *s = scene_open(ip6, conf);

	s->wide = true;
	return s;
}

static void
play(struct scene *s, uint32_t per_s, double seconds, void (*step)(struct scene *s, uint32_t i)) {
	for (uint32_t i = 0; i < per_s * seconds; i++) {
		step(s, i);
		scene_wait(s, S / per_s);
	}
}

static void tell(const struct scene *s) {
	for (uint32_t i = 0; i < s->n; i++)
		if (s->alarm[i].state == ALARM_OPEN)
			print_message(
				"    %s (%s): %s\n",
				event_kind_name(s->alarm[i].kind),
				alarm_role_name(s->alarm[i].role),
				s->alarm[i].words
			);
}

static uint32_t opened(const struct scene *s, int role) {
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		n += s->alarm[i].state == ALARM_OPEN && (role < 0 || s->alarm[i].role == role);
	return n;
}

// A new flow each, as the tools make them.
static struct shot
probe(uint32_t i, uint32_t src, uint32_t dst, uint8_t proto, uint8_t flags, uint16_t dport) {
	return (struct shot) {
		.src = src,
		.dst = dst,
		.sport = (uint16_t)(1024 + i % 60000),
		.dport = dport,
		.proto = proto,
		.flags = flags,
		.payload = proto == PROTO_TCP ? 0 : 200};
}

static void syn(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, OUTSIDE(i % TARGETS), PROTO_TCP, TCP_SYN, 80));
}
static void syn_to_neighbours(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, NEIGHBOUR(i % TARGETS), PROTO_TCP, TCP_SYN, 80));
}
static void syn_inside(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, INSIDE(20 + i % TARGETS), PROTO_TCP, TCP_SYN, 80));
}
static void udp(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, OUTSIDE(i % TARGETS), PROTO_UDP, 0, 27005));
}
static void icmp(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, OUTSIDE(i % TARGETS), PROTO_ICMP, 8, 0));
}
static void xmas(struct scene *s, uint32_t i) {
	const uint8_t flags = TCP_FIN | TCP_PSH | TCP_URG;

	shoot(s, probe(i, BOT, OUTSIDE(i % TARGETS), PROTO_TCP, flags, 80));
}
static void ack_and_rst(struct scene *s, uint32_t i) {
	const struct shot up = probe(i, BOT, OUTSIDE(i % TARGETS), PROTO_TCP, TCP_ACK, 80);

	shoot(s, up);
	shoot(s, (struct shot) {up.dst, up.src, up.dport, up.sport, PROTO_TCP, .flags = TCP_RST});
}
// It goes on with its day meanwhile.
static void syn_beside_a_download(struct scene *s, uint32_t i) {
	if (i % 100 == 0)
		connection(s, BOT, (uint16_t)(2000 + i / 100), OUTSIDE(99), 443, 200);
	syn(s, i);
}

static const struct {
	const char *what;
	unsigned kind;
	uint32_t per_s;
	void (*step)(struct scene *s, uint32_t i);
} floods[] = {
	{"50 SYN/s at each of 40 hosts", KIND_SYN_FLOOD, 2000, syn},
	{"10 SYN/s at each of 40 hosts", KIND_SYN_FLOOD, 500, syn},
	{"200 SYN/s at each of 40 hosts", KIND_SYN_FLOOD, 8000, syn},
	{"SYN at 40 hosts of one network", KIND_SYN_FLOOD, 8000, syn_to_neighbours},
	{"SYN at 40 hosts inside", KIND_SYN_FLOOD, 4000, syn_inside},
	{"SYN beside a download", KIND_SYN_FLOOD, 2000, syn_beside_a_download},
	{"UDP", KIND_UDP_FLOOD, 2000, udp},
	{"ICMP", KIND_ICMP_FLOOD, 2000, icmp},
	{"XMAS", KIND_XMAS_FLOOD, 2000, xmas},
	{"ACK that are refused", KIND_ACK_FLOOD, 2000, ack_and_rst},
};

static void check_flood(unsigned at, bool ip6) {
	struct scene *s = open_wide(ip6, with_networks(ip6));
	const struct addr bot = scene_addr(s, BOT);
	const struct alarm *a = s->alarm;
	uint64_t began_ns;

	print_message("  %s, IPv%c\n", floods[at].what, ip6 ? '6' : '4');
	scene_wait(s, S);
	began_ns = s->now_ns;
	play(s, floods[at].per_s, 3, floods[at].step);
	scene_finish(s);
	tell(s);
	assert_int_equal(opened(s, -1), 1);
	assert_int_equal(a->kind, floods[at].kind);
	assert_int_equal(a->role, ROLE_SOURCE);
	assert_true(addr_equal(&a->target, &bot));
	assert_int_equal(a->n_sources, 1);
	assert_true(addr_equal(&a->sources[0].addr, &bot));
	assert_int_equal(a->distinct_sources, 1);
	assert_int_equal(a->forged, FORGED_NO);
	assert_true(a->time_ns <= began_ns + S);
	assert_non_null(strstr(a->words, "(office) sends"));
	assert_true(a->n_evidence > 2);
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	assert_true(s->alarm[s->n - 1].packets >= 2.5 * floods[at].per_s);
	scene_close(s);
}

static void an_inside_host_that_floods_many_is_one_alarm_about_it(void **) {
	for (unsigned i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		check_flood(i, false);
		check_flood(i, true);
	}
}

static void one_target(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, OUTSIDE(1), PROTO_TCP, TCP_SYN, 80));
}

static void a_flood_of_one_is_about_the_target_and_names_the_source(void **) {
	for (int ip6 = 0; ip6 < 2; ip6++) {
		struct scene *s = open_wide(ip6, with_networks(ip6));
		const struct addr bot = scene_addr(s, BOT), target = scene_addr(s, OUTSIDE(1));

		play(s, 2000, 2, one_target);
		scene_finish(s);
		assert_int_equal(opened(s, -1), 1);
		assert_int_equal(s->alarm[0].role, ROLE_TARGET);
		assert_true(addr_equal(&s->alarm[0].target, &target));
		assert_true(addr_equal(&s->alarm[0].sources[0].addr, &bot));
		scene_close(s);
	}
}

// Scans ---------------------------------------------------------------------------------------------

static void worm(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, 0x2d300000 + i * 37, PROTO_TCP, TCP_SYN, 445));
}
// Its provider lets nothing out on port 25, but for a few.
static void spam_bot(struct scene *s, uint32_t i) {
	if (i % 8 == 0)
		connection(s, BOT, (uint16_t)(2000 + i), OUTSIDE(i % 200), 25, 3);
	else
		shoot(s, probe(i, BOT, OUTSIDE(i % 200), PROTO_TCP, TCP_SYN, 25));
}
static void ports_outside(struct scene *s, uint32_t i) {
	shoot(s, probe(0, BOT, OUTSIDE(1), PROTO_TCP, TCP_SYN, (uint16_t)(1 + i)));
}
static void ports_inside(struct scene *s, uint32_t i) {
	shoot(s, probe(0, BOT, INSIDE(30), PROTO_TCP, TCP_SYN, (uint16_t)(1 + i)));
}
static void ports_from_outside(struct scene *s, uint32_t i) {
	shoot(s, probe(0, OUTSIDE(1), INSIDE(30), PROTO_TCP, TCP_SYN, (uint16_t)(1 + i)));
}

static const struct {
	const char *what;
	unsigned kind, role;
	uint32_t about, per_s, seconds;
	void (*step)(struct scene *s, uint32_t i);
} scans[] = {
	{"a worm", KIND_HORIZONTAL_SCAN, ROLE_SOURCE, BOT, 200, 4, worm},
	{"a spam bot", KIND_HORIZONTAL_SCAN, ROLE_SOURCE, BOT, 30, 10, spam_bot},
	{"ports of an outside host", KIND_VERTICAL_SCAN, ROLE_SOURCE, BOT, 200, 3, ports_outside},
	{"ports of an inside host",
	 KIND_VERTICAL_SCAN,
	 ROLE_TARGET,
	 INSIDE(30),
	 200,
	 3,
	 ports_inside},
	{"... from outside",
	 KIND_VERTICAL_SCAN,
	 ROLE_TARGET,
	 INSIDE(30),
	 200,
	 3,
	 ports_from_outside},
};

static void a_scan_from_inside_to_outside_is_about_the_scanner(void **) {
	for (unsigned i = 0; i < 2 * sizeof(scans) / sizeof(scans[0]); i++) {
		const unsigned at = i / 2;
		struct scene *s = open_wide(i % 2, with_networks(i % 2));
		const struct addr about = scene_addr(s, scans[at].about);

		print_message("  %s, IPv%c\n", scans[at].what, s->ip6 ? '6' : '4');
		play(s, scans[at].per_s, scans[at].seconds, scans[at].step);
		scene_finish(s);
		tell(s);
		assert_int_equal(opened(s, -1), 1);
		assert_int_equal(s->alarm[0].kind, scans[at].kind);
		assert_int_equal(s->alarm[0].role, scans[at].role);
		assert_true(addr_equal(&s->alarm[0].target, &about));
		scene_close(s);
	}
}

// Who is not to blame ------------------------------------------------------------------------------

// All addresses of an inside network are used, by somebody there or elsewhere.
static void forged_inside_addresses(struct scene *s, uint32_t i) {
	shoot(s, probe(i, INSIDE(10 + i % 50), OUTSIDE(i / 50 % TARGETS), PROTO_TCP, TCP_SYN, 80));
}
// One inside host's address is used from elsewhere: it has been heard of before.
static void other_distance(struct scene *s, uint32_t i) {
	struct shot p = probe(i, BOT, OUTSIDE(i % TARGETS), PROTO_TCP, TCP_SYN, 80);

	p.ttl = 51;
	shoot(s, p);
}
// Questions in a victim's name: their answers are seen, the questions, too.
static void reflection(struct scene *s, uint32_t i) {
	const struct shot ask = probe(i, BOT, OUTSIDE(i % TARGETS), PROTO_UDP, 0, 53);
	struct shot answer = {ask.dst, ask.src, 53, ask.sport, PROTO_UDP, .payload = 1400};

	shoot(s, ask);
	shoot(s, answer);
	answer.sport = 53;
	answer.dport = (uint16_t)(ask.sport ^ 1); // of questions that went another way
	shoot(s, answer);
}
static void crawler(struct scene *s, uint32_t i) {
	connection(s, BOT, (uint16_t)(1024 + i), OUTSIDE(i % 200), 443, 2);
	if (i % 3 == 0) // and hosts that are gone
		shoot(s, probe(i, BOT, OUTSIDE(i % 250), PROTO_TCP, TCP_SYN, 80));
}
static void resolver_one_way(struct scene *s, uint32_t i) {
	shoot(s, probe(i, BOT, OUTSIDE(scene_random(s) % 250), PROTO_UDP, 0, 53));
}
static void peer_to_peer(struct scene *s, uint32_t i) {
	const struct shot p
		= probe(i, BOT, 0x2d400000 + scene_random(s) % 3000, PROTO_UDP, 0, (uint16_t)(i * 7)
		);

	shoot(s, p);
	if (i % 3 == 0)
		shoot(s, (struct shot) {p.dst, p.src, p.dport, p.sport, PROTO_UDP, .payload = 300});
}
static void web_server_one_way(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      .src = BOT,
		      .dst = OUTSIDE(i % 100),
		      .sport = 443,
		      .dport = (uint16_t)(40000 + i / 100 % 20),
		      .proto = PROTO_TCP,
		      .flags = i % 5 == 0 ? TCP_ACK | TCP_PSH : TCP_ACK,
		      .payload = 1400});
}
static void dns_server_one_way(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      .src = BOT,
		      .dst = OUTSIDE(i % 30),
		      .sport = 53,
		      .dport = (uint16_t)(1024 + i * 11 % 60000),
		      .proto = PROTO_UDP,
		      .payload = 180});
}
static void game_server_one_way(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      .src = BOT,
		      .dst = OUTSIDE(i % 40),
		      .sport = 27015,
		      .dport = (uint16_t)(30000 + i % 40),
		      .proto = PROTO_UDP,
		      .payload = 120});
}
static void ping_of_many(struct scene *s, uint32_t i) {
	const struct shot p = {BOT, OUTSIDE(i % 250), .proto = PROTO_ICMP, .flags = 8};

	shoot(s, p);
	if (i % 2 == 0)
		shoot(s, (struct shot) {p.dst, p.src, .proto = PROTO_ICMP, .flags = 0});
}
// It answers forged senders.
static void victim(struct scene *s, uint32_t i) {
	const struct shot in
		= probe(i, 0x2d500000 + scene_random(s) % 100, BOT, PROTO_TCP, TCP_SYN, 80);

	shoot(s, in);
	shoot(s,
	      (struct shot) {in.dst, in.src, 80, in.sport, PROTO_TCP, .flags = TCP_SYN | TCP_ACK});
}
static void trusted_scanner(struct scene *s, uint32_t i) {
	shoot(s, probe(i, INSIDE(9), OUTSIDE(i % TARGETS), PROTO_TCP, TCP_SYN, 80));
}
static void outside_host(struct scene *s, uint32_t i) {
	shoot(s, probe(i, 0x2d600000, OUTSIDE(i % TARGETS), PROTO_TCP, TCP_SYN, 80));
}

static const struct {
	const char *what;
	uint32_t per_s;
	void (*step)(struct scene *s, uint32_t i);
} innocent[] = {
	{"50 inside addresses forged", 20000, forged_inside_addresses},
	{"its address used from another distance", 2000, other_distance},
	{"questions in its name", 2000, reflection},
	{"crawler", 300, crawler},
	{"resolver, one direction seen", 2000, resolver_one_way},
	{"peer-to-peer", 900, peer_to_peer},
	{"web server, one direction seen", 5000, web_server_one_way},
	{"DNS server, one direction seen", 3000, dns_server_one_way},
	{"game server, one direction seen", 2000, game_server_one_way},
	{"ping of 250 hosts", 500, ping_of_many},
	{"victim that answers", 3000, victim},
	{"on the allow-list", 2000, trusted_scanner},
	{"outside", 2000, outside_host},
};

static void check_innocent(unsigned at, bool ip6) {
	struct scene *s = open_wide(ip6, with_networks(ip6));

	print_message("  %s, IPv%c\n", innocent[at].what, ip6 ? '6' : '4');
	for (uint32_t i = 0; i < 30; i++) { // it has been heard of
		connection(s, BOT, (uint16_t)(60000 + i), OUTSIDE(100 + i), 443, 4);
		scene_wait(s, S / 2);
	}
	play(s, innocent[at].per_s, 3, innocent[at].step);
	scene_finish(s);
	tell(s);
	for (uint32_t i = 0; i < s->n; i++)
		assert_true(
			s->alarm[i].role == ROLE_TARGET
			|| s->alarm[i].kind == KIND_HORIZONTAL_SCAN // scan.c's to judge
		);
	scene_close(s);
}

static void nobody_is_accused_without_need(void **) {
	for (unsigned i = 0; i < sizeof(innocent) / sizeof(innocent[0]); i++) {
		check_innocent(i, false);
		check_innocent(i, true);
	}
}

// Dead hosts that it asks all day are its baseline; others live.
static void monitoring(struct scene *s, uint32_t i) {
	if (i % 50 == 0)
		connection(s, BOT, (uint16_t)(2000 + i / 50), OUTSIDE(99), 443, 2);
	syn(s, i);
}

static void what_a_host_always_asks_lifts_its_threshold(void **) {
	struct detect_conf conf = *with_networks(false);
	struct scene *s;

	conf.learn_s = 20;
	s = open_wide(false, &conf);
	play(s, 280, 30, monitoring);
	play(s, 600, 5, monitoring); // twice that
	assert_int_equal(opened(s, -1), 0);
	play(s, 2000, 3, syn);
	scene_finish(s);
	tell(s);
	assert_int_equal(opened(s, ROLE_SOURCE), 1);
	assert_near(s->alarm[0].baseline, 280, 60);
	assert_true(s->alarm[0].threshold > 600);
	scene_close(s);
}

static void one_host_can_be_both(void **) {
	struct scene *s = open_wide(false, with_networks(false));

	for (uint32_t i = 0; i < 6000; i++) {
		shoot(s, probe(i, 0x2d600000, BOT, PROTO_TCP, TCP_SYN, 80));
		syn(s, i);
		scene_wait(s, S / 2000);
	}
	scene_finish(s);
	tell(s);
	assert_int_equal(opened(s, ROLE_SOURCE), 1);
	assert_int_equal(opened(s, ROLE_TARGET), 1);
	assert_true(s->alarm[0].id != s->alarm[1].id);
	scene_close(s);
}

static void private_addresses_are_inside_and_what_is_named(void **) {
	static const struct {
		const char *addr;
		bool inside;
	} rows[] = {
		{"10.255.0.1", true},
		{"11.0.0.1", false},
		{"172.16.0.1", true},
		{"172.31.255.1", true},
		{"172.32.0.1", false},
		{"192.168.3.4", true},
		{"192.169.0.1", false},
		{"169.254.9.9", true},
		{"100.64.0.1", true},
		{"100.128.0.1", false},
		{"8.8.8.8", false},
		{"fd00::1", true},
		{"fc00::1", true},
		{"fe80::1", true},
		{"febf::1", true},
		{"fec0::1", false},
		{"2001:db8::1", false},
	};
	struct network_conf network = {.allow = true};
	struct addr addr;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(addr_parse(&addr, NULL, rows[i].addr), 0);
		assert_int_equal(own_is(NULL, &addr), rows[i].inside);
		network.allow = true;
		assert_false(own_is(&network, &addr));
		network.allow = false;
		assert_true(own_is(&network, &addr));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inside_host_that_floods_many_is_one_alarm_about_it),
		cmocka_unit_test(a_flood_of_one_is_about_the_target_and_names_the_source),
		cmocka_unit_test(a_scan_from_inside_to_outside_is_about_the_scanner),
		cmocka_unit_test(nobody_is_accused_without_need),
		cmocka_unit_test(what_a_host_always_asks_lifts_its_threshold),
		cmocka_unit_test(one_host_can_be_both),
		cmocka_unit_test(private_addresses_are_inside_and_what_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
