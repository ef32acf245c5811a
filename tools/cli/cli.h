// The command line: a command is a row.
//
// Threads    One.
// Memory     From the heap.
// Ownership  A command reads its own arguments with getopt_long or argp and prints to stdout;
//            errors go to stderr as "weir COMMAND: what: what to do next". Every command knows
//            --help, which prints usage, options, an example and its exit codes to stdout:
//            `weir help COMMAND` is that.
#ifndef WEIR_CLI_H
#define WEIR_CLI_H

#include <stdbool.h>
#include <stdio.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED
	= 1, // the thing asked for could not be done (file, Redis, model): stderr says why
	EXIT_USAGE = 2, // the command line is wrong
	EXIT_ALARMS = 3, // only with --exit-code: alarms were found
	EXIT_NOT_FOUND = 4, // no such alarm, no such sensor
};

// The parser, `weir help`, the completion and the man page's list are made from this.
struct cli_command { // publish/ has a `struct command` of its own
	const char *name; // "config check" is two words
	const char *args; // "[OPTION...] FILE"
	const char *summary; // one line, imperative, no final dot
	int (*run)(int argc, char **argv); // argv[0] is its name, as it stands here
};

int cmd_analyze(int argc, char **argv);
int cmd_config_check(int argc, char **argv);
int cmd_evaluate(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_kinds(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_baseline(int argc, char **argv);
int cmd_model_activate(int argc, char **argv);
int cmd_model_rollback(int argc, char **argv);
int cmd_model_history(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_model_info(int argc, char **argv);
int cmd_model_compare(int argc, char **argv);
int cmd_model_explain(int argc, char **argv);
int cmd_model_list(int argc, char **argv);

int cmd_config_print(int argc, char **argv);

// getopt_long() that says in one line what is wrong, with the next step, before it returns '?'.
// Set optind to 0 before the first call.
struct option;
int cli_option(int argc, char **argv, const char *letters, const struct option *known);

bool cli_colour(FILE *); // is it a terminal that wants colours (NO_COLOR, TERM=dumb)?

#endif
