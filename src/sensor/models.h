// The models that the configuration names: loaded and checked, off the data path.
//
// Threads    Control.
// Memory     From the heap.
#ifndef WEIR_SENSOR_MODELS_H
#define WEIR_SENSOR_MODELS_H

#include "config/config.h"
#include "model/model.h"
#include "sensor/sensor.h"

struct models {
	struct model *flow; // NULL: flows are not scored
	struct model *host; // NULL: no `unknown` alarms
};

// @return 0, or SENSOR_CONFIG and error, with *out empty
int models_load(struct models *out, const struct conf *, char error[static SENSOR_ERROR_MAX]);
void models_free(struct models *);

#endif
