// The isolation forest as a kind of model, and its training.
#include "model/forest_grow.h"

#include <errno.h>

enum { TREES, SAMPLE };

static const struct model_option options[] = {
	[TREES] = {"trees", "trees to grow", 1, FOREST_TREES_MAX, 100, true},
	[SAMPLE] = {"sample", "rows that a tree is grown from", 2, FOREST_SAMPLE_MAX, 256, true},
};

const struct forest_options forest_defaults = {
	.trees = 100,
	.sample = 256,
	.contamination = 0,
	.hold_back = 0.2,
	.seed = 1,
	.meta = NULL,
};

static int train(void *body, const struct model_ground *g, char *error) {
	const struct forest_ground ground = {
		.rows = g->rows,
		.n_features = g->shape.width,
		.order = g->order,
		.n_rows = g->n_rows,
	};
	const uint32_t sample = (uint32_t)g->option[SAMPLE];
	const int rc = forest_grow(
		body,
		&ground,
		(uint32_t)g->option[TREES],
		sample < g->n_rows ? sample : g->n_rows,
		g->seed
	);

	if (rc == -EFBIG)
		return model_fail(
			error,
			rc,
			"the forest does not fit a file of %u bytes: fewer trees or a smaller "
			"sample",
			MODEL_FILE_BYTES_MAX
		);
	if (rc < 0)
		return model_fail(error, rc, "no memory for the trees");
	return 0;
}

static void describe(const void *body, json_t *into) {
	const struct forest *f = body;

	json_object_set_new(into, "trees", json_integer(f->trees));
	json_object_set_new(into, "sample", json_integer(f->sample));
	json_object_set_new(into, "depth", json_integer(f->depth));
}

const struct model_ops model_forest = {
	.info = {
		.kind = 1,
		.name = "forest",
		.about = "isolation forest: what few questions tell from the rest is strange",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	},
	.tag = "TREE",
	.raw_max = 1,
	.body_bytes = sizeof(struct forest),
	.by_isa = true,
	.may_lack_baseline = true, // files of before there was one
	.train = train,
	.parse = forest_parse,
	.write = forest_write,
	.score = forest_score,
	.describe = describe,
	.attribute = forest_attribute,
	.release = forest_release,
};

int forest_train(
	struct model **out,
	const float *rows,
	size_t n_rows,
	const char *const names[],
	uint32_t n_features,
	const struct forest_options *o,
	char error[static MODEL_ERROR_MAX]
) {
	const struct model_rows all = {
		.value = rows,
		.n = n_rows,
		.names = names,
		.n_features = n_features,
	};
	const struct model_training training = {
		.kind = &model_forest.info,
		.option = {[TREES] = o->trees, [SAMPLE] = o->sample},
		.contamination = o->contamination,
		.hold_back = o->hold_back,
		.seed = o->seed,
		.meta = o->meta,
	};

	return model_train(out, &all, &training, error);
}
