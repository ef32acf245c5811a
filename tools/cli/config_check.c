// weir config check, weir config print
#include "cli.h"
#include "config/config.h"

#include <jansson.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char check_help[]
	= "Usage: weir config check [--json] FILE\n"
	  "\n"
	  "Read FILE as the sensor would and say whether it is right. The first mistake is\n"
	  "named with file, line, setting and what is allowed. What the file names (models,\n"
	  "interfaces, the Redis server) is not looked at: \"weird --check-config -c FILE\"\n"
	  "does that on the machine of the sensor.\n"
	  "\n"
	  "  --json    one JSON object: {\"type\":\"config\",\"ok\":...}\n"
	  "\n"
	  "Example:\n"
	  "  weir config check /etc/weir/weir.json\n"
	  "\n"
	  "Exit status: 0 right, 1 wrong or not readable, 2 the command line is wrong.\n";

static const char print_help[]
	= "Usage: weir config print [--json]\n"
	  "\n"
	  "Print every setting with its default and what is allowed.\n"
	  "\n"
	  "  --json    a configuration file that holds every default, to start from\n"
	  "\n"
	  "Example:\n"
	  "  weir config print --json >weir.json\n"
	  "\n"
	  "Exit status: 0 done, 1 it could not be printed, 2 the command line is wrong.\n";

struct options {
	bool json;
	bool help;
};

// @return 0, or EXIT_USAGE: cli_option() has said why
static int options_read(struct options *out, int argc, char **argv) {
	static const struct option known[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int letter;

	*out = (struct options) {0};
	optind = 0; // the words before were read by main()
	while ((letter = cli_option(argc, argv, "h", known)) != -1) {
		if (letter == 'j')
			out->json = true;
		else if (letter == 'h')
			out->help = true;
		else
			return EXIT_USAGE;
	}
	return 0;
}

static int print_json(json_t *object) {
	const int ret = object != NULL ? json_dumpf(object, stdout, JSON_COMPACT) : -1;

	json_decref(object);
	if (ret < 0)
		return EXIT_FAILED;
	putchar('\n');
	return EXIT_OK;
}

static json_t *verdict_json(const char *file, bool ok) {
	json_t *object = json_object();

	json_object_set_new(object, "type", json_string("config"));
	json_object_set_new(object, "file", json_string(file));
	json_object_set_new(object, "ok", json_boolean(ok));
	return object;
}

// The line stands in the error after the file's name; where there is none, the file could not
// be read at all.
static int report_wrong(const char *file, const char *error, bool json) {
	const size_t n = strlen(file);
	json_t *object;
	long line = 0;

	if (strncmp(error, file, n) == 0 && error[n] == ':')
		line = strtol(&error[n + 1], NULL, 10);
	if (!json) {
		fprintf(stderr, "%s\n", error);
		return EXIT_FAILED;
	}
	object = verdict_json(file, false);
	json_object_set_new(object, "line", line > 0 ? json_integer(line) : json_null());
	json_object_set_new(object, "error", json_string(error));
	print_json(object);
	return EXIT_FAILED;
}

static unsigned kinds_enabled(const struct conf *conf) {
	unsigned n = 0;

	for (unsigned kind = 0; kind < KIND_N; kind++)
		n += conf->detect.kind[kind].enabled;
	return n;
}

static const char *events_to(const struct conf *conf) {
	const struct publish_conf *publish = &conf->publish;

	if (publish->redis_socket[0] != '\0')
		return publish->redis_socket;
	if (publish->redis_host[0] != '\0')
		return publish->redis_host;
	return strcmp(publish->file, "-") == 0 ? "standard output" : publish->file;
}

static int report_right(const char *file, const struct conf *conf, bool json) {
	json_t *object;

	if (!json) {
		printf("%s: right: sensor %s, %u port%s, %u network%s, %u of %u kinds of alarm, "
		       "events to %s\n",
		       file,
		       conf->sensor,
		       conf->n_ports,
		       conf->n_ports == 1 ? "" : "s",
		       conf->detect.n_networks,
		       conf->detect.n_networks == 1 ? "" : "s",
		       kinds_enabled(conf),
		       KIND_N,
		       events_to(conf));
		if (conf->n_ports == 0)
			puts("it names no port: enough for weir, but weird needs at least one");
		return EXIT_OK;
	}
	object = verdict_json(file, true);
	json_object_set_new(object, "sensor", json_string(conf->sensor));
	json_object_set_new(object, "ports", json_integer(conf->n_ports));
	json_object_set_new(object, "networks", json_integer(conf->detect.n_networks));
	json_object_set_new(object, "kinds", json_integer(kinds_enabled(conf)));
	json_object_set_new(object, "events", json_string(events_to(conf)));
	return print_json(object);
}

int cmd_config_check(int argc, char **argv) {
	char error[CONFIG_ERROR_MAX];
	struct options options;
	struct conf *conf;
	int status = options_read(&options, argc, argv);

	if (status != 0)
		return status;
	if (options.help) {
		fputs(check_help, stdout);
		return EXIT_OK;
	}
	if (argc - optind != 1) {
		fputs("weir config check: needs exactly one FILE: see weir help config check\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (config_load(&conf, argv[optind], error) < 0)
		return report_wrong(argv[optind], error, options.json);
	status = report_right(argv[optind], conf, options.json);
	config_free(conf);
	return status;
}

int cmd_config_print(int argc, char **argv) {
	struct options options;
	const int status = options_read(&options, argc, argv);

	if (status != 0)
		return status;
	if (options.help) {
		fputs(print_help, stdout);
		return EXIT_OK;
	}
	if (argc != optind) {
		fputs("weir config print: takes no file: it prints the defaults\n", stderr);
		return EXIT_USAGE;
	}
	if (options.json)
		config_print_defaults_json(stdout);
	else
		config_print_text(stdout);
	return EXIT_OK;
}
