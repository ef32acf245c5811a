// weir: finds the command and runs it. What the commands do is in the file of each.
#include "cli.h"
#include "config/nearest.h"
#include "contract/isa.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static int cmd_help(int argc, char **argv);

static const struct cli_command commands[] = {
	{"analyze",
	 "[OPTION...] FILE...",
	 "Find attacks in captures, strange flows in tables",
	 cmd_analyze},
	{"status", "[OPTION...]", "Show what the sensor counts and loses", cmd_status},
	{"events", "[OPTION...]", "List alarms, or follow them as they happen", cmd_events},
	{"show", "[OPTION...] ID", "Show one alarm with its evidence", cmd_show},
	{"top", "[OPTION...] hosts|flows", "Show the busiest hosts or flows", cmd_top},
	{"kinds",
	 "[--json] [KIND...]",
	 "Tell what can be named, how soon, and what to do",
	 cmd_kinds},
	{"reload", "[OPTION...]", "Have the sensor read its configuration again", cmd_reload},
	{"baseline",
	 "start|status|stop [OPTION...]",
	 "Sample ordinary traffic to train a model from",
	 cmd_baseline},
	{"train", "[OPTION...] FILE...", "Make a model from normal traffic", cmd_train},
	{"evaluate",
	 "[OPTION...] DIR --labels FILE.csv",
	 "Compare alarms with labelled captures",
	 cmd_evaluate},
	{"model info", "[--json] MODEL...", "Tell what a model file is", cmd_model_info},
	{"model compare",
	 "[OPTION...] MODEL MODEL FILE...",
	 "Tell how two models differ on the same rows",
	 cmd_model_compare},
	{"model explain",
	 "[OPTION...] MODEL FILE...",
	 "Tell why a model finds rows strange",
	 cmd_model_explain},
	{"model list", "[--json] FOLDER|MODEL...", "List model files", cmd_model_list},
	{"model activate",
	 "[OPTION...] MODEL",
	 "Have the sensor score with a model",
	 cmd_model_activate},
	{"model rollback",
	 "[OPTION...] flow|host",
	 "Have it go back to the model before",
	 cmd_model_rollback},
	{"model history",
	 "[OPTION...]",
	 "Tell which models the sensor uses and used",
	 cmd_model_history},
	{"config check", "[--json] FILE", "Check a configuration file", cmd_config_check},
	{"config print", "[--json]", "Print every setting with its limits", cmd_config_print},
	{"help", "[COMMAND]", "Explain a command", cmd_help},
};

static const char intro[]
	= "weir sees every packet of a network, names attacks and says why.\n"
	  "\n"
	  "Usage: weir COMMAND [OPTION...] [ARGUMENT...]\n"
	  "\n"
	  "Start here:\n"
	  "  weir analyze capture.pcap      what is in a capture; needs no root and no daemon\n"
	  "  weir events --follow           alarms of the running sensor as they happen\n"
	  "  weir config check weir.json    is my configuration right, and if not, where?\n"
	  "\n"
	  "Commands:\n";

static const char outro[]
	= "\n"
	  "Options: --help, --version. Each command has its own: weir help COMMAND.\n"
	  "\n"
	  "Exit status:\n"
	  "  0  done\n"
	  "  1  it could not be done; standard error says why and what to do\n"
	  "  2  the command line is wrong\n"
	  "  3  alarms were found (only with --exit-code)\n"
	  "  4  there is no such alarm or sensor\n"
	  "\n"
	  "Read on: weir(1), weird(8) for the sensor, weir.json(5) for its settings.\n";

bool cli_colour(FILE *out) {
	const char *no_color = getenv("NO_COLOR"); // no-color.org: set and not empty
	const char *term = getenv("TERM");

	if (no_color != NULL && no_color[0] != '\0')
		return false;
	if (term == NULL || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fileno(out)) == 1;
}

static void print_help(FILE *out) {
	fputs(intro, out);
	for (size_t i = 0; i < N(commands); i++)
		fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].summary);
	fputs(outro, out);
}

// Do the words of a command's name stand at the start of argv?
// @return how many words, 0: no
static int command_matches(const struct cli_command *command, int argc, char **argv) {
	const char *name = command->name;
	int words = 0;

	while (words < argc) {
		const size_t n = strcspn(name, " ");

		if (strlen(argv[words]) != n || strncmp(argv[words], name, n) != 0)
			return 0;
		words++;
		if (name[n] == '\0')
			return words;
		name += n + 1;
	}
	return 0;
}

static const struct cli_command *command_find(int argc, char **argv, int *words) {
	for (size_t i = 0; i < N(commands); i++) {
		*words = command_matches(&commands[i], argc, argv);
		if (*words > 0)
			return &commands[i];
	}
	return NULL;
}

static bool asks_help(const char *word) {
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

// weir help config: what begins with this word. @return false: nothing does
static bool print_group(const char *word) {
	const size_t n = strlen(word);
	bool found = false;

	for (size_t i = 0; i < N(commands); i++) {
		if (strncmp(commands[i].name, word, n) != 0 || commands[i].name[n] != ' ')
			continue;
		printf("%sweir %-14s %s\n",
		       found ? "       " : "Usage: ",
		       commands[i].name,
		       commands[i].summary);
		found = true;
	}
	if (found)
		printf("Each explains itself: weir help %s ...\n", word);
	return found;
}

// "config" alone, or "config chekc".
static bool explain_group(int argc, char **argv) {
	const size_t n = strlen(argv[0]);
	bool found = false;

	for (size_t i = 0; i < N(commands); i++) {
		const char *name = commands[i].name;

		if (strncmp(name, argv[0], n) != 0 || name[n] != ' ')
			continue;
		if (!found && argc > 1)
			fprintf(stderr, "weir %s: no command \"%s\": there is", argv[0], argv[1]);
		else if (!found)
			fprintf(stderr, "weir %s: what to do is missing: there is", argv[0]);
		fprintf(stderr, "%s \"weir %s\"", found ? "," : "", name);
		found = true;
	}
	if (found)
		fputs("\n", stderr);
	return found;
}

static int explain_unknown(int argc, char **argv) {
	struct nearest best = {.wanted = argv[0]};

	if (argv[0][0] == '-') {
		fprintf(stderr,
			"weir: no option \"%s\" before a command: see weir --help\n",
			argv[0]);
		return EXIT_USAGE;
	}
	if (explain_group(argc, argv))
		return EXIT_USAGE;
	for (size_t i = 0; i < N(commands); i++)
		nearest_offer(&best, commands[i].name);
	fprintf(stderr, "weir: no command \"%s\": ", argv[0]);
	if (best.word != NULL)
		fprintf(stderr, "did you mean \"weir %s\"?\n", best.word);
	else
		fputs("weir --help lists them\n", stderr);
	return EXIT_USAGE;
}

static int cmd_help(int argc, char **argv) {
	static char option[] = "--help";
	const struct cli_command *command;
	int words;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		print_help(stdout);
		return EXIT_OK;
	}
	command = command_find(argc - 1, &argv[1], &words);
	if (command == NULL && argc == 2 && print_group(argv[1]))
		return EXIT_OK;
	if (command == NULL)
		return explain_unknown(argc - 1, &argv[1]);
	if (command->run == cmd_help) {
		printf("Usage: weir %s %s\n%s.\n", command->name, command->args, command->summary);
		return EXIT_OK;
	}
	return command->run(2, (char *[]) {(char *)command->name, option, NULL});
}

// Output that did not arrive (a full disk) is a failure, even where every printf() was tried.
static int flushed(int status) {
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (status == EXIT_OK || status == EXIT_ALARMS) {
		perror("weir: standard output");
		return EXIT_FAILED;
	}
	return status;
}

// For tests and measurements: another set of instructions than the best that there is.
static bool isa_from_environment(void) {
	char error[ISA_ERROR_MAX];
	enum isa isa;

	if (isa_choose(&isa, getenv(ISA_VARIABLE), error) == 0 && isa_use(isa) == 0)
		return true;
	fprintf(stderr, "weir: %s\n", error);
	return false;
}

int main(int argc, char **argv) {
	const struct cli_command *command;
	int words;

	if (!isa_from_environment())
		return EXIT_USAGE;
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (asks_help(argv[1])) {
		print_help(stdout);
		return flushed(EXIT_OK);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("weir " WEIR_VERSION);
		return flushed(EXIT_OK);
	}
	command = command_find(argc - 1, &argv[1], &words);
	if (command == NULL && argc == 3 && asks_help(argv[2]) && print_group(argv[1]))
		return flushed(EXIT_OK);
	if (command == NULL)
		return explain_unknown(argc - 1, &argv[1]);
	argv[words] = (char *)command->name; // for what it says of itself
	return flushed(command->run(argc - words, &argv[words]));
}
