// The table of hosts: open addressing, linear probing, removal by shifting back (Knuth, The Art of
// Computer Programming, vol. 3, 6.4, algorithm R).
#include "detect/history.h"

#include "contract/hash.h"
#include "detect/probing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SECOND_NS 1000000000ull
#define PROBES_MAX 128 // made-up addresses that collide cannot make a tick long
#define REFUSALS_MAX 256 // in a tick; then newcomers to a full table are not tried
#define AGE_SLOTS 32 // slots looked at in a tick for hosts to forget

struct history {
	const struct detect_conf *conf;
	uint32_t ticks; // of a second
	uint32_t max;
	uint32_t used;
	uint32_t mask;
	uint32_t age_at;
	uint32_t refusals; // in this tick
	uint32_t n_active;
	uint64_t dropped;
	struct host **slot;
	struct host **active; // max entries
};

static uint32_t home_of(const struct history *t, const struct addr *a) {
	return (uint32_t)hash_addr(a, 0) & t->mask;
}

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
	if (t->slot == NULL || t->active == NULL) {
		history_destroy(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

static void host_quiet(struct host *h) {
	second_destroy(h->in);
	second_destroy(h->out);
	rates_destroy(h->rates);
	h->in = h->out = NULL;
	h->rates = NULL;
}

static void host_free(struct host *h) {
	host_quiet(h);
	free(h->span_in);
	free(h->span_out);
	free(h->base);
	free(h);
}

void history_destroy(struct history *t) {
	if (t == NULL)
		return;
	for (uint64_t i = 0; t->slot != NULL && i <= t->mask; i++)
		if (t->slot[i] != NULL)
			host_free(t->slot[i]);
	free(t->slot);
	free(t->active);
	free(t);
}

void history_reconf(struct history *t, const struct detect_conf *conf) {
	t->conf = conf;
	for (uint64_t i = 0; i <= t->mask; i++)
		if (t->slot[i] != NULL)
			t->slot[i]->network = network_of(conf, &t->slot[i]->addr);
}

struct host *history_find(const struct history *t, const struct addr *addr) {
	uint32_t at = home_of(t, addr);

	for (; t->slot[at] != NULL; at = (at + 1) & t->mask)
		if (addr_equal(&t->slot[at]->addr, addr))
			return t->slot[at];
	return NULL;
}

static void remove_at(struct history *t, uint32_t hole) {
	uint32_t at = hole;

	host_free(t->slot[hole]);
	t->slot[hole] = NULL;
	t->used--;
	for (;;) {
		at = (at + 1) & t->mask;
		if (t->slot[at] == NULL)
			return;
		// Move it into the hole unless its home lies cyclically in (hole, at].
		if (((at - home_of(t, &t->slot[at]->addr)) & t->mask) < ((at - hole) & t->mask))
			continue;
		t->slot[hole] = t->slot[at];
		t->slot[at] = NULL;
		hole = at;
	}
}

static bool may_go(const struct host *h, bool with_baseline) {
	return !h->active && h->open_kinds == 0 && (with_baseline || h->base == NULL);
}

// @return false: all neighbours are busier
static bool make_room(struct history *t, uint32_t at, bool newcomer_is_busy) {
	int64_t victim = -1;
	uint32_t looked = 0;

	for (uint32_t i = 0; looked < HOST_VICTIMS && i <= t->mask; i++) {
		const uint32_t j = (at + i) & t->mask;
		const struct host *h = t->slot[j], *v = victim < 0 ? NULL : t->slot[victim];

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

static struct host *host_create(struct history *t, const struct addr *addr, uint64_t end_ns) {
	struct host *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->addr = *addr;
	h->first_ns = end_ns;
	h->score = NAN;
	h->phase = home_of(t, addr) % t->ticks;
	h->network = network_of(t->conf, addr);
	return h;
}

static struct host *
history_get(struct history *t, const struct addr *addr, uint64_t end_ns, bool busy) {
	uint32_t at = home_of(t, addr);
	struct host *h;

	if (t->used == t->max && (t->refusals >= REFUSALS_MAX || !make_room(t, at, busy))) {
		t->refusals++;
		goto full;
	}
	for (uint32_t probes = 0; t->slot[at] != NULL; at = (at + 1) & t->mask)
		if (++probes > PROBES_MAX)
			goto full;
	h = host_create(t, addr, end_ns);
	if (h == NULL)
		goto full;
	t->slot[at] = h;
	t->used++;
	return h;

full:
	t->dropped++;
	return NULL;
}

static void second_feed(
	const struct history *t,
	struct host *h,
	struct second **s,
	const struct host_record *r
) {
	if (*s == NULL && r->count[HOST_PACKETS] >= HOST_SECOND_PACKETS)
		*s = second_create(t->ticks, h->phase, &h->addr);
	if (*s != NULL)
		second_add(*s, r);
}

static void span_feed(struct span **span, uint64_t end_ns, const struct host_record *r) {
	if (*span == NULL)
		*span = calloc(1, sizeof(**span));
	if (*span != NULL)
		span_add(*span, end_ns - 1, r);
}

// Remember some of the other ends, to tell later which network was scanned.
static void sample_feed(struct host *h, const struct host_record *r) {
	for (unsigned i = 0; i < TOP_PEERS; i++)
		if (r->top_peers[i].count > 0)
			h->sample[h->samples++ % SCAN_SAMPLES] = r->top_peers[i].addr;
}

static void feed_target(
	const struct history *t,
	struct host *h,
	const struct host_record *r,
	uint32_t window_ticks
) {
	if (h->spread < window_ticks)
		h->spread = window_ticks;
	second_feed(t, h, &h->in, r);
	if (h->rates == NULL && h->in != NULL)
		h->rates = rates_create(t->ticks);
}

static void feed_source(const struct history *t, struct host *h, const struct host_record *r) {
	second_feed(t, h, &h->out, r);
	if (r->count[HOST_FLOWS_OPENED] == 0)
		return;
	h->opened_ns = h->seen_ns;
	sample_feed(h, r);
}

static void activate(struct history *t, struct host *h, uint64_t end_ns) {
	h->seen_ns = end_ns;
	if (h->active)
		return;
	h->active = true;
	t->active[t->n_active++] = h;
}

static void add_table(struct history *t, const struct window *w, uint64_t end_ns, bool as_source) {
	const struct host_table *table = as_source ? w->sources : w->targets;
	const bool quiet = host_table_used(table) <= HOST_ADMIT_QUIET;
	const struct host_record *r;

	for (uint32_t at = 0; (r = host_table_next(table, &at)) != NULL;) {
		const bool busy = r->count[HOST_PACKETS] >= HOST_ADMIT_PACKETS;
		struct host *h = history_find(t, &r->addr);

		if (h == NULL && (busy || quiet))
			h = history_get(t, &r->addr, end_ns, busy);
		if (h == NULL)
			continue;
		activate(t, h, end_ns);
		span_feed(as_source ? &h->span_out : &h->span_in, end_ns, r);
		if (as_source)
			feed_source(t, h, r);
		else
			feed_target(t, h, r, w->ticks);
	}
}

void history_add(struct history *t, const struct window *w, uint64_t end_ns) {
	add_table(t, w, end_ns, false);
	add_table(t, w, end_ns, true);
}

// More ICMP errors in the second than the host has sent packets in 10 s: it did not provoke them. (A
// router tells that a host is not there after 3 s.)
static bool
errors_unprovoked(const struct host *h, const struct host_record *tick, uint64_t end_ns) {
	uint64_t errors, bytes, sent;

	if (tick == NULL || tick->count[HOST_UNREACH] == 0)
		return false;
	errors = (uint64_t)tick->count[HOST_UNREACH] + second_sum(h->in)->count[HOST_UNREACH];
	span_traffic(h->span_out, end_ns - 1, &bytes, &sent);
	return errors > sent;
}

// A tunnel (ESP, GRE that we cannot look into ...) has two ends that both send, seldom evenly.
#define OTHERS_ONE_WAY 50

static bool others_unanswered(
	const struct host *h,
	const struct host_record *in,
	const struct host_record *out
) {
	uint64_t sent = out == NULL ? 0 : out->count[HOST_OTHER_IP];

	if (in == NULL || in->count[HOST_OTHER_IP] == 0)
		return false;
	if (h->out != NULL)
		sent += second_sum(h->out)->count[HOST_OTHER_IP];
	return in->count[HOST_OTHER_IP] > OTHERS_ONE_WAY * sent;
}

static void host_tick_end(struct host *h, uint64_t end_ns) {
	const struct host_record *in = h->in == NULL ? NULL : second_tick(h->in);
	const struct host_record *out = h->out == NULL ? NULL : second_tick(h->out);
	uint32_t metric[METRIC_N];

	if (h->rates != NULL) {
		metrics_of(
			metric, in, errors_unprovoked(h, in, end_ns), others_unanswered(h, in, out)
		);
		rates_advance(h->rates, metric, h->spread);
	}
	h->sent_packets = out == NULL ? 0 : out->count[HOST_PACKETS];
	h->sent_bytes = out == NULL ? 0 : out->bytes;
	if (out != NULL && h->probing.since_ns != 0)
		probing_add(&h->probing, out);
	h->spread = 0;
	if (h->in != NULL)
		second_advance(h->in);
	if (h->out != NULL)
		second_advance(h->out);
}

// A few slots a tick: those that have been silent for a day are forgotten.
static void age(struct history *t, uint64_t end_ns) {
	for (unsigned i = 0; i < AGE_SLOTS; i++) {
		const struct host *h = t->slot[t->age_at];

		if (h != NULL && may_go(h, true) && h->seen_ns + HOST_AGE_NS < end_ns)
			remove_at(t, t->age_at); // what moved here is looked at in the next turn
		t->age_at = (t->age_at + 1) & t->mask;
	}
}

void history_tick_end(struct history *t, uint64_t end_ns) {
	const uint64_t second_ns = t->ticks * t->conf->tick_ns;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->n_active; i++) {
		struct host *h = t->active[i];

		if (h->seen_ns + second_ns > end_ns) {
			host_tick_end(h, end_ns);
			t->active[kept++] = h;
			continue;
		}
		h->active = false;
		host_quiet(h);
	}
	t->n_active = kept;
	t->refusals = 0;
	age(t, end_ns);
}

uint32_t history_active(const struct history *t) {
	return t->n_active;
}

struct host *history_active_at(const struct history *t, uint32_t at) {
	return t->active[at];
}

const struct host *history_next(const struct history *t, uint32_t *at) {
	while (*at <= t->mask) {
		const struct host *h = t->slot[(*at)++];

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
