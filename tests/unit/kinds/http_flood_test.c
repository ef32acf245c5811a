// HTTP floods, in both families, and what is as busy and is none.
#include "../noted_scene.h"

static bool six; // addresses of the scene

static void to_six(struct note *n) {
	static const uint8_t site[] = {0x20, 1, 0x0d, 0xb8};

	if (!six)
		return;
	memset(n->src.b, 0, 12);
	memset(n->dst.b, 0, 12);
	memcpy(n->src.b, site, sizeof(site));
	memcpy(n->dst.b, site, sizeof(site));
}

// One connection and its first words. The server is 80.
static void asks(struct scene *s, uint32_t source, const char *words) {
	static uint16_t port;
	struct note *n;

	to_six(tcp(s, NOTE_OPENED, source, 80, ++port));
	n = tcp(s, NOTE_PAYLOAD, source, 80, port);
	to_six(n);
	n->n_data = (uint16_t)strnlen(words, NOTE_DATA_BYTES);
	memcpy(n->data, words, n->n_data);
}

#define BROWSER                                                                                    \
	" HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n"

static void asks_for(struct scene *s, uint32_t source, unsigned what) {
	char words[160];

	snprintf(words, sizeof(words), "GET /?%08x" BROWSER, what * 2654435761u);
	asks(s, source, words);
}

static void in_both_families(void (*scene)(void)) {
	six = false;
	scene();
	six = true;
	scene();
}

static void unlike(void) {
	struct scene *s = scene_new();
	const uint64_t start_ns = s->now_ns;

	for (unsigned i = 0; i < 1000; i++) { // 200 a second
		asks_for(s, 7, i);
		wait_ms(s, 5);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 1);
	target_is(the(s, KIND_HTTP_FLOOD), six ? "2001:db8::a00:50" : "10.0.0.80");
	assert_int_equal(the(s, KIND_HTTP_FLOOD)->port, 80);
	assert_int_equal(the(s, KIND_HTTP_FLOOD)->n_sources, 1);
	assert_true(the(s, KIND_HTTP_FLOOD)->time_ns - start_ns <= 3 * S);
	assert_non_null(strstr(the(s, KIND_HTTP_FLOOD)->words, "hardly anything is asked for twice")
	);
	detect_finish(s->detect);
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	scene_free(s);
}

static void what_is_never_asked_for_twice_floods(void **) {
	in_both_families(unlike);
}

static void together(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 800; i++) {
		for (uint32_t source = 1; source <= 4; source++)
			asks_for(s, source, 0);
		wait_ms(s, 20);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 1);
	assert_int_equal(the(s, KIND_HTTP_FLOOD)->distinct_sources, 4);
	assert_int_equal(the(s, KIND_HTTP_FLOOD)->n_sources, 4);
	assert_non_null(strstr(the(s, KIND_HTTP_FLOOD)->words, "several hosts at once"));
	scene_free(s);
}

static void fast_hosts_together_flood(void **) {
	in_both_families(together);
}

// More than an alarm has room for: the busiest are named, all are counted.
static void a_botnet_is_counted(void **) {
	struct scene *s = scene_new();

	six = false;
	for (unsigned i = 0; i < 200; i++) {
		for (uint32_t source = 1; source <= 20; source++)
			for (unsigned n = 0; n < (source == 13 ? 2 : 1); n++)
				asks_for(s, source, 0);
		wait_ms(s, 20);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 1);
	detect_finish(s->detect);
	assert_int_equal(s->alarm[s->n - 1].kind, KIND_HTTP_FLOOD);
	assert_int_equal(s->alarm[s->n - 1].distinct_sources, 20);
	assert_int_equal(s->alarm[s->n - 1].n_sources, ALARM_SOURCES_MAX);
	assert_int_equal(s->alarm[s->n - 1].sources[0].addr.b[15], 13);
	scene_free(s);
}

static void requests_that_no_browser_makes_flood(void **) {
	struct scene *s = scene_new();

	six = false;
	for (unsigned i = 0; i < 1000; i++) {
		asks(s, 7, "GET / HTTP/1.0\r\n\r\n");
		wait_ms(s, 5);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 1);
	assert_non_null(strstr(the(s, KIND_HTTP_FLOOD)->words, "neither Host nor User-Agent"));
	scene_free(s);
}

// A load test, of HTTP and of TLS, of whose requests nothing is seen.
static void load_test(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 2500; i++) {
		asks_for(s, 7, 0);
		wait_ms(s, 4);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 0);
	for (unsigned i = 0; i < 6500; i++) {
		asks_for(s, 7, 0);
		wait_ms(s, 4);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 1);
	assert_non_null(strstr(the(s, KIND_HTTP_FLOOD)->words, "for half a minute"));
	scene_free(s);
}

static void one_that_repeats_itself_is_told_when_it_lasts(void **) {
	in_both_families(load_test);
}

static void a_crowd_is_no_flood(void **) {
	struct scene *s = scene_new();

	six = false;
	for (unsigned i = 0; i < 6000; i++) { // 500 a second, of 400 people
		asks_for(s, 1000 + i % 400, i);
		wait_ms(s, 2);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 0);
	scene_free(s);
}

// Below the threshold; answers; connections that were never made, and such that say nothing that is HTTP.
static void what_is_no_request_is_no_flood(void **) {
	struct scene *s = scene_new();

	six = false;
	for (unsigned i = 0; i < 2000; i++) {
		struct note *n;

		if (i % 3 == 0)
			asks_for(s, 7, i);
		asks(s, 8, "HTTP/1.1 200 OK\r\n\r\n");
		asks(s, 9, "\x13\x37 something else");
		n = tcp(s, NOTE_PAYLOAD, 10, 80, (uint16_t)i);
		n->n_data = 16;
		memcpy(n->data, "GET /x HTTP/1.0\r", 16);
		wait_ms(s, 5);
	}
	assert_int_equal(opened(s, KIND_HTTP_FLOOD), 0);
	scene_free(s);
}

// Any bytes: no field is found beyond the end, nothing breaks.
static void cut_and_broken_requests_are_read_as_far_as_they_go(void **) {
	static const char *const words[] = {
		"GET ",
		"GET /",
		"GET / H",
		"POST /a\nHost",
		"GET  HTTP/1.1\r\n\r\n",
		"HEAD /\r\n\r",
		"PUT /x\n\n",
	};
	struct scene *s = scene_new();

	six = false;
	for (unsigned i = 0; i < 700; i++) {
		asks(s, 7, words[i % ARRAY_LEN(words)]);
		wait_ms(s, 5);
	}
	scene_free(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_never_asked_for_twice_floods),
		cmocka_unit_test(fast_hosts_together_flood),
		cmocka_unit_test(a_botnet_is_counted),
		cmocka_unit_test(requests_that_no_browser_makes_flood),
		cmocka_unit_test(one_that_repeats_itself_is_told_when_it_lasts),
		cmocka_unit_test(a_crowd_is_no_flood),
		cmocka_unit_test(what_is_no_request_is_no_flood),
		cmocka_unit_test(cut_and_broken_requests_are_read_as_far_as_they_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
