// The publisher: alarms, statistics and top talkers to Redis or to a file, commands back.
//
// Life cycle  create -> (control puts and takes) -> destroy, which drains for up to drain_ms.
// Threads     One thread of its own does all I/O. One other thread (control) calls publish_*;
//             the two share only SPSC rings and relaxed counters.
// Memory      From the heap at create; rings and spool are bounded.
// Full        A full ring: publish_alarm() says false, counted in events_lost. Redis away: events
//             wait in the spool on disk, in order, up to spool_bytes; then the newest are lost,
//             counted in spool_lost. Statistics and top talkers are never spooled: the next
//             one replaces them.
//
// Once each, in order: the publisher gives every event its stream id (milliseconds of the event and
// a sequence, always rising, carried over restarts by the spool and by what the stream holds). An
// XADD that is tried again with the same id is refused by Redis, which means: stored already.
#ifndef WEIR_PUBLISH_H
#define WEIR_PUBLISH_H

#include "detect/detect.h"

#include <weir/event.h>
#include <weir/stats.h>

#include <stdbool.h>
#include <stdint.h>

#define PUBLISH_PATH_MAX 256

struct publish_conf {
	char sensor[SENSOR_NAME_MAX];
	// Redis: socket path, or host and port; both empty: no Redis.
	char redis_socket[PUBLISH_PATH_MAX];
	char redis_host[PUBLISH_PATH_MAX];
	uint16_t redis_port;
	char redis_user[64];
	char redis_password_file[PUBLISH_PATH_MAX];
	uint16_t redis_db;
	uint32_t redis_timeout_ms;
	// File sink: "" none, "-" standard output, else a path that is appended to.
	char file[PUBLISH_PATH_MAX];
	char spool_folder[PUBLISH_PATH_MAX]; // "" : no spool, events wait in memory only
	uint64_t spool_bytes;
	uint32_t queue_slots; // ring from control
	uint32_t events_max; // MAXLEN ~ of the events stream
	uint32_t stats_max;
	uint32_t retention_s; // of closed alarms' hashes and of the timeline
	uint32_t flush_ms; // without work the thread looks after Redis and commands this often
	uint32_t drain_ms; // at destroy
};

extern const struct publish_conf publish_defaults;

#define PUBLISH_ERROR_MAX 256

struct publish;

// Starts the thread. Redis need not be there. The file and the spool folder must be usable.
// @return 0, or -errno and one line in error
int publish_create(
	struct publish **out,
	const struct publish_conf *conf,
	char error[static PUBLISH_ERROR_MAX]
);
// Delivers what is left, for up to drain_ms, and ends the thread: counters are final from here, and
// nothing may be given to it any more.
void publish_stop(struct publish *);
void publish_destroy(struct publish *); // stops it first; NULL is fine

bool publish_alarm(struct publish *, const struct alarm *alarm); // false: queue full, counted
void publish_stats(struct publish *, const struct stats *stats);
void publish_top(
	struct publish *,
	const struct host_talker *hosts,
	uint32_t n_hosts,
	const struct flow_talker *flows,
	uint32_t n_flows
);

struct command {
	char id[32]; // of the entry in the commands stream
	char name[32]; // "reload", "status", ...
	char argument[PUBLISH_PATH_MAX];
};
bool publish_command_take(struct publish *, struct command *out);
void publish_reply(struct publish *, const struct command *to, bool ok, const char *text);

// Adds to events_*, spool_*, redis_*, commands of out.
void publish_counters(const struct publish *, struct control_counters *out);
// Since the last call: from the end of the tick (alarm.time_ns) to the sink's confirmation.
void publish_delay(struct publish *, uint64_t *p50_us, uint64_t *max_us);

#endif
