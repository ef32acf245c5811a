// Evidence: what moved the decision, by how much, against what is usual.
//
// The metric itself counts 1; each other item its weight in the table of kinds times how far it is from
// ordinary: a rate v against the threshold t as v / (v + t), a share as its distance, a count as
// n / (n + 16), a size as its distance in MTUs. The sum is made 1.
#include "detect/explain.h"
#include "detect/noted.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_HALF 16
#define MTU 1500

static const char *const measures[ROW_N - HOST_FEATURE_N] = {
	[MEASURE_ESTABLISHED - HOST_FEATURE_N] = "established_share",
	[MEASURE_PER_SOURCE - HOST_FEATURE_N] = "packets_per_source",
	[MEASURE_UDP_EMPTY - HOST_FEATURE_N] = "udp_empty_share",
};
static const char *const measure_units[ROW_N - HOST_FEATURE_N] = {"1", "packets", "1"};

const char *kind_evidence_name(unsigned i) {
	return i < HOST_FEATURE_N ? host_feature_info[i].name : measures[i - HOST_FEATURE_N];
}

static const char *row_unit(unsigned i) {
	return i < HOST_FEATURE_N ? host_feature_info[i].unit : measure_units[i - HOST_FEATURE_N];
}

static double strength(unsigned i, double value, double ordinary, double threshold) {
	const char *unit = row_unit(i);
	const double off = fabs(value - ordinary);

	if (strcmp(unit, "1") == 0)
		return fmin(1, off);
	if (strcmp(unit, "bytes") == 0)
		return fmin(1, off / MTU);
	if (strchr(unit, '/') != NULL)
		return value <= 0 ? 0 : value / (value + fmax(1, threshold));
	return value <= 0 ? 0 : value / (value + COUNT_HALF);
}

void evidence_add(struct alarm *a, const char *name, double value, double baseline, double weight) {
	struct alarm_evidence *e;

	if (a->n_evidence == ALARM_EVIDENCE_MAX || !(weight > 0))
		return;
	e = &a->evidence[a->n_evidence++];
	snprintf(e->name, sizeof(e->name), "%s", name);
	e->value = (float)value;
	e->baseline = (float)baseline;
	e->weight = (float)weight;
	e->contribution = NAN;
}

static int heavier(const void *x, const void *y) {
	const struct alarm_evidence *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void weigh(struct alarm *a) {
	float sum = 0;

	for (unsigned i = 0; i < a->n_evidence; i++)
		sum += a->evidence[i].weight;
	for (unsigned i = 0; i < a->n_evidence; i++)
		a->evidence[i].weight /= sum;
	qsort(a->evidence, a->n_evidence, sizeof(a->evidence[0]), heavier);
}

// Features that are a learned metric under another name.
static double usual(const struct reading *r, unsigned row) {
	static const struct {
		uint8_t feature;
		uint8_t metric;
	} learned[] = {
		{HOST_FEATURE_IN_PACKETS, M_PACKETS},
		{HOST_FEATURE_IN_SYN, M_SYN},
		{HOST_FEATURE_IN_UDP_STRAY, M_UDP},
		{HOST_FEATURE_IN_AMPLIFIED, M_AMPLIFIED},
	};
	const struct host *h = r->view->host;
	struct usual usual;

	if (h->base == NULL || h->learned_s < r->view->conf->learn_s)
		return NAN;
	for (unsigned i = 0; i < sizeof(learned) / sizeof(learned[0]); i++)
		if (learned[i].feature == row) {
			usual_of(h->base, learned[i].metric, r->view->now_ns, &usual);
			return usual.location;
		}
	return NAN;
}

static void scan_evidence(struct alarm *a, const struct reading *r) {
	const struct view *s = r->scanner;
	struct span_sum sum;
	double answered, each;

	span_sum(s->host->span_out, s->now_ns - 1, &sum);
	answered = sum.opened == 0 ? 0 : fmin(1, (double)sum.answered / (double)sum.opened);
	each = (double)sum.probes / fmax(1, r->value);
	evidence_add(a, "answered_share_10s", answered, NAN, .6 * (1 - answered));
	evidence_add(a, "packets_per_probe", each, NAN, .3 / (1 + fabs(each - 1)));
	if (r->kind == KIND_VERTICAL_SCAN)
		evidence_add(a, "hosts_in_10s", round(sum.peers), NAN, .2 / fmax(1, sum.peers));
	else
		evidence_add(a, "ports_in_10s", round(sum.ports), NAN, .3 / fmax(1, sum.ports));
}

static void row_evidence(
	struct alarm *a,
	const struct reading *r,
	unsigned at,
	double ordinary,
	double weight
) {
	const double value = r->view->row[at];

	evidence_add(
		a,
		kind_evidence_name(at),
		value,
		usual(r, at),
		weight * strength(at, value, ordinary, r->threshold)
	);
}

// Of an inside host that floods others.
static void sender_evidence(struct alarm *a, const struct reading *r) {
	static const struct {
		uint8_t row;
		float ordinary, weight;
	} items[] = {
		{HOST_FEATURE_OUT_PEERS, 0, .5f},
		{HOST_FEATURE_OUT_ANSWERED, 1, .4f},
		{HOST_FEATURE_OUT_FLOWS, 0, .4f},
		{HOST_FEATURE_IN_OVER_OUT, .5f, .3f},
		{HOST_FEATURE_OUT_PEER_ENTROPY, .3f, .2f},
		{HOST_FEATURE_OUT_SIZE, 500, .1f},
	};

	for (unsigned i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		row_evidence(a, r, items[i].row, items[i].ordinary, items[i].weight);
}

static void kind_evidence(struct alarm *a, const struct reading *r) {
	const struct kind_row *row = kind_row(r->kind);

	for (unsigned i = 0; i < row->n_evidence; i++)
		row_evidence(
			a,
			r,
			row->evidence[i].row,
			row->evidence[i].ordinary,
			row->evidence[i].weight
		);
}

void explain_evidence(struct alarm *a, const struct reading *r) {
	const struct kind_row *row = kind_row(r->kind);

	a->n_evidence = 0;
	memset(a->evidence, 0, sizeof(a->evidence));
	evidence_add(a, row->metric_name, r->value, r->baseline, 1);
	if (r->scanner != NULL)
		scan_evidence(a, r);
	for (unsigned i = 0; r->noted != NULL && i < r->noted->n_evidence; i++)
		evidence_add(
			a,
			r->noted->evidence[i].name,
			r->noted->evidence[i].value,
			NAN,
			r->noted->evidence[i].weight
		);
	if (r->accusation != NULL)
		sender_evidence(a, r);
	else if (r->view != NULL && !(r->kind == KIND_UNKNOWN && explain_novelty(a, r->view)))
		kind_evidence(a, r);
	weigh(a);
}
