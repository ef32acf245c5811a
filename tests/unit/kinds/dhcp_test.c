// DHCP starvation.
#include "noted_scene.h"

static void dhcp(struct scene *s, uint32_t client) {
	struct note *n = note(s, NOTE_DHCP, 0, 2);

	n->sport = 68;
	n->dport = 67;
	n->payload_bytes = 300;
	n->n_data = NOTE_DATA_BYTES;
	n->data[0] = 1;
	memcpy(&n->data[30], &client, 4);
}

static void many_new_clients_starve_a_server_and_few_do_not(void **) {
	struct scene *s = scene_new();

	for (uint32_t i = 0; i < 400; i++) {
		dhcp(s, i % 20); // the same ones ask again and again
		wait_ms(s, 20);
	}
	assert_int_equal(s->n, 0);
	for (uint32_t i = 0; i < 200; i++) {
		dhcp(s, 100 + i);
		wait_ms(s, 20);
	}
	wait_ms(s, 200);
	assert_int_equal(opened(s, KIND_DHCP_STARVATION), 1);
	assert_int_equal(the(s, KIND_DHCP_STARVATION)->port, 67);
	scene_free(s);
}

// Faster than is noted: 128 of 256 messages in a tick.
static void who_starves_faster_than_is_noted_is_heard_too(void **) {
	struct scene *s = scene_new();

	for (uint32_t i = 0; i < 32; i++) {
		dhcp(s, i);
		s->window->notes->missed[NOTE_DHCP]++;
	}
	wait_ms(s, 100);
	wait_ms(s, 100);
	assert_int_equal(opened(s, KIND_DHCP_STARVATION), 1);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_new_clients_starve_a_server_and_few_do_not),
		cmocka_unit_test(who_starves_faster_than_is_noted_is_heard_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
