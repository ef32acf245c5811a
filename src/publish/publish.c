// Overview   Control puts alarms, statistics, talkers and replies on rings. The publisher's thread turns
//            an alarm into a record (JSON and an id), writes it to the file, and queues it for Redis:
//
//                ring ─▶ waiting ─▶ Redis                 while Redis is there and the spool is empty
//                        waiting ─▶ spool ─▶ batch ─▶ Redis    else
//
//            So the order is always batch, spool, waiting, ring. A normal day writes nothing to disk. While
//            Redis works on a batch the next one is made; no more than two are ahead, the rest stays on
//            the ring.
//
//            The last few events that Redis confirmed stay in `history`: a Redis that is killed may lose
//            what it confirmed in its last seconds (appendfsync everysec). When it is back and its
//            stream ends before them, they are sent again, first of all.
//
// Synchronization
//            Rings one way each, relaxed counters, and a bell that control rings when it has put
//            something: the thread wakes at once. Nothing else is shared while the thread runs.
//
// Key invariant
//            Each alarm that publish_alarm() took ends in exactly one of: stored (events_published),
//            spool_lost, file_lost (no Redis configured), or the spool's files after destroy.
#include "publish/publish_in.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATS_SLOTS 2
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

// --- create and destroy

// While Redis works on a batch the next one is made.
static void prepare(void *ctx) {
	struct publish *p = ctx;

	if (p->waiting_n < 2 * REDIS_BATCH_MAX)
		take_alarms(p);
}

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
	if (p->redis == NULL) {
		snprintf(error, PUBLISH_ERROR_MAX, "out of memory");
		return -ENOMEM;
	}
	redis_meanwhile(p->redis, prepare, p);
	return 0;
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

void publish_stop(struct publish *p) {
	if (p->stopped)
		return;
	atomic_store_explicit(&p->stop, true, memory_order_release);
	bell_ring(&p->bell);
	pthread_join(p->thread, NULL);
	p->stopped = true;
}

void publish_destroy(struct publish *p) {
	if (p == NULL)
		return;
	publish_stop(p);
	publish_free(p);
}

// --- control's side

bool publish_alarm(struct publish *p, const struct alarm *alarm) {
	const bool put = spsc_put(p->alarms, alarm);

	atomic_fetch_add_explicit(put ? &p->queued : &p->ring_lost, 1, memory_order_relaxed);
	bell_ring(&p->bell);
	return put;
}

void publish_stats(struct publish *p, const struct stats *stats) {
	spsc_put(p->stats, stats);
	bell_ring(&p->bell);
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
	bell_ring(&p->bell);
}

bool publish_command_take(struct publish *p, struct command *out) {
	return spsc_take(p->commands, out);
}

void publish_reply(struct publish *p, const struct command *to, bool ok, const char *text) {
	struct reply reply = {.to = *to, .ok = ok};

	snprintf(reply.text, sizeof(reply.text), "%s", text);
	spsc_put(p->replies, &reply);
	bell_ring(&p->bell);
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
