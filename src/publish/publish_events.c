// The publisher's events on their way: to the spool while they cannot go to Redis, and to Redis in order.
#include "publish/publish_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// --- spool

void show_spool(struct publish *p) {
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
void waiting_to_spool(struct publish *p) {
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

void batch_free(struct publish *p) {
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
	if (p->batch_n > 0
	    && !redis_events(p->redis, p->batch, p->batch_n, spool_records(p->spool) > p->batch_n))
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
	if (!redis_events(p->redis, records, n, p->waiting_n > n || p->ring_more))
		return false;
	confirmed(p, records, n);
	waiting_keep(p, n);
	return true;
}

bool spool_has(const struct publish *p) {
	return p->spool != NULL && (spool_records(p->spool) > 0 || p->batch_n > 0);
}

// @return something was done that may be followed by more
bool serve_events(struct publish *p) {
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
	else if (up)
		redis_apply(p->redis);
	if (p->spool != NULL && p->waiting_n > 0 && (spool_has(p) || !redis_is_up(p->redis)))
		waiting_to_spool(p);
	if (stream_id_after(redis_top(p->redis), p->last_id))
		p->last_id = redis_top(p->redis);
	return more;
}
