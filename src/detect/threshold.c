// The operator's word, or floor, factor and deviations.
#include "detect/threshold.h"

#include "detect/kinds.h"

#include <math.h>

uint32_t threshold_set(const struct host *host, unsigned kind) {
	return host->network == NULL ? 0 : host->network->threshold_per_s[kind];
}

static bool usual_known(
	const struct detect_conf *conf,
	const struct host *host,
	unsigned metric,
	uint64_t now_ns,
	struct usual *out
) {
	if (host->base == NULL || host->learned_s < conf->learn_s)
		return false;
	usual_of(host->base, metric < METRIC_LEARNED ? metric : M_AMPLIFIED, now_ns, out);
	return true;
}

void threshold_of(
	const struct detect_conf *conf,
	const struct host *host,
	unsigned kind,
	unsigned metric,
	uint64_t now_ns,
	struct threshold *out
) {
	const uint32_t set = threshold_set(host, kind);
	struct usual usual;

	*out = (struct threshold) {.per_s = conf->kind[kind].floor_per_s, .baseline = NAN};
	if (usual_known(conf, host, metric, now_ns, &usual)) {
		out->baseline = usual.location;
		out->per_s
			= fmax(out->per_s,
			       fmax(conf->baseline_factor * usual.location,
				    usual.location + conf->baseline_deviations * usual.scale));
	}
	if (set == 0)
		return;
	out->per_s = set;
	out->set_by = host->network;
}

double threshold_least(const struct detect_conf *conf, unsigned kind) {
	double least = conf->kind[kind].floor_per_s;

	for (uint32_t i = 0; i < conf->n_networks; i++)
		if (conf->network[i].threshold_per_s[kind] != 0)
			least = fmin(least, conf->network[i].threshold_per_s[kind]);
	return least;
}

double threshold_unit(const struct detect_conf *conf, const struct host *host) {
	double unit = INFINITY;

	for (unsigned kind = 0; kind <= KIND_AMP_FIRST; kind++) {
		const unsigned metric = kind_row(kind)->metric;
		const bool is_flood = kind != KIND_UNKNOWN && metric != METRIC_N;

		if (is_flood && conf->kind[kind].enabled && threshold_set(host, kind) == 0)
			unit = fmin(unit, conf->kind[kind].floor_per_s);
	}
	return unit;
}

// Does a hold all of b, and is it another?
static bool is_around(const struct network_conf *a, const struct network_conf *b) {
	const struct addr masked = addr_mask(&b->addr, a->prefix_len);

	return a->prefix_len < b->prefix_len && addr_is_ip4(&a->addr) == addr_is_ip4(&b->addr)
		&& addr_equal(&masked, &a->addr);
}

static uint32_t inherited(const struct detect_conf *conf, uint32_t of, unsigned kind) {
	const struct network_conf *best = NULL;

	for (uint32_t i = 0; i < conf->n_networks; i++) {
		const struct network_conf *n = &conf->network[i];

		if (n->threshold_per_s[kind] == 0 || !is_around(n, &conf->network[of]))
			continue;
		if (best == NULL || n->prefix_len > best->prefix_len)
			best = n;
	}
	return best == NULL ? 0 : best->threshold_per_s[kind];
}

// What was inherited may be inherited again: it is the same value.
void networks_inherit(struct detect_conf *conf) {
	for (uint32_t i = 0; i < conf->n_networks; i++)
		for (unsigned kind = 0; kind < KIND_N; kind++)
			if (conf->network[i].threshold_per_s[kind] == 0)
				conf->network[i].threshold_per_s[kind] = inherited(conf, i, kind);
}
