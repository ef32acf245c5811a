// Names and ports of applications, and the first step of naming one.
#include "packet/app_look.h"

const char *app_name(unsigned app) {
	static const char *const names[APP_N]
		= {[APP_NONE] = "none",
#define X(id, name, where, own, also, first, source) [APP_##id] = name,
		   APPS(X)
#undef X
		};

	return names[app < APP_N ? app : APP_NONE];
}

// The table's port lists become case labels: a search by halves that the compiler makes, and its word where
// two applications claim a port.
#define KEY(proto, port) ((uint32_t)(proto) << 16 | (port))
#define KEY_NEVER UINT32_MAX // so that a list may be empty
#define T(port) case KEY(PROTO_TCP, port):
#define U(port) case KEY(PROTO_UDP, port):
#define B(port) T(port) U(port)
#define TR(first, last) case KEY(PROTO_TCP, first)... KEY(PROTO_TCP, last):
#define UR(first, last) case KEY(PROTO_UDP, first)... KEY(PROTO_UDP, last):
#define BR(first, last) TR(first, last) UR(first, last)

unsigned app_by_port(uint8_t proto, uint16_t port) {
	switch (KEY(proto, port)) {
#define X(id, name, where, own, also, first, source) own return APP_##id;
		APPS(X)
#undef X
	default:
		return APP_NONE;
	}
}

#define FIXED false
#define ROAMS true

// clang-format off
bool app_is_usual(unsigned app, uint8_t proto, uint16_t port) {
	const uint32_t key = KEY(proto, port);

	switch (app) {
#define X(id, name, where, own, also, first, source) \
	case APP_##id: \
		switch (key) { \
		case KEY_NEVER: \
		own also return true; \
		default: \
			return where && app_by_port(proto, port) == APP_NONE; \
		}
		APPS(X)
#undef X
	default:
		return true;
	}
}
// clang-format on

// RFC 854. Three bytes are enough on its port, and there alone.
static unsigned short_telnet(const uint8_t *b, unsigned n, uint16_t sport, uint16_t dport) {
	const bool port = app_is_usual(APP_TELNET, PROTO_TCP, sport)
		|| app_is_usual(APP_TELNET, PROTO_TCP, dport);

	return n == 3 && b[0] == 0xff && b[1] >= 0xfb && b[1] <= 0xfe && port ? APP_TELNET
									      : APP_NONE;
}

unsigned app_of(const uint8_t *payload, unsigned n, uint8_t proto, uint16_t sport, uint16_t dport) {
	return app_of_cut(payload, n, n, proto, sport, dport);
}

unsigned app_of_cut(
	const uint8_t *payload,
	unsigned n,
	unsigned whole,
	uint8_t proto,
	uint16_t sport,
	uint16_t dport
) {
	if (proto != PROTO_TCP && proto != PROTO_UDP)
		return APP_NONE;
	if (unlikely(n < 4))
		return proto == PROTO_TCP ? short_telnet(payload, n, sport, dport) : APP_NONE;

	const struct look look = {
		.b = payload,
		.n = n,
		.whole = whole > n ? whole : n,
		.head = be32(payload),
		.sport = sport,
		.dport = dport,
		.tcp = proto == PROTO_TCP,
	};

	return look.tcp ? app_tcp(&look) : app_udp(&look);
}
