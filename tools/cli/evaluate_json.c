// An evaluation as one object of JSON: what bench/run detection draws.
#include "evaluate.h"
#include "publish/json.h"

#include <math.h>
#include <stdlib.h>

static json_t *text_json(const char *text) {
	return text != NULL ? json_string_nocheck(text) : json_null();
}

static json_t *tally_json(const char *name, const struct tally *t) {
	json_t *o = json_pack(
		"{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
		"attack",
		name,
		"counted",
		(int)t->attacks,
		"excluded",
		(int)t->excluded,
		"detected",
		(int)t->detected,
		"right_name",
		(int)t->named,
		"right_target",
		(int)t->aimed,
		"target_known",
		(int)t->judged,
		"right",
		(int)t->right,
		"right_but_low",
		(int)t->right_low,
		"alarms",
		(int)t->alarms,
		"other_alarms",
		(int)t->others
	);

	json_object_set_new(o, "delay_median_s", real_json(t->delay_median_s));
	json_object_set_new(o, "delay_max_s", real_json(t->delay_max_s));
	json_object_set_new(
		o, "alarms_per_attack", real_json(t->right > 0 ? (double)t->alarms / t->right : NAN)
	);
	return o;
}

static json_t *kinds_json(const struct evaluation *e) {
	json_t *list = json_array();
	const char *group;
	struct tally t;

	for (size_t i = 0; (group = group_at(e, i)) != NULL; i++) {
		tally_of(&t, e, group);
		json_array_append_new(list, tally_json(group, &t));
	}
	return list;
}

static json_t *seen_json(const struct seen_alarm *seen) {
	char target[ADDR_TEXT_MAX];
	json_t *o;

	if (seen == NULL)
		return json_null();
	addr_text(&seen->alarm.target, seen->alarm.target_prefix_len, target);
	o = json_pack(
		"{s:s, s:s, s:s, s:s}",
		"kind",
		event_kind_name(seen->alarm.kind),
		"target",
		target,
		"severity",
		severity_name(seen->severity),
		"metric",
		seen->alarm.metric
	);
	json_object_set_new(
		o, "port", seen->alarm.has_port ? json_integer(seen->alarm.port) : json_null()
	);
	json_object_set_new(o, "peak", real_json(seen->alarm.peak));
	json_object_set_new(o, "threshold", real_json(seen->alarm.threshold));
	json_object_set_new(o, "words", json_string_nocheck(seen->alarm.words));
	return o;
}

static json_t *ends_json(const struct truth_ends *ends) {
	json_t *list = json_array();
	char text[ADDR_TEXT_MAX];

	for (unsigned i = 0; i < ends->n; i++)
		json_array_append_new(
			list,
			json_string(addr_text(&ends->end[i].addr, ends->end[i].prefix_len, text))
		);
	return list;
}

static json_t *verdict_json(const struct evaluated_file *file, const struct verdict *v) {
	json_t *o = json_object();

	json_object_set_new(o, "file", text_json(file->label->file));
	json_object_set_new(o, "line", json_integer((json_int_t)v->truth.label->line));
	json_object_set_new(o, "class", text_json(label_class_name(v->truth.label->class)));
	json_object_set_new(o, "type", text_json(v->truth.label->type));
	json_object_set_new(o, "attack", text_json(v->truth.group));
	json_object_set_new(o, "wanted", text_json(v->truth.wanted));
	json_object_set_new(o, "known_kinds", json_integer(v->truth.n_right));
	json_object_set_new(o, "loose", text_json(v->truth.note));
	json_object_set_new(o, "targets", ends_json(&v->truth.target));
	json_object_set_new(o, "sources", ends_json(&v->truth.source));
	json_object_set_new(o, "target_from", text_json(v->truth.target_from));
	json_object_set_new(o, "packets", json_integer((json_int_t)v->packets));
	json_object_set_new(o, "verdict", text_json(verdict_word(v)));
	json_object_set_new(o, "excluded", text_json(v->excluded));
	json_object_set_new(o, "alarm", seen_json(v->best));
	json_object_set_new(o, "alarms", json_integer(v->alarms));
	json_object_set_new(o, "other_alarms", json_integer(v->others));
	json_object_set_new(
		o, "delay_s", real_json(v->delay_ns != UINT64_MAX ? (double)v->delay_ns / 1e9 : NAN)
	);
	return o;
}

static json_t *verdicts_json(const struct evaluation *e) {
	json_t *list = json_array();

	for (size_t i = 0; i < e->n_files; i++)
		for (unsigned k = 0; k < e->file[i].n_verdicts; k++)
			json_array_append_new(
				list, verdict_json(&e->file[i], &e->file[i].verdict[k])
			);
	return list;
}

static json_t *beside_json(const struct evaluation *e) {
	json_t *list = json_array();

	for (size_t i = 0; i < e->n_files; i++) {
		const struct evaluated_file *file = &e->file[i];

		for (size_t k = 0; k < file->seen.n; k++) {
			json_t *o;

			if (file->seen.alarm[k].belongs)
				continue;
			o = seen_json(&file->seen.alarm[k]);
			json_object_set_new(o, "file", text_json(file->label->file));
			json_object_set_new(o, "class", text_json(label_class_name(file->class)));
			json_array_append_new(list, o);
		}
	}
	return list;
}

static json_t *failed_json(const struct evaluation *e) {
	json_t *list = json_array();

	for (size_t i = 0; i < e->n_files; i++)
		if (e->file[i].failed != NULL)
			json_array_append_new(
				list,
				json_pack(
					"{s:s, s:s}",
					"file",
					e->file[i].label->file,
					"why",
					e->file[i].failed
				)
			);
	return list;
}

static json_t *quiet_json(const struct evaluation *e) {
	struct quiet_tally q;
	json_t *severities = json_object(), *kinds = json_object(), *o;
	uint64_t all = 0;

	quiet_tally_of(&q, e);
	for (unsigned s = 0; s < SEVERITY_N; s++) {
		json_object_set_new(
			severities, severity_name(s), json_integer((json_int_t)q.alarms[s])
		);
		all += q.alarms[s];
	}
	for (unsigned k = 0; k < KIND_N; k++)
		if (q.by_kind[k] > 0)
			json_object_set_new(
				kinds, event_kind_name(k), json_integer((json_int_t)q.by_kind[k])
			);
	o = json_pack(
		"{s:i, s:i, s:i, s:o, s:o}",
		"files",
		(int)q.files,
		"without_alarm",
		(int)q.silent,
		"without_alarm_above_low",
		(int)q.calm,
		"alarms",
		severities,
		"alarms_by_kind",
		kinds
	);
	json_object_set_new(o, "hours", real_json(q.hours));
	json_object_set_new(
		o, "calm_share", real_json(q.files > 0 ? (double)q.calm / q.files : NAN)
	);
	json_object_set_new(
		o, "alarms_per_hour", real_json(q.hours > 0 ? (double)all / q.hours : NAN)
	);
	json_object_set_new(
		o,
		"alarms_above_low_per_hour",
		real_json(q.hours > 0 ? (double)(all - q.alarms[SEVERITY_LOW]) / q.hours : NAN)
	);
	return o;
}

static json_t *points_json(const struct curve *curve) {
	json_t *list = json_array();

	for (unsigned i = 0; i < curve->n_points; i++) {
		json_t *point = json_array();

		json_array_append_new(point, real_json(curve->point[i].false_share));
		json_array_append_new(point, real_json(curve->point[i].true_share));
		json_array_append_new(point, real_json(curve->point[i].score));
		json_array_append_new(list, point);
	}
	return list;
}

// [[score, share of quiet rows at least there]]: where a model is calibrated, 1 - score.
static json_t *calibration_json(const struct scores *quiet) {
	static const double at[]
		= {0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		json_t *point = json_array();

		json_array_append_new(point, real_json(at[i]));
		json_array_append_new(point, real_json(scores_share_from(quiet, (float)at[i])));
		json_array_append_new(list, point);
	}
	return list;
}

static json_t *curve_json(const char *what, struct judged_rows *rows) {
	struct model_info info = {.kind_name = "a column"};
	struct curve curve;
	json_t *o;

	if (rows->model != NULL)
		model_info(rows->model, &info);
	curve_of(&curve, &rows->quiet, &rows->hostile); // sorts them
	o = json_pack(
		"{s:s, s:s, s:I, s:I, s:o}",
		"rows",
		what,
		"model",
		info.kind_name,
		"quiet_rows",
		(json_int_t)rows->quiet.offered,
		"attack_rows",
		(json_int_t)rows->hostile.offered,
		"calibration",
		calibration_json(&rows->quiet)
	);
	curve_of(&curve, &rows->quiet_raw, &rows->hostile_raw);
	json_object_set_new(o, "auc", real_json(curve.auc));
	json_object_set_new(o, "roc", points_json(&curve));
	return o;
}

static json_t *curves_json(struct evaluation *e) {
	json_t *list = json_array();

	if (e->flows.model != NULL)
		json_array_append_new(list, curve_json("flows", &e->flows));
	if (e->hosts.model != NULL)
		json_array_append_new(list, curve_json("hosts", &e->hosts));
	return list;
}

static bool print_line(FILE *f, json_t *o) {
	char *line = json_line(o);
	const bool ok = line != NULL && fprintf(f, "%s\n", line) >= 0;

	free(line);
	json_decref(o);
	return ok;
}

bool judged_rows_print_json(FILE *f, const char *what, struct judged_rows *rows) {
	return print_line(f, curve_json(what, rows));
}

bool evaluation_print_json(FILE *f, struct evaluation *e) {
	struct tally all;
	json_t *o = json_object();

	tally_of(&all, e, NULL);
	json_object_set_new(o, "type", json_string("evaluation"));
	json_object_set_new(o, "total", tally_json("all", &all));
	json_object_set_new(o, "kinds", kinds_json(e));
	json_object_set_new(o, "quiet", quiet_json(e));
	json_object_set_new(o, "attacks", verdicts_json(e));
	json_object_set_new(o, "beside", beside_json(e));
	json_object_set_new(o, "models", curves_json(e));
	json_object_set_new(o, "failed", failed_json(e));
	json_object_set_new(o, "parser_rows", json_integer((json_int_t)e->n_parsers));
	return print_line(f, o);
}
