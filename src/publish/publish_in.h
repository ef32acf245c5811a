// Inside of publish.h: shared by publish.c, publish_thread.c, publish_events.c and publish_queue.c only.
#ifndef WEIR_PUBLISH_PUBLISH_IN_H
#define WEIR_PUBLISH_PUBLISH_IN_H

#include "pipeline/spsc.h"
#include "publish/bell.h"
#include "publish/complain.h"
#include "publish/delay.h"
#include "publish/publish.h"
#include "publish/redis.h"
#include "publish/sink_file.h"
#include "publish/spool.h"

#include <pthread.h>
#include <stdatomic.h>

#define HISTORY_MAX 2048 // events: 5 MB, 40 if each were as long as can be
#define REPLY_TEXT_MAX 512
#define COMMAND_SLOTS 16

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
	bool ring_more; // as many were taken as could be: there may be others
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
	struct bell bell; // the thread sleeps by it, control rings it
	_Atomic uint64_t queued, ring_lost; // control's counters, read by anyone

	// The thread stores, control loads.
	alignas(SPSC_ALIGN) struct {
		_Atomic uint64_t published, spool_lost, file_lost, reconnects, up, commands;
		_Atomic uint64_t spool_events, spool_bytes;
	} shown;
	struct delay delay;

	alignas(SPSC_ALIGN) pthread_t thread;
	bool stopped; // and the thread has ended
	// Control's own: too large for its stack.
	struct talkers talkers_out;
};

#define shown_add(p, what, n) atomic_fetch_add_explicit(&(p)->shown.what, n, memory_order_relaxed)
#define shown_set(p, what, n) atomic_store_explicit(&(p)->shown.what, n, memory_order_relaxed)
#define shown_get(p, what) atomic_load_explicit(&(p)->shown.what, memory_order_relaxed)

// publish_thread.c
void *publish_run(void *arg); // the thread
bool take_alarms(struct publish *); // from the ring, up to a batch; were there any?

// publish_events.c
void batch_free(struct publish *);
bool spool_has(const struct publish *);
void show_spool(struct publish *);
void waiting_to_spool(struct publish *); // Redis is away, or older events are before these
bool serve_events(struct publish *); // something was done that may be followed by more

// publish_queue.c: waiting is a ring of records in memory, history what Redis confirmed last.
bool waiting_full(const struct publish *);
struct record **waiting_at(const struct publish *, uint32_t i); // 0: the oldest
void waiting_put(struct publish *, struct record *);
void waiting_drop(struct publish *, uint32_t n);
void waiting_keep(struct publish *, uint32_t n); // in the history
void history_keep(struct publish *, struct record *);
bool history_restore(struct publish *); // after a reconnect; false: Redis is gone again
void confirmed(struct publish *, struct record *const records[], unsigned n);

#endif
