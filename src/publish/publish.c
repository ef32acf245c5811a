// Overview   Control puts alarms, statistics, talkers and replies on rings. The publisher's thread turns
//            an alarm into a record (JSON and an id), writes it to the file, and queues it for Redis:
//
//                ring ─▶ waiting ─▶ Redis                 while Redis is there and the spool is empty
//                        waiting ─▶ spool ─▶ batch ─▶ Redis    else
//
//            So the order is always batch, spool, waiting, ring. A normal day writes nothing to disk.
//
//            The last few events that Redis confirmed stay in `history`: a Redis that is killed may lose
//            what it confirmed in its last seconds (appendfsync everysec). When it is back and its
//            stream ends before them, they are sent again, first of all.
//
// Synchronization
//            Rings one way each, and relaxed counters. Nothing else is shared while the thread runs.
//
// Key invariant
//            Each alarm that publish_alarm() took ends in exactly one of: stored (events_published),
//            spool_lost, file_lost (no Redis configured), or the spool's files after destroy.
#include "publish/publish.h"

#include "pipeline/spsc.h"
#include "publish/complain.h"
#include "publish/delay.h"
#include "publish/json.h"
#include "publish/redis.h"
#include "publish/sink_file.h"
#include "publish/spool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HISTORY_MAX 256 // events; a few MB
#define STATS_SLOTS 2
#define COMMAND_SLOTS 16
#define REPLY_TEXT_MAX 512
#define COMMANDS_EVERY_NS 100000000ull
#define ROTATE_EVERY_NS 1000000000ull
#define FLUSH_MS_MAX 1000 // an answer to destroy must not take longer

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

struct reply {
	struct command to;
	bool ok;
	char text[REPLY_TEXT_MAX];
};

struct publish {
	struct publish_conf conf; // set before the thread starts, then only read

	// Control puts, the thread takes; commands the other way round.
	struct spsc *alarms, *stats, *talkers, *replies, *commands;

	// The thread's own.
	struct sink_file *file; // NULL: none
	struct redis *redis; // NULL: none
	struct spool *spool; // NULL: none
	struct record **waiting; // ring of queue_slots, oldest at waiting_head
	uint32_t waiting_head, waiting_n;
	struct record
		*history[HISTORY_MAX]; // ring of stored ones, the next place is history_n % MAX
	uint64_t history_n;
	uint64_t connects_seen; // connections whose stream was compared with the history
	struct record *batch[REDIS_BATCH_MAX]; // read from the spool, not confirmed there
	unsigned batch_n;
	uint64_t leftovers; // records in the spool from a process before this one
	bool actives_forgotten;
	struct stream_id last_id;
	uint64_t commands_next_ns, rotate_next_ns;
	struct complaint spool_failed, spool_full, forgot;
	struct stats stats_now;
	struct talkers talkers_now;

	// Control stores, the thread loads.
	alignas(SPSC_ALIGN) atomic_bool stop;
	_Atomic uint64_t queued, ring_lost; // control's counters, read by anyone

	// The thread stores, control loads.
	alignas(SPSC_ALIGN) struct {
		_Atomic uint64_t published, spool_lost, file_lost, reconnects, up, commands;
		_Atomic uint64_t spool_events, spool_bytes;
	} shown;
	struct delay delay;

	alignas(SPSC_ALIGN) pthread_t thread;
	// Control's own: too large for its stack.
	struct talkers talkers_out;
};

#define shown_add(p, what, n) atomic_fetch_add_explicit(&(p)->shown.what, n, memory_order_relaxed)
#define shown_set(p, what, n) atomic_store_explicit(&(p)->shown.what, n, memory_order_relaxed)
#define shown_get(p, what) atomic_load_explicit(&(p)->shown.what, memory_order_relaxed)

// --- waiting: a ring of records in memory

static bool waiting_full(const struct publish *p) {
	return p->waiting_n == p->conf.queue_slots;
}

static struct record **waiting_at(const struct publish *p, uint32_t i) {
	return &p->waiting[(p->waiting_head + i) % p->conf.queue_slots];
}

static void waiting_put(struct publish *p, struct record *r) {
	*waiting_at(p, p->waiting_n++) = r;
}

static void waiting_drop(struct publish *p, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		record_free(*waiting_at(p, i));
	p->waiting_head = (p->waiting_head + n) % p->conf.queue_slots;
	p->waiting_n -= n;
}

static void confirmed(struct publish *p, struct record *const records[], unsigned n) {
	struct timespec t;
	uint64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &t);
	now_ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	for (unsigned i = 0; i < n; i++)
		delay_add(&p->delay, now_ns, records[i]->time_ns);
	shown_add(p, published, n);
}

// --- history: what Redis confirmed last

static void history_keep(struct publish *p, struct record *r) {
	struct record **place = &p->history[p->history_n++ % HISTORY_MAX];

	record_free(*place);
	*place = r;
}

static void waiting_keep(struct publish *p, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		history_keep(p, *waiting_at(p, i));
	p->waiting_head = (p->waiting_head + n) % p->conf.queue_slots;
	p->waiting_n -= n;
}

// Oldest first, those that the stream does not reach. @return how many, at most a batch
static unsigned history_lost(const struct publish *p, struct record *lost[REDIS_BATCH_MAX]) {
	const uint64_t first = p->history_n > HISTORY_MAX ? p->history_n - HISTORY_MAX : 0;
	unsigned n = 0;

	for (uint64_t i = first; i < p->history_n && n < REDIS_BATCH_MAX; i++) {
		struct record *r = p->history[i % HISTORY_MAX];

		if (stream_id_after(r->id, redis_top(p->redis)))
			lost[n++] = r;
	}
	return n;
}

// After a reconnect. @return false: Redis is gone again
static bool history_restore(struct publish *p) {
	struct record *lost[REDIS_BATCH_MAX] = {0};
	unsigned n;

	while ((n = history_lost(p, lost)) > 0) {
		for (unsigned i = 0; i < n; i++)
			lost[i]->stored = false;
		if (!redis_events(p->redis, lost, n))
			return false;
		complain(
			&p->forgot,
			"Redis came back without %u events that it had confirmed: sent again; "
			"its appendfsync says how much a crash may lose",
			n
		);
	}
	p->connects_seen = redis_connects(p->redis);
	return true;
}

// --- spool

static void show_spool(struct publish *p) {
	if (p->spool == NULL)
		return;
	shown_set(p, spool_events, spool_records(p->spool));
	shown_set(p, spool_bytes, spool_bytes_used(p->spool));
}

// @return 0, or why this record must go on waiting
static int spool_one(struct publish *p, const struct record *r) {
	size_t n;
	uint8_t *bytes = record_pack(r, &n);
	int ret = bytes != NULL ? spool_put(p->spool, bytes, n) : -ENOMEM;

	free(bytes);
	if (ret != -ENOSPC && ret != -EMSGSIZE)
		return ret;
	shown_add(p, spool_lost, 1);
	complain(
		&p->spool_full,
		"%s: the spool is full: the newest events are lost; raise its bytes, or bring "
		"Redis back",
		p->conf.spool_folder
	);
	return 0;
}

// Redis is away, or older events are before these: onto the disk with them, in order.
static void waiting_to_spool(struct publish *p) {
	int ret = 0;

	while (p->waiting_n > 0 && ret == 0) {
		struct record *oldest = *waiting_at(p, 0);

		if (oldest->stored) { // the batch broke off behind it
			confirmed(p, &oldest, 1);
			waiting_keep(p, 1);
			continue;
		}
		ret = spool_one(p, oldest);
		if (ret == 0)
			waiting_drop(p, 1);
	}
	if (ret < 0) {
		complain(
			&p->spool_failed,
			"%s: an event could not be written: %s; it waits in memory",
			p->conf.spool_folder,
			strerror(-ret)
		);
		if (waiting_full(p)) {
			// The newest goes, as when the spool is full.
			record_free(*waiting_at(p, --p->waiting_n));
			shown_add(p, spool_lost, 1);
		}
	}
	show_spool(p);
}

static void batch_free(struct publish *p) {
	for (unsigned i = 0; i < p->batch_n; i++)
		record_free(p->batch[i]);
	p->batch_n = 0;
}

// A batch never mixes leftovers with events of this process.
static void batch_read(struct publish *p) {
	const uint64_t most = p->leftovers > 0 && p->leftovers < REDIS_BATCH_MAX ? p->leftovers
										 : REDIS_BATCH_MAX;
	const void *bytes;
	size_t n;

	for (uint64_t i = 0; i < most; i++) {
		const int ret = spool_read(p->spool, &bytes, &n);
		struct record *r = ret == 0 ? record_unpack(bytes, n) : NULL;

		if (ret != 0 && ret != -ENOENT)
			complain(
				&p->spool_failed,
				"%s: cannot be read: %s",
				p->conf.spool_folder,
				strerror(-ret)
			);
		if (ret != 0)
			break;
		if (r == NULL) {
			shown_add(p, spool_lost, 1);
			continue;
		}
		r->leftover = p->leftovers > 0;
		p->batch[p->batch_n++] = r;
	}
}

// --- events to Redis

// @return something was stored, and there may be more
static bool send_spooled(struct publish *p) {
	if (p->batch_n == 0)
		batch_read(p);
	if (p->batch_n > 0 && !redis_events(p->redis, p->batch, p->batch_n))
		return false;
	confirmed(p, p->batch, p->batch_n);
	p->leftovers -= p->leftovers < p->batch_n ? p->leftovers : p->batch_n;
	for (unsigned i = 0; i < p->batch_n; i++)
		history_keep(p, p->batch[i]);
	p->batch_n = 0;
	if (spool_confirm(p->spool) < 0)
		complain(
			&p->spool_failed,
			"%s: how far it was sent could not be written: the next start may send "
			"again",
			p->conf.spool_folder
		);
	if (spool_records(p->spool) == 0)
		p->leftovers = 0; // damaged ones were counted among them
	show_spool(p);
	return true;
}

static bool send_waiting(struct publish *p) {
	struct record *records[REDIS_BATCH_MAX] = {0};
	const unsigned n = p->waiting_n < REDIS_BATCH_MAX ? p->waiting_n : REDIS_BATCH_MAX;

	for (unsigned i = 0; i < n; i++)
		records[i] = *waiting_at(p, i);
	if (!redis_events(p->redis, records, n))
		return false;
	confirmed(p, records, n);
	waiting_keep(p, n);
	return true;
}

static bool spool_has(const struct publish *p) {
	return p->spool != NULL && (spool_records(p->spool) > 0 || p->batch_n > 0);
}

// @return something was done that may be followed by more
static bool serve_events(struct publish *p) {
	bool up = redis_service(p->redis);
	bool more = false;

	if (up && p->connects_seen != redis_connects(p->redis))
		up = history_restore(p);
	if (up && !p->actives_forgotten && p->leftovers == 0)
		p->actives_forgotten = redis_forget_actives(p->redis);
	if (up && spool_has(p))
		more = send_spooled(p);
	else if (up && p->waiting_n > 0)
		more = send_waiting(p);
	if (p->spool != NULL && p->waiting_n > 0 && (spool_has(p) || !redis_is_up(p->redis)))
		waiting_to_spool(p);
	if (stream_id_after(redis_top(p->redis), p->last_id))
		p->last_id = redis_top(p->redis);
	return more;
}

// --- from the rings

static void take_alarm(struct publish *p, const struct alarm *alarm) {
	struct record *r = record_of_alarm(p->conf.sensor, alarm, &p->last_id);
	bool written = true;

	if (r == NULL) { // out of memory
		shown_add(p, spool_lost, 1);
		return;
	}
	if (p->file != NULL)
		written = sink_file_line(p->file, r->json, r->json_bytes);
	if (!written)
		shown_add(p, file_lost, 1);
	if (p->redis != NULL) {
		waiting_put(p, r);
		return;
	}
	if (p->file != NULL && written)
		confirmed(p, &r, 1);
	record_free(r);
}

static bool take_alarms(struct publish *p) {
	struct alarm alarm;
	unsigned n = 0;

	while (n < REDIS_BATCH_MAX && !waiting_full(p) && spsc_take(p->alarms, &alarm)) {
		take_alarm(p, &alarm);
		n++;
	}
	return n > 0;
}

static void serve_stats(struct publish *p) {
	bool new_stats = false, new_talkers = false;

	while (spsc_take(p->stats, &p->stats_now))
		new_stats = true;
	while (spsc_take(p->talkers, &p->talkers_now))
		new_talkers = true;
	if (new_stats && p->redis != NULL && redis_is_up(p->redis)) {
		json_t *json = stats_json(p->conf.sensor, &p->stats_now);
		char *line = json != NULL ? json_line(json) : NULL;

		if (line != NULL)
			redis_stats(p->redis, line);
		free(line);
		json_decref(json);
	}
	if (new_talkers && p->redis != NULL)
		redis_talkers(p->redis, &p->talkers_now);
}

static void serve_commands(struct publish *p) {
	struct command commands[COMMAND_SLOTS];
	const uint64_t now_ns = monotonic_ns();
	const uint32_t room = spsc_free(p->commands);
	struct reply reply;
	unsigned n;

	while (redis_is_up(p->redis) && spsc_take(p->replies, &reply))
		redis_answer(p->redis, reply.to.id, reply.ok, reply.text);
	if (now_ns < p->commands_next_ns)
		return;
	p->commands_next_ns = now_ns + COMMANDS_EVERY_NS;
	n = redis_commands(p->redis, commands, room < COMMAND_SLOTS ? room : COMMAND_SLOTS);
	for (unsigned i = 0; i < n; i++)
		spsc_put(p->commands, &commands[i]);
	shown_add(p, commands, n);
}

// --- the thread

static bool serve(struct publish *p) {
	bool busy = take_alarms(p);

	if (p->redis != NULL)
		busy |= serve_events(p);
	serve_stats(p);
	if (p->redis != NULL) {
		serve_commands(p);
		shown_set(p, up, redis_is_up(p->redis));
		shown_set(
			p,
			reconnects,
			redis_connects(p->redis) > 1 ? redis_connects(p->redis) - 1 : 0
		);
	}
	if (p->file != NULL && monotonic_ns() >= p->rotate_next_ns) {
		sink_file_rotate(p->file);
		p->rotate_next_ns = monotonic_ns() + ROTATE_EVERY_NS;
	}
	return busy;
}

static bool all_done(const struct publish *p) {
	return p->redis == NULL || (p->waiting_n == 0 && !spool_has(p));
}

// After `stop`: what was taken goes out for up to drain_ms; what is left stays in the spool.
static void drain(struct publish *p) {
	const uint64_t until_ns = monotonic_ns() + (uint64_t)p->conf.drain_ms * 1000000;
	bool busy = true;

	while ((busy || !all_done(p)) && monotonic_ns() < until_ns) {
		busy = serve(p);
		// With a spool there is no use in waiting for a Redis that is away.
		if (!busy && p->spool != NULL && p->waiting_n == 0 && !redis_is_up(p->redis))
			break;
		if (!busy)
			nanosleep(&(struct timespec) {.tv_nsec = 5000000}, NULL);
	}
	while (take_alarms(p) || p->waiting_n > 0) {
		if (p->redis == NULL)
			continue;
		if (p->spool != NULL)
			waiting_to_spool(p);
		if (p->waiting_n > 0) {
			shown_add(p, spool_lost, p->waiting_n);
			waiting_drop(p, p->waiting_n);
		}
	}
}

static void *publish_run(void *arg) {
	struct publish *p = arg;
	const struct timespec pause = {
		.tv_sec = p->conf.flush_ms / 1000,
		.tv_nsec = p->conf.flush_ms % 1000 * 1000000,
	};

	while (!atomic_load_explicit(&p->stop, memory_order_acquire))
		if (!serve(p))
			nanosleep(&pause, NULL);
	drain(p);
	return NULL;
}

// --- create and destroy

static struct spsc *ring_create(uint32_t slots, size_t element_bytes) {
	const size_t bytes = spsc_bytes(slots, (uint32_t)element_bytes);
	void *memory = aligned_alloc(SPSC_ALIGN, bytes);

	return memory != NULL ? spsc_create(memory, slots, (uint32_t)element_bytes) : NULL;
}

static int publish_rings(struct publish *p) {
	p->alarms = ring_create(p->conf.queue_slots, sizeof(struct alarm));
	p->stats = ring_create(STATS_SLOTS, sizeof(struct stats));
	p->talkers = ring_create(STATS_SLOTS, sizeof(struct talkers));
	p->replies = ring_create(COMMAND_SLOTS, sizeof(struct reply));
	p->commands = ring_create(COMMAND_SLOTS, sizeof(struct command));
	p->waiting = calloc(p->conf.queue_slots, sizeof(struct record *));
	return p->alarms != NULL && p->stats != NULL && p->talkers != NULL && p->replies != NULL
			&& p->commands != NULL && p->waiting != NULL
		? 0
		: -ENOMEM;
}

static int publish_sinks(struct publish *p, char error[static PUBLISH_ERROR_MAX]) {
	const struct publish_conf *c = &p->conf;
	int ret = 0;

	if (c->file[0] != '\0')
		ret = sink_file_open(&p->file, c->file, error);
	if (ret < 0 || (c->redis_socket[0] == '\0' && c->redis_host[0] == '\0'))
		return ret;
	if (c->spool_folder[0] != '\0')
		ret = spool_open(&p->spool, c->spool_folder, c->spool_bytes, error);
	if (ret < 0)
		return ret;
	p->leftovers = p->spool != NULL ? spool_records(p->spool) : 0;
	show_spool(p);
	p->redis = redis_create(c);
	if (p->redis == NULL)
		snprintf(error, PUBLISH_ERROR_MAX, "out of memory");
	return p->redis != NULL ? 0 : -ENOMEM;
}

static void publish_free(struct publish *p) {
	batch_free(p);
	if (p->waiting != NULL)
		waiting_drop(p, p->waiting_n);
	for (unsigned i = 0; i < HISTORY_MAX; i++)
		record_free(p->history[i]);
	redis_destroy(p->redis);
	spool_close(p->spool);
	sink_file_close(p->file);
	free(p->waiting);
	free(p->alarms);
	free(p->stats);
	free(p->talkers);
	free(p->replies);
	free(p->commands);
	free(p);
}

// Signals are for the main thread; a broken pipe must be an error, not the end.
static int thread_start(struct publish *p) {
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&p->thread, NULL, publish_run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret == 0)
		pthread_setname_np(p->thread, "weir-publish");
	return -ret;
}

static int conf_check(const struct publish_conf *c, char error[static PUBLISH_ERROR_MAX]) {
	const char *wrong = NULL;

	if (c->sensor[0] == '\0' || strpbrk(c->sensor, "{} \t\r\n") != NULL)
		wrong = "sensor: a name without blanks and braces";
	else if (c->queue_slots == 0 || c->events_max == 0 || c->stats_max == 0)
		wrong = "queue_slots, events_max, stats_max: at least 1";
	else if (c->flush_ms == 0 || c->flush_ms > FLUSH_MS_MAX || c->redis_timeout_ms == 0)
		wrong = "flush_ms: 1 to 1000; redis_timeout_ms: at least 1";
	else if (c->retention_s == 0)
		wrong = "retention_s: at least 1";
	if (wrong == NULL)
		return 0;
	snprintf(error, PUBLISH_ERROR_MAX, "publish: %s", wrong);
	return -EINVAL;
}

int publish_create(
	struct publish **out,
	const struct publish_conf *conf,
	char error[static PUBLISH_ERROR_MAX]
) {
	struct publish *p;
	int ret = conf_check(conf, error);

	if (ret < 0)
		return ret;
	p = aligned_alloc(SPSC_ALIGN, sizeof(*p));
	if (p == NULL)
		goto no_memory;
	memset(p, 0, sizeof(*p));
	p->conf = *conf;
	p->conf.queue_slots = spsc_slots(conf->queue_slots);
	if (publish_rings(p) < 0)
		goto free_publish;
	ret = publish_sinks(p, error);
	if (ret < 0) {
		publish_free(p);
		return ret;
	}
	if (thread_start(p) < 0)
		goto free_publish;
	*out = p;
	return 0;

free_publish:
	publish_free(p);
no_memory:
	snprintf(error, PUBLISH_ERROR_MAX, "publish: no memory or no thread");
	return -ENOMEM;
}

void publish_destroy(struct publish *p) {
	if (p == NULL)
		return;
	atomic_store_explicit(&p->stop, true, memory_order_release);
	pthread_join(p->thread, NULL);
	publish_free(p);
}

// --- control's side

bool publish_alarm(struct publish *p, const struct alarm *alarm) {
	const bool put = spsc_put(p->alarms, alarm);

	atomic_fetch_add_explicit(put ? &p->queued : &p->ring_lost, 1, memory_order_relaxed);
	return put;
}

void publish_stats(struct publish *p, const struct stats *stats) {
	spsc_put(p->stats, stats);
}

void publish_top(
	struct publish *p,
	const struct host_talker *hosts,
	uint32_t n_hosts,
	const struct flow_talker *flows,
	uint32_t n_flows
) {
	struct talkers *t = &p->talkers_out;

	t->n_hosts = n_hosts < DETECT_TOP_MAX ? n_hosts : DETECT_TOP_MAX;
	t->n_flows = n_flows < DETECT_TOP_MAX ? n_flows : DETECT_TOP_MAX;
	if (t->n_hosts > 0)
		memcpy(t->host, hosts, t->n_hosts * sizeof(*hosts));
	if (t->n_flows > 0)
		memcpy(t->flow, flows, t->n_flows * sizeof(*flows));
	spsc_put(p->talkers, t);
}

bool publish_command_take(struct publish *p, struct command *out) {
	return spsc_take(p->commands, out);
}

void publish_reply(struct publish *p, const struct command *to, bool ok, const char *text) {
	struct reply reply = {.to = *to, .ok = ok};

	snprintf(reply.text, sizeof(reply.text), "%s", text);
	spsc_put(p->replies, &reply);
}

void publish_counters(const struct publish *p, struct control_counters *out) {
	out->events_queued += atomic_load_explicit(&p->queued, memory_order_relaxed);
	out->events_lost += atomic_load_explicit(&p->ring_lost, memory_order_relaxed);
	out->events_published += shown_get(p, published);
	out->spool_events += shown_get(p, spool_events);
	out->spool_bytes += shown_get(p, spool_bytes);
	out->spool_lost += shown_get(p, spool_lost);
	out->file_lost += shown_get(p, file_lost);
	out->redis_reconnects += shown_get(p, reconnects);
	out->redis_up += shown_get(p, up);
	out->commands += shown_get(p, commands);
}

void publish_delay(struct publish *p, uint64_t *p50_us, uint64_t *max_us) {
	delay_take(&p->delay, p50_us, max_us);
}
