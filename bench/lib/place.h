// Where a measurement runs: one CPU, before others.
//
// Threads    The caller's own.
#ifndef WEIR_BENCH_PLACE_H
#define WEIR_BENCH_PLACE_H

void place_before_others(void); // this thread's nice value becomes -20, where that is allowed
// Pins this thread, and places it before others; both are wishes.
// @param cpu  counted round where there are fewer
// @return the CPU that it is on, or -1 where it could not be pinned
int place_on_cpu(unsigned cpu);

#endif
