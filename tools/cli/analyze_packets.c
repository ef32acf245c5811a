// One file of packets through the pipeline: alarms, a summary, and what else was asked for.
#include "analyze.h"
#include "cli.h"
#include "csv.h"
#include "gather.h"
#include "progress.h"
#include "publish/text.h"
#include "run.h"
#include "scores.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static_assert(CAPTURE_BURST <= BURST_MAX, "a burst of the reader fits the pipeline");

struct job {
	struct analyze *analyze;
	struct feed *feed;
	struct run *run;
	struct gather *gather; // NULL: no page is wanted
	struct scores *scores; // NULL: not wanted
	struct report report;
};

static void take_alarm(void *ctx, const struct alarm *alarm) {
	struct job *job = ctx;
	const struct analyze_options *o = &job->analyze->options;

	alarm_list_put(&job->report.alarms, alarm);
	if (o->transitions && !report_print_alarm(stdout, job->report.sensor, alarm))
		job->report.alarms.failed = true;
}

// The rows of the page are those of --flows.
static void gather_flow(struct gather *g, const struct flow *flow, uint64_t now_ns) {
	const float score = flow_score_of(flow);
	char line[GATHER_ROW_MAX];
	FILE *f;

	if (!isnan(score))
		gather_score(g, flow_last_ns(flow), score, flow_marked(flow));
	if (!gather_row_wanted(g, score))
		return;
	f = fmemopen(line, sizeof(line), "w");
	if (f == NULL) {
		g->failed = true;
		return;
	}
	csv_flow(f, flow, now_ns);
	fclose(f);
	line[sizeof(line) - 1] = '\0';
	line[strcspn(line, "\n")] = '\0';
	gather_row(g, score, line);
}

static void flow_ends(void *ctx, const struct flow *flow, uint64_t now_ns) {
	struct job *job = ctx;

	if (job->analyze->flows != NULL)
		csv_flow(job->analyze->flows, flow, now_ns);
	if (job->gather != NULL)
		gather_flow(job->gather, flow, now_ns);
	if (job->scores != NULL)
		scores_flow_end(job->scores, flow);
}

static void take_host_row(
	void *ctx,
	uint64_t time_ns,
	const struct addr *host,
	const float row[static HOST_FEATURE_N]
) {
	struct job *job = ctx;

	if (job->analyze->hosts != NULL)
		csv_host(job->analyze->hosts, time_ns, host, row);
	if (job->scores != NULL)
		scores_host_row(job->scores, time_ns, host, row);
}

static struct packet_conf packet_conf_of(const struct job *job) {
	struct packet_conf conf = job->analyze->conf->pipeline.packet;

	conf.link = (uint8_t)feed_link(job->feed);
	return conf;
}

static bool scores_begin(struct job *job) {
	const struct analyze *a = job->analyze;
	struct stat st;
	const struct scores_conf conf = {
		.flow_model = a->models.flow,
		.host_model = a->models.host,
		.packet = packet_conf_of(job),
	};

	if (stat(job->report.file, &st) < 0 || !S_ISREG(st.st_mode)) {
		analyze_fail(
			"--scores reads the file twice: %s is no plain file", job->report.file
		);
		return false;
	}
	job->scores = scores_create(&conf);
	if (job->scores == NULL)
		analyze_fail("--scores: no memory or no room for temporary files: see TMPDIR");
	return job->scores != NULL;
}

static bool begin(struct job *job) {
	struct analyze *a = job->analyze;
	const bool flows = a->flows != NULL || a->page != NULL || a->scores != NULL;
	const bool hosts = a->hosts != NULL || a->scores != NULL;
	const struct run_conf conf = {
		.conf = a->conf,
		.link = feed_link(job->feed),
		.flow_model = a->models.flow,
		.host_model = a->models.host,
		.alarm = take_alarm,
		.alarm_ctx = job,
		.flow_end = flows ? flow_ends : NULL,
		.flow_end_ctx = job,
		.host_row = hosts ? take_host_row : NULL,
		.host_row_ctx = job,
		.baseline = a->options.baseline_path,
	};
	char error[RUN_ERROR_MAX];

	if (a->scores != NULL && !scores_begin(job))
		return false;
	if (a->page != NULL && (job->gather = gather_create()) == NULL) {
		analyze_fail("--report: out of memory");
		return false;
	}
	a->conf->pipeline.flow_row = a->scores != NULL ? scores_flow_row : NULL;
	a->conf->pipeline.flow_row_ctx = job->scores;
	if (run_create(&job->run, &conf, error) < 0) {
		analyze_fail("%s", error);
		return false;
	}
	return true;
}

static void note_packets(struct job *job, const struct frame *frames, uint16_t n) {
	struct report *r = &job->report;

	for (uint16_t i = 0; i < n; i++) {
		if (frames[i].ts_ns < r->first_ns)
			r->first_ns = frames[i].ts_ns;
		if (frames[i].ts_ns > r->last_ns)
			r->last_ns = frames[i].ts_ns;
		if (job->gather != NULL)
			gather_packets(job->gather, frames[i].ts_ns, 1);
	}
}

// With --scores one by one, so that the stream's time is known of each packet. What is found is the same.
static void run_packets(struct job *job, const struct frame *frames, uint16_t n) {
	if (job->scores == NULL) {
		run_burst(job->run, frames, n);
		return;
	}
	for (uint16_t i = 0; i < n; i++) {
		run_burst(job->run, &frames[i], 1);
		scores_packet(job->scores, frames[i].ts_ns, run_now_ns(job->run));
	}
}

static void run_whole(struct job *job) {
	struct frame frames[CAPTURE_BURST];
	struct progress progress;
	uint16_t n;

	progress_begin(&progress, !job->analyze->options.quiet);
	job->report.first_ns = UINT64_MAX;
	while ((n = feed_burst(job->feed, frames)) > 0) {
		note_packets(job, frames, n);
		run_packets(job, frames, n);
		progress_show(&progress, feed_progress(job->feed), feed_packets(job->feed));
	}
	run_finish(job->run);
	progress_end(&progress);
	if (job->report.first_ns == UINT64_MAX)
		job->report.first_ns = 0;
}

// @return EXIT_OK, or EXIT_FAILED with the reason on standard error
static int conclude(const struct job *job) {
	const struct report *r = &job->report;
	int ret = EXIT_OK;

	if (r->damage != NULL)
		ret = analyze_fail("%s", r->damage);
	if (feed_link(job->feed) == LINK_UNSUPPORTED)
		ret = analyze_fail(
			"%s: link type %s is not decoded; give a capture of Ethernet, raw IP, "
			"Linux "
			"cooked or loopback",
			r->file,
			r->link_name
		);
	if (!report_adds_up(r))
		ret = analyze_fail("%s: the packets do not add up: please report this", r->file);
	if (r->alarms.failed || (job->gather != NULL && job->gather->failed))
		ret = analyze_fail("%s: no memory for all alarms and rows", r->file);
	return ret;
}

// What a packet list could not tell.
static void print_told(FILE *f, const struct packet_list_told *t) {
	fprintf(f,
		"\nPacket list: of %llu packets the ports were told of %llu, remembered of %llu, "
		"assumed of %llu;\n  %llu without a known transport, %llu without IP addresses\n",
		(unsigned long long)t->packets,
		(unsigned long long)t->ports_told,
		(unsigned long long)t->ports_remembered,
		(unsigned long long)t->ports_assumed,
		(unsigned long long)t->no_transport,
		(unsigned long long)t->no_address);
	for (unsigned i = 0; i < PACKET_LIST_NAMES && t->name[i][0] != '\0'; i++) {
		struct text name = {0};

		text_add_clean(&name, t->name[i]);
		fprintf(f,
			"%s%s",
			i == 0 ? "  transport not known of: " : ", ",
			name.at != NULL ? name.at : "");
		free(text_take(&name));
	}
	if (t->name[0][0] != '\0')
		fputc('\n', f);
}

static bool print_columns(const struct job *job) {
	const struct feed *feed = job->feed;
	json_t *line;
	char *text;

	if (feed->list == NULL)
		return true;
	if (!job->analyze->options.json) {
		columns_print(stdout, &feed->columns);
		print_told(stdout, packet_list_told(feed->list));
		return fputc('\n', stdout) != EOF;
	}
	line = columns_mapping_json(&feed->columns, job->report.file);
	text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	if (text != NULL)
		puts(text);
	free(text);
	return text != NULL;
}

static bool print_report(const struct job *job) {
	const struct analyze_options *o = &job->analyze->options;

	if (!print_columns(job))
		return false;
	if (o->json)
		return report_print_json(stdout, &job->report, !o->transitions);
	return report_print_text(stdout, &job->report, o->full, cli_colour(stdout));
}

static void write_section(struct job *job) {
	struct page *page = job->analyze->page;
	const struct report *r = &job->report;
	char first[512];
	FILE *f = fmemopen(first, sizeof(first), "w");

	if (f == NULL)
		return;
	csv_flows_head(f);
	fclose(f);
	first[sizeof(first) - 1] = '\0';
	first[strcspn(first, "\n")] = '\0';
	gather_sort(job->gather);
	report_page(page, r);
	page_alarms(page, &r->alarms);
	page_timeline(page, job->gather, &r->alarms);
	report_page_totals(page, r);
	page_scores(page, job->gather, "flows", true);
	page_raw(page, job->gather, first, "flows", "--flows writes all");
	if (job->feed->list != NULL)
		columns_page(page, &job->feed->columns);
	page_section_end(page);
}

// The file once more, now that alarms and scores are known.
static int write_scores(struct job *job, const char *path) {
	struct analyze *a = job->analyze;
	char error[FEED_ERROR_MAX], why[SCORES_ERROR_MAX];
	struct feed again;
	int ret = EXIT_OK;

	if (feed_open(&again, path, a->options.format, error) < 0)
		return analyze_fail("%s", error);
	if (!feed_has_packets(&again))
		ret = analyze_fail("%s: the file changed while it was read", path);
	else if (scores_write(job->scores, a->scores, &again, &job->report.alarms, why) < 0)
		ret = analyze_fail("--scores: %s", why);
	feed_close(&again);
	return ret;
}

static int analyze_whole(struct job *job, const char *path) {
	struct report *r = &job->report;
	int ret;

	r->file = path;
	if (!begin(job))
		return EXIT_FAILED;
	r->sensor = job->analyze->conf->sensor;
	r->link_name = feed_link_name(job->feed);
	run_whole(job);
	r->packets = feed_packets(job->feed);
	r->damage = feed_damage(job->feed);
	run_counters(job->run, &r->worker, &r->control);
	detect_apps(run_detect(job->run), r->app);
	ret = conclude(job);
	if (!print_report(job))
		ret = analyze_fail("the report cannot be written: %s", strerror(errno));
	if (job->gather != NULL)
		write_section(job);
	if (job->scores != NULL && write_scores(job, path) != EXIT_OK)
		ret = EXIT_FAILED;
	job->analyze->alarms_found = job->analyze->alarms_found || r->alarms.n > 0;
	return ret;
}

static bool models_ready(struct analyze *a) {
	char error[MODELS_ERROR_MAX];

	if (a->has_models)
		return true;
	if (models_choose(&a->models, a->conf, a->options.model_path, a->options.n_models, error)
	    < 0) {
		analyze_fail("%s", error);
		return false;
	}
	a->has_models = true;
	return true;
}

int analyze_packets(struct analyze *a, struct feed *feed, const char *path) {
	struct job job = {.analyze = a, .feed = feed};
	int ret = EXIT_FAILED;

	if (models_ready(a))
		ret = analyze_whole(&job, path);
	alarm_list_free(&job.report.alarms);
	run_destroy(job.run);
	gather_destroy(job.gather);
	scores_destroy(job.scores);
	return ret;
}
