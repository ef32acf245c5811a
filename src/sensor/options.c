#include "sensor/options.h"

#include "sensor/sensor.h"

#include <getopt.h>

#define CONFIG_DEFAULT "/etc/weir/weir.json"

static const struct option table[] = {
	{"config", required_argument, NULL, 'c'},
	{"check-config", no_argument, NULL, 'n'},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static const char help_head[]
	= "weird: the Weir sensor. Sees every packet of its ports and reports attacks as events.\n"
	  "\n"
	  "Usage: weird [-c FILE] [--check-config] [-q | -v]\n"
	  "\n"
	  "  -c, --config FILE   configuration (default " CONFIG_DEFAULT ")\n"
	  "  -n, --check-config  say what it would do with it (ports, queues, cores, memory, what\n"
	  "                      raises an alarm), start nothing, change nothing\n"
	  "  -q, --quiet         only warnings and errors\n"
	  "  -v, --verbose       more\n"
	  "  -h, --help          this\n"
	  "  -V, --version       the version\n"
	  "\n"
	  "A first configuration: watch one interface, events as JSON lines on standard output\n"
	  "  {\"ports\": [{\"interface\": \"eth0\"}]}\n"
	  "An interface that this host uses is copied from (AF_PACKET); one that carries no "
	  "address\n"
	  "is taken over (AF_XDP), which is faster. A capture file instead of an interface is read "
	  "to\n"
	  "its end: {\"ports\": [{\"file\": \"trace.pcap\"}]}. `weir analyze FILE` does the same "
	  "and needs\n"
	  "neither DPDK nor root. Every setting is in weir.json(5).\n"
	  "\n"
	  "Signals\n"
	  "  INT, TERM  stop: take what is in the queues, hand over the last events. Twice: at "
	  "once\n"
	  "  HUP        read the configuration again; what needs a restart is said\n"
	  "  USR1       print the counters\n"
	  "\n"
	  "Exit status\n";

static const struct {
	int code;
	const char *meaning;
} exits[] = {
#define X(id, code, meaning) {code, meaning},
	SENSOR_EXITS(X)
#undef X
};

void options_help(FILE *out) {
	fputs(help_head, out);
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		fprintf(out, "  %d  %s\n", exits[i].code, exits[i].meaning);
	fputs("\nEvents and counters: weir(1), with the sensor's Redis: weir status, weir events\n",
	      out);
}

int options_parse(struct options *out, int argc, char **argv) {
	int c;

	*out = (struct options) {.config = CONFIG_DEFAULT};
	opterr = 0; // one line, and ours
	while ((c = getopt_long(argc, argv, "c:nqvhV", table, NULL)) != -1) {
		switch (c) {
		case 'c':
			out->config = optarg;
			out->config_given = true;
			break;
		case 'n':
			out->check_config = true;
			break;
		case 'q':
			out->quiet = true;
			break;
		case 'v':
			out->verbose = true;
			break;
		case 'h':
			out->help = true;
			break;
		case 'V':
			out->version = true;
			break;
		default:
			fprintf(stderr,
				"weird: %s: no such option, or its value is missing: see weird "
				"--help\n",
				argv[optind - 1]);
			return SENSOR_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"weird: \"%s\" is no option: a configuration goes after -c; see weird "
			"--help\n",
			argv[optind]);
		return SENSOR_USAGE;
	}
	return SENSOR_OK;
}
