// Slow scans: one who tries ports for minutes, and senders of floods, who are none.
#include "../scene.h"

#define VICTIM 5
#define REFLECTORS 40
#define PULSES 3

static void in_both_families(void (*scene)(struct scene *s)) {
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct scene *s = scene_open(ip6, &detect_defaults);

		scene(s);
		scene_close(s);
	}
}

static void a_port_a_second(struct scene *s) {
	for (uint16_t i = 0; i < 150; i++) {
		shoot(s,
		      (struct shot) {
			      .src = 66,
			      .dst = VICTIM,
			      .proto = PROTO_TCP,
			      .flags = TCP_SYN,
			      .sport = 4000,
			      .dport = 7000 + i});
		scene_wait(s, S);
	}
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_SLOW_SCAN), 1);
}

static void who_tries_ports_for_minutes_scans_slowly(void **) {
	in_both_families(a_port_a_second);
}

// The same reflectors, again a minute later: each sends to many ports.
static void pulses(struct scene *s) {
	for (unsigned pulse = 0; pulse < PULSES; pulse++) {
		for (unsigned i = 0; i < 4000; i++) {
			shoot(s,
			      (struct shot) {
				      .src = 1000 + scene_random(s) % REFLECTORS,
				      .dst = VICTIM,
				      .proto = PROTO_UDP,
				      .sport = 1900,
				      .dport = (uint16_t)(1024 + scene_random(s) % 60000),
				      .payload = 300});
			scene_wait(s, MS);
		}
		scene_wait(s, 60 * S);
	}
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_SLOW_SCAN), 0);
	assert_int_equal(scene_opened(s, KIND_AMP_SSDP), PULSES);
}

static void who_takes_part_in_floods_does_not_scan(void **) {
	in_both_families(pulses);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_tries_ports_for_minutes_scans_slowly),
		cmocka_unit_test(who_takes_part_in_floods_does_not_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
