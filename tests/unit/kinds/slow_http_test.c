// Slow HTTP, with its false friends.
#include "noted_scene.h"

static void many_requests_that_do_not_end_are_slow_http(void **) {
	struct scene *s = scene_new();

	for (uint16_t i = 0; i < 120; i++) {
		begin(s, 66, (uint16_t)(1000 + i));
		wait_ms(s, 100);
	}
	assert_int_equal(opened(s, KIND_SLOW_HTTP), 1);
	target_is(the(s, KIND_SLOW_HTTP), "10.0.0.80");
	assert_int_equal(the(s, KIND_SLOW_HTTP)->port, 80);
	assert_non_null(strstr(the(s, KIND_SLOW_HTTP)->words, "10.0.0.66 holds"));
	scene_free(s);
}

// The server gives up after five seconds: the next ones come.
static void requests_that_the_server_gives_up_are_slow_http(void **) {
	struct scene *s = scene_new();

	for (uint16_t i = 0; i < 200; i++) {
		begin(s, 66, (uint16_t)(1000 + i));
		if (i >= 50)
			end(s, 66, (uint16_t)(950 + i), 5 * S, 180);
		wait_ms(s, 100);
	}
	assert_int_equal(opened(s, KIND_SLOW_HTTP), 1);
	scene_free(s);
}

// Pages that are finished, with a few left over; long polling of many clients; downloads; a pool that is
// filled and not used; another service.
static void web_traffic_is_not_slow_http(void **) {
	struct scene *s = scene_new();

	for (uint16_t i = 0; i < 400; i++) {
		begin(s, 1, (uint16_t)(1000 + i));
		if (i % 4 != 0)
			end(s, 1, (uint16_t)(1000 + i), 90 * MS, 3000);
		begin(s, 200u + i % 100, i);
		begin(s, 2, i);
		if (i >= 60)
			end(s, 2, (uint16_t)(i - 60), 6 * S, 50000);
		tcp(s, NOTE_OPENED, 3, 80, i);
		tcp(s, NOTE_OPENED, 4, 80, i)->dport = 5432;
		tcp(s, NOTE_PAYLOAD, 4, 80, i)->dport = 5432;
		if (i >= 48) // of the second there are never many at once
			wait_ms(s, 100);
		else
			wait_ms(s, 300);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

// Ends were missed: what was opened before may be over.
static void what_was_missed_is_not_slow_http(void **) {
	struct scene *s = scene_new();

	for (uint16_t i = 0; i < 300; i++) {
		begin(s, 66, (uint16_t)(1000 + i));
		if (i % 20 == 19)
			s->window->notes->missed[NOTE_CLOSED]++;
		wait_ms(s, 100);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_requests_that_do_not_end_are_slow_http),
		cmocka_unit_test(requests_that_the_server_gives_up_are_slow_http),
		cmocka_unit_test(web_traffic_is_not_slow_http),
		cmocka_unit_test(what_was_missed_is_not_slow_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
