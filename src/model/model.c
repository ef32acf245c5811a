// One interface for every kind of model: the table of kinds, and what is the same for all.
#include "model/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct model_ops *const kinds[] = {
	&forest_ops,
};

const struct model_ops *model_ops_find(uint32_t kind) {
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->kind == kind)
			return kinds[i];
	return NULL;
}

int model_fail(char error[static MODEL_ERROR_MAX], int rc, const char *format, ...) {
	va_list args;

	va_start(args, format);
	vsnprintf(error, MODEL_ERROR_MAX, format, args);
	va_end(args);
	// Parts may come from the file: no line ends, no escape sequences for a terminal.
	for (char *c = error; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return rc;
}

struct model *
model_new(const struct model_ops *ops, const char *const names[], uint32_t n_features) {
	struct model *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->ops = ops;
	m->n_features = n_features;
	for (uint32_t i = 0; i < n_features; i++) {
		m->name_at[i] = m->names[i];
		if (names != NULL)
			snprintf(m->names[i], MODEL_NAME_MAX, "%s", names[i]);
	}
	return m;
}

void model_destroy(struct model *m) {
	if (m == NULL)
		return;
	m->ops->destroy(m->body);
	free(m->calibration.point);
	free(m->meta);
	free(m);
}

void model_info(const struct model *m, struct model_info *out) {
	*out = (struct model_info) {
		.kind = m->ops->kind,
		.kind_name = m->ops->name,
		.n_features = m->n_features,
		.feature_names = m->name_at,
		.meta = m->meta,
		.n_calibration = m->calibration.n,
		.bytes = m->bytes,
		.crc = m->crc,
		.isa = m->ops->isa(m->body),
	};
}

int model_check_features(
	const struct model *m,
	const char *const names[],
	uint32_t n,
	char error[static MODEL_ERROR_MAX]
) {
	for (uint32_t i = 0; i < n && i < m->n_features; i++)
		if (strcmp(m->names[i], names[i]) != 0)
			return model_fail(
				error,
				-EINVAL,
				"feature %" PRIu32
				": the model has %s, this program %s: train it again",
				i,
				m->names[i],
				names[i]
			);
	if (n != m->n_features)
		return model_fail(
			error,
			-EINVAL,
			"the model has %" PRIu32 " features, this program %" PRIu32
			": train it again",
			m->n_features,
			n
		);
	return 0;
}

void model_score(
	const struct model *m,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
) {
	assert(n <= MODEL_BATCH_MAX);
	m->ops->score(m->body, rows, stride_floats, m->n_features, n, raw);
}

float model_calibrate(const struct model *m, float raw) {
	return calibration_share(&m->calibration, raw);
}
