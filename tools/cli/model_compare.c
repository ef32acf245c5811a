// weir model compare: what two models say of the same rows.
#include "cli.h"
#include "flow/flow.h"
#include "model/model.h"
#include "rows.h"

#include <jansson.h>

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char compare_help[]
	= "Usage: weir model compare [OPTION...] MODEL MODEL FILE...\n"
	  "\n"
	  "Score the same rows with two models and tell how they differ: the share of the rows "
	  "that each\n"
	  "finds strange, which ones only one of them does, and how alike they rank. With the "
	  "truth in a\n"
	  "column also how well each tells strange rows from normal ones (AUC: 1 always, 0.5 "
	  "never).\n"
	  "Both models must have the same features. Each FILE is a capture, for models of flows or "
	  "hosts,\n"
	  "or a CSV file with a column for each feature.\n"
	  "\n"
	  "  --label COLUMN   the column of the CSV files that says what a row is\n"
	  "  --normal CLASS   what it says of normal rows (normal or benign)\n"
	  "  --json           one JSON object\n"
	  "\n"
	  "Example:\n"
	  "  weir model compare conf/models/flow.weir new.weir tuesday.pcap\n"
	  "\n"
	  "Exit status: 0 done, 1 not done (standard error says why), 2 the command line is "
	  "wrong.\n";

// Calibrated scores from which a row is strange.
static const double levels[] = {0.99, 0.999};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

struct asked {
	bool json, help;
	const char *label, *normal;
	const char *model[2];
	char **files;
	int n_files;
};

struct side {
	struct model *model;
	float *raw;
	double *rank;
	uint64_t strange[LEVELS];
	double auc; // NaN: no truth
};

struct comparison {
	struct rows rows;
	struct side side[2];
	uint64_t both[LEVELS];
	double ranks_alike; // Spearman's
};

static int fail(const char *what, const char *why) {
	fprintf(stderr, "weir model compare: %s%s%s\n", what, what[0] != '\0' ? ": " : "", why);
	return -1;
}

// @return false: a message was given
static bool asked_read(struct asked *a, int argc, char **argv) {
	static const struct option known[] = {
		{"label", required_argument, NULL, 'l'},
		{"normal", required_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int letter;

	*a = (struct asked) {0};
	optind = 0; // the words before were read by main()
	while ((letter = cli_option(argc, argv, "h", known)) != -1) {
		a->json |= letter == 'j';
		a->help |= letter == 'h';
		a->label = letter == 'l' ? optarg : a->label;
		a->normal = letter == 'n' ? optarg : a->normal;
		if (letter == '?')
			return false;
	}
	if (a->help)
		return true;
	if (argc - optind < 3) {
		fail("say MODEL MODEL FILE...", "see weir help model compare");
		return false;
	}
	a->model[0] = argv[optind];
	a->model[1] = argv[optind + 1];
	a->files = argv + optind + 2;
	a->n_files = argc - optind - 2;
	return true;
}

static int models_load(struct comparison *c, const struct asked *a) {
	char error[MODEL_ERROR_MAX];
	struct model_info info;

	for (unsigned i = 0; i < 2; i++)
		if (model_load(&c->side[i].model, a->model[i], error) < 0)
			return fail(a->model[i], error);
	model_info(c->side[0].model, &info);
	if (model_check_features(c->side[1].model, info.feature_names, info.n_features, error) == 0)
		return 0;
	// "the model has x, this program y" speaks of a sensor; here two files differ.
	return fail(a->model[1], "its features are not those of the first model");
}

static int rows_read(struct comparison *c, const struct asked *a) {
	const bool flows = rows_of_model(c->side[0].model) == ROW_FLOW;
	char error[ROWS_ERROR_MAX];

	c->rows.label = a->label;
	for (int i = 0; i < a->n_files; i++) {
		if (a->label != NULL && rows_is_capture(a->files[i]))
			return fail(a->files[i], "a capture says of no row what it is: no --label");
		if (rows_read_for_model(
			    &c->rows,
			    c->side[0].model,
			    a->files[i],
			    flows ? FLOW_SCORE_MIN_PACKETS : 0,
			    error
		    )
		    < 0)
			return fail("", error);
	}
	return c->rows.n > 1 ? 0 : fail(a->files[0], "fewer than two rows: nothing to compare");
}

static int side_score(struct side *s, const struct rows *rows) {
	s->raw = malloc(rows->n * sizeof(*s->raw));
	s->rank = malloc(rows->n * sizeof(*s->rank));
	if (s->raw == NULL || s->rank == NULL)
		return fail("rows", "no memory for so many");
	for (size_t done = 0; done < rows->n; done += MODEL_BATCH_MAX) {
		const size_t left = rows->n - done;

		model_score(
			s->model,
			rows->value + done * rows->n_features,
			rows->n_features,
			left < MODEL_BATCH_MAX ? (uint32_t)left : MODEL_BATCH_MAX,
			s->raw + done
		);
	}
	return 0;
}

static const float *compared; // of qsort(), which hands nothing on

static int raw_compare(const void *a, const void *b) {
	const float x = compared[*(const size_t *)a], y = compared[*(const size_t *)b];

	return (x > y) - (x < y);
}

// Ranks from 1; equal scores share the mean of theirs.
static int side_rank(struct side *s, size_t n) {
	size_t *order = malloc(n * sizeof(*order));

	if (order == NULL)
		return fail("rows", "no memory for so many");
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	compared = s->raw;
	qsort(order, n, sizeof(*order), raw_compare);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && s->raw[order[end]] == s->raw[order[i]]; end++)
			;
		for (size_t k = i; k < end; k++)
			s->rank[order[k]] = (double)(i + 1 + end) / 2;
	}
	free(order);
	return 0;
}

// Pearson's correlation of ranks; 0 where one of them has all rows alike.
static double spearman(const double *a, const double *b, size_t n) {
	const double mean = ((double)n + 1) / 2;
	double ab = 0, aa = 0, bb = 0;

	for (size_t i = 0; i < n; i++) {
		ab += (a[i] - mean) * (b[i] - mean);
		aa += (a[i] - mean) * (a[i] - mean);
		bb += (b[i] - mean) * (b[i] - mean);
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

// Share of pairs of a strange and a normal row that are in order: Mann and Whitney's U.
static double auc_of(const struct side *s, const struct rows *rows, uint32_t normal) {
	double sum = 0, strange = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (rows->class_of[i] == normal)
			continue;
		sum += s->rank[i];
		strange++;
	}

	const double pairs = strange * ((double)rows->n - strange);

	return pairs > 0 ? (sum - strange * (strange + 1) / 2) / pairs : NAN;
}

static void levels_count(struct comparison *c) {
	for (size_t i = 0; i < c->rows.n; i++)
		for (unsigned l = 0; l < LEVELS; l++) {
			unsigned found = 0;

			for (unsigned k = 0; k < 2; k++) {
				struct side *s = &c->side[k];
				const float share = model_calibrate(s->model, s->raw[i]);
				const bool strange = (double)share >= levels[l];

				s->strange[l] += strange;
				found += strange;
			}
			c->both[l] += found == 2;
		}
}

static int compare(struct comparison *c, const struct asked *a) {
	int normal = -1;

	if (a->label != NULL) {
		normal = rows_normal_class(&c->rows, a->normal);
		if (normal < 0)
			return fail(
				a->label, "no class is called so in this column: say --normal CLASS"
			);
	}
	for (unsigned k = 0; k < 2; k++) {
		struct side *s = &c->side[k];

		if (side_score(s, &c->rows) < 0 || side_rank(s, c->rows.n) < 0)
			return -1;
		s->auc = normal >= 0 ? auc_of(s, &c->rows, (uint32_t)normal) : NAN;
	}
	levels_count(c);
	c->ranks_alike = spearman(c->side[0].rank, c->side[1].rank, c->rows.n);
	return 0;
}

static json_t *side_json(const struct side *s, const char *path) {
	json_t *strange = json_object(), *side;
	struct model_info info;
	char key[16];

	model_info(s->model, &info);
	for (unsigned l = 0; l < LEVELS; l++) {
		snprintf(key, sizeof(key), "%g", levels[l]);
		json_object_set_new(strange, key, json_integer((json_int_t)s->strange[l]));
	}
	side = json_pack(
		"{s:s, s:s, s:I, s:o, s:o}",
		"file",
		path,
		"kind",
		info.kind_name,
		"bytes",
		(json_int_t)info.bytes,
		"strange",
		strange,
		"auc",
		isnan(s->auc) ? json_null() : json_real(s->auc)
	);
	return side;
}

static int json_print(const struct comparison *c, const struct asked *a) {
	json_t *both = json_object(), *object;
	int rc = EXIT_OK;
	char key[16];

	for (unsigned l = 0; l < LEVELS; l++) {
		snprintf(key, sizeof(key), "%g", levels[l]);
		json_object_set_new(both, key, json_integer((json_int_t)c->both[l]));
	}
	object = json_pack(
		"{s:s, s:I, s:[o, o], s:o, s:f}",
		"type",
		"comparison",
		"rows",
		(json_int_t)c->rows.n,
		"models",
		side_json(&c->side[0], a->model[0]),
		side_json(&c->side[1], a->model[1]),
		"strange_to_both",
		both,
		"ranks_alike",
		c->ranks_alike
	);
	if (object == NULL || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) < 0)
		rc = EXIT_FAILED;
	putchar('\n');
	json_decref(object);
	return rc;
}

static int text_print(const struct comparison *c, const struct asked *a) {
	const double n = (double)c->rows.n;
	struct model_info info[2];

	for (unsigned k = 0; k < 2; k++) {
		model_info(c->side[k].model, &info[k]);
		printf("%c  %s: %s, %zu bytes\n",
		       'A' + (int)k,
		       a->model[k],
		       info[k].kind_name,
		       info[k].bytes);
	}
	printf("%zu rows; ranks alike %.4f (Spearman's: 1 the same order, 0 none in common)\n",
	       c->rows.n,
	       c->ranks_alike);
	puts("strange rows           A              B           both   only A   only B");
	for (unsigned l = 0; l < LEVELS; l++) {
		const uint64_t x = c->side[0].strange[l], y = c->side[1].strange[l];

		printf("score >= %-6g %7llu %5.2f %% %7llu %5.2f %% %9llu %8llu %8llu\n",
		       levels[l],
		       (unsigned long long)x,
		       100 * (double)x / n,
		       (unsigned long long)y,
		       100 * (double)y / n,
		       (unsigned long long)c->both[l],
		       (unsigned long long)(x - c->both[l]),
		       (unsigned long long)(y - c->both[l]));
	}
	if (!isnan(c->side[0].auc))
		printf("AUC             %14.4f %14.4f\n", c->side[0].auc, c->side[1].auc);
	return EXIT_OK;
}

int cmd_model_compare(int argc, char **argv) {
	struct comparison c = {0};
	struct asked a;
	int rc = EXIT_FAILED;

	if (!asked_read(&a, argc, argv))
		return EXIT_USAGE;
	if (a.help)
		return fputs(compare_help, stdout) >= 0 ? EXIT_OK : EXIT_FAILED;
	if (models_load(&c, &a) == 0 && rows_read(&c, &a) == 0 && compare(&c, &a) == 0)
		rc = (a.json ? json_print : text_print)(&c, &a);
	for (unsigned k = 0; k < 2; k++) {
		model_destroy(c.side[k].model);
		free(c.side[k].raw);
		free(c.side[k].rank);
	}
	rows_free(&c.rows);
	return rc;
}
