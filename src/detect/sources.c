// Who sends it.
#include "detect/explain.h"

#include <string.h>

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

static void sender_source(struct alarm *a, const struct reading *r) {
	a->n_sources = 1;
	a->sources[0] = (struct alarm_source) {.addr = a->target, .packets = r->rise_packets};
}

void explain_sources(struct alarm *a, const struct reading *r) {
	if (r->view == NULL) {
		a->forged = FORGED_UNKNOWN;
		a->forged_confidence = 0;
		a->forged_why[0] = '\0';
		return;
	}
	if (r->accusation != NULL)
		sender_source(a, r);
	else if (r->scanner != NULL)
		scan_source(a, r);
	else
		flood_sources(a, r);
	explain_forged(a, r);
}
