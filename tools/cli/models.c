// Which models a capture is scored with.
#include "models.h"

#include <weir/feature.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *flow_names[FLOW_FEATURE_N];
static const char *host_names[HOST_FEATURE_N];

static void names_fill(void) {
	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		flow_names[i] = flow_feature_info[i].name;
	for (unsigned i = 0; i < HOST_FEATURE_N; i++)
		host_names[i] = host_feature_info[i].name;
}

// Put a model where its features belong.
static int
place(struct models *models,
      struct model *model,
      const char *path,
      char error[static MODELS_ERROR_MAX]) {
	char why_flow[MODEL_ERROR_MAX], why_host[MODEL_ERROR_MAX];
	struct model **at;

	if (model_check_features(model, flow_names, FLOW_FEATURE_N, why_flow) == 0) {
		at = &models->flow;
	} else if (model_check_features(model, host_names, HOST_FEATURE_N, why_host) == 0) {
		at = &models->host;
	} else {
		snprintf(
			error,
			MODELS_ERROR_MAX,
			"model %.256s: made for other features than this version's (%s): train it "
			"again",
			path,
			why_flow
		);
		return -EINVAL;
	}
	if (*at != NULL) {
		snprintf(
			error,
			MODELS_ERROR_MAX,
			"model %.256s: a model for %s was given already: give one",
			path,
			at == &models->flow ? "flows" : "hosts"
		);
		return -EEXIST;
	}
	*at = model;
	return 0;
}

static int load(struct models *models, const char *path, char error[static MODELS_ERROR_MAX]) {
	char why[MODEL_ERROR_MAX];
	struct model *model;
	int ret = model_load(&model, path, why);

	if (ret < 0) {
		snprintf(error, MODELS_ERROR_MAX, "model %s: %s", path, why);
		return ret;
	}
	ret = place(models, model, path, error);
	if (ret < 0)
		model_destroy(model);
	return ret;
}

static int load_all(
	struct models *out,
	const struct conf *conf,
	const char *const paths[],
	unsigned n_paths,
	char error[static MODELS_ERROR_MAX]
) {
	int ret = 0;

	for (unsigned i = 0; i < n_paths && ret == 0; i++)
		ret = load(out, paths[i], error);
	if (ret < 0 || n_paths > 0)
		return ret;
	return models_load(out, conf, error);
}

int models_choose(
	struct models *out,
	const struct conf *conf,
	const char *const paths[],
	unsigned n_paths,
	char error[static MODELS_ERROR_MAX]
) {
	int ret;

	names_fill();
	memset(out, 0, sizeof(*out));
	ret = load_all(out, conf, paths, n_paths, error);
	if (ret < 0)
		models_free(out);
	return ret;
}
