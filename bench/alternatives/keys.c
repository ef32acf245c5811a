// Made-up keys.
#include "bench/alternatives/parts.h"

#include <string.h>

#define IPPROTO_OF_TCP 6
#define IPPROTO_OF_UDP 17

uint64_t random_word(uint64_t number) { // splitmix64, Steele, Lea, Flood, OOPSLA 2014
	uint64_t z = (number + 1) * 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static struct addr addr_made(uint64_t random, bool ip6) {
	const uint8_t ip4[4] = {
		(uint8_t)random,
		(uint8_t)(random >> 8),
		(uint8_t)(random >> 16),
		(uint8_t)(random >> 24),
	};
	uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8};

	memcpy(bytes + 8, &random, sizeof(random));
	return ip6 ? addr_from_ip6(bytes) : addr_from_ip4(ip4);
}

// The lower side says the number, so that no key comes twice.
void key_make(struct flow_key *out, uint64_t number, uint64_t seed) {
	const uint64_t random = random_word(random_word(seed) ^ number);
	const bool ip6 = random % 4 == 0;

	*out = (struct flow_key) {
		.lo = addr_made(number, ip6),
		.hi = addr_made(random_word(random), ip6),
		.lo_port = (uint16_t)(random >> 16),
		.hi_port = (uint16_t)(random >> 32),
		.proto = random >> 61 == 0 ? IPPROTO_OF_UDP : IPPROTO_OF_TCP,
	};
}
