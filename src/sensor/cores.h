// Which CPU runs what, and who polls which queue. Pure functions of their arguments.
#ifndef WEIR_SENSOR_CORES_H
#define WEIR_SENSOR_CORES_H

#include "config/config.h"
#include "sensor/sensor.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

// Lcore 0 is control (and the publisher's thread beside it); lcore 1 + k is worker k; behind the workers
// come the distributors.
struct cores {
	uint16_t control_cpu;
	uint16_t n_workers;
	uint16_t worker_cpu[STATS_WORKERS_MAX];
	uint16_t n_distributors; // 0: workers poll the queues themselves
	uint16_t distributor_cpu[STATS_DISTRIBUTORS_MAX];
	bool shared; // some CPU has more than one lcore
};

// @param allowed  CPUs of this process
// @param wanted   workers, where the configuration leaves it open: as many as the ports have queues
// @param distribute  there are to be distributors; then workers that are not named are all the
//                    others, at least two
// @return 0, or SENSOR_RESOURCES and error
int cores_choose(
	struct cores *out,
	const struct conf *conf,
	const cpu_set_t *allowed,
	uint32_t wanted,
	bool distribute,
	char error[static SENSOR_ERROR_MAX]
);

#define LCORES_TEXT_MAX (16 * (STATS_WORKERS_MAX + STATS_DISTRIBUTORS_MAX + 1))
// EAL's --lcores map: "0@0,1@1,2@1"
const char *cores_text(const struct cores *cores, char text[static LCORES_TEXT_MAX]);

// Queue q of every port goes to the same worker (or distributor), so that the two directions of a link that is tapped
// by two ports meet there (given the same symmetric hash on both).
static inline uint16_t cores_reader_of_queue(uint16_t queue, uint16_t n_readers) {
	return queue % n_readers;
}

static inline uint16_t cores_readers(const struct cores *c) {
	return c->n_distributors > 0 ? c->n_distributors : c->n_workers;
}

// A CPU for a distributor that has nothing else to do. @return -1: none
int cores_spare(const struct conf *conf, const cpu_set_t *allowed);

#endif
