// Beaconing, with its false friends.
#include "noted_scene.h"

static void call(struct scene *s, uint8_t server, uint64_t age_ns, uint64_t payload) {
	struct note *n = tcp(s, NOTE_CLOSED, 30, 0, 4000);

	n->dst = addr_from_ip4((const uint8_t[4]) {203, 0, 113, server});
	n->dport = 443;
	n->connection = (struct note_connection) {
		.first_ns = s->now_ns - age_ns, .payload = {200, payload}};
}

// By a quarter more or less, and one that sleeps over.
static void even_calls_of_one_size_are_beaconing(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 60; i++) {
		call(s, 77, 50 * MS, 6800 + i % 3 * 20);
		wait_ms(s, i == 9 ? 9000 : 2250 + i * 7 % 16 * 100);
	}
	assert_int_equal(opened(s, KIND_BEACONING), 1);
	target_is(the(s, KIND_BEACONING), "10.0.0.30");
	assert_int_equal(the(s, KIND_BEACONING)->severity, SEVERITY_LOW);
	assert_non_null(strstr(the(s, KIND_BEACONING)->words, "calls 203.0.113.77, port 443"));
	detect_finish(s->detect);
	assert_int_equal(s->alarm[s->n - 1].severity, SEVERITY_LOW);
	scene_free(s);
}

// Several at once; people, who come when they like; another size each time; calls inside; too few.
static void other_calls_are_no_beaconing(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 100; i++) {
		const uint64_t far = (uint64_t)i * 2654435761u;

		for (unsigned j = 0; j < 3; j++)
			call(s, 1, 50 * MS, 1000);
		if (i * i * 7919 % 101 < 30)
			call(s, 2, 50 * MS, 1000);
		call(s, 3, 50 * MS, far % 100000);
		end(s, 30, 4000, 50 * MS, 1000);
		if (i < 15)
			call(s, 4, 50 * MS, 1000);
		call(s, 5, i % 2 * 5 * S, 1000); // two that overlap
		wait_ms(s, 3000);
	}
	for (unsigned i = 0; i < 60; i++) { // a device that is being set up
		call(s, 6, 50 * MS, 1000);
		wait_ms(s, 2000);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

// As over IPv4; but a site's own addresses are global.
static void beaconing_over_ip6_leaves_the_site(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 40; i++) {
		for (unsigned far = 0; far < 2; far++) {
			struct note *n = tcp(s, NOTE_CLOSED, 0, 0, 4000);

			addr_parse(&n->src, NULL, far ? "2001:db8:0:1::1" : "2001:db8:0:1::2");
			addr_parse(&n->dst, NULL, far ? "2001:db8:1::5" : "2001:db8:0:2::5");
			n->connection = (struct note_connection) {
				.first_ns = s->now_ns, .payload = {200, 1000}};
		}
		wait_ms(s, 5000);
	}
	assert_int_equal(opened(s, KIND_BEACONING), 1);
	target_is(the(s, KIND_BEACONING), "2001:db8:0:1::1");
	scene_free(s);
}

static void what_was_missed_is_no_beaconing(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 100; i++) {
		call(s, 77, 50 * MS, 1000);
		if (i % 15 == 14)
			s->window->notes->missed[NOTE_CLOSED]++;
		wait_ms(s, 3000);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(even_calls_of_one_size_are_beaconing),
		cmocka_unit_test(other_calls_are_no_beaconing),
		cmocka_unit_test(beaconing_over_ip6_leaves_the_site),
		cmocka_unit_test(what_was_missed_is_no_beaconing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
