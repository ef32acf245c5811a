// Keys in the order in which packets would bring them, and our table full of them.
//
// Threads    One.
// Memory     Huge pages on request; the reserved ones are left to EAL.
#ifndef WEIR_BENCH_ALTERNATIVES_TRACE_H
#define WEIR_BENCH_ALTERNATIVES_TRACE_H

#include "bench/alternatives/parts.h"
#include "bench/lib/huge.h"
#include "contract/prefetch.h"
#include "flow/flow_record.h"

#define TRACE_KEYS (1u << 20)
#define TRACE_PIECE (1u << 12)
#define TRACE_BATCH_MAX 128u
#define TRACE_NOW_NS 1000000000ull

struct trace {
	struct huge keys; // of TRACE_KEYS, at random among the keys
	struct huge numbers; // the same, as uint32_t
	uint64_t n_keys;
	uint64_t seed;
};

bool trace_make(struct trace *, const struct part_conf *); // false, and told: no memory
void trace_free(struct trace *);
static inline const struct flow_key *trace_key(const struct trace *t, uint64_t at) {
	return (const struct flow_key *)t->keys.at + at % TRACE_KEYS;
}

static inline uint32_t trace_number(const struct trace *t, uint64_t at) {
	return ((const uint32_t *)t->numbers.at)[at % TRACE_KEYS];
}

struct own_table {
	struct huge memory;
	struct flow_table *table;
};

// Half full at most. @return false, and told: no memory, or a key has no place
bool own_table_make(struct own_table *, const struct part_conf *);
void own_table_free(struct own_table *);
uint64_t own_table_capacity(uint64_t keys);

// How our table is walked; the public functions alone.
struct own_walk {
	const struct trace *trace;
	const struct own_table *own;
	unsigned batch; // a power of two, up to TRACE_BATCH_MAX
	unsigned behind; // records are asked for so many keys behind the buckets
	bool ahead; // the next batch is fetched before this one is touched
	uint64_t at;
	uint64_t missed; // must stay 0
};
uint64_t own_walk_piece(void *walk);
uint64_t own_walk_inline(void *walk); // batches of 64, AVX2; ask isa_supported() first

#define TOUCHED_LINES 3

// A packet's part of a record, not the key: lines 0 (first_line 0) or 1 (1) up to 2.
static inline void record_touch(struct flow *flow, unsigned first_line) {
	if (first_line == 0)
		flow->last_ns++;
	flow->packets[0]++;
	flow->acks++;
}

static inline void record_prefetch(const struct flow *flow, unsigned first_line) {
	for (unsigned l = first_line; l < TOUCHED_LINES; l++)
		prefetch((const uint8_t *)flow + (size_t)l * FLOW_LINE);
}

#endif
