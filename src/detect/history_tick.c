// The end of a tick, host by host: rates, and the second slides.
#include "detect/classify.h"
#include "detect/history_table.h"
#include "detect/probing.h"

#define SECOND_NS 1000000000ull

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

// In this second of the clock.
static bool asks_much(const struct host *h, uint64_t end_ns) {
	struct span_second second;

	if (!h->inside || h->out == NULL || h->opened_ns != end_ns)
		return false;
	span_second(h->span_out, (end_ns - 1) / SECOND_NS + 1, &second);
	return second.stray >= VOLUME_MIN;
}

static bool sent_begin(struct history *t, struct host *h, uint64_t end_ns) {
	if (!asks_much(h, end_ns))
		return false;
	h->sent = pool_take(t->sent);
	if (h->sent == NULL)
		return false;
	rates_begin(h->sent, t->ticks);
	h->sends_much = true;
	h->sent_since_ns = end_ns - t->conf->tick_ns;
	return true;
}

// What it provokes and what its tunnels carry is not told from here (metrics.h).
static void sent_tick_end(struct history *t, struct host *h, uint64_t end_ns) {
	struct host_record tick;
	uint32_t metric[METRIC_N];

	if (!h->sends_much && !sent_begin(t, h, end_ns))
		return;
	metrics_of(metric, h->out == NULL ? NULL : second_tick(h->out, &tick), false, false);
	rates_advance(h->sent, metric, h->spread);
	if (rates_sum(h->sent, M_UNUSUAL) > 0) {
		t->sender[t->n_senders++] = h;
		return;
	}
	pool_give(t->sent, h->sent);
	h->sent = NULL;
	h->sends_much = false;
}

static void host_tick_end(
	struct history *t,
	struct host *h,
	uint64_t end_ns,
	const uint64_t floor[static METRIC_N]
) {
	if (h->rates != NULL)
		rates_tick_end(h, end_ns, floor);
	sent_tick_end(t, h, end_ns);
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

static void tick_end_prefetch(const struct history *t, uint32_t at) {
	const struct host *h;

	if (at + HISTORY_AHEAD < t->n_active)
		history_prefetch(t->active[at + HISTORY_AHEAD]);
	if (at + HISTORY_AHEAD / 4 < t->n_active && t->active[at + HISTORY_AHEAD / 4]->in != NULL)
		second_tick_prefetch(t->active[at + HISTORY_AHEAD / 4]->in);
	if (at + HISTORY_AHEAD / 2 >= t->n_active)
		return;
	h = t->active[at + HISTORY_AHEAD / 2];
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
	t->n_senders = 0;
	for (uint32_t i = 0; i < t->n_active; i++) {
		struct host *h = t->active[i];

		tick_end_prefetch(t, i);
		if (h->seen_ns + second_ns > end_ns) {
			host_tick_end(t, h, end_ns, floor);
			t->active[kept++] = h;
			continue;
		}
		h->active = false;
		history_quiet(t, h);
	}
	t->n_active = kept;
	t->refusals = 0;
	history_age(t, end_ns);
}
