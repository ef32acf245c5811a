#include "config/models.h"

#include <weir/feature.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static_assert(
	FLOW_FEATURE_N <= MODEL_FEATURES_MAX && HOST_FEATURE_N <= MODEL_FEATURES_MAX,
	"a row of ours fits a model"
);
static_assert(
	sizeof(WEIR_MODELS_INSTALLED) + 16 < CONFIG_PATH_MAX
		&& sizeof(WEIR_MODELS_SOURCE) + 16 < CONFIG_PATH_MAX,
	"the names of the shipped models fit"
);

static bool is_shipped(const char *setting) {
	return strcmp(setting, MODEL_SHIPPED) == 0;
}

static const char *
file_of(const char *setting, const char *name, char file[static CONFIG_PATH_MAX]) {
	if (!is_shipped(setting)) {
		snprintf(file, CONFIG_PATH_MAX, "%s", setting);
		return file;
	}
	snprintf(file, CONFIG_PATH_MAX, "%s/%s", WEIR_MODELS_SOURCE, name);
	if (access(WEIR_MODELS_INSTALLED, F_OK) == 0 || access(file, F_OK) != 0)
		snprintf(file, CONFIG_PATH_MAX, "%s/%s", WEIR_MODELS_INSTALLED, name);
	return file;
}

const char *models_flow_file(const struct conf *conf, char file[static CONFIG_PATH_MAX]) {
	return file_of(conf->flow_model, "flow.weir", file);
}

const char *models_host_file(const struct conf *conf, char file[static CONFIG_PATH_MAX]) {
	return file_of(conf->host_model, "host.weir", file);
}

static int load_one(
	struct model **out,
	const char *file,
	bool shipped,
	const struct feature_info info[],
	uint32_t n,
	char error[static MODELS_ERROR_MAX]
) {
	const char *names[MODEL_FEATURES_MAX];
	char why[MODEL_ERROR_MAX] = "";
	struct model *m;
	int ret;

	if (file[0] == '\0')
		return 0;
	ret = model_load(&m, file, why);
	if (ret < 0) {
		snprintf(
			error,
			MODELS_ERROR_MAX,
			"model %s: %s%s",
			file,
			why,
			shipped ? "; install Weir, name a file of your own, or \"\" for none" : ""
		);
		return ret;
	}
	for (uint32_t i = 0; i < n; i++)
		names[i] = info[i].name;
	ret = model_check_features(m, names, n, why);
	if (ret < 0) {
		snprintf(error, MODELS_ERROR_MAX, "model %s: %s", file, why);
		model_destroy(m);
		return ret;
	}
	*out = m;
	return 0;
}

int models_load(struct models *out, const struct conf *conf, char error[static MODELS_ERROR_MAX]) {
	char file[CONFIG_PATH_MAX];
	int ret;

	*out = (struct models) {0};
	ret = load_one(
		&out->flow,
		models_flow_file(conf, file),
		is_shipped(conf->flow_model),
		flow_feature_info,
		FLOW_FEATURE_N,
		error
	);
	if (ret == 0)
		ret = load_one(
			&out->host,
			models_host_file(conf, file),
			is_shipped(conf->host_model),
			host_feature_info,
			HOST_FEATURE_N,
			error
		);
	if (ret < 0)
		models_free(out);
	return ret;
}

void models_free(struct models *m) {
	model_destroy(m->flow);
	model_destroy(m->host);
	*m = (struct models) {0};
}
