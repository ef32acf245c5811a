// DNS tunnels that take their time, in both families, and what asks for long names for its own reasons.
#include "../noted_scene.h"

static bool six;

static void asks(struct scene *s, uint32_t client, const char *name) {
	struct note *n = asks_dns(s, client, name, 1);

	if (six) {
		memcpy(n->src.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0", 12);
		memcpy(n->dst.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0", 12);
	}
}

static uint32_t any(unsigned i, unsigned salt) {
	return (i * 16 + salt) * 2654435761u;
}

static void in_both_families(void (*scene)(void)) {
	six = false;
	scene();
	six = true;
	scene();
}

// A name in eight seconds, in turn below ten domains; each asked for twice because no answer came.
static void spread(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 120; i++) {
		char name[128];

		snprintf(
			name,
			sizeof(name),
			"%u-%08xk%08xk%08x.d%u.example",
			i,
			any(i, 1),
			any(i, 2),
			any(i, 3),
			i % 10
		);
		asks(s, 30, name);
		wait_ms(s, 2000);
		asks(s, 30, name);
		wait_ms(s, 2000);
		asks(s, 30, "www.example.org");
		wait_ms(s, 4000);
	}
	assert_int_equal(opened(s, KIND_DNS_TUNNEL), 1);
	target_is(the(s, KIND_DNS_TUNNEL), six ? "2001:db8::a00:1e" : "10.0.0.30");
	assert_int_equal(the(s, KIND_DNS_TUNNEL)->severity, SEVERITY_LOW);
	assert_true(the(s, KIND_DNS_TUNNEL)->interval_ns <= 1800 * S);
	assert_non_null(strstr(the(s, KIND_DNS_TUNNEL)->words, "within half an hour"));
	scene_free(s);
}

static void long_names_spread_over_domains_are_a_tunnel(void **) {
	in_both_families(spread);
}

static void one_domain(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 90; i++) {
		char name[128];

		snprintf(
			name,
			sizeof(name),
			"%08x%08x%08x%08x%08x%.*s.example.net",
			any(i, 1),
			any(i, 2),
			any(i, 3),
			any(i, 4),
			any(i, 5),
			(int)(i % 16),
			"abcdefghijklmnop"
		);
		asks(s, 30, name);
		wait_ms(s, 12000);
	}
	assert_int_equal(opened(s, KIND_DNS_TUNNEL), 1);
	scene_free(s);
}

static void longer_than_hashes_and_of_many_lengths_is_a_tunnel(void **) {
	in_both_families(one_domain);
}

// A client each, for half an hour: a virus scanner, hashes in a block list, addresses in block lists and reverse
// look-ups of both families, machines of providers, content networks.
static void friends(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 600; i++) {
		const unsigned a = any(i, 1) >> 24, b = any(i, 2) >> 24;
		char name[192];
		unsigned at = 0;

		snprintf(
			name,
			sizeof(name),
			"%08x%08x%08x.avqs.example.com",
			any(i, 1),
			any(i, 2),
			any(i, 3)
		);
		asks(s, 1, name);
		snprintf(
			name,
			sizeof(name),
			"%08x%08x%08x%08x%08x%08x%04x._file.hbl.example.org",
			any(i, 1),
			any(i, 2),
			any(i, 3),
			any(i, 4),
			any(i, 5),
			any(i, 6),
			i
		);
		if (i % 6 == 0)
			asks(s, 2, name);
		for (unsigned k = 0; k < 32; k++)
			at += (unsigned
			)snprintf(&name[at], sizeof(name) - at, "%x.", any(i, k) >> 28);
		snprintf(&name[at], sizeof(name) - at, "zen.list%u.example", i % 5);
		if (i % 6 == 0)
			asks(s, 3, name);
		snprintf(
			name,
			sizeof(name),
			"static-%u-%u-%u-7.customers.city.provider%u.example",
			a,
			b,
			i % 200,
			i % 5
		);
		asks(s, 4, name);
		snprintf(
			name,
			sizeof(name),
			"%u.%u.%u.7.reputation-of-hosts.list%u.example",
			a,
			b,
			i % 200,
			i % 5
		);
		asks(s, 5, name);
		snprintf(
			name,
			sizeof(name),
			"a-machine-of-some-content-network.cdn%u.example",
			i % 300
		);
		asks(s, 6, name);
		wait_ms(s, 3000);
	}
	assert_int_equal(opened(s, KIND_DNS_TUNNEL), 0);
	scene_free(s);
}

static void look_ups_are_no_slow_tunnel(void **) {
	in_both_families(friends);
}

// What is long among much that is short: a resolver that asks for a whole house.
static void a_resolver_for_many_is_none(void **) {
	struct scene *s = scene_new();

	six = false;
	for (unsigned i = 0; i < 3000; i++) {
		char name[128];

		snprintf(
			name,
			sizeof(name),
			"%08x%08x%08xz.cloud%u.example",
			any(i, 1),
			any(i, 2),
			any(i, 3),
			i % 5
		);
		if (i % 10 == 0)
			asks(s, 30, name);
		else
			snprintf(name, sizeof(name), "www.site%u.example", i), asks(s, 30, name);
		wait_ms(s, 500);
	}
	assert_int_equal(opened(s, KIND_DNS_TUNNEL), 0);
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names_spread_over_domains_are_a_tunnel),
		cmocka_unit_test(longer_than_hashes_and_of_many_lengths_is_a_tunnel),
		cmocka_unit_test(look_ups_are_no_slow_tunnel),
		cmocka_unit_test(a_resolver_for_many_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
