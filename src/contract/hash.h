// Keyed hash of a few 64-bit words: all 64 bits of the result are usable.
//
// Threads    Pure functions.
// Memory     None taken.
//
// Each step multiplies two words to 128 bits and folds the halves together, as in wyhash (Wang Yi
// et al., "Modern Non-Cryptographic Hash Function and Pseudorandom Number Generator", 2019). Not
// CRC32, though a machine instruction: CRC is linear, so two keys that collide do so under every
// seed, and a sender who knows the code could fill one bucket of a sensor whose seed he does not
// know.
#ifndef WEIR_CONTRACT_HASH_H
#define WEIR_CONTRACT_HASH_H

#include <weir/addr.h>

#include <stdint.h>

// Odd, with about as many ones as zeros: the fractional parts of the square roots of 2, 3, 5, 7.
#define HASH_K0 0x6a09e667f3bcc909ull
#define HASH_K1 0xbb67ae8584caa73bull
#define HASH_K2 0xa54ff53a5f1d36f1ull
#define HASH_K3 0x3c6ef372fe94f82bull

static inline uint64_t hash_fold(uint64_t a, uint64_t b) {
	const unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// Both factors carry the key: a sender who could make one of them zero would choose the hash.
static inline uint64_t hash_pair(uint64_t a, uint64_t b, uint64_t seed) {
	return hash_fold(a ^ seed ^ HASH_K0, b ^ (seed << 32 | seed >> 32) ^ HASH_K1);
}

static inline uint64_t hash_end(uint64_t h, uint64_t seed) {
	return hash_fold(h ^ seed, HASH_K2);
}

static inline uint64_t hash_word(uint64_t word, uint64_t seed) {
	return hash_end(hash_pair(word, 0, seed), seed);
}

static inline uint64_t hash_addr(const struct addr *a, uint64_t seed) {
	return hash_end(hash_pair(a->w[0], a->w[1], seed), seed);
}

#endif
