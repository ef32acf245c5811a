// Rates, thresholds and shapes of one target -> readings.
#include "detect/classify.h"

#include "detect/probing.h"
#include "detect/rising_read.h"
#include "detect/row.h"
#include "detect/shapes.h"
#include "detect/threshold.h"

#include <math.h>
#include <string.h>

#define SECOND_NS 1000000000ull

// A flood as sudden as this is not waited for: so many times the threshold, and so many packets, that no
// burst of ordinary traffic which has the kind's shape came near it (54 runs of the ordinary scenes at
// 1,000 to 50,000 packets/s, and the captures of tests/golden: the same alarms with and without).
#define SUDDEN_FACTOR 50
#define SUDDEN_PACKETS 1000
#define SUDDEN_FLOOR_MS_MAX 1000 // who asks for a longer floor means it

// What of a target's senders is counted as sources: those that open flows, where flows are opened,
// so that a host's ordinary peers are not among a flood's.
#define SOURCES_OPEN_SHARE 8

static void view_measures(struct view *v) {
	const uint32_t *in = v->in->count;
	const bool opens = in[HOST_FLOWS_OPENED] * SOURCES_OPEN_SHARE >= in[HOST_PACKETS];

	v->source_registers = opens ? v->in->open_peers : v->in->peers;
	v->sources = round(hll_estimate(v->source_registers));
	v->row[MEASURE_ESTABLISHED] = (float)fmin(1, share_of(in[HOST_ESTABLISHED], in[HOST_SYN]));
	v->row[MEASURE_PER_SOURCE] = (float)share_of(in[HOST_PACKETS], v->sources);
	v->row[MEASURE_UDP_EMPTY] = (float)share_of(in[HOST_UDP_EMPTY], in[HOST_UDP]);
}

void view_make(struct view *v, const struct view_source *from, struct host *h) {
	static const struct host_record nothing;

	memset(v, 0, sizeof(*v));
	v->conf = from->conf;
	v->history = from->history;
	v->model = from->model;
	v->spoken = from->spoken;
	v->now_ns = from->now_ns;
	v->windows = from->windows;
	v->n_windows = from->n_windows;
	v->walks = from->walks;
	v->host = h;
	v->in = h->in == NULL ? &nothing : second_sum(h->in);
	v->out = h->out == NULL ? &nothing : second_sum(h->out);
	span_sum(h->span_in, from->now_ns - 1, &v->in10);
	v->scan_like = shape_is_scan(&v->in10);
	host_features(v->row, v->in, v->out, 1);
	view_measures(v);
}

void view_explain(struct view *v) {
	for (unsigned m = 0; m < METRIC_LEARNED; m++)
		v->explained[m] = (float)probing_share(v, m);
}

// Of a kind's packets those that no scanner sent.
static double left_share(const struct view *v, const struct kind_row *row) {
	return row->metric < METRIC_LEARNED ? 1 - (double)v->explained[row->metric] : 1;
}

static bool is_rate_kind(unsigned kind) {
	return kind_row(kind)->metric != METRIC_N && !kind_row(kind)->of_network;
}

static bool has_amplified(const struct host *h) {
	return rates_sum(h->rates, M_AMPLIFIED) > 0 || h->open_kinds >> KIND_AMP_FIRST != 0;
}

// Counts are whole: at least x is at least x rounded up. A rise shorter than the second has its rate with
// fewer packets.
static uint64_t volume_floor(const struct detect_conf *conf, unsigned kind) {
	const double per_s = threshold_least(conf, kind);

	return (uint64_t)ceil(fmax(VOLUME_MIN, per_s * fmin(1, 1e-3 * conf->kind[kind].floor_ms)));
}

void classify_floors(const struct detect_conf *conf, uint64_t floor[static METRIC_N]) {
	for (unsigned m = 0; m < METRIC_N; m++)
		floor[m] = UINT64_MAX;
	for (unsigned kind = 0; kind < KIND_N; kind++) {
		const unsigned m = kind_row(kind)->metric;

		if (!is_rate_kind(kind) || !conf->kind[kind].enabled)
			continue;
		if (floor[m] > volume_floor(conf, kind))
			floor[m] = volume_floor(conf, kind);
	}
}

bool classify_needed(const struct host *h) {
	return h->rates != NULL && (h->network == NULL || !h->network->allow)
		&& (h->busy || h->watched || h->open_kinds != 0);
}

// The ticks since the rise, without what scanners sent: of the second we know how much that was, and
// take it as even. Where the scan itself has just begun it is more than that in each of its ticks, so
// no more is left than the whole second holds without it.
static void
rise_of(const struct view *v, const struct kind_row *row, double part, struct rise *rise) {
	const struct rates *rates = v->host->rates;
	const double all = (double)rates_sum(rates, row->metric);
	const double scan = row->metric < METRIC_LEARNED ? v->explained[row->metric] * all : 0;
	const double scan_per_tick = scan / history_ticks(v->history);
	double left;

	rates_rise(rates, row->metric, part + scan_per_tick, rise);
	if (scan <= 0)
		return;
	left = rise->unbroken ? (double)rise->count - rise->ticks * scan_per_tick : all - scan;
	rise->count = (uint64_t)round(fmax(0, fmin(left, all - scan)));
}

// The rate over the time since the rise; over the second where it came in bursts.
static void
measure(struct reading *r, const struct view *v, const struct kind_row *row, const struct rise *rise
) {
	const uint64_t tick_ns = v->conf->tick_ns;
	const uint64_t second_ns = history_ticks(v->history) * tick_ns;
	const struct rates *rates = v->host->rates;
	const double bytes_each
		= share_of((double)rates_sum(rates, M_BYTES), (double)rates_sum(rates, M_PACKETS));

	r->interval_ns = rise->unbroken ? rise->ticks * tick_ns : second_ns;
	r->value = (double)rise->count * SECOND_NS / (double)r->interval_ns;
	r->bits_per_s = 8 * r->value * bytes_each;
	r->start_ns = v->now_ns - rise->ticks * tick_ns;
	r->tick_packets = (uint64_t)round(left_share(v, row) * rates_tick(rates, row->metric));
	r->tick_bytes = (uint64_t)((double)r->tick_packets * bytes_each);
	r->rise_packets = rise->count;
	r->rise_bytes = (uint64_t)((double)rise->count * bytes_each);
}

// The floor of time keeps bursts out, and costs that time.
static bool lasts(const struct reading *r, const struct rise *rise, const struct view *v) {
	const struct kind_conf *k = &v->conf->kind[r->kind];

	if (rise->ticks * v->conf->tick_ns >= k->floor_ms * 1000000ull)
		return true;
	return k->floor_ms <= SUDDEN_FLOOR_MS_MAX && rise->unbroken
		&& r->rise_packets >= SUDDEN_PACKETS && r->value >= SUDDEN_FACTOR * r->threshold;
}

static bool is_above(const struct reading *r, const struct rise *rise, const struct view *v) {
	const struct kind_row *row = kind_row(r->kind);

	return r->value >= r->threshold && r->rise_packets >= VOLUME_MIN && lasts(r, rise, v)
		&& (row->shape == NULL || row->shape(v, r->value, r->threshold));
}

// @return false: nothing of this kind
static bool read_kind(const struct view *v, unsigned kind, struct reading *r) {
	const struct kind_conf *k = &v->conf->kind[kind];
	const struct kind_row *row = kind_row(kind);
	const double tick_s = (double)v->conf->tick_ns / SECOND_NS;
	struct threshold threshold;
	struct rise rise;

	if (!is_rate_kind(kind) || !k->enabled || rates_sum(v->host->rates, row->metric) == 0)
		return false;
	*r = (struct reading) {.kind = (uint8_t)kind, .target = v->host->addr, .view = v};
	r->prefix_len = addr_is_ip4(&r->target) ? 32 : 128;
	r->holder = v->host;
	r->score = v->host->score;
	threshold_of(v->conf, v->host, kind, row->metric, v->now_ns, &threshold);
	r->threshold = threshold.per_s;
	r->baseline = threshold.baseline;
	r->set_by = threshold.set_by;
	rise_of(v, row, r->threshold * tick_s * HOLD_SHARE, &rise);
	measure(r, v, row, &rise);
	r->above = is_above(r, &rise, v);
	r->holds = r->value >= r->threshold * HOLD_SHARE;
	return true;
}

static bool is_on(const struct reading *r) {
	return r->above || (r->holder->open_kinds >> r->kind & 1);
}

// An amplified answer of whatever service counts.
static double kind_packets(const struct reading *r) {
	const unsigned metric = kind_row(r->kind)->metric;

	return (double
	)rates_sum(r->view->host->rates, metric >= M_AMP_FIRST ? M_AMPLIFIED : metric);
}

static bool takes(const struct reading *by, const struct reading *over) {
	const struct kind_row *row = kind_row(by->kind);

	for (unsigned i = 0; i < row->n_takes; i++)
		if (row->takes[i].kind == over->kind)
			return kind_packets(by) >= row->takes[i].share * kind_packets(over);
	return false;
}

static bool gives_way(const struct reading *over, const struct reading *by) {
	if (!is_on(by) || by->kind == KIND_UNKNOWN)
		return false;
	return over->kind == KIND_UNKNOWN || takes(by, over);
}

// `unknown` is novelty: far above what is usual for this host, in the eyes of the host model too,
// for a second, and only where the host has been watched long enough to know.
#define UNKNOWN_LEARN_FACTOR 5
#define UNKNOWN_QUIET_NS (30 * SECOND_NS) // after another alarm of the host

// The model has no feature for IP protocols beyond the usual ones: that most of what is unusual is of
// such a protocol, to a host that does not speak it, is strange by itself.
static bool is_strange(const struct view *v, const struct reading *r) {
	const double others = v->in->count[HOST_OTHER_IP];

	return v->host->score >= v->conf->novelty_score
		|| (!isnan(v->host->score) && others >= r->threshold
		    && others * 2 >= (double)rates_sum(v->host->rates, M_UNUSUAL));
}

static void judge_unknown(const struct view *v, struct reading *r) {
	struct host *h = v->host;
	const uint64_t learn_s = (uint64_t)v->conf->learn_s * UNKNOWN_LEARN_FACTOR;
	const bool other = h->open_kinds & ~KIND_BIT(KIND_UNKNOWN);

	if (is_strange(v, r) && r->value >= r->threshold)
		h->strange_ticks++;
	else
		h->strange_ticks = 0;
	r->above = r->above && h->strange_ticks * v->conf->tick_ns >= SECOND_NS
		&& h->learned_s >= learn_s && !other && h->alarm_ns + UNKNOWN_QUIET_NS < v->now_ns;
}

// One source that the operator trusts makes nearly all of it.
static bool is_allowed(const struct view *v) {
	const struct top_peer *top = &v->in->top_peers[0];
	const struct network_conf *net;

	if (top->count * 2 < v->in->count[HOST_PACKETS])
		return false;
	net = network_of(v->conf, &top->addr);
	return net != NULL && net->allow;
}

// An inside host that is told of for its scan has tried its ports of late.
static bool is_tried_from_inside(const struct view *v) {
	for (unsigned i = 0; i < SCANNERS_KEPT; i++) {
		const struct host *h = v->host->scanner_ns[i] + SECOND_NS <= v->now_ns
			? NULL
			: history_find(v->history, &v->host->scanner[i]);

		if (h != NULL && (h->sent_kinds >> KIND_VERTICAL_SCAN & 1))
			return true;
	}
	return false;
}

// What began as a flood, before many ports had been tried.
static bool is_scan_now(const struct view *v, const struct reading *r) {
	return ((v->host->open_kinds >> KIND_VERTICAL_SCAN & 1) || is_tried_from_inside(v))
		&& !r->holds && left_share(v, kind_row(r->kind)) < 1;
}

unsigned classify_target(const struct view *v, struct reading out[static READINGS_MAX]) {
	const unsigned end = has_amplified(v->host) ? KIND_N : KIND_AMP_FIRST;
	const bool allowed = is_allowed(v);
	unsigned n = 0;

	for (unsigned kind = 0; kind < end; kind++) {
		if (!read_kind(v, kind, &out[n]))
			continue;
		if (kind == KIND_UNKNOWN)
			judge_unknown(v, &out[n]);
		if (allowed)
			out[n].above = out[n].holds = false;
		out[n].superseded = is_scan_now(v, &out[n]);
		n++;
	}
	if (!allowed)
		n = rising_read(v, out, n);
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < n && !out[i].superseded; j++)
			out[i].superseded = i != j && gives_way(&out[i], &out[j]);
	return n;
}
