// The section "TREE": see forest.h for its form. Parsing believes nothing: after it, every walk of
// every tree ends at a leaf within the depth that the sample allows.
#include "model/forest.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int head_parse(struct forest *f, struct reader *in, char *error) {
	const uint32_t trees = reader_u32(in), sample = reader_u32(in);
	uint64_t nodes = 0;

	if (in->bad || trees < 1 || trees > FOREST_TREES_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"section TREE: trees %" PRIu32 ": 1 to %d are allowed",
			trees,
			FOREST_TREES_MAX
		);
	if (sample < 2 || sample > FOREST_SAMPLE_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"section TREE: sample %" PRIu32 ": 2 to %d are allowed",
			sample,
			FOREST_SAMPLE_MAX
		);
	if (in->left / 4 < trees)
		return model_fail(error, -EBADMSG, "section TREE: ends inside the node counts");

	struct reader counts = *in;

	for (uint32_t t = 0; t < trees; t++) {
		const uint32_t n = reader_u32(&counts);

		// A binary tree with `sample` leaves at most.
		if (n < 1 || n >= 2 * sample || n % 2 == 0)
			return model_fail(
				error,
				-EBADMSG,
				"section TREE: tree %" PRIu32 ": %" PRIu32
				" nodes: not a binary tree of a sample of %" PRIu32,
				t,
				n,
				sample
			);
		nodes += n;
	}
	if (counts.left != nodes * FOREST_NODE_BYTES)
		return model_fail(
			error,
			-EBADMSG,
			"section TREE: %zu bytes for %" PRIu64 " nodes of %d bytes",
			counts.left,
			nodes,
			FOREST_NODE_BYTES
		);

	// The section holds 12 bytes a node, so nodes fits 32 bits and the memory is what the file earned.
	if (forest_init(f, trees, sample, (uint32_t)nodes) < 0)
		return model_fail(
			error, -ENOMEM, "section TREE: no memory for %" PRIu64 " nodes", nodes
		);
	for (uint32_t t = 0; t < trees; t++)
		f->first[t + 1] = f->first[t] + reader_u32(in);
	return 0;
}

static void nodes_parse(struct forest *f, struct reader *in) {
	for (uint32_t i = 0; i < f->nodes; i++) {
		f->node[i].threshold = reader_f32(in);
		f->node[i].link = reader_u32(in);
		f->rows[i] = reader_u32(in);
	}
}

static const char *leaf_fault(const struct forest_node *node, uint32_t rows) {
	uint32_t bits;

	memcpy(&bits, &node->threshold, sizeof(bits));
	if (bits != 0)
		return "a leaf with a threshold";
	return rows == 0 ? "a leaf that no row reached" : NULL;
}

// @param depth  of each node, 0 where no parent has named it yet (and of the root)
static const char *
inner_fault(const struct forest *f, uint32_t t, uint32_t i, uint32_t n_features, uint8_t *depth) {
	const uint32_t first = f->first[t], n = f->first[t + 1] - first;
	const struct forest_node *node = f->node + first + i;
	const uint32_t left = forest_left(node->link);

	if (left <= i || left >= n - 1)
		return "a child outside the tree or before its parent";
	if (depth[left] != 0 || depth[left + 1] != 0)
		return "a child that has a parent already";
	if (depth[i] >= forest_depth_limit(f->sample))
		return "deeper than the sample allows";
	if (forest_feature(node->link) >= n_features)
		return "a feature that the model does not have";
	if (!isfinite(node->threshold))
		return "a threshold that is not finite";

	const uint32_t *rows = f->rows + first;

	if ((uint64_t)rows[left] + rows[left + 1] != rows[i])
		return "rows are not the sum of its children's";
	depth[left] = depth[left + 1] = depth[i] + 1;
	return NULL;
}

static int
tree_check(const struct forest *f, uint32_t t, uint32_t n_features, uint8_t *depth, char *error) {
	const uint32_t first = f->first[t], n = f->first[t + 1] - first;
	const char *fault = NULL;
	uint32_t i;

	memset(depth, 0, n);
	if (f->rows[first] > f->sample)
		return model_fail(
			error,
			-EBADMSG,
			"section TREE: tree %" PRIu32 ": %" PRIu32 " rows, the sample has %" PRIu32,
			t,
			f->rows[first],
			f->sample
		);
	for (i = 0; i < n; i++) {
		const struct forest_node *node = f->node + first + i;

		if (i > 0 && depth[i] == 0)
			fault = "no parent";
		else if (node->link == 0)
			fault = leaf_fault(node, f->rows[first + i]);
		else
			fault = inner_fault(f, t, i, n_features, depth);
		if (fault != NULL)
			return model_fail(
				error,
				-EBADMSG,
				"section TREE: tree %" PRIu32 ": node %" PRIu32 ": %s",
				t,
				i,
				fault
			);
	}
	return 0;
}

static int trees_check(const struct forest *f, uint32_t n_features, char *error) {
	uint8_t *depth = malloc((size_t)2 * f->sample);
	int rc = 0;

	if (depth == NULL)
		return model_fail(error, -ENOMEM, "section TREE: no memory");
	for (uint32_t t = 0; t < f->trees && rc == 0; t++)
		rc = tree_check(f, t, n_features, depth, error);
	free(depth);
	return rc;
}

int forest_parse(void *body, struct reader *in, const struct model_shape *shape, char *error) {
	struct forest *f = body;
	int rc = head_parse(f, in, error);

	if (rc < 0)
		return rc;
	nodes_parse(f, in);
	rc = trees_check(f, shape->width, error);
	if (rc < 0)
		return rc;
	forest_finish(f);
	return 0;
}

static void tree_write(const struct forest *f, uint32_t t, struct writer *out) {
	const uint32_t first = f->first[t];

	for (uint32_t i = 0; i < f->first[t + 1] - first; i++) {
		const struct forest_node *node = f->node + first + i;
		const bool leaf = forest_left(node->link) <= i;

		writer_f32(out, leaf ? 0 : node->threshold);
		writer_u32(out, leaf ? 0 : node->link);
		writer_u32(out, f->rows[first + i]);
	}
}

void forest_write(const void *body, struct writer *out) {
	const struct forest *f = body;

	writer_u32(out, f->trees);
	writer_u32(out, f->sample);
	for (uint32_t t = 0; t < f->trees; t++)
		writer_u32(out, f->first[t + 1] - f->first[t]);
	for (uint32_t t = 0; t < f->trees; t++)
		tree_write(f, t, out);
}
