// One autoencoder while it learns, in double precision: see kitnet.h for what it computes.
//
// Threads    One owner.
// Memory     One allocation, at create.
// Ownership  The caller's until kitnet_coder_destroy().
#ifndef WEIR_MODEL_KITNET_NET_H
#define WEIR_MODEL_KITNET_NET_H

#include "model/kitnet.h"
#include "model/random.h"

#include <stdint.h>

struct kitnet_coder {
	uint32_t inputs;
	uint32_t hidden;
	double *low, *high; // [inputs] ranges seen so far; low > high before the first row
	double *hidden_bias; // [hidden]
	double *bias; // [inputs]
	double *w; // [hidden][inputs]
	double *x,
		*z; // [inputs] of the row at hand: its values in 0..1, what the net makes of them
	double *h; // [hidden]
};

// Weights are drawn evenly from -1/inputs .. 1/inputs, biases are 0.
// @return 0, -ENOMEM
int kitnet_coder_create(
	struct kitnet_coder *out,
	uint32_t inputs,
	uint32_t hidden,
	struct random *r
);
void kitnet_coder_destroy(struct kitnet_coder *);
void kitnet_coder_widen(struct kitnet_coder *, const double *row);
// One step of gradient descent. @return the RMSE before it
double kitnet_coder_learn(struct kitnet_coder *, const double *row, double rate);
// @param out  of the same shape
void kitnet_coder_copy(struct kitnet_net *out, const struct kitnet_coder *);

#endif
