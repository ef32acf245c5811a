// IP address, both families in one type, so that no code below can forget IPv6.
//
// An IPv4 address a.b.c.d is held as the IPv4-mapped address ::ffff:a.b.c.d
// (RFC 4291, 2.5.5.2). Prefix lengths are those of the family as people write them
// (0..32 for IPv4); addr_mask() knows the offset.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_ADDR_H
#define WEIR_ADDR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Network byte order throughout.
struct addr {
	union {
		uint8_t b[16];
		uint32_t d[4];
		uint64_t w[2];
	};
};
static_assert(sizeof(struct addr) == 16, "hashed and compared as two words");

#define ADDR_TEXT_MAX 52 // "ffff:...:255.255.255.255/128" and its NUL

static inline bool addr_equal(const struct addr *a, const struct addr *b) {
	return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1])) == 0;
}

static inline bool addr_is_ip4(const struct addr *a) {
	return a->w[0] == 0 && a->b[8] == 0 && a->b[9] == 0 && a->b[10] == 0xff && a->b[11] == 0xff;
}

// @param ip4  four bytes in network order, any alignment
struct addr addr_from_ip4(const void *ip4);
struct addr addr_from_ip6(const void *ip6);

// Keep the first @p prefix_len bits (counted in the address's own family), clear the rest.
struct addr addr_mask(const struct addr *a, uint8_t prefix_len);

// "10.0.0.1" or "2001:db8::1"; with prefix_len not covering the whole address "/24" follows.
// @param prefix_len  bits, or UINT8_MAX for none
// @return text
const char *addr_text(const struct addr *a, uint8_t prefix_len, char text[static ADDR_TEXT_MAX]);

// Parse "10.0.0.1", "10.0.0.0/8", "2001:db8::/32".
// @param prefix_len  out: the length given, or the whole address (32 or 128); may be NULL,
//                    then a "/" is an error
// @return 0, or -EINVAL with the outputs untouched
int addr_parse(struct addr *out, uint8_t *prefix_len, const char *text);

#endif
