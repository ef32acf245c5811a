// From which rate on a kind is looked at on a host: what the operator set for its network, else the kind's
// floor and what is usual for the host.
//
// Threads    Pure functions, but for networks_inherit().
// Memory     None taken.
#ifndef WEIR_DETECT_THRESHOLD_H
#define WEIR_DETECT_THRESHOLD_H

#include "detect/history.h"

struct threshold {
	double per_s;
	double baseline; // the usual rate, NaN where it is not known yet
	const struct network_conf *set_by; // NULL: no operator set it
};

// @param metric  enum metric of the kind; of an amplification, that of all services counts
void threshold_of(
	const struct detect_conf *conf,
	const struct host *host,
	unsigned kind,
	unsigned metric,
	uint64_t now_ns,
	struct threshold *out
);
// The lowest floor of a flood on this host: the unit of the slow rise.
double threshold_unit(const struct detect_conf *conf, const struct host *host);
// The lowest that any host can have: the floor, or what an operator set somewhere.
double threshold_least(const struct detect_conf *conf, unsigned kind);
// What the operator set for this kind where the host is. 0: nothing
uint32_t threshold_set(const struct host *host, unsigned kind);

// A network without a threshold of a kind has that of the longest network around it.
void networks_inherit(struct detect_conf *conf);

#endif
