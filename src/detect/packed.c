// A map of the words that are not zero, and these.
#include "detect/packed.h"

#include "contract/prefetch.h"
#include "detect/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LINE 64
#define WORDS (sizeof(struct host_record) / sizeof(uint64_t))
#define MAPS ((WORDS + 63) / 64)

struct packed_words {
	uint64_t map[MAPS];
	uint64_t word[];
};
static_assert(sizeof(struct host_record) % sizeof(uint64_t) == 0, "whole words");

// In lines. A client of one server takes 4 or 5; the last takes any record.
static const uint8_t sizes[]
	= {3, 4, 5, 6, 8, 10, (sizeof(struct packed_words) + WORDS * 8 + LINE - 1) / LINE};
#define SIZES_N (sizeof(sizes) / sizeof(sizes[0]))

struct packings {
	struct pool *pool[SIZES_N];
};

struct packings *packings_create(uint32_t max) {
	struct packings *all = calloc(1, sizeof(*all));

	for (unsigned i = 0; all != NULL && i < SIZES_N; i++) {
		all->pool[i] = pool_create((size_t)sizes[i] * LINE, max);
		if (all->pool[i] == NULL) {
			packings_destroy(all);
			return NULL;
		}
	}
	return all;
}

void packings_destroy(struct packings *all) {
	for (unsigned i = 0; all != NULL && i < SIZES_N; i++)
		pool_destroy(all->pool[i]);
	free(all);
}

static uint64_t word_at(const struct host_record *r, unsigned i) {
	uint64_t word;

	memcpy(&word, (const uint8_t *)r + (size_t)i * sizeof(word), sizeof(word));
	return word;
}

// @return how many words. Each is written; those that are zero are written over.
static unsigned
squeeze(uint64_t map[static MAPS], uint64_t out[static WORDS + 1], const struct host_record *in) {
	unsigned n = 0;

	for (unsigned m = 0; m < MAPS; m++) {
		const unsigned end = m + 1 < MAPS ? 64 : WORDS - m * 64;
		uint64_t bits = 0;

		for (unsigned i = 0; i < end; i++) {
			const uint64_t word = word_at(in, m * 64 + i);

			out[n] = word;
			n += word != 0;
			bits |= (uint64_t)(word != 0) << i;
		}
		map[m] = bits;
	}
	return n;
}

static unsigned size_for(unsigned words) {
	const size_t bytes = sizeof(struct packed_words) + words * sizeof(uint64_t);
	unsigned i = 0;

	while (sizes[i] * LINE < bytes)
		i++;
	return i;
}

bool packed_put(struct packings *all, struct packed *to, const struct host_record *from) {
	uint64_t out[WORDS + 1], map[MAPS];
	unsigned n;

	packed_drop(all, to);
	n = squeeze(map, out, from);
	to->size = size_for(n);
	to->words = pool_take(all->pool[to->size]);
	if (to->words == NULL)
		return false;
	memcpy(to->words->map, map, sizeof(map));
	memcpy(to->words->word, out, n * sizeof(out[0]));
	return true;
}

void packed_drop(struct packings *all, struct packed *p) {
	if (p->words != NULL)
		pool_give(all->pool[p->size], p->words);
	p->words = NULL;
}

void packed_get(const struct packed *from, struct host_record *to) {
	const struct packed_words *w = from->words;
	const uint64_t *word = w->word;

	memset(to, 0, sizeof(*to));
	for (unsigned m = 0; m < MAPS; m++)
		for (uint64_t left = w->map[m]; left != 0; left &= left - 1, word++) {
			const unsigned i = m * 64 + (unsigned)__builtin_ctzll(left);

			memcpy((uint8_t *)to + (size_t)i * sizeof(*word), word, sizeof(*word));
		}
}

void packed_prefetch(const struct packed *p) {
	for (unsigned i = 0; p->words != NULL && i < sizes[p->size]; i++)
		prefetch((const uint8_t *)p->words + (size_t)i * LINE);
}
