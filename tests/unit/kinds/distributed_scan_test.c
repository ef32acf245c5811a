// A scan that many sources share, and crowds that are none.
#include "scene.h"
#include "test.h"

#include <cmocka.h>

static void syn(struct scene *s, uint32_t from, uint32_t to, uint16_t dport) {
	const uint16_t sport = (uint16_t)(1024 + scene_random(s) % 60000);

	shoot(s,
	      (struct shot) {from, to, sport, dport, PROTO_TCP, TCP_SYN, .seq = scene_random(s)});
}

// Bots everywhere, each of which tries an address or two of two networks.
static void bots(struct scene *s, uint32_t) {
	const uint32_t host = scene_random(s) % 30000;

	syn(s,
	    0x500000 + scene_random(s) % 5000,
	    host % 4 != 0 ? 0x010000 + host : 0x020000 + host,
	    23);
}

static void bots_and_busy_servers(struct scene *s, uint32_t i) {
	bots(s, i);
	if (i % 20 == 0)
		connection(s, 0x400000 + i, (uint16_t)(2000 + i), 0x010001 + i % 7, 23, 4);
}

static void one_source(struct scene *s, uint32_t i) {
	syn(s, 77, 0x010000 + i, 23);
}

static void clients_of_many_servers(struct scene *s, uint32_t i) {
	connection(s, 0x500000 + i % 700, (uint16_t)(2000 + i), 0x010000 + i * 7 % 300, 443, 2);
}

// What the servers say goes another way.
static void clients_one_way(struct scene *s, uint32_t i) {
	struct shot p
		= {0x500000 + i % 700,
		   0x010000 + i * 7 % 300,
		   (uint16_t)(2000 + i),
		   443,
		   PROTO_TCP,
		   TCP_SYN,
		   .seq = 1};

	shoot(s, p);
	scene_wait(s, 20 * MS);
	p.seq = 2;
	p.ack = 9;
	p.flags = TCP_ACK | TCP_PSH;
	p.payload = 300;
	shoot(s, p);
	shoot(s, (p.seq += 300, p));
	shoot(s, (p.seq += 300, p));
}

// Its servers are gone, and all come again.
static void service_that_is_down(struct scene *s, uint32_t i) {
	syn(s, 0x500000 + i % 2000, 0x010000 + i % 12, 443);
}

// Half of the peers that they remember are gone.
static void peers_of_many(struct scene *s, uint32_t i) {
	const uint32_t from = 0x500000 + i % 300, to = 0x010000 + i * 7919 % 60000;

	if (i % 2 == 0)
		syn(s, from, to, 6881);
	else
		connection(s, from, (uint16_t)(2000 + i), to, 6881, 1);
}

static unsigned
play(struct scene *s, unsigned per_s, unsigned seconds, void (*step)(struct scene *, uint32_t)) {
	for (uint32_t i = 0; i < per_s * seconds; i++) {
		step(s, i);
		scene_wait(s, S / per_s);
	}
	scene_finish(s);
	return scene_opened(s, KIND_DISTRIBUTED_SCAN);
}

static void many_sources_that_try_one_port_of_many_hosts_are_one_scan(void **) {
	static void (*const step[])(struct scene *, uint32_t) = {bots, bots_and_busy_servers};

	for (unsigned i = 0; i < 4; i++) {
		struct scene *s = scene_open(i % 2, &detect_defaults);
		const uint64_t began_ns = s->now_ns;
		const struct addr host = scene_addr(s, 0x010007);
		const struct alarm *a;
		struct addr network;

		assert_int_equal(play(s, 300, 4, step[i / 2]), 1);
		assert_int_equal(scene_opened(s, KIND_N), 1);
		a = scene_find(s, KIND_DISTRIBUTED_SCAN, ALARM_OPEN);
		assert_true(a->time_ns - began_ns <= S);
		assert_int_equal(a->target_prefix_len, s->ip6 ? 48 : 16);
		network = addr_mask(&host, a->target_prefix_len);
		assert_true(addr_equal(&a->target, &network));
		assert_int_equal(a->port, 23);
		assert_true(a->distinct_sources >= 32);
		a = &s->alarm[s->n - 1];
		assert_int_equal(a->state, ALARM_CLOSE);
		assert_true(a->peak > 700);
		scene_close(s);
	}
}

static void what_is_answered_or_comes_again_is_none(void **) {
	static const struct {
		const char *what;
		unsigned per_s;
		void (*step)(struct scene *, uint32_t);
	} cases[] = {
		{"one source: a scan of its own", 200, one_source},
		{"clients of many servers", 100, clients_of_many_servers},
		{"clients of many servers, one direction", 40, clients_one_way},
		{"a service that is down", 400, service_that_is_down},
		{"peers of many", 100, peers_of_many},
	};

	for (unsigned i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *s = scene_open(i % 2, &detect_defaults);

		print_message("  %s, IPv%c\n", cases[i / 2].what, i % 2 ? '6' : '4');
		assert_int_equal(play(s, cases[i / 2].per_s, 20, cases[i / 2].step), 0);
		scene_close(s);
	}
}

// Every port of a host, as a scan of it does: the port that is tried everywhere is still found.
static void ports_that_come_and_go_leave_room(void **) {
	struct scene *s = scene_open(false, &detect_defaults);

	for (uint32_t i = 0; i < 4000; i++) {
		syn(s, 66, 0x030000 + i % 300, (uint16_t)(1000 + i * 7));
		if (i > 2000)
			bots(s, i);
		scene_wait(s, 2 * MS);
	}
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_DISTRIBUTED_SCAN), 1);
	scene_close(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_sources_that_try_one_port_of_many_hosts_are_one_scan),
		cmocka_unit_test(what_is_answered_or_comes_again_is_none),
		cmocka_unit_test(ports_that_come_and_go_leave_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
