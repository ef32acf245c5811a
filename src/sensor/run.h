// The running sensor: what was made from the plan, and control's state.
//
// Life cycle  run_start() -> control_loop() -> run_stop(). run_stop() undoes whatever of
//             run_start() was done.
//
// Synchronization
//             Everything here is control's (the main thread), but for
//             - struct worker: see worker.h;
//             - `shown`, which the telemetry thread reads: under `shown_lock`, which no worker takes;
//             - publish, which has its own thread behind its own door.
//
// Key invariant
//             A window that control took is given back to the pipeline it came from, or the worker
//             would run dry.
#ifndef WEIR_SENSOR_RUN_H
#define WEIR_SENSOR_RUN_H

#include "detect/detect.h"
#include "publish/publish.h"
#include "sensor/baseline.h"
#include "sensor/big_flows.h"
#include "sensor/clock.h"
#include "sensor/distributor.h"
#include "sensor/models.h"
#include "sensor/plan.h"
#include "sensor/port.h"
#include "sensor/ticks.h"
#include "sensor/warm.h"
#include "sensor/watch.h"
#include "sensor/worker.h"

#include <pthread.h>

struct sensor {
	const struct plan *plan; // as started; points into the first configuration
	struct conf *conf; // in force; owned unless it is the plan's
	struct models models; // in force; owned
	uint64_t models_generation;

	struct port port[CONFIG_PORTS_MAX];
	struct worker *worker[STATS_WORKERS_MAX];
	void *pipeline_memory[STATS_WORKERS_MAX];
	struct distributor *distributor[STATS_DISTRIBUTORS_MAX];
	uint32_t n_ports, n_workers, n_distributors;
	bool launched;

	struct tsc_clock clock;
	struct ticks ticks;
	struct detect *detect;
	struct publish *publish;
	struct warm warm; // of a file's packets nothing is kept
	struct watch watch;
	struct sample sample; // baseline.h

	uint64_t tsc_per_us;
	uint64_t start_ns; // CLOCK_MONOTONIC
	uint64_t next_second_ns;
	uint64_t quiet_told_ns; // packet time last told to detect without windows
	struct ahead { // the finding that belongs to a later tick
		bool held;
		struct finding finding;
	} ahead[STATS_WORKERS_MAX];
	uint64_t last_seen, last_lost; // totals a second ago
	uint64_t reloads, reloads_refused, commands, events_lost, events_queued;
	bool stopping; // asked to
	bool abandoned; // asked twice
	bool ports_final;
	struct big_flows big[STATS_WORKERS_MAX];
	struct worker_second second[STATS_WORKERS_MAX]; // the last whole one
	struct port_counters final_port[CONFIG_PORTS_MAX];

	pthread_mutex_t shown_lock;
	struct stats shown; // a second old at most
};

// The plan and its configuration must outlive the sensor.
int run_start(
	struct sensor *,
	const struct plan *plan,
	struct conf *conf,
	char error[static SENSOR_ERROR_MAX]
);
void run_stop(struct sensor *);

// All polling cores: take what is there, and end.
void run_ask_to_stop(struct sensor *);
int make_distributors(struct sensor *, char error[static SENSOR_ERROR_MAX]); // run_distribute.c
int give_queues(
	const struct sensor *,
	struct worker_queue queue[static WORKER_QUEUES_MAX],
	uint8_t *n_queues,
	unsigned reader,
	char error[static SENSOR_ERROR_MAX]
);
void give_rings(struct sensor *, struct worker *);
void free_distributors(struct sensor *);

// Until a signal or the end of the file. @return 0, or enum sensor_exit and error
int control_loop(struct sensor *, int signals, char error[static SENSOR_ERROR_MAX]); // control.c

// control.c's helpers, each in its own file
void stats_second(struct sensor *, uint64_t now_ns); // stats.c: collect, publish, judge losses
void stats_collect(struct sensor *, struct stats *out);
void stats_log(const struct sensor *, const struct stats *); // SIGUSR1, at the end
uint64_t stats_seen(const struct stats *, uint64_t *analysed, uint64_t *lost);
void commands_turn(struct sensor *); // commands.c
// swap.c: detect's settings go with it. The models are the sensor's from then on. @return false: no memory
bool models_swap(struct sensor *, const struct models *wanted, const struct detect_conf *detect);
bool reload(struct sensor *, char *text, size_t n); // reload.c
int telemetry_start(struct sensor *); // telemetry.c

uint64_t now_monotonic_ns(void);
uint64_t now_realtime_ns(void);

#endif
