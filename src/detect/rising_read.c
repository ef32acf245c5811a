// Which kind rose slowly, and whether it has the shape of a flood.
#include "detect/rising_read.h"

#include "detect/shapes.h"
#include "detect/threshold.h"

#include <math.h>

#define SECOND_NS 1000000000ull

// Told over 10 s: in one second there is too little.
#define PACKETS_PER_FLOW 8 // more: streams
#define RESOLVED_SHARE 0.5 // of the flows opened: more of them led to something
#define REFUSED_SHARE 0.5 // of the packets: more were told no, and asked again
#define KIND_SHARE 0.5 // of what rose, to be its kind

// Somebody asks for what is not there, or tries ports: neither is a flood.
static bool is_flood(const struct view *v, const struct rising *r, double packets) {
	const struct span_sum *in10 = &v->in10;
	const double opened = (double)in10->opened, probes = (double)in10->probes;

	if (r->refused > REFUSED_SHARE * packets || opened <= 0)
		return false;
	if (opened * PACKETS_PER_FLOW < probes
	    || (double)in10->established > RESOLVED_SHARE * opened)
		return false;
	return in10->ports * SCAN_PACKETS_PER_PORT < probes;
}

// Where the operator set a threshold, that is what counts. Handshakes that are completed are not what leads
// nowhere.
static bool is_candidate(const struct view *v, unsigned kind, unsigned metric) {
	return kind != KIND_UNKNOWN && !kind_row(kind)->of_network && metric != M_CONNECTIONS
		&& metric < METRIC_LEARNED && v->conf->kind[kind].enabled
		&& threshold_set(v->host, kind) == 0;
}

// Of an amplification all services count, and that of most packets now is named.
static unsigned amplified_kind(const struct view *v) {
	unsigned most = KIND_AMP_FIRST;

	for (unsigned kind = KIND_AMP_FIRST; kind < KIND_N; kind++)
		if (rates_sum(v->host->rates, kind_row(kind)->metric)
		    > rates_sum(v->host->rates, kind_row(most)->metric))
			most = kind;
	return most;
}

// @return the kind with most of what rose, KIND_N: none has enough
static unsigned kind_of(const struct view *v, const struct rising *r, double *packets) {
	unsigned most = KIND_N;

	*packets = 0;
	for (unsigned kind = 0; kind <= KIND_AMP_FIRST; kind++) {
		const unsigned metric
			= kind < KIND_AMP_FIRST ? kind_row(kind)->metric : M_AMPLIFIED;

		if (!is_candidate(v, kind, metric) || r->by_metric[metric] <= *packets)
			continue;
		*packets = r->by_metric[metric];
		most = kind;
	}
	if (*packets < KIND_SHARE * r->by_metric[M_UNUSUAL])
		return KIND_N;
	return most == KIND_AMP_FIRST ? amplified_kind(v) : most;
}

static void reading_of(struct reading *out, const struct view *v, const struct rising *r) {
	const struct host *h = v->host;
	struct rising_law law;
	struct usual usual;
	uint64_t seconds;

	usual_of(h->base, METRIC_LEARNED + OTHER_IN_STRAY, v->now_ns, &usual);
	rising_law_of(&law, usual.location, usual.scale, threshold_unit(v->conf, h));
	out->value = rising_mean(r, &seconds);
	out->threshold = fmin(out->value, law.drift + law.limit / (double)seconds);
	out->baseline = usual.location;
	out->interval_ns = seconds * SECOND_NS;
	out->start_ns = (r->since - 1) * SECOND_NS;
	out->rise_packets = (uint64_t)r->total;
	out->rise_bytes = (uint64_t)(r->total * v->row[HOST_FEATURE_IN_SIZE]);
	out->set_by = NULL;
	out->holds = out->slow = true;
}

unsigned rising_read(const struct view *v, struct reading out[static READINGS_MAX], unsigned n) {
	struct host *h = v->host;
	unsigned kind, at = 0;
	double packets;

	if (h->base == NULL || !h->base->rising.over)
		return n;
	kind = kind_of(v, &h->base->rising, &packets);
	if (kind == KIND_N)
		return n;
	while (at < n && out[at].kind != kind)
		at++;
	if (at < n && (out[at].above || out[at].holds))
		return n;
	if (at == n) {
		out[n++] = (struct reading) {.kind = (uint8_t)kind, .view = v};
		out[at].target = h->addr;
		out[at].prefix_len = addr_is_ip4(&h->addr) ? 32 : 128;
		out[at].holder = h;
		out[at].score = h->score;
	}
	reading_of(&out[at], v, &h->base->rising);
	out[at].above = is_flood(v, &h->base->rising, packets);
	return n;
}
