// The sensor's data path set up as `weird` sets it up, over the in-memory port: workers of
// src/sensor/worker.c on cores of their own, and a control thread that takes their windows.
//
// Life cycle  rig_start() .. rig_finish() .. rig_free(); control_turn() by the main thread meanwhile.
// Threads     The main thread is control, as in the sensor; the workers are EAL's.
// Memory      Pipelines in huge pages (bench/lib/huge.h), the rest from EAL.
#ifndef WEIR_BENCH_RIG_H
#define WEIR_BENCH_RIG_H

#include "bench/lib/huge.h"
#include "bench/pipeline/port.h"
#include "config/config.h"
#include "config/models.h"
#include "contract/isa.h"
#include "detect/detect.h"
#include "pipeline/pipeline.h"
#include "sensor/clock.h"
#include "sensor/ticks.h"
#include "sensor/worker.h"

#define RIG_WORKERS_MAX PORT_QUEUES_MAX
#define RIG_ERROR_MAX 512

struct rig_conf {
	uint32_t workers;
	uint32_t cpu[RIG_WORKERS_MAX + 1]; // [0] of control
	uint64_t flow_capacity; // a worker
	uint32_t targets, sources, prefixes; // a window's records; 0: as the sensor has them
	uint32_t control_sleep_us;
	enum isa isa;
	bool detect; // the real detector; else windows are given back as they come
	bool score; // with the shipped flow model
	bool profile; // time by stage; the stages are timed as they run
	bool keep_records; // count what the records say at the end: costs time when flows end
};

// What the records of the flows said when they ended, at rig_finish() or before.
struct rig_records {
	uint64_t flows; // not forged
	uint64_t packets;
};

struct rig {
	struct rig_conf conf;
	struct conf *settings;
	struct models models;
	struct mem_port port;
	struct tsc_clock clock;
	struct worker *worker[RIG_WORKERS_MAX];
	struct huge memory[RIG_WORKERS_MAX]; // of the pipelines
	size_t pipeline_bytes; // of one worker, computed
	struct rig_records records[RIG_WORKERS_MAX];
	struct pipeline_profile profile[RIG_WORKERS_MAX];
	struct detect *detect; // or NULL
	struct ticks ticks;
	uint64_t windows; // taken
	uint64_t findings;
	uint64_t alarms;
	bool running;
};

// EAL with `conf`'s cores. @return false: error says why
bool rig_eal(const struct rig_conf *conf, char error[static RIG_ERROR_MAX]);
const char *rig_eal_memory(void); // "huge pages" or what it took instead
// Run fn on the core of worker 0, while no worker runs.
void rig_on_worker_core(int (*fn)(void *), void *arg);

// @param feed  one a worker
bool rig_start(
	struct rig *,
	const struct rig_conf *conf,
	struct feed feed[],
	char error[static RIG_ERROR_MAX]
);
void rig_control_turn(struct rig *); // what is waiting, then a short sleep
void rig_counters(const struct rig *, uint32_t worker, struct worker_counters *out);
uint64_t rig_flows_used(const struct rig *);
void rig_finish(struct rig *); // workers stop; counters are exact from here
void rig_free(struct rig *);

#endif
