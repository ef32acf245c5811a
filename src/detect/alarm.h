// The life of alarms: open, update, close.
//
// Life cycle
//     A reading above its threshold opens an alarm; while readings hold (half the threshold) it stays,
//     with an update every update_ms or when it gets more severe; it closes when none has held for
//     close_ms, when a more specific kind takes over, or at the end of a capture. Severity never falls.
//
// Threads    One owner.
// Memory     From the heap, bounded by `alarms`.
// Full       A new alarm is not raised, counted.
#ifndef WEIR_DETECT_ALARM_H
#define WEIR_DETECT_ALARM_H

#include "detect/reading.h"

struct alarms;

int alarms_create(
	struct alarms **out,
	const struct detect_conf *conf,
	struct history *history,
	alarm_fn *emit,
	void *ctx
);
void alarms_destroy(struct alarms *); // NULL is fine
void alarms_reconf(struct alarms *alarms, const struct detect_conf *conf);

void alarms_feed(struct alarms *alarms, const struct reading *reading, uint64_t now_ns);
// The tick is over: close what is over, then emit the tick's transitions by kind and target.
void alarms_tick_end(struct alarms *alarms, uint64_t now_ns);
void alarms_close_all(struct alarms *alarms, uint64_t now_ns); // and emit
// When the next one is over if nothing comes. @return UINT64_MAX: none is open
uint64_t alarms_deadline(const struct alarms *alarms);

uint32_t alarms_open(const struct alarms *alarms);
uint64_t alarms_suppressed(const struct alarms *alarms);
const uint64_t *alarms_raised(const struct alarms *alarms); // by kind

#endif
