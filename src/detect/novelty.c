// What the host model says of an unknown: its score, what each feature did to it, and of an ensemble what each member
// says.
#include "detect/explain.h"
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FEATURES_SHOWN 5
#define SCORE_WEIGHT 0.5
#define FEATURES_WEIGHT 1.0 // of all together
#define MEMBERS_WEIGHT 0.5 // of all that vote for strange
#define QUIET_WEIGHT 0.01 // of one that does not: it is shown

struct moved {
	unsigned feature;
	float by;
};

static int by_size(const void *x, const void *y) {
	const struct moved *a = x, *b = y;
	const float one = fabsf(a->by), two = fabsf(b->by);

	if (one != two)
		return one < two ? 1 : -1;
	return a->feature < b->feature ? -1 : a->feature > b->feature;
}

static void
add_moved(struct alarm *a, const char *name, double value, double baseline, double by, double all) {
	const unsigned n = a->n_evidence;

	evidence_add(a, name, value, baseline, QUIET_WEIGHT + FEATURES_WEIGHT * fabs(by) / all);
	if (a->n_evidence > n)
		a->evidence[n].contribution = (float)by;
}

// The largest, and the others in one: they sum to the score less that of an ordinary row.
static void add_features(
	struct alarm *a,
	const struct view *v,
	const struct model_attribution *of,
	const float *usual
) {
	struct moved moved[HOST_FEATURE_N];
	double all = 1e-12, rest = 0;

	for (unsigned i = 0; i < HOST_FEATURE_N; i++) {
		moved[i] = (struct moved) {i, of->contribution[i]};
		all += fabs((double)moved[i].by);
	}
	qsort(moved, HOST_FEATURE_N, sizeof(moved[0]), by_size);
	for (unsigned i = 0; i < FEATURES_SHOWN; i++) {
		const unsigned at = moved[i].feature;

		add_moved(
			a,
			host_feature_info[at].name,
			(double)v->row[at],
			usual == NULL ? NAN : (double)usual[at],
			(double)moved[i].by,
			all
		);
	}
	for (unsigned i = FEATURES_SHOWN; i < HOST_FEATURE_N; i++)
		rest += (double)moved[i].by;
	add_moved(a, "other_features", NAN, NAN, rest, all);
}

// "forest_says_strange": its calibrated score.
static void add_members(struct alarm *a, const struct model *model, const float *row) {
	struct model_opinion opinion[MODEL_MEMBERS_MAX];
	const uint32_t n = model_opinions(model, row, opinion);

	for (uint32_t i = 0; i < n; i++) {
		const struct model_opinion *o = &opinion[i];
		char name[sizeof(a->evidence[0].name)];

		snprintf(
			name,
			sizeof(name),
			"%.16s_says_%s",
			o->kind_name,
			o->strange ? "strange" : "usual"
		);
		evidence_add(
			a,
			name,
			(double)o->calibrated,
			NAN,
			QUIET_WEIGHT + (o->strange ? MEMBERS_WEIGHT * (double)o->weight : 0)
		);
	}
}

bool explain_novelty(struct alarm *a, const struct view *v) {
	const struct model *model = v->model == NULL ? NULL : model_behind(v->model);
	struct model_attribution of;
	struct model_info info;

	if (model == NULL || model_attribute(model, v->row, &of) != 0)
		return false;
	model_info(model, &info);
	evidence_add(a, "model_score", (double)of.score, (double)of.baseline_score, SCORE_WEIGHT);
	add_features(a, v, &of, info.baseline);
	add_members(a, model, v->row);
	return true;
}
