#include "publish/publish.h"

const struct publish_conf publish_defaults = {
	.sensor = "weir",
	.redis_port = 6379,
	.redis_timeout_ms = 1000,
	.spool_bytes = 64 << 20,
	.queue_slots = 1024,
	.events_max = 100000,
	.stats_max = 3600,
	.retention_s = 7 * 86400,
	.flush_ms = 20,
	.drain_ms = 2000,
};
