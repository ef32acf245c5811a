// A model that does not know the traffic any more: its scores are not spread as they were in training (drift.h).
//
// False friends: by chance alone the index of so many rows stays far below (drift.h); an hour that is unlike the
// others is not much by itself.
#include "detect/kinds.h"

#define DRIFT                                                                                      \
	.metric = METRIC_N, .scale = SCALE_HINT, .of_sensor = true,                                \
	.metric_name = "drift_thousandths", .unit = "thousandths of the stability index",          \
	.mitigation                                                                                \
		= "Take a baseline of the traffic as it is now (weir baseline start), train on "   \
		  "it (weir train) and compare (weir model compare) before you activate it."

KIND(FLOW_MODEL_DRIFT, "flow_model_drift", "The flow model does not fit", 250, 0) = {DRIFT};

KIND(HOST_MODEL_DRIFT, "host_model_drift", "The host model does not fit", 250, 0) = {DRIFT};
