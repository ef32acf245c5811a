#include "detect/side.h"

#include "contract/hash.h"

#include <stdlib.h>
#include <string.h>

struct side {
	size_t entry_bytes;
	uint32_t mask; // of sets
	uint64_t displaced;
	uint8_t *entry;
	unsigned n_heard;
	struct side_entry *heard[SIDE_HEARD_MAX];
};

struct side *side_create(size_t entry_bytes, uint32_t entries) {
	struct side *side = calloc(1, sizeof(*side));
	uint32_t sets = 1;

	if (side == NULL)
		return NULL;
	while (sets * SIDE_WAYS < entries)
		sets *= 2;
	side->entry_bytes = (entry_bytes + 7) & ~(size_t)7;
	side->mask = sets - 1;
	side->entry = calloc((size_t)sets * SIDE_WAYS, side->entry_bytes);
	if (side->entry == NULL) {
		free(side);
		return NULL;
	}
	return side;
}

void side_destroy(struct side *side) {
	if (side == NULL)
		return;
	free(side->entry);
	free(side);
}

static struct side_entry *way_of(const struct side *side, uint64_t key, unsigned way) {
	const size_t at = (size_t)(key >> 32 & side->mask) * SIDE_WAYS + way;

	return (struct side_entry *)(void *)&side->entry[at * side->entry_bytes];
}

void *side_find(const struct side *side, uint64_t key) {
	key |= 1;
	for (unsigned w = 0; w < SIDE_WAYS; w++)
		if (way_of(side, key, w)->key == key)
			return way_of(side, key, w);
	return NULL;
}

void *side_get(struct side *side, uint64_t key, uint64_t now_ns) {
	struct side_entry *oldest = way_of(side, key, 0), *e = side_find(side, key);

	if (e != NULL) {
		e->seen_ns = now_ns;
		return e;
	}
	for (unsigned w = 1; w < SIDE_WAYS; w++) {
		struct side_entry *other = way_of(side, key, w);

		if (oldest->key != 0 && (other->key == 0 || other->seen_ns < oldest->seen_ns))
			oldest = other;
	}
	side->displaced += oldest->key != 0 && oldest->seen_ns + SIDE_SILENT_NS > now_ns;
	memset(oldest, 0, side->entry_bytes);
	oldest->key = key | 1;
	oldest->seen_ns = now_ns;
	return oldest;
}

void side_hears(struct side *side, void *entry) {
	struct side_entry *e = entry;

	if (e->heard == 0) {
		if (side->n_heard == SIDE_HEARD_MAX)
			return;
		side->heard[side->n_heard++] = e;
	}
	e->heard++;
}

// Whose place was taken meanwhile is there twice, as the one that took it: told once.
void side_each_heard(struct side *side, side_heard_fn *fn, void *ctx) {
	for (unsigned i = 0; i < side->n_heard; i++) {
		if (side->heard[i]->heard == 0)
			continue;
		fn(side->heard[i], ctx);
		side->heard[i]->heard = 0;
	}
	side->n_heard = 0;
}

bool side_halves_turn(
	void *half,
	size_t half_bytes,
	uint64_t *since_ns,
	uint64_t half_ns,
	uint64_t now_ns
) {
	const bool after_silence = *since_ns == 0 || now_ns >= *since_ns + 2 * half_ns;
	uint8_t *before = (uint8_t *)half + half_bytes;

	if (*since_ns != 0 && now_ns < *since_ns + half_ns)
		return false;
	*since_ns = now_ns;
	if (after_silence)
		memset(before, 0, half_bytes);
	else
		memcpy(before, half, half_bytes);
	memset(half, 0, half_bytes);
	return after_silence;
}

uint64_t side_hash(const void *bytes, size_t n, uint64_t seed) {
	const uint8_t *at = bytes;
	uint64_t h = seed + n;

	for (; n > 0; n -= n < 8 ? n : 8, at += 8) {
		uint64_t word = 0;

		memcpy(&word, at, n < 8 ? n : 8);
		h = hash_word(word, h);
	}
	return h;
}

uint64_t side_displaced(const struct side *side) {
	return side->displaced;
}
