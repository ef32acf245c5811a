// A side table: what is remembered of things that are not hosts (who asks by ARP, whose name is looked up),
// by a hash of what they are.
//
// Threads    One owner.
// Memory     Taken at creation, all of it.
// Ownership  Entries belong to the table; a pointer lives until the next side_get().
// Full       Of the SIDE_WAYS places that a key may have the one that was silent for longest gives way,
//            counted while it was not yet SIDE_SILENT_NS.
#ifndef WEIR_DETECT_SIDE_H
#define WEIR_DETECT_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIDE_WAYS 8
#define SIDE_HEARD_MAX 1024
#define SIDE_SILENT_NS (60 * 1000000000ull)

// Every entry begins with this; the rest is the caller's, and zero in a new one.
struct side_entry {
	uint64_t key; // 0: free
	uint64_t seen_ns;
	uint32_t heard; // side_hears(), in this tick
};

struct side;

// @param entries  rounded up to a power of two @return NULL: no memory
struct side *side_create(size_t entry_bytes, uint32_t entries);
void side_destroy(struct side *); // NULL is fine
// Find or make; it has been seen now. @param key  a hash; never fails
void *side_get(struct side *side, uint64_t key, uint64_t now_ns);
void *side_find(const struct side *side, uint64_t key); // @return NULL: it is not there
// A message of it: counted until the tick's end. Beyond SIDE_HEARD_MAX a tick the others are not; they are when
// they are heard of in the next.
void side_hears(struct side *side, void *entry);
// Those heard of in this tick, in that order, each once; then their counts are 0 again.
typedef void side_heard_fn(void *entry, void *ctx);
void side_each_heard(struct side *side, side_heard_fn *fn, void *ctx);

// Two halves of a time, the one that goes on at @p half and the one before behind it, so that there is always one
// whole. Moves and clears them where a new one begins. @return whether there was nothing for a whole time
bool side_halves_turn(
	void *half,
	size_t half_bytes,
	uint64_t *since_ns,
	uint64_t half_ns,
	uint64_t now_ns
);
uint64_t side_hash(const void *bytes, size_t n, uint64_t seed);
uint64_t side_displaced(const struct side *side);

#endif
