// A name in the configuration, or a private address.
#include "detect/own.h"

#include "detect/history.h"

#include <string.h>

#define SITE_BYTES 6

static const struct {
	uint8_t b[16];
	uint8_t prefix_len; // of 128
} private_ranges[] = {
	{{[10] = 0xff, 0xff, 10}, 96 + 8},
	{{[10] = 0xff, 0xff, 172, 16}, 96 + 12},
	{{[10] = 0xff, 0xff, 192, 168}, 96 + 16},
	{{[10] = 0xff, 0xff, 169, 254}, 96 + 16},
	{{[10] = 0xff, 0xff, 100, 64}, 96 + 10},
	{{[10] = 0xff, 0xff, 127}, 96 + 8},
	{{0xfc}, 7},
	{{0xfe, 0x80}, 10},
	{{[15] = 1}, 128},
};

static bool begins_with(const struct addr *a, const uint8_t b[16], unsigned bits) {
	unsigned i = 0;

	for (; i < bits / 8; i++)
		if (a->b[i] != b[i])
			return false;
	return bits % 8 == 0 || (a->b[i] ^ b[i]) >> (8 - bits % 8) == 0;
}

static bool is_private(const struct addr *a) {
	for (unsigned i = 0; i < sizeof(private_ranges) / sizeof(private_ranges[0]); i++)
		if (begins_with(a, private_ranges[i].b, private_ranges[i].prefix_len))
			return true;
	return false;
}

bool own_is(const struct network_conf *network, const struct addr *addr) {
	return network != NULL ? !network->allow : is_private(addr);
}

// A site's own addresses of IPv6 are the Internet's, too: most often one /48 (RFC 6177, 2).
bool own_is_one_site(const struct addr *a, const struct addr *b) {
	if (is_private(a) && is_private(b))
		return true;
	return !addr_is_ip4(a) && memcmp(a->b, b->b, SITE_BYTES) == 0;
}

bool own_or_named(const struct detect_conf *conf, const struct addr *addr) {
	return is_private(addr) || network_of(conf, addr) != NULL;
}
