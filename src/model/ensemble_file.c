// The section "ENSM": see ensemble.h for its form. A member is a whole model file, read by what reads all: what is
// checked here is that it is one, not an ensemble again, and for the same features.
#include "model/ensemble.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KIND_OFFSET 12 // include/weir/model.h

// Looked at before it is parsed: a file of nested ensembles would be read as deep as its maker likes.
static bool is_ensemble(const uint8_t *bytes, size_t n) {
	struct reader kind = {.at = bytes, .left = n};

	reader_take(&kind, KIND_OFFSET);

	const struct model_ops *ops = model_ops_find(reader_u32(&kind));

	return ops != NULL && ops->info.combines;
}

static int member_model_parse(
	struct model **out,
	const uint8_t *bytes,
	size_t n,
	const struct model_shape *shape,
	char *error
) {
	struct model *m = NULL;
	int rc;

	if (is_ensemble(bytes, n))
		return model_fail(error, -EBADMSG, "an ensemble is no member");
	rc = model_parse(&m, bytes, n, error);
	if (rc == 0 && model_check_features(m, shape->names, shape->width, error) < 0) {
		model_destroy(m);
		return -EBADMSG;
	}
	if (rc == 0)
		*out = m;
	// A version or kind that is not known makes the whole file unknown, not damaged.
	return rc;
}

static int
member_parse(struct ensemble *e, struct reader *in, const struct model_shape *shape, char *error) {
	static const uint8_t zero[8];
	struct ensemble_member *member = &e->member[e->n];
	char why[MODEL_ERROR_MAX];
	int rc;

	member->weight = reader_f32(in);

	const uint32_t reserved = reader_u32(in);
	const uint64_t length = reader_u64(in);

	if (in->bad || !(member->weight > 0 && member->weight <= ENSEMBLE_WEIGHT_MAX)
	    || reserved != 0)
		return model_fail(
			error,
			-EBADMSG,
			"section ENSM: member %" PRIu32
			": cut off, weight %g not above 0 or over %g, or reserved bytes not 0",
			e->n,
			(double)member->weight,
			(double)ENSEMBLE_WEIGHT_MAX
		);
	if (length > in->left)
		return model_fail(
			error,
			-EBADMSG,
			"section ENSM: member %" PRIu32 ": length %" PRIu64 ", %zu bytes are left",
			e->n,
			length,
			in->left
		);
	rc = member_model_parse(&member->model, reader_take(in, length), length, shape, why);
	if (rc < 0)
		return model_fail(error, rc, "section ENSM: member %" PRIu32 ": %.110s", e->n, why);
	e->weights += (double)member->weight;
	e->n++;

	const size_t pad = -length % 8;
	const uint8_t *padding = reader_take(in, pad);

	if (padding == NULL || memcmp(padding, zero, pad) != 0)
		return model_fail(
			error,
			-EBADMSG,
			"section ENSM: member %" PRIu32 ": padding is cut off or not 0",
			e->n - 1
		);
	return 0;
}

int ensemble_parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	struct ensemble *e = body;
	uint32_t members;

	e->vote_at = reader_f32(in);
	members = reader_u32(in);
	if (in->bad || !(e->vote_at >= 0 && e->vote_at <= 1) || members < 1
	    || members > MODEL_MEMBERS_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"section ENSM: vote at %g, %" PRIu32
			" members: 0 to 1, and 1 to %d, are allowed",
			(double)e->vote_at,
			members,
			MODEL_MEMBERS_MAX
		);
	while (e->n < members) {
		const int rc = member_parse(e, in, shape, error);

		if (rc < 0)
			return rc;
	}
	if (in->left > 0)
		return model_fail(
			error, -EBADMSG, "section ENSM: %zu bytes after the last member", in->left
		);
	return 0;
}

// A member that there is no memory for makes the whole image bad.
static void member_write(const struct ensemble_member *member, struct writer *out) {
	static const uint8_t zero[8];
	struct writer image = {0};

	if (model_image(&image, member->model) < 0)
		out->bad = true;
	writer_f32(out, member->weight);
	writer_u32(out, 0);
	writer_u64(out, image.n);
	writer_put(out, image.bytes, image.n);
	writer_put(out, zero, -image.n % 8);
	free(image.bytes);
}

void ensemble_write(const void *body, struct writer *out) {
	const struct ensemble *e = body;

	writer_f32(out, e->vote_at);
	writer_u32(out, e->n);
	for (uint32_t k = 0; k < e->n; k++)
		member_write(&e->member[k], out);
}
