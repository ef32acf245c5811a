// The tick: what the workers saw goes in, transitions of alarms come out.
#include "detect/detect.h"

#include "detect/alarm.h"
#include "detect/areas.h"
#include "detect/classify.h"
#include "detect/drift.h"
#include "detect/image.h"
#include "detect/learn.h"
#include "detect/nets.h"
#include "detect/noted.h"
#include "detect/outbound.h"
#include "detect/spoken.h"
#include "detect/talkers.h"
#include "detect/threshold.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define HOSTS_AHEAD 8 // fetched, in walks over the active
#define DRIFT_UNIT 1000 // a setting is a whole number
#define DRIFT_CHANGED 0.05 // worth an update
#define LOSS_SHARE 0.001 // of the packets seen: below, it is not worth a call

struct detect {
	struct detect_conf conf;
	struct history *history;
	struct alarms *alarms;
	struct areas *areas;
	struct nets *nets;
	struct outbound outbound;
	struct scoring scoring;
	double learn_floor[USUAL_N];
	struct talkers talkers;
	struct spoken *spoken;
	struct readers *readers;
	struct noting noting;
	uint64_t now_ns; // end of the last tick
	uint64_t ticks;
	uint64_t loss_since_ns; // 0: no loss
	double drift_told[2]; // enum scored: the index that was told last
	bool started;
	// Of the scanner at work: too big for the stack of a tick.
	struct view view, scanner, scan_target[SCAN_TARGETS_MAX];
	struct reading reading[READINGS_MAX];
};

static bool is_sane(const struct detect_conf *c) {
	return c->tick_ns >= SECOND_NS / 100 && c->tick_ns <= SECOND_NS && c->hosts > 0
		&& c->hosts <= 1u << 24 && c->alarms > 0 && c->n_networks <= DETECT_NETWORKS_MAX;
}

int detect_create(
	struct detect **out,
	const struct detect_conf *conf,
	const struct model *host_model,
	alarm_fn *emit,
	void *ctx
) {
	struct detect *d;
	int ret;

	if (!is_sane(conf) || emit == NULL)
		return -EINVAL;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	d->conf = *conf;
	networks_inherit(&d->conf);
	learn_floors(&d->conf, d->learn_floor);
	outbound_conf(&d->outbound, &d->conf);
	d->scoring.model = host_model;
	ret = history_create(&d->history, &d->conf);
	if (ret < 0)
		goto free_detect;
	ret = alarms_create(&d->alarms, &d->conf, d->history, emit, ctx);
	if (ret < 0)
		goto free_history;
	d->readers = readers_create();
	d->areas = areas_create(history_ticks(d->history));
	d->spoken = spoken_create();
	d->nets = nets_create();
	if (d->nets == NULL || d->readers == NULL || d->areas == NULL || d->spoken == NULL) {
		ret = -ENOMEM;
		goto free_alarms;
	}
	*out = d;
	return 0;

free_alarms:
	nets_destroy(d->nets);
	spoken_destroy(d->spoken);
	areas_destroy(d->areas);
	readers_destroy(d->readers);
	alarms_destroy(d->alarms);
free_history:
	history_destroy(d->history);
free_detect:
	free(d);
	return ret;
}

void detect_destroy(struct detect *d) {
	if (d == NULL)
		return;
	nets_destroy(d->nets);
	spoken_destroy(d->spoken);
	readers_destroy(d->readers);
	areas_destroy(d->areas);
	alarms_destroy(d->alarms);
	history_destroy(d->history);
	free(d);
}

void detect_reconf(
	struct detect *d,
	const struct detect_conf *conf,
	const struct model *host_model
) {
	const struct detect_conf before = d->conf;

	d->conf = *conf;
	d->conf.tick_ns = before.tick_ns;
	d->conf.hosts = before.hosts;
	d->conf.alarms = before.alarms;
	memcpy(d->conf.sensor, before.sensor, sizeof(before.sensor)); // alarm ids hang on it
	networks_inherit(&d->conf);
	learn_floors(&d->conf, d->learn_floor);
	outbound_conf(&d->outbound, &d->conf);
	d->scoring.model = host_model;
	history_reconf(d->history, &d->conf);
	alarms_reconf(d->alarms, &d->conf);
}

void detect_finding(struct detect *d, const struct finding *finding) {
	struct host *hosts[] = {
		history_find(d->history, &finding->key.lo),
		history_find(d->history, &finding->key.hi),
	};

	for (unsigned i = 0; i < 2; i++)
		if (hosts[i] != NULL)
			hosts[i]->findings++;
}

struct history *detect_history(const struct detect *d) {
	return d->history;
}

struct nets *detect_nets(const struct detect *d) {
	return d->nets;
}

uint64_t detect_now_ns(const struct detect *d) {
	return d->now_ns;
}

static void feed(struct detect *d, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		alarms_feed(d->alarms, &d->reading[i], d->now_ns);
}

static void classify_source(struct detect *d, struct host *h, const struct view_source *from) {
	const unsigned n = classify_scanner(from, h, &d->scanner, d->scan_target, d->reading);

	for (unsigned i = 0; i < n; i++)
		outbound_turn(&d->conf, &d->reading[i]);
	feed(d, n);
}

// A part of what is told of already: not raised, but what is open goes on.
static void leave_to_sources(struct detect *d, unsigned n) {
	for (unsigned i = 0; i < n; i++) {
		struct reading *r = &d->reading[i];

		if (r->above && !(r->holder->open_kinds >> r->kind & 1)
		    && outbound_covers(r->view, r))
			r->above = false;
	}
}

static void classify_host(struct detect *d, struct host *h, const struct view_source *from) {
	unsigned n;

	if (classify_needed(h)) {
		view_make(&d->view, from, h);
		view_explain(&d->view);
		n = classify_target(&d->view, d->reading);
		for (unsigned i = 0; i < n && areas_cover(d->areas, h); i++)
			d->reading[i].superseded = true;
		leave_to_sources(d, n);
		feed(d, n);
	}
}

static void classify_notes(struct detect *d, struct window *const windows[], uint32_t n_windows) {
	d->noting.windows = windows;
	d->noting.n_windows = n_windows;
	d->noting.conf = &d->conf;
	d->noting.history = d->history;
	d->noting.now_ns = d->now_ns;
	d->noting.n = 0;
	readers_read(d->readers, &d->noting);
	for (unsigned i = 0; i < d->noting.n; i++) {
		struct reading *r = &d->noting.reading[i];

		r->role = addr_equal(&r->target, &r->noted->source) ? ROLE_SOURCE : ROLE_TARGET;
		alarms_feed(d->alarms, r, d->now_ns);
	}
}

static void classify_senders(struct detect *d, const struct view_source *from) {
	for (uint32_t i = 0; i < history_senders(d->history); i++)
		feed(d,
		     outbound_read(
			     &d->outbound,
			     from,
			     history_sender_at(d->history, i),
			     &d->view,
			     d->reading
		     ));
}

static void classify_areas(struct detect *d, const struct view_source *from) {
	areas_tick_end(d->areas, from);
	for (uint32_t i = areas_hot(d->areas); i-- > 0;) {
		const unsigned n = areas_read(d->areas, i, from, &d->view, d->reading);

		leave_to_sources(d, n);
		feed(d, n);
	}
}

static void tick_end(struct detect *d, struct window *const windows[], uint32_t n_windows) {
	const uint32_t ticks = history_ticks(d->history);
	const uint32_t tick = (uint32_t)(d->now_ns / d->conf.tick_ns % ticks);
	uint32_t walks = 0, n;
	const struct view_source from = {
		.conf = &d->conf,
		.history = d->history,
		.spoken = d->spoken,
		.now_ns = d->now_ns,
		.windows = windows,
		.n_windows = n_windows,
		.walks = &walks,
		.due = (ticks - tick) % ticks,
		.learn_floor = d->learn_floor,
		.nets = d->nets,
		.model = d->scoring.model,
	};

	d->ticks++;
	history_tick_end(d->history, d->now_ns);
	n = history_active(d->history);
	for (uint32_t i = 0; i < n; i++)
		if (learn_is_due(history_active_at(d->history, i), &from))
			scoring_add(&d->scoring, history_active_at(d->history, i), &from);
	scoring_flush(&d->scoring);
	classify_senders(d, &from);
	classify_areas(d, &from);
	// Sources before targets: what a scanner sends is no flood, in the scan's first tick too.
	for (uint32_t i = 0; i < n; i++) {
		history_active_prefetch(d->history, i + HOSTS_AHEAD);
		classify_source(d, history_active_at(d->history, i), &from);
	}
	for (uint32_t i = 0; i < n; i++) {
		struct host *h = history_active_at(d->history, i);

		history_active_prefetch(d->history, i + HOSTS_AHEAD);
		classify_host(d, h, &from);
		if (learn_is_due(h, &from))
			learn_rates(d->history, h, &from);
	}
	if (tick == 0)
		nets_second_end(d->nets, &from);
	classify_notes(d, windows, n_windows);
	alarms_tick_end(d->alarms, d->now_ns);
}

// Nobody is active: only alarms that end lie between here and there.
static void jump(struct detect *d, uint64_t until_ns) {
	for (;;) {
		const uint64_t due = alarms_deadline(d->alarms);

		if (due > until_ns)
			break;
		if (due > d->now_ns)
			d->now_ns = due;
		alarms_tick_end(d->alarms, d->now_ns);
	}
	d->now_ns = until_ns - until_ns % d->conf.tick_ns;
}

// Ticks without a packet, up to and not beyond @p until_ns.
static void silence(struct detect *d, uint64_t until_ns) {
	while (d->now_ns + d->conf.tick_ns <= until_ns) {
		if (history_active(d->history) == 0) {
			jump(d, until_ns);
			return;
		}
		d->now_ns += d->conf.tick_ns;
		tick_end(d, NULL, 0);
	}
}

void detect_windows(struct detect *d, struct window *const windows[], uint32_t n) {
	const uint64_t tick_ns = d->conf.tick_ns;
	uint64_t end_ns = 0;

	for (uint32_t i = 0; i < n; i++)
		if (windows[i]->end_ns > end_ns)
			end_ns = windows[i]->end_ns;
	if (end_ns < tick_ns)
		end_ns = tick_ns;
	if (!d->started) {
		d->now_ns = end_ns - tick_ns;
		history_rebase(d->history, d->now_ns);
	}
	d->started = true;
	silence(d, end_ns - tick_ns);
	for (uint32_t i = 0; i < n; i++) {
		areas_add(d->areas, windows[i], &d->conf, d->now_ns + tick_ns);
		history_add(d->history, windows[i], d->now_ns + tick_ns);
		spoken_take(d->spoken, windows[i]->notes);
		readers_take(d->readers, windows[i]->notes, windows[i]->end_ns);
		talkers_add(&d->talkers, windows[i], d->now_ns + tick_ns - 1);
	}
	// A window that comes after its time counts in the tick that goes on.
	if (n == 0 || end_ns < d->now_ns + tick_ns)
		return;
	d->now_ns += tick_ns;
	tick_end(d, windows, n);
}

void detect_clock(struct detect *d, uint64_t now_ns) {
	if (d->started)
		silence(d, now_ns);
}

void detect_finish(struct detect *d) {
	if (!d->started)
		return;
	// What came in the last moments is judged as if a second of silence followed.
	silence(d, d->now_ns + SECOND_NS);
	alarms_close_all(d->alarms, d->now_ns);
}

void detect_losses(
	struct detect *d,
	uint64_t now_ns,
	uint64_t lost_packets,
	uint64_t seen_packets
) {
	const struct kind_conf *k = &d->conf.kind[KIND_SENSOR_LOSS];
	struct reading r = {
		.kind = KIND_SENSOR_LOSS,
		.prefix_len = 128,
		.value = (double)lost_packets,
		.threshold = fmax(k->floor_per_s, LOSS_SHARE * (double)seen_packets),
		.baseline = 0,
		.interval_ns = SECOND_NS,
		.tick_packets = lost_packets,
		.score = NAN,
	};

	if (!k->enabled || !(r.value > r.threshold)) {
		d->loss_since_ns = 0;
		return;
	}
	if (d->loss_since_ns == 0)
		d->loss_since_ns = now_ns > SECOND_NS ? now_ns - SECOND_NS : 1;
	r.start_ns = d->loss_since_ns;
	r.rise_packets = lost_packets;
	r.holds = true;
	r.above = now_ns - d->loss_since_ns >= k->floor_ms * 1000000ull;
	alarms_feed(d->alarms, &r, now_ns);
	alarms_tick_end(d->alarms, d->now_ns);
}

static void drift_words(struct noted *noted, enum scored what, double index) {
	snprintf(
		noted->words,
		sizeof(noted->words),
		"The scores of the model of %s are not spread as in training any more: stability "
		"index %.2f (from %.2f on it is much). What it calls strange may be usual by now, "
		"and the "
		"other way round.",
		what == SCORED_FLOWS ? "flows" : "hosts",
		index,
		DRIFT_MUCH
	);
}

// Told when it begins, when it changes, and when it is over.
void detect_drift(struct detect *d, uint64_t now_ns, enum scored what, double index) {
	const unsigned kind = what == SCORED_FLOWS ? KIND_FLOW_MODEL_DRIFT : KIND_HOST_MODEL_DRIFT;
	const struct kind_conf *k = &d->conf.kind[kind];
	const double changed = fabs(index - d->drift_told[what]);
	struct noted noted = {.n_evidence = 0};
	struct reading r = {
		.kind = (uint8_t)kind,
		.prefix_len = 128,
		.value = index * DRIFT_UNIT,
		.threshold = kind_threshold(&d->conf, kind),
		.baseline = NAN,
		.interval_ns = SECOND_NS,
		.start_ns = now_ns,
		.score = NAN,
		.above = index * DRIFT_UNIT >= k->floor_per_s,
		.holds = true,
		.noted = &noted,
	};

	if (!k->enabled || !(index >= DRIFT_SOME))
		return;
	r.tick_packets = changed >= DRIFT_CHANGED;
	if (r.tick_packets)
		d->drift_told[what] = index;
	drift_words(&noted, what, index);
	alarms_feed(d->alarms, &r, now_ns);
	alarms_tick_end(d->alarms, now_ns);
}

void detect_on_row(struct detect *d, host_row_fn *fn, void *ctx) {
	d->scoring.on_row = fn;
	d->scoring.on_row_ctx = ctx;
}

void detect_counters(const struct detect *d, struct control_counters *out) {
	const uint64_t *raised = alarms_raised(d->alarms);

	out->ticks += d->ticks;
	out->hosts_tracked += history_used(d->history);
	out->hosts_dropped += history_dropped(d->history);
	out->alarms_active += alarms_open(d->alarms);
	out->alarms_suppressed += alarms_suppressed(d->alarms);
	for (unsigned kind = 0; kind < KIND_N; kind++)
		out->alarms_opened += raised[kind];
}

void detect_apps(const struct detect *d, struct app_share out[static STATS_APPS_MAX]) {
	spoken_shares(d->spoken, out);
}

void detect_alarms_by_kind(const struct detect *d, uint64_t by_kind[static KIND_N]) {
	memcpy(by_kind, alarms_raised(d->alarms), KIND_N * sizeof(by_kind[0]));
}

static void talker_of(const struct host *h, uint64_t now_ns, struct host_talker *out) {
	const uint64_t age_ns = now_ns - h->first_ns + SECOND_NS / 10;
	const double seconds = (double)(age_ns < SPAN_NS ? age_ns : SPAN_NS) / SECOND_NS;
	uint64_t in_bytes, in_packets, out_bytes, out_packets;

	span_traffic(h->span_in, now_ns - 1, &in_bytes, &in_packets);
	span_traffic(h->span_out, now_ns - 1, &out_bytes, &out_packets);
	*out = (struct host_talker) {
		.addr = h->addr,
		.in_bytes_per_s = (double)in_bytes / seconds,
		.out_bytes_per_s = (double)out_bytes / seconds,
		.in_packets_per_s = (double)in_packets / seconds,
		.out_packets_per_s = (double)out_packets / seconds,
		.score = h->score,
	};
}

static bool is_busier(const struct host_talker *a, const struct host_talker *b) {
	const double x = a->in_bytes_per_s + a->out_bytes_per_s;
	const double y = b->in_bytes_per_s + b->out_bytes_per_s;

	return x != y ? x > y : memcmp(&a->addr, &b->addr, sizeof(a->addr)) < 0;
}

uint32_t detect_top_hosts(const struct detect *d, struct host_talker out[], uint32_t max) {
	const struct host *h;
	uint32_t n = 0;

	for (uint32_t at = 0; d->started && (h = history_next(d->history, &at)) != NULL;) {
		struct host_talker one;
		uint32_t i;

		talker_of(h, d->now_ns, &one);
		if (!(one.in_bytes_per_s + one.out_bytes_per_s > 0))
			continue;
		for (i = n; i > 0 && is_busier(&one, &out[i - 1]); i--)
			if (i < max)
				out[i] = out[i - 1];
		if (i < max)
			out[i] = one;
		if (n < max)
			n++;
	}
	return n;
}

uint32_t detect_top_flows(const struct detect *d, struct flow_talker out[], uint32_t max) {
	return d->started ? talkers_top(&d->talkers, d->now_ns, out, max) : 0;
}
