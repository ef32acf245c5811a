// Learning from a stream: first the map, then the autoencoders.
#include "model/kitnet.h"
#include "model/kitnet_map.h"
#include "model/kitnet_net.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct kitnet_learner {
	struct kitnet_shape shape;
	struct kitnet_map map;
	uint8_t group[KITNET_WIDTH_MAX];
	uint32_t groups; // 0 while the map is made
	uint64_t rows_learned;
	bool no_memory; // for the nets, when the map was done
	bool looked;
	double low[KITNET_WIDTH_MAX], high[KITNET_WIDTH_MAX]; // of rows that were only looked at
	struct kitnet_coder coder[KITNET_WIDTH_MAX + 1]; // one a group, and [groups]: the output
};

static bool shape_is_sound(const struct kitnet_shape *s) {
	return s->group_max >= 1 && s->group_max <= KITNET_WIDTH_MAX && s->map_rows > 0
		&& s->hidden > 0 && s->hidden <= 1 && s->rate > 0 && s->rate <= 1 && s->reach >= 0
		&& s->reach <= KITNET_REACH_MAX;
}

int kitnet_learner_create(
	struct kitnet_learner **out,
	uint32_t n_features,
	const struct kitnet_shape *shape
) {
	struct kitnet_learner *l;

	if (!shape_is_sound(shape) || n_features < 1 || n_features > KITNET_WIDTH_MAX)
		return -EINVAL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return -ENOMEM;
	l->shape = *shape;
	l->map.n_features = n_features;
	for (uint32_t i = 0; i < n_features; i++) {
		l->low[i] = INFINITY;
		l->high[i] = -INFINITY;
	}
	*out = l;
	return 0;
}

void kitnet_learner_destroy(struct kitnet_learner *l) {
	if (l == NULL)
		return;
	for (uint32_t g = 0; g <= KITNET_WIDTH_MAX; g++)
		kitnet_coder_destroy(&l->coder[g]);
	free(l);
}

static void finite_copy(float *out, const float *row, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		out[i] = isfinite(row[i]) ? row[i] : 0;
}

void kitnet_learner_look(struct kitnet_learner *l, const float *row) {
	float clean[KITNET_WIDTH_MAX];

	l->looked = true;
	finite_copy(clean, row, l->map.n_features);
	for (uint32_t i = 0; i < l->map.n_features; i++) {
		l->low[i] = fmin(l->low[i], (double)clean[i]);
		l->high[i] = fmax(l->high[i], (double)clean[i]);
	}
}

// The values of a group's features, in their order. @return how many
static uint32_t
members(const struct kitnet_learner *l, uint32_t g, const double *value, double *out) {
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->map.n_features; i++)
		if (l->group[i] == g)
			out[n++] = value[i];
	return n;
}

static int coder_make(struct kitnet_learner *l, uint32_t g, uint32_t inputs) {
	struct random r = random_seeded(l->shape.seed, g);
	// A share like 0.1 * 10 is not to be rounded up to 2.
	const uint32_t hidden = (uint32_t)ceil(l->shape.hidden * inputs - 1e-9);

	return kitnet_coder_create(&l->coder[g], inputs, hidden > 0 ? hidden : 1, &r);
}

// From the map to nets that have learned nothing yet but the ranges of rows looked at.
static int map_finish(struct kitnet_learner *l) {
	const uint32_t groups = kitnet_map_groups(&l->map, l->shape.group_max, l->group);
	double edge[KITNET_WIDTH_MAX];

	for (uint32_t g = 0; g < groups; g++) {
		if (coder_make(l, g, members(l, g, l->low, edge)) < 0)
			return -ENOMEM;
		if (!l->looked)
			continue;
		kitnet_coder_widen(&l->coder[g], edge);
		members(l, g, l->high, edge);
		kitnet_coder_widen(&l->coder[g], edge);
	}
	if (coder_make(l, groups, groups) < 0)
		return -ENOMEM;
	l->groups = groups;
	return 0;
}

static double nets_learn(struct kitnet_learner *l, const float *row) {
	double value[KITNET_WIDTH_MAX], input[KITNET_WIDTH_MAX], error[KITNET_WIDTH_MAX];

	for (uint32_t i = 0; i < l->map.n_features; i++)
		value[i] = (double)row[i];
	for (uint32_t g = 0; g < l->groups; g++) {
		members(l, g, value, input);
		error[g] = kitnet_coder_learn(&l->coder[g], input, l->shape.rate);
	}
	l->rows_learned++;
	return kitnet_coder_learn(&l->coder[l->groups], error, l->shape.rate);
}

double kitnet_learn(struct kitnet_learner *l, const float *row) {
	float clean[KITNET_WIDTH_MAX];

	finite_copy(clean, row, l->map.n_features);
	if (l->groups > 0)
		return nets_learn(l, clean);
	if (l->no_memory)
		return NAN;
	kitnet_map_add(&l->map, clean);
	if (l->map.rows == l->shape.map_rows)
		l->no_memory = map_finish(l) < 0;
	return NAN;
}

static void ranges_copy(struct kitnet *k, const struct kitnet_learner *l) {
	const struct kitnet_coder *output = &l->coder[l->groups];
	uint32_t at[KITNET_WIDTH_MAX] = {0};

	for (uint32_t i = 0; i < k->n_features; i++) {
		const struct kitnet_coder *c = &l->coder[l->group[i]];
		const uint32_t place = at[l->group[i]]++;

		k->range[i] = kitnet_range_of((float)c->low[place], (float)c->high[place]);
	}
	for (uint32_t g = 0; g < l->groups; g++)
		k->error_range[g] = kitnet_range_of((float)output->low[g], (float)output->high[g]);
}

int kitnet_freeze(struct kitnet *out, const struct kitnet_learner *l) {
	uint32_t hidden[KITNET_WIDTH_MAX + 1];

	if (l->no_memory)
		return -ENOMEM;
	if (l->rows_learned == 0)
		return -ENODATA;
	for (uint32_t g = 0; g <= l->groups; g++)
		hidden[g] = l->coder[g].hidden;
	if (kitnet_init(out, l->group, l->map.n_features, hidden) < 0)
		return -ENOMEM;
	out->reach = (float)l->shape.reach;
	ranges_copy(out, l);
	for (uint32_t g = 0; g <= l->groups; g++)
		kitnet_coder_copy(&out->net[g], &l->coder[g]);
	return 0;
}
