#include "bench/pipeline/rig.h"

#include "bench/lib/place.h"
#include "bench/lib/timing.h"
#include "sensor/sensor.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define EAL_HUGE_BYTES ((size_t)96 << 20) // pools of two queues and EAL's own
#define EAL_MEGABYTES "64"
#define GRACE_NS 50000000ull // as the sensor's control
#define EAL_ARGS_MAX 16
#define EAL_TEXT_MAX 512

static const char *eal_memory = "?";

const char *rig_eal_memory(void) {
	return eal_memory;
}

static uint64_t clock_ns(clockid_t id) {
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * SENSOR_NS_PER_S + (uint64_t)t.tv_nsec;
}

static void lcores_text(const struct rig_conf *conf, char *text, size_t n) {
	size_t at = (size_t)snprintf(text, n, "--lcores=0@%u", conf->cpu[0]);

	for (uint32_t k = 0; k < conf->workers && at < n; k++)
		at += (size_t)snprintf(text + at, n - at, ",%u@%u", k + 1, conf->cpu[k + 1]);
}

static int advise(const struct rte_memseg_list *list, void *) {
	if (!list->external && list->heap)
		madvise(list->base_va, list->len, MADV_HUGEPAGE);
	return 0;
}

// EAL orders its arguments anew, so they are texts of our own.
struct eal_texts {
	int n;
	char *arg[EAL_ARGS_MAX];
	char text[EAL_ARGS_MAX][EAL_TEXT_MAX];
};

static void add_texts(struct eal_texts *t, const char *const texts[]) {
	for (; *texts != NULL; texts++) {
		snprintf(t->text[t->n], EAL_TEXT_MAX, "%s", *texts);
		t->arg[t->n] = t->text[t->n];
		t->n++;
	}
}

// EAL takes huge pages only where enough are reserved and free: it cannot do with some. It takes them
// now, for what comes after it takes what is left.
bool rig_eal(const struct rig_conf *conf, char error[static RIG_ERROR_MAX]) {
	static const char *const huge[] = {"--in-memory", "-m", EAL_MEGABYTES, NULL};
	static const char *const plain[] = {"--no-huge", "--no-shconf", "-m", EAL_MEGABYTES, NULL};
	static struct eal_texts texts;
	char lcores[EAL_TEXT_MAX], prefix[64];
	const char *const common[]
		= {"bench",
		   lcores,
		   prefix,
		   "--main-lcore=0",
		   "--no-pci",
		   "--iova-mode=va",
		   "--log-level=error",
		   "--no-telemetry",
		   NULL};
	const bool reserved = huge_reserved_free_bytes() >= EAL_HUGE_BYTES;

	lcores_text(conf, lcores, sizeof(lcores));
	snprintf(prefix, sizeof(prefix), "--file-prefix=weirbench%d", (int)getpid());
	add_texts(&texts, common);
	add_texts(&texts, reserved ? huge : plain);
	eal_memory = reserved ? "reserved huge pages" : "ordinary memory, huge pages advised";
	rte_log_set_global_level(RTE_LOG_ERR);
	if (rte_eal_init(texts.n, texts.arg) < 0) {
		snprintf(
			error,
			RIG_ERROR_MAX,
			"DPDK did not start (%s): run as root, and see its lines above",
			rte_strerror(rte_errno)
		);
		return false;
	}
	if (!reserved)
		rte_memseg_list_walk(advise, NULL);
	return true;
}

struct core_task {
	int (*fn)(void *);
	void *arg;
};

// Before others, as the worker itself sees to (src/sensor/worker.c).
static int run_prompt(void *arg) {
	const struct core_task *t = arg;

	place_before_others();
	return t->fn(t->arg);
}

void rig_on_worker_core(int (*fn)(void *), void *arg) {
	struct core_task t = {fn, arg};

	if (rte_eal_remote_launch(run_prompt, &t, 1) == 0)
		rte_eal_wait_lcore(1);
}

static bool is_forged(const struct flow *flow) {
	const struct flow_key *key = flow_key_of(flow);

	return key->lo_port == TRACE_FORGED_PORT || key->hi_port == TRACE_FORGED_PORT;
}

static void keep_record(void *ctx, const struct flow *flow, uint64_t) {
	struct rig_records *r = ctx;

	if (is_forged(flow))
		return;
	r->flows++;
	r->packets += flow_packets(flow);
}

static uint64_t rig_clock(void) {
	return tsc_now();
}

static bool make_pipeline(struct rig *r, uint32_t k, char error[static RIG_ERROR_MAX]) {
	struct pipeline_conf conf = r->settings->pipeline;

	conf.worker = k;
	conf.isa = r->conf.isa;
	r->profile[k].clock = rig_clock;
	conf.profile = r->conf.profile ? &r->profile[k] : NULL;
	conf.flow.capacity = (uint32_t)r->conf.flow_capacity;
	conf.window.targets = r->conf.targets ? r->conf.targets : conf.window.targets;
	conf.window.sources = r->conf.sources ? r->conf.sources : conf.window.sources;
	conf.window.prefixes = r->conf.prefixes ? r->conf.prefixes : conf.window.prefixes;
	conf.flow_end = r->conf.keep_records ? keep_record : NULL;
	conf.flow_end_ctx = &r->records[k];
	r->pipeline_bytes = pipeline_bytes(&conf);
	if (!huge_alloc(&r->memory[k], r->pipeline_bytes)) {
		snprintf(
			error,
			RIG_ERROR_MAX,
			"no %zu MB for the pipeline of worker %u: lower --flows or --capacity",
			r->pipeline_bytes >> 20,
			k
		);
		return false;
	}
	if (pipeline_create(&r->worker[k]->pipeline, &conf, r->memory[k].at) < 0) {
		snprintf(error, RIG_ERROR_MAX, "the pipeline refuses its settings");
		return false;
	}
	pipeline_models_set(r->worker[k]->pipeline, r->conf.score ? r->models.flow : NULL, 1);
	return true;
}

static bool make_worker(struct rig *r, uint32_t k, char error[static RIG_ERROR_MAX]) {
	struct worker *w = rte_zmalloc("worker", sizeof(*w), SHARED_ALIGN);

	if (w == NULL) {
		snprintf(error, RIG_ERROR_MAX, "no memory for worker %u", k);
		return false;
	}
	r->worker[k] = w;
	w->clock = &r->clock;
	w->id = (uint8_t)k;
	w->tick_ns = r->settings->pipeline.tick_ns;
	w->queue[w->n_queues++] = (struct worker_queue) {r->port.id, (uint16_t)k};
	return make_pipeline(r, k, error);
}

static void count_alarm(void *ctx, const struct alarm *) {
	((struct rig *)ctx)->alarms++;
}

static bool load(struct rig *r, char error[static RIG_ERROR_MAX]) {
	char why[CONFIG_ERROR_MAX + MODELS_ERROR_MAX] = "";

	isa_use(r->conf.isa);
	if (config_load(&r->settings, NULL, why) < 0
	    || models_load(&r->models, r->settings, why) < 0
	    || (r->conf.detect
		&& detect_create(&r->detect, &r->settings->detect, r->models.host, count_alarm, r)
			< 0)) {
		snprintf(
			error,
			RIG_ERROR_MAX,
			"%s",
			why[0] != '\0' ? why : "no memory for the detector"
		);
		return false;
	}
	return true;
}

static bool launch(struct rig *r, char error[static RIG_ERROR_MAX]) {
	clock_start(&r->clock, (uint64_t)(tsc_per_ns() * 1e9), tsc_now(), clock_ns(CLOCK_REALTIME));
	// Else a worker that shares its CPU, or another program, keeps control from its windows.
	place_before_others();
	ticks_init(&r->ticks, r->conf.workers, r->settings->pipeline.tick_ns, GRACE_NS);
	for (uint32_t k = 0; k < r->conf.workers; k++)
		if (rte_eal_remote_launch(worker_run, r->worker[k], k + 1) != 0) {
			snprintf(error, RIG_ERROR_MAX, "worker %u does not start", k);
			return false;
		}
	r->running = true;
	return true;
}

bool rig_start(
	struct rig *r,
	const struct rig_conf *conf,
	struct feed feed[],
	char error[static RIG_ERROR_MAX]
) {
	memset(r, 0, sizeof(*r));
	r->conf = *conf;
	if (!load(r, error) || !port_open(&r->port, feed, (uint16_t)conf->workers, error))
		return false;
	for (uint32_t k = 0; k < conf->workers; k++)
		if (!make_worker(r, k, error))
			return false;
	return launch(r, error);
}

static void take_findings(struct rig *r) {
	struct finding finding;

	for (uint32_t k = 0; k < r->conf.workers; k++)
		while (pipeline_finding_take(r->worker[k]->pipeline, &finding)) {
			r->findings++;
			if (r->detect != NULL)
				detect_finding(r->detect, &finding);
		}
}

static void give_back(struct rig *r, struct window *w) {
	r->windows++;
	pipeline_window_give(r->worker[w->worker]->pipeline, w);
}

static void drain(struct rig *r) {
	struct window *w;

	for (uint32_t k = 0; k < r->conf.workers; k++)
		while ((w = pipeline_window_take(r->worker[k]->pipeline)) != NULL)
			give_back(r, w);
}

// As src/sensor/control.c: clocks first, windows second.
static void detect_turn(struct rig *r) {
	struct window *w[RIG_WORKERS_MAX * WINDOW_BUFFERS];
	uint64_t passed[RIG_WORKERS_MAX];
	const uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	uint32_t n;

	for (uint32_t k = 0; k < r->conf.workers; k++)
		passed[k]
			= atomic_load_explicit(&r->worker[k]->shown.clock_ns, memory_order_acquire);
	for (uint32_t k = 0; k < r->conf.workers; k++)
		while (ticks_room(&r->ticks, k)
		       && (w[0] = pipeline_window_take(r->worker[k]->pipeline)) != NULL)
			ticks_put(&r->ticks, k, w[0], now_ns);
	while ((n = ticks_take(&r->ticks, passed, now_ns, w)) > 0) {
		detect_windows(r->detect, w, n);
		for (uint32_t i = 0; i < n; i++)
			give_back(r, w[i]);
	}
}

void rig_control_turn(struct rig *r) {
	const struct timespec t = {.tv_nsec = (long)r->conf.control_sleep_us * 1000};

	take_findings(r);
	if (r->detect != NULL)
		detect_turn(r);
	else
		drain(r);
	nanosleep(&t, NULL);
}

void rig_counters(const struct rig *r, uint32_t k, struct worker_counters *out) {
	pipeline_counters(r->worker[k]->pipeline, out);
}

uint64_t rig_flows_used(const struct rig *r) {
	uint64_t sum = 0;

	for (uint32_t k = 0; k < r->conf.workers; k++)
		sum += pipeline_flows_used(r->worker[k]->pipeline);
	return sum;
}

static bool all_ended(const struct rig *r) {
	for (uint32_t k = 0; k < r->conf.workers; k++)
		if (atomic_load_explicit(&r->worker[k]->shown.clock_ns, memory_order_acquire)
		    != WORKER_ENDED)
			return false;
	return true;
}

void rig_finish(struct rig *r) {
	for (uint32_t k = 0; k < r->conf.workers; k++)
		atomic_store_explicit(&r->worker[k]->stop, true, memory_order_relaxed);
	while (r->running && !all_ended(r))
		rig_control_turn(r);
	rte_eal_mp_wait_lcore();
	r->running = false;
}

void rig_free(struct rig *r) {
	port_close(&r->port);
	detect_destroy(r->detect);
	for (uint32_t k = 0; k < r->conf.workers; k++) {
		rte_free(r->worker[k]);
		huge_free(&r->memory[k]);
	}
	models_free(&r->models);
	config_free(r->settings);
}
