// What training is asked for, checked before any work is done.
#include "model/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static int option_check(const struct model_option *o, double value, char *error) {
	if (value >= o->least && value <= o->most && !(o->whole && value != floor(value)))
		return 0;
	return model_fail(
		error,
		-EINVAL,
		"%s %g: %g to %g is allowed%s",
		o->name,
		value,
		o->least,
		o->most,
		o->whole ? ", a whole number" : ""
	);
}

static int options_check(const struct model_training *t, char *error) {
	int rc = 0;

	for (uint32_t i = 0; i < t->kind->n_options && rc == 0; i++)
		rc = option_check(&t->kind->options[i], t->option[i], error);
	if (rc < 0)
		return rc;
	if (!(t->contamination >= 0 && t->contamination <= 0.5))
		return model_fail(
			error, -EINVAL, "contamination %g: 0 to 0.5 is allowed", t->contamination
		);
	if (!(t->hold_back >= 0 && t->hold_back <= 0.5))
		return model_fail(
			error, -EINVAL, "hold_back %g: 0 to 0.5 is allowed", t->hold_back
		);
	if (t->parts > MODEL_PARTS_MAX)
		return model_fail(
			error,
			-EINVAL,
			"parts %" PRIu32 ": 0 to %d are allowed",
			t->parts,
			MODEL_PARTS_MAX
		);
	if (t->categories != 0 && !t->kind->prepares)
		return model_fail(error, -EINVAL, "%s knows no categories", t->kind->name);
	return 0;
}

static int names_check(const char *const names[], uint32_t n, char *error) {
	if (n < 1 || n > MODEL_FEATURES_MAX)
		return model_fail(
			error,
			-EINVAL,
			"%" PRIu32 " features: 1 to %d are allowed",
			n,
			MODEL_FEATURES_MAX
		);
	for (uint32_t i = 0; i < n; i++) {
		if (names[i][0] == '\0' || strlen(names[i]) >= MODEL_NAME_MAX)
			return model_fail(
				error,
				-EINVAL,
				"feature %" PRIu32 ": a name has 1 to %d bytes",
				i,
				MODEL_NAME_MAX - 1
			);
		for (const char *c = names[i]; *c != '\0'; c++)
			if (*c <= ' ' || *c > '~')
				return model_fail(
					error,
					-EINVAL,
					"feature %" PRIu32
					": a name is printable ASCII without spaces",
					i
				);
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
				return model_fail(
					error, -EINVAL, "feature %s is there twice", names[i]
				);
	}
	return 0;
}

static int rows_check(const struct model_rows *rows, char *error) {
	if (rows->n < 2 || rows->n > UINT32_MAX / 2)
		return model_fail(
			error,
			-EINVAL,
			"%zu rows: at least 2 are needed, at most %u are taken",
			rows->n,
			UINT32_MAX / 2
		);
	for (size_t i = 0; i < rows->n && rows->source != NULL; i++)
		assert(rows->source[i] < rows->n_sources);
	for (size_t i = 0; i < rows->n; i++)
		for (uint32_t k = 0; k < rows->n_features; k++)
			if (!isfinite(rows->value[i * rows->n_features + k]))
				return model_fail(
					error,
					-EINVAL,
					"row %zu: %s is not a finite number",
					i,
					rows->names[k]
				);
	return 0;
}

static int classes_check(const struct training *t, char *error) {
	const struct model_rows *rows = t->rows;

	if (!t->ops->info.classifies)
		return 0;
	if (rows->class_ == NULL || rows->n_classes < 2 || rows->n_classes > MODEL_CLASSES_MAX)
		return model_fail(
			error,
			-EINVAL,
			"%s is a classifier: rows need a class each, of 2 to %d",
			t->ops->info.name,
			MODEL_CLASSES_MAX
		);
	for (uint32_t c = 0; c < rows->n_classes; c++)
		if (strlen(rows->class_names[c]) >= MODEL_CLASS_NAME_MAX
		    || rows->class_names[c][0] == '\0')
			return model_fail(
				error,
				-EINVAL,
				"class %" PRIu32 ": a name has 1 to %d bytes",
				c,
				MODEL_CLASS_NAME_MAX - 1
			);
	if (rows->normal_class >= rows->n_classes)
		return model_fail(error, -EINVAL, "the normal class is none of the classes");
	for (size_t i = 0; i < rows->n; i++)
		if (rows->class_[i] >= rows->n_classes)
			return model_fail(error, -EINVAL, "row %zu: no such class", i);
	return 0;
}

int training_check(const struct training *t, char *error) {
	int rc = options_check(t->what, error);

	if (t->ops == NULL || t->ops->train == NULL)
		return model_fail(error, -ENOTSUP, "%s is not made from rows", t->what->kind->name);
	if (rc == 0)
		rc = names_check(t->rows->names, t->rows->n_features, error);
	if (rc == 0)
		rc = rows_check(t->rows, error);
	return rc < 0 ? rc : classes_check(t, error);
}
