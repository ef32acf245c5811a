// An autoencoder that learns: see kitnet_net.h.
#include "model/kitnet_net.h"

#include "model/exact.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define LOG2_E 0x1.71547652b82fep+0
#define EXPONENT_MAX 999.0 // of exact_exp2_minus()

int kitnet_coder_create(
	struct kitnet_coder *out,
	uint32_t inputs,
	uint32_t hidden,
	struct random *r
) {
	double *memory = calloc((size_t)5 * inputs + 2 * hidden + hidden * inputs, sizeof(*memory));
	struct kitnet_coder c = {.inputs = inputs, .hidden = hidden, .low = memory};

	if (memory == NULL)
		return -ENOMEM;
	c.high = c.low + inputs;
	c.bias = c.high + inputs;
	c.x = c.bias + inputs;
	c.z = c.x + inputs;
	c.hidden_bias = c.z + inputs;
	c.h = c.hidden_bias + hidden;
	c.w = c.h + hidden;
	for (uint32_t i = 0; i < inputs; i++) {
		c.low[i] = INFINITY;
		c.high[i] = -INFINITY;
	}
	for (uint32_t k = 0; k < hidden * inputs; k++)
		c.w[k] = (2 * random_unit(r) - 1) / inputs;
	*out = c;
	return 0;
}

void kitnet_coder_destroy(struct kitnet_coder *c) {
	free(c->low);
	c->low = NULL;
}

static double sigmoid(double a) {
	const double t = exact_exp2_minus(fmin(fabs(a) * LOG2_E, EXPONENT_MAX));

	return (a < 0 ? t : 1) / (1 + t);
}

void kitnet_coder_widen(struct kitnet_coder *c, const double *row) {
	for (uint32_t i = 0; i < c->inputs; i++) {
		c->low[i] = fmin(c->low[i], row[i]);
		c->high[i] = fmax(c->high[i], row[i]);
	}
}

// The ranges hold the row already: nothing is outside 0..1, and what never varied is 0.
static void normalise(const struct kitnet_coder *c, const double *row) {
	for (uint32_t i = 0; i < c->inputs; i++) {
		const double range = c->high[i] - c->low[i];

		c->x[i] = range > 0 ? (row[i] - c->low[i]) / range : 0;
	}
}

static void reconstruct(const struct kitnet_coder *c) {
	for (uint32_t k = 0; k < c->hidden; k++) {
		const double *w = c->w + (size_t)k * c->inputs;
		double a = c->hidden_bias[k];

		for (uint32_t i = 0; i < c->inputs; i++)
			a += w[i] * c->x[i];
		c->h[k] = sigmoid(a);
	}
	for (uint32_t i = 0; i < c->inputs; i++) {
		double a = c->bias[i];

		for (uint32_t k = 0; k < c->hidden; k++)
			a += c->w[(size_t)k * c->inputs + i] * c->h[k];
		c->z[i] = sigmoid(a);
	}
}

// Leaves the error x - z in z. Weights are tied: each has a share in coding and one in decoding.
static void descend(struct kitnet_coder *c, double rate) {
	for (uint32_t i = 0; i < c->inputs; i++)
		c->z[i] = c->x[i] - c->z[i];
	for (uint32_t k = 0; k < c->hidden; k++) {
		double *w = c->w + (size_t)k * c->inputs, back = 0;

		for (uint32_t i = 0; i < c->inputs; i++)
			back += w[i] * c->z[i];
		back *= c->h[k] * (1 - c->h[k]);
		for (uint32_t i = 0; i < c->inputs; i++)
			w[i] += rate * (back * c->x[i] + c->h[k] * c->z[i]);
		c->hidden_bias[k] += rate * back;
	}
	for (uint32_t i = 0; i < c->inputs; i++)
		c->bias[i] += rate * c->z[i];
}

double kitnet_coder_learn(struct kitnet_coder *c, const double *row, double rate) {
	double squares = 0;

	kitnet_coder_widen(c, row);
	normalise(c, row);
	reconstruct(c);
	descend(c, rate);
	for (uint32_t i = 0; i < c->inputs; i++)
		squares += c->z[i] * c->z[i];
	return sqrt(squares / c->inputs);
}

// Weights that large do not come of rows; but what is saved must load.
static float bounded(double weight) {
	return (float)fmax(-(double)KITNET_WEIGHT_MAX, fmin(weight, (double)KITNET_WEIGHT_MAX));
}

void kitnet_coder_copy(struct kitnet_net *out, const struct kitnet_coder *c) {
	for (uint32_t k = 0; k < c->hidden; k++)
		out->hidden_bias[k] = bounded(c->hidden_bias[k]);
	for (uint32_t i = 0; i < c->inputs; i++)
		out->bias[i] = bounded(c->bias[i]);
	for (uint32_t k = 0; k < c->hidden * c->inputs; k++)
		out->w[k] = bounded(c->w[k]);
}
