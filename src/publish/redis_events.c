// Events into Redis, once each and in order.
#include "publish/redis_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 4 // another writer may overtake our ids this often in one batch

bool redis_forget_actives(struct redis *r) {
	redisReply *reply;
	bool good;

	if (r->link == NULL || !redis_apply(r)) // theirs too, then away with them
		return false;
	reply = link_call(r->link, "DEL %s", r->key[REDIS_KEY_ACTIVE]);
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

static void add_event(struct redis *r, struct resp *out, const struct record *e) {
	char id[STREAM_ID_TEXT_MAX];

	resp_command(out, 8);
	resp_literal(out, "XADD");
	resp_text(out, r->key[REDIS_KEY_EVENTS]);
	resp_literal(out, "MAXLEN");
	resp_literal(out, "~");
	resp_unsigned(out, r->conf->events_max);
	resp_text(out, stream_id_text(e->id, id));
	resp_literal(out, "event");
	resp_bytes(out, e->json, e->json_bytes);
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

// A transaction under way.
struct batch {
	struct record *const *events;
	unsigned n; // of these some are stored already and not sent
	unsigned commands; // in it; first those of the events
	bool applies; // it brings the alarms' keys up to date
};

// Sends what is not stored as one transaction.
static void send_batch(struct redis *r, struct batch *b, bool more) {
	struct resp *out = link_out(r->link);
	struct stream_id last = r->top;

	b->applies = redis_apply_due(r, b->n, more);
	raise_ids(r, b->events, b->n);
	link_add(r->link, "MULTI");
	for (unsigned i = 0; i < b->n; i++) {
		struct record *e = b->events[i];

		if (e->stored)
			continue;
		add_event(r, out, e);
		latest_put(&r->latest, e, monotonic_ns());
		e->maybe_sent = true;
		last = e->id;
		b->commands++;
	}
	if (b->applies)
		b->commands += redis_apply_add(r, last);
	link_add(r->link, "EXEC");
	link_push(r->link);
	if (r->meanwhile != NULL)
		r->meanwhile(r->meanwhile_ctx);
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
static bool judge_event(struct redis *r, struct record *e, const redisReply *xadd) {
	if (xadd->type != REDIS_REPLY_ERROR) {
		e->stored = true;
		redis_top_raise(r, e->id);
		return true;
	}
	if (strstr(xadd->str, "equal or smaller") != NULL)
		return true; // there already, or overtaken: looked up in the next round
	redis_drop_answer(r, "events", xadd->str);
	return false;
}

static bool judge_batch(struct redis *r, const struct batch *b, const redisReply *exec) {
	unsigned at = 0;

	if (b->applies)
		latest_clear(&r->latest);
	for (unsigned i = 0; i < b->n; i++)
		if (!b->events[i]->stored && !judge_event(r, b->events[i], exec->element[at++]))
			return false;
	while (at < b->commands)
		redis_judge_applied(r, exec->element[at++]);
	return true;
}

static bool send_and_judge(struct redis *r, struct record *const events[], unsigned n, bool more) {
	struct batch b = {.events = events, .n = n};
	redisReply *exec;
	bool judged;

	send_batch(r, &b, more);
	exec = take_batch(r, b.commands);
	if (exec == NULL)
		return false;
	judged = judge_batch(r, &b, exec);
	freeReplyObject(exec);
	return judged;
}

bool redis_apply(struct redis *r) {
	if (r->link == NULL || r->latest.n == 0)
		return r->link != NULL;
	return send_and_judge(r, NULL, 0, false);
}

static bool all_stored(struct record *const events[], unsigned n) {
	for (unsigned i = 0; i < n; i++)
		if (!events[i]->stored)
			return false;
	return true;
}

bool redis_events(struct redis *r, struct record *const events[], unsigned n, bool more) {
	for (unsigned round = 0; round < ROUNDS && r->link != NULL; round++) {
		if (round > 0 && !redis_learn_top(r))
			return false;
		if (!redis_settle(r, events, n))
			return false;
		// Batches that failed may have filled the table with what others hold now.
		if (!latest_has_room(&r->latest, n) && !redis_apply(r))
			return false;
		if (!all_stored(events, n) && !send_and_judge(r, events, n, more))
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
