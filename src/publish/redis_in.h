// Inside of redis.h: shared by redis.c and the files redis_*.c only.
#ifndef WEIR_PUBLISH_REDIS_IN_H
#define WEIR_PUBLISH_REDIS_IN_H

#include "publish/complain.h"
#include "publish/keys.h"
#include "publish/latest.h"
#include "publish/link.h"
#include "publish/redis.h"

struct redis {
	const struct publish_conf *conf;
	struct link *link; // NULL: down
	uint64_t next_try_ns, wait_ns; // back-off
	uint64_t connects;
	uint64_t stuck_client_id; // of a connection whose last answer was missed
	struct stream_id top; // last id of the stream
	char *top_json; // the stream's newest event, as found when connecting; NULL if none
	struct latest latest; // what the alarms' keys do not show yet
	bool applied_known; // ... and a process before this one left nothing of the kind
	void (*meanwhile)(void *ctx); // NULL: none
	void *meanwhile_ctx;
	bool commands_known;
	struct stream_id commands_read;
	struct complaint lost, refused;
	char key[REDIS_KEY_N][KEY_TEXT_MAX]; // ALARM has no id
};

void redis_drop(struct redis *, const char *why);
void redis_drop_link(struct redis *); // the link says why
void redis_drop_answer(struct redis *, const char *what, const char *answer);
void redis_worked(struct redis *); // the back-off begins anew

// redis_settle.c
const redisReply *redis_entry_json(const redisReply *entry);
bool redis_is_list(struct redis *, const redisReply *reply, const char *what);
void redis_top_raise(struct redis *, struct stream_id id);
bool redis_learn_top(struct redis *); // false: the link failed or was dropped
bool redis_settle(struct redis *, struct record *const events[], unsigned n);

// redis_apply.c
bool redis_apply_due(const struct redis *, unsigned n, bool more); // before n more are put
unsigned redis_apply_add(struct redis *, struct stream_id last); // @return commands
void redis_judge_applied(struct redis *, const redisReply *answer); // complains of an error
bool redis_learn_applied(struct redis *);

bool redis_learn_commands(struct redis *);

// redis_commands.c: the commands in the answer to XREAD, which may hold anything.
unsigned
commands_of_reply(struct redis *, const redisReply *reply, struct command out[], unsigned max);

#endif
