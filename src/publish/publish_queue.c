// The publisher's records in memory: waiting for a sink, and those that Redis confirmed last.
#include "publish/publish_in.h"

#include <time.h>

bool waiting_full(const struct publish *p) {
	return p->waiting_n == p->conf.queue_slots;
}

struct record **waiting_at(const struct publish *p, uint32_t i) {
	return &p->waiting[(p->waiting_head + i) % p->conf.queue_slots];
}

void waiting_put(struct publish *p, struct record *r) {
	*waiting_at(p, p->waiting_n++) = r;
}

void waiting_drop(struct publish *p, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		record_free(*waiting_at(p, i));
	p->waiting_head = (p->waiting_head + n) % p->conf.queue_slots;
	p->waiting_n -= n;
}

void confirmed(struct publish *p, struct record *const records[], unsigned n) {
	struct timespec t;
	uint64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &t);
	now_ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	for (unsigned i = 0; i < n; i++)
		delay_add(&p->delay, now_ns, records[i]->time_ns);
	shown_add(p, published, n);
}

// --- history: what Redis confirmed last

void history_keep(struct publish *p, struct record *r) {
	struct record **place = &p->history[p->history_n++ % HISTORY_MAX];

	record_free(*place);
	*place = r;
}

void waiting_keep(struct publish *p, uint32_t n) {
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
bool history_restore(struct publish *p) {
	struct record *lost[REDIS_BATCH_MAX] = {0};
	unsigned n;

	while ((n = history_lost(p, lost)) > 0) {
		for (unsigned i = 0; i < n; i++)
			lost[i]->stored = false;
		if (!redis_events(p->redis, lost, n, false))
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
