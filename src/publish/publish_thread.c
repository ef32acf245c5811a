// The publisher's thread: from the rings to the sinks, commands back, and what it does at the end.
#include "publish/json.h"
#include "publish/publish_in.h"

#include <stdlib.h>
#include <time.h>

#define COMMANDS_EVERY_NS 100000000ull
#define ROTATE_EVERY_NS 1000000000ull

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

bool take_alarms(struct publish *p) {
	struct alarm alarm;
	unsigned n = 0;

	while (n < REDIS_BATCH_MAX && !waiting_full(p) && spsc_take(p->alarms, &alarm)) {
		take_alarm(p, &alarm);
		n++;
	}
	p->ring_more = n == REDIS_BATCH_MAX;
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

// While Redis takes batches the next one is made as one is under way (prepare()): what is far ahead would
// only grow cold.
static bool wants_alarms(const struct publish *p) {
	return p->redis == NULL || !redis_is_up(p->redis) || p->waiting_n < REDIS_BATCH_MAX;
}

static bool serve(struct publish *p) {
	bool busy = wants_alarms(p) && take_alarms(p);

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
	return p->redis == NULL
		|| (p->waiting_n == 0 && !spool_has(p)
		    && !(redis_is_up(p->redis) && redis_is_behind(p->redis)));
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

void *publish_run(void *arg) {
	struct publish *p = arg;

	while (!atomic_load_explicit(&p->stop, memory_order_acquire)) {
		if (serve(p))
			continue;
		bell_arm(&p->bell);
		// What was put before the bell was armed is seen by one more look.
		if (serve(p) || atomic_load_explicit(&p->stop, memory_order_acquire))
			bell_disarm(&p->bell);
		else
			bell_wait(&p->bell, p->conf.flush_ms);
	}
	drain(p);
	return NULL;
}
