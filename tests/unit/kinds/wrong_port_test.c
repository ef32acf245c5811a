// Services on another's port, in both families; and what only looks so.
#include "../noted_scene.h"

#define SERVER 80
#define CLIENT 7

static bool six;

static struct note *
message(struct scene *s,
	unsigned kind,
	uint8_t proto,
	bool by_server,
	uint16_t client_port,
	uint16_t port) {
	struct note *n = note(s, kind, by_server ? SERVER : CLIENT, by_server ? CLIENT : SERVER);

	n->proto = proto;
	n->sport = by_server ? port : client_port;
	n->dport = by_server ? client_port : port;
	if (six) {
		memcpy(n->src.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0", 12);
		memcpy(n->dst.b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0", 12);
	}
	return n;
}

static void says(struct note *n, const char *words, size_t bytes) {
	n->n_data = (uint16_t)bytes;
	n->payload_bytes = n->n_data;
	memcpy(n->data, words, bytes);
}

#define WORDS(text) text, sizeof(text) - 1
#define HELLO "\x16\3\1\0\x80\1\0\0\x7c\3\3"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

// A connection whose first words are these, and that ends after the server said @p answer bytes.
static void
talk(struct scene *s, uint16_t port, bool by_server, const char *words, size_t n, uint64_t answer) {
	static uint16_t from = 40000;

	from++;
	message(s, NOTE_OPENED, 6, false, from, port);
	says(message(s, NOTE_PAYLOAD, 6, by_server, from, port), words, n);
	wait_ms(s, 100);
	message(s, NOTE_CLOSED, 6, false, from, port)->connection = (struct note_connection) {
		.first_ns = s->now_ns - 100 * MS, .payload = {300, answer}};
	wait_ms(s, 200);
}

static void in_both_families(void (*scene)(void)) {
	six = false;
	scene();
	six = true;
	scene();
}

static void told(uint16_t port, bool by_server, const char *words, size_t n, const char *tale) {
	struct scene *s = scene_new();

	talk(s, port, by_server, words, n, 5000);
	if (opened(s, KIND_WRONG_PORT) != 1)
		fail_msg("%s: not told", tale);
	assert_non_null(strstr(the(s, KIND_WRONG_PORT)->words, tale));
	assert_int_equal(the(s, KIND_WRONG_PORT)->port, port);
	assert_int_equal(the(s, KIND_WRONG_PORT)->severity, SEVERITY_LOW);
	target_is(the(s, KIND_WRONG_PORT), six ? "2001:db8::a00:50" : "10.0.0.80");
	scene_free(s);
}

static void wrong(void) {
	told(443,
	     true,
	     WORDS("SSH-2.0-OpenSSH_9.2\r\n"),
	     "speaks ssh on port 443, where tls is at home");
	told(443, false, WORDS("SSH-2.0-OpenSSH_9.2\r\n"), "speaks ssh on port 443");
	told(8080,
	     true,
	     WORDS("SSH-2.0-dropbear\r\n"),
	     "speaks ssh on port 8080, where http is at home");
	told(22, false, WORDS(GET), "speaks http on port 22, where ssh is at home");
	told(53, false, WORDS(HELLO), "speaks tls on port 53, where dns is at home");
	told(80, true, WORDS("RFB 003.008\n"), "speaks vnc on port 80");
}

static void a_service_on_anothers_port_is_told(void **) {
	in_both_families(wrong);
}

// Its own port, one that is usual, a port that is nobody's, the web on a port above 1023, or what is named by less than
// a magic (memcached's header of zeros).
static void right(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 20; i++) {
		talk(s, 22, true, WORDS("SSH-2.0-x\r\n"), 5000);
		talk(s, 2222, true, WORDS("SSH-2.0-x\r\n"), 5000);
		talk(s, 31337, true, WORDS("SSH-2.0-x\r\n"), 5000);
		talk(s, 3128, false, WORDS("CONNECT a:443 HTTP/1.1\r\n"), 5000);
		talk(s, 8080, false, WORDS(HELLO), 5000);
		talk(s, 6001, false, WORDS(GET), 5000);
		talk(s, 12345, false, WORDS(HELLO), 5000);
		talk(s, 443, false, WORDS("\1\2\3\4 nothing that has a name"), 5000);
		talk(s,
		     443,
		     false,
		     WORDS("\x80\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0k"),
		     5000);
	}
	assert_int_equal(opened(s, KIND_WRONG_PORT), 0);
	scene_free(s);
}

static void what_is_usual_or_nobodys_is_not(void **) {
	in_both_families(right);
}

// A scanner says HTTP and TLS to every port, and hears a banner, an alert or a page of refusal.
static void tried(void) {
	struct scene *s = scene_new();

	for (uint16_t port = 1; port < 1024; port++) {
		talk(s, port, false, WORDS(GET), 700);
		talk(s, port, false, WORDS(HELLO), 7);
		talk(s, port, false, WORDS("SSH-2.0-scan\r\n"), 0);
	}
	assert_int_equal(opened(s, KIND_WRONG_PORT), 0);
	scene_free(s);
}

static void who_only_tries_is_refused_and_not_told(void **) {
	in_both_families(tried);
}

#define WIREGUARD "\4\0\0\0abcd\1\0\0\0\0\0\0\0padded to sixteen"

// Over the port of DNS both sides must say it.
static void over_dns(void) {
	struct scene *s = scene_new();

	for (unsigned i = 0; i < 5; i++) {
		says(message(s, NOTE_DNS, 17, false, 50000, 53), WIREGUARD, 32);
		wait_ms(s, 200);
	}
	assert_int_equal(opened(s, KIND_WRONG_PORT), 0);
	says(message(s, NOTE_DNS, 17, true, 50000, 53), WIREGUARD, 32);
	wait_ms(s, 200);
	assert_int_equal(opened(s, KIND_WRONG_PORT), 1);
	assert_non_null(strstr(the(s, KIND_WRONG_PORT)->words, "speaks wireguard on port 53"));
	scene_free(s);
}

static void a_tunnel_over_the_port_of_dns_is_told(void **) {
	in_both_families(over_dns);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_on_anothers_port_is_told),
		cmocka_unit_test(what_is_usual_or_nobodys_is_not),
		cmocka_unit_test(who_only_tries_is_refused_and_not_told),
		cmocka_unit_test(a_tunnel_over_the_port_of_dns_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
