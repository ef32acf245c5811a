// The sliding second of one host in one role: the last n ticks as one record.
//
// Distinct counts cannot be subtracted, so the sum over a sliding window is kept as two parts
// (the "two stacks" of window aggregation, e.g. Tangwongsan, Hirzel, Schneider: Low-Latency
// Sliding-Window Aggregation, DEBS 2017): the ticks of this block of n, summed as they come, and
// for each place of the block before the sum from there to its end. The second at place p is
// [0..p] of this block and [p+1..n-1] of the one before: about three merges a tick.
//
// Threads    One owner.
// Memory     One piece from the heap, second_create() to second_destroy().
#ifndef WEIR_DETECT_SECOND_H
#define WEIR_DETECT_SECOND_H

#include "host/host.h"

struct second;

// @param ticks  of a second, 1..100
// @param phase  where in the block to begin, so that not all hosts turn their block at once
// @return NULL: no memory
struct second *second_create(uint32_t ticks, uint32_t phase, const struct addr *addr);
void second_destroy(struct second *); // NULL is fine

// Account one record (of one worker) to the tick that is going on.
void second_add(struct second *second, const struct host_record *record);
// What was added in this tick. @return NULL: nothing
const struct host_record *second_tick(const struct second *second);
// The tick is over. @return false: nothing is in the second, the record may go
bool second_advance(struct second *second);
// The second that ended with the last advance; all zero but the address where it is silent.
const struct host_record *second_sum(const struct second *second);

#endif
