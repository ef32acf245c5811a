// Pseudo-random numbers of our own, so that a seed gives the same model on every machine.
//
// Source: xoshiro256** 1.0 and splitmix64, D. Blackman and S. Vigna, "Scrambled Linear
// Pseudorandom Number Generators", ACM TOMS 47(4), 2021. Bounded numbers without bias after
// D. Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29(1), 2019.
//
// Threads    One owner for each state.
// Memory     None taken.
#ifndef WEIR_MODEL_RANDOM_H
#define WEIR_MODEL_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t s[4];
};

static inline uint64_t splitmix64(uint64_t *state) {
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

// Streams of one seed do not depend on each other: tree 7 is the same tree whichever is grown first.
static inline struct random random_seeded(uint64_t seed, uint64_t stream) {
	struct random r;
	uint64_t state = stream;

	state = seed ^ splitmix64(&state);
	for (unsigned i = 0; i < 4; i++)
		r.s[i] = splitmix64(&state);
	return r;
}

static inline uint64_t random_rotate(uint64_t x, unsigned bits) {
	return x << bits | x >> (64 - bits);
}

static inline uint64_t random_next(struct random *r) {
	const uint64_t result = random_rotate(r->s[1] * 5, 7) * 9;
	const uint64_t t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = random_rotate(r->s[3], 45);
	return result;
}

// 0 .. n-1, n > 0
static inline uint32_t random_below(struct random *r, uint32_t n) {
	const uint32_t bias = -n % n; // 2^32 mod n
	uint64_t m;

	do
		m = (random_next(r) >> 32) * n;
	while ((uint32_t)m < bias);
	return (uint32_t)(m >> 32);
}

// [0, 1), 53 bits
static inline double random_unit(struct random *r) {
	return (double)(random_next(r) >> 11) * 0x1p-53;
}

#endif
