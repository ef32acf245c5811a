// weir analyze: what is in a capture file. No daemon, no Redis, no root.
#include "capture.h"
#include "cli.h"
#include "csv.h"
#include "models.h"
#include "progress.h"
#include "report.h"
#include "run.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MODELS_MAX 2
#define FILE_BUFFER_BYTES (1u << 18)

static_assert(CAPTURE_BURST <= BURST_MAX, "a burst of the reader fits the pipeline");

static const char help[]
	= "Usage: weir analyze [OPTION...] FILE...\n"
	  "\n"
	  "Find attacks in capture files: pcap or pcapng, plain or packed by gzip, xz, zstd, bzip2 "
	  "or\n"
	  "lz4. \"-\" is standard input. Each file is analysed for itself, in the time of its "
	  "packets.\n"
	  "\n"
	  "  --full              each alarm with its evidence, not in one line\n"
	  "  --json              one JSON object a line: alarms, then a summary\n"
	  "  --transitions       with --json: an alarm's opening, updates and end, as the sensor\n"
	  "                      publishes them, not its end alone\n"
	  "  --flows FILE.csv    write one row for each flow: who, when, every feature, score\n"
	  "  --hosts FILE.csv    write one row for each time that a host is scored\n"
	  "  --config FILE       take thresholds, networks and models from a weir.json\n"
	  "  --model FILE        score with this model, of flows or of hosts; may be given twice\n"
	  "  --baseline FILE     begin with what a sensor found usual for its hosts (usual.weir "
	  "in\n"
	  "                      its state_folder); without it nothing is known at the start\n"
	  "  --exit-code         exit with status 3 where alarms were found\n"
	  "  --quiet             no progress bar\n"
	  "  --help              this text\n"
	  "\n"
	  "Examples:\n"
	  "  weir analyze evening.pcapng.gz\n"
	  "  weir analyze --json attack.pcap | jq 'select(.type == \"alarm\") | .kind, .target'\n"
	  "  tcpdump -w - -c 100000 | weir analyze --full -\n"
	  "\n"
	  "Exit status:\n"
	  "  0  the files were analysed to their ends\n"
	  "  1  a file, model or configuration cannot be used, or a capture is damaged (what was\n"
	  "     before the damage is reported) or of a link type that Weir does not decode\n"
	  "  2  the command line is wrong\n"
	  "  3  alarms were found (only with --exit-code)\n";

struct options {
	bool full, json, transitions, exit_code, quiet;
	const char *flows_path, *hosts_path, *config_path;
	const char *baseline_path;
	const char *model_path[MODELS_MAX];
	unsigned n_models;
};

// What lasts for all files.
struct analyze {
	struct options options;
	struct conf *conf;
	struct models models;
	FILE *flows, *hosts; // NULL: not wanted
	bool alarms_found;
};

// One file.
struct job {
	struct analyze *analyze;
	struct capture *capture;
	struct run *run;
	struct report report;
};

static bool take_option(struct options *o, int option) {
	switch (option) {
	case 'F':
		o->full = true;
		return true;
	case 'j':
		o->json = true;
		return true;
	case 't':
		o->transitions = true;
		return true;
	case 'e':
		o->exit_code = true;
		return true;
	case 'q':
		o->quiet = true;
		return true;
	case 'f':
		o->flows_path = optarg;
		return true;
	case 'h':
		o->hosts_path = optarg;
		return true;
	case 'c':
		o->config_path = optarg;
		return true;
	case 'b':
		o->baseline_path = optarg;
		return true;
	case 'm':
		if (o->n_models == MODELS_MAX) {
			fprintf(stderr,
				"weir analyze: --model: give one for flows, one for hosts\n");
			return false;
		}
		o->model_path[o->n_models++] = optarg;
		return true;
	default: // cli_option() said what
		return false;
	}
}

// @return EXIT_OK and *files at the first file; -1: help was asked for and given
static int parse_options(struct options *o, int argc, char **argv, int *files) {
	static const struct option known[] = {
		{"full", no_argument, NULL, 'F'},
		{"json", no_argument, NULL, 'j'},
		{"transitions", no_argument, NULL, 't'},
		{"flows", required_argument, NULL, 'f'},
		{"hosts", required_argument, NULL, 'h'},
		{"config", required_argument, NULL, 'c'},
		{"model", required_argument, NULL, 'm'},
		{"baseline", required_argument, NULL, 'b'},
		{"exit-code", no_argument, NULL, 'e'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'H'},
		{0},
	};
	int option;

	*o = (struct options) {0};
	optind = 0;
	while ((option = cli_option(argc, argv, "", known)) != -1) {
		if (option == 'H') {
			fputs(help, stdout);
			return -1;
		}
		if (!take_option(o, option))
			return EXIT_USAGE;
	}
	if (o->transitions && !o->json) {
		fprintf(stderr, "weir analyze: --transitions needs --json\n");
		return EXIT_USAGE;
	}
	if (o->flows_path != NULL && o->hosts_path != NULL
	    && strcmp(o->flows_path, o->hosts_path) == 0) {
		fprintf(stderr, "weir analyze: --flows and --hosts need a file each\n");
		return EXIT_USAGE;
	}
	if (optind == argc) {
		fprintf(stderr, "weir analyze: which FILE? See weir analyze --help\n");
		return EXIT_USAGE;
	}
	*files = optind;
	return EXIT_OK;
}

// An output file that a packet's time must not be spent on: large writes.
static bool open_csv(FILE **out, const char *path, void (*head)(FILE *)) {
	if (path == NULL)
		return true;
	*out = fopen(path, "we");
	if (*out == NULL) {
		fprintf(stderr,
			"weir analyze: %s: %s: name a file that can be written\n",
			path,
			strerror(errno));
		return false;
	}
	setvbuf(*out, NULL, _IOFBF, FILE_BUFFER_BYTES);
	head(*out);
	return true;
}

static bool close_csv(FILE *f, const char *path) {
	bool ok;

	if (f == NULL)
		return true;
	ok = !ferror(f);
	ok = fclose(f) == 0 && ok;
	if (!ok)
		fprintf(stderr,
			"weir analyze: %s: not all could be written: is the disk full?\n",
			path);
	return ok;
}

static void take_alarm(void *ctx, const struct alarm *alarm) {
	struct job *job = ctx;
	const struct options *o = &job->analyze->options;

	alarm_list_put(&job->report.alarms, alarm);
	if (o->transitions && !report_print_alarm(stdout, job->report.sensor, alarm))
		job->report.alarms.failed = true;
}

static bool start_run(struct job *job) {
	struct analyze *a = job->analyze;
	const struct run_conf conf = {
		.conf = a->conf,
		.link = capture_link(job->capture),
		.flow_model = a->models.flow,
		.host_model = a->models.host,
		.alarm = take_alarm,
		.alarm_ctx = job,
		.flow_end = a->flows != NULL ? csv_flow : NULL,
		.flow_end_ctx = a->flows,
		.host_row = a->hosts != NULL ? csv_host : NULL,
		.host_row_ctx = a->hosts,
		.baseline = a->options.baseline_path,
	};
	char error[RUN_ERROR_MAX];

	if (run_create(&job->run, &conf, error) == 0)
		return true;
	fprintf(stderr, "weir analyze: %s\n", error);
	return false;
}

static void note_times(struct report *r, const struct frame *frames, uint16_t n) {
	for (uint16_t i = 0; i < n; i++) {
		if (frames[i].ts_ns < r->first_ns)
			r->first_ns = frames[i].ts_ns;
		if (frames[i].ts_ns > r->last_ns)
			r->last_ns = frames[i].ts_ns;
	}
}

static void run_whole(struct job *job) {
	struct frame frames[CAPTURE_BURST];
	struct progress progress;
	uint16_t n;

	progress_begin(&progress, !job->analyze->options.quiet);
	job->report.first_ns = UINT64_MAX;
	while ((n = capture_burst(job->capture, frames)) > 0) {
		note_times(&job->report, frames, n);
		run_burst(job->run, frames, n);
		progress_show(
			&progress, capture_progress(job->capture), capture_packets(job->capture)
		);
	}
	run_finish(job->run);
	progress_end(&progress);
	if (job->report.first_ns == UINT64_MAX)
		job->report.first_ns = 0;
}

static bool print_report(const struct job *job) {
	const struct options *o = &job->analyze->options;

	if (o->json)
		return report_print_json(stdout, &job->report, !o->transitions);
	return report_print_text(stdout, &job->report, o->full, cli_colour(stdout));
}

// @return EXIT_OK, or EXIT_FAILED with the reason on standard error
static int conclude(const struct job *job) {
	const struct report *r = &job->report;
	int ret = EXIT_OK;

	if (r->damage != NULL) {
		fprintf(stderr, "weir analyze: %s\n", r->damage);
		ret = EXIT_FAILED;
	}
	if (capture_link(job->capture) == LINK_UNSUPPORTED) {
		fprintf(stderr,
			"weir analyze: %s: link type %s is not decoded; give a capture of "
			"Ethernet, raw "
			"IP, Linux cooked or loopback\n",
			r->file,
			r->link_name);
		ret = EXIT_FAILED;
	}
	if (!report_adds_up(r)) {
		fprintf(stderr,
			"weir analyze: %s: the packets do not add up: please report this\n",
			r->file);
		ret = EXIT_FAILED;
	}
	if (r->alarms.failed) {
		fprintf(stderr, "weir analyze: %s: no memory for all alarms\n", r->file);
		ret = EXIT_FAILED;
	}
	return ret;
}

static int analyze_capture(struct job *job, const char *path) {
	struct report *r = &job->report;
	int ret;

	if (!start_run(job))
		return EXIT_FAILED;
	r->file = path;
	r->sensor = job->analyze->conf->sensor;
	r->link_name = capture_link_name(job->capture);
	run_whole(job);
	r->packets = capture_packets(job->capture);
	r->damage = capture_damage(job->capture);
	run_counters(job->run, &r->worker, &r->control);
	ret = conclude(job);
	if (!print_report(job)) {
		fprintf(stderr, "weir analyze: the report cannot be written: %s\n", strerror(errno)
		);
		ret = EXIT_FAILED;
	}
	job->analyze->alarms_found = job->analyze->alarms_found || r->alarms.n > 0;
	return ret;
}

static int analyze_file(struct analyze *a, const char *path) {
	struct job job = {.analyze = a};
	char error[CAPTURE_ERROR_MAX];
	int ret;

	if (capture_open(&job.capture, path, error) < 0) {
		fprintf(stderr, "weir analyze: %s\n", error);
		return EXIT_FAILED;
	}
	ret = analyze_capture(&job, path);
	alarm_list_free(&job.report.alarms);
	run_destroy(job.run);
	capture_close(job.capture);
	return ret;
}

static bool prepare(struct analyze *a) {
	const struct options *o = &a->options;
	char conf_error[CONFIG_ERROR_MAX], models_error[MODELS_ERROR_MAX];

	if (config_load(&a->conf, o->config_path, conf_error) < 0) {
		fprintf(stderr, "weir analyze: %s\n", conf_error);
		return false;
	}
	if (models_choose(&a->models, a->conf, o->model_path, o->n_models, models_error) < 0) {
		fprintf(stderr, "weir analyze: %s\n", models_error);
		return false;
	}
	return open_csv(&a->flows, o->flows_path, csv_flows_head)
		&& open_csv(&a->hosts, o->hosts_path, csv_hosts_head);
}

static int analyze_all(struct analyze *a, char **paths) {
	int ret = EXIT_OK;

	if (!prepare(a))
		return EXIT_FAILED;
	for (; *paths != NULL; paths++) {
		const int one = analyze_file(a, *paths);

		ret = one != EXIT_OK ? one : ret;
	}
	return ret;
}

int cmd_analyze(int argc, char **argv) {
	struct analyze a = {0};
	int files, ret;

	ret = parse_options(&a.options, argc, argv, &files);
	if (ret != EXIT_OK)
		return ret < 0 ? EXIT_OK : ret;
	ret = analyze_all(&a, &argv[files]);
	if (!close_csv(a.flows, a.options.flows_path) || !close_csv(a.hosts, a.options.hosts_path))
		ret = EXIT_FAILED;
	models_free(&a.models);
	config_free(a.conf);
	if (fflush(stdout) != 0 && ret == EXIT_OK) {
		fprintf(stderr, "weir analyze: the report cannot be written: %s\n", strerror(errno)
		);
		ret = EXIT_FAILED;
	}
	return ret == EXIT_OK && a.options.exit_code && a.alarms_found ? EXIT_ALARMS : ret;
}
