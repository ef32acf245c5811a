// What leaves the site for a place that is new, in both families; and what leaves it every day.
#include "../noted_scene.h"

#define MB 1000000ull

static bool six;

// Inside is 10.0.0.0/8 or fd00::/8; outside 203.0.113.0/24 or 2001:db8:5::/48.
static struct addr host(bool inside, uint8_t n) {
	struct addr a = {.b = {[15] = n}};
	const uint8_t in4[4] = {10, 0, 0, n}, out4[4] = {203, 0, 113, n};

	if (!six)
		return addr_from_ip4(inside ? in4 : out4);
	if (inside)
		a.b[0] = 0xfd;
	else
		memcpy(a.b, "\x20\x01\x0d\xb8\0\5", 6);
	return a;
}

static struct note *
ended(struct scene *s, struct addr from, struct addr to, uint64_t sent, uint64_t got) {
	struct note *n = tcp(s, NOTE_CLOSED, 0, 0, 40000);

	n->src = from;
	n->dst = to;
	n->dport = 443;
	n->connection = (struct note_connection) {
		.first_ns = s->now_ns - 3 * S, .packets = {1000, 500}, .payload = {sent, got}};
	return n;
}

static void sends(struct scene *s, uint8_t from, uint8_t to, uint64_t sent, uint64_t got) {
	ended(s, host(true, from), host(false, to), sent, got);
	wait_ms(s, 1000);
}

static void in_both_families(void (*scene)(void)) {
	six = false;
	scene();
	six = true;
	scene();
}

static void once(void) {
	struct scene *s = scene_new();

	sends(s, 7, 1, 40 * MB, 2000);
	assert_int_equal(opened(s, KIND_EXFILTRATION), 1);
	target_is(the(s, KIND_EXFILTRATION), six ? "fd00::7" : "10.0.0.7");
	assert_int_equal(the(s, KIND_EXFILTRATION)->severity, SEVERITY_LOW);
	assert_near(the(s, KIND_EXFILTRATION)->value, 40, 1e-6);
	assert_non_null(strstr(the(s, KIND_EXFILTRATION)->words, "sent 40 MB to"));
	scene_free(s);
}

static void much_to_a_new_place_is_told(void **) {
	in_both_families(once);
}

static void in_parts(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 50; i++)
		sends(s, 7, 1, MB, 3000);
	assert_int_equal(opened(s, KIND_EXFILTRATION), 1);
	scene_free(s);
}

static void so_is_much_in_many_parts(void **) {
	in_both_families(in_parts);
}

static void usual(void) {
	struct scene *s = scene_new();

	for (uint8_t i = 0; i < 20; i++) {
		sends(s, 1, 10 + i, 2 * MB, 40 * MB); // downloads
		sends(s, 2, 10, 10 * MB, 9 * MB); // a call
		sends(s, 3, 10, 200 * MB, 200 * MB); // a speed test
		sends(s, 4, 20 + i, 900000, 100); // little
		ended(s, host(true, 5), host(true, 6), 4000 * MB, 1000); // a backup within the site
		ended(s, host(false, 9), host(true, 8), 900 * MB, 1000); // who sends to us
	}
	assert_int_equal(opened(s, KIND_EXFILTRATION), 0);
	scene_free(s);
}

static void everyday_traffic_is_not(void **) {
	in_both_families(usual);
}

// Who sends films is told of once, where he is new; then each of his films is no news, here or elsewhere.
static void habit(void) {
	struct scene *s = scene_new();

	sends(s, 7, 1, 30 * MB, 2000);
	assert_int_equal(opened(s, KIND_EXFILTRATION), 1);
	for (unsigned i = 0; i < 30; i++)
		wait_ms(s, 60000);
	for (uint8_t i = 0; i < 8; i++) {
		sends(s, 7, 1, 35 * MB, 2000);
		sends(s, 7, 2 + i, 35 * MB, 2000);
		for (unsigned k = 0; k < 10; k++)
			wait_ms(s, 60000);
	}
	assert_int_equal(opened(s, KIND_EXFILTRATION), 1);
	sends(s, 7, 100, 200 * MB, 2000); // but this is more than ever
	assert_int_equal(opened(s, KIND_EXFILTRATION), 2);
	scene_free(s);
}

static void who_does_it_often_is_told_of_once(void **) {
	in_both_families(habit);
}

// Addresses of the Internet on both sides: nobody can know whose they are.
static void without_networks_only_private_addresses_are_inside(void **) {
	struct scene *s = scene_new();
	struct detect_conf conf = detect_defaults;

	six = true;
	for (unsigned i = 0; i < 2; i++) {
		struct addr ours = host(false, 7);
		struct addr theirs = host(false, 9);

		ours.b[5] = 77;
		ended(s, ours, theirs, 100 * MB, 1000);
		wait_ms(s, 1000);
		assert_int_equal(opened(s, KIND_EXFILTRATION), i);
		conf.n_networks = 1;
		conf.network[0] = (struct network_conf) {.addr = ours, .prefix_len = 48};
		memset(&conf.network[0].addr.b[6], 0, 10);
		detect_reconf(s->detect, &conf, NULL);
	}
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(much_to_a_new_place_is_told),
		cmocka_unit_test(so_is_much_in_many_parts),
		cmocka_unit_test(everyday_traffic_is_not),
		cmocka_unit_test(who_does_it_often_is_told_of_once),
		cmocka_unit_test(without_networks_only_private_addresses_are_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
