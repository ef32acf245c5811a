// The sliding second of one host in one role: the last n ticks as one record.
//
// Distinct counts cannot be subtracted, so the sum over a sliding window is kept as two parts
// (the "two stacks" of window aggregation, e.g. Tangwongsan, Hirzel, Schneider: Low-Latency
// Sliding-Window Aggregation, DEBS 2017): the ticks of this block of n, summed as they come, and
// for each place of the block before the sum from there to its end. The second at place p is
// [0..p-1] of this block and [p..n-1] of the one before. Few hosts are asked for their second in
// each tick, so nothing is summed before it is: a tick that passes costs one record, a question
// at most the merges that the ticks since the last one have saved.
//
// Threads    One owner.
// Memory     From pools that all hosts share: a few lines for each second, a packed record for each of its
//            ticks that has packets, one for the part of a sum until the block is over, and a whole one
//            for the sum until the tick is.
// Full       Without memory for a record the tick counts as silent: second_add() says so.
#ifndef WEIR_DETECT_SECOND_H
#define WEIR_DETECT_SECOND_H

#include "host/host.h"

struct seconds; // the pools of all
struct second;

// @param ticks  of a second, 1..100
// @param max    seconds at once
// @return NULL: no memory
struct seconds *seconds_create(uint32_t ticks, uint32_t max);
void seconds_destroy(struct seconds *); // NULL is fine; every second goes with it

// @param phase  where in the block to begin, so that not all hosts turn their block at once
// @return NULL: no memory
struct second *second_create(struct seconds *seconds, uint32_t phase);
void second_destroy(struct second *); // NULL is fine

// Account one record (of one worker) to the tick that is going on. @return false: no memory
bool second_add(struct second *second, const struct host_record *record);
// What was added in this tick, unpacked to @p to. @return NULL: nothing
const struct host_record *second_tick(const struct second *second, struct host_record *to);
void second_tick_traffic(const struct second *second, uint64_t *packets, uint64_t *bytes);
// The tick is over.
void second_advance(struct second *second);
// The second that ended with the last advance, until the next; all zero where it is silent.
const struct host_record *second_sum(struct second *second);
uint64_t second_packets(const struct second *second); // of the same, without making the sum
void second_prefetch(const struct second *second); // for all but second_sum()
void second_tick_prefetch(const struct second *second); // for second_tick(), some time later

#endif
