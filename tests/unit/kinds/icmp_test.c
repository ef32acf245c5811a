// ICMP tunnels, with their false friends.
#include "noted_scene.h"

static void echo(struct scene *s, bool reply, uint8_t content) {
	struct note *n = note(s, NOTE_ECHO, reply ? 9 : 8, reply ? 8 : 9);

	n->sport = reply ? 0 : 8;
	n->proto = 1;
	n->payload_bytes = 600;
	n->n_data = NOTE_DATA_BYTES;
	memset(n->data, content, NOTE_DATA_BYTES);
}

static void replies_that_carry_something_else_are_a_tunnel(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 60; i++) {
		echo(s, false, (uint8_t)i);
		wait_ms(s, 20);
		echo(s, true, (uint8_t)(100 + i));
		wait_ms(s, 80);
	}
	assert_int_equal(opened(s, KIND_ICMP_TUNNEL), 1);
	target_is(the(s, KIND_ICMP_TUNNEL), "10.0.0.8");
	scene_free(s);
}

// Large ones, each another, some lost, some late, some replies without a request of the same time.
static void a_ping_is_no_tunnel(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 300; i++) {
		echo(s, false, (uint8_t)i);
		wait_ms(s, 20);
		if (i >= 3 && i % 5 != 0)
			echo(s, true, (uint8_t)(i - 3));
		wait_ms(s, 20);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_that_carry_something_else_are_a_tunnel),
		cmocka_unit_test(a_ping_is_no_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
