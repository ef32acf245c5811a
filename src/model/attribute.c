// What each feature did to a score.
//
// Where a kind has no way of its own: replacement with an ordinary row. Its features are replaced by those of the row one
// after the other, and each is given what the score changed by when its turn came. That sums to the whole
// difference whatever the order; because the order matters for what each is given, the mean of several orders is
// taken, each together with its reverse: Shapley values by antithetic permutation sampling, after R. Mitchell et
// al., "Sampling Permutations for Shapley Value Estimation", JMLR 23, 2022, section 2.2.
// The orders are fixed: the same row and model give the same answer.
#include "model/internal.h"
#include "model/random.h"

#include <errno.h>
#include <string.h>

#define ORDERS 8 // and their reverses
#define SEED 0x6f72646572 // any number

struct replacing {
	const struct model *model;
	const float *from; // the ordinary row
	const float *to;
	uint32_t n;
	uint32_t order[MODEL_FEATURES_MAX];
	double sum[MODEL_FEATURES_MAX];
};

static void order_draw(struct replacing *r, struct random *random) {
	for (uint32_t i = r->n; i > 1; i--) {
		const uint32_t k = random_below(random, i), at = r->order[k];

		r->order[k] = r->order[i - 1];
		r->order[i - 1] = at;
	}
}

static void order_reverse(struct replacing *r) {
	for (uint32_t i = 0; i < r->n / 2; i++) {
		const uint32_t at = r->order[i];

		r->order[i] = r->order[r->n - 1 - i];
		r->order[r->n - 1 - i] = at;
	}
}

// All rows on the way are scored as one batch. @param before  score of the ordinary row
static void order_walk(struct replacing *r, float before) {
	float rows[MODEL_FEATURES_MAX * MODEL_FEATURES_MAX], raw[MODEL_FEATURES_MAX];

	for (uint32_t i = 0; i < r->n; i++) {
		float *row = rows + (size_t)i * r->n;

		memcpy(row, i == 0 ? r->from : row - r->n, r->n * sizeof(*row));
		row[r->order[i]] = r->to[r->order[i]];
	}
	model_score(r->model, rows, r->n, r->n, raw);
	for (uint32_t i = 0; i < r->n; i++) {
		r->sum[r->order[i]] += (double)raw[i] - (double)before;
		before = raw[i];
	}
}
static_assert(MODEL_FEATURES_MAX <= MODEL_BATCH_MAX);

static int by_replacement(const struct model *m, const float *row, struct model_attribution *out) {
	struct replacing r = {.model = m, .from = m->baseline, .to = row, .n = m->n_features};
	struct random random = random_seeded(SEED, 0);

	if (m->baseline == NULL)
		return -ENODATA;
	for (uint32_t k = 0; k < r.n; k++)
		r.order[k] = k;
	model_score(m, m->baseline, r.n, 1, &out->baseline_score);
	for (unsigned i = 0; i < ORDERS; i++) {
		order_draw(&r, &random);
		order_walk(&r, out->baseline_score);
		order_reverse(&r);
		order_walk(&r, out->baseline_score);
	}
	for (uint32_t k = 0; k < r.n; k++)
		out->contribution[k] = (float)(r.sum[k] / (2 * ORDERS));
	return 0;
}

int model_attribute(const struct model *m, const float *row, struct model_attribution *out) {
	memset(out, 0, sizeof(*out));
	model_score(m, row, m->n_features, 1, &out->score);
	if (m->ops->attribute == NULL)
		return by_replacement(m, row, out);
	m->ops->attribute(m->body, row, m->n_features, out->contribution, &out->baseline_score);
	return 0;
}
