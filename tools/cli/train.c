// weir train: a model from normal traffic.
#include "cli.h"
#include "model/model.h"
#include "rows.h"

#include <weir/feature.h>

#include <jansson.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[]
	= "Usage: weir train --kind flow|host -o MODEL [OPTION...] FILE...\n"
	  "       weir train --any|--features A,B,... -o MODEL [OPTION...] FILE...\n"
	  "\n"
	  "Make a model (an isolation forest) of what is normal in your network. Each FILE is a\n"
	  "capture, or a CSV file with a column for each feature, as \"weir analyze --flows\" and\n"
	  "\"--hosts\" write it; other columns are skipped. What you train on should be ordinary\n"
	  "traffic: what is in it will not be found strange.\n"
	  "\n"
	  "  --kind flow|host      train on flows (weir.json: models.flow) or on hosts "
	  "(models.host)\n"
	  "  --any                 every column of the CSV files is a feature\n"
	  "  --features A,B,...    these columns are the features\n"
	  "  -o, --output MODEL    the model file to write; it is replaced whole or not at all\n"
	  "  --trees N             1 to 1000 (100)\n"
	  "  --sample N            rows that a tree is grown from, 2 to 65536 (256)\n"
	  "  --contamination X     share of the rows taken as strange, 0 to 0.5 (0); sets the\n"
	  "                        threshold that the model file keeps\n"
	  "  --hold-back X         share of the rows kept for calibration, 0 to 0.5 (0.2)\n"
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

struct options {
	int kind; // enum row_kind, -1 none
	bool any;
	bool json;
	bool help;
	const char *features;
	const char *output;
	const char *meta_file;
	struct forest_options forest;
	int n_files;
	char **files;
};

[[gnu::format(printf, 2, 3)]] static int fail(int rc, const char *format, ...) {
	va_list args;

	fputs("weir train: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return rc;
}

// @return false and a message where text is not a whole number of 0 .. max
static bool whole_read(const char *name, const char *text, uint64_t max, uint64_t *out) {
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out <= max)
		return true;
	fail(0, "--%s %s: a whole number up to %" PRIu64 " is allowed", name, text, max);
	return false;
}

static bool share_read(const char *name, const char *text, double *out) {
	char *end;

	*out = strtod(text, &end);
	if (end != text && *end == '\0' && *out >= 0 && *out <= 0.5)
		return true;
	fail(0, "--%s %s: a number from 0 to 0.5 is allowed", name, text);
	return false;
}

static bool kind_read(const char *text, int *kind) {
	if (strcmp(text, "flow") == 0)
		*kind = ROW_FLOW;
	else if (strcmp(text, "host") == 0)
		*kind = ROW_HOST;
	else
		return fail(false, "--kind %s: flow or host is allowed", text);
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
static bool option_read(struct options *o, int letter, const char *text) {
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

static bool options_complete(const struct options *o) {
	if ((o->kind >= 0) + o->any + (o->features != NULL) != 1)
		return fail(
			false, "say one of --kind flow, --kind host, --any, --features A,B,..."
		);
	if (o->output == NULL)
		return fail(false, "no -o MODEL: where shall the model go?");
	if (o->n_files == 0)
		return fail(false, "no FILE to train on: see weir train --help");
	return true;
}

static bool options_read(struct options *o, int argc, char **argv) {
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
		{"meta", required_argument, NULL, 'm'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int letter;

	*o = (struct options) {.kind = -1, .forest = forest_defaults};
	optind = 0; // the words before were read by main()
	while ((letter = getopt_long(argc, argv, "o:h", known, NULL)) != -1)
		if (!option_read(o, letter, optarg))
			return false;
	o->n_files = argc - optind;
	o->files = argv + optind;
	return o->help || options_complete(o);
}

static void names_of_kind(struct rows *rows, int kind) {
	const struct feature_info *info = kind == ROW_FLOW ? flow_feature_info : host_feature_info;
	const uint32_t n = kind == ROW_FLOW ? FLOW_FEATURE_N : HOST_FEATURE_N;

	for (uint32_t i = 0; i < n; i++)
		rows_name_add(rows, info[i].name, strlen(info[i].name));
}

static bool names_of_list(struct rows *rows, const char *list) {
	for (const char *at = list;; at++) {
		const size_t n = strcspn(at, ",");

		if (!rows_name_add(rows, at, n))
			return fail(
				false,
				"--features: \"%.*s\": 1 to %d bytes, each once, at most %d",
				(int)n,
				at,
				MODEL_NAME_MAX - 1,
				MODEL_FEATURES_MAX
			);
		at += n;
		if (*at == '\0')
			return true;
	}
}

static int file_read(struct rows *rows, const struct options *o, const char *path) {
	char error[ROWS_ERROR_MAX];
	int rc;

	if (!rows_is_capture(path))
		rc = rows_read_csv(rows, path, error);
	else if (o->kind >= 0)
		rc = rows_read_capture(rows, (enum row_kind)o->kind, path, error);
	else
		return fail(
			-1, "%s: a capture gives flows or hosts: say --kind flow or host", path
		);
	return rc < 0 ? fail(rc, "%s", error) : 0;
}

// What the model keeps of a file: its name without the folders of this machine.
static json_t *file_json(const char *path, size_t n_rows) {
	const char *slash = strrchr(path, '/');

	return json_pack(
		"{s:s, s:I}", "name", slash != NULL ? slash + 1 : path, "rows", (json_int_t)n_rows
	);
}

static int files_read(struct rows *rows, const struct options *o, json_t *files) {
	const bool shown = isatty(STDERR_FILENO) == 1;

	for (int i = 0; i < o->n_files; i++) {
		const size_t before = rows->n;

		if (shown)
			fprintf(stderr, "\r\033[K%d of %d: %s", i + 1, o->n_files, o->files[i]);
		if (file_read(rows, o, o->files[i]) < 0)
			return -1;
		json_array_append_new(files, file_json(o->files[i], rows->n - before));
	}
	if (shown)
		fprintf(stderr, "\r\033[Kgrowing %u trees on %zu rows\n", o->forest.trees, rows->n);
	return 0;
}

// The operator's own object, with the list of files added.
static json_t *made_read(const struct options *o) {
	json_error_t fault;
	json_t *made;

	if (o->meta_file == NULL)
		return json_object();
	made = json_load_file(o->meta_file, JSON_REJECT_DUPLICATES, &fault);
	if (json_is_object(made))
		return made;
	fail(0,
	     "%s:%d: %s",
	     o->meta_file,
	     made == NULL ? fault.line : 1,
	     made == NULL ? fault.text : "not a JSON object");
	json_decref(made);
	return NULL;
}

static void report_text(const struct model_info *info, json_t *meta, const char *output) {
	const json_t *raw = json_object_get(meta, "raw_scores"), *value;
	const json_t *threshold = json_object_get(meta, "threshold");
	const char *name;

	printf("rows       %lld: %lld trained on, %lld held back\n",
	       (long long)json_integer_value(json_object_get(meta, "rows")),
	       (long long)json_integer_value(json_object_get(meta, "rows_trained")),
	       (long long)json_integer_value(json_object_get(meta, "rows_held_back")));
	printf("forest     %lld trees of %lld rows, %u features, seed %s\n",
	       (long long)json_integer_value(json_object_get(meta, "trees")),
	       (long long)json_integer_value(json_object_get(meta, "sample")),
	       info->n_features,
	       json_string_value(json_object_get(meta, "seed")));
	printf("raw score  of the %s:", json_string_value(json_object_get(meta, "calibrated_on")));
	json_object_foreach((json_t *)raw, name, value)
		printf(" %s %.3f", name, json_real_value(value));
	putchar('\n');
	if (json_is_real(threshold))
		printf("threshold  %.4f\n", json_real_value(threshold));
	printf("model      %s, %zu bytes, crc32c %08x\n", output, info->bytes, info->crc);
}

static int report(const struct model *m, const struct options *o) {
	struct model_info info;
	json_t *meta, *line;
	int rc = EXIT_OK;

	model_info(m, &info);
	meta = json_loads(info.meta, 0, NULL);
	if (!o->json) {
		report_text(&info, meta, o->output);
		json_decref(meta);
		return rc;
	}
	line = json_pack(
		"{s:s, s:s, s:I, s:I, s:O}",
		"type",
		"model",
		"file",
		o->output,
		"bytes",
		(json_int_t)info.bytes,
		"crc32c",
		(json_int_t)info.crc,
		"meta",
		meta
	);
	if (line == NULL || json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) < 0)
		rc = EXIT_FAILED;
	putchar('\n');
	json_decref(line);
	json_decref(meta);
	return rc;
}

static int train(const struct rows *rows, struct options *o, json_t *made) {
	const char *names[MODEL_FEATURES_MAX];
	char error[MODEL_ERROR_MAX], *meta = json_dumps(made, JSON_COMPACT);
	struct model *m = NULL;
	int rc;

	for (uint32_t i = 0; i < rows->n_features; i++)
		names[i] = rows->names[i];
	o->forest.meta = meta;
	rc = forest_train(&m, rows->value, rows->n, names, rows->n_features, &o->forest, error);
	free(meta);
	if (rc < 0)
		return fail(EXIT_FAILED, "%s", error);
	rc = model_save(m, o->output, error);
	rc = rc < 0 ? fail(EXIT_FAILED, "%s: %s", o->output, error) : report(m, o);
	model_destroy(m);
	return rc;
}

int cmd_train(int argc, char **argv) {
	struct options o;
	struct rows rows = {0};
	json_t *made, *files;
	int rc = EXIT_FAILED;

	if (!options_read(&o, argc, argv))
		return EXIT_USAGE;
	if (o.help)
		return fputs(help, stdout) >= 0 ? EXIT_OK : EXIT_FAILED;
	if (o.kind >= 0)
		names_of_kind(&rows, o.kind);
	if (o.features != NULL && !names_of_list(&rows, o.features))
		return EXIT_USAGE;
	made = made_read(&o);
	if (made == NULL)
		return EXIT_FAILED;
	files = json_array();
	json_object_set_new(made, "files", files);
	if (files_read(&rows, &o, files) == 0)
		rc = train(&rows, &o, made);
	json_decref(made);
	rows_free(&rows);
	return rc;
}
