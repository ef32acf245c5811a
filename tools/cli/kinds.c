// weir kinds: what can be named, from when on, how soon, and what to do then.
#include "detect/kinds.h"

#include "cli.h"
#include "config/config.h"
#include "config/nearest.h"
#include "publish/json.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[]
	= "Usage: weir kinds [--json] [KIND...]\n"
	  "\n"
	  "List the kinds of alarm: from how much on they are raised, how soon after the attack "
	  "began at the\n"
	  "latest, and how long after its end the alarm closes. With KIND: what decides and what "
	  "to do, too.\n"
	  "A target's own usual traffic may lift what is asked for; a setting moves it: "
	  "detect.KIND.floor_per_s\n"
	  "of weir.json(5).\n"
	  "\n"
	  "  --json   one JSON object a kind\n"
	  "\n"
	  "Example:\n"
	  "  weir kinds slow_http\n"
	  "\n"
	  "Exit status: 0 done, 2 the command line is wrong or there is no such KIND.\n";

static double within_s(unsigned kind) {
	const unsigned s = kind_row(kind)->within_s;

	return s > 0 ? s : KIND_WITHIN_S;
}

static double closes_s(unsigned kind) {
	return detect_defaults.close_ms / 1e3 + (double)kind_row(kind)->lull_ns / 1e9;
}

static void print_table(const kind_set wanted) {
	printf("%-26s %8s  %-52s %8s %8s\n", "KIND", "FROM", "OF", "NAMED IN", "CLOSES");
	for (unsigned kind = 0; kind < KIND_N; kind++)
		if (wanted & KIND_BIT(kind))
			printf("%-26s %8.0f  %-52s %6.0f s %6.0f s\n",
			       event_kind_name(kind),
			       kind_threshold(&detect_defaults, kind),
			       kind_row(kind)->unit,
			       within_s(kind),
			       closes_s(kind));
}

// Words of a text in lines of this width.
static void print_wrapped(const char *text, int width) {
	int column = 0;

	while (*text != '\0') {
		const int n = (int)strcspn(text, " ");

		if (column > 0 && column + 1 + n > width) {
			printf("\n");
			column = 0;
		}
		column += printf("%s%.*s", column > 0 ? " " : "  ", n, text);
		text += n;
		text += strspn(text, " ");
	}
	printf("\n");
}

static void print_full(unsigned kind) {
	const struct kind_row *row = kind_row(kind);

	printf("%s: %s\n\n", event_kind_name(kind), event_kind_title(kind));
	printf("  measured    %s\n", row->metric_name);
	printf("  raised from %.0f %s\n", kind_threshold(&detect_defaults, kind), row->unit);
	printf("  named in    %.0f s after it began, at the latest\n", within_s(kind));
	printf("  closes      %.0f s after its end\n", closes_s(kind));
	for (unsigned i = 0; i < row->n_evidence; i++)
		printf("  %-11s %s\n",
		       i == 0 ? "decided by" : "",
		       kind_evidence_name(row->evidence[i].row));
	for (unsigned i = 0; i < row->n_takes; i++)
		printf("  %-11s %s\n",
		       i == 0 ? "stands for" : "",
		       event_kind_name(row->takes[i].kind));
	printf("\n");
	print_wrapped(row->mitigation, 90);
}

static json_t *names_json(const struct kind_row *row) {
	json_t *names = json_array();

	for (unsigned i = 0; i < row->n_evidence; i++)
		json_array_append_new(names, json_string(kind_evidence_name(row->evidence[i].row)));
	return names;
}

static bool print_json(unsigned kind) {
	const struct kind_row *row = kind_row(kind);
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s}",
		"kind",
		event_kind_name(kind),
		"title",
		event_kind_title(kind),
		"metric",
		row->metric_name,
		"unit",
		row->unit,
		"threshold",
		real_json(kind_threshold(&detect_defaults, kind)),
		"named_within_s",
		real_json(within_s(kind)),
		"closes_s",
		real_json(closes_s(kind)),
		"evidence",
		names_json(row),
		"mitigation",
		row->mitigation
	);
	char *line = json == NULL ? NULL : json_line(json);

	if (line != NULL)
		printf("%s\n", line);
	free(line);
	json_decref(json);
	return line != NULL;
}

// @return false: there is none of that name, and it was said
static bool wanted_add(kind_set *wanted, const char *name) {
	const int kind = event_kind_parse(name);
	struct nearest best = {.wanted = name};

	if (kind >= 0) {
		*wanted |= KIND_BIT(kind);
		return true;
	}
	for (unsigned i = 0; i < KIND_N; i++)
		nearest_offer(&best, event_kind_name(i));
	fprintf(stderr,
		"weir kinds: %.64s: no such kind%s%s; weir kinds lists them\n",
		name,
		best.word != NULL ? "; did you mean " : "",
		best.word != NULL ? best.word : "");
	return false;
}

int cmd_kinds(int argc, char **argv) {
	static const struct option known[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	kind_set wanted = 0;
	bool json = false;
	int letter;

	optind = 0;
	while ((letter = cli_option(argc, argv, "h", known)) != -1) {
		if (letter == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (letter == '?')
			return EXIT_USAGE;
		json = true;
	}
	for (int i = optind; i < argc; i++)
		if (!wanted_add(&wanted, argv[i]))
			return EXIT_USAGE;
	if (optind == argc)
		wanted = ~(kind_set)0;
	if (!json && optind == argc) {
		print_table(wanted);
		return EXIT_OK;
	}
	for (unsigned kind = 0; kind < KIND_N; kind++) {
		if (!(wanted & KIND_BIT(kind)))
			continue;
		if (!json)
			print_full(kind);
		else if (!print_json(kind))
			return EXIT_FAILED;
	}
	return EXIT_OK;
}
