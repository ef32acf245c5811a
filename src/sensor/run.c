#include "sensor/run.h"

#include "contract/isa.h"
#include "sensor/eal.h"
#include "sensor/log.h"

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define GRACE_NS 50000000ull // a live tick waits no longer for a late worker

static uint64_t read_clock(clockid_t id) {
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * SENSOR_NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t now_monotonic_ns(void) {
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t now_realtime_ns(void) {
	return read_clock(CLOCK_REALTIME);
}

static void emit_alarm(void *ctx, const struct alarm *alarm) {
	struct sensor *s = ctx;

	if (!publish_alarm(s->publish, alarm))
		log_line(LOG_WARNING, "an event was lost: the publisher's queue is full");
}

static int start_ports(struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	for (uint32_t i = 0; i < s->plan->n_ports; i++) {
		const struct port_plan *plan = &s->plan->port[i];
		const int wrong = port_start(&s->port[i], plan, error);

		s->n_ports = i + 1;
		if (wrong != 0)
			return wrong;
		log_line(
			LOG_NOTICE,
			"port %s: %s (%s), %u queue%s; flows: %s",
			plan->label,
			port_kind_name(plan->kind),
			plan->why,
			s->port[i].queues,
			s->port[i].queues == 1 ? "" : "s",
			s->port[i].hash
		);
	}
	return 0;
}

// Ports may mirror the two directions of one link; whether they do the sensor cannot know.
static void say_where_directions_part(const struct sensor *s) {
	for (uint32_t i = 1; i < s->n_ports && !s->plan->distribute; i++) {
		const char *why = spread_differs(
			&s->port[0].spread, &s->port[i].spread, s->plan->cores.n_workers
		);

		if (why != NULL)
			log_line(
				LOG_WARNING,
				"%s and %s spread flows differently (%s): should they mirror the "
				"two "
				"directions of a link, these meet only with \"cores\": "
				"{\"distribute\": \"on\"}",
				s->plan->port[0].label,
				s->plan->port[i].label,
				why
			);
	}
}

static int
make_pipeline(struct sensor *s, uint32_t id, int node, char error[static SENSOR_ERROR_MAX]) {
	struct pipeline_conf conf = s->conf->pipeline;
	int ret;

	conf.worker = id;
	conf.lossless = s->plan->file;
	conf.packet.link = s->plan->link;
	conf.flow_end = NULL;
	conf.isa = isa_in_use();
	s->pipeline_memory[id]
		= rte_zmalloc_socket("pipeline", pipeline_bytes(&conf), SHARED_ALIGN, node);
	if (s->pipeline_memory[id] == NULL)
		return fail(
			error,
			SENSOR_RESOURCES,
			"worker %u: no %lu MB in one piece on NUMA node %d",
			id,
			(unsigned long)(pipeline_bytes(&conf) >> 20),
			node
		);
	ret = pipeline_create(&s->worker[id]->pipeline, &conf, s->pipeline_memory[id]);
	if (ret < 0)
		return fail(
			error, SENSOR_CONFIG, "worker %u: the pipeline refuses its settings", id
		);
	pipeline_models_set(s->worker[id]->pipeline, s->watch.flow[id].tap, s->models_generation);
	return 0;
}

static int find_time_field(struct worker *w, char error[static SENSOR_ERROR_MAX]) {
	w->time_offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, NULL);
	if (w->time_offset < 0)
		return fail(
			error,
			SENSOR_FAILED,
			"the capture driver has no time stamps (net_pcap is too old)"
		);
	return 0;
}

static int make_worker(struct sensor *s, uint32_t id, char error[static SENSOR_ERROR_MAX]) {
	const int node = (int)rte_lcore_to_socket_id(id + 1);
	struct worker *w = rte_zmalloc_socket("worker", sizeof(*w), SHARED_ALIGN, node);
	int wrong;

	if (w == NULL)
		return fail(error, SENSOR_RESOURCES, "worker %u: no memory on node %d", id, node);
	s->worker[id] = w;
	s->n_workers = id + 1;
	w->clock = &s->clock;
	w->id = (uint8_t)id;
	w->file = s->plan->file;
	w->file_packets = s->plan->port[0].capture.packets;
	w->tick_ns = s->conf->pipeline.tick_ns;
	w->idle_sleep_us = s->plan->idle_sleep_us;
	if (s->plan->distribute) {
		give_rings(s, w);
		wrong = 0;
	} else {
		wrong = give_queues(s, w->queue, &w->n_queues, id, error);
	}
	if (wrong == 0 && w->file)
		wrong = find_time_field(w, error);
	return wrong != 0 ? wrong : make_pipeline(s, id, node, error);
}

static int start_watch(struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	struct watch_taps none;
	int ret = watch_begin(&s->watch, s->plan->cores.n_workers, now_monotonic_ns());

	if (ret == 0)
		ret = watch_wrap(&s->watch, &s->models, &none);
	return ret == 0 ? 0 : fail(error, SENSOR_RESOURCES, "no memory to watch the models");
}

static int start_detect(struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	const int ret
		= detect_create(&s->detect, &s->conf->detect, s->watch.host.tap, emit_alarm, s);

	if (ret == -ENOMEM)
		return fail(
			error, SENSOR_RESOURCES, "no memory for the detector: lower detect.hosts"
		);
	return ret == 0 ? 0 : fail(error, SENSOR_CONFIG, "the detector refuses its settings");
}

// With no Redis and no file events go to standard output.
static int start_publish(struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	struct publish_conf conf = s->conf->publish;
	char why[PUBLISH_ERROR_MAX] = "";

	if (conf.redis_socket[0] == '\0' && conf.redis_host[0] == '\0' && conf.file[0] == '\0')
		snprintf(conf.file, sizeof(conf.file), "-");
	if (publish_create(&s->publish, &conf, why) < 0)
		return fail(error, SENSOR_FAILED, "publisher: %s", why);
	return 0;
}

static int launch(struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	clock_start(&s->clock, rte_get_tsc_hz(), rte_rdtsc(), now_realtime_ns());
	s->tsc_per_us = rte_get_tsc_hz() / 1000000;
	s->start_ns = now_monotonic_ns();
	s->next_second_ns = s->start_ns + SENSOR_NS_PER_S;
	ticks_init(
		&s->ticks,
		s->n_workers,
		s->conf->pipeline.tick_ns,
		s->plan->file ? TICKS_NO_GRACE : GRACE_NS
	);
	s->launched = true;
	// First: a worker with rings ends only after their distributors.
	for (uint32_t i = 0; i < s->n_distributors; i++)
		if (rte_eal_remote_launch(distributor_run, s->distributor[i], 1 + s->n_workers + i)
		    != 0)
			return fail(error, SENSOR_FAILED, "distributor %u does not start", i);
	for (uint32_t i = 0; i < s->n_workers; i++)
		if (rte_eal_remote_launch(worker_run, s->worker[i], i + 1) != 0)
			return fail(error, SENSOR_FAILED, "worker %u does not start", i);
	return 0;
}

static void say_memory(const struct plan *plan) {
	const unsigned long need = (unsigned long)(plan->memory.need_bytes >> 20);

	if (plan->memory.huge) {
		log_line(LOG_NOTICE, "memory: %lu MB in huge pages", need);
		return;
	}
	log_line(
		LOG_NOTICE,
		"memory: %lu MB without reserved huge pages (%s); %lu MB advised to transparent "
		"ones",
		need,
		plan->memory.why,
		(unsigned long)(eal_advise_huge() >> 20)
	);
}

int run_start(
	struct sensor *s,
	const struct plan *plan,
	struct conf *conf,
	char error[static SENSOR_ERROR_MAX]
) {
	int wrong;

	*s = (struct sensor) {.plan = plan, .conf = conf, .models_generation = 1};
	pthread_mutex_init(&s->shown_lock, NULL);
	wrong = sensor_models_load(&s->models, conf, error);
	if (wrong != 0)
		return wrong;
	say_memory(plan);
	wrong = start_watch(s, error);
	if (wrong == 0)
		wrong = start_detect(s, error);
	if (wrong == 0)
		warm_begin(
			&s->warm,
			plan->file ? "" : conf->state_folder,
			s->detect,
			now_monotonic_ns()
		);
	if (wrong == 0)
		wrong = start_publish(s, error);
	if (wrong == 0)
		wrong = start_ports(s, error);
	if (wrong == 0)
		say_where_directions_part(s);
	if (wrong == 0)
		wrong = make_distributors(s, error);
	for (uint32_t i = 0; wrong == 0 && i < plan->cores.n_workers; i++)
		wrong = make_worker(s, i, error);
	if (wrong == 0)
		wrong = launch(s, error);
	if (wrong == 0)
		baseline_begin(s);
	if (wrong == 0 && telemetry_start(s) != 0)
		log_line(LOG_WARNING, "DPDK telemetry has no /weir commands: it is switched off");
	return wrong;
}

void run_ask_to_stop(struct sensor *s) {
	for (uint32_t i = 0; i < s->n_distributors; i++)
		atomic_store_explicit(&s->distributor[i]->stop, true, memory_order_relaxed);
	for (uint32_t i = 0; i < s->n_workers; i++)
		atomic_store_explicit(&s->worker[i]->stop, true, memory_order_relaxed);
}

// The order matters: workers first (they use everything), the publisher before what it reads.
void run_stop(struct sensor *s) {
	run_ask_to_stop(s);
	if (s->launched)
		rte_eal_mp_wait_lcore();
	publish_destroy(s->publish);
	for (uint32_t i = 0; i < s->n_ports; i++)
		port_stop(&s->port[i]);
	detect_destroy(s->detect);
	for (uint32_t i = 0; i < s->n_workers; i++) {
		rte_free(s->pipeline_memory[i]);
		rte_free(s->worker[i]);
	}
	free_distributors(s);
	watch_end(&s->watch);
	models_free(&s->models);
	if (s->conf != s->plan->conf)
		config_free(s->conf);
}
