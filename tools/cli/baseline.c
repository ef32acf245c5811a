// weir baseline: has the sensor sample ordinary traffic, from which a model can be trained.
#include "ask.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define FOR_S_MAX (31 * 86400ull)
#define VECTORS_MAX 1000000000000ull

static const char help[]
	= "Usage: weir baseline start (--for TIME | --vectors N) [OPTION...]\n"
	  "       weir baseline status [OPTION...]\n"
	  "       weir baseline stop [OPTION...]\n"
	  "\n"
	  "Have the running sensor sample what flows and hosts look like, while it goes on "
	  "detecting and\n"
	  "without losing a packet. Take it when the traffic is as it should be: what is in it is "
	  "what a\n"
	  "model made of it will find ordinary. Each row that comes has the same chance to be "
	  "kept; at most\n"
	  "100,000 of flows and 50,000 of hosts are. A restart of the sensor goes on with it.\n"
	  "At the end, or with stop, the rows lie in the sensor's state_folder, as "
	  "baseline-flow.csv and\n"
	  "baseline-host.csv, for \"weir train\".\n"
	  "\n"
	  "  --for TIME            so long: 90s, 30m, 12h, 7d; at most 31d\n"
	  "  --vectors N           until N flow rows were seen\n" CLI_REDIS_HELP "\n"
	  "Examples:\n"
	  "  weir baseline start --for 30m\n"
	  "  weir baseline status\n"
	  "  weir train --rows flow /var/lib/weir/baseline-flow.csv -o flow.weir && weir model "
	  "activate "
	  "flow.weir\n"
	  "\n"
	  "Exit status: 0 done, 1 refused, no answer within 10 s, or Redis failed, 2 the command "
	  "line is\n"
	  "wrong, 4 no such sensor.\n";

struct wish {
	struct cli_redis c;
	unsigned long long for_s, vectors; // 0: not given
};

// "90s", "30m", "12h", "7d". @return seconds, 0: it is none
static unsigned long long seconds_of(const char *text) {
	static const struct {
		char unit;
		unsigned s;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *text == '-' || n > FOR_S_MAX || end[0] == '\0'
	    || end[1] != '\0')
		return 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == *end && n * units[i].s <= FOR_S_MAX)
			return n * units[i].s;
	return 0;
}

static unsigned long long count_of(const char *text) {
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	return errno != 0 || end == text || *end != '\0' || *text == '-' || n > VECTORS_MAX ? 0 : n;
}

// @return EXIT_OK; -1: help was given
static int parse(struct wish *w, int argc, char **argv) {
	static const struct option known[] = {
		{"for", required_argument, NULL, 'f'},
		{"vectors", required_argument, NULL, 'n'},
		CLI_REDIS_OPTIONS,
		{0},
	};
	int letter;

	optind = 0;
	while ((letter = cli_option(argc, argv, "", known)) != -1) {
		if (letter == 'f')
			w->for_s = seconds_of(optarg);
		else if (letter == 'n')
			w->vectors = count_of(optarg);
		else if (!cli_redis_option(&w->c, letter))
			return EXIT_USAGE;
		if (letter == 'f' && w->for_s == 0)
			return cli_redis_fail(
				&w->c,
				EXIT_USAGE,
				"--for %.40s: a time such as 30m, up to 31d",
				optarg
			);
		if (letter == 'n' && w->vectors == 0)
			return cli_redis_fail(
				&w->c, EXIT_USAGE, "--vectors %.40s: a number from 1 on", optarg
			);
	}
	if (!w->c.help)
		return EXIT_OK;
	fputs(help, stdout);
	return -1;
}

static int start(struct wish *w) {
	char argument[CLI_ASK_ARGUMENT_MAX];

	if ((w->for_s == 0) == (w->vectors == 0))
		return cli_redis_fail(
			&w->c, EXIT_USAGE, "start needs --for TIME or --vectors N, one of them"
		);
	snprintf(argument, sizeof(argument), "start %llu %llu", w->for_s, w->vectors);
	return cli_ask_and_close(&w->c, "baseline", argument);
}

int cmd_baseline(int argc, char **argv) {
	struct wish w = {.c.command = "baseline"};
	const int code = parse(&w, argc, argv);
	const char *what;

	if (code != EXIT_OK)
		return code < 0 ? EXIT_OK : code;
	if (optind + 1 != argc)
		return cli_redis_fail(
			&w.c, EXIT_USAGE, "start, status or stop? See weir baseline --help"
		);
	what = argv[optind];
	if (strcmp(what, "start") == 0)
		return start(&w);
	if (w.for_s != 0 || w.vectors != 0)
		return cli_redis_fail(&w.c, EXIT_USAGE, "--for and --vectors belong to start");
	if (strcmp(what, "status") == 0 || strcmp(what, "stop") == 0)
		return cli_ask_and_close(&w.c, "baseline", what);
	return cli_redis_fail(
		&w.c, EXIT_USAGE, "\"%.40s\": there are start, status and stop", what
	);
}
