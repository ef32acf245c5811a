// weir model explain: why a model finds rows strange.
#include "cli.h"
#include "flow/flow.h"
#include "model/model.h"
#include "rows.h"
#include "story.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define TOP_USUAL 5
#define TOP_MAX 1000

static const char explain_help[]
	= "Usage: weir model explain [--top N] [--json] MODEL FILE...\n"
	  "\n"
	  "Score rows and tell of the strangest why: what each feature did to the score against "
	  "an\n"
	  "ordinary row (the contributions sum to the difference), and of an ensemble what each of "
	  "its\n"
	  "models says, its weight and its vote. Each FILE is a capture, for a model of flows or "
	  "hosts, or\n"
	  "a CSV file with a column for each feature.\n"
	  "\n"
	  "  --top N   so many rows of each file, the strangest first (5)\n"
	  "  --json    one JSON object a row\n"
	  "\n"
	  "Example:\n"
	  "  weir analyze monday.pcap --flows monday.csv && weir model explain flow.weir "
	  "monday.csv\n"
	  "\n"
	  "Exit status: 0 done, 1 not done (standard error says why), 2 the command line is "
	  "wrong.\n";

struct asked {
	uint32_t top;
	bool json, help;
	const char *model;
	char **files;
	int n_files;
};

struct scored {
	size_t row;
	float raw;
};

static bool top_read(const char *text, uint32_t *top) {
	char *end;
	const unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n < 1 || n > TOP_MAX) {
		fprintf(stderr,
			"weir model explain: --top %s: a whole number from 1 to %d is allowed\n",
			text,
			TOP_MAX);
		return false;
	}
	*top = (uint32_t)n;
	return true;
}

// @return false: a message was given
static bool asked_read(struct asked *a, int argc, char **argv) {
	static const struct option known[] = {
		{"top", required_argument, NULL, 't'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int letter;

	*a = (struct asked) {.top = TOP_USUAL};
	optind = 0; // the words before were read by main()
	while ((letter = cli_option(argc, argv, "h", known)) != -1) {
		a->json |= letter == 'j';
		a->help |= letter == 'h';
		if (letter == '?' || (letter == 't' && !top_read(optarg, &a->top)))
			return false;
	}
	if (a->help)
		return true;
	if (argc - optind < 2) {
		fputs("weir model explain: say MODEL FILE...: see weir help model explain\n",
		      stderr);
		return false;
	}
	a->model = argv[optind];
	a->files = argv + optind + 1;
	a->n_files = argc - optind - 1;
	return true;
}

static int file_read(struct rows *rows, const struct model *m, const char *path) {
	char error[ROWS_ERROR_MAX];
	const int rc = rows_read_for_model(rows, m, path, 0, error);

	if (rc < 0)
		fprintf(stderr, "weir model explain: %s\n", error);
	return rc;
}

// Of equal ones the earlier row first.
static int stranger(const void *a, const void *b) {
	const struct scored *x = a, *y = b;

	if (x->raw != y->raw)
		return x->raw < y->raw ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

// Flows of too few packets for the sensor to score are not told of; they keep their numbers.
static size_t long_enough(const struct model *m, const struct rows *rows, struct scored *scored) {
	size_t kept = 0;
	uint32_t packets = 0;

	if (rows_of_model(m) != ROW_FLOW)
		return rows->n;
	while (strcmp(rows->names[packets], "packets") != 0)
		packets++;
	for (size_t i = 0; i < rows->n; i++)
		if (rows->value[i * rows->n_features + packets] >= FLOW_SCORE_MIN_PACKETS)
			scored[kept++] = scored[i];
	return kept;
}

// @param n  out: how many
static struct scored *rows_score(const struct model *m, const struct rows *rows, size_t *n_scored) {
	struct scored *scored = malloc((rows->n > 0 ? rows->n : 1) * sizeof(*scored));
	float raw[MODEL_BATCH_MAX];

	for (size_t done = 0; scored != NULL && done < rows->n; done += MODEL_BATCH_MAX) {
		const size_t left = rows->n - done;
		const uint32_t n = left < MODEL_BATCH_MAX ? (uint32_t)left : MODEL_BATCH_MAX;

		model_score(m, rows->value + done * rows->n_features, rows->n_features, n, raw);
		for (uint32_t i = 0; i < n; i++)
			scored[done + i] = (struct scored) {done + i, raw[i]};
	}
	if (scored == NULL)
		return NULL;
	*n_scored = long_enough(m, rows, scored);
	qsort(scored, *n_scored, sizeof(*scored), stranger);
	return scored;
}

static bool file_explain(const struct asked *a, const struct model *m, const char *path) {
	struct rows rows = {0};
	struct scored *scored = NULL;
	size_t n = 0;
	bool fine = file_read(&rows, m, path) == 0;

	if (fine) {
		scored = rows_score(m, &rows, &n);
		fine = scored != NULL;
		if (!fine)
			fprintf(stderr,
				"weir model explain: %s: no memory for %zu rows\n",
				path,
				rows.n);
	}
	if (fine && n == 0 && !a->json)
		printf("%s: nothing that is scored\n", path);
	for (size_t i = 0; fine && i < n && i < a->top; i++)
		fine = story_tell(m, &rows, path, scored[i].row, a->json);
	free(scored);
	rows_free(&rows);
	return fine;
}

int cmd_model_explain(int argc, char **argv) {
	char error[MODEL_ERROR_MAX];
	struct asked a;
	struct model *m;
	bool fine = true;

	if (!asked_read(&a, argc, argv))
		return EXIT_USAGE;
	if (a.help)
		return fputs(explain_help, stdout) >= 0 ? EXIT_OK : EXIT_FAILED;
	if (model_load(&m, a.model, error) < 0) {
		fprintf(stderr, "weir model explain: %s: %s\n", a.model, error);
		return EXIT_FAILED;
	}
	for (int i = 0; i < a.n_files && fine; i++)
		fine = file_explain(&a, m, a.files[i]);
	model_destroy(m);
	return fine ? EXIT_OK : EXIT_FAILED;
}
