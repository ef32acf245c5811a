#include "sensor/rss.h"

#include <string.h>

void rss_key_fill(uint8_t key[], uint32_t bytes) {
	for (uint32_t i = 0; i < bytes; i++)
		key[i] = i % 2 == 0 ? 0x6d : 0x5a;
}

static uint32_t key_window(const uint8_t key[], uint32_t key_bytes, uint32_t bit) {
	uint32_t window = 0;

	for (uint32_t i = bit; i < bit + 32; i++) {
		const uint32_t one = i / 8 < key_bytes ? key[i / 8] >> (7 - i % 8) & 1u : 0;

		window = window << 1 | one;
	}
	return window;
}

uint32_t rss_toeplitz(const uint8_t key[], uint32_t key_bytes, const uint8_t input[], uint32_t n) {
	uint32_t hash = 0;

	for (uint32_t bit = 0; bit < n * 8; bit++)
		if ((input[bit / 8] >> (7 - bit % 8) & 1) != 0)
			hash ^= key_window(key, key_bytes, bit);
	return hash;
}

// source, destination, source port, destination port, in network order
static bool
same_both_ways(const uint8_t key[], uint32_t key_bytes, uint32_t addr_bytes, uint32_t seed) {
	uint8_t there[36], back[36];
	const uint32_t n = 2 * addr_bytes + 4;

	for (uint32_t i = 0; i < n; i++)
		there[i] = (uint8_t)((seed + i) * 2654435761u >> 24);
	memcpy(&back[0], &there[addr_bytes], addr_bytes);
	memcpy(&back[addr_bytes], &there[0], addr_bytes);
	memcpy(&back[2 * addr_bytes], &there[2 * addr_bytes + 2], 2);
	memcpy(&back[2 * addr_bytes + 2], &there[2 * addr_bytes], 2);
	return rss_toeplitz(key, key_bytes, there, n) == rss_toeplitz(key, key_bytes, back, n);
}

bool rss_key_is_symmetric(const uint8_t key[], uint32_t bytes) {
	for (uint32_t seed = 1; seed <= 64; seed++)
		if (!same_both_ways(key, bytes, 4, seed * 100)
		    || !same_both_ways(key, bytes, 16, seed * 100))
			return false;
	return true;
}
