// A new configuration without a gap: read and checked whole, then swapped in by pointer.
//
// Order: settings of the detector between two ticks (same thread); the flow model by generation: the
// old one is freed once every worker has said that it uses the new one. No packet is lost, because no
// worker ever waits.
#include "sensor/log.h"
#include "sensor/run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SWAP_WAIT_NS (2 * SENSOR_NS_PER_S)

static bool all_saw(const struct sensor *s) {
	for (uint32_t k = 0; k < s->n_workers; k++) {
		const bool ended
			= atomic_load_explicit(&s->worker[k]->shown.clock_ns, memory_order_acquire)
			== WORKER_ENDED;

		if (!ended && pipeline_models_seen(s->worker[k]->pipeline) < s->models_generation)
			return false;
	}
	return true;
}

// Workers look at each burst and each idle turn: this takes microseconds unless one is stuck.
static bool wait_for_workers(const struct sensor *s) {
	const uint64_t until_ns = now_monotonic_ns() + SWAP_WAIT_NS;
	const struct timespec nap = {.tv_nsec = 100000};

	while (!all_saw(s)) {
		if (now_monotonic_ns() > until_ns)
			return false;
		nanosleep(&nap, NULL);
	}
	return true;
}

static void swap_models(struct sensor *s, const struct models *wanted) {
	struct models old = s->models;

	s->models = *wanted;
	s->models_generation++;
	for (uint32_t k = 0; k < s->n_workers; k++)
		pipeline_models_set(s->worker[k]->pipeline, s->models.flow, s->models_generation);
	if (wait_for_workers(s))
		models_free(&old);
	else // a leak is better than a worker that reads freed memory
		log_line(LOG_ERROR, "a worker does not answer: the old model is kept in memory");
}

static bool refuse(struct sensor *s, const char *why, char *text, size_t n) {
	s->reloads_refused++;
	snprintf(text, n, "configuration refused, the old one stays: %s", why);
	return false;
}

// Settings that need a restart keep their running values: the data path was sized by them.
static void keep_running(struct conf *wanted, const struct conf *running) {
	wanted->detect.tick_ns = running->detect.tick_ns;
	wanted->detect.hosts = running->detect.hosts;
	wanted->detect.alarms = running->detect.alarms;
	wanted->pipeline = running->pipeline;
}

bool reload(struct sensor *s, char *text, size_t n) {
	char error[SENSOR_ERROR_MAX] = "", restart[512] = "";
	struct models models;
	struct conf *wanted;
	unsigned differ;

	if (s->conf->path[0] == '\0')
		return refuse(s, "weird runs without a configuration file", text, n);
	if (config_load(&wanted, s->conf->path, error) < 0)
		return refuse(s, error, text, n);
	if (sensor_models_load(&models, wanted, error) != 0) {
		config_free(wanted);
		return refuse(s, error, text, n);
	}
	differ = config_needs_restart(s->plan->conf, wanted, restart, sizeof(restart));
	keep_running(wanted, s->conf);
	detect_reconf(s->detect, &wanted->detect, models.host);
	swap_models(s, &models);
	if (s->conf != s->plan->conf) // the first one is the plan's
		config_free(s->conf);
	s->conf = wanted;
	s->reloads++;
	if (differ > 0)
		snprintf(
			text, n, "configuration taken over; needs a restart to count: %s", restart
		);
	else
		snprintf(text, n, "configuration taken over");
	return true;
}
