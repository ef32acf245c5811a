// Frames made beforehand: a scene played into memory, each frame with what is needed to vary it.
//
// Threads    One.
// Memory     One piece of the size that was asked for, in huge pages where the kernel has them, and a
//            row of 24 bytes a frame.
// Ownership  The frames lie in the trace until trace_free().
// Full       The scene ends there: what did not fit is not part of the trace.
#ifndef WEIR_FLOOD_TRACE_H
#define WEIR_FLOOD_TRACE_H

#include "world.h"

#include <stddef.h>

#define TRACE_LINE 64u // frames begin on a cache line and are copied by whole lines

enum transport { TRANSPORT_OTHER, TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_ICMP };

struct trace_frame {
	uint32_t line; // where it begins
	uint16_t length; // bytes
	uint16_t transport_at; // offset of the transport header, 0: there is none
	uint32_t fixed_sum; // of the transport checksum: all that vary.h leaves alone
	uint8_t transport;
	uint8_t part;
	bool ip6;
	bool has_sum; // of a first fragment, only the whole datagram would have one
};

struct trace {
	uint8_t *bytes;
	struct trace_frame *frame;
	size_t size;
	uint32_t lines, n, room;
	bool answers; // some frames answer others
	uint64_t refused; // conversations, see world.h
};

// Play the scene until `frames` are there, or memory_mb is full, or the scene ends.
// @return 0 or -errno
int trace_make(struct trace *, const struct settings *, uint32_t frames, uint32_t memory_mb);
void trace_free(struct trace *);

static inline const uint8_t *trace_bytes(const struct trace *t, const struct trace_frame *f) {
	return t->bytes + (size_t)f->line * TRACE_LINE;
}

#endif
