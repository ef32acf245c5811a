// Scans of IP protocols, seen by their probes or by the answers alone, and what only looks like them.
#include "scene.h"
#include "test.h"

#include <cmocka.h>

#define SCANNER 0x030201
#define HOST 5

static void unreachable(struct scene *s, uint32_t from, uint32_t to) {
	shoot(s, (struct shot) {from, to, .proto = PROTO_ICMP, .flags = 3, .payload = 28});
}

static void probe(struct scene *s, uint32_t i) {
	shoot(s, (struct shot) {SCANNER, HOST, .proto = (uint8_t)(61 + i % 190)});
	unreachable(s, HOST, SCANNER);
}

static void answer_alone(struct scene *s, uint32_t) {
	unreachable(s, HOST, SCANNER);
}

// Two gateways with tunnels, and what routers tell each other.
static void tunnels(struct scene *s, uint32_t i) {
	static const uint8_t protos[] = {50, 51, 89, 103, 112};
	const uint8_t proto = protos[i % sizeof(protos)];

	shoot(s,
	      (struct shot
	      ) {i % 2 ? SCANNER : HOST, i % 2 ? HOST : SCANNER, .proto = proto, .payload = 300});
}

static void flood(struct scene *s, uint32_t) {
	shoot(s, (struct shot) {SCANNER, HOST, .proto = 99, .payload = 20});
}

static void client_of_a_closed_port(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      SCANNER, HOST, (uint16_t)(3000 + i % 40), 514, PROTO_UDP, .payload = 80});
	unreachable(s, HOST, SCANNER);
}

static void routers_that_say_no(struct scene *s, uint32_t i) {
	unreachable(s, 0x200000 + i * 7, SCANNER);
}

static void protocols_that_are_tried_are_told(void **) {
	static const struct {
		const char *what;
		unsigned per_s, n;
		void (*step)(struct scene *, uint32_t);
		bool scan;
	} cases[] = {
		{"probes", 400, 250, probe, true},
		{"probes, slower", 20, 190, probe, true},
		{"answers alone", 2000, 220, answer_alone, true},
		{"answers beyond number", 2000, 6000, answer_alone, false},
		{"tunnels", 200, 2000, tunnels, false},
		{"a flood", 3000, 6000, flood, false},
		{"a closed port", 20, 400, client_of_a_closed_port, false},
		{"routers", 40, 400, routers_that_say_no, false},
	};

	for (unsigned i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned c = i / 2;
		struct scene *s = scene_open(i % 2, &detect_defaults);
		const struct addr host = scene_addr(s, HOST), scanner = scene_addr(s, SCANNER);
		const struct alarm *a;

		print_message("  %s, IPv%c\n", cases[c].what, i % 2 ? '6' : '4');
		for (uint32_t j = 0; j < cases[c].n; j++) {
			cases[c].step(s, j);
			scene_wait(s, S / cases[c].per_s);
		}
		scene_wait(s, 20 * S);
		a = scene_find(s, KIND_PROTOCOL_SCAN, ALARM_OPEN);
		if ((a != NULL) != cases[c].scan || (cases[c].scan && scene_opened(s, KIND_N) != 1))
			scene_print(s);
		assert_int_equal(a != NULL, cases[c].scan && true);
		if (cases[c].scan) {
			assert_int_equal(scene_opened(s, KIND_N), 1);
			assert_true(addr_equal(&a->target, &host));
			assert_true(addr_equal(&a->sources[0].addr, &scanner));
			assert_true(a->value <= 256);
			assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
		}
		scene_close(s);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocols_that_are_tried_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
