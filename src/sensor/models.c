#include "sensor/models.h"

#include <weir/feature.h>

#include <stddef.h>

static_assert(
	FLOW_FEATURE_N <= MODEL_FEATURES_MAX && HOST_FEATURE_N <= MODEL_FEATURES_MAX,
	"a row of ours fits a model"
);

static int load_one(
	struct model **out,
	const char *path,
	const struct feature_info info[],
	uint32_t n,
	char error[static SENSOR_ERROR_MAX]
) {
	const char *names[MODEL_FEATURES_MAX];
	char why[MODEL_ERROR_MAX] = "";
	struct model *m;

	if (path[0] == '\0')
		return 0;
	if (model_load(&m, path, why) < 0)
		return fail(error, SENSOR_CONFIG, "model %s: %s", path, why);
	for (uint32_t i = 0; i < n; i++)
		names[i] = info[i].name;
	if (model_check_features(m, names, n, why) < 0) {
		model_destroy(m);
		return fail(error, SENSOR_CONFIG, "model %s: %s", path, why);
	}
	*out = m;
	return 0;
}

int models_load(struct models *out, const struct conf *conf, char error[static SENSOR_ERROR_MAX]) {
	struct models m = {0};
	int wrong = load_one(&m.flow, conf->flow_model, flow_feature_info, FLOW_FEATURE_N, error);

	if (wrong == 0)
		wrong = load_one(
			&m.host, conf->host_model, host_feature_info, HOST_FEATURE_N, error
		);
	if (wrong != 0)
		models_free(&m);
	*out = m;
	return wrong;
}

void models_free(struct models *m) {
	model_destroy(m->flow);
	model_destroy(m->host);
	*m = (struct models) {0};
}
