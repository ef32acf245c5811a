// weir evaluate: how often alarms tell the truth about a folder of labelled captures.
#include "evaluate.h"

#include "cli.h"
#include "progress.h"

#include <getopt.h>
#include <string.h>

#define MODELS_MAX 2
#define LABELS_FILES_MAX 8

static const char help[]
	= "Usage: weir evaluate [OPTION...] DIR --labels FILE.csv\n"
	  "       weir evaluate [OPTION...] --rows FILE.csv --label COLUMN --normal WORD\n"
	  "                     (--model MODEL | --score COLUMN)\n"
	  "\n"
	  "Analyse labelled captures and compare the alarms with the truth: which attacks were\n"
	  "detected, named right, aimed right, how soon, with how many alarms; what was raised on\n"
	  "quiet files; and how well the models tell the two apart. Each file is analysed for "
	  "itself,\n"
	  "from its path in DIR.\n"
	  "\n"
	  "  --labels FILE.csv   what is known of the captures: see below. May be given more than "
	  "once:\n"
	  "                      what a later one tells of a file stands for all that the others "
	  "tell\n"
	  "  --over CAPTURE      lay each file with an attack over this quiet capture, which "
	  "begins 20 s\n"
	  "                      before and goes on 20 s after, as far as it reaches\n"
	  "  --all               tell of every attack, not only of those that are not right\n"
	  "  --json              one JSON object\n"
	  "  --config FILE       take thresholds, networks and models from a weir.json\n"
	  "  --model FILE        score with this model, of flows or of hosts; may be given twice\n"
	  "  --types             print how words of a label's type become kinds of alarms\n"
	  "  --quiet             no progress bar\n"
	  "  --help              this text\n"
	  "\n"
	  "With --rows, of a table of flows or packets: how well scores tell rows apart.\n"
	  "  --rows FILE.csv     a row each, with a column for each feature of the model\n"
	  "  --label COLUMN      tells what the row is\n"
	  "  --normal WORD       what it says of quiet rows; all others are of attacks\n"
	  "  --score COLUMN      the scores, instead of a model's; rows without one are passed "
	  "over\n"
	  "\n"
	  "Columns of the labels, by name; others are passed over. A file may have several rows.\n"
	  "  file                the capture, from DIR on (needed)\n"
	  "  class               attack: all of the file is one; mixed: attacks among ordinary "
	  "traffic;\n"
	  "                      benign: none; parser: nothing is asked of it\n"
	  "  type                the attack in anyone's words, such as \"SYN flood\": see --types\n"
	  "  kind                the attack in Weir's words, \"|\" between several that are right\n"
	  "  target, source      addresses, prefixes or address:port, \"|\" between several\n"
	  "  packet_rule         free words; \"victim A\", \"target A\", \"A -> B\", \"host A\" "
	  "and \"infected A\"\n"
	  "                      tell target and source\n"
	  "  top_dst, top_dst_share  the busiest destination: the target where nothing else tells "
	  "it\n"
	  "  start, end          seconds since 1970, or \"+12.5\" from the first packet\n"
	  "  exclude             why this attack is not counted\n"
	  "\n"
	  "Not counted, and listed with the reason: attacks of fewer than 250 packets, and those "
	  "that\n"
	  "are not visible in headers, rates or sizes.\n"
	  "\n"
	  "Examples:\n"
	  "  weir evaluate captures --labels captures/labels.csv\n"
	  "  weir evaluate captures --labels l.csv --json | jq '.total, .quiet'\n"
	  "  printf 'file,kind,target\\na.pcap,syn_flood,10.0.0.5:80\\n' >l.csv && weir evaluate . "
	  "--labels l.csv\n"
	  "\n"
	  "Exit status:\n"
	  "  0  all captures were analysed\n"
	  "  1  the labels, a model or a configuration cannot be used, or a capture could not be "
	  "read\n"
	  "     to its end (the others are reported)\n"
	  "  2  the command line is wrong\n";

struct options {
	bool all, json, quiet, types;
	const char *labels_path[LABELS_FILES_MAX], *config_path, *folder, *over;
	unsigned n_labels;
	const char *model_path[MODELS_MAX];
	unsigned n_models;
	const char *rows_path, *label, *normal, *score;
};

static bool take_option(struct options *o, int option) {
	switch (option) {
	case 'a':
		o->all = true;
		return true;
	case 'j':
		o->json = true;
		return true;
	case 'q':
		o->quiet = true;
		return true;
	case 't':
		o->types = true;
		return true;
	case 'l':
		if (o->n_labels < LABELS_FILES_MAX) {
			o->labels_path[o->n_labels++] = optarg;
			return true;
		}
		fprintf(stderr, "weir evaluate: --labels: at most %d\n", LABELS_FILES_MAX);
		return false;
	case 'o':
		o->over = optarg;
		return true;
	case 'r':
		o->rows_path = optarg;
		return true;
	case 'L':
		o->label = optarg;
		return true;
	case 'n':
		o->normal = optarg;
		return true;
	case 's':
		o->score = optarg;
		return true;
	case 'c':
		o->config_path = optarg;
		return true;
	case 'm':
		if (o->n_models < MODELS_MAX) {
			o->model_path[o->n_models++] = optarg;
			return true;
		}
		fprintf(stderr, "weir evaluate: --model: give one for flows, one for hosts\n");
		return false;
	default: // cli_option() said what
		return false;
	}
}

static int check_rows(const struct options *o, int argc) {
	const char *wrong = optind < argc ? "--rows takes no DIR"
		: o->n_labels > 0	  ? "--labels is for captures, --label for rows"
		: o->label == NULL || o->normal == NULL ? "--rows needs --label and --normal"
		: (o->score != NULL) + o->n_models != 1 ? "--rows needs one --model, or --score"
							: NULL;

	if (wrong == NULL)
		return EXIT_OK;
	fprintf(stderr, "weir evaluate: %s. See weir evaluate --help\n", wrong);
	return EXIT_USAGE;
}

// @return EXIT_OK; -1: help was asked for and given
static int parse_options(struct options *o, int argc, char **argv) {
	static const struct option known[] = {
		{"labels", required_argument, NULL, 'l'},
		{"rows", required_argument, NULL, 'r'},
		{"label", required_argument, NULL, 'L'},
		{"normal", required_argument, NULL, 'n'},
		{"score", required_argument, NULL, 's'},
		{"over", required_argument, NULL, 'o'},
		{"all", no_argument, NULL, 'a'},
		{"json", no_argument, NULL, 'j'},
		{"config", required_argument, NULL, 'c'},
		{"model", required_argument, NULL, 'm'},
		{"types", no_argument, NULL, 't'},
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
	if (o->types)
		return EXIT_OK;
	if (o->rows_path != NULL)
		return check_rows(o, argc);
	if (argc - optind != 1 || o->n_labels == 0) {
		fprintf(stderr,
			"weir evaluate: %s See weir evaluate --help\n",
			argc - optind == 0	     ? "which DIR?"
				: argc - optind != 1 ? "give one DIR."
						     : "--labels FILE.csv is missing.");
		return EXIT_USAGE;
	}
	o->folder = argv[optind];
	return EXIT_OK;
}

static void print_types(void) {
	struct truth_type type;

	puts("The first row that fits a type decides: all words of one of its alternatives, in any "
	     "order.\n");
	for (size_t i = 0; truth_type_get(i, &type); i++) {
		printf("%-22s %s\n", type.group, type.words);
		if (type.kinds[0] != '\0')
			printf("%22s right: %s\n", "", type.kinds);
		if (type.note != NULL)
			printf("%22s loose: %s\n", "", type.note);
		if (type.excluded != NULL)
			printf("%22s excluded: %s\n", "", type.excluded);
	}
	puts("\nBefore it: \"amplification\" or \"reflection\" with a service's name is that "
	     "service's kind.");
}

static bool prepare(struct evaluation *e, const struct options *o) {
	char conf_error[CONFIG_ERROR_MAX], models_error[MODELS_ERROR_MAX], error[CSV_ERROR_MAX];

	for (unsigned i = 0; i < o->n_labels; i++)
		if (labels_read(&e->labels, o->labels_path[i], error) < 0) {
			fprintf(stderr, "weir evaluate: %s\n", error);
			return false;
		}
	if (config_load(&e->conf, o->config_path, conf_error) < 0) {
		fprintf(stderr, "weir evaluate: %s\n", conf_error);
		return false;
	}
	if (models_choose(&e->models, e->conf, o->model_path, o->n_models, models_error) < 0) {
		fprintf(stderr, "weir evaluate: %s\n", models_error);
		return false;
	}
	e->folder = o->folder;
	e->over = o->over;
	if (evaluation_plan(e, error) < 0) {
		fprintf(stderr, "weir evaluate: %s\n", error);
		return false;
	}
	return true;
}

// @return false: one of them could not be read to its end
static bool run_all(struct evaluation *e, bool quiet) {
	struct progress progress;
	uint64_t packets = 0;
	bool ok = true;

	progress_begin(&progress, !quiet);
	for (size_t i = 0; i < e->n_files; i++) {
		evaluation_run(e, &e->file[i]);
		packets += e->file[i].packets;
		ok = ok && e->file[i].failed == NULL;
		progress_show(&progress, (double)(i + 1) / (double)e->n_files, packets);
	}
	progress_end(&progress);
	judged_rows_flush(&e->flows);
	judged_rows_flush(&e->hosts);
	return ok;
}

static int run_rows(const struct options *o) {
	static struct judged_rows rows; // too large for a stack
	struct evaluate_rows conf = {.label = o->label, .normal = o->normal, .score = o->score};
	char error[CSV_ERROR_MAX], why[MODEL_ERROR_MAX];
	struct model *model = NULL;
	int ret = EXIT_FAILED;

	if (o->n_models > 0 && model_load(&model, o->model_path[0], why) < 0) {
		fprintf(stderr, "weir evaluate: model %s: %s\n", o->model_path[0], why);
		return EXIT_FAILED;
	}
	conf.model = model;
	if (evaluate_rows(&rows, &conf, o->rows_path, error) < 0)
		fprintf(stderr, "weir evaluate: %s\n", error);
	else if ((o->json ? judged_rows_print_json : judged_rows_print_text)(stdout, "rows", &rows))
		ret = EXIT_OK;
	judged_rows_free(&rows);
	model_destroy(model);
	return ret;
}

int cmd_evaluate(int argc, char **argv) {
	static struct evaluation e; // its batches of rows are too large for a stack
	struct options options;
	int ret = parse_options(&options, argc, argv);

	if (ret != EXIT_OK)
		return ret < 0 ? EXIT_OK : ret;
	if (options.types) {
		print_types();
		return EXIT_OK;
	}
	if (options.rows_path != NULL)
		return run_rows(&options);
	ret = EXIT_FAILED;
	if (prepare(&e, &options)) {
		ret = run_all(&e, options.quiet) ? EXIT_OK : EXIT_FAILED;
		if (!(options.json ? evaluation_print_json(stdout, &e)
				   : evaluation_print_text(stdout, &e, options.all)))
			ret = EXIT_FAILED;
	}
	evaluation_free(&e);
	models_free(&e.models);
	config_free(e.conf);
	return ret;
}
