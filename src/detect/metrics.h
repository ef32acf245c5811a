// The rates that alarms are made of, each from the counters of one host in one tick.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_METRICS_H
#define WEIR_DETECT_METRICS_H

#include "host/host.h"

#include <stdbool.h>
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
	M_BADFLAGS, // any set of flags that no stack sends
	M_FRAGMENTS,
	M_OTHER_IP,
	M_CONNECTIONS, // handshakes completed
	M_AMPLIFIED, // all services together
	M_UNUSUAL, // everything that belongs to nothing seen before
	M_PACKETS,
	METRIC_LEARNED, // those above have a baseline
	M_BYTES = METRIC_LEARNED,
	M_AMP_FIRST, // then one for each amplifier
	METRIC_N = M_AMP_FIRST + AMP_N
};

// @param in   the host as target, or NULL
// @param errors_count  ICMP errors count too: there are more of them than the host can have provoked
// @param others_count  so do packets of IP protocols beyond TCP, UDP, ICMP: the host does not send any
void metrics_of(
	uint32_t metric[static METRIC_N],
	const struct host_record *in,
	bool errors_count,
	bool others_count
);

// Stray UDP less the flows that were answered, as far as those can be told from TCP's and ping's.
uint32_t unanswered_udp(const uint32_t count[static HOST_COUNTER_N]);

#endif
