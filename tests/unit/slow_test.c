// Scenes that rise slowly, packet by packet: floods of a few packets a second are raised, what is like them is
// not. And thresholds that the operator set.
#include "scene.h"
#include "test.h"

#define SERVER 5
#define CLOSED 81

struct part {
	double per_s; // at the end
	double from_per_s;
	void (*shoot)(struct scene *, uint32_t n);
};

static void visit(struct scene *s, uint32_t n) {
	connection(s, 100 + n % 50, (uint16_t)(10000 + n % 50000), SERVER, 80, 4);
}

// Forged: each from somewhere else, and the server's answer gets none.
static void forged_syn(struct scene *s, uint32_t n) {
	const uint32_t from = 0x100000 + scene_random(s) % 0xe00000;
	const uint16_t sport = (uint16_t)(1024 + n * 7919 % 60000);

	shoot(s, (struct shot) {from, SERVER, sport, 80, PROTO_TCP, TCP_SYN, .seq = n});
	shoot(s,
	      (struct shot) {SERVER, from, 80, sport, PROTO_TCP, TCP_SYN | TCP_ACK, .ack = n + 1});
}

static void forged_udp(struct scene *s, uint32_t n) {
	const uint32_t from = 0x100000 + scene_random(s) % 0xe00000;

	shoot(s,
	      (struct shot) {
		      from, SERVER, (uint16_t)(1024 + n % 60000), 9999, PROTO_UDP, .payload = 200});
}

// A client that asks again and again for what is not there.
static void refused(struct scene *s, uint32_t n) {
	const uint16_t sport = (uint16_t)(20000 + n % 40000);

	shoot(s, (struct shot) {77, SERVER, sport, CLOSED, PROTO_TCP, TCP_SYN, .seq = n});
	shoot(s,
	      (struct shot) {SERVER, 77, CLOSED, sport, PROTO_TCP, TCP_RST | TCP_ACK, .ack = n + 1}
	);
}

// A scanner that takes its time.
static void probe(struct scene *s, uint32_t n) {
	shoot(s,
	      (struct shot
	      ) {78, SERVER, 4444, (uint16_t)(1 + n * 31 % 20000), PROTO_TCP, TCP_SYN, .seq = n});
}

// Logs, one way.
static void log_line(struct scene *s, uint32_t) {
	shoot(s, (struct shot) {79, SERVER, 514, 514, PROTO_UDP, .payload = 300});
}

static void ping(struct scene *s, uint32_t) {
	shoot(s, (struct shot) {80, SERVER, .proto = PROTO_ICMP, .flags = 8, .payload = 56});
	shoot(s, (struct shot) {SERVER, 80, .proto = PROTO_ICMP, .flags = 0, .payload = 56});
}

// All parts at once, each at its rate, for so long. @return seconds until an alarm opened, or 0
static unsigned play(struct scene *s, const struct part parts[], unsigned n, unsigned seconds) {
	const unsigned steps = seconds * 20;
	double due[4] = {0};
	uint32_t sent[4] = {0};

	assert_true(n <= 4);
	for (unsigned i = 0; i < steps; i++) {
		scene_wait(s, S / 20);
		for (unsigned p = 0; p < n; p++) {
			const double share = (double)i / steps;

			due[p] += (parts[p].from_per_s
				   + (parts[p].per_s - parts[p].from_per_s) * share)
				/ 20;
			for (; due[p] >= 1; due[p]--)
				parts[p].shoot(s, sent[p]++);
		}
		if (scene_opened(s, KIND_N) > 0)
			return i / 20 + 1;
	}
	return 0;
}

#define CALM_S 180
static const struct part calm[] = {{2, 2, visit}};

static void a_flood_of_five_percent_is_raised(void **) {
	static const struct {
		const char *what;
		struct part part;
		unsigned kind;
	} cases[] = {
		{"SYN", {3, 0, forged_syn}, KIND_SYN_FLOOD},
		{"UDP", {3, 0, forged_udp}, KIND_UDP_FLOOD},
	};

	for (unsigned i = 0; i < 4; i++) {
		const struct part parts[] = {calm[0], cases[i / 2].part};
		struct scene *s = scene_open(i % 2, &detect_defaults);
		const struct alarm *open;
		unsigned after;

		print_message("  %s, IPv%c\n", cases[i / 2].what, i % 2 ? '6' : '4');
		assert_int_equal(play(s, calm, 1, CALM_S), 0);
		after = play(s, parts, 2, 600);
		scene_print(s);
		print_message("    after %u s\n", after);
		assert_true(after > 120 && after < 600);
		assert_int_equal(scene_opened(s, KIND_N), 1);
		open = scene_find(s, cases[i / 2].kind, ALARM_OPEN);
		assert_non_null(open);
		assert_int_equal(open->severity, SEVERITY_LOW);
		assert_true(open->interval_ns >= 30 * S && open->value > open->threshold * 0.99);
		assert_true(open->value < 0.05 * 60);
		// One alarm, and it ends.
		for (unsigned t = 0; t < 60; t++)
			for (unsigned k = 0; k < 3; k++) {
				scene_wait(s, S / 3);
				parts[1].shoot(s, 90000 + 3 * t + k);
			}
		scene_wait(s, 45 * S);
		assert_int_equal(scene_opened(s, KIND_N), 1);
		assert_non_null(scene_find(s, cases[i / 2].kind, ALARM_CLOSE));
		scene_close(s);
	}
}

static void what_only_looks_like_it_is_not(void **) {
	static const struct {
		const char *what;
		struct part part;
	} cases[] = {
		{"a crowd that grows", {30, 2, visit}},
		{"a client of a closed port", {5, 0, refused}},
		{"a slow scan", {3, 0, probe}},
		{"logs", {20, 0, log_line}},
		{"a monitor's ping", {5, 5, ping}},
	};

	for (unsigned i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const struct part parts[] = {calm[0], cases[i / 2].part};
		struct scene *s = scene_open(i % 2, &detect_defaults);

		print_message("  %s, IPv%c\n", cases[i / 2].what, i % 2 ? '6' : '4');
		assert_int_equal(play(s, calm, 1, CALM_S), 0);
		play(s, parts, 2, 600);
		scene_print(s);
		assert_int_equal(
			scene_opened(s, KIND_SYN_FLOOD) + scene_opened(s, KIND_UDP_FLOOD)
				+ scene_opened(s, KIND_ICMP_FLOOD),
			0
		);
		scene_close(s);
	}
}

// What the operator set -----------------------------------------------------------------------------

static void set_network(struct detect_conf *c, const char *prefix, uint32_t syn_per_s) {
	struct network_conf *n = &c->network[c->n_networks++];

	assert_int_equal(addr_parse(&n->addr, &n->prefix_len, prefix), 0);
	n->threshold_per_s[KIND_SYN_FLOOD] = syn_per_s;
}

struct set_case {
	const char *what;
	const char *net[3]; // prefixes of IPv4
	const char *net6[3];
	uint32_t set[3]; // SYN/s; 0: nothing
	uint32_t floor; // of the kind
	double per_s; // that come
	double threshold; // of the alarm; 0: none
};

static void a_threshold_that_was_set_counts(void **) {
	static const struct set_case cases[] = {
		{"below it", {"10.0.0.0/8"}, {"2001:db8::/32"}, {500}, 60, 300, 0},
		{"above it", {"10.0.0.0/8"}, {"2001:db8::/32"}, {500}, 60, 700, 500},
		{"the host's own",
		 {"10.0.0.0/8", "10.0.0.5/32"},
		 {"2001:db8::/32", "2001:db8:0:5::5/128"},
		 {5000, 200},
		 60,
		 300,
		 200},
		{"inherited by a network without one",
		 {"10.0.0.0/8", "10.0.0.0/24", "10.0.0.5/32"},
		 {"2001:db8::/32", "2001:db8:0:5::/64", "2001:db8:0:5::5/128"},
		 {5000, 400, 0},
		 60,
		 300,
		 0},
		{"another network's", {"11.0.0.0/8"}, {"2001:db9::/32"}, {5000}, 60, 300, 60},
		{"below the floor", {"10.0.0.0/8"}, {"2001:db8::/32"}, {100}, 1000, 150, 100},
	};

	for (unsigned i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const struct part flood = {cases[i / 2].per_s, cases[i / 2].per_s, forged_syn};
		struct detect_conf *c = malloc(sizeof(*c));
		const struct alarm *open;
		struct scene *s;

		print_message("  %s, IPv%c\n", cases[i / 2].what, i % 2 ? '6' : '4');
		*c = detect_defaults;
		c->kind[KIND_SYN_FLOOD].floor_per_s = cases[i / 2].floor;
		for (unsigned k = 0; k < 3 && cases[i / 2].net[k] != NULL; k++)
			set_network(
				c,
				i % 2 ? cases[i / 2].net6[k] : cases[i / 2].net[k],
				cases[i / 2].set[k]
			);
		s = scene_open(i % 2, c);
		play(s, &flood, 1, 5);
		open = scene_find(s, KIND_SYN_FLOOD, ALARM_OPEN);
		scene_print(s);
		assert_int_equal(open != NULL, cases[i / 2].threshold != 0);
		if (open != NULL)
			assert_near(open->threshold, cases[i / 2].threshold, 1e-9);
		if (open != NULL && cases[i / 2].threshold != 60)
			assert_non_null(strstr(open->words, "as set here"));
		free(c);
		scene_close(s);
	}
}

// It is the operator's word against 5 %.
static void a_set_threshold_ends_the_slow_rise(void **) {
	const struct part parts[] = {calm[0], {3, 0, forged_syn}};
	struct detect_conf *c = malloc(sizeof(*c));
	struct scene *s;

	*c = detect_defaults;
	set_network(c, "10.0.0.5/32", 100);
	s = scene_open(false, c);
	assert_int_equal(play(s, calm, 1, CALM_S), 0);
	assert_int_equal(play(s, parts, 2, 600), 0);
	free(c);
	scene_close(s);
}

// What came at once is in the mean of the half minute behind it, too: it is told already.
static void a_flood_is_not_told_again_as_a_rise(void **) {
	for (unsigned kind = 0; kind < 2; kind++) {
		struct scene *s = scene_open(false, &detect_defaults);
		uint32_t sent = 0;
		uint64_t end_ns;

		assert_int_equal(play(s, calm, 1, CALM_S), 0);
		for (unsigned i = 0; i < 5000; i++) {
			scene_wait(s, S / 1000);
			if (kind == 0)
				forged_syn(s, sent++);
			else
				forged_udp(s, sent++);
		}
		end_ns = s->now_ns;
		for (unsigned i = 0; i < 600; i++) {
			scene_wait(s, S / 10);
			if (i % 5 == 0)
				visit(s, sent++);
			if (i % 2 == 0) // a trickle of it goes on
				forged_udp(s, sent++);
		}
		if (scene_opened(s, KIND_N) != 1)
			scene_print(s);
		assert_int_equal(scene_opened(s, KIND_N), 1);
		assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
		assert_true(s->alarm[s->n - 1].time_ns < end_ns + 6 * S);
		scene_close(s);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_of_five_percent_is_raised),
		cmocka_unit_test(what_only_looks_like_it_is_not),
		cmocka_unit_test(a_threshold_that_was_set_counts),
		cmocka_unit_test(a_set_threshold_ends_the_slow_rise),
		cmocka_unit_test(a_flood_is_not_told_again_as_a_rise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
