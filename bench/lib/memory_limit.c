#include "bench/lib/memory_limit.h"

#include "bench/lib/timing.h"
#include "contract/prefetch.h"

#include <stdlib.h>

#define BATCH 64u // as a burst
#define LINE 64u
#define KEYS_MIN (1u << 22)
#define PIECE (1u << 16) // updates between two looks at the clock
#define SLICES 8

static uint64_t next_random(uint64_t *state) { // xorshift64*, Vigna, 2014
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static uint64_t keys_for(uint64_t records) {
	const uint64_t n = records > KEYS_MIN ? records : KEYS_MIN;

	return (n + PIECE - 1) / PIECE * PIECE;
}

bool memory_limit_make(
	struct memory_limit *m,
	uint64_t records,
	uint32_t record_bytes,
	uint64_t seed
) {
	uint64_t state = seed | 1;
	uint32_t *key;

	*m = (struct memory_limit) {
		.n_records = records, .n_keys = keys_for(records), .record_bytes = record_bytes};
	if (!huge_alloc(&m->keys, m->n_keys * sizeof(*key)))
		return false;
	if (!huge_alloc(&m->records, records * record_bytes)) {
		huge_free(&m->keys);
		return false;
	}
	key = m->keys.at;
	for (uint64_t i = 0; i < m->n_keys; i++)
		key[i] = (uint32_t)((unsigned __int128)next_random(&state) * records >> 64);
	return true;
}

void memory_limit_free(struct memory_limit *m) {
	huge_free(&m->keys);
	huge_free(&m->records);
}

static inline uint8_t *record_at(const struct memory_limit *m, uint32_t key) {
	return (uint8_t *)m->records.at + (size_t)key * m->record_bytes;
}

static inline void fetch(const struct memory_limit *m, const uint32_t *key, unsigned lines) {
	for (unsigned i = 0; i < BATCH; i++)
		for (unsigned l = 0; l < lines; l++)
			prefetch(record_at(m, key[i]) + (size_t)l * LINE);
}

static inline void update(const struct memory_limit *m, const uint32_t *key, unsigned lines) {
	for (unsigned i = 0; i < BATCH; i++)
		for (unsigned l = 0; l < lines; l++)
			(*(uint64_t *)(void *)(record_at(m, key[i]) + (size_t)l * LINE))++;
}

// Over [from, from + n) of the keys, n a multiple of BATCH: batch b + 1 is fetched, then b updated.
static inline void walk(const struct memory_limit *m, uint64_t from, uint64_t n, unsigned lines) {
	const uint32_t *key = (const uint32_t *)m->keys.at + from;

	fetch(m, key, lines);
	for (uint64_t b = 0; b + 2 * BATCH <= n; b += BATCH) {
		fetch(m, key + b + BATCH, lines);
		update(m, key + b, lines);
	}
	update(m, key + n - BATCH, lines);
}

// One loop a number of lines, so that the compiler knows it.
static void walk_lines(const struct memory_limit *m, uint64_t from, uint64_t n, unsigned lines) {
	switch (lines) {
#define X(l)                                                                                       \
	case l:                                                                                    \
		walk(m, from, n, l);                                                               \
		break
		X(1);
		X(2);
		X(3);
		X(4);
		X(5);
		X(6);
		X(7);
		X(8);
#undef X
	default:
		abort();
	}
}

static int ascending(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double memory_limit_ns(const struct memory_limit *m, unsigned lines, double seconds) {
	const uint64_t slice_tsc = (uint64_t)(seconds * 1e9 / SLICES * tsc_per_ns());
	uint64_t at = 0;
	double ns[SLICES];

	for (unsigned s = 0; s < SLICES; s++) {
		const uint64_t start = tsc_now();
		uint64_t done = 0;

		do {
			walk_lines(m, at, PIECE, lines);
			at = (at + PIECE) % m->n_keys;
			done += PIECE;
		} while (tsc_now() - start < slice_tsc);
		ns[s] = (double)(tsc_now() - start) / tsc_per_ns() / (double)done;
	}
	qsort(ns, SLICES, sizeof(ns[0]), ascending);
	return (ns[SLICES / 2] + ns[(SLICES - 1) / 2]) / 2;
}
