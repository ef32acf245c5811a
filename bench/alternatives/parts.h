// The parts of bench/run alternatives: each prints its table unless it is quiet, and gives its JSON.
//
// Threads    The main thread, after EAL began.
// Memory     Taken and given back by each part; where there is none, or where a table has lost a key,
//            a line on standard error and NULL.
#ifndef WEIR_BENCH_ALTERNATIVES_H
#define WEIR_BENCH_ALTERNATIVES_H

#include "flow/flow.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

struct part_conf {
	uint64_t keys;
	uint64_t seed;
	double seconds; // a contest
	bool quiet;
};

struct hash_function {
	const char *name;
	void (*run)(const struct flow_key *key, unsigned n, uint64_t *hash, uint64_t seed);
	bool (*available)(void); // NULL: everywhere
};
enum { HASH_OURS, HASH_CRC, HASH_JHASH, HASH_TOEPLITZ, HASH_AES, HASH_FUNCTION_N };
extern const struct hash_function hash_functions[HASH_FUNCTION_N];

json_t *part_hashes(const struct part_conf *); // what a hash costs
json_t *part_collisions(const struct part_conf *); // keys made to collide under CRC-32C
json_t *part_load(const struct part_conf *); // what a full table loses
json_t *part_lookup(const struct part_conf *); // tables, look up and touch
json_t *part_batch(const struct part_conf *); // our table by batch and by distance
json_t *part_records(const struct part_conf *); // records by size

// The same key for the same number and seed, never twice: one in four IPv6, one in eight UDP.
void key_make(struct flow_key *out, uint64_t number, uint64_t seed);
uint64_t random_word(uint64_t number); // of no other number

#endif
