// Baselines and host scores.
#include "detect/learn.h"

#include "detect/nets.h"
#include "detect/row.h"
#include "detect/threshold.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define AFTER_ALARM_NS (10 * SECOND_NS)
#define KNOWN_NS (10 * SECOND_NS)

static_assert(sizeof(((struct scoring *)0)->host) / sizeof(struct host *) <= MODEL_BATCH_MAX);

bool learn_is_due(const struct host *h, const struct view_source *from) {
	return h->phase == from->due;
}

// The floor of the kind that a metric belongs to.
static double floor_of(const struct detect_conf *conf, unsigned metric) {
	if (metric == M_AMPLIFIED)
		return conf->kind[KIND_AMP_FIRST].floor_per_s;
	for (unsigned kind = 0; kind < KIND_AMP_FIRST; kind++)
		if (kind_row(kind)->metric == metric)
			return conf->kind[kind].floor_per_s;
	return INFINITY; // no kind: nothing to hide
}

void learn_floors(const struct detect_conf *conf, double floor[static USUAL_N]) {
	static const double other[OTHER_N] = {
		[OTHER_IN_KIB] = 1024,
		[OTHER_IN_FLOWS] = 60,
		[OTHER_IN_STRAY] = 10,
		[OTHER_OUT_KIB] = 1024,
		[OTHER_OUT_PACKETS] = 1000,
		[OTHER_OUT_FLOWS] = 60,
		[OTHER_OUT_STRAY] = 10,
	};

	for (unsigned m = 0; m < METRIC_LEARNED; m++)
		floor[m] = floor_of(conf, m);
	memcpy(&floor[METRIC_LEARNED], other, sizeof(other));
}

// What a second told, learned or not.
struct second_rates {
	uint64_t number; // of the second, as in span.h
	double per_s[USUAL_N];
	double stray; // signed
};

static void rates_of(struct second_rates *out, const struct host *h, uint64_t now_ns) {
	double *other = &out->per_s[METRIC_LEARNED];
	struct span_second in, sent;

	out->number = now_ns / SECOND_NS;
	span_second(h->span_in, out->number, &in);
	span_second(h->span_out, out->number, &sent);
	for (unsigned m = 0; m < METRIC_LEARNED; m++)
		out->per_s[m] = h->rates == NULL ? 0 : (double)rates_sum(h->rates, m);
	if (h->rates == NULL)
		out->per_s[M_PACKETS] = (double)in.packets;
	out->stray = in.stray;
	other[OTHER_IN_KIB] = (double)in.bytes / 1024;
	other[OTHER_IN_FLOWS] = (double)in.opened;
	other[OTHER_IN_STRAY] = fmax(0, in.stray);
	other[OTHER_OUT_KIB] = (double)sent.bytes / 1024;
	other[OTHER_OUT_PACKETS] = (double)sent.packets;
	other[OTHER_OUT_FLOWS] = (double)sent.opened;
	other[OTHER_OUT_STRAY] = fmax(0, sent.stray);
}

// A host of some standing: not one of a flood's forged senders, nor one who never says anything.
static bool is_known(const struct host *h, uint64_t now_ns) {
	return h->base != NULL || h->rates != NULL
		|| (h->span_in != NULL && h->span_out != NULL && h->first_ns + KNOWN_NS <= now_ns);
}

// By kind, what is above the usual and led to nothing.
static void watched_add(struct host *h, uint64_t now_ns) {
	struct rising *r = &h->base->rising;
	const struct host_record *in = h->in == NULL ? NULL : second_sum(h->in);
	const struct host_record *out = h->out == NULL ? NULL : second_sum(h->out);

	for (unsigned m = 0; h->rates != NULL && m < METRIC_LEARNED; m++) {
		struct usual usual;

		usual_of(h->base, m, now_ns, &usual);
		if (m == M_SYN && in != NULL)
			usual.location = fmax(usual.location, in->count[HOST_ESTABLISHED]);
		r->by_metric[m] += (float)((double)rates_sum(h->rates, m) - usual.location);
	}
	if (out != NULL)
		r->refused += (float)out->count[HOST_RST_ALL] + (float)out->count[HOST_UNREACH];
}

// @return whether something rises: then nothing is learned
static bool rises(struct host *h, const struct view_source *from, const struct second_rates *s) {
	struct rising *r = &h->base->rising;
	struct rising_law law;
	struct usual usual;

	if (h->learned_s < from->conf->learn_s || (s->stray <= 0 && r->since == 0)) {
		rising_rest(r);
		r->second = s->number;
		h->watched = false;
		return false;
	}
	usual_of(h->base, METRIC_LEARNED + OTHER_IN_STRAY, from->now_ns, &usual);
	rising_law_of(&law, usual.location, usual.scale, threshold_unit(from->conf, h));
	rising_add(r, s->number, s->stray, &law);
	h->watched = rising_watches(r, &law);
	if (h->watched)
		watched_add(h, from->now_ns);
	return rising_suspects(r, &law);
}

static bool alarms(const struct host *h, uint64_t now_ns) {
	return (h->open_kinds | h->sent_kinds) != 0
		|| (h->alarm_ns != 0 && h->alarm_ns + AFTER_ALARM_NS > now_ns);
}

static void distances_learn(struct distances *d, struct span *span, bool learns, bool new_hour) {
	if (new_hour && d->now != 0) {
		d->before = d->now;
		d->now = 0;
	}
	if (learns)
		d->now |= d->fresh;
	d->fresh = learns && span != NULL ? span->ttl_classes : 0;
	if (span != NULL)
		span->ttl_classes = 0;
}

static void ttls_learn(struct host *h, bool learns, uint64_t now_ns) {
	const uint32_t hour = (uint32_t)(now_ns / HOUR_NS);
	const bool new_hour = h->ttls_hour != hour;

	distances_learn(&h->in_ttls, h->span_in, learns, new_hour);
	// What it seems to send may be another's: it would make him usual.
	distances_learn(&h->out_ttls, h->span_out, learns && !h->sends_much, new_hour);
	h->ttls_hour = hour;
}

void learn_rates(struct history *history, struct host *h, const struct view_source *from) {
	struct second_rates s;
	bool learns;

	if (!is_known(h, from->now_ns) || history_learns(history, h) == NULL)
		return;
	rates_of(&s, h, from->now_ns);
	learns = !rises(h, from, &s) && !alarms(h, from->now_ns);
	ttls_learn(h, learns, from->now_ns);
	nets_add(from->nets, h, s.per_s, alarms(h, from->now_ns), from->now_ns);
	if (!learns)
		return;
	usual_learn(h->base, from->now_ns, s.per_s, from->learn_floor, history_hours(history));
	h->learned_s++;
}

static uint64_t packets_of(const struct second *s) {
	return s == NULL ? 0 : second_packets(s);
}

void scoring_flush(struct scoring *s) {
	float raw[64];

	if (s->model != NULL && s->n > 0) {
		model_score(s->model, &s->row[0][0], HOST_FEATURE_N, s->n, raw);
		for (uint32_t i = 0; i < s->n; i++)
			s->host[i]->score = model_calibrate(s->model, raw[i]);
	}
	s->n = 0;
}

// As distances: once no alarm follows.
static void entropy_learn(struct host *h, float entropy, uint64_t now_ns) {
	const bool learns = !alarms(h, now_ns);

	if (learns && !isnan(h->entropy_fresh))
		frugal_learn(&h->entropy, (double)h->entropy_fresh);
	h->entropy_fresh = learns ? entropy : NAN;
}

void scoring_add(struct scoring *s, struct host *h, const struct view_source *from) {
	static const struct host_record nothing;
	const struct host_record *in, *out;

	if ((s->model == NULL && s->on_row == NULL)
	    || packets_of(h->in) + packets_of(h->out) < ROW_PACKETS_MIN)
		return;
	in = h->in == NULL ? &nothing : second_sum(h->in);
	out = h->out == NULL ? &nothing : second_sum(h->out);
	host_features(s->row[s->n], in, out, 1);
	if (packets_of(h->in) >= ROW_PACKETS_MIN)
		entropy_learn(h, s->row[s->n][HOST_FEATURE_IN_PEER_ENTROPY], from->now_ns);
	if (s->on_row != NULL)
		s->on_row(s->on_row_ctx, from->now_ns, &h->addr, s->row[s->n]);
	s->host[s->n++] = h;
	if (s->n == sizeof(s->host) / sizeof(s->host[0]))
		scoring_flush(s);
}
