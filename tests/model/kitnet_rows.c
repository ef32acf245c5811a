// KitNET's learner at the end of a pipe, for kitnet_test.py.
//
//     kitnet_rows WIDTH MAP_ROWS LEARN_ROWS GROUP_MAX REACH SEED
//
// float32 rows in: MAP_ROWS for the feature map, LEARN_ROWS for the autoencoders, the others scored by the
// frozen model. float64 out: the group of each feature, then one number a row after the map: the RMSE.
//
// WEIR_ISA in the environment says with which instructions; exit code 77 where this machine has them not.
#include "contract/isa.h"
#include "model/kitnet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SKIPPED 77

static void put(double value) {
	fwrite(&value, sizeof(value), 1, stdout);
}

static int learn_and_score(uint32_t width, uint32_t learn_rows, const struct kitnet_shape *shape) {
	struct kitnet_learner *learner = NULL;
	struct kitnet k = {0};
	float row[KITNET_WIDTH_MAX], raw;
	double *rmse = calloc(learn_rows, sizeof(*rmse));

	if (rmse == NULL || kitnet_learner_create(&learner, width, shape) < 0)
		return -1;
	for (uint32_t i = 0; i < shape->map_rows + learn_rows; i++) {
		if (fread(row, sizeof(*row), width, stdin) != width)
			return -1;

		const double before = kitnet_learn(learner, row);

		if (i >= shape->map_rows)
			rmse[i - shape->map_rows] = before;
	}
	if (kitnet_freeze(&k, learner) < 0)
		return -1;
	for (uint32_t i = 0; i < width; i++)
		put(k.group[i]);
	for (uint32_t i = 0; i < learn_rows; i++)
		put(rmse[i]);
	while (fread(row, sizeof(*row), width, stdin) == width) {
		kitnet_score(&k, row, width, width, 1, &raw);
		put((double)raw);
	}
	kitnet_release(&k);
	kitnet_learner_destroy(learner);
	free(rmse);
	return 0;
}

int main(int argc, char **argv) {
	char error[ISA_ERROR_MAX];
	enum isa isa;
	const int rc = isa_choose(&isa, getenv(ISA_VARIABLE), error);

	if (rc < 0 || isa_use(isa) < 0) {
		fprintf(stderr, "kitnet_rows: %s\n", error);
		return rc == -ENOTSUP ? SKIPPED : EXIT_FAILURE;
	}
	if (argc != 7)
		return EXIT_FAILURE;

	const struct kitnet_shape shape = {
		.map_rows = (uint32_t)atoi(argv[2]),
		.group_max = (uint32_t)atoi(argv[4]),
		.hidden = 0.75,
		.rate = 0.1,
		.reach = atof(argv[5]),
		.seed = strtoull(argv[6], NULL, 10),
	};

	if (learn_and_score((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[3]), &shape) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "kitnet_rows: too few rows, or a shape that is none\n");
	return EXIT_FAILURE;
}
