// What rows say of how to scale them. Deviations are of all rows, as scikit-learn's StandardScaler takes them, and
// quartiles as its RobustScaler. A feature of one value keeps its size; one whose quartiles are equal and yet has
// other values is scaled by its deviation: counts that are mostly 0 must not outweigh all others.
#include "model/internal.h"
#include "model/prepare.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const model_scaling_names[MODEL_SCALING_N] = {
	[MODEL_SCALING_STANDARD] = "standard",
	[MODEL_SCALING_ROBUST] = "robust",
	[MODEL_SCALING_LOG] = "log",
	[MODEL_SCALING_NONE] = "none",
};

static void column_take(float *column, const struct prepare_from *from, uint32_t k) {
	for (uint32_t i = 0; i < from->n_rows; i++)
		column[i] = from->rows[(size_t)from->order[i] * from->n_features + k];
}

static double column_value(float x, bool log) {
	return log ? prepare_log((double)x) : (double)x;
}

static void moments(const float *column, uint32_t n, bool log, double *mean, double *deviation) {
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += column_value(column[i], log);
	*mean = sum / n;
	for (uint32_t i = 0; i < n; i++) {
		const double d = column_value(column[i], log) - *mean;

		squares += d * d;
	}
	*deviation = sqrt(squares / n);
}

static float one_over(double scale) {
	const float factor = (float)(1 / scale);

	return scale > 0 && isfinite(factor) ? factor : 1;
}

// @param column  sorted
static void
number_fit(struct prepare_feature *f, const float *column, uint32_t n, enum model_scaling scaling) {
	const bool log = scaling == MODEL_SCALING_LOG;
	double centre, scale;

	*f = (struct prepare_feature) {.type = log ? PREPARE_LOG : PREPARE_LINEAR, .factor = 1};
	if (scaling == MODEL_SCALING_NONE)
		return;
	moments(column, n, log, &centre, &scale);
	if (scaling == MODEL_SCALING_ROBUST) {
		const double iqr = calibration_quantile(column, n, 0.75)
			- calibration_quantile(column, n, 0.25);

		centre = calibration_quantile(column, n, 0.5);
		scale = iqr > 0 ? iqr : scale;
	}
	f->centre = (float)centre;
	f->factor = one_over(scale);
}

// Two rows that differ in a category alone are 1 apart, as are two whose scaled value differs by a deviation.
static bool category_fit(struct prepare_feature *f, const float *column, uint32_t n) {
	*f = (struct prepare_feature) {.type = PREPARE_CATEGORY, .factor = (float)M_SQRT1_2};
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0 && column[i] == column[i - 1])
			continue;
		if (f->n_codes == PREPARE_CODES_MAX)
			return false;
		f->code[f->n_codes++] = column[i];
	}
	return true;
}

static int feature_fit(
	struct prepare *p,
	const struct prepare_from *from,
	float *column,
	uint32_t k,
	char *error
) {
	column_take(column, from, k);
	floats_sort(column, from->n_rows);
	if (!(from->categories >> k & 1))
		number_fit(&p->feature[k], column, from->n_rows, from->scaling);
	else if (!category_fit(&p->feature[k], column, from->n_rows))
		return model_fail(
			error,
			-EINVAL,
			"category %s: more than %d different values",
			from->names[k],
			PREPARE_CODES_MAX
		);
	return 0;
}

int prepare_fit(struct prepare *out, const struct prepare_from *from, char *error) {
	float *column = malloc(from->n_rows * sizeof(*column));
	int rc = 0;

	if (column == NULL)
		return model_fail(error, -ENOMEM, "no memory for %" PRIu32 " values", from->n_rows);
	memset(out, 0, sizeof(*out));
	out->n_features = from->n_features;
	for (uint32_t k = 0; k < from->n_features && rc == 0; k++)
		rc = feature_fit(out, from, column, k, error);
	free(column);
	prepare_width_set(out);
	if (rc == 0 && out->width > PREPARE_WIDTH_MAX)
		rc = model_fail(
			error,
			-EINVAL,
			"features and the codes of categories are %" PRIu32
			" values: at most %d fit a row",
			out->width,
			PREPARE_WIDTH_MAX
		);
	return rc;
}

static float commonest(const float *sorted, uint32_t n) {
	uint32_t best = 0, run = 0;
	float value = sorted[0];

	for (uint32_t i = 0; i < n; i++) {
		run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
		if (run > best) {
			best = run;
			value = sorted[i];
		}
	}
	return value;
}

int prepare_baseline(float *out, const struct prepare_from *from) {
	float *column = malloc(from->n_rows * sizeof(*column));

	if (column == NULL)
		return -ENOMEM;
	for (uint32_t k = 0; k < from->n_features; k++) {
		column_take(column, from, k);
		floats_sort(column, from->n_rows);
		out[k] = from->categories >> k & 1
			? commonest(column, from->n_rows)
			: (float)calibration_quantile(column, from->n_rows, 0.5);
	}
	free(column);
	return 0;
}
