// Rows against points: every instruction set gives the bits of the definition, one row and one point at a time.
//
//     WEIR_ISA=avx512 points_test     (exits 77 where this machine has it not)
#include "model/points.h"
#include "model/random.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

static enum isa isa;

static float value_drawn(struct random *r) {
	switch (random_below(r, 8)) {
	case 0:
		return 0;
	case 1:
		return (float)random_below(r, 5) - 2; // equal ones meet
	case 2:
		return random_below(r, 2) > 0 ? PREPARE_LIMIT : -PREPARE_LIMIT;
	default:
		return (float)(random_unit(r) - 0.5) * 4;
	}
}

struct rig {
	struct points points;
	uint32_t stride;
	float *row; // POINTS_ROWS_MAX, each a block of its own width
};

static struct rig rig_make(uint32_t n, uint32_t width, struct random *r) {
	struct rig rig = {.stride = (width + PREPARE_LANES - 1) / PREPARE_LANES * PREPARE_LANES};
	float row[PREPARE_WIDTH_MAX];

	assert_int_equal(points_new(&rig.points, n, width), 0);
	assert_int_equal(rig.points.isa, isa);
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < width; k++)
			row[k] = value_drawn(r);
		points_set(&rig.points, i, row);
	}
	rig.row = calloc((size_t)POINTS_ROWS_MAX * rig.stride, sizeof(*rig.row));
	for (uint32_t i = 0; i < POINTS_ROWS_MAX; i++)
		for (uint32_t k = 0; k < width; k++)
			rig.row[i * rig.stride + k] = value_drawn(r);
	return rig;
}

static void rig_free(struct rig *rig) {
	points_free(&rig->points);
	free(rig->row);
}

static float squared_by_definition(const struct points *p, uint32_t i, const float *row) {
	float point[PREPARE_WIDTH_MAX];
	volatile float sum
		= 0; // no fused or reordered arithmetic, whatever this file is compiled with

	points_get(p, i, point);
	for (uint32_t k = 0; k < p->width; k++) {
		volatile float d = point[k] - row[k];
		volatile float square = d * d;

		sum = sum + square;
	}
	return sum;
}

static int near_compare(const void *a, const void *b) {
	const struct near *x = a, *y = b;

	if (x->squared != y->squared)
		return (x->squared > y->squared) - (x->squared < y->squared);
	return (x->point > y->point) - (x->point < y->point);
}

static void nearest_agree(const struct rig *rig, uint32_t n, uint32_t k) {
	struct near found[POINTS_ROWS_MAX * POINTS_NEAREST_MAX];
	struct near *all = malloc(rig->points.n * sizeof(*all));

	points_nearest(&rig->points, rig->row, rig->stride, n, k, found);
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t p = 0; p < rig->points.n; p++)
			all[p] = (struct near) {
				squared_by_definition(&rig->points, p, rig->row + i * rig->stride),
				p,
			};
		qsort(all, rig->points.n, sizeof(*all), near_compare);
		assert_memory_equal(found + (size_t)i * k, all, k * sizeof(*all));
	}
	free(all);
}

static void the_nearest_are_found_to_the_bit(void **) {
	static const struct {
		uint32_t n, width;
	} shapes[]
		= {{1, 1}, {15, 3}, {16, 5}, {17, 16}, {64, 33}, {300, 24}, {1000, 36}, {40, 128}};
	struct random r = random_seeded(21, 0);

	for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
		struct rig rig = rig_make(shapes[s].n, shapes[s].width, &r);

		print_message("  %u points of %u values\n", shapes[s].n, shapes[s].width);
		for (uint32_t n = 1; n <= POINTS_ROWS_MAX; n += 3) {
			nearest_agree(&rig, n, 1);
			nearest_agree(&rig, n, shapes[s].n < 5 ? shapes[s].n : 5);
			nearest_agree(
				&rig,
				n,
				shapes[s].n < POINTS_NEAREST_MAX ? shapes[s].n : POINTS_NEAREST_MAX
			);
		}
		rig_free(&rig);
	}
}

// Sums of kernels have no bits that a definition gives; those of the scalar code are the measure.
static void kernels_agree_with_the_scalar_code_and_with_the_math(void **) {
	struct random r = random_seeded(22, 0);

	for (uint32_t n = 1; n < 900; n = n * 2 + 3) {
		struct rig rig = rig_make(n, 1 + n % 37, &r);
		float *weight = calloc((size_t)rig.points.blocks * POINT_LANES, sizeof(*weight));
		const float gamma = 0.01f * (float)(1 + n % 7);
		double sum[POINTS_ROWS_MAX], scalar[POINTS_ROWS_MAX];

		for (uint32_t i = 0; i < n; i++)
			weight[i] = (float)random_unit(&r) / (float)n;
		points_rbf(&rig.points, weight, gamma, rig.row, rig.stride, POINTS_ROWS_MAX, sum);
		points_rbf_scalar(
			&rig.points,
			weight,
			gamma * (float)M_LOG2E,
			rig.row,
			rig.stride,
			POINTS_ROWS_MAX,
			scalar
		);
		assert_memory_equal(sum, scalar, sizeof(sum));
		for (uint32_t i = 0; i < POINTS_ROWS_MAX; i++) {
			double exact = 0;

			for (uint32_t p = 0; p < n; p++)
				exact += (double)weight[p]
					* exp(-(double)gamma
					      * (double)squared_by_definition(
						      &rig.points, p, rig.row + i * rig.stride
					      ));
			assert_near(sum[i], exact, 1e-6);
		}
		free(weight);
		rig_free(&rig);
	}
}

static void a_row_does_not_depend_on_those_beside_it(void **) {
	struct random r = random_seeded(23, 0);
	struct rig rig = rig_make(200, 20, &r);
	float weight[13 * POINT_LANES] = {0};
	double all[POINTS_ROWS_MAX], one;

	for (uint32_t i = 0; i < 200; i++)
		weight[i] = 0.005f;
	points_rbf(&rig.points, weight, 0.1f, rig.row, rig.stride, POINTS_ROWS_MAX, all);
	for (uint32_t i = 0; i < POINTS_ROWS_MAX; i++) {
		points_rbf(
			&rig.points, weight, 0.1f, rig.row + i * rig.stride, rig.stride, 1, &one
		);
		assert_memory_equal(&one, &all[i], sizeof(one));
	}
	rig_free(&rig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_are_found_to_the_bit),
		cmocka_unit_test(kernels_agree_with_the_scalar_code_and_with_the_math),
		cmocka_unit_test(a_row_does_not_depend_on_those_beside_it),
	};
	char error[ISA_ERROR_MAX];
	const int rc = isa_choose(&isa, getenv(ISA_VARIABLE), error);

	if (rc < 0) {
		fprintf(stderr, "%s%s\n", rc == -ENOTSUP ? "SKIP: " : "", error);
		return rc == -ENOTSUP ? SKIPPED : EXIT_FAILURE;
	}
	print_message("%s\n", isa_name(isa));
	if (isa_use(isa) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name("points", tests, NULL, NULL);
}
