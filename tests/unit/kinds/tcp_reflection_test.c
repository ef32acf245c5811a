// Answers of web servers that nobody asked for; and what else comes from the ports of the web.
#include "scene.h"
#include "test.h"

#include <cmocka.h>

#define TARGET 5
#define PAGE "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>"

// A page of refusal, now and then with its end.
static void refusals(struct scene *s, uint32_t i) {
	struct shot p = {
		0x200000 + i % 300 * 7919,
		TARGET,
		i % 3 == 0 ? 443 : 80,
		(uint16_t)(1024 + i * 31 % 60000),
		PROTO_TCP,
		TCP_PSH | TCP_ACK,
		.payload = 800,
		.seq = i,
		.words = PAGE,
	};

	shoot(s, p);
	p.flags = TCP_RST | TCP_ACK;
	p.payload = 0;
	p.words = NULL;
	if (i % 4 == 0)
		shoot(s, p);
}

// The same flags from any port: a flood, but nobody reflects it.
static void pshacks(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      0x200000 + i * 7919,
		      TARGET,
		      (uint16_t)(1024 + i * 77 % 60000),
		      80,
		      PROTO_TCP,
		      TCP_PSH | TCP_ACK,
		      .payload = 100,
		      .seq = i,
		      .words = "GET / HTTP/1.1\r\n",
	      });
}

// Of a busy proxy only what comes back is seen: each connection begins with its SYN-ACK.
static void answers_one_way(struct scene *s, uint32_t i) {
	struct shot p = {
		0x200000 + i % 200 * 7919,
		TARGET,
		443,
		(uint16_t)(1024 + i * 31 % 60000),
		PROTO_TCP,
		TCP_SYN | TCP_ACK,
		.seq = 1,
	};

	shoot(s, p);
	p.flags = TCP_PSH | TCP_ACK;
	p.words = PAGE;
	p.payload = 1000;
	for (p.seq = 2; p.seq < 6000; p.seq += 1000)
		shoot(s, p);
}

// The middle of downloads from a few servers, where the sensor began.
static void downloads(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      0x200000 + i % 4,
		      TARGET,
		      443,
		      (uint16_t)(2000 + i % 4),
		      PROTO_TCP,
		      TCP_ACK,
		      .payload = 1400,
		      .seq = i * 1400,
	      });
}

static void reflected_pages_are_told_and_what_else_comes_from_the_web_is_not(void **) {
	static const struct {
		const char *what;
		void (*step)(struct scene *s, uint32_t i);
		unsigned kind; // KIND_N: whatever, but no reflection
	} cases[] = {
		{"pages of refusal", refusals, KIND_TCP_REFLECTION},
		{"PSH-ACK of anybody", pshacks, KIND_PSHACK_FLOOD},
		{"answers alone", answers_one_way, KIND_N},
		{"downloads under way", downloads, KIND_N},
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		const unsigned c = (unsigned)i / 2;
		struct scene *s = scene_open(i % 2 == 1, &detect_defaults);
		const uint64_t began_ns = s->now_ns;

		print_message("  %s, IPv%u\n", cases[c].what, i % 2 == 1 ? 6 : 4);
		for (uint32_t j = 0; j < 2000; j++) {
			cases[c].step(s, j);
			scene_wait(s, S / 500);
		}
		scene_finish(s);
		scene_print(s);
		assert_int_equal(
			scene_opened(s, KIND_TCP_REFLECTION), cases[c].kind == KIND_TCP_REFLECTION
		);
		if (cases[c].kind != KIND_N) {
			assert_int_equal(scene_opened(s, KIND_N), 1);
			assert_non_null(scene_find(s, cases[c].kind, ALARM_OPEN));
			assert_true(
				scene_find(s, cases[c].kind, ALARM_OPEN)->time_ns - began_ns <= S
			);
		}
		scene_close(s);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reflected_pages_are_told_and_what_else_comes_from_the_web_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
