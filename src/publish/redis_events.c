// Events into Redis, once each and in order.
#include "publish/redis_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 4 // another writer may overtake our ids this often in one batch

// The JSON of a stream entry [id, ["event", JSON, ...]]; NULL where it is none.
static const redisReply *entry_json(const redisReply *entry) {
	const redisReply *fields;

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return NULL;
	fields = entry->element[1];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements < 2)
		return NULL;
	return fields->element[1]->type == REDIS_REPLY_STRING ? fields->element[1] : NULL;
}

static bool is_list(struct redis *r, const redisReply *reply, const char *what) {
	if (reply == NULL) {
		redis_drop_link(r);
		return false;
	}
	if (reply->type == REDIS_REPLY_ARRAY)
		return true;
	redis_drop_answer(
		r,
		what,
		reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer of the wrong type"
	);
	return false;
}

static void top_raise(struct redis *r, struct stream_id id) {
	if (stream_id_after(id, r->top))
		r->top = id;
}

// The id that Redis compares with, which is not that of the newest entry once that was deleted.
static bool learn_last_generated(struct redis *r) {
	redisReply *reply = link_call(r->link, "XINFO STREAM %s", r->key[REDIS_KEY_EVENTS]);
	struct stream_id id;

	if (reply == NULL) {
		redis_drop_link(r);
		return false;
	}
	// An error: there is no stream yet.
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2) {
		const redisReply *name = reply->element[i], *value = reply->element[i + 1];

		if (name->type == REDIS_REPLY_STRING && value->type == REDIS_REPLY_STRING
		    && strcmp(name->str, "last-generated-id") == 0
		    && stream_id_parse(&id, value->str, (size_t)value->len))
			top_raise(r, id);
	}
	freeReplyObject(reply);
	return true;
}

bool redis_learn_top(struct redis *r) {
	redisReply *reply
		= link_call(r->link, "XREVRANGE %s + - COUNT 1", r->key[REDIS_KEY_EVENTS]);
	bool good = is_list(r, reply, "to show its events");
	struct stream_id id;

	free(r->top_json);
	r->top_json = NULL;
	r->top = (struct stream_id) {0}; // a server that was started anew may have forgotten some
	if (good && reply->elements == 1) {
		const redisReply *entry = reply->element[0], *json = entry_json(entry);

		if (json != NULL)
			r->top_json = strndup(json->str, (size_t)json->len);
		if (json != NULL && entry->element[0]->type == REDIS_REPLY_STRING
		    && stream_id_parse(&id, entry->element[0]->str, (size_t)entry->element[0]->len))
			top_raise(r, id);
	}
	if (reply != NULL)
		freeReplyObject(reply);
	return good && learn_last_generated(r);
}

// --- what may have been stored already

// Is this very event there under this id?
static bool look_up(struct redis *r, struct record *e) {
	char id[STREAM_ID_TEXT_MAX];
	redisReply *reply = link_call(
		r->link, "XRANGE %s %s %s", r->key[REDIS_KEY_EVENTS], stream_id_text(e->id, id), id
	);
	const bool good = is_list(r, reply, "to show its events");
	const redisReply *json;

	if (good && reply->elements == 1 && (json = entry_json(reply->element[0])) != NULL)
		e->stored = (size_t)json->len == e->json_bytes
			&& memcmp(json->str, e->json, e->json_bytes) == 0;
	if (reply != NULL)
		freeReplyObject(reply);
	return good;
}

// Events of a process before this one may have been sent under a raised id that died with it. They
// went in order, so if the newest entry is one of them, it and all before it are stored.
static void settle_leftovers(const struct redis *r, struct record *const events[], unsigned n) {
	unsigned stored = 0;

	for (unsigned i = 0; i < n && r->top_json != NULL; i++)
		if (events[i]->leftover && strcmp(events[i]->json, r->top_json) == 0)
			stored = i + 1;
	for (unsigned i = 0; i < stored; i++)
		events[i]->stored = true;
}

static bool settle(struct redis *r, struct record *const events[], unsigned n) {
	settle_leftovers(r, events, n);
	for (unsigned i = 0; i < n; i++) {
		struct record *e = events[i];

		if (!e->stored && (e->maybe_sent || e->leftover) && !stream_id_after(e->id, r->top)
		    && !look_up(r, e))
			return false;
	}
	return true;
}

bool redis_forget_actives(struct redis *r) {
	redisReply *reply
		= r->link != NULL ? link_call(r->link, "DEL %s", r->key[REDIS_KEY_ACTIVE]) : NULL;
	bool good;

	if (r->link == NULL)
		return false;
	if (reply == NULL) {
		redis_drop_link(r);
		return false;
	}
	good = reply->type == REDIS_REPLY_INTEGER;
	if (!good)
		redis_drop_answer(
			r,
			"to forget open alarms",
			reply->type == REDIS_REPLY_ERROR ? reply->str : "?"
		);
	freeReplyObject(reply);
	return good;
}

// --- sending

static void add_event(struct redis *r, struct record *e) {
	char id[STREAM_ID_TEXT_MAX], alarm[KEY_TEXT_MAX], most[16];
	const char *xadd[] = {
		"XADD",
		r->key[REDIS_KEY_EVENTS],
		"MAXLEN",
		"~",
		most,
		stream_id_text(e->id, id),
		"event",
		e->json,
	};
	size_t bytes[8];

	key_text(REDIS_KEY_ALARM, r->conf->sensor, e->alarm_id, alarm);
	snprintf(most, sizeof(most), "%u", r->conf->events_max);
	for (unsigned i = 0; i < 7; i++)
		bytes[i] = strlen(xadd[i]);
	bytes[7] = e->json_bytes;
	link_add_argv(r->link, 8, xadd, bytes);
	link_add(
		r->link,
		"HSET %s event %b kind %s target %s severity %s state %s",
		alarm,
		e->json,
		e->json_bytes,
		e->kind,
		e->target,
		e->severity_text,
		e->state
	);
	link_add(r->link, "EXPIRE %s %u", alarm, r->conf->retention_s);
	if (e->closed)
		link_add(r->link, "ZREM %s %s", r->key[REDIS_KEY_ACTIVE], e->alarm_id);
	else
		link_add(
			r->link, "ZADD %s %u %s", r->key[REDIS_KEY_ACTIVE], e->severity, e->alarm_id
		);
	link_add(
		r->link,
		"ZADD %s %llu %s",
		r->key[REDIS_KEY_TIMELINE],
		(unsigned long long)e->start_ms,
		e->alarm_id
	);
}
#define COMMANDS_OF_EVENT 5

static unsigned add_trims(struct redis *r, uint64_t newest_ns) {
	const uint64_t keep_ms = (uint64_t)r->conf->retention_s * 1000;
	const uint64_t now_ms = newest_ns / 1000000;

	link_add(
		r->link,
		"ZREMRANGEBYSCORE %s -inf (%llu",
		r->key[REDIS_KEY_TIMELINE],
		(unsigned long long)(now_ms > keep_ms ? now_ms - keep_ms : 0)
	);
	link_add(
		r->link,
		"ZREMRANGEBYRANK %s 0 -%u",
		r->key[REDIS_KEY_TIMELINE],
		r->conf->events_max + 1
	);
	return 2;
}

// Ids rise from the stream's newest on, in the events' order.
static void raise_ids(struct redis *r, struct record *const events[], unsigned n) {
	struct stream_id last = r->top;

	for (unsigned i = 0; i < n; i++) {
		if (events[i]->stored)
			continue;
		if (!stream_id_after(events[i]->id, last))
			events[i]->id = stream_id_next(last);
		last = events[i]->id;
	}
}

// Sends what is not stored as one transaction.
// @return commands in it; first those of the events
static unsigned send_batch(struct redis *r, struct record *const events[], unsigned n) {
	uint64_t newest_ns = 0;
	unsigned commands = 0;

	raise_ids(r, events, n);
	link_add(r->link, "MULTI");
	for (unsigned i = 0; i < n; i++) {
		if (events[i]->stored)
			continue;
		add_event(r, events[i]);
		events[i]->maybe_sent = true;
		commands += COMMANDS_OF_EVENT;
		if (events[i]->time_ns > newest_ns)
			newest_ns = events[i]->time_ns;
	}
	commands += add_trims(r, newest_ns);
	link_add(r->link, "EXEC");
	return commands;
}

// The answers to MULTI and to each queued command; then that to EXEC.
// @return to be freed; NULL: the link was dropped
static redisReply *take_batch(struct redis *r, unsigned commands) {
	char refused[128] = "";
	redisReply *reply = NULL;

	for (unsigned i = 0; i < commands + 2; i++) {
		if (reply != NULL)
			freeReplyObject(reply);
		reply = link_reply(r->link);
		if (reply == NULL) {
			redis_drop_link(r);
			return NULL;
		}
		if (reply->type == REDIS_REPLY_ERROR && refused[0] == '\0')
			snprintf(refused, sizeof(refused), "%s", reply->str);
	}
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == commands)
		return reply;
	redis_drop_answer(
		r, "events", refused[0] != '\0' ? refused : "the transaction was not done"
	);
	freeReplyObject(reply);
	return NULL;
}

// @return false: XADD was refused for another reason than its id
static bool judge_event(struct redis *r, struct record *e, const redisReply *const answer[]) {
	const redisReply *xadd = answer[0];

	for (unsigned i = 1; i < COMMANDS_OF_EVENT; i++)
		if (answer[i]->type == REDIS_REPLY_ERROR)
			complain(
				&r->refused,
				"Redis refuses part of an event: %.100s: %s",
				answer[i]->str,
				redis_advice(answer[i]->str)
			);
	if (xadd->type != REDIS_REPLY_ERROR) {
		e->stored = true;
		top_raise(r, e->id);
		return true;
	}
	if (strstr(xadd->str, "equal or smaller") != NULL)
		return true; // there already, or overtaken: looked up in the next round
	redis_drop_answer(r, "events", xadd->str);
	return false;
}

static bool
judge_batch(struct redis *r, struct record *const events[], unsigned n, const redisReply *exec) {
	unsigned at = 0;

	for (unsigned i = 0; i < n; i++) {
		if (events[i]->stored)
			continue;
		if (!judge_event(r, events[i], (const redisReply *const *)&exec->element[at]))
			return false;
		at += COMMANDS_OF_EVENT;
	}
	return true;
}

static bool all_stored(struct record *const events[], unsigned n) {
	for (unsigned i = 0; i < n; i++)
		if (!events[i]->stored)
			return false;
	return true;
}

bool redis_events(struct redis *r, struct record *const events[], unsigned n) {
	for (unsigned round = 0; round < ROUNDS && r->link != NULL; round++) {
		redisReply *exec;
		bool judged;

		if (round > 0 && !redis_learn_top(r))
			return false;
		if (!settle(r, events, n))
			return false;
		if (all_stored(events, n)) {
			redis_worked(r);
			return true;
		}
		exec = take_batch(r, send_batch(r, events, n));
		if (exec == NULL)
			return false;
		judged = judge_batch(r, events, n, exec);
		freeReplyObject(exec);
		if (!judged)
			return false;
		if (all_stored(events, n)) {
			redis_worked(r);
			return true;
		}
	}
	if (r->link != NULL)
		redis_drop(
			r, "another writer adds to this sensor's events: give each its own name"
		);
	return false;
}
