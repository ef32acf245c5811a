// Other models, on all workers, by pointer: no packet is lost, because no worker ever waits.
//
// Order: taps around the new models are made; the detector gets its model between two ticks (same thread); each
// worker its own by generation. What was before is freed once every worker has said that it uses the new
// one.
#include "sensor/log.h"
#include "sensor/run.h"

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

bool models_swap(struct sensor *s, const struct models *wanted, const struct detect_conf *detect) {
	const struct models old = s->models;
	struct watch_taps taps;

	if (watch_wrap(&s->watch, wanted, &taps) < 0)
		return false;
	detect_reconf(s->detect, detect, s->watch.host.tap);
	s->models = *wanted;
	s->models_generation++;
	for (uint32_t k = 0; k < s->n_workers; k++)
		pipeline_models_set(
			s->worker[k]->pipeline, s->watch.flow[k].tap, s->models_generation
		);
	if (!wait_for_workers(s)) { // a leak is better than a worker that reads freed memory
		log_line(LOG_ERROR, "a worker does not answer: the old model is kept in memory");
		return true;
	}
	watch_taps_free(&taps);
	if (old.flow != wanted->flow)
		model_destroy(old.flow);
	if (old.host != wanted->host)
		model_destroy(old.host);
	return true;
}
