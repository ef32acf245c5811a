// An evaluation as people read it: what is right, what is not and how, and what was raised on quiet files.
#include "evaluate.h"

#include <math.h>
#include <string.h>

#define SECONDS_TEXT_MAX 16
#define CALIBRATION_N 5

static const float calibration_at[CALIBRATION_N] = {0.5f, 0.9f, 0.99f, 0.999f, 0.9999f};

static const char *seconds(double s, char text[static SECONDS_TEXT_MAX]) {
	if (isnan(s))
		return "-";
	snprintf(text, SECONDS_TEXT_MAX, s < 10 ? "%.2f" : "%.0f", s);
	return text;
}

static void print_tally(FILE *f, const char *name, const struct tally *t) {
	char median[SECONDS_TEXT_MAX], most[SECONDS_TEXT_MAX], alarms[SECONDS_TEXT_MAX] = "-";

	if (t->right > 0)
		snprintf(alarms, sizeof(alarms), "%.1f", (double)t->alarms / t->right);
	fprintf(f,
		"%-24s %7u %9u %10u %12u %6u %6u %8s %8s %8s %9u\n",
		name,
		t->attacks,
		t->detected,
		t->named,
		t->aimed,
		t->right,
		t->right_low,
		seconds(t->delay_median_s, median),
		seconds(t->delay_max_s, most),
		alarms,
		t->excluded);
}

static void print_kinds(FILE *f, const struct evaluation *e) {
	struct tally t;
	const char *group;

	fprintf(f,
		"%-24s %7s %9s %10s %12s %6s %6s %8s %8s %8s %9s\n",
		"Attack",
		"counted",
		"detected",
		"right name",
		"right target",
		"right",
		"(low)",
		"median s",
		"most s",
		"alarms",
		"excluded");
	for (size_t i = 0; (group = group_at(e, i)) != NULL; i++) {
		tally_of(&t, e, group);
		print_tally(f, group, &t);
	}
	tally_of(&t, e, NULL);
	print_tally(f, "all", &t);
	if (t.attacks > 0)
		fprintf(f,
			"\n%.1f %% of %u attacks are named right on the right target.\n",
			100.0 * t.right / t.attacks,
			t.attacks);
}

static void print_alarm(FILE *f, const struct seen_alarm *seen) {
	char target[ADDR_TEXT_MAX];

	fprintf(f,
		"%s on %s, %s",
		event_kind_name(seen->alarm.kind),
		addr_text(&seen->alarm.target, seen->alarm.target_prefix_len, target),
		severity_name(seen->severity));
}

static void print_verdict(FILE *f, const struct evaluated_file *file, const struct verdict *v) {
	const bool exists = v->truth.n_right > 0;

	fprintf(f, "  %-12s %-18s %s", verdict_word(v), v->truth.group, file->label->file);
	if (v->excluded != NULL)
		fprintf(f, ": %s", v->excluded);
	else if (v->best != NULL) {
		fputs(": ", f);
		print_alarm(f, v->best);
		if (!v->right)
			fprintf(f, ", not %s", v->truth.wanted);
	} else {
		fprintf(f,
			": %lu packets, wanted %s%s",
			v->packets,
			v->truth.wanted,
			exists ? "" : ", which this version has not got");
	}
	fputc('\n', f);
}

// @param all  those that are right too
static void print_counted(FILE *f, const struct evaluation *e, bool all) {
	for (size_t i = 0; i < e->n_files; i++)
		for (unsigned k = 0; k < e->file[i].n_verdicts; k++) {
			const struct verdict *v = &e->file[i].verdict[k];

			if (v->excluded == NULL && (all || !v->right))
				print_verdict(f, &e->file[i], v);
		}
}

// @return how many are excluded for this reason
static unsigned print_reason(FILE *f, const struct evaluation *e, const char *why, bool print) {
	unsigned n = 0;

	for (size_t i = 0; i < e->n_files; i++)
		for (unsigned k = 0; k < e->file[i].n_verdicts; k++) {
			const struct verdict *v = &e->file[i].verdict[k];

			if (v->excluded == NULL || strcmp(v->excluded, why) != 0)
				continue;
			n++;
			if (print)
				fprintf(f, "    %-18s %s\n", v->truth.group, e->file[i].label->file
				);
		}
	return n;
}

// The least reason above `after`.
static const char *reason_next(const struct evaluation *e, const char *after) {
	const char *best = NULL;

	for (size_t i = 0; i < e->n_files; i++)
		for (unsigned k = 0; k < e->file[i].n_verdicts; k++) {
			const char *why = e->file[i].verdict[k].excluded;

			if (why != NULL && strcmp(why, after) > 0
			    && (best == NULL || strcmp(why, best) < 0))
				best = why;
		}
	return best;
}

static void print_excluded(FILE *f, const struct evaluation *e, bool all) {
	const char *why = "";

	while ((why = reason_next(e, why)) != NULL) {
		fprintf(f, "  %u: %s\n", print_reason(f, e, why, false), why);
		if (all)
			print_reason(f, e, why, true);
	}
	if (e->n_parsers > 0)
		fprintf(f, "  %zu: the class is parser\n", e->n_parsers);
}

static void print_beside(FILE *f, const struct evaluated_file *file) {
	for (size_t i = 0; i < file->seen.n; i++) {
		if (file->seen.alarm[i].belongs)
			continue;
		fprintf(f, "  %s: ", file->label->file);
		print_alarm(f, &file->seen.alarm[i]);
		fputc('\n', f);
	}
}

static void print_all_beside(FILE *f, const struct evaluation *e, bool quiet) {
	for (size_t i = 0; i < e->n_files; i++)
		if ((e->file[i].class == LABEL_BENIGN) == quiet)
			print_beside(f, &e->file[i]);
}

static void print_quiet(FILE *f, const struct evaluation *e) {
	struct quiet_tally q;
	uint64_t all = 0, above = 0;

	quiet_tally_of(&q, e);
	if (q.files == 0)
		return;
	for (unsigned s = 0; s < SEVERITY_N; s++) {
		all += q.alarms[s];
		above += s > SEVERITY_LOW ? q.alarms[s] : 0;
	}
	fprintf(f,
		"\nQuiet files: %u, %.1f hours. Without an alarm above low: %u (%.1f %%); without "
		"any: %u.\n"
		"False alarms: %lu, of them above low %lu; an hour: %.2f and %.2f.\n",
		q.files,
		q.hours,
		q.calm,
		100.0 * q.calm / q.files,
		q.silent,
		all,
		above,
		q.hours > 0 ? (double)all / q.hours : 0,
		q.hours > 0 ? (double)above / q.hours : 0);
	print_all_beside(f, e, true);
}

static void print_curve(FILE *f, const char *what, struct judged_rows *rows) {
	struct curve curve;
	struct model_info info = {.kind_name = "a column"};

	if (rows->model != NULL)
		model_info(rows->model, &info);
	curve_of(&curve, &rows->quiet_raw, &rows->hostile_raw);
	curve_of(&(struct curve) {0}, &rows->quiet, &rows->hostile); // sorts them
	fprintf(f, "  %s, %s: ", what, info.kind_name);
	if (isnan(curve.auc))
		fprintf(f,
			"no AUC, rows of one sort are missing (%zu quiet, %zu of attacks)",
			rows->quiet.n,
			rows->hostile.n);
	else
		fprintf(f,
			"AUC %.4f (%zu quiet rows, %zu of attacks)",
			curve.auc,
			rows->quiet.n,
			rows->hostile.n);
	fputs("; quiet rows that score at least", f);
	for (unsigned i = 0; i < CALIBRATION_N; i++)
		fprintf(f,
			" %g: %.4f",
			(double)calibration_at[i],
			scores_share_from(&rows->quiet, calibration_at[i]));
	fputc('\n', f);
}

bool judged_rows_print_text(FILE *f, const char *what, struct judged_rows *rows) {
	print_curve(f, what, rows);
	return !ferror(f);
}

bool evaluation_print_text(FILE *f, struct evaluation *e, bool all) {
	print_kinds(f, e);
	print_quiet(f, e);
	fputs(all ? "\nAttacks:\n" : "\nNot right:\n", f);
	print_counted(f, e, all);
	fputs("\nRaised beside the attacks, in their files:\n", f);
	print_all_beside(f, e, false);
	fputs(all ? "\nExcluded:\n" : "\nExcluded (--all lists the files):\n", f);
	print_excluded(f, e, all);
	fputs("\nModels:\n", f);
	if (e->flows.model != NULL)
		print_curve(f, "flows", &e->flows);
	if (e->hosts.model != NULL)
		print_curve(f, "hosts", &e->hosts);
	return !ferror(f);
}
