// Models that are weighed together: see ensemble.h.
#include "model/ensemble.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VOTE, OPTIONS_N };

static const struct model_option options[OPTIONS_N] = {
	[VOTE]
	= {"vote", "the calibrated score from which a member votes strange", 0, 1, 0.99, false},
};
static_assert(OPTIONS_N <= MODEL_OPTIONS_MAX);

void ensemble_release(void *ensemble) {
	struct ensemble *e = ensemble;

	for (uint32_t i = 0; i < e->n; i++)
		model_destroy(e->member[i].model);
}

static void
score(const void *body,
      const float *rows,
      uint32_t stride_floats,
      uint32_t width,
      uint32_t n,
      float *raw) {
	const struct ensemble *e = body;
	double sum[MODEL_BATCH_MAX] = {0};
	float own[MODEL_BATCH_MAX];

	(void)width; // each member knows it
	for (uint32_t k = 0; k < e->n; k++) {
		const struct ensemble_member *member = &e->member[k];

		model_score(member->model, rows, stride_floats, n, own);
		for (uint32_t i = 0; i < n; i++)
			sum[i] += (double)member->weight
				* (double)model_calibrate(member->model, own[i]);
	}
	for (uint32_t i = 0; i < n; i++)
		raw[i] = (float)(sum[i] / e->weights);
}

uint32_t model_opinions(
	const struct model *m,
	const float *row,
	struct model_opinion out[static MODEL_MEMBERS_MAX]
) {
	const struct ensemble *e = m->body;

	if (!m->ops->info.combines)
		return 0;
	for (uint32_t k = 0; k < e->n; k++) {
		const struct ensemble_member *member = &e->member[k];
		float raw;

		model_score(member->model, row, m->n_features, 1, &raw);

		const float share = model_calibrate(member->model, raw);

		out[k] = (struct model_opinion) {
			.kind_name = member->model->ops->info.name,
			.weight = member->weight,
			.raw = raw,
			.calibrated = share,
			.strange = share >= e->vote_at,
		};
	}
	return e->n;
}

// A member of its own, by way of its file.
static int
member_copy(struct ensemble_member *out, const struct model *m, float weight, char *error) {
	struct writer image = {0};
	struct model *copy = NULL;
	int rc = model_image(&image, m);

	if (rc < 0)
		model_fail(error, rc, "no memory for a member");
	else
		rc = model_parse(&copy, image.bytes, image.n, error);
	free(image.bytes);
	if (rc == 0)
		*out = (struct ensemble_member) {copy, weight};
	return rc;
}

static int member_check(
	const struct model_members *of,
	uint32_t k,
	const struct model_ground *g,
	char *error
) {
	const struct model *m = of->model[k];
	const float weight = of->weight != NULL ? of->weight[k] : 1;
	char why[MODEL_ERROR_MAX];

	if (!(weight > 0 && weight <= ENSEMBLE_WEIGHT_MAX))
		return model_fail(
			error,
			-EINVAL,
			"member %" PRIu32 ": weight %g: more than 0, at most %g is allowed",
			k,
			(double)weight,
			(double)ENSEMBLE_WEIGHT_MAX
		);
	if (m->ops->info.combines)
		return model_fail(
			error,
			-EINVAL,
			"member %" PRIu32 ": an ensemble is no member: name its models instead",
			k
		);
	if (model_check_features(m, g->shape.names, g->shape.width, why) < 0)
		return model_fail(error, -EINVAL, "member %" PRIu32 ": %.120s", k, why);
	return 0;
}

static int members_take(struct ensemble *e, const struct model_ground *g, char *error) {
	const struct model_members *of = g->members;

	if (of == NULL || of->n < 1 || of->n > MODEL_MEMBERS_MAX)
		return model_fail(
			error,
			-EINVAL,
			"an ensemble is made of 1 to %d models, not of %" PRIu32,
			MODEL_MEMBERS_MAX,
			of != NULL ? of->n : 0
		);
	for (uint32_t k = 0; k < of->n; k++) {
		const float weight = of->weight != NULL ? of->weight[k] : 1;
		int rc = member_check(of, k, g, error);

		if (rc == 0)
			rc = member_copy(&e->member[k], of->model[k], weight, error);
		if (rc < 0)
			return rc;
		e->weights += (double)weight;
		e->n++;
	}
	return 0;
}

// The rows only calibrate it; they are to be others than those that the members were trained on, or the same ones
// with the same seed: then the same rows are held back.
static int train(void *body, const struct model_ground *g, char *error) {
	struct ensemble *e = body;

	e->vote_at = (float)g->option[VOTE];
	return members_take(e, g, error);
}

static void describe(const void *body, json_t *into) {
	const struct ensemble *e = body;
	json_t *members = json_array();

	for (uint32_t k = 0; k < e->n; k++) {
		const struct model *m = e->member[k].model;
		char checksum[16];

		snprintf(checksum, sizeof(checksum), "%08" PRIx32, m->crc);
		json_array_append_new(
			members,
			json_pack(
				"{s:s, s:f, s:I, s:s}",
				"kind",
				m->ops->info.name,
				"weight",
				(double)e->member[k].weight,
				"bytes",
				(json_int_t)m->bytes,
				"checksum",
				checksum
			)
		);
	}
	json_object_set_new(into, "members", members);
	json_object_set_new(into, "vote", json_real((double)e->vote_at));
}

const struct model_ops model_ensemble = {
	.info = {
		.kind = 8,
		.name = "ensemble",
		.about = "models of any kind, weighed together",
		.combines = true,
		.options = options,
		.n_options = OPTIONS_N,
	},
	.tag = "ENSM",
	.raw_max = 1,
	.body_bytes = sizeof(struct ensemble),
	.by_isa = true, // all members are made in one process
	.train = train,
	.parse = ensemble_parse,
	.write = ensemble_write,
	.score = score,
	.describe = describe,
	.release = ensemble_release,
};
