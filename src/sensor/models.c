#include "sensor/models.h"

int sensor_models_load(
	struct models *out,
	const struct conf *conf,
	char error[static SENSOR_ERROR_MAX]
) {
	char why[MODELS_ERROR_MAX] = "";

	if (models_load(out, conf, why) < 0)
		return fail(error, SENSOR_CONFIG, "%s", why);
	return 0;
}
