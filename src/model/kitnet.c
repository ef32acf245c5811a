// A frozen KitNET in memory, and which code scores it.
#include "model/kitnet.h"

#include "model/kitnet_score.h"

#include <errno.h>
#include <stdlib.h>

// Any finite difference of two float32, times this, is beyond the greatest reach, and none overflows.
#define NO_RANGE_PER_VALUE 1e200

struct kitnet_range kitnet_range_of(float low, float high) {
	const double range = (double)high - (double)low;

	return (struct kitnet_range) {low, high, range > 0 ? 1 / range : NO_RANGE_PER_VALUE};
}

// Features of one group after the other. @return how many groups
static uint32_t members_list(struct kitnet *k) {
	uint32_t n = 0, g = 0;

	for (; n < k->n_features; g++) {
		k->net[g].inputs = 0;
		for (uint32_t i = 0; i < k->n_features; i++)
			if (k->group[i] == g) {
				k->member[n++] = (uint8_t)i;
				k->net[g].inputs++;
			}
	}
	return g;
}

static size_t net_floats(const struct kitnet_net *net) {
	return net->hidden + net->inputs + (size_t)net->hidden * net->inputs;
}

int kitnet_init(
	struct kitnet *k,
	const uint8_t *group,
	uint32_t n_features,
	const uint32_t *hidden
) {
	size_t floats = 0;

	k->n_features = n_features;
	for (uint32_t i = 0; i < n_features; i++)
		k->group[i] = group[i];
	k->groups = members_list(k);
	k->net[k->groups].inputs = k->groups;
	for (uint32_t g = 0; g <= k->groups; g++) {
		k->net[g].hidden = hidden[g];
		floats += net_floats(&k->net[g]);
	}
	k->memory = calloc(floats, sizeof(*k->memory));
	if (k->memory == NULL)
		return -ENOMEM;
	floats = 0;
	for (uint32_t g = 0; g <= k->groups; g++) {
		struct kitnet_net *net = &k->net[g];

		net->hidden_bias = k->memory + floats;
		net->bias = net->hidden_bias + net->hidden;
		net->w = net->bias + net->inputs;
		floats += net_floats(net);
	}
	k->isa = isa_in_use();
	return 0;
}

void kitnet_release(void *kitnet) {
	struct kitnet *k = kitnet;

	free(k->memory);
}

static kitnet_score_fn *const scorers[ISA_N] = {
	[ISA_SCALAR] = kitnet_score_scalar,
#ifdef __x86_64__
	[ISA_AVX2] = kitnet_score_avx2,
	[ISA_AVX512] = kitnet_score_avx512,
#endif
};

void kitnet_score(
	const void *body,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n_features,
	uint32_t n,
	float *raw
) {
	const struct kitnet *k = body;

	(void)n_features; // a kitnet knows its own
	scorers[k->isa](k, rows, stride_floats, n, raw);
}
