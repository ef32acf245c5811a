// Baselines and host scores.
#include "detect/learn.h"

#include "detect/row.h"
#include "model/model.h"

#include <math.h>

#define AFTER_ALARM_NS 10000000000ull

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

void learn_rates(struct history *history, struct host *h, const struct view_source *from) {
	struct host_baselines *base;

	if (h->rates == NULL || h->open_kinds != 0
	    || (h->alarm_ns != 0 && h->alarm_ns + AFTER_ALARM_NS > from->now_ns))
		return;
	base = history_learns(history, h);
	if (base == NULL)
		return;
	for (unsigned m = 0; m < METRIC_LEARNED; m++) {
		const double per_s = (double)rates_sum(h->rates, m);

		if (per_s < floor_of(from->conf, m))
			baseline_learn(&base->metric[m], per_s);
	}
	h->learned_s++;
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

static uint64_t packets_of(const struct second *s) {
	return s == NULL ? 0 : second_packets(s);
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
	if (s->on_row != NULL)
		s->on_row(s->on_row_ctx, from->now_ns, &h->addr, s->row[s->n]);
	s->host[s->n++] = h;
	if (s->n == sizeof(s->host) / sizeof(s->host[0]))
		scoring_flush(s);
}
