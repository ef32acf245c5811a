// What the publisher does with Redis: events, statistics, talkers, commands and replies.
//
// Life cycle  create -> redis_service() until it says up -> the rest, each of which may find the server
//             gone, says so, and leaves the link down until redis_service() makes it again.
// Threads     The publisher's only.
// Full        Nothing is kept here: what was not stored stays the caller's.
//
// Once each   Events go in a transaction of a batch: Redis has all of it or nothing. When its answer is
//             missed, the connection that carried it is killed at the server first; then the entry
//             with the batch's id is looked up, and only what is not there is sent again, with the
//             same id, which Redis would refuse if it were there after all. An id that another entry
//             of the stream has overtaken (a clock that stepped back, a file replayed) is raised.
#ifndef WEIR_PUBLISH_REDIS_H
#define WEIR_PUBLISH_REDIS_H

#include "publish/publish.h"
#include "publish/record.h"

#include <stdbool.h>
#include <stdint.h>

#define REDIS_BATCH_MAX 64 // events in a transaction

struct redis;

// @param conf  read until destroy
struct redis *redis_create(const struct publish_conf *conf);
void redis_destroy(struct redis *); // NULL is fine

// Connects when it is time to (back-off between 50 ms and 5 s). @return is Redis there?
bool redis_service(struct redis *);
bool redis_is_up(const struct redis *);
uint64_t redis_connects(const struct redis *); // how often so far
// The last id of the stream: as found when connecting, moved on by what was stored since.
struct stream_id redis_top(const struct redis *);

// Stores events [0 .. n), n <= REDIS_BATCH_MAX, in order. Marks those that are stored.
// @param more  others follow at once: the alarms' own keys may wait for them (redis_apply.c)
// @return all stored
bool redis_events(struct redis *, struct record *const events[], unsigned n, bool more);
// Do alarms' keys wait? Then redis_apply() writes them. @return false: Redis is gone
bool redis_is_behind(const struct redis *);
bool redis_apply(struct redis *);
// Called while Redis works on a batch: time to prepare the next one. It must not use the struct redis.
void redis_meanwhile(struct redis *, void (*fn)(void *ctx), void *ctx);
// Open alarms of a process that died can never close: nothing of it may be left to send.
bool redis_forget_actives(struct redis *);

// @param json  one line. @return stored
bool redis_stats(struct redis *, const char *json);

struct talkers {
	uint32_t n_hosts, n_flows;
	struct host_talker host[DETECT_TOP_MAX];
	struct flow_talker flow[DETECT_TOP_MAX];
};
bool redis_talkers(struct redis *, const struct talkers *talkers);

// Commands that came since the last call. Malformed ones are answered here.
// @return how many, at most max
unsigned redis_commands(struct redis *, struct command out[], unsigned max);
bool redis_answer(struct redis *, const char *id, bool ok, const char *text);

#endif
