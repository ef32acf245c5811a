// Connection, back-off and everything but the events, which are in redis_events.c.
#include "publish/redis.h"

#include "publish/json.h"
#include "publish/redis_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MIN_NS 50000000ull
#define WAIT_MAX_NS 5000000000ull
#define TALKERS_EXPIRE_S "60" // a sensor that stopped must not show old talkers as today's
#define REPLIES_MAX "1000" // kept in the replies stream
#define COMMANDS_READ "16" // at a time

struct redis *redis_create(const struct publish_conf *conf) {
	struct redis *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->conf = conf;
	r->wait_ns = WAIT_MIN_NS;
	for (unsigned i = 0; i < REDIS_KEY_N; i++)
		key_text(i, conf->sensor, "", r->key[i]);
	return r;
}

void redis_destroy(struct redis *r) {
	if (r == NULL)
		return;
	link_close(r->link);
	latest_clear(&r->latest);
	free(r->top_json);
	free(r);
}

void redis_meanwhile(struct redis *r, void (*fn)(void *ctx), void *ctx) {
	r->meanwhile = fn;
	r->meanwhile_ctx = ctx;
}

bool redis_is_up(const struct redis *r) {
	return r->link != NULL;
}

uint64_t redis_connects(const struct redis *r) {
	return r->connects;
}

struct stream_id redis_top(const struct redis *r) {
	return r->top;
}

// --- failing

static void redis_back_off(struct redis *r) {
	r->next_try_ns = monotonic_ns() + r->wait_ns;
	r->wait_ns = r->wait_ns * 2 < WAIT_MAX_NS ? r->wait_ns * 2 : WAIT_MAX_NS;
}

void redis_drop(struct redis *r, const char *why) {
	const char *waits = r->conf->spool_folder[0] != '\0' ? "on disk" : "in memory";

	complain(&r->lost, "%s; events wait %s", why, waits);
	r->stuck_client_id = link_client_id(r->link);
	link_close(r->link);
	r->link = NULL;
	redis_back_off(r);
}

void redis_drop_link(struct redis *r) {
	char why[LINK_ERROR_MAX];

	snprintf(why, sizeof(why), "%s", link_error(r->link));
	redis_drop(r, why);
}

void redis_drop_answer(struct redis *r, const char *what, const char *answer) {
	const char *advice = redis_advice(answer);
	char why[LINK_ERROR_MAX];

	snprintf(
		why,
		sizeof(why),
		"Redis refuses %s: %.100s%s%s",
		what,
		answer,
		*advice != '\0' ? ": " : "",
		advice
	);
	redis_drop(r, why);
}

// --- connecting

static bool redis_learn(struct redis *r) {
	redisReply *reply;

	if (r->stuck_client_id != 0) {
		// Whatever our last connection still had under way ends here: it was done or never will be.
		reply = link_call(
			r->link, "CLIENT KILL ID %llu", (unsigned long long)r->stuck_client_id
		);
		if (reply != NULL)
			freeReplyObject(reply);
	}
	return redis_learn_top(r) && (r->applied_known || redis_learn_applied(r))
		&& (r->commands_known || redis_learn_commands(r));
}

bool redis_learn_commands(struct redis *r) {
	// Commands from before the sensor's start are not for it.
	redisReply *reply
		= link_call(r->link, "XREVRANGE %s + - COUNT 1", r->key[REDIS_KEY_COMMANDS]);
	struct stream_id id = {0};
	const redisReply *entry;

	if (reply == NULL)
		return false;
	entry = reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 ? reply->element[0] : NULL;
	if (entry != NULL && entry->type == REDIS_REPLY_ARRAY && entry->elements == 2
	    && entry->element[0]->type == REDIS_REPLY_STRING)
		stream_id_parse(&id, entry->element[0]->str, entry->element[0]->len);
	freeReplyObject(reply);
	r->commands_read = id;
	r->commands_known = true;
	return true;
}

static bool redis_connect(struct redis *r) {
	const struct link_conf conf = {
		.socket = r->conf->redis_socket,
		.host = r->conf->redis_host,
		.port = r->conf->redis_port,
		.user = r->conf->redis_user,
		.password_file = r->conf->redis_password_file,
		.db = r->conf->redis_db,
		.timeout_ms = r->conf->redis_timeout_ms,
	};
	char error[LINK_ERROR_MAX];

	if (link_open(&r->link, &conf, error) < 0) {
		complain(&r->lost, "%s; events wait", error);
		redis_back_off(r);
		return false;
	}
	if (!redis_learn(r)) {
		if (r->link != NULL)
			redis_drop_link(r);
		return false;
	}
	r->stuck_client_id = 0;
	r->connects++;
	return true;
}

bool redis_service(struct redis *r) {
	if (r->link != NULL)
		return true;
	if (monotonic_ns() < r->next_try_ns)
		return false;
	return redis_connect(r);
}

void redis_worked(struct redis *r) {
	r->wait_ns = WAIT_MIN_NS;
}

// --- what is not events

// Takes n answers; an error among them is complained of, a lost link drops it.
static bool answers(struct redis *r, unsigned n, const char *what) {
	bool good = true;

	for (unsigned i = 0; i < n; i++) {
		redisReply *reply = link_reply(r->link);

		if (reply == NULL) {
			redis_drop_link(r);
			return false;
		}
		if (reply->type == REDIS_REPLY_ERROR) {
			complain(
				&r->refused,
				"Redis refuses %s: %.100s: %s",
				what,
				reply->str,
				redis_advice(reply->str)
			);
			good = false;
		}
		freeReplyObject(reply);
	}
	return good;
}

bool redis_stats(struct redis *r, const char *json) {
	if (r->link == NULL)
		return false;
	link_add(
		r->link,
		"XADD %s MAXLEN ~ %u * stats %s",
		r->key[REDIS_KEY_STATS],
		r->conf->stats_max,
		json
	);
	// The heartbeat is of the wall clock, whatever the packets' clock says.
	link_add(
		r->link,
		"ZADD %s %lld %s",
		REDIS_KEY_SENSORS,
		(long long)time(NULL),
		r->conf->sensor
	);
	return answers(r, 2, "statistics");
}

// One sorted set and its hash are replaced together.
static unsigned add_talker(
	struct redis *r,
	enum redis_key set,
	enum redis_key info,
	double score,
	const char *member,
	json_t *json
) {
	char *line = json != NULL ? json_line(json) : NULL;
	unsigned added = 0;

	if (line != NULL) {
		link_add(r->link, "ZADD %s %.0f %s", r->key[set], score, member);
		link_add(r->link, "HSET %s %s %s", r->key[info], member, line);
		added = 2;
	}
	free(line);
	json_decref(json);
	return added;
}

static unsigned add_hosts(struct redis *r, const struct talkers *t) {
	unsigned added = 0;

	for (uint32_t i = 0; i < t->n_hosts; i++) {
		const struct host_talker *h = &t->host[i];
		char member[ADDR_TEXT_MAX];

		addr_text(&h->addr, UINT8_MAX, member);
		added += add_talker(
			r,
			REDIS_KEY_HOSTS,
			REDIS_KEY_HOST_INFO,
			h->in_bytes_per_s + h->out_bytes_per_s,
			member,
			host_talker_json(h)
		);
	}
	return added;
}

static unsigned add_flows(struct redis *r, const struct talkers *t) {
	unsigned added = 0;

	for (uint32_t i = 0; i < t->n_flows; i++) {
		const struct flow_talker *f = &t->flow[i];
		char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], member[2 * ADDR_TEXT_MAX + 32];

		// The member must differ for each flow; people read the hash.
		snprintf(
			member,
			sizeof(member),
			"%u %s %u %s %u",
			f->proto,
			addr_text(&f->src, UINT8_MAX, src),
			f->sport,
			addr_text(&f->dst, UINT8_MAX, dst),
			f->dport
		);
		added += add_talker(
			r,
			REDIS_KEY_FLOWS,
			REDIS_KEY_FLOW_INFO,
			(double)f->bytes / 10,
			member,
			flow_talker_json(f)
		);
	}
	return added;
}

bool redis_talkers(struct redis *r, const struct talkers *t) {
	static const enum redis_key keys[]
		= {REDIS_KEY_HOSTS, REDIS_KEY_HOST_INFO, REDIS_KEY_FLOWS, REDIS_KEY_FLOW_INFO};
	unsigned n = 0;

	if (r->link == NULL)
		return false;
	link_add(r->link, "MULTI");
	for (unsigned i = 0; i < 4; i++, n++)
		link_add(r->link, "DEL %s", r->key[keys[i]]);
	n += add_hosts(r, t);
	n += add_flows(r, t);
	for (unsigned i = 0; i < 4; i++, n++)
		link_add(r->link, "EXPIRE %s " TALKERS_EXPIRE_S, r->key[keys[i]]);
	link_add(r->link, "EXEC");
	return answers(r, n + 2, "top talkers");
}

bool redis_answer(struct redis *r, const char *id, bool ok, const char *text) {
	if (r->link == NULL)
		return false;
	link_add(
		r->link,
		"XADD %s MAXLEN ~ " REPLIES_MAX " * id %s ok %s text %s",
		r->key[REDIS_KEY_REPLIES],
		id,
		ok ? "1" : "0",
		text
	);
	return answers(r, 1, "a reply");
}

unsigned redis_commands(struct redis *r, struct command out[], unsigned max) {
	char after[STREAM_ID_TEXT_MAX];
	redisReply *reply;
	unsigned n = 0;

	if (r->link == NULL || max == 0)
		return 0;
	reply = link_call(
		r->link,
		"XREAD COUNT " COMMANDS_READ " STREAMS %s %s",
		r->key[REDIS_KEY_COMMANDS],
		stream_id_text(r->commands_read, after)
	);
	if (reply == NULL) {
		redis_drop_link(r);
		return 0;
	}
	if (reply->type == REDIS_REPLY_ERROR)
		complain(
			&r->refused,
			"Redis refuses to read commands: %.100s: %s",
			reply->str,
			redis_advice(reply->str)
		);
	else
		n = commands_of_reply(r, reply, out, max);
	freeReplyObject(reply);
	return n;
}
