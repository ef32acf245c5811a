// What the labels ask for, file by file; and what the verdicts come to.
#include "evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct evaluated_file *file_find(struct evaluation *e, const char *name) {
	for (size_t i = e->n_files; i > 0; i--) // rows of one file stand together, as a rule
		if (strcmp(e->file[i - 1].label->file, name) == 0)
			return &e->file[i - 1];
	return NULL;
}

static int verdicts_add(struct evaluated_file *file, const struct truth *truth, int n) {
	struct verdict *more;

	if (n == 0)
		return 0;
	more = reallocarray(file->verdict, file->n_verdicts + (unsigned)n, sizeof(*more));
	if (more == NULL)
		return -1;
	file->verdict = more;
	for (int i = 0; i < n; i++)
		more[file->n_verdicts++] = (struct verdict) {.truth = truth[i]};
	return 0;
}

static int plan_label(struct evaluation *e, const struct label *label, char *error) {
	struct truth truth[TRUTH_PARTS_MAX];
	struct evaluated_file *file;
	int n;

	if (label->class == LABEL_PARSER) {
		e->n_parsers++;
		return 0;
	}
	n = truth_of(truth, label, error);
	if (n < 0)
		return -1;
	file = file_find(e, label->file);
	if (file == NULL) {
		file = &e->file[e->n_files++];
		*file = (struct evaluated_file) {.label = label, .class = label->class};
	}
	if (file->class == LABEL_BENIGN)
		file->class = label->class;
	if (verdicts_add(file, truth, n) < 0) {
		snprintf(error, CSV_ERROR_MAX, "out of memory");
		return -1;
	}
	return 0;
}

int evaluation_plan(struct evaluation *e, char error[static CSV_ERROR_MAX]) {
	e->file = calloc(e->labels.n, sizeof(*e->file));
	if (e->file == NULL) {
		snprintf(error, CSV_ERROR_MAX, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < e->labels.n; i++)
		if (plan_label(e, &e->labels.label[i], error) < 0)
			return -1;
	e->flows.model = e->models.flow;
	e->flows.n_features = FLOW_FEATURE_N;
	e->hosts.model = e->models.host;
	e->hosts.n_features = HOST_FEATURE_N;
	return 0;
}

void judged_rows_free(struct judged_rows *rows) {
	scores_free(&rows->quiet);
	scores_free(&rows->hostile);
	scores_free(&rows->quiet_raw);
	scores_free(&rows->hostile_raw);
}

void evaluation_free(struct evaluation *e) {
	for (size_t i = 0; i < e->n_files; i++) {
		free(e->file[i].verdict);
		free(e->file[i].failed);
		seen_free(&e->file[i].seen);
	}
	free(e->file);
	judged_rows_free(&e->flows);
	judged_rows_free(&e->hosts);
	labels_free(&e->labels);
}

static void tally_add(struct tally *t, const struct verdict *v) {
	if (v->excluded != NULL) {
		t->excluded++;
		return;
	}
	t->attacks++;
	t->detected += v->detected;
	t->named += v->named;
	t->aimed += v->aimed;
	t->judged += v->truth.target_from != NULL;
	t->right += v->right;
	t->right_low += v->right && v->best->severity == SEVERITY_LOW;
	t->alarms += v->alarms;
	t->others += v->others;
}

static int lower_first(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool counts(const struct verdict *v, const char *group) {
	return group == NULL || strcmp(v->truth.group, group) == 0;
}

static void delays_find(struct tally *t, const struct evaluation *e, const char *group) {
	double *s = calloc(t->right + 1, sizeof(*s));
	unsigned n = 0;

	t->delay_median_s = t->delay_max_s = NAN;
	if (s == NULL)
		return;
	for (size_t f = 0; f < e->n_files; f++)
		for (unsigned i = 0; i < e->file[f].n_verdicts; i++) {
			const struct verdict *v = &e->file[f].verdict[i];

			if (v->excluded == NULL && counts(v, group) && v->delay_ns != UINT64_MAX)
				s[n++] = (double)v->delay_ns / 1e9;
		}
	qsort(s, n, sizeof(*s), lower_first);
	t->delays = n;
	if (n > 0) {
		t->delay_median_s = n % 2 != 0 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2;
		t->delay_max_s = s[n - 1];
	}
	free(s);
}

void tally_of(struct tally *out, const struct evaluation *e, const char *group) {
	*out = (struct tally) {0};
	for (size_t f = 0; f < e->n_files; f++)
		for (unsigned i = 0; i < e->file[f].n_verdicts; i++)
			if (counts(&e->file[f].verdict[i], group))
				tally_add(out, &e->file[f].verdict[i]);
	delays_find(out, e, group);
}

// The least name that is above `after`.
static const char *group_next(const struct evaluation *e, const char *after) {
	const char *best = NULL;

	for (size_t f = 0; f < e->n_files; f++)
		for (unsigned i = 0; i < e->file[f].n_verdicts; i++) {
			const char *group = e->file[f].verdict[i].truth.group;

			if ((after == NULL || strcmp(group, after) > 0)
			    && (best == NULL || strcmp(group, best) < 0))
				best = group;
		}
	return best;
}

const char *group_at(const struct evaluation *e, size_t i) {
	const char *group = group_next(e, NULL);

	while (group != NULL && i-- > 0)
		group = group_next(e, group);
	return group;
}

void quiet_tally_of(struct quiet_tally *out, const struct evaluation *e) {
	*out = (struct quiet_tally) {0};
	for (size_t f = 0; f < e->n_files; f++) {
		const struct evaluated_file *file = &e->file[f];
		bool calm = true;

		if (file->class != LABEL_BENIGN || file->packets == 0)
			continue;
		out->files++;
		out->hours += (double)file->watched_ns / 3.6e12;
		for (size_t i = 0; i < file->seen.n; i++) {
			out->alarms[file->seen.alarm[i].severity]++;
			out->by_kind[file->seen.alarm[i].alarm.kind]++;
			calm = calm && file->seen.alarm[i].severity == SEVERITY_LOW;
		}
		out->silent += file->seen.n == 0;
		out->calm += calm;
	}
}
