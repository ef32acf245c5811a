// The command line of weir analyze.
#include "analyze.h"
#include "cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

static const char help[]
	= "Usage: weir analyze [OPTION...] FILE...\n"
	  "\n"
	  "Find attacks in captures (pcap or pcapng), in Wireshark's packet list exported as CSV, "
	  "and "
	  "strange flows\n"
	  "in tables of flows (CSV). All may be packed by gzip, xz, zstd, bzip2 or lz4; \"-\" is "
	  "standard input. What\n"
	  "a file is, its first bytes and column names tell. Each file is analysed for itself, in "
	  "the "
	  "time of its packets.\n"
	  "\n"
	  "  --full              each alarm with its evidence, not in one line\n"
	  "  --json              one JSON object a line: alarms, then a summary\n"
	  "  --transitions       with --json: an alarm's opening, updates and end, as the sensor\n"
	  "                      publishes them, not its end alone\n"
	  "  --report FILE.html  write a page to look at: timeline, scores, alarms, raw values\n"
	  "  --scores FILE.csv   write one row for each packet (or row): its number, time, score "
	  "of "
	  "its\n"
	  "                      flow and of its hosts, alarm; takes one file\n"
	  "  --flows FILE.csv    write one row for each flow: who, when, every feature, score\n"
	  "  --hosts FILE.csv    write one row for each time that a host is scored\n"
	  "  --format KIND       the CSV file is this, whatever its columns look like: flows or "
	  "hosts\n"
	  "                      (of --flows, --hosts), packets (Wireshark), cicflowmeter, or\n"
	  "                      generic (bytes_transferred, packet_count, connection_duration,\n"
	  "                      retransmission_rate, bytes_per_packet, packets_per_second)\n"
	  "  --config FILE       take thresholds, networks and models from a weir.json\n"
	  "  --model FILE        score with this model, of flows or of hosts, or of a CSV file's "
	  "own\n"
	  "                      columns; may be given twice\n"
	  "  --baseline FILE     begin with what a sensor found usual for its hosts (usual.weir "
	  "in\n"
	  "                      its state_folder); without it nothing is known at the start\n"
	  "  --exit-code         exit with status 3 where alarms were found\n"
	  "  --quiet             no progress bar\n"
	  "  --help              this text\n"
	  "\n"
	  "Examples:\n"
	  "  weir analyze evening.pcapng.gz\n"
	  "  weir analyze --report evening.html evening.pcapng.gz\n"
	  "  weir analyze --json attack.pcap | jq 'select(.type == \"alarm\") | .kind, .target'\n"
	  "  tcpdump -w - -c 100000 | weir analyze --full -\n"
	  "  weir analyze flows.csv        columns, what is made of them, and the strangest rows\n"
	  "\n"
	  "Exit status:\n"
	  "  0  the files were analysed to their ends\n"
	  "  1  a file, model or configuration cannot be used, or a file is damaged (what was\n"
	  "     before the damage is reported) or of a link type that Weir does not decode\n"
	  "  2  the command line is wrong\n"
	  "  3  alarms were found (only with --exit-code)\n";

int analyze_fail(const char *format, ...) {
	va_list args;

	fputs("weir analyze: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

static bool take_model(struct analyze_options *o, const char *path) {
	if (o->n_models == ANALYZE_MODELS_MAX) {
		analyze_fail("--model: give one for flows, one for hosts");
		return false;
	}
	o->model_path[o->n_models++] = path;
	return true;
}

static bool take_format(struct analyze_options *o, const char *name) {
	o->format = csv_format_parse(name);
	if (o->format < 0)
		analyze_fail(
			"--format %.40s: flows, hosts, packets, cicflowmeter or generic is allowed",
			name
		);
	return o->format >= 0;
}

static const char **path_of(struct analyze_options *o, int option) {
	switch (option) {
	case 'f':
		return &o->flows_path;
	case 'h':
		return &o->hosts_path;
	case 's':
		return &o->scores_path;
	case 'r':
		return &o->page_path;
	case 'b':
		return &o->baseline_path;
	default:
		return &o->config_path;
	}
}

static bool take_option(struct analyze_options *o, int option) {
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
	case 'm':
		return take_model(o, optarg);
	case 'k':
		return take_format(o, optarg);
	case '?': // cli_option() said what
		return false;
	default:
		*path_of(o, option) = optarg;
		return true;
	}
}

// No two outputs may go to one file.
static bool outputs_differ(const struct analyze_options *o) {
	const struct {
		const char *name, *path;
	} out[] = {
		{"--flows", o->flows_path},
		{"--hosts", o->hosts_path},
		{"--scores", o->scores_path},
		{"--report", o->page_path},
	};

	for (unsigned i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		for (unsigned k = i + 1; k < sizeof(out) / sizeof(out[0]); k++)
			if (out[i].path != NULL && out[k].path != NULL
			    && strcmp(out[i].path, out[k].path) == 0) {
				analyze_fail(
					"%s and %s need a file each", out[i].name, out[k].name
				);
				return false;
			}
	return true;
}

static bool options_complete(const struct analyze_options *o) {
	if (o->transitions && !o->json)
		analyze_fail("--transitions needs --json");
	else if (o->n_files == 0)
		analyze_fail("which FILE? See weir analyze --help");
	else if (o->scores_path != NULL && o->n_files > 1)
		analyze_fail("--scores numbers the packets of one FILE: give one");
	else if (o->scores_path != NULL && strcmp(o->files[0], "-") == 0)
		analyze_fail("--scores reads the file twice: standard input cannot be");
	else
		return outputs_differ(o);
	return false;
}

int analyze_options_read(struct analyze_options *o, int argc, char **argv) {
	static const struct option known[] = {
		{"full", no_argument, NULL, 'F'},
		{"json", no_argument, NULL, 'j'},
		{"transitions", no_argument, NULL, 't'},
		{"report", required_argument, NULL, 'r'},
		{"scores", required_argument, NULL, 's'},
		{"flows", required_argument, NULL, 'f'},
		{"hosts", required_argument, NULL, 'h'},
		{"format", required_argument, NULL, 'k'},
		{"config", required_argument, NULL, 'c'},
		{"model", required_argument, NULL, 'm'},
		{"baseline", required_argument, NULL, 'b'},
		{"exit-code", no_argument, NULL, 'e'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'H'},
		{0},
	};
	int option;

	*o = (struct analyze_options) {.format = -1};
	optind = 0;
	while ((option = cli_option(argc, argv, "", known)) != -1) {
		if (option == 'H') {
			fputs(help, stdout);
			return -1;
		}
		if (!take_option(o, option))
			return EXIT_USAGE;
	}
	o->files = argv + optind;
	o->n_files = argc - optind;
	return options_complete(o) ? EXIT_OK : EXIT_USAGE;
}
