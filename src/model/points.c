// Points: memory, file, and the choice of instructions. See points.h.
#include "model/points.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Of the points that fill up the last block: far beyond PREPARE_LIMIT, and its square times PREPARE_WIDTH_MAX is a float.
#define FAR 1e18f

static size_t place(const struct points *p, uint32_t i, uint32_t k) {
	return ((size_t)(i / POINT_LANES) * p->width + k) * POINT_LANES + i % POINT_LANES;
}

int points_new(struct points *out, uint32_t n, uint32_t width) {
	struct points p = {
		.n = n,
		.width = width,
		.blocks = (n + POINT_LANES - 1) / POINT_LANES,
		.isa = isa_in_use(),
	};
	const size_t values = (size_t)p.blocks * width * POINT_LANES;

	p.value = aligned_alloc(64, values * sizeof(*p.value));
	if (p.value == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < values; i++)
		p.value[i] = FAR;
	*out = p;
	return 0;
}

void points_free(struct points *p) {
	free(p->value);
	*p = (struct points) {0};
}

void points_set(struct points *p, uint32_t i, const float *row) {
	for (uint32_t k = 0; k < p->width; k++)
		p->value[place(p, i, k)] = row[k];
}

void points_get(const struct points *p, uint32_t i, float *row) {
	for (uint32_t k = 0; k < p->width; k++)
		row[k] = p->value[place(p, i, k)];
}

int points_parse(
	struct points *out,
	struct reader *in,
	uint32_t width,
	const char *section,
	char *error
) {
	const uint32_t n = reader_u32(in);

	if (in->bad || n < 1 || n > POINTS_MAX || in->left != (size_t)n * width * 4)
		return model_fail(
			error,
			-EBADMSG,
			"section %s: %" PRIu32 " points, 1 to %u are allowed, of %" PRIu32
			" values: %zu bytes are left",
			section,
			n,
			POINTS_MAX,
			width,
			in->left
		);
	if (points_new(out, n, width) < 0)
		return model_fail(error, -ENOMEM, "section %s: no memory", section);
	for (uint32_t i = 0; i < n; i++) {
		float row[PREPARE_WIDTH_MAX];
		bool fine = true;

		for (uint32_t k = 0; k < width; k++) {
			row[k] = reader_f32(in);
			fine &= fabsf(row[k]) <= PREPARE_LIMIT; // not of a NaN
		}
		if (!fine) {
			points_free(out);
			return model_fail(
				error,
				-EBADMSG,
				"section %s: point %" PRIu32 ": not a number, or too large",
				section,
				i
			);
		}
		points_set(out, i, row);
	}
	return 0;
}

int points_parse_n(
	struct points *out,
	struct reader *in,
	uint32_t n,
	uint32_t width,
	const char *section,
	char *error
) {
	const int rc = points_parse(out, in, width, section, error);

	if (rc < 0 || out->n == n)
		return rc;
	return model_fail(
		error,
		-EBADMSG,
		"section %s: %" PRIu32 " points, %" PRIu32 " were announced",
		section,
		out->n,
		n
	);
}

int nearest_check(uint32_t k, uint32_t k_max, uint32_t n, const char *section, char *error) {
	if (k >= 1 && k <= k_max && k <= n && n <= POINTS_MAX)
		return 0;
	return model_fail(
		error, -EBADMSG, "section %s: k %" PRIu32 " of %" PRIu32 " points", section, k, n
	);
}

int points_take(struct points *out, const struct model_ground *g, char *error) {
	if (points_new(out, g->n_rows, g->shape.width) < 0)
		return model_fail(error, -ENOMEM, "no memory for %" PRIu32 " rows", g->n_rows);
	for (uint32_t i = 0; i < g->n_rows; i++)
		points_set(out, i, g->rows + (size_t)g->order[i] * g->stride_floats);
	return 0;
}

void points_write(const struct points *p, struct writer *out) {
	writer_u32(out, p->n);
	for (uint32_t i = 0; i < p->n; i++) {
		float row[PREPARE_WIDTH_MAX];

		points_get(p, i, row);
		for (uint32_t k = 0; k < p->width; k++)
			writer_f32(out, row[k]);
	}
}

static points_nearest_fn *const nearest[ISA_N] = {
	[ISA_SCALAR] = points_nearest_scalar,
#ifdef __x86_64__
	[ISA_AVX2] = points_nearest_avx2,
	[ISA_AVX512] = points_nearest_avx512,
#endif
};

static points_rbf_fn *const rbf[ISA_N] = {
	[ISA_SCALAR] = points_rbf_scalar,
#ifdef __x86_64__
	[ISA_AVX2] = points_rbf_avx2,
	[ISA_AVX512] = points_rbf_avx512,
#endif
};

void points_nearest(
	const struct points *p,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	uint32_t k,
	struct near *out
) {
	assert(n <= POINTS_ROWS_MAX && k >= 1 && k <= POINTS_NEAREST_MAX && k <= p->n);
	nearest[p->isa](p, rows, stride_floats, n, k, out);
}

void points_rbf(
	const struct points *p,
	const float *weight,
	float gamma,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	double *sum
) {
	assert(n <= POINTS_ROWS_MAX);
	rbf[p->isa](p, weight, gamma * (float)M_LOG2E, rows, stride_floats, n, sum);
}
