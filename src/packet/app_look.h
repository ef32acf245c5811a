// What the recognisers of applications look at. Private to this folder.
//
// Each takes a look and gives an application or APP_NONE; each asks sees() before it reads.
#ifndef WEIR_PACKET_APP_LOOK_H
#define WEIR_PACKET_APP_LOOK_H

#include "packet/app.h"
#include "packet/cursor.h"

struct look {
	const uint8_t *b;
	uint32_t n; // bytes at b, 4 or more
	uint32_t whole; // bytes that the packet had from b on: n or more
	uint32_t head; // the first four, big endian
	uint16_t sport;
	uint16_t dport;
	bool tcp;
};

#define WORD(a, b, c, d)                                                                           \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static inline bool sees(const struct look *l, uint32_t bytes) {
	return l->n >= bytes;
}

static inline bool port_is(const struct look *l, uint16_t port) {
	return l->sport == port || l->dport == port;
}

static inline uint32_t le32(const uint8_t *p) {
	uint32_t v;

	memcpy(&v, p, sizeof(v)); // x86 alone
	return v;
}

// The bytes at `at` are these. The length is a constant: a few loads and compares.
static inline bool bytes_are(const struct look *l, uint32_t at, const char *want, uint32_t bytes) {
	return sees(l, at + bytes) && memcmp(&l->b[at], want, bytes) == 0;
}

static inline struct look look_from(const struct look *l, uint32_t at) {
	struct look rest = *l;

	rest.b += at;
	rest.n -= at;
	rest.whole -= at;
	rest.head = rest.n >= 4 ? be32(rest.b) : 0;
	return rest;
}

static inline bool is_digit(uint8_t c) {
	return c >= '0' && c <= '9';
}

static inline unsigned when(bool true_of_it, unsigned app) {
	return true_of_it ? app : APP_NONE;
}

unsigned app_text(const struct look *); // either transport
unsigned app_memcached_text(const struct look *); // a command or an answer begins here
unsigned app_dns(const struct look *, uint32_t at); // a message begins at `at`
unsigned app_ldap_snmp(const struct look *);
unsigned app_kerberos(const struct look *, uint32_t at);
unsigned app_stun(const struct look *);
unsigned app_openvpn(const struct look *, uint32_t at);
unsigned app_dnp3(const struct look *);
unsigned app_tcp(const struct look *);
unsigned app_udp(const struct look *);

#endif
