// Slow scans: whom a source asked in vain over the last five to ten minutes.
//
// Two halves of five minutes: the one that goes on and the one before. A source has them from its first
// flow that was not answered in the same tick.
//
// Threads    One owner.
// Memory     From a pool that all hosts share (history.c): 512 bytes for each source that needs it.
#ifndef WEIR_DETECT_SLOW_H
#define WEIR_DETECT_SLOW_H

#include "detect/classify.h"

#include <assert.h>

#define SLOW_HALF_NS (300 * 1000000000ull)
#define SLOW_PORT_BINS 32
#define SLOW_MIN_NS (10 * 1000000000ull) // what is faster is told by the last 10 s

struct slow_half {
	uint64_t since_ns; // 0: empty
	uint32_t opened, answered, established;
	uint32_t probes; // packets that ask
	uint32_t loaded; // TCP packets with payload
	uint32_t replies; // packets that look like answers: a server, or half of a conversation
	uint16_t port_bins
		[SLOW_PORT_BINS]; // ticks in which it asked in vain, by the port asked most
	uint8_t ports[HLL_REGISTERS], peers[HLL_REGISTERS];
};

struct slow {
	struct slow_half half[2]; // [0] goes on
	struct addr target; // asked most often in vain (majority vote)
	uint32_t votes;
	uint64_t asked_ns; // the last tick in which a flow to it was not answered
	uint64_t vain_ns; // ... to anybody
	uint32_t vain; // how many, in that tick
	bool asks_round; // what it opened last does not count here
};
static_assert(sizeof(struct slow) <= 512, "as the head of this file says");

struct slow *slow_begin(struct slow *); // whatever was there before; NULL is fine
void slow_add(struct slow *, uint64_t now_ns, const struct host_record *sent);
// A fast scan has its own name: nothing of it counts here. NULL is fine
void slow_rest(struct slow *);
// @return 1 and a reading of slow_scan, or 0
unsigned slow_read(
	const struct view_source *from,
	struct host *scanner,
	struct view *scanner_view,
	struct view *target_view,
	struct reading *out
);

#endif
