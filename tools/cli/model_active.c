// weir model activate, rollback, history: which models the running sensor scores with.
#include "ask.h"
#include "cli.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char activate_help[]
	= "Usage: weir model activate [OPTION...] MODEL\n"
	  "\n"
	  "Have the running sensor score with this model of flows or of hosts from now on: all "
	  "workers at\n"
	  "once, without losing a packet. It is read and checked first, and copied into the "
	  "folder models of\n"
	  "the sensor's state_folder, so that it is used after a restart too, in place of what "
	  "the\n"
	  "configuration names. MODEL is a file where the sensor runs.\n"
	  "\n" CLI_REDIS_HELP "\n"
	  "Example:\n"
	  "  weir model activate /var/lib/weir/flow.weir; weir model history\n"
	  "\n"
	  "Exit status: 0 done, 1 refused, no answer within 10 s, or Redis failed, 2 the command "
	  "line is\n"
	  "wrong, 4 no such sensor.\n";

static const char rollback_help[]
	= "Usage: weir model rollback [OPTION...] flow|host\n"
	  "\n"
	  "Have the running sensor go back to the model that it used before the last \"weir model "
	  "activate\",\n"
	  "at last to the one that the configuration names.\n"
	  "\n" CLI_REDIS_HELP "\n"
	  "Exit status: 0 done, 1 refused, no answer within 10 s, or Redis failed, 2 the command "
	  "line is\n"
	  "wrong, 4 no such sensor.\n";

static const char history_help[]
	= "Usage: weir model history [OPTION...]\n"
	  "\n"
	  "Tell which models the running sensor uses, which it used before, and how far its "
	  "scores have\n"
	  "drifted from those of training (population stability index: below 0.1 as in training, "
	  "above 0.25\n"
	  "train again).\n"
	  "\n" CLI_REDIS_HELP "\n"
	  "Exit status: 0 done, 1 no answer within 10 s, or Redis failed, 2 the command line is "
	  "wrong,\n"
	  "4 no such sensor.\n";

// A relative path is one from here; what is not here may be there.
static int activate(struct cli_redis *c, const char *path) {
	char argument[CLI_ASK_ARGUMENT_MAX], *whole = realpath(path, NULL);
	const int n
		= snprintf(argument, sizeof(argument), "activate %s", whole != NULL ? whole : path);

	free(whole);
	if (n >= (int)sizeof(argument))
		return cli_redis_fail(c, EXIT_USAGE, "the path is longer than 240 bytes");
	return cli_ask_and_close(c, "model", argument);
}

int cmd_model_activate(int argc, char **argv) {
	struct cli_redis c = {.command = "model activate"};
	int code;

	if (!cli_redis_options_only(&c, argc, argv, activate_help, &code))
		return code;
	if (optind + 1 != argc)
		return cli_redis_fail(&c, EXIT_USAGE, "which MODEL? See weir help model activate");
	return activate(&c, argv[optind]);
}

int cmd_model_rollback(int argc, char **argv) {
	struct cli_redis c = {.command = "model rollback"};
	int code;

	if (!cli_redis_options_only(&c, argc, argv, rollback_help, &code))
		return code;
	if (optind + 1 == argc && strcmp(argv[optind], "flow") == 0)
		return cli_ask_and_close(&c, "model", "rollback flow");
	if (optind + 1 == argc && strcmp(argv[optind], "host") == 0)
		return cli_ask_and_close(&c, "model", "rollback host");
	return cli_redis_fail(&c, EXIT_USAGE, "flow or host? See weir help model rollback");
}

int cmd_model_history(int argc, char **argv) {
	struct cli_redis c = {.command = "model history"};
	int code;

	if (!cli_redis_options_only(&c, argc, argv, history_help, &code))
		return code;
	if (optind != argc)
		return cli_redis_fail(
			&c, EXIT_USAGE, "no argument is wanted: see weir help model history"
		);
	return cli_ask_and_close(&c, "model", "history");
}
