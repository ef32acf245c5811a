// Keys that all fall into one bucket under CRC-32C, whatever its seed.
//
// CRC is linear: crc(seed, a) ^ crc(seed, b) depends on a ^ b alone. Of the bits that a sender of forged
// packets chooses (an IPv4 source below 128.0.0.0 and its port: 47), 32 equations leave at least 15, so
// 32,768 of its packets to one service have the same 32 bits of hash, under every seed. They are found
// by elimination, in no time.
#include "bench/alternatives/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FREE_BITS 47
#define BUCKETS (1u << 17) // of eight: a table of 1 M records
#define SEEDS 16
#define KEYS_MAX_BITS 15

static struct flow_key forged(uint64_t bits) {
	const uint32_t source = (uint32_t)(bits >> 16);
	const uint8_t lo[4] = {
		(uint8_t)(source >> 24),
		(uint8_t)(source >> 16),
		(uint8_t)(source >> 8),
		(uint8_t)source,
	};
	static const uint8_t hi[4] = {203, 0, 113, 7}; // RFC 5737

	return (struct flow_key) {
		.lo = addr_from_ip4(lo),
		.hi = addr_from_ip4(hi),
		.lo_port = (uint16_t)bits,
		.hi_port = 443,
		.proto = 6,
	};
}

static uint32_t crc_of(uint64_t bits) {
	const struct flow_key key = forged(bits);
	uint64_t hash;

	hash_functions[HASH_CRC].run(&key, 1, &hash, 0);
	return (uint32_t)hash;
}

// @param basis  sums of these have the CRC of forged(0)
// @return how many there are
static unsigned crc_kernel(uint64_t basis[static FREE_BITS]) {
	uint32_t pivot[32] = {0};
	uint64_t made_of[32] = {0};
	unsigned n = 0;

	for (unsigned bit = 0; bit < FREE_BITS; bit++) {
		uint32_t column = crc_of(1ull << bit) ^ crc_of(0);
		uint64_t sum = 1ull << bit;

		while (column != 0 && pivot[__builtin_ctz(column)] != 0) {
			const unsigned p = (unsigned)__builtin_ctz(column);

			column ^= pivot[p];
			sum ^= made_of[p];
		}
		if (column == 0) {
			basis[n++] = sum;
			continue;
		}
		pivot[__builtin_ctz(column)] = column;
		made_of[__builtin_ctz(column)] = sum;
	}
	return n;
}

static uint32_t largest_bucket(const uint64_t *hash, unsigned n, uint32_t *count) {
	uint32_t most = 0;

	memset(count, 0, BUCKETS * sizeof(*count));
	for (unsigned i = 0; i < n; i++) {
		const uint32_t now = ++count[hash[i] % BUCKETS];

		most = now > most ? now : most;
	}
	return most;
}

struct spread {
	uint32_t least; // of the seeds' largest buckets
	uint32_t most;
};

static struct spread
spread_of(const struct hash_function *f, const struct flow_key *key, unsigned n, uint64_t seed) {
	struct spread s = {.least = UINT32_MAX};
	uint64_t *hash = malloc(n * sizeof(*hash));
	uint32_t *count = malloc(BUCKETS * sizeof(*count));

	for (unsigned i = 0; hash != NULL && count != NULL && i < SEEDS; i++) {
		uint32_t largest;

		f->run(key, n, hash, random_word(seed + i));
		largest = largest_bucket(hash, n, count);
		s.least = largest < s.least ? largest : s.least;
		s.most = largest > s.most ? largest : s.most;
	}
	free(hash);
	free(count);
	return s;
}

static void add_function(
	json_t *list,
	const struct part_conf *conf,
	const struct hash_function *f,
	const struct flow_key *key,
	unsigned n
) {
	const struct spread s = spread_of(f, key, n, conf->seed);

	if (!conf->quiet)
		printf("  %-62s %9u %9u\n", f->name, s.least, s.most);
	json_array_append_new(
		list,
		json_pack(
			"{s:s, s:i, s:i}",
			"name",
			f->name,
			"largest_bucket_least",
			(int)s.least,
			"largest_bucket_most",
			(int)s.most
		)
	);
}

json_t *part_collisions(const struct part_conf *conf) {
	uint64_t basis[FREE_BITS];
	const unsigned free_bits = crc_kernel(basis);
	const unsigned bits = free_bits < KEYS_MAX_BITS ? free_bits : KEYS_MAX_BITS;
	const unsigned n = 1u << bits;
	struct flow_key *key = malloc(n * sizeof(*key));
	json_t *list = json_array();

	if (key == NULL) {
		fprintf(stderr, "bench alternatives: no memory for %u keys\n", n);
		return NULL;
	}
	for (unsigned i = 0; i < n; i++) {
		uint64_t sum = 0;

		for (unsigned bit = 0; bit < bits; bit++)
			sum ^= i >> bit & 1 ? basis[bit] : 0;
		key[i] = forged(sum);
	}
	if (!conf->quiet)
		printf("\n%u forged keys made for CRC-32C, %u buckets%22s %9s %9s\n  %-62s %9s "
		       "%9s\n",
		       n,
		       BUCKETS,
		       "",
		       "largest",
		       "bucket",
		       "16 seeds",
		       "least",
		       "most");
	for (unsigned i = 0; i < HASH_FUNCTION_N; i++)
		if (hash_functions[i].available == NULL || hash_functions[i].available())
			add_function(list, conf, &hash_functions[i], key, n);
	free(key);
	return json_pack(
		"{s:i, s:i, s:i, s:o}",
		"keys",
		(int)n,
		"buckets",
		(int)BUCKETS,
		"seeds",
		SEEDS,
		"functions",
		list
	);
}
