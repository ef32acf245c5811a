// Which CPU runs what, and which worker polls which queue. Pure functions of their arguments.
#ifndef WEIR_SENSOR_CORES_H
#define WEIR_SENSOR_CORES_H

#include "config/config.h"
#include "sensor/sensor.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

// Lcore 0 is control (and the publisher's thread beside it); lcore 1 + k is worker k.
struct cores {
	uint16_t control_cpu;
	uint16_t n_workers;
	uint16_t worker_cpu[STATS_WORKERS_MAX];
	bool shared; // some CPU has more than one lcore
};

// @param allowed  CPUs of this process
// @param wanted   workers, where the configuration leaves it open: as many as the ports have queues
// @return 0, or SENSOR_RESOURCES and error
int cores_choose(
	struct cores *out,
	const struct conf *conf,
	const cpu_set_t *allowed,
	uint32_t wanted,
	char error[static SENSOR_ERROR_MAX]
);

#define LCORES_TEXT_MAX (16 * (STATS_WORKERS_MAX + 1))
// EAL's --lcores map: "0@0,1@1,2@1"
const char *cores_text(const struct cores *cores, char text[static LCORES_TEXT_MAX]);

// Queue q of every port goes to the same worker, so that the two directions of a link that is tapped
// by two ports meet there (given the same symmetric hash on both).
static inline uint16_t cores_worker_of_queue(uint16_t queue, uint16_t n_workers) {
	return queue % n_workers;
}

#endif
