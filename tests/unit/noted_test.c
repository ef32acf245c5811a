// What rests on notes: ARP, DHCP, DNS, connections, with their false friends.
#include "detect/detect.h"
#include "detect/dns_name.h"
#include "detect/side.h"
#include "host/note.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull
#define S 1000000000ull
#define ALARMS_MAX 256

struct scene {
	struct detect *detect;
	struct window *window;
	void *memory;
	uint64_t now_ns;
	uint32_t n;
	struct alarm alarm[ALARMS_MAX];
};

static void keep(void *ctx, const struct alarm *alarm) {
	struct scene *s = ctx;

	assert_true(s->n < ALARMS_MAX);
	s->alarm[s->n++] = *alarm;
}

static struct scene *scene_new(void) {
	const struct window_conf conf = {64, 64, 64, 1};
	struct scene *s = calloc(1, sizeof(*s));

	s->memory = zeroed(64, window_bytes(&conf));
	assert_int_equal(window_create(&s->window, &conf, s->memory), 0);
	assert_int_equal(detect_create(&s->detect, &detect_defaults, NULL, keep, s), 0);
	s->now_ns = 1000 * S;
	return s;
}

static void scene_free(struct scene *s) {
	detect_destroy(s->detect);
	free(s->memory);
	free(s);
}

// What was noted since the last call, as one window of the tick that goes on.
static void tick(struct scene *s) {
	const uint64_t tick_ns = detect_defaults.tick_ns;

	s->window->start_ns = s->now_ns - s->now_ns % tick_ns;
	s->window->end_ns = s->window->start_ns + tick_ns;
	s->window->ticks = 1;
	detect_windows(s->detect, &s->window, 1);
	window_reset(s->window, 0);
}

static void wait_ms(struct scene *s, uint64_t ms) {
	const uint64_t before = s->now_ns / detect_defaults.tick_ns;

	if ((s->now_ns + ms * MS) / detect_defaults.tick_ns != before)
		tick(s);
	s->now_ns += ms * MS;
}

static struct note *note(struct scene *s, unsigned kind, uint32_t src, uint32_t dst) {
	struct note *n = notes_add(s->window->notes, kind);
	const uint8_t a[4] = {10, 0, (uint8_t)(src >> 8), (uint8_t)src};
	const uint8_t b[4] = {10, 0, (uint8_t)(dst >> 8), (uint8_t)dst};

	assert_non_null(n);
	*n = (struct note) {.kind = (uint8_t)kind};
	n->ts_ns = s->now_ns;
	n->src = addr_from_ip4(a);
	n->dst = addr_from_ip4(b);
	return n;
}

static void arp(struct scene *s, bool reply, uint32_t src, uint32_t dst, uint8_t mac) {
	struct note *n = note(s, NOTE_ARP, src, dst);

	n->n_data = 28;
	n->data[7] = reply ? 2 : 1;
	n->data[8] = 2;
	n->data[13] = mac;
}

static unsigned opened(const struct scene *s, unsigned kind) {
	unsigned n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		n += s->alarm[i].state == ALARM_OPEN && s->alarm[i].kind == kind;
	return n;
}

static const struct alarm *the(const struct scene *s, unsigned kind) {
	for (uint32_t i = 0; i < s->n; i++)
		if (s->alarm[i].kind == kind && s->alarm[i].state == ALARM_OPEN)
			return &s->alarm[i];
	fail_msg("no alarm of kind %s", event_kind_name(kind));
	return NULL;
}

static void target_is(const struct alarm *a, const char *text) {
	char target[ADDR_TEXT_MAX];

	addr_text(&a->target, UINT8_MAX, target);
	assert_string_equal(target, text);
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

static void dns(struct scene *s, const char *name, uint16_t type) {
	struct note *n = note(s, NOTE_DNS, 30, 53);
	unsigned at = 12;

	n->sport = 4000;
	n->dport = 53;
	n->proto = 17;
	n->data[5] = 1;
	while (*name != '\0') {
		const unsigned length = (unsigned)strcspn(name, ".");

		n->data[at++] = (uint8_t)length;
		memcpy(&n->data[at], name, length);
		at += length;
		name += length + (name[length] == '.');
	}
	n->data[at++] = 0;
	n->data[at++] = (uint8_t)(type >> 8);
	n->data[at++] = (uint8_t)type;
	n->data[at++] = 0;
	n->data[at++] = 1;
	n->n_data = (uint16_t)at;
	n->payload_bytes = (uint16_t)at;
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
		snprintf(name, sizeof(name), "host%u.example.edu", i);
		dns(s, name, 1);
		wait_ms(s, 50);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

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

static struct note *
tcp(struct scene *s, unsigned kind, uint32_t src, uint32_t dst, uint16_t sport) {
	struct note *n = note(s, kind, src, dst);

	n->proto = 6;
	n->sport = sport;
	n->dport = 80;
	return n;
}

static void begin(struct scene *s, uint32_t src, uint16_t sport) {
	tcp(s, NOTE_OPENED, src, 80, sport);
	tcp(s, NOTE_PAYLOAD, src, 80, sport);
}

static void end(struct scene *s, uint32_t src, uint16_t sport, uint64_t age_ns, uint64_t payload) {
	struct note *n = tcp(s, NOTE_CLOSED, src, 80, sport);

	n->connection = (struct note_connection) {
		.first_ns = s->now_ns - age_ns, .payload = {200, payload}};
}

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

static void call(struct scene *s, uint8_t server, uint64_t age_ns, uint64_t payload) {
	struct note *n = tcp(s, NOTE_CLOSED, 30, 0, 4000);

	n->dst = addr_from_ip4((const uint8_t[4]) {203, 0, 113, server});
	n->dport = 443;
	n->connection = (struct note_connection) {
		.first_ns = s->now_ns - age_ns, .payload = {200, payload}};
}

// By a quarter more or less, and one that sleeps over.
static void even_calls_of_one_size_are_beaconing(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 60; i++) {
		call(s, 77, 50 * MS, 6800 + i % 3 * 20);
		wait_ms(s, i == 9 ? 9000 : 2250 + i * 7 % 16 * 100);
	}
	assert_int_equal(opened(s, KIND_BEACONING), 1);
	target_is(the(s, KIND_BEACONING), "10.0.0.30");
	assert_int_equal(the(s, KIND_BEACONING)->severity, SEVERITY_LOW);
	assert_non_null(strstr(the(s, KIND_BEACONING)->words, "calls 203.0.113.77, port 443"));
	detect_finish(s->detect);
	assert_int_equal(s->alarm[s->n - 1].severity, SEVERITY_LOW);
	scene_free(s);
}

// Several at once; people, who come when they like; another size each time; calls inside; too few.
static void other_calls_are_no_beaconing(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 100; i++) {
		const uint64_t far = (uint64_t)i * 2654435761u;

		for (unsigned j = 0; j < 3; j++)
			call(s, 1, 50 * MS, 1000);
		if (i * i * 7919 % 101 < 30)
			call(s, 2, 50 * MS, 1000);
		call(s, 3, 50 * MS, far % 100000);
		end(s, 30, 4000, 50 * MS, 1000);
		if (i < 15)
			call(s, 4, 50 * MS, 1000);
		call(s, 5, i % 2 * 5 * S, 1000); // two that overlap
		wait_ms(s, 3000);
	}
	for (unsigned i = 0; i < 60; i++) { // a device that is being set up
		call(s, 6, 50 * MS, 1000);
		wait_ms(s, 2000);
	}
	assert_int_equal(s->n, 0);
	scene_free(s);
}

// As over IPv4; but a site's own addresses are global.
static void beaconing_over_ip6_leaves_the_site(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 40; i++) {
		for (unsigned far = 0; far < 2; far++) {
			struct note *n = tcp(s, NOTE_CLOSED, 0, 0, 4000);

			addr_parse(&n->src, NULL, far ? "2001:db8:0:1::1" : "2001:db8:0:1::2");
			addr_parse(&n->dst, NULL, far ? "2001:db8:1::5" : "2001:db8:0:2::5");
			n->connection = (struct note_connection) {
				.first_ns = s->now_ns, .payload = {200, 1000}};
		}
		wait_ms(s, 5000);
	}
	assert_int_equal(opened(s, KIND_BEACONING), 1);
	target_is(the(s, KIND_BEACONING), "2001:db8:0:1::1");
	scene_free(s);
}

static void what_was_missed_is_no_beaconing(void **) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 100; i++) {
		call(s, 77, 50 * MS, 1000);
		if (i % 15 == 14)
			s->window->notes->missed[NOTE_CLOSED]++;
		wait_ms(s, 3000);
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

static void a_side_table_forgets_who_was_silent_longest(void **) {
	struct side *side = side_create(sizeof(struct side_entry) + 8, SIDE_WAYS); // one set
	struct side_entry *e;

	for (uint64_t key = 1; key <= SIDE_WAYS; key++)
		side_get(side, key << 1, key * S);
	e = side_get(side, 1 << 1, 100 * S); // heard of again
	assert_int_equal(e->seen_ns, 100 * S);
	side_get(side, 99 << 1, 200 * S);
	assert_null(side_find(side, 2 << 1));
	assert_non_null(side_find(side, 1 << 1));
	assert_non_null(side_find(side, 99 << 1));
	assert_int_equal(side_displaced(side), 0); // it was silent for long
	side_get(side, 98 << 1, 200 * S);
	for (uint64_t key = 200; key < 210; key++)
		side_get(side, key << 1, 201 * S);
	assert_true(side_displaced(side) > 0);
	side_destroy(side);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_for_every_address_sweeps),
		cmocka_unit_test(who_gets_answers_does_not_sweep),
		cmocka_unit_test(who_asks_slowly_does_not_sweep),
		cmocka_unit_test(who_claims_anothers_address_unasked_spoofs),
		cmocka_unit_test(an_address_that_moves_once_is_not_spoofed),
		cmocka_unit_test(a_shared_address_is_not_spoofed),
		cmocka_unit_test(many_new_clients_starve_a_server_and_few_do_not),
		cmocka_unit_test(long_names_that_never_come_twice_are_a_tunnel),
		cmocka_unit_test(short_names_of_a_type_that_nobody_asks_for_are_a_tunnel),
		cmocka_unit_test(look_ups_are_no_tunnel),
		cmocka_unit_test(replies_that_carry_something_else_are_a_tunnel),
		cmocka_unit_test(a_ping_is_no_tunnel),
		cmocka_unit_test(many_requests_that_do_not_end_are_slow_http),
		cmocka_unit_test(requests_that_the_server_gives_up_are_slow_http),
		cmocka_unit_test(web_traffic_is_not_slow_http),
		cmocka_unit_test(what_was_missed_is_not_slow_http),
		cmocka_unit_test(even_calls_of_one_size_are_beaconing),
		cmocka_unit_test(other_calls_are_no_beaconing),
		cmocka_unit_test(beaconing_over_ip6_leaves_the_site),
		cmocka_unit_test(what_was_missed_is_no_beaconing),
		cmocka_unit_test(a_tunnel_is_found_among_many_who_ask),
		cmocka_unit_test(questions_are_read_from_hostile_bytes),
		cmocka_unit_test(a_side_table_forgets_who_was_silent_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
