// Rows from a capture: exactly those that the sensor would score, so that a model is trained on what
// it will judge. Flows at packet 4, 16, 64 ... and at their end; hosts at each tick.
#include "capture.h"
#include "progress.h"
#include "rows.h"
#include "run.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct taking {
	struct rows *rows;
	atomic_bool full; // either thread of a run stores, the reader's loads
};

static void take_flow(void *ctx, const struct flow *, const float row[static FLOW_FEATURE_N]) {
	struct taking *to = ctx;

	if (!to->full && !rows_add(to->rows, row))
		to->full = true;
}

static void
take_host(void *ctx, uint64_t, const struct addr *, const float row[static HOST_FEATURE_N]) {
	struct taking *to = ctx;

	if (!to->full && !rows_add(to->rows, row))
		to->full = true;
}

static void capture_run(struct capture *capture, struct run *run, struct taking *to) {
	struct frame frames[CAPTURE_BURST];
	struct progress bar;
	uint16_t n;

	progress_begin(&bar, true);
	while (!to->full && (n = capture_burst(capture, frames)) > 0) {
		run_burst(run, frames, n);
		progress_show(&bar, capture_progress(capture), capture_packets(capture));
	}
	run_finish(run);
	progress_end(&bar);
}

static int
rows_of(struct rows *rows,
	const struct rows_from *from,
	struct capture *capture,
	struct conf *conf,
	char *error) {
	struct taking to = {.rows = rows};
	struct run_conf run_conf = {
		.conf = conf,
		.link = capture_link(capture),
		.flow_model = from->flow_model,
	};
	struct run *run;
	char why[RUN_ERROR_MAX];

	if (from->kind == ROW_FLOW) {
		conf->pipeline.flow_row = take_flow;
		conf->pipeline.flow_row_ctx = &to;
	} else {
		run_conf.host_row = take_host;
		run_conf.host_row_ctx = &to;
	}
	if (run_create(&run, &run_conf, why) < 0) {
		snprintf(error, ROWS_ERROR_MAX, "%s", why);
		return -1;
	}
	capture_run(capture, run, &to);
	run_destroy(run);
	if (!to.full)
		return 0;
	snprintf(error, ROWS_ERROR_MAX, "no memory for more than %zu rows", rows->n);
	return -1;
}

// What came before the damage is as good as any: kept, and said.
int rows_read_capture(
	struct rows *rows,
	const struct rows_from *from,
	const char *path,
	char error[static ROWS_ERROR_MAX]
) {
	char conf_error[CONFIG_ERROR_MAX], capture_error[CAPTURE_ERROR_MAX];
	struct capture *capture;
	struct conf *conf;
	int rc = -1;

	if (config_load(&conf, NULL, conf_error) < 0) {
		snprintf(error, ROWS_ERROR_MAX, "%s", conf_error);
		return -1;
	}
	if (capture_open(&capture, path, capture_error) < 0) {
		snprintf(error, ROWS_ERROR_MAX, "%.*s", ROWS_ERROR_MAX - 1, capture_error);
	} else {
		rc = rows_of(rows, from, capture, conf, error);
		if (capture_damage(capture) != NULL)
			fprintf(stderr, "weir train: %s\n", capture_damage(capture));
		capture_close(capture);
	}
	config_free(conf);
	return rc;
}
