// What calibrates a model: scores of rows that it, or one made like it, was not trained on.
//
// Rows of one capture are like each other. A model that has been trained on some of them knows the others too well: held
// back, they score lower than those of a network that it has never seen, and calibrated on them it finds every new
// network strange. So where there are enough sources (files), they are dealt into parts, each part is scored by a model
// of the others, and these scores calibrate the model of all: V. Vovk, "Cross-conformal predictors", Annals of Mathematics
// and Artificial Intelligence 74, 2015, with sources in the place of rows. With few sources rows are held back.
//
// How well that holds is checked with what is there: the rows of each part by a calibration of the other parts.
#include "model/random.h"
#include "model/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const double checked[CALIBRATION_CHECKS] = {0.5, 0.9, 0.99, 0.999};

// Which rows are held back is drawn: a capture's last rows are not like its first.
void rows_divide(struct training *t) {
	struct random r = random_seeded(t->what->seed, STREAM_HOLD_BACK);
	const uint32_t n = (uint32_t)t->rows->n;

	t->n_held = t->by_source ? 0 : (uint32_t)(t->what->hold_back * n);
	if (n - t->n_held < 2)
		t->n_held = n - 2;
	t->n_train = n - t->n_held;
	for (uint32_t i = 0; i < n; i++)
		t->order[i] = i;
	for (uint32_t i = n; i > t->n_train; i--) {
		const uint32_t k = random_below(&r, i), row = t->order[k];

		t->order[k] = t->order[i - 1];
		t->order[i - 1] = row;
	}
}

// Which part each source is of.
static uint32_t *sources_deal(const struct training *t) {
	struct random r = random_seeded(t->what->seed, STREAM_DEAL);
	const uint32_t n = t->rows->n_sources;
	uint32_t *part = malloc(n * sizeof(*part));

	for (uint32_t i = 0; part != NULL && i < n; i++)
		part[i] = i % t->parts;
	for (uint32_t i = n; part != NULL && i > 1; i--) {
		const uint32_t k = random_below(&r, i), was = part[k];

		part[k] = part[i - 1];
		part[i - 1] = was;
	}
	return part;
}

// The rows of the other parts first, those of this one after them.
static void part_divide(struct training *t, const uint32_t *part_of_source, uint32_t part) {
	uint32_t n = 0, last = (uint32_t)t->rows->n;

	for (uint32_t i = 0; i < t->rows->n; i++)
		if (part_of_source[t->rows->source[i]] != part)
			t->order[n++] = i;
		else
			t->order[--last] = i;
	t->n_train = n;
	t->n_held = (uint32_t)t->rows->n - n;
}

// Of a classifier only rows of the normal class calibrate.
static void judged_add(
	struct training *t,
	const struct model *m,
	uint32_t first,
	uint32_t n,
	uint32_t part,
	uint32_t parts
) {
	for (uint32_t i = first; i < first + n; i++)
		if (m->n_classes == 0 || t->rows->class_[t->order[i]] == m->normal)
			t->judged[t->n_judged++]
				= (struct judged_row) {t->raw[i], parts > 1 ? i % parts : part};
}

static int
part_judge(struct training *t, const uint32_t *part_of_source, uint32_t part, char *error) {
	struct model *m;
	int rc;

	part_divide(t, part_of_source, part);
	if (t->n_train < 2)
		return model_fail(
			error,
			-EINVAL,
			"too few rows without those of a part of the files: --parts 0 holds rows "
			"back instead"
		);
	m = part_model(t);
	if (m == NULL)
		return model_fail(error, -ENOMEM, "no memory for a model");
	rc = part_train(t, m, error);
	if (rc == 0)
		judged_add(t, m, t->n_train, t->n_held, part, 1);
	model_destroy(m);
	return rc;
}

int sources_judge(struct training *t, char *error) {
	const uint32_t asked = t->what->parts, sources = t->rows->n_sources;
	uint32_t *part_of_source;
	int rc = 0;

	// What is made of models that are there already cannot be made without some of the rows.
	if (asked < 2 || sources < 2 || t->rows->source == NULL || t->ops->info.combines)
		return 0;
	t->by_source = true;
	t->parts = asked < sources ? asked : sources;
	part_of_source = sources_deal(t);
	if (part_of_source == NULL)
		return model_fail(error, -ENOMEM, "no memory for %" PRIu32 " files", sources);
	for (uint32_t part = 0; part < t->parts && rc == 0; part++)
		rc = part_judge(t, part_of_source, part, error);
	free(part_of_source);
	return rc;
}

// Which rows were held back is drawn, so that every second one is as good a half as any.
void held_back_judge(struct training *t, const struct model *m) {
	t->parts = t->n_held > 0 ? 2 : 0;
	if (t->n_held > 0)
		judged_add(t, m, t->n_train, t->n_held, 0, t->parts);
	else
		judged_add(t, m, 0, t->n_train, 0, 1);
}

// Raw scores of the parts but one, or of that one alone. @return how many
static uint32_t raws_of(const struct training *t, uint32_t part, bool others, float *out) {
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_judged; i++)
		if ((t->judged[i].part != part) == others)
			out[n++] = t->judged[i].raw;
	return n;
}

// Adds to counts how many rows of the part reach each of the scores, by a calibration of the others.
static int part_check(
	const struct training *t,
	uint32_t part,
	float *buffer,
	uint64_t counts[static CALIBRATION_CHECKS],
	uint64_t *rows
) {
	struct calibration others = {0};
	uint32_t n = raws_of(t, part, true, buffer);
	int rc = 0;

	if (n > 0)
		rc = calibration_make(&others, buffer, n, t->ops->raw_max);
	if (n == 0 || rc < 0)
		return rc;
	n = raws_of(t, part, false, buffer);
	for (uint32_t i = 0; i < n; i++) {
		const double score = (double)calibration_share(&others, buffer[i]);

		for (unsigned c = 0; c < CALIBRATION_CHECKS; c++)
			counts[c] += score >= (double)(float)checked[c];
	}
	*rows += n;
	free(others.point);
	return 0;
}

static int check(struct training *t, float *buffer) {
	uint64_t counts[CALIBRATION_CHECKS] = {0}, rows = 0;
	int rc = 0;

	for (uint32_t part = 0; part < t->parts && rc == 0; part++)
		rc = part_check(t, part, buffer, counts, &rows);
	for (unsigned c = 0; c < CALIBRATION_CHECKS; c++)
		t->check[c] = (struct calibration_check) {
			checked[c], rows > 0 ? (double)counts[c] / (double)rows : NAN};
	return rc;
}

int calibrate(struct training *t, struct model *m, char *error) {
	int rc;

	if (t->n_judged == 0)
		return model_fail(
			error,
			-EINVAL,
			"no row of the class %s is there to calibrate with",
			m->classes[m->normal]
		);
	rc = check(t, t->raw);
	for (uint32_t i = 0; i < t->n_judged; i++)
		t->raw[i] = t->judged[i].raw;
	if (rc == 0)
		rc = calibration_make(&m->calibration, t->raw, t->n_judged, t->ops->raw_max);
	return rc == 0 ? 0 : model_fail(error, rc, "no memory for the calibration");
}
