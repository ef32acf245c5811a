// The table of hosts from inside: private to history*.c.
#ifndef WEIR_DETECT_HISTORY_TABLE_H
#define WEIR_DETECT_HISTORY_TABLE_H

#include "contract/hash.h"
#include "contract/prefetch.h"
#include "detect/history.h"
#include "detect/pool.h"

#define HISTORY_AHEAD                                                                              \
	16 // records of a window, and hosts of the active, whose memory is fetched at once
#define HISTORY_LINE 64

struct slot {
	struct host *host; // NULL: free
	uint64_t hash; // of its address
};

struct history {
	const struct detect_conf *conf;
	uint32_t ticks; // of a second
	uint32_t max;
	uint32_t used;
	uint32_t mask;
	uint32_t age_at;
	uint32_t refusals; // in this tick
	uint32_t n_active;
	uint32_t n_senders;
	uint64_t dropped;
	struct slot *slot;
	struct host **active; // max entries
	struct seconds *seconds;
	struct host *sender[HOST_SENDERS_MAX];
	struct pool *hosts, *rates, *sent, *slows, *spans, *span_flows, *bases, *hours;
};

static inline uint64_t history_hash(const struct addr *a) {
	return hash_addr(a, 0);
}

static inline uint32_t history_home(const struct history *t, uint64_t hash) {
	return (uint32_t)hash & t->mask;
}

static inline void history_prefetch(const struct host *h) { // what every tick looks at
	prefetch(h);
	prefetch((const uint8_t *)h + HISTORY_LINE);
}

// @param hash  history_hash() of the address
struct host *history_lookup(const struct history *t, const struct addr *addr, uint64_t hash);
// A newcomer. @return NULL: not taken in, counted
struct host *history_enter(
	struct history *t,
	const struct addr *addr,
	uint64_t hash,
	uint64_t end_ns,
	bool busy
);
void history_quiet(struct history *t, struct host *host); // silent for a second
void history_age(struct history *t, uint64_t end_ns); // those silent for a day, a few slots a tick

#endif
