// A model that scores as another does, and tells of it.
#include "model/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tap {
	const struct model *inner; // NULL: every score is 0
	model_tap_fn *tell;
	void *ctx;
};

static void
score(const void *body, const float *rows, uint32_t stride_floats, uint32_t, uint32_t n, float *raw
) {
	const struct tap *tap = body;

	if (tap->inner != NULL)
		model_score(tap->inner, rows, stride_floats, n, raw);
	else
		memset(raw, 0, n * sizeof(*raw));
	tap->tell(tap->ctx, tap->inner, rows, stride_floats, n, raw);
}

static const struct model_ops tap_ops = {
	.info = {.name = "tap"},
	.body_bytes = sizeof(struct tap),
	.score = score,
};

// The points are copied, for model_destroy() gives them back. Without any, every share is 0.
static bool calibration_copy(struct calibration *to, const struct calibration *from) {
	const uint32_t n = from == NULL ? 1 : from->n;

	if (from != NULL)
		*to = *from;
	to->n = n;
	to->point = calloc(n, sizeof(to->point[0]));
	if (to->point != NULL && from != NULL)
		memcpy(to->point, from->point, n * sizeof(to->point[0]));
	return to->point != NULL;
}

const struct model *model_behind(const struct model *m) {
	return m->ops == &tap_ops ? ((const struct tap *)m->body)->inner : m;
}

int model_tap(
	struct model **out,
	const struct model *inner,
	uint32_t n_features,
	model_tap_fn *tell,
	void *ctx
) {
	struct model *m = model_new(&tap_ops, inner == NULL ? NULL : inner->name_at, n_features);

	if (m == NULL)
		return -ENOMEM;
	*(struct tap *)m->body = (struct tap) {inner, tell, ctx};
	if (!calibration_copy(&m->calibration, inner == NULL ? NULL : &inner->calibration)) {
		model_destroy(m);
		return -ENOMEM;
	}
	*out = m;
	return 0;
}
