// What is spoken at whose port, and the shares of the applications.
#include "detect/spoken.h"
#include "test.h"

#include <string.h>

#include <cmocka.h>

#define MS 1000000ull

#define SERVER 1
#define CLIENT 2

struct talk {
	struct spoken *spoken;
	struct notes *notes;
	uint64_t now_ns;
	bool six;
};

static struct addr host(const struct talk *t, uint8_t n) {
	struct addr a = {.b = {0x20, 1, 0x0d, 0xb8, [15] = n}};
	const uint8_t four[4] = {192, 0, 2, n};

	return t->six ? a : addr_from_ip4(four);
}

static struct talk talk_new(bool six) {
	struct talk t = {.spoken = spoken_create(), .notes = calloc(1, sizeof(*t.notes))};

	assert_non_null(t.spoken);
	t.six = six;
	t.now_ns = 1000 * MS;
	return t;
}

static void talk_end(struct talk *t) {
	spoken_destroy(t->spoken);
	free(t->notes);
}

static struct note *
note(struct talk *t, unsigned kind, uint8_t src, uint16_t sport, uint8_t dst, uint16_t dport) {
	struct note *n = notes_add(t->notes, kind);

	assert_non_null(n);
	*n = (struct note) {.kind = (uint8_t)kind, .ts_ns = t->now_ns += MS, .proto = 6};
	n->src = host(t, src);
	n->dst = host(t, dst);
	n->sport = sport;
	n->dport = dport;
	return n;
}

static void
says(struct talk *t, uint8_t src, uint16_t sport, uint8_t dst, uint16_t dport, const char *words) {
	struct note *n = note(t, NOTE_PAYLOAD, src, sport, dst, dport);

	n->n_data = (uint16_t)strlen(words);
	memcpy(n->data, words, n->n_data);
}

static void hear(struct talk *t) {
	spoken_take(t->spoken, t->notes);
	notes_clear(t->notes);
}

static unsigned speaks(const struct talk *t, uint16_t port) {
	const struct addr server = host(t, SERVER);

	return spoken_at(t->spoken, &server, 6, port);
}

static void in_both_families(void (*test)(bool six)) {
	test(false);
	test(true);
}

static void banner(bool six) {
	struct talk t = talk_new(six);

	assert_int_equal(speaks(&t, 2022), APP_NONE);
	note(&t, NOTE_OPENED, CLIENT, 40000, SERVER, 2022);
	says(&t, SERVER, 2022, CLIENT, 40000, "SSH-2.0-OpenSSH_9.2p1\r\n");
	hear(&t);
	assert_int_equal(speaks(&t, 2022), APP_SSH);
	assert_int_equal(speaks(&t, 40000), APP_NONE);
	assert_int_equal(speaks(&t, 22), APP_NONE);
	talk_end(&t);
}

static void a_server_is_known_by_what_it_says_on_any_port(void **) {
	in_both_families(banner);
}

// A client's port may be somebody's own; the connection says who is the server.
static void callers_port(bool six) {
	struct talk t = talk_new(six);

	note(&t, NOTE_OPENED, CLIENT, 6379, SERVER, 12345);
	says(&t, CLIENT, 6379, SERVER, 12345, "*1\r\n$4\r\nPING\r\n");
	hear(&t);
	assert_int_equal(speaks(&t, 12345), APP_REDIS);
	talk_end(&t);
}

static void who_was_called_is_the_server(void **) {
	in_both_families(callers_port);
}

static void most_of_what_is_said_counts(void **) {
	struct talk t = talk_new(false);

	for (unsigned i = 0; i < 9; i++) {
		const uint16_t port = (uint16_t)(40000 + i);

		note(&t, NOTE_OPENED, CLIENT, port, SERVER, 80);
		says(&t,
		     CLIENT,
		     port,
		     SERVER,
		     80,
		     i % 3 == 0 ? "SSH-2.0-x\r\n" : "GET / HTTP/1.1\r\n");
	}
	hear(&t);
	assert_int_equal(speaks(&t, 80), APP_HTTP);
	talk_end(&t);
}

// The middle of a conversation has no handshake; ports are the guess then.
static void without_a_handshake_ports_tell(void **) {
	struct talk t = talk_new(false);

	says(&t, SERVER, 22, CLIENT, 40000, "SSH-2.0-x\r\n");
	says(&t, SERVER, 443, CLIENT, 40001, "HTTP/1.1 200 OK\r\n");
	hear(&t);
	assert_int_equal(speaks(&t, 22), APP_SSH);
	assert_int_equal(speaks(&t, 443), APP_HTTP);
	talk_end(&t);
}

static void shares_are_of_flows_and_of_what_ended(void **) {
	struct app_share share[STATS_APPS_MAX];
	struct talk t = talk_new(false);
	struct note *n;

	note(&t, NOTE_OPENED, CLIENT, 40000, SERVER, 2022);
	says(&t, SERVER, 2022, CLIENT, 40000, "SSH-2.0-x\r\n");
	says(&t, CLIENT, 40001, SERVER, 9, "\1\2\3\4\5\6\7");
	hear(&t); // a connection ends after it began
	n = note(&t, NOTE_CLOSED, CLIENT, 40000, SERVER, 2022);
	n->connection = (struct note_connection) {.bytes = {700, 300}};
	note(&t, NOTE_CLOSED, CLIENT, 40002, SERVER, 4444)->connection
		= (struct note_connection) {.bytes = {1, 1}};
	n = note(&t, NOTE_DNS, CLIENT, 40003, SERVER, 53);
	n->proto = 17;
	n->n_data = 29;
	memcpy(n->data, "\0\7\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1", 29);
	n = note(&t, NOTE_DNS, SERVER, 53, CLIENT, 40003); // its answer is the same flow
	n->proto = 17;
	n->n_data = 29;
	memcpy(n->data, "\0\7\x81\x80\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1", 29);
	hear(&t);
	spoken_shares(t.spoken, share);
	assert_int_equal(share[APP_SSH].flows, 1);
	assert_int_equal(share[APP_SSH].ended, 1);
	assert_int_equal(share[APP_SSH].ended_bytes, 1000);
	assert_int_equal(share[APP_NONE].flows, 1);
	assert_int_equal(share[APP_NONE].ended_bytes, 2);
	assert_int_equal(share[APP_DNS].flows, 1);
	talk_end(&t);
}

// More servers than there is room for: the newest are known, and nothing breaks.
static void the_table_is_bounded(void **) {
	struct talk t = talk_new(true);

	for (unsigned i = 0; i < 4 * SPOKEN_PORTS; i++) {
		const uint16_t port = (uint16_t)(1024 + i % 60000);

		note(&t, NOTE_OPENED, CLIENT, 700, SERVER, port);
		says(&t, SERVER, port, CLIENT, 700, "SSH-2.0-x\r\n");
		hear(&t);
		assert_int_equal(speaks(&t, port), APP_SSH);
	}
	assert_int_equal(speaks(&t, 1024), APP_NONE);
	talk_end(&t);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_is_known_by_what_it_says_on_any_port),
		cmocka_unit_test(who_was_called_is_the_server),
		cmocka_unit_test(most_of_what_is_said_counts),
		cmocka_unit_test(without_a_handshake_ports_tell),
		cmocka_unit_test(shares_are_of_flows_and_of_what_ended),
		cmocka_unit_test(the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
