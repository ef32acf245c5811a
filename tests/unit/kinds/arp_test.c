// ARP: sweeps and spoofing, with their false friends.
#include "noted_scene.h"

static void arp(struct scene *s, bool reply, uint32_t src, uint32_t dst, uint8_t mac) {
	struct note *n = note(s, NOTE_ARP, src, dst);

	n->n_data = 28;
	n->data[7] = reply ? 2 : 1;
	n->data[8] = 2;
	n->data[13] = mac;
}

static void who_asks_for_every_address_sweeps(void **) {
	struct scene *s = scene_new();

	for (uint32_t i = 1; i < 120; i++) {
		arp(s, false, 7, i + 100, 7);
		wait_ms(s, 20);
	}
	wait_ms(s, 500);
	assert_int_equal(opened(s, KIND_ARP_SWEEP), 1);
	target_is(the(s, KIND_ARP_SWEEP), "10.0.0.7");
	assert_int_equal(the(s, KIND_ARP_SWEEP)->n_sources, 1);
	assert_non_null(strstr(the(s, KIND_ARP_SWEEP)->words, "10.0.0.7 asked by ARP"));
	detect_finish(s->detect);
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	scene_free(s);
}

// A router of a busy network asks for many too, but those are there; and who asks for one again and again.
static void who_gets_answers_does_not_sweep(void **) {
	struct scene *s = scene_new();

	for (uint32_t i = 1; i < 200; i++) {
		arp(s, false, 1, i + 100, 1);
		arp(s, true, i + 100, 1, (uint8_t)i);
		arp(s, false, 2, 9, 2);
		wait_ms(s, 20);
	}
	wait_ms(s, 500);
	assert_int_equal(s->n, 0);
	scene_free(s);
}

// Who gives addresses away looks for whom it gives them to.
static void a_dhcp_server_does_not_sweep(void **) {
	struct scene *s = scene_new();

	for (uint32_t i = 1; i < 120; i++) {
		struct note *n;

		arp(s, false, 7, i + 100, 7);
		n = note(s, NOTE_DHCP, 7, i + 100);
		n->sport = 67;
		n->dport = 68;
		n->n_data = NOTE_DATA_BYTES;
		n->data[0] = 2;
		wait_ms(s, 20);
	}
	wait_ms(s, 500);
	assert_int_equal(s->n, 0);
	scene_free(s);
}

static void who_asks_slowly_does_not_sweep(void **) {
	struct scene *s = scene_new();

	for (uint32_t i = 1; i < 100; i++) {
		arp(s, false, 7, i + 100, 7);
		wait_ms(s, 500); // 20 in 10 s
	}
	assert_int_equal(opened(s, KIND_ARP_SWEEP), 0);
	scene_free(s);
}

static void who_claims_anothers_address_unasked_spoofs(void **) {
	struct scene *s = scene_new();

	arp(s, true, 1, 50, 1); // the gateway, which is really there
	for (unsigned i = 0; i < 8; i++) {
		wait_ms(s, 2000);
		arp(s, true, 1, 50, 66);
	}
	wait_ms(s, 200);
	assert_int_equal(opened(s, KIND_ARP_SPOOFING), 1);
	target_is(the(s, KIND_ARP_SPOOFING), "10.0.0.1");
	assert_non_null(strstr(the(s, KIND_ARP_SPOOFING)->words, "02:00:00:00:00:42 says"));
	scene_free(s);
}

static void an_address_that_moves_once_is_not_spoofed(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 5;
	     i++) { // leased to another, who announces himself and is asked for
		arp(s, true, 20, 1, 20);
		wait_ms(s, 1000);
	}
	arp(s, false, 20, 20, 21);
	for (unsigned i = 0; i < 20; i++) {
		arp(s, false, 1, 20, 1);
		arp(s, true, 20, 1, 21);
		wait_ms(s, 1000);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

static void a_shared_address_is_not_spoofed(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 40;
	     i++) { // VRRP: the address of the group by turns with a router's own
		arp(s, true, 1, 50, 1);
		if (i % 2 == 0)
			memcpy(&s->window->notes->slot[s->window->notes->n - 1].data[8],
			       "\0\0\x5e\0\1\5",
			       6);
		wait_ms(s, 700);
	}
	assert_int_equal(opened(s, KIND_ARP_SPOOFING), 0);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_for_every_address_sweeps),
		cmocka_unit_test(who_gets_answers_does_not_sweep),
		cmocka_unit_test(who_asks_slowly_does_not_sweep),
		cmocka_unit_test(a_dhcp_server_does_not_sweep),
		cmocka_unit_test(who_claims_anothers_address_unasked_spoofs),
		cmocka_unit_test(an_address_that_moves_once_is_not_spoofed),
		cmocka_unit_test(a_shared_address_is_not_spoofed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
