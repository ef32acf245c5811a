// `weird --check-config`: what the sensor would do, as text for people.
#ifndef WEIR_SENSOR_CHECK_CONFIG_H
#define WEIR_SENSOR_CHECK_CONFIG_H

#include "sensor/plan.h"

#include <stdio.h>

void check_config_print(FILE *out, const struct plan *plan);

#endif
