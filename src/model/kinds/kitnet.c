// KitNET as a kind of model: trained on rows that lie there, described, and its row in the table of kinds.
//
// A stream is what it was made for; here all rows are at hand, and three things are better for it: the map and the
// ranges are taken from all rows, in a pass before the autoencoders learn, so that the first rows need not
// be learned by ranges that are still too narrow; and the rows come in a drawn order, so that what a capture
// ends with is not remembered best; and there may be more than one pass.
#include "model/kitnet.h"

#include "model/random.h"

#include <errno.h>
#include <math.h>

// Each row is learned once, as the paper has it; but fewer rows than that are learned again till so many steps are done,
// or a small table would leave the autoencoders as they were drawn. More makes them copy what is strange, too: trained
// on half of the normal rows of ADBench's mammography (5,461 rows), AUC 0.81 after one pass, 0.66 after ten.
#define STEPS_LEAST 5000u

#define STREAM_ORDER UINT32_MAX // of random numbers, beside the autoencoders' 0, 1, 2 ...

enum { GROUP, HIDDEN, RATE, PASSES, REACH, OPTIONS_N };

static const struct model_option options[OPTIONS_N] = {
	[GROUP] = {"group", "most features of one autoencoder", 1, KITNET_WIDTH_MAX, 10, true},
	[HIDDEN] = {"hidden", "hidden neurons, as a share of the features", 0.01, 1, 0.75, false},
	[RATE] = {"rate", "of learning", 1e-4, 1, 0.1, false},
	[PASSES]
	= {"passes",
	   "how often each row is learned; 0: once, or till 5,000 steps are done",
	   0,
	   1000,
	   0,
	   true},
	[REACH]
	= {"reach",
	   "how many ranges beyond the one seen a value may count as",
	   0,
	   KITNET_REACH_MAX,
	   10,
	   false},
};
static_assert(OPTIONS_N <= MODEL_OPTIONS_MAX);
static_assert(KITNET_WIDTH_MAX == PREPARE_WIDTH_MAX, "every prepared row fits");

static void order_draw(uint32_t *order, uint32_t n, struct random *r) {
	for (uint32_t i = n; i > 1; i--) {
		const uint32_t k = random_below(r, i), row = order[k];

		order[k] = order[i - 1];
		order[i - 1] = row;
	}
}

static const float *row_at(const struct model_ground *g, uint32_t i) {
	return g->rows + (size_t)g->order[i] * g->stride_floats;
}

static uint32_t passes(const struct model_ground *g) {
	const uint32_t asked = (uint32_t)g->option[PASSES];

	return asked > 0 ? asked : (STEPS_LEAST + g->n_rows - 1) / g->n_rows;
}

static void rows_learn(struct kitnet_learner *l, const struct model_ground *g) {
	struct random r = random_seeded(g->seed, STREAM_ORDER);
	const uint32_t n_passes = passes(g);

	for (uint32_t i = 0; i < g->n_rows; i++) {
		kitnet_learner_look(l, row_at(g, i));
		kitnet_learn(l, row_at(g, i));
	}
	for (uint32_t pass = 0; pass < n_passes; pass++) {
		order_draw(g->order, g->n_rows, &r);
		for (uint32_t i = 0; i < g->n_rows; i++)
			kitnet_learn(l, row_at(g, i));
	}
}

static int train(void *body, const struct model_ground *g, char *error) {
	const struct kitnet_shape shape = {
		.group_max = (uint32_t)g->option[GROUP],
		.map_rows = g->n_rows, // the first pass
		.hidden = g->option[HIDDEN],
		.rate = g->option[RATE],
		.reach = g->option[REACH],
		.seed = g->seed,
	};
	struct kitnet_learner *l = NULL;
	int rc = kitnet_learner_create(&l, g->shape.width, &shape);

	if (rc == 0) {
		rows_learn(l, g);
		rc = kitnet_freeze(body, l);
	}
	kitnet_learner_destroy(l);
	if (rc < 0)
		return model_fail(error, rc, "no memory for the autoencoders");
	return 0;
}

static void describe(const void *body, json_t *into) {
	const struct kitnet *k = body;
	json_t *coders = json_array();
	const uint8_t *member = k->member;

	for (uint32_t g = 0; g < k->groups; g++) {
		json_t *values = json_array();

		for (uint32_t i = 0; i < k->net[g].inputs; i++)
			json_array_append_new(values, json_integer(*member++));
		json_array_append_new(
			coders,
			json_pack("{s:o, s:i}", "values", values, "hidden", (int)k->net[g].hidden)
		);
	}
	json_object_set_new(into, "autoencoders", coders);
	json_object_set_new(into, "output_hidden", json_integer(k->net[k->groups].hidden));
	json_object_set_new(into, "reach", json_real((double)k->reach));
}

const struct model_ops model_kitnet = {
	.info = {
		.kind = 7,
		.name = "kitnet",
		.about = "ensemble of autoencoders, each over features that go together (KitNET)",
		.prepares = true,
		.options = options,
		.n_options = OPTIONS_N,
	},
	.tag = "KITN",
	.body_bytes = sizeof(struct kitnet),
	.by_isa = true,
	.raw_max = INFINITY, // 1 + reach, which each model has its own of
	.train = train,
	.parse = kitnet_parse,
	.write = kitnet_write,
	.score = kitnet_score,
	.describe = describe,
	.release = kitnet_release,
};
