// What the memory lets a core do: random updates of records in huge pages, prefetched a batch ahead.
//
// Threads    Any, each with its own memory.
// Memory     The caller's.
#ifndef WEIR_BENCH_MEMORY_LIMIT_H
#define WEIR_BENCH_MEMORY_LIMIT_H

#include "bench/lib/huge.h"

#include <stdint.h>

#define MEMORY_LINES_MAX 8

struct memory_limit {
	struct huge records;
	struct huge keys; // record numbers, in random order, read in sequence
	uint64_t n_records;
	uint64_t n_keys;
	uint32_t record_bytes;
};

// @return false: no memory
bool memory_limit_make(
	struct memory_limit *out,
	uint64_t records,
	uint32_t record_bytes,
	uint64_t seed
);
void memory_limit_free(struct memory_limit *);

// ns per record: its first `lines` lines are each read and written. Median of slices of 1/8.
double memory_limit_ns(const struct memory_limit *, unsigned lines, double seconds);

#endif
