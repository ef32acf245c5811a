// Sections that not every model has: the classes of a classifier (CLAS), and an ordinary row (BASE).
#include "model/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *class_fault(const struct model *m, const char *name, size_t room, uint32_t i) {
	const size_t length = strnlen(name, room);

	if (length == room || length >= MODEL_CLASS_NAME_MAX || length == 0)
		return "missing, empty or too long";
	for (size_t k = 0; k < length; k++)
		if (name[k] < ' ' || name[k] > '~')
			return "not printable ASCII";
	for (uint32_t j = 0; j < i; j++)
		if (strcmp(m->classes[j], name) == 0)
			return "there twice";
	return NULL;
}

static int class_names_parse(struct model *m, struct reader *in, char *error) {
	for (uint32_t i = 0; i < m->n_classes; i++) {
		const char *name = (const char *)in->at;
		const char *fault = class_fault(m, name, in->left, i);

		if (fault != NULL)
			return model_fail(
				error, -EBADMSG, "section CLAS: name %" PRIu32 ": %s", i, fault
			);
		memcpy(m->classes[i], name, strlen(name) + 1);
		reader_take(in, strlen(name) + 1);
	}
	if (in->left > 0)
		return model_fail(error, -EBADMSG, "section CLAS: %zu bytes too many", in->left);
	return 0;
}

int classes_parse(struct model *m, struct reader *in, char *error) {
	m->n_classes = reader_u32(in);
	m->normal = reader_u32(in);
	if (m->n_classes < 2 || m->n_classes > MODEL_CLASSES_MAX || m->normal >= m->n_classes)
		return model_fail(
			error,
			-EBADMSG,
			"section CLAS: %" PRIu32 " classes, %" PRIu32
			" is the normal one: 2 to %d are allowed, and one of them",
			m->n_classes,
			m->normal,
			MODEL_CLASSES_MAX
		);
	m->classes = calloc(m->n_classes, sizeof(*m->classes));
	if (m->classes == NULL)
		return model_fail(error, -ENOMEM, "section CLAS: no memory");
	return class_names_parse(m, in, error);
}

void classes_write(const struct model *m, struct writer *out) {
	writer_u32(out, m->n_classes);
	writer_u32(out, m->normal);
	for (uint32_t i = 0; i < m->n_classes; i++)
		writer_put(out, m->classes[i], strlen(m->classes[i]) + 1);
}

int baseline_parse(struct model *m, struct reader *in, char *error) {
	if (in->left != (size_t)m->n_features * 4)
		return model_fail(
			error,
			-EBADMSG,
			"section BASE: %zu bytes, %" PRIu32 " features of 4 bytes",
			in->left,
			m->n_features
		);
	m->baseline = calloc(m->n_features, sizeof(*m->baseline));
	if (m->baseline == NULL)
		return model_fail(error, -ENOMEM, "section BASE: no memory");
	for (uint32_t k = 0; k < m->n_features; k++) {
		m->baseline[k] = reader_f32(in);
		if (!isfinite(m->baseline[k]))
			return model_fail(
				error,
				-EBADMSG,
				"section BASE: feature %" PRIu32 " is not finite",
				k
			);
	}
	return 0;
}

void baseline_write(const struct model *m, struct writer *out) {
	for (uint32_t k = 0; k < m->n_features; k++)
		writer_f32(out, m->baseline[k]);
}
