// Host records without their zeros: of the 96 words of a tick's record a few dozen say something.
//
// Threads    One owner.
// Memory     From pools that all hosts share, one for each size.
// Ownership  A piece is the caller's from packed_put() to packed_drop().
// Full       packed_put() says false, and the piece is empty.
#ifndef WEIR_DETECT_PACKED_H
#define WEIR_DETECT_PACKED_H

#include "host/host.h"

struct packings; // the pools
struct packed_words;

struct packed {
	struct packed_words *words; // NULL: empty
	uint32_t size; // which pool
};

// @param max  pieces at once
// @return NULL: no memory
struct packings *packings_create(uint32_t max);
void packings_destroy(struct packings *); // NULL is fine; every piece goes with it

// What was there is dropped first.
bool packed_put(struct packings *, struct packed *to, const struct host_record *from);
void packed_drop(struct packings *, struct packed *); // empty is fine
// Not of an empty piece.
void packed_get(const struct packed *from, struct host_record *to);
void packed_prefetch(const struct packed *);

#endif
