// The biggest flows of each worker, second by second: is its load many flows, or one?
//
// Overview   Each window names the flows that have most of its bytes (host.h, flow_talker). Those with a
//            share worth telling are added up here over a second.
// Threads    One owner (control).
// Memory     Fixed.
// Full       A flow bigger than the smallest one here takes its place.
#ifndef WEIR_SENSOR_BIG_FLOWS_H
#define WEIR_SENSOR_BIG_FLOWS_H

#include "host/host.h"

#include <weir/stats.h>

#define BIG_FLOWS_MAX 16
#define BIG_FLOW_SHARE 64 // at least one in so many of its window's packets or bytes

struct big_flows { // of one worker
	uint64_t packets;
	uint64_t bytes;
	uint32_t n;
	struct flow_talker flow[BIG_FLOWS_MAX];
};

void big_flows_add(struct big_flows *, const struct window *);
// The second is over. Empties *b.
void big_flows_take(struct big_flows *b, struct worker_second *out);

#endif
