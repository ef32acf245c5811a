// A service on another's port: SSH on 443, HTTP on 22, a VPN on the port of DNS. So do those who want to pass a firewall that
// looks at ports, and who put up a service that nobody shall find.
//
// A port is wrong for an application that is named by what is said (packet/app.h) where it is another's own: below 1024
// (RFC 6335, 6: system ports), or where what is at home on one port sits on a port of the web. On ports that are
// nobody's nothing is wrong. It counts when the service answers in it: an application whose server speaks first says so
// itself; else connections must have ended in which the server said some kilobytes; over the port of DNS, both sides must
// have said what is something else.
//
// False friends: who tries ports with the words of HTTP or TLS gets a banner or a refusal, which is short; proxies
// on their ports, and what is usual beside (packet/app.h); a client's port that happens to be somebody's own.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/noted.h"
#include "detect/side.h"
#include "detect/spoken.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PORT_SYSTEM 1024 // RFC 6335, 6: below
#define ANSWER_BYTES                                                                               \
	2048 // a refusal is shorter: nginx's page for HTTP on its port of TLS has 650 bytes with its header
#define CONNECTIONS 4096
#define SERVICES 1024
#define DNS_PORT 53
#define SEED 0x77726f6e

struct connection { // that began with the words of an application on another's port
	struct side_entry entry;
	struct addr from; // who said them
	uint8_t app;
};

struct service {
	struct side_entry entry;
	struct addr server, client; // the last of them
	uint16_t port;
	uint8_t proto;
	uint8_t app;
	uint32_t answered; // ever
	uint64_t first_ns;
};

struct wrong_port {
	struct side *connections, *services;
};

// The same for both directions.
static uint64_t connection_key(const struct note *n) {
	const uint64_t seed = SEED + n->proto;

	return hash_word(n->sport, hash_addr(&n->src, seed))
		^ hash_word(n->dport, hash_addr(&n->dst, seed));
}

// Its ports are agreed upon: on one that is nobody's it is at home.
static bool roams(unsigned app, uint8_t proto) {
	return app_is_usual(app, proto, 0);
}

// Named by words or by a magic, not by a few fields that agree: what is ciphered agrees with some of these sooner or later.
static bool is_certain(unsigned app) {
	static const uint64_t certain = 1ull << APP_HTTP | 1ull << APP_TLS | 1ull << APP_SSH
		| 1ull << APP_FTP | 1ull << APP_SMTP | 1ull << APP_IMAP | 1ull << APP_POP3
		| 1ull << APP_SIP | 1ull << APP_RTSP | 1ull << APP_RDP | 1ull << APP_SMB
		| 1ull << APP_MYSQL | 1ull << APP_REDIS | 1ull << APP_MQTT | 1ull << APP_AMQP
		| 1ull << APP_VNC | 1ull << APP_BITTORRENT | 1ull << APP_WIREGUARD
		| 1ull << APP_OPENVPN | 1ull << APP_QUIC | 1ull << APP_STUN | 1ull << APP_IRC;

	return certain >> app & 1;
}

static bool is_wrong(unsigned app, uint8_t proto, uint16_t port) {
	const unsigned owner = app_by_port(proto, port);

	if (!is_certain(app) || owner == APP_NONE || app_is_usual(app, proto, port))
		return false;
	return port < PORT_SYSTEM || (!roams(app, proto) && roams(owner, proto));
}

static bool is_server_first(unsigned app) {
	return app == APP_SSH || app == APP_FTP || app == APP_SMTP || app == APP_IMAP
		|| app == APP_POP3 || app == APP_MYSQL || app == APP_VNC;
}

static void answered(
	struct wrong_port *w,
	const struct note *n,
	unsigned app,
	const struct addr *server,
	uint16_t port,
	const struct addr *client
) {
	const uint64_t key = hash_word((uint64_t)n->proto << 16 | port, hash_addr(server, SEED));
	struct service *s = side_get(w->services, key, n->ts_ns);

	if (s->app != app) // another moved in
		*s = (struct service) {.entry = s->entry};
	if (s->first_ns == 0)
		s->first_ns = n->ts_ns;
	s->server = *server;
	s->client = *client;
	s->port = port;
	s->proto = n->proto;
	s->app = (uint8_t)app;
	s->answered++;
	side_hears(w->services, s);
}

static void remember(struct wrong_port *w, const struct note *n, unsigned app) {
	struct connection *c = side_get(w->connections, connection_key(n), n->ts_ns);

	c->from = n->src;
	c->app = (uint8_t)app;
}

// Either end may be the server; on its own port it is.
static bool may_be_wrong(unsigned app, const struct note *n) {
	return app_by_port(n->proto, n->sport) != app && app_by_port(n->proto, n->dport) != app
		&& (is_wrong(app, n->proto, n->sport) || is_wrong(app, n->proto, n->dport));
}

static void take_payload(struct wrong_port *w, const struct note *n) {
	const unsigned app = app_of_note(n);

	if (n->proto != PROTO_TCP || !may_be_wrong(app, n))
		return;
	// Nobody calls from such a port: it is the server that speaks.
	if (is_server_first(app) && is_wrong(app, n->proto, n->sport) && n->dport >= PORT_SYSTEM
	    && app_by_port(n->proto, n->dport) == APP_NONE)
		answered(w, n, app, &n->src, n->sport, &n->dst);
	else
		remember(w, n, app);
}

// What is over the port of DNS and is something else, both ways.
static void take_message(struct wrong_port *w, const struct note *n) {
	const unsigned app = app_of_note(n);
	struct connection *c;

	if (!is_certain(app))
		return;
	c = side_find(w->connections, connection_key(n));
	if (c == NULL && n->dport == DNS_PORT && is_wrong(app, n->proto, n->dport))
		remember(w, n, app);
	else if (c != NULL && n->sport == DNS_PORT && app == c->app && !addr_equal(&c->from, &n->src))
		answered(w, n, app, &n->src, n->sport, &n->dst);
}

static void take_closed(struct wrong_port *w, const struct note *n) {
	struct connection *c = side_find(w->connections, connection_key(n));

	if (c == NULL || !is_wrong(c->app, n->proto, n->dport)
	    || n->connection.payload[1] < ANSWER_BYTES)
		return;
	answered(w, n, c->app, &n->dst, n->dport, &n->src);
	c->app = APP_NONE;
}

static void wrong_take(void *memory, const struct note *n) {
	if (n->kind == NOTE_PAYLOAD)
		take_payload(memory, n);
	else if (n->kind == NOTE_DNS)
		take_message(memory, n);
	else if (n->kind == NOTE_CLOSED)
		take_closed(memory, n);
}

static void service_read(void *entry, void *noting) {
	const struct service *s = entry;
	char server[ADDR_TEXT_MAX], client[ADDR_TEXT_MAX];
	struct noted *noted = noting_add(
		noting, KIND_WRONG_PORT, &s->server, s->answered, s->entry.heard, s->first_ns
	);

	if (noted == NULL)
		return;
	noted->source = s->client;
	noted->proto = s->proto;
	noted->port = s->port;
	addr_text(&s->server, UINT8_MAX, server);
	addr_text(&s->client, UINT8_MAX, client);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s speaks %s on port %u, where %s is at home; the last to call was %s.",
		server,
		app_name(s->app),
		s->port,
		app_name(app_by_port(s->proto, s->port)),
		client
	);
}

static void wrong_read(void *memory, struct noting *noting) {
	struct wrong_port *w = memory;

	side_each_heard(w->services, service_read, noting);
}

NOTE_READER(wrong_port) = {
	.memory_bytes = sizeof(struct wrong_port),
	.side
	= {NOTE_SIDE(struct wrong_port, connections, struct connection, CONNECTIONS),
	   NOTE_SIDE(struct wrong_port, services, struct service, SERVICES)},
	.take = wrong_take,
	.read = wrong_read,
};

KIND(WRONG_PORT, "wrong_port", "Service on another's port", 1, 0) = {
	.metric = METRIC_N,
	.scale = SCALE_HINT,
	.floor_times = 1,
	.metric_name = "connections",
	.unit = "connections",
	.lull_ns = 3600 * 1000000000ull,
	.mitigation = "Find who put this service there. If it is known, put the server on the "
		      "allow-list; else see "
		      "what it lets through. Low by design: it is a hint.",
};
