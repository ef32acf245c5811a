// DNS tunnels, with their false friends.
#include "detect/dns_name.h"
#include "noted_scene.h"

static void dns(struct scene *s, const char *name, uint16_t type) {
	asks_dns(s, 30, name, type);
}

static void long_names_that_never_come_twice_are_a_tunnel(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 60; i++) {
		char name[160];

		snprintf(
			name,
			sizeof(name),
			"%08xdeadbeefcafe0123456789abcdef.%08x0123456789abcdef0123.t.example.com",
			i * 2654435761u,
			i * 40503u
		);
		dns(s, name, 1);
		wait_ms(s, 500);
	}
	wait_ms(s, 200);
	assert_int_equal(opened(s, KIND_DNS_TUNNEL), 1);
	target_is(the(s, KIND_DNS_TUNNEL), "10.0.0.30");
	assert_non_null(strstr(the(s, KIND_DNS_TUNNEL)->words, "below example.com."));
	scene_free(s);
}

// The resolver asks further on, in the client's stead.
static void a_tunnel_through_a_resolver_is_one_alarm(void **) {
	struct scene *s = scene_new();
	const struct addr world = addr_from_ip4((const uint8_t[4]) {203, 0, 113, 53});
	struct addr resolver;

	for (unsigned i = 0; i < 60; i++) {
		char name[64];
		struct note *n;

		snprintf(name, sizeof(name), "%08x.t.example.com", i * 2654435761u);
		dns(s, name, 10);
		resolver = s->window->notes->slot[s->window->notes->n - 1].dst;
		dns(s, name, 10);
		n = &s->window->notes->slot[s->window->notes->n - 1];
		n->src = resolver;
		n->dst = world;
		wait_ms(s, 300);
	}
	assert_int_equal(opened(s, KIND_DNS_TUNNEL), 1);
	target_is(the(s, KIND_DNS_TUNNEL), "10.0.0.30");
	scene_free(s);
}

static void short_names_of_a_type_that_nobody_asks_for_are_a_tunnel(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 60; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%08x.t.example.co.uk", i * 2654435761u);
		dns(s, name, 10);
		wait_ms(s, 300);
	}
	assert_int_equal(opened(s, KIND_DNS_TUNNEL), 1);
	assert_non_null(strstr(the(s, KIND_DNS_TUNNEL)->words, "below example.co.uk."));
	scene_free(s);
}

// Block lists, reverse names, one long name again and again, many short ones.
static void look_ups_are_no_tunnel(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 400; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%u.%u.0.10.zen.example.org", i % 256, i / 7 % 256);
		dns(s, name, i % 2 ? 1 : 16);
		snprintf(name, sizeof(name), "%u.%u.0.10.in-addr.arpa", i % 256, i / 7 % 256);
		dns(s, name, 12);
		dns(s,
		    "a-very-long-name-of-a-machine-somewhere-in-a-content-network-0123456789.cdn."
		    "example.net",
		    28);
		snprintf(
			name,
			sizeof(name),
			"%x.%x.%x.%x.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.6.zen.example.org",
			i % 16,
			i / 16 % 16,
			i / 256 % 16,
			i % 7
		);
		dns(s, name, 1);
		snprintf(name, sizeof(name), "host%u.example.edu", i);
		dns(s, name, 1);
		wait_ms(s, 50);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

// More clients ask in each tick than a tick tells of: whoever goes on asking is heard of all the same.
static void a_tunnel_is_found_among_many_who_ask(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 60; i++) {
		char name[64];

		for (unsigned k = 0; k < 200; k++) {
			struct note *n;

			dns(s, "www.example.com", 1);
			n = &s->window->notes->slot[s->window->notes->n - 1];
			n->src.b[14] = 1;
			n->src.b[15] = (uint8_t)k;
		}
		snprintf(name, sizeof(name), "%08x.t.example.co.uk", i * 2654435761u);
		dns(s, name, 10);
		wait_ms(s, 300);
	}
	assert_int_equal(s->n > 0 && opened(s, KIND_DNS_TUNNEL) == 1, 1);
	target_is(the(s, KIND_DNS_TUNNEL), "10.0.0.30");
	scene_free(s);
}

static void names_of_addresses_are_known(void **) {
	static const struct {
		const char *name;
		bool is;
	} cases[] = {
		{"1.2.3.4.zen.example.org", true},
		{"static-1-22-133-255.city.provider.example.org", true},
		{"4.3.2.1.8.b.d.0.1.0.0.2.zen.example.org", true},
		{"1.2.3.256.zen-and-more-than-that.example.org", false},
		{"104-222204-391-LS0tLS1CRUdJTi.microtik.example", false},
		{"1-2-3-of-four.example.org", false},
		{"www.example.org", false},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene *s = scene_new();
		const struct note *n = asks_dns(s, 1, cases[i].name, 1);
		struct dns_question q;

		assert_true(dns_question_read(n->data, n->n_data, &q));
		if (dns_name_is_of_address(&q) != cases[i].is)
			fail_msg("%s", cases[i].name);
		scene_free(s);
	}
}

static void questions_are_read_from_hostile_bytes(void **) {
	static const uint8_t plain[] = "\0\1\1\0\0\1\0\0\0\0\0\0\3WwW\7example\2co\2uk\0\0\34\0\1";
	static const uint8_t pointer[] = "\0\1\1\0\0\1\0\0\0\0\0\0\3www\300\14\0\1\0\1";
	struct dns_question q;
	uint8_t longest[400] = {0, 1, 1, 0, 0, 1};

	assert_true(dns_question_read(plain, sizeof(plain) - 1, &q));
	assert_true(q.is_whole && !q.is_answer);
	assert_int_equal(q.type, 28);
	assert_int_equal(q.n_labels, 4);
	assert_memory_equal(q.name, "www.example.co.uk.", 18);
	assert_int_equal(q.base_bytes, strlen("example.co.uk."));
	assert_false(dns_question_read(pointer, sizeof(pointer) - 1, &q));
	for (unsigned n = 0; n < sizeof(plain) - 1; n++) {
		const bool read = dns_question_read(plain, n, &q);

		assert_int_equal(read, n > 12);
		assert_true(!read || !q.is_whole);
	}
	for (unsigned i = 12; i < sizeof(longest); i++)
		longest[i] = i % 2 == 0 ? 1 : 'a';
	assert_false(dns_question_read(longest, sizeof(longest), &q)); // more than 255
	longest[12 + 2 * 127] = 0;
	longest[12 + 2 * 127 + 3] = 0; // class IN
	longest[12 + 2 * 127 + 4] = 1;
	assert_true(dns_question_read(longest, sizeof(longest), &q));
	assert_int_equal(q.name_bytes, 254);
	assert_int_equal(q.n_labels, 127);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names_that_never_come_twice_are_a_tunnel),
		cmocka_unit_test(a_tunnel_through_a_resolver_is_one_alarm),
		cmocka_unit_test(short_names_of_a_type_that_nobody_asks_for_are_a_tunnel),
		cmocka_unit_test(look_ups_are_no_tunnel),
		cmocka_unit_test(a_tunnel_is_found_among_many_who_ask),
		cmocka_unit_test(names_of_addresses_are_known),
		cmocka_unit_test(questions_are_read_from_hostile_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
