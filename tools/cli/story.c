// Telling of a row why its score is what it is.
#include "story.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>

#define CONTRIBUTIONS_SHOWN 5

// Everything that is told of one row.
struct story {
	const struct model *model;
	const struct rows *rows;
	const char *file;
	size_t row;
	const float *value;
	struct model_attribution why;
	bool explained; // the file has a baseline row
	uint32_t order[MODEL_FEATURES_MAX]; // features, the largest contribution first
	struct model_opinion opinion[MODEL_MEMBERS_MAX];
	uint32_t n_opinions;
};

static void features_order(struct story *s) {
	for (uint32_t i = 0; i < s->rows->n_features; i++) {
		uint32_t at = i;

		for (; at > 0
		     && fabsf(s->why.contribution[s->order[at - 1]])
			     < fabsf(s->why.contribution[i]);
		     at--)
			s->order[at] = s->order[at - 1];
		s->order[at] = i;
	}
}

static json_t *contributions_json(const struct story *s) {
	json_t *list = json_array();

	for (uint32_t i = 0; i < s->rows->n_features; i++) {
		const uint32_t k = s->order[i];

		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:f, s:f}",
				"feature",
				s->rows->names[k],
				"value",
				(double)s->value[k],
				"contribution",
				(double)s->why.contribution[k]
			)
		);
	}
	return list;
}

static json_t *opinions_json(const struct story *s) {
	json_t *list = json_array();

	for (uint32_t i = 0; i < s->n_opinions; i++) {
		const struct model_opinion *o = &s->opinion[i];

		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:f, s:f, s:f, s:b}",
				"kind",
				o->kind_name,
				"weight",
				(double)o->weight,
				"raw",
				(double)o->raw,
				"score",
				(double)o->calibrated,
				"strange",
				o->strange
			)
		);
	}
	return list;
}

static bool story_json(const struct story *s) {
	json_t *object = json_pack(
		"{s:s, s:s, s:I, s:f, s:f}",
		"type",
		"row",
		"file",
		s->file,
		"row",
		(json_int_t)s->row + 1,
		"score",
		(double)model_calibrate(s->model, s->why.score),
		"raw",
		(double)s->why.score
	);
	bool fine;

	if (s->explained) {
		json_object_set_new(
			object, "raw_ordinary", json_real((double)s->why.baseline_score)
		);
		json_object_set_new(object, "contributions", contributions_json(s));
	}
	if (s->n_opinions > 0)
		json_object_set_new(object, "members", opinions_json(s));
	fine = object != NULL
		&& json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0;
	putchar('\n');
	json_decref(object);
	return fine;
}

static void contributions_print(const struct story *s) {
	struct model_info info;
	double others = 0;

	model_info(s->model, &info);
	for (uint32_t i = 0; i < s->rows->n_features; i++) {
		const uint32_t k = s->order[i];

		if (i >= CONTRIBUTIONS_SHOWN || s->why.contribution[k] == 0) {
			others += (double)s->why.contribution[k];
			continue;
		}
		printf("  %+9.4f  %-19s %.6g",
		       (double)s->why.contribution[k],
		       s->rows->names[k],
		       (double)s->value[k]);
		if (info.baseline != NULL)
			printf(", ordinary %.6g", (double)info.baseline[k]);
		putchar('\n');
	}
	printf("  %+9.4f  all others\n", others);
}

static void opinions_print(const struct story *s) {
	uint32_t strange = 0;

	for (uint32_t i = 0; i < s->n_opinions; i++) {
		const struct model_opinion *o = &s->opinion[i];

		strange += o->strange;
		printf("  %-10s weight %g, score %.4f: %s\n",
		       o->kind_name,
		       (double)o->weight,
		       (double)o->calibrated,
		       o->strange ? "strange" : "ordinary");
	}
	if (s->n_opinions > 0)
		printf("  %u of %u vote strange\n", strange, s->n_opinions);
}

static void story_print(const struct story *s) {
	printf("%s: row %zu: score %.4f, raw %.4f",
	       s->file,
	       s->row + 1,
	       (double)model_calibrate(s->model, s->why.score),
	       (double)s->why.score);
	if (s->explained)
		printf(", an ordinary row %.4f", (double)s->why.baseline_score);
	putchar('\n');
	if (s->explained)
		contributions_print(s);
	opinions_print(s);
}

bool story_tell(
	const struct model *m,
	const struct rows *rows,
	const char *file,
	size_t row,
	bool json
) {
	struct story s = {
		.model = m,
		.rows = rows,
		.file = file,
		.row = row,
		.value = rows->value + row * rows->n_features,
	};

	s.explained = model_attribute(m, s.value, &s.why) == 0;
	s.n_opinions = model_opinions(m, s.value, s.opinion);
	features_order(&s);
	if (json)
		return story_json(&s);
	story_print(&s);
	return true;
}
