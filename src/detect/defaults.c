// The settings that a sensor starts with.
//
// The floors are low enough for a small link, and each kind has its shape besides (shapes.c), so they
// can be; on a large link the baseline lifts them host by host.
#include "detect/detect.h"

#define FLOOR(per_s, ms)                                                                           \
	{ .enabled = true, .floor_per_s = (per_s), .floor_ms = (ms) }

const struct detect_conf detect_defaults = {
	.sensor = "weir",
	.tick_ns = TICK_NS_DEFAULT,
	.hosts = 16384,
	.alarms = 1024,
	.kind = {
		[KIND_UNKNOWN] = FLOOR(500, 1000),
		[KIND_SYN_FLOOD] = FLOOR(60, 300),
		[KIND_SYNACK_FLOOD] = FLOOR(100, 300),
		[KIND_ACK_FLOOD] = FLOOR(200, 300),
		[KIND_PSHACK_FLOOD] = FLOOR(200, 300),
		[KIND_FIN_FLOOD] = FLOOR(100, 300),
		[KIND_RST_FLOOD] = FLOOR(100, 300),
		[KIND_SYNFIN_FLOOD] = FLOOR(60, 300),
		[KIND_XMAS_FLOOD] = FLOOR(60, 300),
		[KIND_NULL_FLOOD] = FLOOR(60, 300),
		[KIND_UDP_FLOOD] = FLOOR(60, 300),
		[KIND_ICMP_FLOOD] = FLOOR(60, 300),
		[KIND_FRAGMENT_FLOOD] = FLOOR(200, 300),
		// Ports or hosts over 10 s: this many times ten.
		[KIND_VERTICAL_SCAN] = FLOOR(5, 300),
		[KIND_HORIZONTAL_SCAN] = FLOOR(5, 300),
		// Lost packets; and more than one in a thousand.
		[KIND_SENSOR_LOSS] = FLOOR(1, 2000),
		[KIND_AMP_FIRST ... KIND_N - 1] = FLOOR(150, 200),
	},
	.baseline_factor = 3,
	.baseline_deviations = 6,
	.learn_s = 60,
	.novelty_score = 0.999f,
	.update_ms = 1000,
	.close_ms = 3000,
};
