// The records of a window -> the hosts.
#include "detect/history_table.h"
#include "detect/slow.h"
#include "host/table.h"

#define RECORDS_AHEAD 4

static void
second_feed(struct history *t, struct host *h, struct second **s, const struct host_record *r) {
	if (*s == NULL && (r->count[HOST_PACKETS] >= HOST_SECOND_PACKETS || h->watched))
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

static void feed_target(struct history *t, struct host *h, const struct host_record *r) {
	second_feed(t, h, &h->in, r);
	if (h->rates != NULL || h->in == NULL)
		return;
	h->rates = pool_take(t->rates);
	if (h->rates != NULL)
		rates_begin(h->rates, t->ticks);
}

static void slow_feed(struct history *t, struct host *h, const struct host_record *r) {
	if (h->slow == NULL && r->count[HOST_FLOWS_OPENED] > r->count[HOST_FLOWS_ANSWERED])
		h->slow = slow_begin(pool_take(t->slows));
	if (h->slow != NULL)
		slow_add(h->slow, h->seen_ns, r);
}

static void feed_source(struct history *t, struct host *h, const struct host_record *r) {
	second_feed(t, h, &h->out, r);
	slow_feed(t, h, r);
	if (r->count[HOST_ESTABLISHED] > 0)
		h->completed = true;
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
	struct host *h = history_lookup(t, &r->addr, hash);

	if (h == NULL && (busy || f->quiet))
		h = history_enter(t, &r->addr, hash, f->end_ns, busy);
	if (h == NULL)
		return;
	activate(t, h, f->end_ns);
	if (h->spread < f->window->ticks)
		h->spread = f->window->ticks;
	span_feed(t, f->as_source ? &h->span_out : &h->span_in, f->end_ns, r);
	if (f->as_source)
		feed_source(t, h, r);
	else
		feed_target(t, h, r);
}

static void span_prefetch(const struct span *span) {
	if (span != NULL)
		for (size_t i = 0; i < sizeof(*span); i += HISTORY_LINE)
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
	struct host *host[HISTORY_AHEAD];

	for (unsigned i = 0; i < n; i++)
		prefetch(&t->slot[history_home(t, hash[i])]);
	for (unsigned i = 0; i < n; i++) {
		const struct slot *slot = &t->slot[history_home(t, hash[i])];

		host[i] = slot->hash == hash[i] ? slot->host : NULL;
		if (host[i] == NULL)
			continue;
		history_prefetch(host[i]);
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
	for (size_t line = 0; line < sizeof(struct host_record); line += HISTORY_LINE)
		prefetch(r + line);
}

static void feed_table(struct history *t, const struct feed *f) {
	const struct host_table *table = f->as_source ? f->window->sources : f->window->targets;
	const struct host_record *r[HISTORY_AHEAD];
	uint64_t hash[HISTORY_AHEAD];
	uint32_t at = 0;
	unsigned n;

	for (unsigned i = 0; i < RECORDS_AHEAD; i++)
		record_prefetch(table, i);
	do {
		for (n = 0; n < HISTORY_AHEAD && (r[n] = host_table_next(table, &at)) != NULL;
		     n++) {
			record_prefetch(table, at + RECORDS_AHEAD - 1);
			hash[n] = history_hash(&r[n]->addr);
		}
		feed_prefetch(t, f, hash, n);
		for (unsigned i = 0; i < n; i++)
			feed_one(t, f, r[i], hash[i]);
	} while (n == HISTORY_AHEAD);
}

void history_add(struct history *t, const struct window *w, uint64_t end_ns) {
	struct feed targets = {.window = w, .end_ns = end_ns}, sources = targets;

	targets.quiet = host_table_used(w->targets) <= HOST_ADMIT_QUIET;
	sources.quiet = host_table_used(w->sources) <= HOST_ADMIT_QUIET;
	sources.as_source = true;
	feed_table(t, &targets);
	feed_table(t, &sources);
}
