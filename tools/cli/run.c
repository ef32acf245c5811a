// One capture through the pipeline and the control side.
//
// Order  A window is decided after the findings of its own tick and before those of the next, whatever
//        the size of the bursts: so a finding that is ahead of its window waits here.
#include "run.h"

#include "contract/pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	struct pipeline *pipeline;
	struct detect *detect;
	void *memory;
	size_t memory_bytes;
	bool ahead; // `finding` is of a tick whose window has not come
	struct finding finding;
};

static void no_alarm(void *, const struct alarm *) {}

static int create_pipeline(struct run *run, const struct run_conf *conf, char *error) {
	struct pipeline_conf pipeline = conf->conf->pipeline;
	int ret;

	pipeline.packet.link = (uint8_t)conf->link;
	pipeline.worker = 0;
	pipeline.lossless = true;
	pipeline.flow_end = conf->flow_end;
	pipeline.flow_end_ctx = conf->flow_end_ctx;
	run->memory_bytes = pages_round_up(pipeline_bytes(&pipeline));
	run->memory = pages_map(run->memory_bytes, true);
	if (run->memory == NULL) {
		snprintf(
			error,
			RUN_ERROR_MAX,
			"no %zu MB of memory: lower pipeline.flows or the host tables in --config",
			run->memory_bytes >> 20
		);
		return -ENOMEM;
	}
	ret = pipeline_create(&run->pipeline, &pipeline, run->memory);
	if (ret < 0)
		snprintf(error, RUN_ERROR_MAX, "the pipeline refuses its settings");
	else
		pipeline_models_set(run->pipeline, conf->flow_model, 1);
	return ret;
}

int run_create(struct run **out, const struct run_conf *conf, char error[static RUN_ERROR_MAX]) {
	struct run *run = calloc(1, sizeof(*run));
	int ret = -ENOMEM;

	snprintf(error, RUN_ERROR_MAX, "out of memory");
	if (run == NULL)
		return ret;
	ret = create_pipeline(run, conf, error);
	if (ret < 0)
		goto fail;
	ret = detect_create(
		&run->detect,
		&conf->conf->detect,
		conf->host_model,
		conf->alarm != NULL ? conf->alarm : no_alarm,
		conf->alarm_ctx
	);
	if (ret < 0) {
		snprintf(error, RUN_ERROR_MAX, "the control side: %s", strerror(-ret));
		goto fail;
	}
	detect_on_row(run->detect, conf->host_row, conf->host_row_ctx);
	*out = run;
	return 0;

fail:
	run_destroy(run);
	return ret;
}

void run_destroy(struct run *run) {
	if (run == NULL)
		return;
	detect_destroy(run->detect);
	if (run->memory != NULL)
		pages_unmap(run->memory, run->memory_bytes);
	free(run);
}

static void findings_until(struct run *run, uint64_t end_ns) {
	while (run->ahead || pipeline_finding_take(run->pipeline, &run->finding)) {
		run->ahead = run->finding.ts_ns >= end_ns;
		if (run->ahead)
			return;
		detect_finding(run->detect, &run->finding);
	}
}

static void drain(struct run *run) {
	struct window *window;

	while ((window = pipeline_window_take(run->pipeline)) != NULL) {
		findings_until(run, window->end_ns);
		detect_windows(run->detect, &window, 1);
		pipeline_window_give(run->pipeline, window);
	}
}

void run_burst(struct run *run, const struct frame *frames, uint16_t n) {
	while (n > 0) {
		const uint16_t done = pipeline_burst(run->pipeline, frames, n);

		drain(run);
		frames += done;
		n -= done;
	}
}

void run_finish(struct run *run) {
	while (!pipeline_finish(run->pipeline))
		drain(run);
	drain(run);
	findings_until(run, UINT64_MAX);
	detect_finish(run->detect);
	pipeline_show(run->pipeline);
}

void run_counters(
	const struct run *run,
	struct worker_counters *worker,
	struct control_counters *control
) {
	memset(worker, 0, sizeof(*worker));
	memset(control, 0, sizeof(*control));
	pipeline_counters(run->pipeline, worker);
	detect_counters(run->detect, control);
}

const struct detect *run_detect(const struct run *run) {
	return run->detect;
}
