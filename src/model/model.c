// One interface for every kind of model: the table of kinds, and what is the same for all.
#include "model/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Found in kinds/ when the build was set up: KIND(forest) ...
#define KIND(name) extern const struct model_ops model_##name;
#include "kinds_found.h"
#undef KIND

static const struct model_ops *const kinds[] = {
#define KIND(name) &model_##name,
#include "kinds_found.h"
#undef KIND
};
#define KINDS_N (sizeof(kinds) / sizeof(kinds[0]))

const struct model_ops *model_ops_find(uint32_t kind) {
	for (size_t i = 0; i < KINDS_N; i++)
		if (kinds[i]->info.kind == kind)
			return kinds[i];
	return NULL;
}

// Files are found by name; people and files know kinds by number.
const struct model_kind_info *model_kind_at(unsigned at) {
	for (size_t i = 0; i < KINDS_N; i++) {
		unsigned before = 0;

		for (size_t k = 0; k < KINDS_N; k++)
			before += kinds[k]->info.kind < kinds[i]->info.kind;
		if (before == at)
			return &kinds[i]->info;
	}
	return NULL;
}

const struct model_kind_info *model_kind_find(const char *name) {
	for (size_t i = 0; i < KINDS_N; i++)
		if (strcmp(kinds[i]->info.name, name) == 0)
			return &kinds[i]->info;
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
	m->body = calloc(1, ops->body_bytes);
	if (m->body == NULL) {
		free(m);
		return NULL;
	}
	m->ops = ops;
	m->isa = ops->by_isa ? isa_in_use() : ISA_SCALAR;
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
	if (m->ops->release != NULL)
		m->ops->release(m->body);
	free(m->body);
	free(m->calibration.point);
	free(m->baseline);
	free(m->prepare);
	free(m->classes);
	free(m->meta);
	free(m);
}

void model_info(const struct model *m, struct model_info *out) {
	*out = (struct model_info) {
		.kind = m->ops->info.kind,
		.kind_name = m->ops->info.name,
		.n_features = m->n_features,
		.feature_names = m->name_at,
		.n_classes = m->n_classes,
		.normal_class = m->normal,
		.baseline = m->baseline,
		.meta = m->meta,
		.n_calibration = m->calibration.n,
		.bytes = m->bytes,
		.crc = m->crc,
		.isa = m->isa,
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

struct model_shape model_shape(const struct model *m) {
	return (struct model_shape) {
		.width = m->prepare != NULL ? m->prepare->width : m->n_features,
		.n_classes = m->n_classes,
		.names = m->name_at,
	};
}

char *model_describe(const struct model *m) {
	json_t *object = json_object();
	char *text;

	m->ops->describe(m->body, object);
	text = json_dumps(object, JSON_REAL_PRECISION(9));
	json_decref(object);
	return text;
}

const char *model_class_name(const struct model *m, uint32_t class_) {
	assert(class_ < m->n_classes);
	return m->classes[class_];
}

// The one that most of the votes are for; of equal ones the first.
static uint32_t winner(const float *votes, uint32_t n) {
	uint32_t best = 0;

	for (uint32_t c = 1; c < n; c++)
		if (votes[c] > votes[best])
			best = c;
	return best;
}

// How far the best of the others is ahead of the normal class.
static float strangeness(const struct model *m, const float *votes) {
	float best = -INFINITY;

	for (uint32_t c = 0; c < m->n_classes; c++)
		if (c != m->normal && votes[c] > best)
			best = votes[c];
	return best - votes[m->normal];
}

// A few rows at a time, so that what they are made into takes little of the stack.
#define ROWS_AT_ONCE 16u

struct prepared {
	uint32_t n;
	float rows[ROWS_AT_ONCE * PREPARE_WIDTH_MAX];
	float votes[ROWS_AT_ONCE * MODEL_CLASSES_MAX];
};

static void prepared_take(
	struct prepared *p,
	const struct model *m,
	const float *rows,
	uint32_t stride_floats,
	uint32_t left
) {
	p->n = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
	prepare_rows(m->prepare, rows, stride_floats, p->n, p->rows);
}

static void prepared_score(const struct model *m, struct prepared *p, float *raw) {
	const uint32_t stride = m->prepare->stride_floats, width = m->prepare->width;

	if (m->ops->votes == NULL) {
		m->ops->score(m->body, p->rows, stride, width, p->n, raw);
		return;
	}
	m->ops->votes(m->body, p->rows, stride, p->n, p->votes);
	for (uint32_t i = 0; i < p->n; i++)
		raw[i] = strangeness(m, p->votes + (size_t)i * m->n_classes);
}

void model_score(
	const struct model *m,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	float *raw
) {
	struct prepared p; // not cleared

	assert(n <= MODEL_BATCH_MAX);
	if (m->prepare == NULL) {
		m->ops->score(m->body, rows, stride_floats, m->n_features, n, raw);
		return;
	}
	for (uint32_t done = 0; done < n; done += p.n) {
		prepared_take(&p, m, rows + (size_t)done * stride_floats, stride_floats, n - done);
		prepared_score(m, &p, raw + done);
	}
}

int model_classify(
	const struct model *m,
	const float *rows,
	uint32_t stride_floats,
	uint32_t n,
	uint32_t *class_,
	float *votes
) {
	struct prepared p;

	assert(n <= MODEL_BATCH_MAX);
	if (m->ops->votes == NULL)
		return -ENOTSUP;
	for (uint32_t done = 0; done < n; done += p.n) {
		prepared_take(&p, m, rows + (size_t)done * stride_floats, stride_floats, n - done);
		m->ops->votes(m->body, p.rows, m->prepare->stride_floats, p.n, p.votes);
		for (uint32_t i = 0; i < p.n; i++)
			class_[done + i] = winner(p.votes + (size_t)i * m->n_classes, m->n_classes);
		if (votes != NULL)
			memcpy(votes + (size_t)done * m->n_classes,
			       p.votes,
			       (size_t)p.n * m->n_classes * sizeof(*votes));
	}
	return 0;
}

float model_calibrate(const struct model *m, float raw) {
	return calibration_share(&m->calibration, raw);
}
