// ICMP tunnels, with their false friends.
#include "noted_scene.h"

#define TIME_BYTES 16

// @param time  what a ping puts at the beginning @param body  and behind that
static void echo(struct scene *s, bool reply, uint8_t time, uint8_t body) {
	struct note *n = note(s, NOTE_ECHO, reply ? 9 : 8, reply ? 8 : 9);

	n->sport = reply ? 0 : 8;
	n->proto = 1;
	n->payload_bytes = 600;
	n->n_data = NOTE_DATA_BYTES;
	memset(n->data, body, NOTE_DATA_BYTES);
	memset(n->data, time, TIME_BYTES);
}

static void replies_that_carry_something_else_are_a_tunnel(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 60; i++) {
		echo(s, false, 0, 7);
		wait_ms(s, 20);
		echo(s, true, 0, (uint8_t)(100 + i));
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
		echo(s, false, (uint8_t)i, 7);
		wait_ms(s, 20);
		if (i >= 3 && i % 5 != 0)
			echo(s, true, (uint8_t)(i - 3), 7);
		wait_ms(s, 20);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

// The kernel answers them as it answers any.
static void upload(struct scene *s, unsigned n) {
	static uint8_t content;

	for (unsigned i = 0; i < n; i++) {
		echo(s, false, 0, ++content);
		echo(s, true, 0, content);
		wait_ms(s, 50);
	}
}

static void silence_ms(struct scene *s, unsigned ms) {
	for (; ms > 0; ms -= 100)
		wait_ms(s, 100);
}

static void requests_that_each_bring_something_new_are_a_tunnel(void **) {
	struct scene *s = scene_new();

	upload(s, 60);
	assert_int_equal(opened(s, KIND_ICMP_TUNNEL), 1);
	silence_ms(s, 14000);
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	assert_non_null(strstr(s->alarm[s->n - 1].words, "odd echoes in 60 s"));
	scene_free(s);
}

// Somebody types: after the first pause that closed it the alarm waits.
static void a_tunnel_that_pauses_is_not_told_each_time(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 6; i++) {
		upload(s, 60);
		silence_ms(s, 40000);
	}
	assert_int_equal(opened(s, KIND_ICMP_TUNNEL), 2);
	silence_ms(s, 60000);
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_that_carry_something_else_are_a_tunnel),
		cmocka_unit_test(a_ping_is_no_tunnel),
		cmocka_unit_test(requests_that_each_bring_something_new_are_a_tunnel),
		cmocka_unit_test(a_tunnel_that_pauses_is_not_told_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
