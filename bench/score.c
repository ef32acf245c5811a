// bench/run score: what scoring a row takes, by model, batch and instruction set.
//
// Models are forests of 24, 32 and 36 features and one of 24 of every other kind, trained here, and those that Weir ships.
// Instruction sets and
// batches take turns, round after round, and the best round of each counts. While measuring, every raw score is
// compared with the scalar one of a single row: one bit that differs is a failure.
#include "bench/lib/machine.h"
#include "bench/lib/options.h"
#include "bench/lib/place.h"
#include "contract/isa.h"
#include "model/forest.h"
#include "model/model.h"
#include "model/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS 2048
#define TRAINING_ROWS 20000
#define MODELS_MAX 16
#define ROUNDS_MIN 5

static const uint32_t batches[] = {1, 4, 16, 64};
#define BATCHES (sizeof(batches) / sizeof(batches[0]))
static const uint32_t widths[] = {24, 32, 36};
#define WIDTHS (sizeof(widths) / sizeof(widths[0]))

static double seconds = 0.6;
static uint64_t trees = 100, sample = 256, cpu = 1;
static const char *folder = "";

static const struct option_row option_rows[] = {
	{"seconds", OPTION_SECONDS, &seconds, 0, 0, "a model"},
	{"trees", OPTION_COUNT, &trees, 1, FOREST_TREES_MAX, "of the forests made here"},
	{"sample",
	 OPTION_COUNT,
	 &sample,
	 2,
	 TRAINING_ROWS / 2,
	 "rows a tree of these is grown from"},
	{"models", OPTION_TEXT, &folder, 0, 0, "where flow.weir and host.weir are (conf/models)"},
	{"cpu", OPTION_COUNT, &cpu, 0, 1023, "where it runs"},
};

struct subject {
	char name[64];
	struct model *model[ISA_N]; // NULL where the machine has not got the set
	struct model_info info;
	json_t *about; // what the kind says of itself
	float *rows; // ROWS of info.n_features
	float expected[ROWS];
	double ns[ISA_N][BATCHES]; // a row
	double calibrate_ns;
	uint64_t differ; // scores with other bits
};

[[gnu::noreturn]] static void fail(const char *what, const char *why) {
	fprintf(stderr, "bench/run score: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void *taken(void *memory) {
	if (memory == NULL)
		fail("start", "no memory");
	return memory;
}

// Features of traffic are sizes and times over many orders of magnitude, small counts, shares, and very often 0.
static float feature_drawn(struct random *r, uint32_t feature, double order) {
	switch (feature % 4) {
	case 0:
		return (float)exp(6 * order + 2 * random_unit(r));
	case 1:
		return (float)(random_below(r, 1 + (uint32_t)(order * 20)));
	case 2:
		return (float)random_unit(r);
	default:
		return random_below(r, 3) > 0 ? 0 : (float)exp(4 * order * random_unit(r));
	}
}

static float *rows_drawn(uint32_t n, uint32_t n_features, uint64_t stream) {
	float *rows = taken(malloc((size_t)n * n_features * sizeof(*rows)));
	struct random r = random_seeded(7, stream);

	for (uint32_t i = 0; i < n; i++) {
		const double order
			= random_unit(&r) + random_unit(&r); // what a row's features share

		for (uint32_t k = 0; k < n_features; k++)
			rows[(size_t)i * n_features + k] = feature_drawn(&r, k, order);
	}
	return rows;
}

// For a model whose training rows are not here: a row that lies on the way to a node somewhere in the forest, feature by
// feature at thresholds that the training drew from its rows' ranges.
static float *rows_of_model(const struct forest *f, uint32_t n_features) {
	float *rows = taken(calloc((size_t)ROWS * n_features, sizeof(*rows)));
	struct random r = random_seeded(8, 0);

	for (uint32_t i = 0; i < ROWS; i++)
		for (uint32_t k = 0; k < 6 * n_features; k++) {
			const struct forest_node *node = &f->node[random_below(&r, f->nodes)];
			const float around = (float)(0.5 + random_unit(&r));

			if (isfinite(node->threshold)) // no leaf
				rows[i * n_features + forest_feature(node->link)]
					= node->threshold * around;
		}
	return rows;
}

static void isa_take(enum isa isa) {
	if (isa_use(isa) < 0)
		fail(isa_name(isa), "supported, and refused");
}

static void subject_finish(struct subject *s) {
	char *about = taken(model_describe(s->model[ISA_SCALAR]));

	model_info(s->model[ISA_SCALAR], &s->info);
	s->about = json_loads(about, 0, NULL);
	free(about);
	if (s->rows == NULL)
		s->rows = rows_of_model(s->model[ISA_SCALAR]->body, s->info.n_features);
	for (uint32_t i = 0; i < ROWS; i++)
		model_score(
			s->model[ISA_SCALAR],
			s->rows + (size_t)i * s->info.n_features,
			s->info.n_features,
			1,
			&s->expected[i]
		);
	for (unsigned i = 0; i < ISA_N; i++)
		for (unsigned b = 0; b < BATCHES; b++)
			s->ns[i][b] = INFINITY;
	s->calibrate_ns = INFINITY;
}

static uint32_t classes_drawn[TRAINING_ROWS];

// Of rows that a classifier is trained on every fourth is of another class, and further off in a few features.
static void classes_draw(float *training, uint32_t width) {
	for (uint32_t i = 0; i < TRAINING_ROWS; i++) {
		classes_drawn[i] = i % 4 == 0;
		for (uint32_t k = 0; k < width && classes_drawn[i]; k += 5)
			training[(size_t)i * width + k] *= 3;
	}
}

// Of the forest what the options say, of the others what is usual for them.
static struct model_training training_of(const struct model_kind_info *kind) {
	struct model_training t;

	model_training_init(&t, kind);
	if (strcmp(kind->name, "forest") == 0) {
		t.option[0] = (double)trees;
		t.option[1] = (double)sample;
	}
	if (kind->prepares)
		t.scaling = MODEL_SCALING_LOG;
	return t;
}

static void subject_train(struct subject *s, const struct model_kind_info *kind, uint32_t width) {
	static char name[MODEL_FEATURES_MAX][8];
	static const char *const classes[] = {"normal", "other"};
	const char *names[MODEL_FEATURES_MAX];
	const struct model_training t = training_of(kind);
	float *training = rows_drawn(TRAINING_ROWS, width, 1);
	const struct model_rows rows = {
		.value = training,
		.n = TRAINING_ROWS,
		.names = names,
		.n_features = width,
		.class_ = classes_drawn,
		.class_names = classes,
		.n_classes = 2,
	};
	char error[MODEL_ERROR_MAX];

	for (uint32_t k = 0; k < width; k++) {
		snprintf(name[k], sizeof(name[k]), "f%u", k);
		names[k] = name[k];
	}
	if (kind->classifies)
		classes_draw(training, width);
	snprintf(s->name, sizeof(s->name), "%s of %u features", kind->name, width);
	for (unsigned i = 0; i < ISA_N; i++) {
		if (!isa_supported((enum isa)i))
			continue;
		isa_take((enum isa)i);
		if (model_train(&s->model[i], &rows, &t, error) < 0)
			fail(s->name, error);
	}
	s->rows = rows_drawn(ROWS, width, 2);
	free(training);
	subject_finish(s);
}

static void subject_load(struct subject *s, const char *file) {
	const char *bench = getenv("WEIR_BENCH");
	char error[MODEL_ERROR_MAX], path[4096];

	if (folder[0] != '\0')
		snprintf(path, sizeof(path), "%s/%s", folder, file);
	else
		snprintf(
			path,
			sizeof(path),
			"%s%sconf/models/%s",
			bench != NULL ? bench : "",
			bench != NULL ? "/../" : "",
			file
		);
	snprintf(s->name, sizeof(s->name), "%s", file);
	for (unsigned i = 0; i < ISA_N; i++) {
		if (!isa_supported((enum isa)i))
			continue;
		isa_take((enum isa)i);
		if (model_load(&s->model[i], path, error) < 0) {
			fprintf(stderr, "bench/run score: --models FOLDER says where they are\n");
			fail(path, error);
		}
	}
	subject_finish(s);
}

static void differences_count(struct subject *s, const float *raw) {
	for (uint32_t i = 0; i < ROWS; i++)
		s->differ += memcmp(&raw[i], &s->expected[i], sizeof(*raw)) != 0;
}

// Of this thread alone: what else the machine does is not ours.
static double now_ns(void) {
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void score_round(struct subject *s, unsigned isa, unsigned b) {
	const uint32_t width = s->info.n_features, batch = batches[b];
	static float raw[ROWS];
	const double start = now_ns();

	for (uint32_t i = 0; i < ROWS; i += batch)
		model_score(s->model[isa], s->rows + (size_t)i * width, width, batch, raw + i);

	const double ns = (now_ns() - start) / ROWS;

	s->ns[isa][b] = ns < s->ns[isa][b] ? ns : s->ns[isa][b];
	differences_count(s, raw);
}

static void calibrate_round(struct subject *s) {
	const double start = now_ns();
	float sum = 0;

	for (uint32_t i = 0; i < ROWS; i++)
		sum += model_calibrate(s->model[ISA_SCALAR], s->expected[i]);
	__asm__ volatile("" : : "m"(sum));

	const double ns = (now_ns() - start) / ROWS;

	s->calibrate_ns = ns < s->calibrate_ns ? ns : s->calibrate_ns;
}

static void subject_measure(struct subject *s) {
	const double end = now_ns() + seconds * 1e9;

	for (unsigned round = 0; round < ROUNDS_MIN || now_ns() < end; round++) {
		for (unsigned b = 0; b < BATCHES; b++)
			for (unsigned i = 0; i < ISA_N; i++)
				if (s->model[i] != NULL)
					score_round(s, i, b);
		calibrate_round(s);
	}
}

static json_t *subject_json(const struct subject *s) {
	json_t *ns = json_object(), *ratio = json_object();

	for (unsigned i = 0; i < ISA_N; i++) {
		json_t *of_batch = json_object(), *to_scalar = json_object();
		char key[16];

		if (s->model[i] == NULL)
			continue;
		for (unsigned b = 0; b < BATCHES; b++) {
			snprintf(key, sizeof(key), "%u", batches[b]);
			json_object_set_new(of_batch, key, json_real(s->ns[i][b]));
			json_object_set_new(
				to_scalar, key, json_real(s->ns[i][b] / s->ns[ISA_SCALAR][b])
			);
		}
		json_object_set_new(ns, isa_name((enum isa)i), of_batch);
		json_object_set_new(ratio, isa_name((enum isa)i), to_scalar);
	}
	return json_pack(
		"{s:s, s:s, s:O, s:i, s:b, s:o, s:o, s:f}",
		"name",
		s->name,
		"kind",
		s->info.kind_name,
		"about",
		s->about,
		"features",
		(int)s->info.n_features,
		"same_bits",
		s->differ == 0,
		"ns_per_row",
		ns,
		"of_scalar",
		ratio,
		"calibrate_ns",
		s->calibrate_ns
	);
}

static double us_at_batch_16(const struct subject *s) {
	return s->ns[isa_best()][2] / 1000;
}

static json_t *results_json(const struct subject *s, unsigned n) {
	json_t *models = json_array(), *not_here = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(models, subject_json(&s[i]));
	for (unsigned i = 0; i < ISA_N; i++)
		if (!isa_supported((enum isa)i))
			json_array_append_new(not_here, json_string(isa_name((enum isa)i)));
	return json_pack(
		"{s:s, s:o, s:f, s:i, s:o}",
		"isa",
		isa_name(isa_best()),
		"isa_not_on_this_machine",
		not_here,
		"forest_us_batch_16",
		us_at_batch_16(&s[0]),
		"rows",
		ROWS,
		"models",
		models
	);
}

static void about_print(const json_t *about) {
	json_t *value;
	const char *key;

	json_object_foreach((json_t *)about, key, value) if (json_is_number(value))
		printf(", %s %.6g", key, json_number_value(value));
}

static void subject_print(const struct subject *s) {
	printf("\n%s: %s, %u features", s->name, s->info.kind_name, s->info.n_features);
	about_print(s->about);
	printf("; model_calibrate %.0f ns\n", s->calibrate_ns);
	printf("  ns a row     ");
	for (unsigned b = 0; b < BATCHES; b++)
		printf("       batch %-2u", batches[b]);
	printf("\n");
	for (unsigned i = 0; i < ISA_N; i++) {
		printf("  %-13s", isa_name((enum isa)i));
		if (s->model[i] == NULL)
			printf("  not measured: this machine has it not");
		else
			for (unsigned b = 0; b < BATCHES; b++)
				printf("  %6.0f (%.2f)",
				       s->ns[i][b],
				       s->ns[i][b] / s->ns[ISA_SCALAR][b]);
		printf("\n");
	}
}

static void results_print(const struct subject *s, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		subject_print(&s[i]);
	putchar('\n');
	puts("In brackets: of scalar. Scores of all sets and batches are the same to the bit.");
	printf("Forest of 24 features at batch 16 with %s: %.2f us a row (0.8 asked, 0.4 aimed "
	       "at)\n",
	       isa_name(isa_best()),
	       us_at_batch_16(&s[0]));
}

static unsigned subjects_make(struct subject s[MODELS_MAX]) {
	const struct model_kind_info *kind;
	unsigned n = 0;

	for (unsigned i = 0; i < WIDTHS; i++)
		subject_train(&s[n++], model_kind_find("forest"), widths[i]);
	for (unsigned i = 0; (kind = model_kind_at(i)) != NULL; i++)
		if (strcmp(kind->name, "forest") != 0 && !kind->combines)
			subject_train(&s[n++], kind, widths[0]);
	subject_load(&s[n++], "flow.weir");
	subject_load(&s[n++], "host.weir");
	return n;
}

int main(int argc, char **argv) {
	static struct subject subjects[MODELS_MAX];
	struct options options = {
		.bench = "score",
		.about = "ns a row of model_score(), by model, batch and instruction set.",
		.row = option_rows,
		.n = sizeof(option_rows) / sizeof(option_rows[0]),
	};
	json_t *machine;
	unsigned n;

	options_parse(&options, argc, argv);
	machine = machine_json();
	place_on_cpu((unsigned)cpu);
	n = subjects_make(subjects);
	for (unsigned i = 0; i < n; i++) {
		subject_measure(&subjects[i]);
		if (subjects[i].differ > 0)
			fail(subjects[i].name, "scores differ between instruction sets or batches");
	}
	if (options.json) {
		bench_print_json(
			"score", machine, options_settings(&options), results_json(subjects, n)
		);
		return 0;
	}
	machine_print(stdout, machine);
	results_print(subjects, n);
	json_decref(machine);
	return 0;
}
