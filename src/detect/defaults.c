// The settings that a sensor starts with.
//
// The floors (event.h) are low enough for a small link, and each kind has its shape besides (kinds/), so
// they can be; on a large link the baseline lifts them host by host. Of scans they are a tenth of the
// ports or hosts in 10 s.
#include "detect/detect.h"

const struct detect_conf detect_defaults = {
	.sensor = "weir",
	.tick_ns = TICK_NS_DEFAULT,
	.hosts = 16384,
	.alarms = 1024,
	.kind = {
#define X(id, name, title, per_s, ms)                                                              \
	[KIND_##id] = {.enabled = true, .floor_per_s = (per_s), .floor_ms = (ms)},
		EVENT_KINDS(X)
#undef X
		[KIND_AMP_FIRST ... KIND_N - 1] = {
			.enabled = true,
			.floor_per_s = AMPLIFICATION_FLOOR_PER_S,
			.floor_ms = AMPLIFICATION_FLOOR_MS,
		},
	},
	.baseline_factor = 3,
	.baseline_deviations = 6,
	.learn_s = 60,
	.novelty_score = 0.999f,
	.update_ms = 1000,
	.close_ms = 3000,
};
