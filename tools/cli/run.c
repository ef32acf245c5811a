// One capture through the pipeline and the control side.
//
// Overview
//     The caller's thread runs the pipeline; a second one judges the windows and findings that come out of it,
//     while the pipeline goes on into the next ticks. Where no second thread can be had, the caller's judges
//     between two bursts.
//
// Order
//     A window is decided after the findings of its own tick and before those of the next, whatever
//     the size of the bursts and whoever comes first: so a finding that is ahead of its window waits here. Nothing
//     that is decided depends on when.
//
// Synchronization
//     Windows and findings cross on the pipeline's own rings. The lock is for sleep alone: the judge
//     sleeps until a tick is over, the pipeline where all windows are with the judge.
#include "run.h"

#include "contract/pages.h"
#include "detect/image.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	struct pipeline *pipeline;
	struct detect *detect;
	void *memory;
	size_t memory_bytes;
	uint64_t tick_ns;
	uint64_t
		bursts; // as they came: the pipeline also counts those that it cut to wait for room
	uint64_t told_ns; // end of the last tick that the judge was told of

	// The judge's.
	bool ahead; // `finding` is of a tick whose window has not come
	struct finding finding;

	bool has_judge;
	pthread_t judge;
	pthread_mutex_t lock; // of what follows
	pthread_cond_t to_judge, to_pipeline;
	bool work; // for the judge
	bool waiting; // the pipeline is, for room
	bool over; // nothing more will come
};

static void no_alarm(void *, const struct alarm *) {}

static int create_pipeline(struct run *run, const struct run_conf *conf, char *error) {
	struct pipeline_conf pipeline = conf->conf->pipeline;
	int ret;

	pipeline.packet.link = (uint8_t)conf->link;
	pipeline.worker = 0;
	pipeline.lossless = true;
	pipeline.isa = isa_in_use();
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

static void findings_until(struct run *run, uint64_t end_ns) {
	while (run->ahead || pipeline_finding_take(run->pipeline, &run->finding)) {
		run->ahead = run->finding.ts_ns >= end_ns;
		if (run->ahead)
			return;
		detect_finding(run->detect, &run->finding);
	}
}

// @return how many windows
static unsigned drain(struct run *run) {
	struct window *window;
	unsigned n = 0;

	for (; (window = pipeline_window_take(run->pipeline)) != NULL; n++) {
		findings_until(run, window->end_ns);
		detect_windows(run->detect, &window, 1);
		pipeline_window_give(run->pipeline, window);
	}
	return n;
}

// The pipeline stands still. Where no window is the reason, findings of ticks without one are: they come
// before the next window in any case.
static void make_room(struct run *run) {
	if (drain(run) == 0)
		findings_until(run, UINT64_MAX);
}

static void *judge(void *ctx) {
	struct run *run = ctx;

	pthread_mutex_lock(&run->lock);
	for (;;) {
		bool waiting;

		while (!run->work && !run->over)
			pthread_cond_wait(&run->to_judge, &run->lock);
		if (!run->work)
			break;
		run->work = false;
		waiting = run->waiting;
		pthread_mutex_unlock(&run->lock);
		if (waiting)
			make_room(run);
		else
			drain(run);
		pthread_mutex_lock(&run->lock);
		if (!waiting)
			continue;
		run->waiting = false;
		pthread_cond_signal(&run->to_pipeline);
	}
	pthread_mutex_unlock(&run->lock);
	return NULL;
}

static void tell_judge(struct run *run) {
	pthread_mutex_lock(&run->lock);
	run->work = true;
	pthread_cond_signal(&run->to_judge);
	pthread_mutex_unlock(&run->lock);
}

static void wait_for_room(struct run *run) {
	if (!run->has_judge) {
		make_room(run);
		return;
	}
	pthread_mutex_lock(&run->lock);
	run->work = run->waiting = true;
	pthread_cond_signal(&run->to_judge);
	while (run->waiting)
		pthread_cond_wait(&run->to_pipeline, &run->lock);
	pthread_mutex_unlock(&run->lock);
}

static void stop_judge(struct run *run) {
	if (!run->has_judge)
		return;
	pthread_mutex_lock(&run->lock);
	run->over = true;
	pthread_cond_signal(&run->to_judge);
	pthread_mutex_unlock(&run->lock);
	pthread_join(run->judge, NULL);
	run->has_judge = false;
}

static int load_baseline(struct run *run, const char *path, char *error) {
	char why[IMAGE_ERROR_MAX];
	struct image_news news;
	int ret = 0;

	if (path != NULL)
		ret = image_load(run->detect, path, &news, why);
	if (ret < 0)
		snprintf(error, RUN_ERROR_MAX, "--baseline %s: %s", path, why);
	return ret;
}

int run_create(struct run **out, const struct run_conf *conf, char error[static RUN_ERROR_MAX]) {
	struct run *run = calloc(1, sizeof(*run));
	int ret = -ENOMEM;

	snprintf(error, RUN_ERROR_MAX, "out of memory");
	if (run == NULL)
		return ret;
	pthread_mutex_init(&run->lock, NULL);
	pthread_cond_init(&run->to_judge, NULL);
	pthread_cond_init(&run->to_pipeline, NULL);
	run->tick_ns = conf->conf->pipeline.tick_ns;
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
	ret = load_baseline(run, conf->baseline, error);
	if (ret < 0)
		goto fail;
	detect_on_row(run->detect, conf->host_row, conf->host_row_ctx);
	run->has_judge = pthread_create(&run->judge, NULL, judge, run) == 0;
	*out = run;
	return 0;

fail:
	run_destroy(run);
	return ret;
}

void run_destroy(struct run *run) {
	if (run == NULL)
		return;
	stop_judge(run);
	detect_destroy(run->detect);
	if (run->memory != NULL)
		pages_unmap(run->memory, run->memory_bytes);
	pthread_cond_destroy(&run->to_pipeline);
	pthread_cond_destroy(&run->to_judge);
	pthread_mutex_destroy(&run->lock);
	free(run);
}

// At the first burst beyond a tick: its window is likely to be there.
static void tell_of_ticks(struct run *run) {
	const uint64_t now_ns = pipeline_now_ns(run->pipeline);

	if (now_ns < run->told_ns)
		return;
	run->told_ns = now_ns - now_ns % run->tick_ns + run->tick_ns;
	if (run->has_judge)
		tell_judge(run);
	else
		drain(run);
}

void run_burst(struct run *run, const struct frame *frames, uint16_t n) {
	run->bursts += n > 0;
	while (n > 0) {
		const uint16_t done = pipeline_burst(run->pipeline, frames, n);

		tell_of_ticks(run);
		if (done < n)
			wait_for_room(run);
		frames += done;
		n -= done;
	}
}

void run_finish(struct run *run) {
	while (!pipeline_finish(run->pipeline))
		wait_for_room(run);
	stop_judge(run);
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
	worker->bursts = run->bursts;
	detect_counters(run->detect, control);
}

uint64_t run_now_ns(const struct run *run) {
	return pipeline_now_ns(run->pipeline);
}

const struct detect *run_detect(const struct run *run) {
	return run->detect;
}
