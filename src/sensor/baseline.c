// A baseline: its life and its commands.
#include "sensor/baseline.h"

#include "sensor/log.h"
#include "sensor/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ROWS_PER_TURN 4096
#define FOREVER UINT64_MAX

static void
take_host(void *ctx, uint64_t, const struct addr *, const float row[static HOST_FEATURE_N]) {
	struct sample *b = ctx;

	reservoir_put(b->host, row);
}

static void sample_free(struct sample *b) {
	reservoir_destroy(b->flow);
	reservoir_destroy(b->host);
	b->flow = b->host = NULL;
}

// Rows come from now on. Where there is no flow model, its tap makes the workers take rows all the same.
static bool taps_on(struct sensor *s, bool on) {
	const struct models same = s->models;

	watch_sample(&s->watch, on);
	detect_on_row(s->detect, on ? take_host : NULL, &s->sample);
	return s->models.flow != NULL || models_swap(s, &same, &s->conf->detect);
}

static bool go(struct sensor *s) {
	struct sample *b = &s->sample;

	b->turn_ns = now_monotonic_ns();
	b->next_save_ns = b->turn_ns + s->conf->save_s * SENSOR_NS_PER_S;
	b->running = taps_on(s, true);
	if (!b->running)
		sample_free(b);
	return b->running;
}

static struct reservoir *copy_of(const struct reservoir *r) {
	struct reservoir *copy;

	if (reservoir_create(&copy, r->room, r->n_features, r->random) < 0)
		return NULL;
	copy->seen = r->seen;
	memcpy(copy->rows, r->rows, (size_t)reservoir_kept(r) * r->n_features * sizeof(float));
	return copy;
}

static void copy_free(struct sample *b) {
	reservoir_destroy(b->copy.flow);
	reservoir_destroy(b->copy.host);
	b->copy.flow = b->copy.host = NULL;
}

// @param final  it is over: the saver has the rows themselves
static void save_start(struct sample *b, bool final) {
	b->copy.flow = final ? b->flow : copy_of(b->flow);
	b->copy.host = final ? b->host : copy_of(b->host);
	b->copy.note = b->note;
	b->copy.final = final;
	strcpy(b->copy.folder, b->folder);
	if (final)
		b->flow = b->host = NULL;
	if (b->copy.flow != NULL && b->copy.host != NULL) {
		saver_start(&b->saver, baseline_save, &b->copy);
		return;
	}
	copy_free(b);
	log_line(LOG_WARNING, "baseline: no memory to save it; tried again");
}

static void saved(struct sample *b) {
	const bool final = b->copy.final;

	copy_free(b);
	if (b->saver.result < 0)
		log_line(LOG_WARNING, "baseline: %s: %s", b->folder, b->saver.error);
	if (!final)
		return;
	snprintf(
		b->made,
		sizeof(b->made),
		"%s",
		b->saver.result < 0 ? b->saver.error : "baseline-flow.csv and baseline-host.csv"
	);
	log_line(
		LOG_NOTICE,
		"baseline: over, of %" PRIu64 " flow and %" PRIu64 " host vectors: %s in %s",
		b->flow_seen,
		b->host_seen,
		b->made,
		b->folder
	);
}

// Life -------------------------------------------------------------------------------------------

static void stop(struct sensor *s) {
	struct sample *b = &s->sample;

	b->running = false;
	taps_on(s, false);
	b->flow_seen = b->flow->seen;
	b->host_seen = b->host->seen;
	if (saver_wait(&b->saver))
		saved(b);
	save_start(b, true);
}

static bool is_over(const struct sample *b) {
	return b->note.vectors != 0 ? b->flow->seen >= b->note.vectors : b->note.left_ns == 0;
}

static void pass_time(struct sample *b, uint64_t now_ns) {
	const uint64_t passed_ns = now_ns - b->turn_ns;

	if (now_ns < b->turn_ns) // it began in the middle of this turn
		return;
	b->turn_ns = now_ns;
	b->note.taken_ns += passed_ns;
	if (b->note.left_ns != FOREVER)
		b->note.left_ns -= passed_ns < b->note.left_ns ? passed_ns : b->note.left_ns;
}

void baseline_turn(struct sensor *s, uint64_t now_ns) {
	struct sample *b = &s->sample;
	float row[FLOW_FEATURE_N];

	if (saver_ended(&b->saver))
		saved(b);
	if (!b->running)
		return;
	for (unsigned i = 0; i < ROWS_PER_TURN && watch_row_take(&s->watch, row); i++)
		reservoir_put(b->flow, row);
	pass_time(b, now_ns);
	if (is_over(b)) {
		stop(s);
		return;
	}
	if (s->conf->save_s == 0 || now_ns < b->next_save_ns || b->saver.busy)
		return;
	b->next_save_ns = now_ns + s->conf->save_s * SENSOR_NS_PER_S;
	save_start(b, false);
}

static int load(struct sample *b) {
	char error[FILE_ERROR_MAX];
	int ret = baseline_load(b->folder, &b->flow, &b->host, &b->note, error);

	if (ret < 0 && ret != -ENOENT)
		log_line(LOG_WARNING, "%s/%s; the baseline is given up", b->folder, error);
	return ret;
}

void baseline_begin(struct sensor *s) {
	struct sample *b = &s->sample;

	*b = (struct sample) {0};
	if (s->plan->file || s->conf->state_folder[0] == '\0')
		return;
	snprintf(b->folder, sizeof(b->folder), "%s", s->conf->state_folder);
	if (load(b) < 0 || !go(s)) {
		sample_free(b);
		baseline_remove(b->folder);
		return;
	}
	log_line(
		LOG_NOTICE,
		"baseline: goes on after %" PRIu64 " s",
		(uint64_t)((uint64_t)(b->note.taken_ns / SENSOR_NS_PER_S))
	);
}

void baseline_end(struct sensor *s) {
	struct sample *b = &s->sample;

	if (saver_wait(&b->saver))
		saved(b);
	if (b->running)
		save_start(b, false);
	if (saver_wait(&b->saver))
		saved(b);
	sample_free(b);
}

// Commands ---------------------------------------------------------------------------------------

static bool say(bool ok, char *text, size_t n, const char *what) {
	snprintf(text, n, "baseline: %s", what);
	return ok;
}

static bool status(const struct sample *b, char *text, size_t n) {
	const uint64_t taken_s = b->note.taken_ns / SENSOR_NS_PER_S;
	char left[64] = "not known yet";
	uint64_t left_s = b->note.left_ns / SENSOR_NS_PER_S;

	if (!b->running && b->made[0] == '\0')
		return say(
			true,
			text,
			n,
			"none is being taken; weir baseline start --for 30m takes one"
		);
	if (!b->running) {
		snprintf(
			text,
			n,
			"baseline: over, of %" PRIu64 " flow and %" PRIu64
			" host vectors: %s in %s",
			b->flow_seen,
			b->host_seen,
			b->made,
			b->folder
		);
		return true;
	}
	if (b->note.vectors != 0 && b->flow->seen > 0)
		left_s = (uint64_t
		)((double)taken_s * (double)(b->note.vectors - b->flow->seen)
		  / (double)b->flow->seen);
	if (b->note.vectors == 0 || b->flow->seen > 0)
		snprintf(left, sizeof(left), "about %" PRIu64 " s", left_s);
	snprintf(
		text,
		n,
		"baseline: %" PRIu64 " s so far, left: %s; flow vectors: %" PRIu64
		" seen, %u kept; "
		"host vectors: %" PRIu64 " seen, %u kept",
		taken_s,
		left,
		b->flow->seen,
		reservoir_kept(b->flow),
		b->host->seen,
		reservoir_kept(b->host)
	);
	return true;
}

static bool start(struct sensor *s, const char *argument, char *text, size_t n) {
	struct sample *b = &s->sample;
	unsigned long long for_s, vectors;
	const uint64_t seed = now_realtime_ns(); // another sample each time
	uint32_t room = BASELINE_ROWS;
	char rest;

	if (sscanf(argument, "start %llu %llu %c", &for_s, &vectors, &rest) != 2
	    || (for_s == 0) == (vectors == 0) || for_s > BASELINE_FOR_S_MAX)
		return say(false, text, n, "start SECONDS 0, or start 0 VECTORS; up to 31 days");
	if (b->folder[0] == '\0')
		return say(
			false, text, n, "needs a sensor.state_folder, and a port that is no file"
		);
	if (b->running)
		return say(false, text, n, "one is being taken; weir baseline status, or stop");
	if (saver_wait(&b->saver))
		saved(b);
	if (vectors != 0 && vectors < room)
		room = (uint32_t)vectors;
	if (reservoir_create(&b->flow, room, FLOW_FEATURE_N, seed) < 0
	    || reservoir_create(&b->host, BASELINE_ROWS / 2, HOST_FEATURE_N, seed + 1) < 0) {
		sample_free(b);
		return say(false, text, n, "no memory");
	}
	b->note = (struct baseline_note) {
		.left_ns = vectors != 0 ? FOREVER : for_s * SENSOR_NS_PER_S, .vectors = vectors};
	return say(go(s), text, n, b->running ? "begun" : "no memory");
}

bool baseline_command(struct sensor *s, const char *argument, char *text, size_t n) {
	if (strncmp(argument, "start ", 6) == 0)
		return start(s, argument, text, n);
	if (strcmp(argument, "stop") == 0 && !s->sample.running)
		return say(false, text, n, "none is being taken");
	if (strcmp(argument, "stop") == 0) {
		stop(s);
		return say(true, text, n, "stopped; what was sampled is being written");
	}
	if (strcmp(argument, "status") == 0 || argument[0] == '\0')
		return status(&s->sample, text, n);
	return say(false, text, n, "start, status or stop");
}
