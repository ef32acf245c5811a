// Pieces of 2 MiB, or of one object where that is larger, cut into objects. Those given back wait on a
// stack beside them: the objects themselves are not in the cache and need not be.
#include "detect/pool.h"

#include "contract/pages.h"

#include <stdlib.h>

#define LINE 64

struct pool {
	size_t object_bytes;
	size_t piece_bytes;
	uint32_t per_piece;
	uint32_t left; // objects that may still be cut
	uint32_t pieces;
	uint32_t n_given;
	uint8_t *at, *end; // of the newest piece: not cut yet
	void **given; // room for all that were cut
	void **piece;
};

struct pool *pool_create(size_t object_bytes, uint32_t max) {
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->object_bytes = (object_bytes + LINE - 1) / LINE * LINE;
	p->piece_bytes = pages_round_up(p->object_bytes);
	p->per_piece = (uint32_t)(p->piece_bytes / p->object_bytes);
	p->left = max;
	return p;
}

void pool_destroy(struct pool *p) {
	if (p == NULL)
		return;
	for (uint32_t i = 0; i < p->pieces; i++)
		pages_unmap(p->piece[i], p->piece_bytes);
	free(p->piece);
	free(p->given);
	free(p);
}

// Room for one more in a list, and for what its objects need when they come back.
static bool lists_grow(struct pool *p) {
	const size_t n = p->pieces + 1;
	void **piece = realloc(p->piece, n * sizeof(piece[0]));
	void **given;

	if (piece == NULL)
		return false;
	p->piece = piece;
	given = realloc(p->given, n * p->per_piece * sizeof(given[0]));
	if (given == NULL)
		return false;
	p->given = given;
	return true;
}

static bool add_piece(struct pool *p) {
	void *piece;

	if (!lists_grow(p))
		return false;
	piece = pages_map(p->piece_bytes, p->pieces > 0);
	if (piece == NULL)
		return false;
	p->piece[p->pieces++] = piece;
	p->at = piece;
	p->end = p->at + p->piece_bytes;
	return true;
}

void *pool_take(struct pool *p) {
	void *object;

	if (p->n_given > 0)
		return p->given[--p->n_given];
	if (p->left == 0)
		return NULL;
	if ((size_t)(p->end - p->at) < p->object_bytes && !add_piece(p))
		return NULL;
	object = p->at;
	p->at += p->object_bytes;
	p->left--;
	return object;
}

void pool_give(struct pool *p, void *object) {
	if (object != NULL)
		p->given[p->n_given++] = object;
}

uint64_t pool_bytes(const struct pool *p) {
	return (uint64_t)p->pieces * (p->piece_bytes + p->per_piece * sizeof(p->given[0]));
}
