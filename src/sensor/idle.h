// What a polling core does when there is nothing: at once a pause, after a while a sleep that doubles
// up to a limit. A sleep must stay far below the time in which a queue fills (plan.c computes it).
//
// Threads    The core's own.
#ifndef WEIR_SENSOR_IDLE_H
#define WEIR_SENSOR_IDLE_H

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_pause.h>

#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define IDLE_SPINS 256u // empty polls before the first sleep: a gap inside a stream costs no sleep
#define IDLE_SLEEP_FIRST_US 10u

struct idle {
	uint32_t streak; // empty polls since the last packet
	uint32_t sleep_us; // the next one
};

static inline void idle_over(struct idle *i, uint32_t longest_us) {
	i->streak = 0;
	i->sleep_us = RTE_MIN(IDLE_SLEEP_FIRST_US, longest_us);
}

static inline void idle_nap(struct idle *i, uint32_t longest_us) {
	const struct timespec t = {.tv_nsec = (long)i->sleep_us * 1000};

	nanosleep(&t, NULL);
	i->sleep_us = RTE_MIN(i->sleep_us * 2, longest_us);
}

// @param longest_us  0: never sleep
static inline void idle_rest(struct idle *i, uint32_t longest_us) {
	rte_pause();
	i->streak++;
	if (longest_us > 0 && i->streak >= IDLE_SPINS)
		idle_nap(i, longest_us);
}

// Where others run on this CPU, they wait for us and not we for them; a sleep ends when it was asked
// to. Both are wishes: without the right to have them things go on, a little worse.
static inline void be_prompt(void) {
	setpriority(PRIO_PROCESS, (id_t)rte_gettid(), -20);
	prctl(PR_SET_TIMERSLACK, 1000ul); // [ns]; else each sleep lasts 50 us longer
}

#endif
