// One capture through the pipeline and the control side: what weird does with a port, in the
// packets' own time. `weir analyze` reports what comes out; `weir train` takes the rows.
//
// Life cycle  create -> burst ... -> finish -> counters -> destroy
// Threads     The caller's, and one more that judges: alarm() and host_row() are called there, flow_end() on
//             the caller's. What comes out is the same on any number of cores.
// Memory      Computed from the configuration, taken at create (huge pages where the kernel gives them).
// Ownership   Models and configuration stay the caller's and must outlive the run.
// Full        Nothing is lost: the pipeline waits for the control side (pipeline_conf.lossless).
#ifndef WEIR_CLI_RUN_H
#define WEIR_CLI_RUN_H

#include "config/config.h"
#include "detect/detect.h"
#include "pipeline/pipeline.h"

#include <weir/stats.h>

#include <stdint.h>

#define RUN_ERROR_MAX 256

struct run_conf {
	const struct conf *conf;
	unsigned link; // enum link_type
	const struct model *flow_model; // NULL: flows are not scored
	const struct model *host_model; // NULL: no `unknown` alarms
	alarm_fn *alarm; // NULL: not told
	void *alarm_ctx;
	flow_end_fn *flow_end; // NULL: not told
	void *flow_end_ctx;
	host_row_fn *host_row; // NULL: not told
	void *host_row_ctx;
	const char *
		baseline; // file of what is usual, from a sensor; NULL: nothing is known at the start
};

struct run;

// @return 0, or -errno and one line in error
int run_create(struct run **out, const struct run_conf *conf, char error[static RUN_ERROR_MAX]);
void run_destroy(struct run *); // NULL is fine

void run_burst(struct run *, const struct frame *frames, uint16_t n); // n <= BURST_MAX
void run_finish(struct run *);

void run_counters(
	const struct run *,
	struct worker_counters *worker,
	struct control_counters *control
);
uint64_t run_now_ns(const struct run *); // the stream's time
const struct detect *run_detect(const struct run *);

#endif
