// The rates that alarms are made of, each from the counters of one host in one tick.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_METRICS_H
#define WEIR_DETECT_METRICS_H

#include "host/host.h"

#include <stdint.h>

enum metric {
	M_SYN,
	M_SYNACK,
	M_ACK,
	M_PSHACK,
	M_FIN,
	M_RST,
	M_SYNFIN,
	M_XMAS,
	M_NULL,
	M_UDP,
	M_ICMP,
	M_FRAGMENTS,
	M_AMPLIFIED, // all services together
	M_UNUSUAL, // everything that belongs to nothing seen before
	M_PACKETS,
	METRIC_LEARNED, // those above have a baseline
	M_BYTES = METRIC_LEARNED,
	M_AMP_FIRST, // then one for each amplifier
	METRIC_N = M_AMP_FIRST + AMP_N
};

// @param in   the host as target, or NULL
// @param out  the host as source in the same tick, or NULL: what it provoked itself
void metrics_of(
	uint32_t metric[static METRIC_N],
	const struct host_record *in,
	const struct host_record *out
);

#endif
