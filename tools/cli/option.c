// Options of a command: getopt, with a line of ours for what it does not take.
#include "cli.h"
#include "config/nearest.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

// The word that getopt stumbled over. Inside a group of letters it has not stepped on yet.
static const char *wrong_word(char **argv) {
	const char *before = optind > 1 ? argv[optind - 1] : NULL;

	return before != NULL && before[0] == '-' ? before : argv[optind];
}

// Options may be cut short, as far as they stay clear.
static unsigned how_many(const struct option *known, const char *name) {
	const size_t n = strcspn(name, "=");
	unsigned found = 0;

	for (; known->name != NULL; known++) {
		if (strncmp(known->name, name, n) != 0)
			continue;
		if (known->name[n] == '\0')
			return 1;
		found++;
	}
	return found;
}

static void complain(char **argv, const char *letters, const struct option *known) {
	const char *word = wrong_word(argv);
	struct nearest best = {.wanted = word + strspn(word, "-")};
	const bool is_long = strncmp(word, "--", 2) == 0;
	const unsigned found
		= is_long ? how_many(known, best.wanted) : strchr(letters, optopt) != NULL;

	fprintf(stderr, "weir %s: %.64s: ", argv[0], word);
	if (found > 0) {
		fprintf(stderr,
			"%s; see weir %s --help\n",
			found > 1			    ? "is short for more than one option"
				: strchr(word, '=') != NULL ? "takes no value"
							    : "needs a value",
			argv[0]);
		return;
	}
	for (; is_long && known->name != NULL; known++)
		nearest_offer(&best, known->name);
	if (best.word != NULL)
		fprintf(stderr, "no such option; did you mean --%s?\n", best.word);
	else
		fprintf(stderr, "no such option; see weir %s --help\n", argv[0]);
}

int cli_option(int argc, char **argv, const char *letters, const struct option *known) {
	int letter;

	opterr = 0;
	letter = getopt_long(argc, argv, letters, known, NULL);
	if (letter == '?')
		complain(argv, letters, known);
	return letter;
}
