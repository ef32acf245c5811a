// weir reload: asks the sensor to read its configuration again, and waits for what it says.
#include "ask.h"

static const char help[]
	= "Usage: weir reload [OPTION...]\n"
	  "\n"
	  "Have the running sensor read its configuration file again, without losing a packet, "
	  "and\n"
	  "say what it answers: taken over, which settings need a restart, or what is wrong with "
	  "the\n"
	  "file (then the old settings stay). The same as SIGHUP to weird, with an answer.\n"
	  "\n" CLI_REDIS_HELP "\n"
	  "Example:\n"
	  "  weir config check /etc/weir/weir.json && weir reload\n"
	  "\n"
	  "Exit status: 0 taken over, 1 refused, no answer within 10 s, or Redis failed,\n"
	  "2 the command line is wrong, 4 no such sensor.\n";

int cmd_reload(int argc, char **argv) {
	struct cli_redis c = {.command = "reload"};
	int code;

	if (!cli_redis_options_only(&c, argc, argv, help, &code))
		return code;
	if (optind != argc)
		return cli_redis_fail(
			&c, EXIT_USAGE, "no argument is wanted: see weir reload --help"
		);
	return cli_ask_and_close(&c, "reload", "");
}
