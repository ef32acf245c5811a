// The busiest flows of the last 10 s, from what the windows tell of each tick.
//
// Threads    One owner.
// Memory     The caller's, fixed.
// Full       A newcomer takes the place of the smallest that is smaller than it.
#ifndef WEIR_DETECT_TALKERS_H
#define WEIR_DETECT_TALKERS_H

#include "host/host.h"

#include <stdint.h>

#define TALKERS_MAX 1024
#define TALKER_SECONDS 10

struct talker {
	struct flow_talker flow; // bytes, packets: of the 10 s
	uint64_t second; // newest that has a part
	uint64_t bytes[TALKER_SECONDS], packets[TALKER_SECONDS];
};

struct talkers {
	uint32_t n;
	struct talker talker[TALKERS_MAX];
};

void talkers_add(struct talkers *talkers, const struct window *window, uint64_t now_ns);
// Most bytes first. @return how many
uint32_t
talkers_top(const struct talkers *talkers, uint64_t now_ns, struct flow_talker out[], uint32_t max);

#endif
