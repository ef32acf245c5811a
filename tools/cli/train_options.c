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

// With fewer files a part of them is too much of what there is.
#define PARTS_FILES_LEAST 10
#define PARTS_USUAL 5

int train_fail(int rc, const char *format, ...) {
	va_list args;

	fputs("weir train: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return rc;
}

static const char usage[]
	= "Usage: weir train --rows flow|host -o MODEL [OPTION...] FILE...\n"
	  "       weir train --any|--features A,B,... -o MODEL [OPTION...] FILE...\n"
	  "\n"
	  "Make a model of what is normal in your network. Each FILE is a capture, or a CSV file "
	  "with a\n"
	  "column for each feature, as \"weir analyze --flows\" and \"--hosts\" write it; other "
	  "columns\n"
	  "are skipped. What you train on should be ordinary traffic: what is in it will not be "
	  "found\n"
	  "strange. A classifier is trained on CSV with a column that says of each row what it "
	  "is.\n"
	  "\n"
	  "  --rows flow|host      train on flows (weir.json: model.flow) or on hosts "
	  "(model.host)\n"
	  "  --any                 every column of the CSV files is a feature\n"
	  "  --features A,B,...    these columns are the features\n"
	  "  --kind KIND           what kind of model, see below (forest)\n"
	  "  -o, --output MODEL    the model file to write; it is replaced whole or not at all\n"
	  "  --rows-trained N      at most so many rows are learned from, drawn from all; 0: all\n"
	  "  --rows-per-file N     at most N rows of each file, evenly spaced, so that one long\n"
	  "                        capture does not drown the others\n"
	  "  --scaling HOW         standard (mean and deviation), robust (median and quartiles), "
	  "log\n"
	  "                        (logarithm first: for sizes, times and rates) or none "
	  "(standard); of\n"
	  "                        every kind but forest and ensemble\n"
	  "  --categories A,B,...  these features are codes (a protocol, say), not sizes\n"
	  "  --label COLUMN        the column with the class of each row, for classifiers\n"
	  "  --normal CLASS        the class that is no alarm (that named normal or benign)\n"
	  "  --member MODEL[:W]    of an ensemble: a model file and its weight (1); once for each\n"
	  "  --contamination X     share of the rows taken as strange, 0 to 0.5 (0); sets the\n"
	  "                        threshold that the model file keeps\n"
	  "  --hold-back X         share of the rows kept for calibration, 0 to 0.5 (0.2)\n"
	  "  --parts N             deal the files into N parts and let each be scored by a model "
	  "of\n"
	  "                        the others: that calibrates, for what has never been seen; no\n"
	  "                        row is held back then (5 with 10 files or more, else 0: rows "
	  "are)\n"
	  "  --flow-model MODEL    with --rows host and captures: counts strange flows as the\n"
	  "                        sensor will\n"
	  "  --seed N              the same rows and seed give the same file (1)\n"
	  "  --meta FILE           a JSON object to keep in the model file\n"
	  "  --json                one JSON object for the report\n"
	  "\n"
	  "Kinds, and the options that each has:\n";

static const char examples[]
	= "\n"
	  "Which one? A forest is the fastest and asks for nothing: begin with it. knn and lof see "
	  "small\n"
	  "groups of odd rows better and cost as many comparisons a row as they keep rows; ocsvm "
	  "draws\n"
	  "one smooth border; kitnet learns how features hang together. \"weir model info MODEL\" "
	  "shows\n"
	  "what has become of it.\n"
	  "\n"
	  "Examples:\n"
	  "  weir train --rows flow -o flow.weir monday.pcap tuesday.pcap.zst\n"
	  "  weir analyze monday.pcap --flows monday.csv && weir train --rows flow -o flow.weir "
	  "monday.csv\n"
	  "  weir train --kind ocsvm --nu 0.005 --scaling log --rows flow -o svm.weir monday.pcap\n"
	  "  weir train --kind linear --label class --any -o what.weir labelled.csv\n"
	  "\n"
	  "Exit status: 0 done, 1 not done (standard error says why), 2 the command line is "
	  "wrong.\n";

void train_help_print(void) {
	fputs(usage, stdout);
	kind_options_help();
	fputs(examples, stdout);
}

bool train_whole_read(const char *name, const char *text, uint64_t max, uint64_t *out) {
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

static bool rows_read(const char *text, int *rows) {
	if (strcmp(text, "flow") == 0)
		*rows = ROW_FLOW;
	else if (strcmp(text, "host") == 0)
		*rows = ROW_HOST;
	else
		return train_fail(false, "--rows %s: flow or host is allowed", text);
	return true;
}

// flow and host are what --kind said before there was more than one kind of model.
static bool kind_read(struct train_options *o, const char *text) {
	const struct model_kind_info *kind = model_kind_find(text);
	char all[256] = "";
	size_t n = 0;

	if (strcmp(text, "flow") == 0 || strcmp(text, "host") == 0)
		return rows_read(text, &o->rows);
	if (kind != NULL) {
		o->training.kind = kind;
		return true;
	}
	for (unsigned i = 0; (kind = model_kind_at(i)) != NULL && n < sizeof(all); i++)
		n += (size_t
		)snprintf(all + n, sizeof(all) - n, "%s%s", i > 0 ? ", " : "", kind->name);
	return train_fail(false, "--kind %s: there is %s", text, all);
}

static bool scaling_read(const char *text, int *out) {
	for (int i = 0; i < MODEL_SCALING_N; i++)
		if (strcmp(text, model_scaling_names[i]) == 0) {
			*out = i;
			return true;
		}
	return train_fail(false, "--scaling %s: standard, robust, log or none is allowed", text);
}

static bool member_add(struct train_options *o, const char *text) {
	if (o->n_members == MODEL_MEMBERS_MAX)
		return train_fail(false, "--member: at most %d", MODEL_MEMBERS_MAX);
	o->member[o->n_members++] = text;
	return true;
}

static bool kind_option_add(struct train_options *o, unsigned index, const char *text) {
	if (o->n_kind_options == KIND_OPTIONS_MAX)
		return train_fail(false, "--%s: too many options", kind_option_name(index));
	o->kind_option[o->n_kind_options++] = (struct kind_option) {kind_option_name(index), text};
	return true;
}

enum letter {
	ANY = 256,
	CATEGORIES,
	CONTAMINATION,
	FEATURES,
	FLOW_MODEL,
	HOLD_BACK,
	JSON,
	KIND,
	LABEL,
	MEMBER,
	META,
	NORMAL,
	PARTS,
	ROWS,
	ROWS_PER_FILE,
	ROWS_TRAINED,
	SCALING,
	SEED,
	OF_KIND, // and those of the kinds from here on
};

// @return where the text of such an option goes, or NULL
static const char **text_of(struct train_options *o, int letter) {
	switch (letter) {
	case CATEGORIES:
		return &o->categories;
	case FEATURES:
		return &o->features;
	case FLOW_MODEL:
		return &o->flow_model;
	case LABEL:
		return &o->label;
	case META:
		return &o->meta_file;
	case NORMAL:
		return &o->normal;
	case 'o':
		return &o->output;
	default:
		return NULL;
	}
}

static bool number_read(struct train_options *o, int letter, const char *text) {
	uint64_t n = 0;
	bool fine;

	switch (letter) {
	case CONTAMINATION:
		return share_read("contamination", text, &o->training.contamination);
	case HOLD_BACK:
		o->parts = o->parts < 0 ? 0 : o->parts; // whoever says it wants rows held back
		return share_read("hold-back", text, &o->training.hold_back);
	case PARTS:
		fine = train_whole_read("parts", text, MODEL_PARTS_MAX, &n);
		o->parts = (int64_t)n;
		return fine;
	case ROWS_PER_FILE:
		return train_whole_read("rows-per-file", text, ROWS_MAX, &o->rows_per_file);
	case ROWS_TRAINED:
		fine = train_whole_read("rows-trained", text, ROWS_MAX, &n);
		o->rows_max = (int64_t)n;
		return fine;
	case SEED:
		return train_whole_read("seed", text, UINT64_MAX, &o->training.seed);
	default:
		return kind_option_add(o, (unsigned)(letter - OF_KIND), text);
	}
}

// @return false: a message was given
static bool option_read(struct train_options *o, int letter, const char *text) {
	const char **at = text_of(o, letter);

	if (at != NULL) {
		*at = text;
		return true;
	}
	switch (letter) {
	case ANY:
		return o->any = true;
	case JSON:
		return o->json = true;
	case 'h':
		return o->help = true;
	case KIND:
		return kind_read(o, text);
	case MEMBER:
		return member_add(o, text);
	case ROWS:
		return rows_read(text, &o->rows);
	case SCALING:
		return scaling_read(text, &o->scaling);
	case '?':
		return false;
	default:
		return number_read(o, letter, text);
	}
}

static bool options_fit_kind(const struct train_options *o) {
	const struct model_kind_info *kind = o->training.kind;

	if (kind->classifies && o->label == NULL)
		return train_fail(
			false,
			"--kind %s: a classifier needs --label COLUMN: what is each row?",
			kind->name
		);
	if (!kind->classifies && (o->label != NULL || o->normal != NULL))
		return train_fail(false, "--label, --normal: %s is no classifier", kind->name);
	if (!kind->prepares && (o->scaling >= 0 || o->categories != NULL))
		return train_fail(
			false, "--scaling, --categories: %s takes rows as they are", kind->name
		);
	if (kind->combines != (o->n_members > 0))
		return train_fail(
			false, "--member MODEL: an ensemble is made of them, and nothing else is"
		);
	return true;
}

static bool options_complete(const struct train_options *o) {
	if ((o->rows >= 0) + o->any + (o->features != NULL) != 1)
		return train_fail(
			false, "say one of --rows flow, --rows host, --any, --features A,B,..."
		);
	if (o->output == NULL)
		return train_fail(false, "no -o MODEL: where shall the model go?");
	if (o->n_files == 0)
		return train_fail(false, "no FILE to train on: see weir train --help");
	if (o->flow_model != NULL && o->rows != ROW_HOST)
		return train_fail(false, "--flow-model: only with --rows host");
	return options_fit_kind(o);
}

// What is usual for the kind, then what was said.
static bool training_complete(struct train_options *o) {
	const struct model_training said = o->training;

	model_training_init(&o->training, said.kind);
	o->training.contamination = said.contamination;
	o->training.hold_back = said.hold_back;
	o->training.seed = said.seed;
	o->training.parts = o->parts >= 0	  ? (uint32_t)o->parts
		: o->n_files >= PARTS_FILES_LEAST ? PARTS_USUAL
						  : 0;
	if (o->rows_max >= 0)
		o->training.rows_max = (uint32_t)o->rows_max;
	if (o->scaling >= 0)
		o->training.scaling = (enum model_scaling)o->scaling;
	return kind_options_take(o);
}

static const struct option known[] = {
	{"any", no_argument, NULL, ANY},
	{"categories", required_argument, NULL, CATEGORIES},
	{"contamination", required_argument, NULL, CONTAMINATION},
	{"features", required_argument, NULL, FEATURES},
	{"flow-model", required_argument, NULL, FLOW_MODEL},
	{"help", no_argument, NULL, 'h'},
	{"hold-back", required_argument, NULL, HOLD_BACK},
	{"json", no_argument, NULL, JSON},
	{"kind", required_argument, NULL, KIND},
	{"label", required_argument, NULL, LABEL},
	{"member", required_argument, NULL, MEMBER},
	{"meta", required_argument, NULL, META},
	{"normal", required_argument, NULL, NORMAL},
	{"output", required_argument, NULL, 'o'},
	{"rows", required_argument, NULL, ROWS},
	{"parts", required_argument, NULL, PARTS},
	{"rows-per-file", required_argument, NULL, ROWS_PER_FILE},
	{"rows-trained", required_argument, NULL, ROWS_TRAINED},
	{"scaling", required_argument, NULL, SCALING},
	{"seed", required_argument, NULL, SEED},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

// Ours, those of the kinds, and an end.
static void options_join(struct option all[KNOWN + KIND_OPTIONS_MAX * 4 + 1]) {
	size_t n = KNOWN;
	const char *name;

	memcpy(all, known, sizeof(known));
	for (unsigned i = 0; (name = kind_option_name(i)) != NULL; i++)
		all[n++] = (struct option) {name, required_argument, NULL, OF_KIND + (int)i};
	all[n] = (struct option) {0};
}

bool train_options_read(struct train_options *o, int argc, char **argv) {
	struct option all[KNOWN + KIND_OPTIONS_MAX * 4 + 1];
	int letter;

	options_join(all);
	*o = (struct train_options) {.rows = -1, .scaling = -1, .rows_max = -1, .parts = -1};
	model_training_init(&o->training, model_kind_find("forest"));
	optind = 0; // the words before were read by main()
	while ((letter = cli_option(argc, argv, "o:h", all)) != -1)
		if (!option_read(o, letter, optarg))
			return false;
	o->n_files = argc - optind;
	o->files = argv + optind;
	return o->help || (options_complete(o) && training_complete(o));
}
