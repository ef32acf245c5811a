// Windows of many workers, put together tick by tick.
//
// Overview   A worker hands over one window for each tick in which it saw packets, and none for
//            a silent one. So control cannot wait for a window of every worker; it waits until
//            every worker's clock has passed the tick, or the tick has waited for grace_ns.
//            Windows are grouped by the tick in which they end: a window that had to go on into the next
//            tick (control was late) then meets the other workers' windows of that tick.
// Threads    One owner (control).
// Memory     Fixed.
// Ownership  Holds windows between put and take; the caller gives them back to their pipeline.
// Full       A worker has WINDOW_BUFFERS windows in all, so there is always room.
#ifndef WEIR_SENSOR_TICKS_H
#define WEIR_SENSOR_TICKS_H

#include "pipeline/pipeline.h"

#include <stdbool.h>
#include <stdint.h>

#define TICKS_NO_GRACE UINT64_MAX // a file: wait for as long as it takes

struct ticks {
	uint64_t tick_ns;
	uint64_t grace_ns;
	uint32_t n_workers;
	uint8_t n[STATS_WORKERS_MAX];
	struct window *pending[STATS_WORKERS_MAX][WINDOW_BUFFERS]; // oldest first
	uint64_t arrived_ns[STATS_WORKERS_MAX][WINDOW_BUFFERS];
};

void ticks_init(struct ticks *, uint32_t n_workers, uint64_t tick_ns, uint64_t grace_ns);
bool ticks_room(const struct ticks *, uint32_t worker);
void ticks_put(struct ticks *, uint32_t worker, struct window *, uint64_t now_ns);

// The oldest tick, if it can be decided.
// @param clock_ns  per worker: packet time that it has passed, read BEFORE its windows were taken;
//                  UINT64_MAX once it has ended
// @param now_ns    control's own time, for the grace
// @param out       in worker order; room for n_workers * WINDOW_BUFFERS
// @return how many windows; 0: nothing can be decided now
uint32_t
ticks_take(struct ticks *, const uint64_t clock_ns[], uint64_t now_ns, struct window *out[]);
bool ticks_empty(const struct ticks *);

#endif
