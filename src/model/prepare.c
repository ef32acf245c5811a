// Scaling and categories: the section "PREP", and what it does to a row. See prepare.h.
#include "model/prepare.h"

#include "model/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline float finite_or_zero(float x) {
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return (bits & 0x7f800000) != 0x7f800000 ? x : 0;
}

// ln x for a normal x >= 1, as exact_ln(), to what a float32 can hold: the first term left out (13) is below 2e-11.
// Without branches, which nobody could foretell.
static inline double log_of(double x) {
	const uint64_t fraction_bits = 0x000fffffffffffff, root_of_2 = 0x6a09e667f3bcd;
	uint64_t bits, upper;
	double m, s, z;

	memcpy(&bits, &x, sizeof(bits));
	upper = (bits & fraction_bits) > root_of_2; // then m is halved
	const double exponent = (double)((int64_t)(bits >> 52) - 1023 + (int64_t)upper);

	bits = (bits & fraction_bits) | (UINT64_C(1023) - upper) << 52;
	memcpy(&m, &bits, sizeof(m));
	s = (m - 1) / (m + 1);
	z = s * s;
	z = ((((z * (1.0 / 11) + 1.0 / 9) * z + 1.0 / 7) * z + 1.0 / 5) * z + 1.0 / 3) * z + 1;
	return 2 * s * z + exponent * 0x1.62e42fefa39efp-1;
}

// Odd, so that the sign is kept, and 0 stays 0.
double prepare_log(double x) {
	return copysign(log_of(1 + fabs(x)), x);
}

static float cut(double x) {
	x = x > (double)PREPARE_LIMIT ? (double)PREPARE_LIMIT : x;
	return (float)(x < -(double)PREPARE_LIMIT ? -(double)PREPARE_LIMIT : x);
}

static uint32_t feature_prepare(const struct prepare_feature *f, float x, float *out) {
	if (f->type == PREPARE_CATEGORY) {
		for (uint32_t c = 0; c < f->n_codes; c++)
			out[c] = x == f->code[c] ? f->factor : 0;
		return f->n_codes;
	}

	const double y = f->type == PREPARE_LOG ? prepare_log((double)x) : (double)x;

	*out = cut((y - (double)f->centre) * (double)f->factor);
	return 1;
}

void prepare_rows(
	const struct prepare *p,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *out
) {
	for (uint32_t i = 0; i < n; i++, rows += stride_floats, out += p->stride_floats) {
		uint32_t at = 0;

		for (uint32_t k = 0; k < p->n_features; k++)
			at += feature_prepare(&p->feature[k], finite_or_zero(rows[k]), out + at);
		for (; at < p->stride_floats; at++)
			out[at] = 0;
	}
}

void prepare_width_set(struct prepare *p) {
	p->width = 0;
	for (uint32_t k = 0; k < p->n_features; k++)
		p->width += p->feature[k].type == PREPARE_CATEGORY ? p->feature[k].n_codes : 1;
	p->stride_floats = (p->width + PREPARE_LANES - 1) / PREPARE_LANES * PREPARE_LANES;
}

static const char *feature_fault(const struct prepare_feature *f) {
	const bool is_category = f->type == PREPARE_CATEGORY;

	if (f->type < PREPARE_LINEAR || f->type > PREPARE_CATEGORY)
		return "a type that is not known";
	if (!isfinite(f->centre) || !isfinite(f->factor)
	    || (is_category && fabsf(f->factor) > PREPARE_LIMIT))
		return "a scale that is not finite, or too large";
	if (is_category ? f->n_codes < 1 || f->n_codes > PREPARE_CODES_MAX : f->n_codes != 0)
		return "codes of a category: none, too many, or of another type";
	return NULL;
}

static const char *codes_fault(const struct prepare_feature *f) {
	for (uint32_t c = 0; c < f->n_codes; c++)
		if (!isfinite(f->code[c]) || (c > 0 && f->code[c] <= f->code[c - 1]))
			return "codes that are not finite or do not rise";
	return NULL;
}

static const char *feature_parse(struct prepare_feature *f, struct reader *in) {
	const char *fault;

	f->type = reader_u32(in);
	f->centre = reader_f32(in);
	f->factor = reader_f32(in);
	f->n_codes = reader_u32(in);
	fault = feature_fault(f);
	if (fault != NULL)
		return fault;
	for (uint32_t c = 0; c < f->n_codes; c++)
		f->code[c] = reader_f32(in);
	return in->bad ? "cut off" : codes_fault(f);
}

int prepare_parse(struct prepare *out, struct reader *in, uint32_t n_features, char *error) {
	memset(out, 0, sizeof(*out));
	out->n_features = n_features;
	for (uint32_t k = 0; k < n_features; k++) {
		const char *fault = feature_parse(&out->feature[k], in);

		if (fault != NULL)
			return model_fail(
				error, -EBADMSG, "section PREP: feature %" PRIu32 ": %s", k, fault
			);
	}
	prepare_width_set(out);
	if (in->left > 0 || out->width > PREPARE_WIDTH_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"section PREP: %zu bytes too many, or rows of more than %d values",
			in->left,
			PREPARE_WIDTH_MAX
		);
	return 0;
}

void prepare_write(const struct prepare *p, struct writer *out) {
	for (uint32_t k = 0; k < p->n_features; k++) {
		const struct prepare_feature *f = &p->feature[k];

		writer_u32(out, f->type);
		writer_f32(out, f->centre);
		writer_f32(out, f->factor);
		writer_u32(out, f->n_codes);
		for (uint32_t c = 0; c < f->n_codes; c++)
			writer_f32(out, f->code[c]);
	}
}
