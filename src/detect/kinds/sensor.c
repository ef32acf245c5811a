// The sensor about itself.
#include "detect/kinds.h"

KIND(SENSOR_LOSS, "sensor_loss", "The sensor loses packets", 1, 2000) = {
	.metric = METRIC_N,
	.scale = SCALE_LOSS,
	.of_sensor = true,
	.metric_name = "lost_per_s",
	.unit = "packets/s",
	.mitigation = "Give the sensor more worker cores or queues, or less traffic (narrower "
		      "mirror); `weir status` tells where packets are lost.",
};
