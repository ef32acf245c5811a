// Seeded random numbers: the same seed gives the same numbers on every run.
//
// Threads    One owner per state; every actor has its own, so that what one does never moves another.
// Memory     Eight bytes, the caller's.
//
// Source: SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014.
#ifndef WEIR_FLOOD_RANDOM_H
#define WEIR_FLOOD_RANDOM_H

#include <math.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_mix(uint64_t z) {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static inline uint64_t rng_next(struct rng *r) {
	r->state += 0x9e3779b97f4a7c15ull;
	return rng_mix(r->state);
}

static inline struct rng rng_split(struct rng *r) {
	return (struct rng) {.state = rng_next(r)};
}

// 0 .. n-1. The bias of the multiply is below 2^-32 for the n used here.
static inline uint32_t rng_below(struct rng *r, uint32_t n) {
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

static inline uint32_t rng_between(struct rng *r, uint32_t low, uint32_t high) { // both included
	return low + rng_below(r, high - low + 1);
}

static inline double rng_unit(struct rng *r) { // 0 <= x < 1
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static inline double rng_exponential(struct rng *r, double mean) {
	return -mean * log(1 - rng_unit(r));
}

// Log-normal with the given median; sigma is the deviation of the logarithm. 0 sigma: the median.
static inline double rng_lognormal(struct rng *r, double median, double sigma) {
	if (sigma == 0)
		return median;
	const double u = 1 - rng_unit(r), v = rng_unit(r);

	return median * exp(sigma * sqrt(-2 * log(u)) * cos(2 * M_PI * v));
}

// Rank 0 .. n-1, low ranks often: density falls as 1/rank.
static inline uint32_t rng_rank(struct rng *r, uint32_t n) {
	const double rank = exp(rng_unit(r) * log((double)n + 1)) - 1;

	return rank < n ? (uint32_t)rank : n - 1;
}

#endif
