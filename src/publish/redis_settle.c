// What of the events is in the stream already, as Redis tells it.
#include "publish/redis_in.h"

#include <stdlib.h>
#include <string.h>

// The JSON of a stream entry [id, ["event", JSON, ...]]; NULL where it is none.
const redisReply *redis_entry_json(const redisReply *entry) {
	const redisReply *fields;

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return NULL;
	fields = entry->element[1];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements < 2)
		return NULL;
	return fields->element[1]->type == REDIS_REPLY_STRING ? fields->element[1] : NULL;
}

bool redis_is_list(struct redis *r, const redisReply *reply, const char *what) {
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

void redis_top_raise(struct redis *r, struct stream_id id) {
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
			redis_top_raise(r, id);
	}
	freeReplyObject(reply);
	return true;
}

bool redis_learn_top(struct redis *r) {
	redisReply *reply
		= link_call(r->link, "XREVRANGE %s + - COUNT 1", r->key[REDIS_KEY_EVENTS]);
	bool good = redis_is_list(r, reply, "to show its events");
	struct stream_id id;

	free(r->top_json);
	r->top_json = NULL;
	r->top = (struct stream_id) {0}; // a server that was started anew may have forgotten some
	if (good && reply->elements == 1) {
		const redisReply *entry = reply->element[0], *json = redis_entry_json(entry);

		if (json != NULL)
			r->top_json = strndup(json->str, (size_t)json->len);
		if (json != NULL && entry->element[0]->type == REDIS_REPLY_STRING
		    && stream_id_parse(&id, entry->element[0]->str, (size_t)entry->element[0]->len))
			redis_top_raise(r, id);
	}
	if (reply != NULL)
		freeReplyObject(reply);
	return good && learn_last_generated(r);
}

// --- of a batch

// Is this very event there under this id?
static bool look_up(struct redis *r, struct record *e) {
	char id[STREAM_ID_TEXT_MAX];
	redisReply *reply = link_call(
		r->link, "XRANGE %s %s %s", r->key[REDIS_KEY_EVENTS], stream_id_text(e->id, id), id
	);
	const bool good = redis_is_list(r, reply, "to show its events");
	const redisReply *json;

	if (good && reply->elements == 1 && (json = redis_entry_json(reply->element[0])) != NULL)
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

bool redis_settle(struct redis *r, struct record *const events[], unsigned n) {
	settle_leftovers(r, events, n);
	for (unsigned i = 0; i < n; i++) {
		struct record *e = events[i];

		if (!e->stored && (e->maybe_sent || e->leftover) && !stream_id_after(e->id, r->top)
		    && !look_up(r, e))
			return false;
	}
	return true;
}
