// The kernel of kitnet_score.h, for KITNET_LANES rows at once: 4, 8 or 16.
//
// Threads    Pure functions.
// Memory     Stack.
#ifndef WEIR_MODEL_KITNET_LANES_H
#define WEIR_MODEL_KITNET_LANES_H

#include "model/kitnet_score.h"

#include <math.h>
#include <string.h>

#ifndef KITNET_LANES
#define KITNET_LANES 4
#endif

typedef float lanes __attribute__((vector_size(4 * KITNET_LANES)));
typedef int32_t lanes_bits __attribute__((vector_size(4 * KITNET_LANES)));

// 1 / (1 + e^-a) by e^-|a| = 2^-n e^f, |f| <= ln 2 / 2: Taylor's term 8 of e^f is below 6e-9. Beyond 2^-126, which
// no float32 sum with 1 shows, all is 2^-126. a is finite.
[[gnu::always_inline]] static inline void sigmoid(lanes *a) {
	const float log2_e = 0x1.715476p+0f, ln_2 = 0x1.62e430p-1f, low = 126;
	const lanes_bits bits = (lanes_bits)*a, negative = bits >> 31;
	const lanes_bits one = (lanes_bits)((lanes) {0} + 1.0f);
	lanes y = (lanes)(bits & 0x7fffffff) * log2_e;
	const lanes_bits deep = y > low;

	y = (lanes)((deep & (lanes_bits)((lanes) {0} + low)) | (~deep & (lanes_bits)y));

	const lanes_bits n = __builtin_convertvector(y + 0.5f, lanes_bits);
	const lanes f = (__builtin_convertvector(n, lanes) - y) * ln_2;
	lanes e = f * (1.0f / 5040) + 1.0f / 720;

	e = e * f + 1.0f / 120;
	e = e * f + 1.0f / 24;
	e = e * f + 1.0f / 6;
	e = e * f + 0.5f;
	e = e * f + 1.0f;
	e = e * f + 1.0f;
	e *= (lanes)((127 - n) << 23);
	*a = (lanes)((negative & (lanes_bits)e) | (~negative & one)) / (e + 1.0f);
}

// The RMSE of what a net makes of x.
[[gnu::always_inline]] static inline void
net_error(lanes *out, const struct kitnet_net *net, const lanes *x) {
	lanes h[KITNET_WIDTH_MAX], squares = {0};

	for (uint32_t k = 0; k < net->hidden; k++) {
		const float *w = net->w + (size_t)k * net->inputs;
		lanes a = (lanes) {0} + net->hidden_bias[k];

		for (uint32_t i = 0; i < net->inputs; i++)
			a += w[i] * x[i];
		sigmoid(&a);
		h[k] = a;
	}
	for (uint32_t i = 0; i < net->inputs; i++) {
		lanes a = (lanes) {0} + net->bias[i];

		for (uint32_t k = 0; k < net->hidden; k++)
			a += net->w[(size_t)k * net->inputs + i] * h[k];
		sigmoid(&a);
		squares += (x[i] - a) * (x[i] - a);
	}
	squares /= (float)net->inputs;
	for (unsigned l = 0; l < KITNET_LANES; l++)
		(*out)[l] = sqrtf(squares[l]);
}

// NaN and infinity have all exponent bits set.
static inline float finite_or_zero(float x) {
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return (bits & 0x7f800000) != 0x7f800000 ? x : 0;
}

// In double: a difference of two float32 may be too large for a third.
[[gnu::always_inline]] static inline void
normalise(lanes *x, const struct kitnet_range *range, float reach) {
	const double low = -(double)reach, high = 1 + (double)reach;
	float value[KITNET_LANES];

	memcpy(value, x, sizeof(value));
	for (unsigned l = 0; l < KITNET_LANES; l++) {
		double at = ((double)value[l] - (double)range->low) * range->per_value;

		at = at < low ? low : at;
		at = at > high ? high : at;
		value[l] = (float)at;
	}
	memcpy(x, value, sizeof(value));
}

// The same feature of all rows.
[[gnu::always_inline]] static inline void
gather(lanes *x, const float *const row[], uint32_t feature) {
	float value[KITNET_LANES];

	for (unsigned l = 0; l < KITNET_LANES; l++)
		value[l] = finite_or_zero(row[l][feature]);
	memcpy(x, value, sizeof(value));
}

// KITNET_LANES rows, of which the last may be the same one several times.
static void lanes_score(const struct kitnet *k, const float *const row[], lanes *raw) {
	const struct kitnet_net *net = k->net;
	const uint8_t *member = k->member;
	lanes x[KITNET_WIDTH_MAX], errors[KITNET_WIDTH_MAX];

	for (uint32_t g = 0; g < k->groups; g++, member += net->inputs, net++) {
		for (uint32_t i = 0; i < net->inputs; i++) {
			gather(&x[i], row, member[i]);
			normalise(&x[i], &k->range[member[i]], k->reach);
		}
		net_error(&errors[g], net, x);
		normalise(&errors[g], &k->error_range[g], k->reach);
	}
	net_error(raw, net, errors);
}

static inline void lanes_score_all(
	const struct kitnet *k,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
) {
	for (uint32_t done = 0; done < n; done += KITNET_LANES) {
		const uint32_t left = n - done, used = left < KITNET_LANES ? left : KITNET_LANES;
		const float *row[KITNET_LANES];
		lanes score;

		for (uint32_t l = 0; l < KITNET_LANES; l++) {
			const uint32_t at = done + (l < used ? l : used - 1);

			row[l] = rows + (size_t)at * stride_floats;
		}
		lanes_score(k, row, &score);
		for (uint32_t l = 0; l < used; l++)
			raw[done + l] = score[l];
	}
}

#endif
