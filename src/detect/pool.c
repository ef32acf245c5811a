// Pieces of 2 MiB, or of one object where that is larger, cut into objects; those given back form a list.
#include "detect/pool.h"

#include "contract/pages.h"

#include <stdlib.h>

#define LINE 64

struct given {
	struct given *next;
};

struct pool {
	size_t object_bytes;
	size_t piece_bytes;
	uint32_t left; // objects that may still be cut
	uint32_t pieces;
	uint32_t pieces_max;
	uint8_t *at, *end; // of the newest piece: not cut yet
	struct given *given;
	void *piece[];
};

struct pool *pool_create(size_t object_bytes, uint32_t max) {
	const size_t bytes = (object_bytes + LINE - 1) / LINE * LINE;
	const size_t piece_bytes = pages_round_up(bytes);
	const uint32_t pieces_max = (uint32_t)(max / (piece_bytes / bytes)) + 1;
	struct pool *p = calloc(1, sizeof(*p) + pieces_max * sizeof(p->piece[0]));

	if (p == NULL)
		return NULL;
	p->object_bytes = bytes;
	p->piece_bytes = piece_bytes;
	p->left = max;
	p->pieces_max = pieces_max;
	return p;
}

void pool_destroy(struct pool *p) {
	if (p == NULL)
		return;
	for (uint32_t i = 0; i < p->pieces; i++)
		pages_unmap(p->piece[i], p->piece_bytes);
	free(p);
}

static bool add_piece(struct pool *p) {
	void *piece;

	if (p->pieces == p->pieces_max)
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
	struct given *const given = p->given;
	void *object;

	if (given != NULL) {
		p->given = given->next;
		return given;
	}
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
	struct given *const given = object;

	if (given == NULL)
		return;
	given->next = p->given;
	p->given = given;
}

uint64_t pool_bytes(const struct pool *p) {
	return (uint64_t)p->pieces * p->piece_bytes;
}
