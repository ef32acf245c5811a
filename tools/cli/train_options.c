// The command line of weir train.
#include "cli.h"
#include "rows.h"
#include "train.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int train_fail(int rc, const char *format, ...) {
	va_list args;

	fputs("weir train: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return rc;
}

const char train_help[]
	= "Usage: weir train --kind flow|host -o MODEL [OPTION...] FILE...\n"
	  "       weir train --any|--features A,B,... -o MODEL [OPTION...] FILE...\n"
	  "\n"
	  "Make a model (an isolation forest) of what is normal in your network. Each FILE is a\n"
	  "capture, or a CSV file with a column for each feature, as \"weir analyze --flows\" and\n"
	  "\"--hosts\" write it; other columns are skipped. What you train on should be ordinary\n"
	  "traffic: what is in it will not be found strange.\n"
	  "\n"
	  "  --kind flow|host      train on flows (weir.json: model.flow) or on hosts "
	  "(model.host)\n"
	  "  --any                 every column of the CSV files is a feature\n"
	  "  --features A,B,...    these columns are the features\n"
	  "  -o, --output MODEL    the model file to write; it is replaced whole or not at all\n"
	  "  --trees N             1 to 1000 (100)\n"
	  "  --sample N            rows that a tree is grown from, 2 to 65536 (256)\n"
	  "  --contamination X     share of the rows taken as strange, 0 to 0.5 (0); sets the\n"
	  "                        threshold that the model file keeps\n"
	  "  --hold-back X         share of the rows kept for calibration, 0 to 0.5 (0.2)\n"
	  "  --rows-per-file N     at most N rows of each file, evenly spaced, so that one long\n"
	  "                        capture does not drown the others\n"
	  "  --flow-model MODEL    with --kind host and captures: counts strange flows as the\n"
	  "                        sensor will\n"
	  "  --seed N              the same rows and seed give the same file (1)\n"
	  "  --meta FILE           a JSON object to keep in the model file\n"
	  "  --json                one JSON object for the report\n"
	  "\n"
	  "Examples:\n"
	  "  weir train --kind flow -o flow.weir monday.pcap tuesday.pcap.zst\n"
	  "  weir analyze monday.pcap --flows monday.csv && weir train --kind flow -o flow.weir "
	  "monday.csv\n"
	  "\n"
	  "Exit status: 0 done, 1 not done (standard error says why), 2 the command line is "
	  "wrong.\n";

// @return false and a message where text is not a whole number of 0 .. max
static bool whole_read(const char *name, const char *text, uint64_t max, uint64_t *out) {
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out <= max)
		return true;
	train_fail(0, "--%s %s: a whole number up to %" PRIu64 " is allowed", name, text, max);
	return false;
}

static bool share_read(const char *name, const char *text, double *out) {
	char *end;

	*out = strtod(text, &end);
	if (end != text && *end == '\0' && *out >= 0 && *out <= 0.5)
		return true;
	train_fail(0, "--%s %s: a number from 0 to 0.5 is allowed", name, text);
	return false;
}

static bool kind_read(const char *text, int *kind) {
	if (strcmp(text, "flow") == 0)
		*kind = ROW_FLOW;
	else if (strcmp(text, "host") == 0)
		*kind = ROW_HOST;
	else
		return train_fail(false, "--kind %s: flow or host is allowed", text);
	return true;
}

static bool forest_option_read(struct forest_options *o, int letter, const char *text) {
	uint64_t n = 0;
	bool fine;

	switch (letter) {
	case 't':
		fine = whole_read("trees", text, 1000, &n);
		o->trees = (uint32_t)n;
		return fine;
	case 's':
		fine = whole_read("sample", text, 65536, &n);
		o->sample = (uint32_t)n;
		return fine;
	case 'c':
		return share_read("contamination", text, &o->contamination);
	case 'b':
		return share_read("hold-back", text, &o->hold_back);
	default:
		return whole_read("seed", text, UINT64_MAX, &o->seed);
	}
}

// @return false: a message was given
static bool option_read(struct train_options *o, int letter, const char *text) {
	switch (letter) {
	case 'k':
		return kind_read(text, &o->kind);
	case 'a':
		o->any = true;
		return true;
	case 'f':
		o->features = text;
		return true;
	case 'o':
		o->output = text;
		return true;
	case 'm':
		o->meta_file = text;
		return true;
	case 'w':
		o->flow_model = text;
		return true;
	case 'n':
		return whole_read("rows-per-file", text, ROWS_MAX, &o->rows_per_file);
	case 'j':
		o->json = true;
		return true;
	case 'h':
		o->help = true;
		return true;
	case '?':
		return false;
	default:
		return forest_option_read(&o->forest, letter, text);
	}
}

static bool options_complete(const struct train_options *o) {
	if ((o->kind >= 0) + o->any + (o->features != NULL) != 1)
		return train_fail(
			false, "say one of --kind flow, --kind host, --any, --features A,B,..."
		);
	if (o->output == NULL)
		return train_fail(false, "no -o MODEL: where shall the model go?");
	if (o->n_files == 0)
		return train_fail(false, "no FILE to train on: see weir train --help");
	if (o->flow_model != NULL && o->kind != ROW_HOST)
		return train_fail(false, "--flow-model: only with --kind host");
	return true;
}

bool train_options_read(struct train_options *o, int argc, char **argv) {
	static const struct option known[] = {
		{"kind", required_argument, NULL, 'k'},
		{"any", no_argument, NULL, 'a'},
		{"features", required_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'},
		{"trees", required_argument, NULL, 't'},
		{"sample", required_argument, NULL, 's'},
		{"contamination", required_argument, NULL, 'c'},
		{"hold-back", required_argument, NULL, 'b'},
		{"seed", required_argument, NULL, 'r'},
		{"rows-per-file", required_argument, NULL, 'n'},
		{"flow-model", required_argument, NULL, 'w'},
		{"meta", required_argument, NULL, 'm'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int letter;

	*o = (struct train_options) {.kind = -1, .forest = forest_defaults};
	optind = 0; // the words before were read by main()
	while ((letter = cli_option(argc, argv, "o:h", known)) != -1)
		if (!option_read(o, letter, optarg))
			return false;
	o->n_files = argc - optind;
	o->files = argv + optind;
	return o->help || options_complete(o);
}
