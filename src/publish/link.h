// One connection to a Redis server, for the sensor's publisher and for the command line.
//
// Threads    One owner. SIGPIPE must be blocked or ignored by it: hiredis writes with write().
// Memory     From the heap; an answer of more than LINK_ANSWER_MAX bytes ends the connection.
// Time       Nothing here takes longer than twice the time-out: connecting, sending, one answer.
// Full       A link that failed stays failed: link_error() says why; close it and open another.
#ifndef WEIR_PUBLISH_LINK_H
#define WEIR_PUBLISH_LINK_H

#include "publish/resp.h"

#include <hiredis/hiredis.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_ANSWER_MAX (64u << 20)
#define LINK_ERROR_MAX 256

struct link_conf {
	const char *socket; // path; "" or NULL: host and port
	const char *host;
	uint16_t port;
	const char *user; // "" or NULL: none
	const char *password_file; // its first line; "" or NULL: none
	uint16_t db;
	uint32_t timeout_ms;
};

struct link;

// Connects, says who we are, chooses the database.
// @return 0, or -errno and one line in error (where, what, what to do), *out untouched
int link_open(struct link **out, const struct link_conf *conf, char error[static LINK_ERROR_MAX]);
void link_close(struct link *); // NULL is fine; what was not sent yet is thrown away

// Queue a command; nothing is sent before link_push() or link_reply(). The format is hiredis': %s %b %llu.
void link_add(struct link *, const char *format, ...);
// The queue itself, for what is written without a format.
struct resp *link_out(struct link *);
// Sends what can be sent without waiting: the server works while the caller does something else.
void link_push(struct link *);

// The answer to the oldest command without one. An error answer (REDIS_REPLY_ERROR) is an answer.
// @return the caller frees it with freeReplyObject(); NULL: the link failed
redisReply *link_reply(struct link *);
// Queue, send, wait: for a single command.
redisReply *link_call(struct link *, const char *format, ...);

const char *link_error(const struct link *); // "" while it works
uint64_t link_client_id(const struct link *); // as the server knows it, 0 if it does not say

// What to do about an error answer: "OOM ..." -> "raise maxmemory ..."; "" if nothing is known.
const char *redis_advice(const char *error_answer);

#endif
