// The table of hosts: open addressing, linear probing, removal by shifting back (Knuth, The Art of
// Computer Programming, vol. 3, 6.4, algorithm R).
#include "detect/history.h"

#include "contract/hash.h"
#include "contract/prefetch.h"
#include "detect/classify.h"
#include "detect/pool.h"
#include "detect/probing.h"
#include "host/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define PROBES_MAX 128 // made-up addresses that collide cannot make a tick long
#define REFUSALS_MAX 256 // in a tick; then newcomers to a full table are not tried
#define AGE_SLOTS 32 // slots looked at in a tick for hosts to forget

// Records of a window, and hosts of the active, whose memory is fetched at once.
#define AHEAD 16
#define RECORDS_AHEAD 4
#define LINE 64

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
	uint64_t dropped;
	struct slot *slot;
	struct host **active; // max entries
	struct seconds *seconds;
	struct pool *hosts, *rates, *spans, *span_flows, *bases;
};

static uint64_t hash_of(const struct addr *a) {
	return hash_addr(a, 0);
}

static uint32_t home_of(const struct history *t, uint64_t hash) {
	return (uint32_t)hash & t->mask;
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

static bool pools_create(struct history *t) {
	t->seconds = seconds_create(t->ticks, 2 * t->max);
	t->hosts = pool_create(sizeof(struct host), t->max);
	t->rates = pool_create(rates_bytes(t->ticks), t->max);
	t->spans = pool_create(sizeof(struct span), 2 * t->max);
	t->span_flows = pool_create(sizeof(struct span_flows), 2 * SPAN_SECONDS * t->max);
	t->bases = pool_create(sizeof(struct host_baselines), t->max);
	return t->seconds != NULL && t->hosts != NULL && t->rates != NULL && t->spans != NULL
		&& t->span_flows != NULL && t->bases != NULL;
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
	pool_destroy(t->spans);
	pool_destroy(t->span_flows);
	pool_destroy(t->bases);
	free(t->slot);
	free(t->active);
	free(t);
}

static void host_quiet(struct history *t, struct host *h) {
	second_destroy(h->in);
	second_destroy(h->out);
	pool_give(t->rates, h->rates);
	h->in = h->out = NULL;
	h->rates = NULL;
	h->busy = false;
}

static void host_free(struct history *t, struct host *h) {
	host_quiet(t, h);
	span_end(h->span_in);
	span_end(h->span_out);
	pool_give(t->spans, h->span_in);
	pool_give(t->spans, h->span_out);
	pool_give(t->bases, h->base);
	pool_give(t->hosts, h);
}

void history_reconf(struct history *t, const struct detect_conf *conf) {
	t->conf = conf;
	for (uint64_t i = 0; i <= t->mask; i++)
		if (t->slot[i].host != NULL)
			t->slot[i].host->network = network_of(conf, &t->slot[i].host->addr);
}

static struct host *find(const struct history *t, const struct addr *addr, uint64_t hash) {
	uint32_t at = home_of(t, hash);

	for (; t->slot[at].host != NULL; at = (at + 1) & t->mask)
		if (t->slot[at].hash == hash && addr_equal(&t->slot[at].host->addr, addr))
			return t->slot[at].host;
	return NULL;
}

struct host *history_find(const struct history *t, const struct addr *addr) {
	return find(t, addr, hash_of(addr));
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
		if (((at - home_of(t, t->slot[at].hash)) & t->mask) < ((at - hole) & t->mask))
			continue;
		t->slot[hole] = t->slot[at];
		t->slot[at].host = NULL;
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
	h->phase = home_of(t, hash) % t->ticks;
	h->network = network_of(t->conf, addr);
	return h;
}

static struct host *
history_get(struct history *t, const struct addr *addr, uint64_t hash, uint64_t end_ns, bool busy) {
	uint32_t at = home_of(t, hash);
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

static void
second_feed(struct history *t, struct host *h, struct second **s, const struct host_record *r) {
	if (*s == NULL && r->count[HOST_PACKETS] >= HOST_SECOND_PACKETS)
		*s = second_create(t->seconds, h->phase);
	if (*s != NULL)
		second_add(*s, r);
}

static void
span_feed(struct history *t, struct span **span, uint64_t end_ns, const struct host_record *r) {
	if (*span == NULL) {
		*span = pool_take(t->spans);
		if (*span == NULL)
			return;
		span_begin(*span, t->span_flows);
	}
	span_add(*span, end_ns - 1, r);
}

// Remember some of the other ends, to tell later which network was scanned.
static void sample_feed(struct host *h, const struct host_record *r) {
	for (unsigned i = 0; i < TOP_PEERS; i++)
		if (r->top_peers[i].count > 0)
			h->sample[h->samples++ % SCAN_SAMPLES] = r->top_peers[i].addr;
}

static void
feed_target(struct history *t, struct host *h, const struct host_record *r, uint32_t window_ticks) {
	if (h->spread < window_ticks)
		h->spread = window_ticks;
	second_feed(t, h, &h->in, r);
	if (h->rates != NULL || h->in == NULL)
		return;
	h->rates = pool_take(t->rates);
	if (h->rates != NULL)
		rates_begin(h->rates, t->ticks);
}

static void feed_source(struct history *t, struct host *h, const struct host_record *r) {
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

// A window being accounted: as its targets, then as its sources.
struct feed {
	const struct window *window;
	uint64_t end_ns;
	bool as_source;
	bool quiet; // few hosts: all come in
};

static void
feed_one(struct history *t, const struct feed *f, const struct host_record *r, uint64_t hash) {
	const bool busy = r->count[HOST_PACKETS] >= HOST_ADMIT_PACKETS;
	struct host *h = find(t, &r->addr, hash);

	if (h == NULL && (busy || f->quiet))
		h = history_get(t, &r->addr, hash, f->end_ns, busy);
	if (h == NULL)
		return;
	activate(t, h, f->end_ns);
	span_feed(t, f->as_source ? &h->span_out : &h->span_in, f->end_ns, r);
	if (f->as_source)
		feed_source(t, h, r);
	else
		feed_target(t, h, r, f->window->ticks);
}

static void span_prefetch(const struct span *span) {
	if (span != NULL)
		for (size_t i = 0; i < sizeof(*span); i += LINE)
			prefetch((const uint8_t *)span + i);
}

static void host_prefetch(const struct host *h, bool as_source) {
	const struct second *second = as_source ? h->out : h->in;

	if (second != NULL)
		second_prefetch(second);
	span_prefetch(as_source ? h->span_out : h->span_in);
}

// What feed_one() will touch, a step for all records before the next: slots, hosts, what they point to.
static void
feed_prefetch(const struct history *t, const struct feed *f, const uint64_t hash[], unsigned n) {
	struct host *host[AHEAD];

	for (unsigned i = 0; i < n; i++)
		prefetch(&t->slot[home_of(t, hash[i])]);
	for (unsigned i = 0; i < n; i++) {
		const struct slot *slot = &t->slot[home_of(t, hash[i])];

		host[i] = slot->hash == hash[i] ? slot->host : NULL;
		if (host[i] == NULL)
			continue;
		prefetch(host[i]);
		prefetch((const uint8_t *)host[i] + LINE);
	}
	for (unsigned i = 0; i < n; i++)
		if (host[i] != NULL)
			host_prefetch(host[i], f->as_source);
}

// host_table_next() enters a record's last run in its sketches, all over it.
static void record_prefetch(const struct host_table *table, uint32_t at) {
	const uint8_t *r;

	if (at >= table->used)
		return;
	r = (const uint8_t *)&table->record[table->list[at]];
	for (size_t line = 0; line < sizeof(struct host_record); line += LINE)
		prefetch(r + line);
}

static void feed_table(struct history *t, const struct feed *f) {
	const struct host_table *table = f->as_source ? f->window->sources : f->window->targets;
	const struct host_record *r[AHEAD];
	uint64_t hash[AHEAD];
	uint32_t at = 0;
	unsigned n;

	for (unsigned i = 0; i < RECORDS_AHEAD; i++)
		record_prefetch(table, i);
	do {
		for (n = 0; n < AHEAD && (r[n] = host_table_next(table, &at)) != NULL; n++) {
			record_prefetch(table, at + RECORDS_AHEAD - 1);
			hash[n] = hash_of(&r[n]->addr);
		}
		feed_prefetch(t, f, hash, n);
		for (unsigned i = 0; i < n; i++)
			feed_one(t, f, r[i], hash[i]);
	} while (n == AHEAD);
}

void history_add(struct history *t, const struct window *w, uint64_t end_ns) {
	struct feed targets = {.window = w, .end_ns = end_ns}, sources = targets;

	targets.quiet = host_table_used(w->targets) <= HOST_ADMIT_QUIET;
	sources.quiet = host_table_used(w->sources) <= HOST_ADMIT_QUIET;
	sources.as_source = true;
	feed_table(t, &targets);
	feed_table(t, &sources);
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

static bool others_unanswered(const struct host *h, const struct host_record *in) {
	struct host_record tick;
	const struct host_record *out;
	uint64_t sent = 0;

	if (in == NULL || in->count[HOST_OTHER_IP] == 0)
		return false;
	if (h->out != NULL) {
		sent = second_sum(h->out)->count[HOST_OTHER_IP];
		out = second_tick(h->out, &tick);
		sent += out == NULL ? 0 : out->count[HOST_OTHER_IP];
	}
	return in->count[HOST_OTHER_IP] > OTHERS_ONE_WAY * sent;
}

// Rates that are so low need no judgement. Nothing is amplified at nearly all hosts.
static bool is_busy(const uint64_t sum[static METRIC_N], const uint64_t floor[static METRIC_N]) {
	const unsigned n = sum[M_AMPLIFIED] > 0 ? METRIC_N : METRIC_LEARNED;
	bool busy = false;

	for (unsigned m = 0; m < n; m++)
		busy = busy || sum[m] >= floor[m];
	return busy;
}

static void rates_tick_end(struct host *h, uint64_t end_ns, const uint64_t floor[static METRIC_N]) {
	struct host_record tick;
	const struct host_record *in = second_tick(h->in, &tick);
	uint32_t metric[METRIC_N];

	metrics_of(metric, in, errors_unprovoked(h, in, end_ns), others_unanswered(h, in));
	rates_advance(h->rates, metric, h->spread);
	h->busy = is_busy(rates_sums(h->rates), floor);
}

static void probing_tick_end(struct host *h) {
	struct host_record tick;
	const struct host_record *out = second_tick(h->out, &tick);

	if (out != NULL)
		probing_add(&h->probing, out);
}

static void host_tick_end(struct host *h, uint64_t end_ns, const uint64_t floor[static METRIC_N]) {
	if (h->rates != NULL)
		rates_tick_end(h, end_ns, floor);
	h->sent_packets = h->sent_bytes = 0;
	if (h->out != NULL)
		second_tick_traffic(h->out, &h->sent_packets, &h->sent_bytes);
	if (h->out != NULL && h->probing.since_ns != 0)
		probing_tick_end(h);
	h->spread = 0;
	if (h->in != NULL)
		second_advance(h->in);
	if (h->out != NULL)
		second_advance(h->out);
}

// A few slots a tick: those that have been silent for a day are forgotten.
static void age(struct history *t, uint64_t end_ns) {
	for (unsigned i = 0; i < AGE_SLOTS; i++) {
		const struct host *h = t->slot[t->age_at].host;

		if (h != NULL && may_go(h, true) && h->seen_ns + HOST_AGE_NS < end_ns)
			remove_at(t, t->age_at); // what moved here is looked at in the next turn
		t->age_at = (t->age_at + 1) & t->mask;
	}
}

static void tick_end_prefetch(const struct history *t, uint32_t at) {
	const struct host *h;

	if (at + AHEAD < t->n_active) {
		prefetch(t->active[at + AHEAD]);
		prefetch((const uint8_t *)t->active[at + AHEAD] + LINE);
	}
	if (at + AHEAD / 4 < t->n_active && t->active[at + AHEAD / 4]->in != NULL)
		second_tick_prefetch(t->active[at + AHEAD / 4]->in);
	if (at + AHEAD / 2 >= t->n_active)
		return;
	h = t->active[at + AHEAD / 2];
	if (h->rates != NULL)
		rates_prefetch(h->rates);
	if (h->in != NULL)
		second_prefetch(h->in);
	if (h->out != NULL)
		second_prefetch(h->out);
}

void history_tick_end(struct history *t, uint64_t end_ns) {
	const uint64_t second_ns = t->ticks * t->conf->tick_ns;
	uint64_t floor[METRIC_N];
	uint32_t kept = 0;

	classify_floors(t->conf, floor);
	for (uint32_t i = 0; i < t->n_active; i++) {
		struct host *h = t->active[i];

		tick_end_prefetch(t, i);
		if (h->seen_ns + second_ns > end_ns) {
			host_tick_end(h, end_ns, floor);
			t->active[kept++] = h;
			continue;
		}
		h->active = false;
		host_quiet(t, h);
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

void history_active_prefetch(const struct history *t, uint32_t at) {
	if (at >= t->n_active)
		return;
	prefetch(t->active[at]);
	prefetch((const uint8_t *)t->active[at] + LINE);
}

struct host_baselines *history_learns(struct history *t, struct host *h) {
	if (h->base != NULL)
		return h->base;
	h->base = pool_take(t->bases);
	if (h->base != NULL)
		memset(h->base, 0, sizeof(*h->base));
	return h->base;
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
