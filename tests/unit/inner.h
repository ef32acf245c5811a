// Frames whose innermost addresses and ports a test writes, whatever wraps them.
#ifndef WEIR_TEST_INNER_H
#define WEIR_TEST_INNER_H

#include "frames.h"
#include "sensor/spread.h"
#include "test.h"

#include <string.h>

static const struct packet_conf ethernet = {.link = LINK_ETHERNET, .tunnel_depth = 4};

static inline uint32_t hash_of(const uint8_t *data, uint32_t n) {
	const struct frame frame = {.data = data, .captured = n};
	struct packet p;

	packet_parse(&ethernet, &frame, &p);
	assert_int_equal(p.class, PACKET_FLOW);
	return spread_hash(&p, 42);
}

static inline uint32_t next_random(uint32_t *state) {
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

// A made frame whose innermost addresses and ports a test writes.
struct inner {
	struct made made;
	uint32_t addr_at; // of the source
	uint32_t addr_bytes;
	uint32_t ports_at;
};

static inline void inner_make(struct inner *in, const char *words, bool ip6) {
	static const uint8_t head4[] = {10, 0, 0}, head6[] = {0x20, 1, 0xd, 0xb8};

	memset(in, 0, sizeof(*in));
	made_frame(&in->made, words);
	in->addr_bytes = ip6 ? 16 : 4;
	for (uint32_t at = 0; at + 2 * in->addr_bytes <= in->made.n; at++)
		if (memcmp(&in->made.b[at], ip6 ? head6 : head4, ip6 ? 4 : 3) == 0
		    && memcmp(&in->made.b[at + in->addr_bytes],
			      ip6 ? head6 : (const uint8_t[]) {10, 0, 1},
			      ip6 ? 4 : 3)
			    == 0)
			in->addr_at = at; // the last one is the innermost
	assert_true(in->addr_at > 0);
	in->ports_at = in->addr_at + 2 * in->addr_bytes;
}

struct ends {
	uint8_t addr[2][16];
	uint8_t port[2][2];
};

static inline struct ends ends_random(uint32_t *state) {
	struct ends e;

	for (unsigned i = 0; i < 16; i++) {
		e.addr[0][i] = (uint8_t)(next_random(state) >> 7);
		e.addr[1][i] = (uint8_t)(next_random(state) >> 7);
	}
	e.addr[0][0] = e.addr[1][0] = 0x20; // a plain address in both families
	for (unsigned i = 0; i < 2; i++) {
		e.port[i][0] = (uint8_t)(next_random(state) >> 7);
		e.port[i][1] = (uint8_t)(next_random(state) >> 7);
	}
	e.port[0][0] |= 0x80; // not a tunnel's
	e.port[1][0] |= 0x80;
	return e;
}

static inline uint32_t inner_hash(struct inner *in, const struct ends *e, unsigned from) {
	uint8_t *addr = &in->made.b[in->addr_at], *port = &in->made.b[in->ports_at];

	memcpy(addr, e->addr[from], in->addr_bytes);
	memcpy(addr + in->addr_bytes, e->addr[!from], in->addr_bytes);
	memcpy(port, e->port[from], 2);
	memcpy(port + 2, e->port[!from], 2);
	return hash_of(in->made.b, in->made.n);
}

#endif
