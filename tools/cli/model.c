// weir model: what model files are.
#include "model/model.h"

#include "cli.h"

#include <jansson.h>

#include <dirent.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".weir"

static const char info_help[] = "Usage: weir model info [--json] MODEL...\n"
				"\n"
				"Tell what a model file is: its kind and settings, how and from "
				"how many rows it was made, its\n"
				"features with an ordinary value of each, its classes, and how its "
				"scores lie. The file is read\n"
				"as the sensor reads it: what is told here loads there.\n"
				"\n"
				"  --json   one JSON object a model\n"
				"\n"
				"Example:\n"
				"  weir model info conf/models/flow.weir\n"
				"\n"
				"Exit status: 0 done, 1 a file is no model (standard error says "
				"why), 2 the command line is\n"
				"wrong.\n";

static const char list_help[]
	= "Usage: weir model list [--json] FOLDER|MODEL...\n"
	  "\n"
	  "List model files, one a line: kind, features, rows trained on, size, checksum, file. Of "
	  "a FOLDER\n"
	  "all that end in .weir, by name.\n"
	  "\n"
	  "  --json   one JSON object a model, as \"weir model info --json\"\n"
	  "\n"
	  "Example:\n"
	  "  weir model list conf/models\n"
	  "\n"
	  "Exit status: 0 done, 1 a file is no model (standard error says why), 2 the command line "
	  "is\n"
	  "wrong.\n";

struct asked {
	const char *command;
	bool json, help;
	int n;
	char **paths;
};

// @return false: a message was given
static bool asked_read(struct asked *a, int argc, char **argv) {
	static const struct option known[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int letter;

	*a = (struct asked) {.command = argv[0]};
	optind = 0; // the words before were read by main()
	while ((letter = cli_option(argc, argv, "h", known)) != -1) {
		a->json |= letter == 'j';
		a->help |= letter == 'h';
		if (letter == '?')
			return false;
	}
	a->n = argc - optind;
	a->paths = argv + optind;
	if (a->n > 0 || a->help)
		return true;
	fprintf(stderr, "weir %s: no MODEL: which file? See weir help %s\n", argv[0], argv[0]);
	return false;
}

static json_t *describe(const struct model *m) {
	char *text = model_describe(m);
	json_t *about = json_loads(text, 0, NULL);

	free(text);
	return about;
}

static json_t *features_json(const struct model_info *info) {
	json_t *features = json_array();

	for (uint32_t i = 0; i < info->n_features; i++)
		json_array_append_new(
			features,
			json_pack(
				"{s:s, s:o}",
				"name",
				info->feature_names[i],
				"ordinary",
				info->baseline != NULL ? json_real((double)info->baseline[i])
						       : json_null()
			)
		);
	return features;
}

static json_t *classes_json(const struct model *m, const struct model_info *info) {
	json_t *classes = json_array();

	for (uint32_t c = 0; c < info->n_classes; c++)
		json_array_append_new(classes, json_string(model_class_name(m, c)));
	return classes;
}

static int json_print(const struct model *m, const char *path) {
	struct model_info info;
	json_t *object;
	int rc = EXIT_OK;

	model_info(m, &info);
	object = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}",
		"type",
		"model",
		"file",
		path,
		"kind",
		info.kind_name,
		"bytes",
		(json_int_t)info.bytes,
		"crc32c",
		(json_int_t)info.crc,
		"about",
		describe(m),
		"features",
		features_json(&info),
		"classes",
		classes_json(m, &info),
		"meta",
		json_loads(info.meta, 0, NULL)
	);
	if (object == NULL || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0)
		rc = EXIT_FAILED;
	putchar('\n');
	json_decref(object);
	return rc;
}

// Texts of a file may hold anything: no escape sequences for a terminal.
static void text_print(const char *key, const char *text, int width) {
	for (; *key != '\0'; key++, width--)
		putchar(*key >= ' ' && *key <= '~' ? *key : '?');
	for (; width > 0; width--)
		putchar(' ');
	for (; *text != '\0'; text++)
		putchar(*text >= ' ' && *text <= '~' ? *text : '?');
	putchar('\n');
}

// In one line: "kind forest, weight 2", "0 1 5".
static void inner_print(FILE *out, const json_t *value) {
	const char *between = "", *key;
	json_t *inner;
	size_t i;

	if (json_is_string(value))
		fputs(json_string_value(value), out);
	else if (json_is_integer(value))
		fprintf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_number(value))
		fprintf(out, "%.6g", json_number_value(value));
	json_array_foreach(value, i, inner) {
		fputs(i > 0 ? " " : "", out);
		inner_print(out, inner);
	}
	json_object_foreach((json_t *)value, key, inner) {
		fprintf(out, "%s%s ", between, key);
		inner_print(out, inner);
		between = ", ";
	}
}

// Each element in a line of its own.
static void list_print(const char *key, const json_t *list) {
	const json_t *value;
	size_t i;

	json_array_foreach(list, i, value) {
		size_t n;
		char *text = NULL;
		FILE *out = open_memstream(&text, &n);

		if (out == NULL)
			return;
		inner_print(out, value);
		fclose(out);
		fputs("  ", stdout);
		text_print(key, text, 20);
		free(text);
	}
}

static void value_print(const char *key, const json_t *value) {
	char number[40];

	if (json_is_array(value)) {
		list_print(key, value);
		return;
	}

	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	else
		snprintf(number, sizeof(number), "%.6g", json_number_value(value));
	if (!json_is_number(value) && !json_is_string(value))
		return;
	fputs("  ", stdout);
	text_print(key, json_is_string(value) ? json_string_value(value) : number, 20);
}

// Values of an object that are numbers or words; what is not in `known`.
static void values_print(const json_t *object, const json_t *known) {
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) if (json_object_get(known, key) == NULL)
		value_print(key, value);
}

static void meta_print(const json_t *meta, const json_t *about) {
	json_t *shown = json_copy((json_t *)about), *raw = json_object_get(meta, "raw_scores");

	json_object_set_new(shown, "kind", json_null());
	puts("made");
	values_print(meta, shown);
	if (raw != NULL && json_object_size(raw) > 0) {
		puts("raw scores of what calibrated it");
		values_print(raw, NULL);
	}
	json_decref(shown);
}

static void features_print(const struct model_info *info) {
	printf("%u features, and an ordinary value of each\n", info->n_features);
	for (uint32_t i = 0; i < info->n_features; i++)
		if (info->baseline != NULL)
			printf("  %-19s %.6g\n", info->feature_names[i], (double)info->baseline[i]);
		else
			printf("  %-19s -\n", info->feature_names[i]);
}

static void classes_print(const struct model *m, const struct model_info *info) {
	if (info->n_classes == 0)
		return;
	printf("%u classes\n", info->n_classes);
	for (uint32_t c = 0; c < info->n_classes; c++)
		printf("  %s%s\n",
		       model_class_name(m, c),
		       c == info->normal_class ? " (no alarm)" : "");
}

static int info_print(const struct model *m, const char *path) {
	json_t *about = describe(m), *meta;
	struct model_info info;

	model_info(m, &info);
	meta = json_loads(info.meta, 0, NULL);
	printf("%s\n  %s: %s\n", path, info.kind_name, model_kind_find(info.kind_name)->about);
	printf("  %zu bytes, crc32c %08x\n", info.bytes, info.crc);
	puts("settings");
	values_print(about, NULL);
	meta_print(meta, about);
	classes_print(m, &info);
	features_print(&info);
	json_decref(meta);
	json_decref(about);
	return EXIT_OK;
}

static int line_print(const struct model *m, const char *path) {
	struct model_info info;
	json_t *meta;

	model_info(m, &info);
	meta = json_loads(info.meta, 0, NULL);
	printf("%-10s %3u features %9lld rows %9zu bytes  %08x  %s\n",
	       info.kind_name,
	       info.n_features,
	       (long long)json_integer_value(json_object_get(meta, "rows_trained")),
	       info.bytes,
	       info.crc,
	       path);
	json_decref(meta);
	return EXIT_OK;
}

typedef int printer(const struct model *, const char *path);

static int one(const struct asked *a, const char *path, printer *print) {
	char error[MODEL_ERROR_MAX];
	struct model *m;
	int rc;

	if (model_load(&m, path, error) < 0) {
		fprintf(stderr, "weir %s: %s: %s\n", a->command, path, error);
		return EXIT_FAILED;
	}
	rc = (a->json ? json_print : print)(m, path);
	model_destroy(m);
	return rc;
}

static int is_model_name(const struct dirent *entry) {
	const size_t n = strlen(entry->d_name);

	return n > strlen(SUFFIX) && strcmp(entry->d_name + n - strlen(SUFFIX), SUFFIX) == 0;
}

// All model files of a folder; something that is none is told, and the others follow.
static int folder(const struct asked *a, const char *path) {
	struct dirent **entry;
	const int n = scandir(path, &entry, is_model_name, alphasort);
	int worst = EXIT_OK;

	if (n < 0) {
		fprintf(stderr, "weir %s: %s: %m\n", a->command, path);
		return EXIT_FAILED;
	}
	for (int i = 0; i < n; i++) {
		char *inside = NULL;

		if (asprintf(&inside, "%s/%s", path, entry[i]->d_name) < 0
		    || one(a, inside, line_print) != EXIT_OK)
			worst = EXIT_FAILED;
		free(inside);
		free(entry[i]);
	}
	free(entry);
	return worst;
}

static int each(const struct asked *a, printer *print, bool folders) {
	int worst = EXIT_OK;

	for (int i = 0; i < a->n; i++) {
		struct stat st;
		const bool is_folder
			= folders && stat(a->paths[i], &st) == 0 && S_ISDIR(st.st_mode);
		const int rc = is_folder ? folder(a, a->paths[i]) : one(a, a->paths[i], print);

		worst = rc > worst ? rc : worst;
	}
	return worst;
}

int cmd_model_info(int argc, char **argv) {
	struct asked a;

	if (!asked_read(&a, argc, argv))
		return EXIT_USAGE;
	if (a.help)
		return fputs(info_help, stdout) >= 0 ? EXIT_OK : EXIT_FAILED;
	return each(&a, info_print, false);
}

int cmd_model_list(int argc, char **argv) {
	struct asked a;

	if (!asked_read(&a, argc, argv))
		return EXIT_USAGE;
	if (a.help)
		return fputs(list_help, stdout) >= 0 ? EXIT_OK : EXIT_FAILED;
	return each(&a, line_print, true);
}
