// A cursor over one frame that only moves forward.
//
// Two ends, because two things can be too short. `full` is where the packet ends by its own
// length fields: a header that crosses it is malformed. `end` is where the captured bytes end: a
// header that crosses only this was cut by the capture, and what is there is taken.
//
// Invariant  at <= end <= full, and nothing at or beyond data[end] is read.
#ifndef WEIR_PACKET_CURSOR_H
#define WEIR_PACKET_CURSOR_H

#include "packet/packet.h"

#include <stdbool.h>
#include <string.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

struct cursor {
	const uint8_t *data;
	uint32_t at;
	uint32_t end;
	uint32_t full;
};

static inline struct cursor cursor_of(const struct frame *frame) {
	return (struct cursor) {
		.data = frame->data,
		.end = frame->captured < FRAME_LOOK_MAX ? frame->captured : FRAME_LOOK_MAX,
		.full = frame->captured,
	};
}

static inline const uint8_t *cursor_here(const struct cursor *c) {
	return &c->data[c->at];
}

// Are the next n bytes captured?
static inline bool cursor_sees(const struct cursor *c, uint32_t n) {
	return c->end - c->at >= n;
}

// Does the packet have n more bytes, captured or not?
static inline bool cursor_has(const struct cursor *c, uint32_t n) {
	return c->full - c->at >= n;
}

static inline uint32_t cursor_left(const struct cursor *c) {
	return c->full - c->at;
}

// The caller has asked cursor_sees().
static inline void cursor_skip(struct cursor *c, uint32_t n) {
	c->at += n;
}

// What follows is n bytes long, by a length field.
static inline void cursor_bound(struct cursor *c, uint32_t n) {
	c->full = c->at + n;
	if (c->end > c->full)
		c->end = c->full;
}

static inline uint16_t be16(const uint8_t *p) {
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p) {
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline uint32_t be24(const uint8_t *p) {
	return (uint32_t)p[0] << 16 | be16(&p[1]);
}

#endif
