// How a model was made, as JSON that its file keeps.
#include "model/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Macro-F1: the mean of the classes' F1, of those that the rows have or that were given to any.
static double macro_f1(const struct class_counts *of, uint32_t n) {
	double sum = 0;
	uint32_t met = 0;

	for (uint32_t c = 0; c < n; c++) {
		if (of->given[c] + of->there[c] == 0)
			continue;
		met++;
		sum += 2.0 * of->right[c] / (of->given[c] + of->there[c]);
	}
	return met > 0 ? sum / met : NAN;
}

static json_t *real_or_null(double x) {
	return isnan(x) ? json_null() : json_real(x);
}

static json_t *raw_scores_json(const struct training *t) {
	static const struct {
		const char *name;
		double share;
	} quantiles[] = {
		{"min", 0},
		{"p50", 0.5},
		{"p90", 0.9},
		{"p99", 0.99},
		{"p999", 0.999},
		{"max", 1},
	};
	json_t *scores = json_object();

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		json_object_set_new(
			scores,
			quantiles[i].name,
			json_real(calibration_quantile(t->raw, t->n_judged, quantiles[i].share))
		);
	return scores;
}

// @return an array; empty where the rows that calibrate were trained on
static json_t *check_json(const struct training *t) {
	json_t *checks = json_array();

	for (unsigned i = 0; i < CALIBRATION_CHECKS && t->parts > 0; i++)
		json_array_append_new(
			checks,
			json_pack(
				"{s:f, s:f, s:o}",
				"score",
				t->check[i].score,
				"expected",
				1 - t->check[i].score,
				"observed",
				real_or_null(t->check[i].share)
			)
		);
	return checks;
}

static const char *calibrated_on(const struct training *t) {
	if (t->by_source)
		return "files left out";
	return t->parts > 0 ? "rows held back" : "rows trained on";
}

// What was asked for, then what the kind says of itself: that is what came of it.
static void kind_describe(const struct training *t, const struct model *m, json_t *meta) {
	const struct model_kind_info *kind = &t->ops->info;

	for (uint32_t i = 0; i < kind->n_options; i++) {
		const double value = t->what->option[i];

		json_object_set_new(
			meta,
			kind->options[i].name,
			kind->options[i].whole ? json_integer((json_int_t)value) : json_real(value)
		);
	}
	t->ops->describe(m->body, meta);
	if (kind->prepares)
		json_object_set_new(
			meta, "scaling", json_string(model_scaling_names[t->what->scaling])
		);
	if (kind->classifies)
		json_object_set_new(
			meta,
			"macro_f1_held_back",
			real_or_null(macro_f1(&t->classes, m->n_classes))
		);
}

// @param made  what the caller keeps, a reference that is taken; NULL for nothing
static json_t *meta_json(const struct training *t, const struct model *m, json_t *made) {
	char seed[24];
	json_t *meta, *more;

	snprintf(seed, sizeof(seed), "%" PRIu64, t->what->seed); // JSON's numbers end at 2^53
	meta = json_pack("{s:s, s:s}", "program", "weir " WEIR_VERSION, "kind", t->ops->info.name);
	kind_describe(t, m, meta);
	more = json_pack(
		"{s:f, s:o, s:f, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:o}",
		"contamination",
		t->what->contamination,
		"threshold",
		real_or_null(t->threshold),
		"hold_back",
		t->what->hold_back,
		"seed",
		seed,
		"rows",
		(json_int_t)t->rows->n,
		"rows_trained",
		(json_int_t)t->n_sample,
		"rows_held_back",
		(json_int_t)t->n_held,
		"rows_calibrated",
		(json_int_t)t->n_judged,
		"parts_left_out",
		(json_int_t)(t->by_source ? t->parts : 0),
		"calibrated_on",
		calibrated_on(t),
		"calibration_check",
		check_json(t),
		"raw_scores",
		raw_scores_json(t),
		"made",
		made != NULL ? made : json_object()
	);
	if (more == NULL || json_object_update(meta, more) < 0) {
		json_decref(meta);
		meta = NULL;
	}
	json_decref(more);
	return meta;
}

int meta_make(const struct training *t, struct model *m, char *error) {
	json_t *made = NULL, *meta;
	json_error_t fault;

	if (t->what->meta != NULL) {
		made = json_loads(t->what->meta, JSON_REJECT_DUPLICATES, &fault);
		if (!json_is_object(made)) {
			json_decref(made);
			return model_fail(error, -EINVAL, "meta: not a JSON object");
		}
	}
	meta = meta_json(t, m, made);
	m->meta = meta != NULL ? json_dumps(meta, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	json_decref(meta);
	if (m->meta == NULL)
		return model_fail(error, -ENOMEM, "no memory");
	if (strlen(m->meta) > MODEL_META_BYTES_MAX)
		return model_fail(error, -EINVAL, "meta: more than %u bytes", MODEL_META_BYTES_MAX);
	return 0;
}
