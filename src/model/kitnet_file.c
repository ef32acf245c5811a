// The section "KITN": see kitnet.h for its form. Parsing believes nothing: after it, every row scores a number
// from 0 to 1 + reach.
#include "model/kitnet.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct head {
	float reach;
	uint32_t groups;
	uint8_t group[KITNET_WIDTH_MAX];
};

static int head_parse(struct head *out, struct reader *in, uint32_t width, char *error) {
	uint32_t seen = 0;

	out->reach = reader_f32(in);
	out->groups = reader_u32(in);
	if (in->bad || !(out->reach >= 0 && (double)out->reach <= KITNET_REACH_MAX))
		return model_fail(
			error,
			-EBADMSG,
			"section KITN: reach %g: 0 to %g is allowed",
			(double)out->reach,
			KITNET_REACH_MAX
		);
	for (uint32_t i = 0; i < width; i++) {
		const uint32_t group = reader_u32(in);

		if (in->bad || group > seen || group >= out->groups)
			return model_fail(
				error,
				-EBADMSG,
				"section KITN: feature %" PRIu32 ": group %" PRIu32 " of %" PRIu32
				" is cut off, or out of order",
				i,
				group,
				out->groups
			);
		seen += group == seen;
		out->group[i] = (uint8_t)group;
	}
	if (seen != out->groups)
		return model_fail(
			error,
			-EBADMSG,
			"section KITN: %" PRIu32 " groups, the features are in %" PRIu32,
			out->groups,
			seen
		);
	return 0;
}

static int range_parse(struct kitnet_range *out, struct reader *in, uint32_t i, char *error) {
	const float low = reader_f32(in), high = reader_f32(in);

	if (in->bad || !isfinite(low) || !isfinite(high) || low > high)
		return model_fail(
			error,
			-EBADMSG,
			"section KITN: range %" PRIu32 ": cut off, not finite, or upside down",
			i
		);
	*out = kitnet_range_of(low, high);
	return 0;
}

static int ranges_parse(struct kitnet *k, struct reader *in, char *error) {
	int rc = 0;

	for (uint32_t i = 0; i < k->n_features && rc == 0; i++)
		rc = range_parse(&k->range[i], in, i, error);
	for (uint32_t g = 0; g < k->groups && rc == 0; g++)
		rc = range_parse(&k->error_range[g], in, k->n_features + g, error);
	return rc;
}

static uint32_t group_inputs(const struct head *head, uint32_t g, uint32_t width) {
	uint32_t n = 0;

	for (uint32_t i = 0; i < width; i++)
		n += head->group[i] == g;
	return g < head->groups ? n : head->groups;
}

static size_t net_floats(uint32_t inputs, uint32_t hidden) {
	return hidden + inputs + (size_t)hidden * inputs;
}

// How many are hidden in each net, on a look ahead: the memory is what the file earned.
static int hidden_parse(
	uint32_t *hidden,
	const struct head *head,
	struct reader in,
	uint32_t width,
	char *error
) {
	for (uint32_t g = 0; g <= head->groups; g++) {
		const uint32_t inputs = group_inputs(head, g, width);

		hidden[g] = reader_u32(&in);
		if (in.bad || hidden[g] < 1 || hidden[g] > inputs)
			return model_fail(
				error,
				-EBADMSG,
				"section KITN: autoencoder %" PRIu32 ": %" PRIu32
				" hidden: cut off, or not 1 to its %" PRIu32 " inputs",
				g,
				hidden[g],
				inputs
			);
		if (reader_take(&in, 4 * net_floats(inputs, hidden[g])) == NULL)
			return model_fail(
				error, -EBADMSG, "section KITN: autoencoder %" PRIu32 ": cut off", g
			);
	}
	if (in.left > 0)
		return model_fail(
			error,
			-EBADMSG,
			"section KITN: %zu bytes after the last autoencoder",
			in.left
		);
	return 0;
}

static int nets_parse(struct kitnet *k, struct reader *in, char *error) {
	for (uint32_t g = 0; g <= k->groups; g++) {
		struct kitnet_net *net = &k->net[g];
		const size_t floats = net_floats(net->inputs, net->hidden);

		reader_u32(in);
		for (size_t i = 0; i < floats; i++) {
			net->hidden_bias[i] = reader_f32(in);
			if (!(fabsf(net->hidden_bias[i]) <= KITNET_WEIGHT_MAX))
				return model_fail(
					error,
					-EBADMSG,
					"section KITN: autoencoder %" PRIu32
					": number %zu is beyond %g, or none",
					g,
					i,
					(double)KITNET_WEIGHT_MAX
				);
		}
	}
	return 0;
}

int kitnet_parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	const uint32_t width = shape->width;
	uint32_t hidden[KITNET_WIDTH_MAX + 1];
	struct kitnet *k = body;
	struct head head;
	struct reader nets;
	int rc = head_parse(&head, in, width, error);

	if (rc < 0)
		return rc;
	nets = *in;
	reader_take(&nets, 8 * ((size_t)width + head.groups));
	rc = hidden_parse(hidden, &head, nets, width, error);
	if (rc < 0)
		return rc;
	if (kitnet_init(k, head.group, width, hidden) < 0)
		return model_fail(error, -ENOMEM, "section KITN: no memory");
	k->reach = head.reach;
	rc = ranges_parse(k, in, error);
	if (rc == 0)
		rc = nets_parse(k, in, error);
	return rc;
}

static void range_write(const struct kitnet_range *range, struct writer *out) {
	writer_f32(out, range->low);
	writer_f32(out, range->high);
}

void kitnet_write(const void *body, struct writer *out) {
	const struct kitnet *k = body;

	writer_f32(out, k->reach);
	writer_u32(out, k->groups);
	for (uint32_t i = 0; i < k->n_features; i++)
		writer_u32(out, k->group[i]);
	for (uint32_t i = 0; i < k->n_features; i++)
		range_write(&k->range[i], out);
	for (uint32_t g = 0; g < k->groups; g++)
		range_write(&k->error_range[g], out);
	for (uint32_t g = 0; g <= k->groups; g++) {
		const struct kitnet_net *net = &k->net[g];

		writer_u32(out, net->hidden);
		for (size_t i = 0; i < net_floats(net->inputs, net->hidden); i++)
			writer_f32(out, net->hidden_bias[i]);
	}
}
