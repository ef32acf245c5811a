// One labelled capture through the sensor's own path: its alarms, and the scores of its flows and hosts.
#include "capture.h"
#include "evaluate.h"
#include "overlay.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCHED_GAP_NS 60000000000ull // a longer silence is not watched: captures are cut and glued
#define PATH_BYTES_MAX 4096
// Quiet traffic that attacks are laid over: before, so that something is known of it; after, so that alarms close.
#define OVER_BEFORE_NS 20000000000ull
#define OVER_AFTER_NS 20000000000ull

// One run. Flows are told by the thread that reads, hosts by the one that judges: each has rows of its own.
struct running {
	struct evaluation *e;
	struct evaluated_file *file;
};

void judged_rows_score(struct judged_rows *rows, float score, float raw, bool attack) {
	scores_put(attack ? &rows->hostile : &rows->quiet, score);
	scores_put(attack ? &rows->hostile_raw : &rows->quiet_raw, raw);
}

void judged_rows_flush(struct judged_rows *rows) {
	float raw[EVALUATE_BATCH];

	if (rows->n == 0)
		return;
	model_score(rows->model, rows->row[0], sizeof(rows->row[0]) / sizeof(float), rows->n, raw);
	for (unsigned i = 0; i < rows->n; i++) {
		judged_rows_score(
			rows, model_calibrate(rows->model, raw[i]), raw[i], rows->attack[i]
		);
	}
	rows->n = 0;
}

void judged_rows_put(struct judged_rows *rows, const float *row, bool attack) {
	memcpy(rows->row[rows->n], row, rows->n_features * sizeof(float));
	rows->attack[rows->n] = attack;
	if (++rows->n == EVALUATE_BATCH)
		judged_rows_flush(rows);
}

// Which sort is a row of this host at this time? Rows of a file with an attack that are not of its ends are of no
// sort: nobody labelled them.
static bool row_sort(
	const struct evaluated_file *file,
	const struct addr *a,
	const struct addr *b,
	uint64_t ns,
	bool *attack
) {
	*attack = false;
	if (file->class == LABEL_BENIGN)
		return true;
	for (unsigned i = 0; i < file->n_verdicts; i++) {
		const struct verdict *v = &file->verdict[i];

		if (v->truth.excluded != NULL || ns < v->span.start_ns
		    || ns > v->span.end_ns + VERDICT_MARGIN_NS)
			continue;
		*attack = truth_has(&v->truth, a) || truth_has(&v->truth, b);
		if (*attack)
			return true;
	}
	return false;
}

static void take_flow(void *ctx, const struct flow *flow, const float row[static FLOW_FEATURE_N]) {
	struct running *r = ctx;
	const struct flow_key *key = flow_key_of(flow);
	bool attack;

	if (row_sort(r->file, &key->lo, &key->hi, flow_last_ns(flow), &attack))
		judged_rows_put(&r->e->flows, row, attack);
}

static void
take_host(void *ctx, uint64_t ns, const struct addr *host, const float row[static HOST_FEATURE_N]) {
	struct running *r = ctx;
	bool attack;

	if (row_sort(r->file, host, host, ns, &attack))
		judged_rows_put(&r->e->hosts, row, attack);
}

static void spans_set(struct evaluated_file *file, uint64_t last_ns) {
	for (unsigned i = 0; i < file->n_verdicts; i++)
		file->verdict[i].span = span_of(&file->verdict[i].truth, file->first_ns, last_ns);
}

static void note_frame(struct evaluated_file *file, uint64_t ns) {
	if (file->packets == 0) {
		file->first_ns = file->last_ns = ns;
		spans_set(
			file, UINT64_MAX - 2 * VERDICT_MARGIN_NS
		); // the last packet is not known yet
	}
	file->packets++;
	if (ns > file->last_ns) {
		const uint64_t gap_ns = ns - file->last_ns;

		file->watched_ns += gap_ns < WATCHED_GAP_NS ? gap_ns : WATCHED_GAP_NS;
		file->last_ns = ns;
	}
	for (unsigned i = 0; i < file->n_verdicts; i++) {
		const struct span *span = &file->verdict[i].span;

		file->verdict[i].packets += ns >= span->start_ns && ns <= span->end_ns;
	}
}

static void run_frames(
	struct evaluated_file *file,
	struct capture *capture,
	struct capture *below,
	struct run *run
) {
	struct frame frames[CAPTURE_BURST];
	bool of_attack[CAPTURE_BURST];
	struct overlay overlay;
	uint16_t n;

	overlay_begin(&overlay, capture, below, OVER_BEFORE_NS, OVER_AFTER_NS);
	while ((n = overlay_burst(&overlay, frames, of_attack)) > 0) {
		for (uint16_t i = 0; i < n; i++)
			if (of_attack[i])
				note_frame(file, frames[i].ts_ns);
		run_burst(run, frames, n);
	}
	run_finish(run);
}

static void fail(struct evaluated_file *file, const char *why) {
	if (file->failed != NULL)
		return; // the first reason is the one
	fprintf(stderr, "weir evaluate: %s:%lu: %s\n", file->label->path, file->label->line, why);
	file->failed = strdup(why);
}

// Nothing can be said of its attacks.
static void fail_all(struct evaluated_file *file, const char *why) {
	fail(file, why);
	for (unsigned i = 0; i < file->n_verdicts; i++)
		file->verdict[i].excluded = "the capture could not be read";
}

static void run_capture(
	struct evaluation *e,
	struct evaluated_file *file,
	struct capture *capture,
	struct capture *below
) {
	struct running running = {.e = e, .file = file};
	struct run_conf conf = {
		.conf = e->conf,
		.link = capture_link(capture),
		.flow_model = e->models.flow,
		.host_model = e->models.host,
		.alarm = seen_put,
		.alarm_ctx = &file->seen,
		.host_row = e->models.host != NULL ? take_host : NULL,
		.host_row_ctx = &running,
	};
	char why[RUN_ERROR_MAX];
	struct run *run;

	if (capture_link(capture) == LINK_UNSUPPORTED) {
		fail(file, "its link type is not decoded");
		return;
	}
	e->conf->pipeline.flow_row = e->models.flow != NULL ? take_flow : NULL;
	e->conf->pipeline.flow_row_ctx = &running;
	if (run_create(&run, &conf, why) < 0) {
		fail(file, why);
		return;
	}
	run_frames(file, capture, below, run);
	run_destroy(run);
	if (capture_damage(capture) != NULL)
		fail(file, capture_damage(capture));
	else if (file->seen.beyond > 0)
		fail(file, "more alarms than are taken: the figures of this file are too low");
}

// What attacks are laid over, where that is wanted. @return false: it cannot be
static bool below_open(
	struct capture **below,
	const struct evaluation *e,
	struct evaluated_file *file,
	const struct capture *capture
) {
	char error[CAPTURE_ERROR_MAX];

	if (e->over == NULL || file->class == LABEL_BENIGN)
		return true;
	if (capture_open(below, e->over, error) < 0) {
		fail_all(file, error);
		return false;
	}
	if (capture_link(*below) == capture_link(capture))
		return true;
	fail_all(file, "it is of another link type than what it is laid over");
	return false;
}

void evaluation_run(struct evaluation *e, struct evaluated_file *file) {
	char path[PATH_BYTES_MAX], error[CAPTURE_ERROR_MAX];
	struct capture *capture, *below = NULL;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", e->folder, file->label->file)
	    >= sizeof(path)) {
		fail_all(file, "the name is too long");
		return;
	}
	if (capture_open(&capture, path, error) < 0) {
		fail_all(file, error);
		return;
	}
	if (below_open(&below, e, file, capture))
		run_capture(e, file, capture, below);
	capture_close(below);
	capture_close(capture);
	if (file->packets == 0) {
		fail_all(file, "the capture is empty");
		return;
	}
	spans_set(file, file->last_ns);
	for (unsigned i = 0; i < file->n_verdicts; i++)
		verdict_find(&file->verdict[i], &file->seen);
}
