// The models in use: those that an operator activated (model_store.h), else those that the configuration names.
// Loaded and checked off the data path.
//
// Threads    Control.
// Memory     From the heap; models_free() gives it back.
#ifndef WEIR_SENSOR_MODELS_H
#define WEIR_SENSOR_MODELS_H

#include "config/models.h"
#include "sensor/model_store.h"
#include "sensor/sensor.h"

// @return 0, or SENSOR_CONFIG and error, with *out empty
int sensor_models_load(
	struct models *out,
	const struct conf *,
	char error[static SENSOR_ERROR_MAX]
);

struct sensor;
bool model_command(struct sensor *, const char *argument, char *text, size_t n);

#endif
