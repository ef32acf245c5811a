// Who sends it, and whether the addresses look forged.
#include "detect/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FEW_SOURCES 3
#define MANY_SOURCES 100
#define FORGED_PER_SOURCE 3 // packets a second from each: nobody floods that gently
#define FORGED_ENTROPY 0.95 // forged addresses spread evenly
#define ESTABLISHED_REAL 0.05
#define OWN_SHARE 0.1 // of a peer's packets, to be one of the flood's sources

// Packets of the kind that this peer sends to the target; 0 where it is an ordinary peer of it.
static uint64_t part_of(const struct reading *r, const struct top_peer *peer) {
	const struct host *h = history_find(r->view->history, &peer->addr);
	const struct network_conf *net = network_of(r->view->conf, &peer->addr);
	uint32_t metric[METRIC_N];
	uint64_t own;

	if (net != NULL && net->allow)
		return 0;
	if (h == NULL || h->out == NULL || second_sum(h->out)->count[HOST_PACKETS] == 0)
		return peer->count;
	metrics_of(metric, second_sum(h->out), true, true);
	own = metric[kind_row(r->kind)->metric];
	if ((double)own < OWN_SHARE * (double)peer->count)
		return 0;
	return own < peer->count ? own : peer->count;
}

static void flood_sources(struct alarm *a, const struct reading *r) {
	struct top_peer top[TOP_PEERS];
	uint32_t n;

	memcpy(top, r->view->in->top_peers, sizeof(top));
	for (unsigned i = 0; i < TOP_PEERS; i++)
		if (top[i].count > 0)
			top[i].count = part_of(r, &top[i]);
	n = peers_sort(top, TOP_PEERS);
	a->n_sources = 0;
	for (uint32_t i = 0; i < n; i++)
		a->sources[a->n_sources++]
			= (struct alarm_source) {.addr = top[i].addr, .packets = top[i].count};
}

// A scanned target may have several scanners: those known are kept.
static void scan_source(struct alarm *a, const struct reading *r) {
	const struct alarm_source one = {
		.addr = r->scanner->host->addr,
		.packets = r->scanner->out->count[HOST_PACKETS],
	};
	unsigned i = 0;

	while (i < a->n_sources && !addr_equal(&a->sources[i].addr, &one.addr))
		i++;
	if (i == ALARM_SOURCES_MAX)
		return;
	if (i == a->n_sources)
		a->n_sources++;
	a->sources[i] = one;
	for (; i > 0 && a->sources[i].packets > a->sources[i - 1].packets; i--) {
		const struct alarm_source swap = a->sources[i];

		a->sources[i] = a->sources[i - 1];
		a->sources[i - 1] = swap;
	}
	a->distinct_sources = a->n_sources;
}

static void verdict(struct alarm *a, enum forged forged, double confidence, const char *why) {
	a->forged = (uint8_t)forged;
	a->forged_confidence = (float)confidence;
	snprintf(a->forged_why, sizeof(a->forged_why), "%s", why);
}

static bool is_reflected(unsigned kind) {
	return kind >= KIND_AMP_FIRST || kind == KIND_SYNACK_FLOOD;
}

// Many sources: with few packets from each, spread evenly, and no handshake completed, forged; one
// distance (TTL) for all of them makes it surer.
static void forged_of_many(struct alarm *a, const struct view *v, double per_source) {
	const bool even = v->row[HOST_FEATURE_IN_PEER_ENTROPY] >= FORGED_ENTROPY;
	const bool one_distance = v->row[HOST_FEATURE_IN_TTLS] <= 2;
	char why[128];

	if (per_source >= FORGED_PER_SOURCE || !even) {
		snprintf(why, sizeof(why), "%.0f packets/s from each of many sources", per_source);
		verdict(a, FORGED_NO, .6, why);
		return;
	}
	snprintf(
		why,
		sizeof(why),
		"about %.1f packets from each source, spread evenly over the address space%s",
		per_source,
		one_distance ? ", all from the same distance (TTL)" : ""
	);
	verdict(a, FORGED_YES, one_distance ? .95 : .85, why);
}

static void forged_of(struct alarm *a, const struct reading *r) {
	const struct view *v = r->view;
	const double per_source = r->scanner != NULL
		? 0
		: (double)rates_sum(v->host->rates, kind_row(r->kind)->metric)
			/ fmax(1, v->sources);

	if (r->scanner != NULL)
		verdict(a, FORGED_NO, .9, "a scanner must receive the answers");
	else if (is_reflected(r->kind))
		verdict(a,
			FORGED_NO,
			.8,
			"the senders are real: they answer what was forged in the target's name");
	else if (v->sources <= FEW_SOURCES)
		verdict(a, FORGED_NO, .7, "all of it comes from a few addresses");
	else if (r->kind == KIND_SYN_FLOOD && v->row[MEASURE_ESTABLISHED] > ESTABLISHED_REAL)
		verdict(a, FORGED_NO, .6, "a part of the handshakes is completed");
	else if (v->sources >= MANY_SOURCES)
		forged_of_many(a, v, per_source);
	else
		verdict(a, FORGED_UNKNOWN, 0, "too few sources to tell");
}

void explain_sources(struct alarm *a, const struct reading *r) {
	if (r->view == NULL) {
		verdict(a, FORGED_UNKNOWN, 0, "");
		return;
	}
	if (r->scanner != NULL)
		scan_source(a, r);
	else
		flood_sources(a, r);
	forged_of(a, r);
}
