// The alarms' own keys: the hash of each, active and timeline. They show the newest event of an alarm,
// so of many only the last is written: at once while there is no hurry, else when the first of them is
// APPLY_AFTER_NS old or the table is full. How far they are is stored with them in one transaction
// (weir/keys.h, APPLIED): a process that finds its predecessor's keys behind the stream reads the rest
// of the stream once and mends them.
#include "publish/redis_in.h"

#include <stdlib.h>
#include <string.h>

#define APPLY_AFTER_NS 100000000ull
#define READ_AT_ONCE 64 // events

bool redis_apply_due(const struct redis *r, unsigned n, bool more) {
	const struct latest *l = &r->latest;

	// After these there must be room for another batch.
	return !more || !latest_has_room(l, n + REDIS_BATCH_MAX)
		|| (l->n > 0 && monotonic_ns() - l->since_ns >= APPLY_AFTER_NS);
}

bool redis_is_behind(const struct redis *r) {
	return r->latest.n > 0;
}

// --- writing them

static unsigned add_hash(struct redis *r, struct resp *out, const struct record *e) {
	const char *const prefix = r->key[REDIS_KEY_ALARM]; // for the id ""
	const size_t n = strlen(prefix), id_bytes = strlen(e->alarm_id);
	char key[KEY_TEXT_MAX + RECORD_NAME_MAX];

	memcpy(key, prefix, n);
	memcpy(key + n, e->alarm_id, id_bytes);
	resp_command(out, 14);
	resp_literal(out, "HSET");
	resp_bytes(out, key, n + id_bytes);
	resp_literal(out, "event");
	resp_bytes(out, e->json, e->json_bytes);
	resp_literal(out, "kind");
	resp_text(out, e->kind);
	resp_literal(out, "target");
	resp_text(out, e->target);
	resp_literal(out, "role");
	resp_text(out, e->role);
	resp_literal(out, "severity");
	resp_text(out, e->severity_text);
	resp_literal(out, "state");
	resp_text(out, e->state);
	resp_command(out, 3);
	resp_literal(out, "EXPIRE");
	resp_bytes(out, key, n + id_bytes);
	resp_unsigned(out, r->conf->retention_s);
	return 2;
}

// Open alarms into the set, closed ones out of it: a command for each of the two.
static unsigned add_active(struct redis *r, struct resp *out, unsigned closed) {
	const unsigned open = r->latest.n - closed;

	if (open > 0) {
		resp_command(out, 2 + 2 * open);
		resp_literal(out, "ZADD");
		resp_text(out, r->key[REDIS_KEY_ACTIVE]);
	}
	for (unsigned i = 0; i < r->latest.n; i++) {
		const struct record *e = r->latest.record[i];

		if (e->closed)
			continue;
		resp_unsigned(out, e->severity);
		resp_text(out, e->alarm_id);
	}
	if (closed > 0) {
		resp_command(out, 2 + closed);
		resp_literal(out, "ZREM");
		resp_text(out, r->key[REDIS_KEY_ACTIVE]);
	}
	for (unsigned i = 0; i < r->latest.n; i++)
		if (r->latest.record[i]->closed)
			resp_text(out, r->latest.record[i]->alarm_id);
	return (open > 0) + (closed > 0);
}

static unsigned add_timeline(struct redis *r, struct resp *out) {
	resp_command(out, 2 + 2 * r->latest.n);
	resp_literal(out, "ZADD");
	resp_text(out, r->key[REDIS_KEY_TIMELINE]);
	for (unsigned i = 0; i < r->latest.n; i++) {
		resp_unsigned(out, r->latest.record[i]->start_ms);
		resp_text(out, r->latest.record[i]->alarm_id);
	}
	return 1;
}

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

unsigned redis_apply_add(struct redis *r, struct stream_id last) {
	struct resp *out = link_out(r->link);
	unsigned commands = 0, closed = 0;
	char id[STREAM_ID_TEXT_MAX];
	uint64_t newest_ns = 0;

	for (unsigned i = 0; i < r->latest.n; i++) {
		const struct record *e = r->latest.record[i];

		commands += add_hash(r, out, e);
		closed += e->closed;
		newest_ns = e->time_ns > newest_ns ? e->time_ns : newest_ns;
	}
	commands += add_active(r, out, closed);
	commands += add_timeline(r, out);
	commands += add_trims(r, newest_ns);
	link_add(r->link, "SET %s %s", r->key[REDIS_KEY_APPLIED], stream_id_text(last, id));
	return commands + 1;
}

void redis_judge_applied(struct redis *r, const redisReply *answer) {
	if (answer->type == REDIS_REPLY_ERROR)
		complain(
			&r->refused,
			"Redis refuses part of an event: %.100s: %s",
			answer->str,
			redis_advice(answer->str)
		);
}

// --- finding out how far they are

// @return false: the link was dropped. *known: there is such a key, and it says a place in the stream
static bool read_applied(struct redis *r, struct stream_id *applied, bool *known) {
	redisReply *reply = link_call(r->link, "GET %s", r->key[REDIS_KEY_APPLIED]);

	if (reply == NULL) {
		redis_drop_link(r);
		return false;
	}
	*known = reply->type == REDIS_REPLY_STRING
		&& stream_id_parse(applied, reply->str, (size_t)reply->len);
	freeReplyObject(reply);
	return true;
}

static void put_entry(struct redis *r, const redisReply *entry, struct stream_id *last) {
	const redisReply *json = redis_entry_json(entry);
	struct record *e;

	if (entry->type == REDIS_REPLY_ARRAY && entry->elements == 2
	    && entry->element[0]->type == REDIS_REPLY_STRING)
		stream_id_parse(last, entry->element[0]->str, (size_t)entry->element[0]->len);
	e = json != NULL ? record_of_json(json->str, (size_t)json->len) : NULL;
	if (e != NULL)
		latest_put(&r->latest, e, monotonic_ns());
	record_free(e); // another program's entry is none
}

// One reading of the stream behind *last. @return how many entries; -1: the link was dropped
static int read_behind(struct redis *r, struct stream_id *last) {
	char from[STREAM_ID_TEXT_MAX];
	redisReply *reply = link_call(
		r->link,
		"XRANGE %s %s + COUNT %u",
		r->key[REDIS_KEY_EVENTS],
		stream_id_text(stream_id_next(*last), from),
		READ_AT_ONCE
	);
	const struct stream_id before = *last;
	int n = -1;

	if (redis_is_list(r, reply, "to show its events")) {
		for (size_t i = 0; i < reply->elements; i++)
			put_entry(r, reply->element[i], last);
		n = stream_id_after(*last, before) ? (int)reply->elements : 0;
	}
	if (reply != NULL)
		freeReplyObject(reply);
	return n;
}

// Without a mark the keys are taken to show what is there: from here on the mark says so.
static bool begin_applied(struct redis *r) {
	char id[STREAM_ID_TEXT_MAX];
	redisReply *reply = link_call(
		r->link, "SET %s %s", r->key[REDIS_KEY_APPLIED], stream_id_text(r->top, id)
	);

	if (reply == NULL) {
		redis_drop_link(r);
		return false;
	}
	redis_judge_applied(r, reply);
	freeReplyObject(reply);
	return true;
}

bool redis_learn_applied(struct redis *r) {
	struct stream_id last = {0};
	bool known = false;
	int n = READ_AT_ONCE;

	if (!read_applied(r, &last, &known))
		return false;
	if (!known)
		return r->applied_known = begin_applied(r);
	while (n == READ_AT_ONCE && stream_id_after(r->top, last)) {
		if (!latest_has_room(&r->latest, READ_AT_ONCE) && !redis_apply(r))
			return false;
		n = read_behind(r, &last);
	}
	r->applied_known = n >= 0 && redis_apply(r);
	return r->applied_known;
}
