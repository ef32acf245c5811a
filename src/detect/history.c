// The table of hosts: open addressing, linear probing, removal by shifting back (Knuth, The Art of
// Computer Programming, vol. 3, 6.4, algorithm R).
#include "detect/history_table.h"
#include "detect/own.h"
#include "detect/slow.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define PROBES_MAX 128 // made-up addresses that collide cannot make a tick long
#define REFUSALS_MAX 256 // in a tick; then newcomers to a full table are not tried
#define AGE_SLOTS 32 // slots looked at in a tick for hosts to forget

const struct network_conf *network_of(const struct detect_conf *conf, const struct addr *addr) {
	const struct network_conf *best = NULL;

	for (uint32_t i = 0; i < conf->n_networks; i++) {
		const struct network_conf *n = &conf->network[i];
		const struct addr masked = addr_mask(addr, n->prefix_len);

		if (addr_is_ip4(addr) != addr_is_ip4(&n->addr) || !addr_equal(&masked, &n->addr))
			continue;
		if (best == NULL || n->prefix_len > best->prefix_len)
			best = n;
	}
	return best;
}

static bool pools_create(struct history *t) {
	t->seconds = seconds_create(t->ticks, 2 * t->max);
	t->hosts = pool_create(sizeof(struct host), t->max);
	t->rates = pool_create(rates_bytes(t->ticks), t->max);
	t->sent = pool_create(rates_bytes(t->ticks), HOST_SENDERS_MAX);
	t->spans = pool_create(sizeof(struct span), 2 * t->max);
	t->slows = pool_create(sizeof(struct slow), t->max);
	t->span_flows = pool_create(sizeof(struct span_flows), 2 * SPAN_SECONDS * t->max);
	t->bases = pool_create(sizeof(struct host_baselines), t->max);
	t->hours = pool_create(sizeof(struct hours), t->max);
	return t->seconds != NULL && t->hosts != NULL && t->rates != NULL && t->sent != NULL
		&& t->spans != NULL && t->slows != NULL && t->span_flows != NULL && t->bases != NULL
		&& t->hours != NULL;
}

int history_create(struct history **out, const struct detect_conf *conf) {
	struct history *t = calloc(1, sizeof(*t));
	uint64_t slots = 64;

	if (t == NULL)
		return -ENOMEM;
	while (slots < 2ull * conf->hosts)
		slots *= 2;
	t->conf = conf;
	t->ticks = (uint32_t)(SECOND_NS / conf->tick_ns);
	t->max = conf->hosts;
	t->mask = (uint32_t)(slots - 1);
	t->slot = calloc(slots, sizeof(t->slot[0]));
	t->active = calloc(conf->hosts, sizeof(t->active[0]));
	if (t->slot == NULL || t->active == NULL || !pools_create(t)) {
		history_destroy(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void history_destroy(struct history *t) {
	if (t == NULL)
		return;
	seconds_destroy(t->seconds);
	pool_destroy(t->hosts);
	pool_destroy(t->rates);
	pool_destroy(t->sent);
	pool_destroy(t->spans);
	pool_destroy(t->slows);
	pool_destroy(t->span_flows);
	pool_destroy(t->bases);
	pool_destroy(t->hours);
	free(t->slot);
	free(t->active);
	free(t);
}

void history_quiet(struct history *t, struct host *h) {
	second_destroy(h->in);
	second_destroy(h->out);
	pool_give(t->rates, h->rates);
	pool_give(t->sent, h->sent);
	h->in = h->out = NULL;
	h->rates = h->sent = NULL;
	h->busy = h->sends_much = false;
}

static void host_free(struct history *t, struct host *h) {
	history_quiet(t, h);
	span_end(h->span_in);
	span_end(h->span_out);
	pool_give(t->slows, h->slow);
	pool_give(t->spans, h->span_in);
	pool_give(t->spans, h->span_out);
	if (h->base != NULL)
		pool_give(t->hours, h->base->hours);
	pool_give(t->bases, h->base);
	pool_give(t->hosts, h);
}

static void settle(const struct detect_conf *conf, struct host *h) {
	h->network = network_of(conf, &h->addr);
	h->inside = own_is(h->network, &h->addr);
}

void history_reconf(struct history *t, const struct detect_conf *conf) {
	t->conf = conf;
	for (uint64_t i = 0; i <= t->mask; i++)
		if (t->slot[i].host != NULL)
			settle(conf, t->slot[i].host);
}

void history_rebase(struct history *t, uint64_t now_ns) {
	for (uint64_t i = 0; i <= t->mask; i++) {
		struct host *h = t->slot[i].host;

		if (h != NULL)
			h->first_ns = h->seen_ns = now_ns;
	}
}

struct host *history_lookup(const struct history *t, const struct addr *addr, uint64_t hash) {
	uint32_t at = history_home(t, hash);

	for (; t->slot[at].host != NULL; at = (at + 1) & t->mask)
		if (t->slot[at].hash == hash && addr_equal(&t->slot[at].host->addr, addr))
			return t->slot[at].host;
	return NULL;
}

struct host *history_find(const struct history *t, const struct addr *addr) {
	return history_lookup(t, addr, history_hash(addr));
}

static void remove_at(struct history *t, uint32_t hole) {
	uint32_t at = hole;

	host_free(t, t->slot[hole].host);
	t->slot[hole].host = NULL;
	t->used--;
	for (;;) {
		at = (at + 1) & t->mask;
		if (t->slot[at].host == NULL)
			return;
		// Move it into the hole unless its home lies cyclically in (hole, at].
		if (((at - history_home(t, t->slot[at].hash)) & t->mask) < ((at - hole) & t->mask))
			continue;
		t->slot[hole] = t->slot[at];
		t->slot[at].host = NULL;
		hole = at;
	}
}

static bool may_go(const struct host *h, bool with_baseline) {
	return !h->active && (h->open_kinds | h->sent_kinds) == 0
		&& (with_baseline || h->base == NULL);
}

// @return false: all neighbours are busier
static bool make_room(struct history *t, uint32_t at, bool newcomer_is_busy) {
	int64_t victim = -1;
	uint32_t looked = 0;

	for (uint32_t i = 0; looked < HOST_VICTIMS && i <= t->mask; i++) {
		const uint32_t j = (at + i) & t->mask;
		const struct host *h = t->slot[j].host;
		const struct host *v = victim < 0 ? NULL : t->slot[victim].host;

		if (h == NULL)
			continue;
		looked++;
		if (!may_go(h, newcomer_is_busy))
			continue;
		if (v == NULL || (v->base != NULL && h->base == NULL)
		    || ((v->base == NULL) == (h->base == NULL) && h->seen_ns < v->seen_ns))
			victim = j;
	}
	if (victim < 0)
		return false;
	remove_at(t, (uint32_t)victim);
	return true;
}

static struct host *
host_create(struct history *t, const struct addr *addr, uint64_t hash, uint64_t end_ns) {
	struct host *h = pool_take(t->hosts);

	if (h == NULL)
		return NULL;
	memset(h, 0, sizeof(*h));
	h->addr = *addr;
	h->first_ns = end_ns;
	h->score = NAN;
	h->entropy_fresh = NAN;
	h->phase = (uint16_t)(history_home(t, hash) % t->ticks);
	settle(t->conf, h);
	return h;
}

struct host *history_enter(
	struct history *t,
	const struct addr *addr,
	uint64_t hash,
	uint64_t end_ns,
	bool busy
) {
	uint32_t at = history_home(t, hash);
	struct host *h;

	if (t->used == t->max && (t->refusals >= REFUSALS_MAX || !make_room(t, at, busy))) {
		t->refusals++;
		goto full;
	}
	for (uint32_t probes = 0; t->slot[at].host != NULL; at = (at + 1) & t->mask)
		if (++probes > PROBES_MAX)
			goto full;
	h = host_create(t, addr, hash, end_ns);
	if (h == NULL)
		goto full;
	t->slot[at] = (struct slot) {h, hash};
	t->used++;
	return h;

full:
	t->dropped++;
	return NULL;
}

static uint64_t age_of(const struct host *h) {
	return h->base != NULL && h->base->hours != NULL ? HOST_AGE_HOURS_NS : HOST_AGE_NS;
}

// A few slots a tick: those that have been silent for a day are forgotten.
void history_age(struct history *t, uint64_t end_ns) {
	for (unsigned i = 0; i < AGE_SLOTS; i++) {
		const struct host *h = t->slot[t->age_at].host;

		if (h != NULL && may_go(h, true) && h->seen_ns + age_of(h) < end_ns)
			remove_at(t, t->age_at); // what moved here is looked at in the next turn
		t->age_at = (t->age_at + 1) & t->mask;
	}
}

uint32_t history_senders(const struct history *t) {
	return t->n_senders;
}

struct host *history_sender_at(const struct history *t, uint32_t at) {
	return t->sender[at];
}

uint32_t history_active(const struct history *t) {
	return t->n_active;
}

struct host *history_active_at(const struct history *t, uint32_t at) {
	return t->active[at];
}

void history_active_prefetch(const struct history *t, uint32_t at) {
	if (at >= t->n_active)
		return;
	history_prefetch(t->active[at]);
}

struct host_baselines *history_learns(struct history *t, struct host *h) {
	if (h->base != NULL)
		return h->base;
	h->base = pool_take(t->bases);
	if (h->base != NULL)
		memset(h->base, 0, sizeof(*h->base));
	return h->base;
}

struct pool *history_hours(struct history *t) {
	return t->hours;
}

const struct host *history_next(const struct history *t, uint32_t *at) {
	while (*at <= t->mask) {
		const struct host *h = t->slot[(*at)++].host;

		if (h != NULL)
			return h;
	}
	return NULL;
}

uint32_t history_used(const struct history *t) {
	return t->used;
}

uint64_t history_dropped(const struct history *t) {
	return t->dropped;
}

uint32_t history_ticks(const struct history *t) {
	return t->ticks;
}
