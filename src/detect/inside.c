#include "detect/inside.h"

#include "detect/history.h"

#include <string.h>

#define SITE_BYTES 6

// RFC 1918, 3927, 1122 3.2.1.3; RFC 4193, 4291 2.5.6 and 2.5.3.
bool is_private(const struct addr *a) {
	const uint8_t *b = addr_is_ip4(a) ? &a->b[12] : a->b;
	static const struct addr loopback = {.b = {[15] = 1}};

	if (addr_is_ip4(a))
		return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16)
			|| (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254);
	return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		|| addr_equal(a, &loopback);
}

// A site's own addresses of IPv6 are the Internet's, too: most often one /48 (RFC 6177, 2).
bool is_within_site(const struct addr *a, const struct addr *b) {
	if (is_private(a) && is_private(b))
		return true;
	return !addr_is_ip4(a) && memcmp(a->b, b->b, SITE_BYTES) == 0;
}

bool is_inside(const struct detect_conf *conf, const struct addr *a) {
	return is_private(a) || network_of(conf, a) != NULL;
}
