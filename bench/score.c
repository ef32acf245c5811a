// How long a row takes to score: one core, a forest of the default size, rows of as many features as a flow.
//
//     bench_score [TREES [SAMPLE]]
#include "model/model.h"

#include <weir/feature.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROWS 20000
#define ROUNDS 5

// Of this thread alone: what else the machine does is not ours.
static double now_s(void) {
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// The best of some rounds.
static double us_per_row(const struct model *m, const float *rows, uint32_t batch) {
	double best = 1e9;
	float raw[MODEL_BATCH_MAX];

	for (unsigned round = 0; round < ROUNDS; round++) {
		const double start = now_s();
		uint32_t done = 0;

		for (; done + batch <= ROWS; done += batch)
			model_score(
				m, rows + (size_t)done * FLOW_FEATURE_N, FLOW_FEATURE_N, batch, raw
			);

		const double us = (now_s() - start) / done * 1e6;

		best = us < best ? us : best;
	}
	return best;
}

int main(int argc, char **argv) {
	static float rows[ROWS * FLOW_FEATURE_N];
	const char *names[FLOW_FEATURE_N];
	struct forest_options options = forest_defaults;
	char error[MODEL_ERROR_MAX];
	struct model_info info;
	struct model *m;
	unsigned seed = 1;

	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		names[i] = flow_feature_info[i].name;
	for (size_t i = 0; i < ROWS * FLOW_FEATURE_N; i++)
		rows[i] = (float)(rand_r(&seed) % 1000) * (float)(rand_r(&seed) % 1000);
	if (argc > 1)
		options.trees = (uint32_t)atoi(argv[1]);
	if (argc > 2)
		options.sample = (uint32_t)atoi(argv[2]);
	if (forest_train(&m, rows, ROWS, names, FLOW_FEATURE_N, &options, error) < 0) {
		fprintf(stderr, "bench_score: %s\n", error);
		return EXIT_FAILURE;
	}
	model_info(m, &info);
	printf("%u trees of %u, %d features, %zu bytes\n",
	       options.trees,
	       options.sample,
	       FLOW_FEATURE_N,
	       info.bytes);
	for (uint32_t batch = 1; batch <= MODEL_BATCH_MAX; batch *= 4)
		printf("batch %2u: %.3f us a row\n", batch, us_per_row(m, rows, batch));
	model_destroy(m);
	return EXIT_SUCCESS;
}
