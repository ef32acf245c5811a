// Addresses: text, prefixes, parsing, both families alike.
#include "test.h"

#include <weir/addr.h>

#include <errno.h>
#include <string.h>

static struct addr parsed(const char *text) {
	struct addr a;
	uint8_t prefix_len;

	assert_int_equal(addr_parse(&a, &prefix_len, text), 0);
	return a;
}

static void text_comes_back_as_it_went_in(void **) {
	static const struct {
		const char *text;
		uint8_t prefix_len;
		const char *again;
	} cases[] = {
		{"10.0.0.1", 32, "10.0.0.1"},
		{"10.0.0.0/8", 8, "10.0.0.0/8"},
		{"0.0.0.0/0", 0, "0.0.0.0/0"},
		{"255.255.255.255/32", 32, "255.255.255.255"},
		{"2001:db8::1", 128, "2001:db8::1"},
		{"2001:DB8::/32", 32, "2001:db8::/32"},
		{"::/0", 0, "::/0"},
		{"::1/128", 128, "::1"},
		{"::ffff:1.2.3.4", 32, "1.2.3.4"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127",
		 127,
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[ADDR_TEXT_MAX];
		uint8_t prefix_len;
		struct addr a;

		print_message("  %s\n", cases[i].text);
		assert_int_equal(addr_parse(&a, &prefix_len, cases[i].text), 0);
		assert_int_equal(prefix_len, cases[i].prefix_len);
		assert_string_equal(addr_text(&a, prefix_len, text), cases[i].again);
	}
}

static void wrong_text_changes_nothing(void **) {
	static const char *const wrong[] = {
		"",
		"10.0.0",
		"10.0.0.256",
		"10.0.0.1/33",
		"10.0.0.1/",
		"10.0.0.1/a",
		"10.0.0.1/ 8",
		"10.0.0.1/8x",
		"10.0.0.1/-1",
		"2001:db8::/129",
		":::",
		"1::2::3",
		"/8",
		" 10.0.0.1",
		"10.0.0.1 ",
		"10.0.0.1/99999999999999999999",
		"2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001",
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct addr a, before;
		uint8_t prefix_len = 77;

		memset(&a, 0x5a, sizeof(a));
		before = a;
		print_message("  \"%s\"\n", wrong[i]);
		assert_int_equal(addr_parse(&a, &prefix_len, wrong[i]), -EINVAL);
		assert_memory_equal(&a, &before, sizeof(a));
		assert_int_equal(prefix_len, 77);
	}
}

static void a_prefix_is_refused_where_an_address_is_asked_for(void **) {
	struct addr a;

	assert_int_equal(addr_parse(&a, NULL, "10.0.0.0/8"), -EINVAL);
	assert_int_equal(addr_parse(&a, NULL, "10.0.0.1"), 0);
}

static void masks_count_in_the_address_own_family(void **) {
	static const struct {
		const char *addr;
		uint8_t prefix_len;
		const char *masked;
	} cases[] = {
		{"10.1.2.255", 24, "10.1.2.0"},
		{"10.1.2.255", 32, "10.1.2.255"},
		{"10.1.2.255", 25, "10.1.2.128"},
		{"10.1.2.255", 0, "0.0.0.0"},
		{"2001:db8:1:2:3::4", 48, "2001:db8:1::"},
		{"2001:db8:1:2:3::4", 128, "2001:db8:1:2:3::4"},
		{"2001:db8:1:2:3::4", 0, "::"},
		{"ffff:ffff::", 17, "ffff:8000::"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct addr a = parsed(cases[i].addr), want = parsed(cases[i].masked);
		const struct addr got = addr_mask(&a, cases[i].prefix_len);

		print_message("  %s/%u\n", cases[i].addr, cases[i].prefix_len);
		assert_true(addr_equal(&got, &want));
	}
}

static void families_are_told_apart(void **) {
	const struct addr four = addr_from_ip4("\x0a\x00\x00\x01");
	const struct addr six = addr_from_ip6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
	const struct addr want_four = parsed("10.0.0.1"), want_six = parsed("2001:db8::1");

	assert_true(addr_is_ip4(&four));
	assert_false(addr_is_ip4(&six));
	assert_true(addr_equal(&four, &want_four));
	assert_true(addr_equal(&six, &want_six));
	assert_false(addr_equal(&four, &six));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_back_as_it_went_in),
		cmocka_unit_test(wrong_text_changes_nothing),
		cmocka_unit_test(a_prefix_is_refused_where_an_address_is_asked_for),
		cmocka_unit_test(masks_count_in_the_address_own_family),
		cmocka_unit_test(families_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
