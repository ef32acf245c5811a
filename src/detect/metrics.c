// Counters of a tick -> the rates that alarms are made of.
#include "detect/metrics.h"

#include <string.h>

// metric <- counter, where it is as simple as that.
static const struct {
	uint8_t metric;
	uint8_t counter;
} plain[] = {
	{M_SYN, HOST_SYN},
	{M_SYNACK, HOST_SYNACK},
	{M_ACK, HOST_ACK},
	{M_PSHACK, HOST_PSHACK},
	{M_FIN, HOST_FIN},
	{M_RST, HOST_RST},
	{M_SYNFIN, HOST_SYNFIN},
	{M_XMAS, HOST_XMAS},
	{M_NULL, HOST_NULL_FLAGS},
	{M_FRAGMENTS, HOST_FRAGMENTS},
	{M_CONNECTIONS, HOST_ESTABLISHED},
	{M_PACKETS, HOST_PACKETS},
};

static uint32_t less(uint32_t a, uint32_t b) {
	return a > b ? a - b : 0;
}

// Echo requests count even when answered: a flood that the host answers costs it twice.
static uint32_t icmp(const uint32_t *c, bool errors_count) {
	const uint32_t asked
		= c[HOST_ICMP_ECHO] > c[HOST_ICMP_STRAY] ? c[HOST_ICMP_ECHO] : c[HOST_ICMP_STRAY];

	return asked + (errors_count ? c[HOST_UNREACH] : 0);
}

uint32_t unanswered_udp(const uint32_t c[static HOST_COUNTER_N]) {
	const uint32_t tcp = c[HOST_SYN], icmp = c[HOST_ICMP_ECHO];

	// Each question to a server is stray until its answer comes.
	return less(c[HOST_UDP_STRAY], less(c[HOST_FLOWS_ANSWERED], tcp + icmp));
}

static uint32_t unusual(const uint32_t *c) {
	return c[HOST_SYNACK] + c[HOST_ACK] + c[HOST_PSHACK] + c[HOST_FIN] + c[HOST_RST]
		+ c[HOST_SYNFIN] + c[HOST_XMAS] + c[HOST_NULL_FLAGS] + c[HOST_ODD_FLAGS]
		+ unanswered_udp(c) + c[HOST_ICMP_STRAY] + less(c[HOST_SYN], c[HOST_ESTABLISHED]);
}

void metrics_of(
	uint32_t metric[static METRIC_N],
	const struct host_record *in,
	bool errors_count,
	bool others_count
) {
	memset(metric, 0, METRIC_N * sizeof(metric[0]));
	if (in == NULL)
		return;
	for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		metric[plain[i].metric] = in->count[plain[i].counter];
	metric[M_BADFLAGS] = in->count[HOST_SYNFIN] + in->count[HOST_XMAS]
		+ in->count[HOST_NULL_FLAGS] + in->count[HOST_ODD_FLAGS];
	metric[M_OTHER_IP] = others_count ? in->count[HOST_OTHER_IP] : 0;
	metric[M_UDP] = unanswered_udp(in->count);
	metric[M_ICMP] = icmp(in->count, errors_count);
	metric[M_UNUSUAL] = unusual(in->count) + metric[M_OTHER_IP];
	metric[M_BYTES] = in->bytes < UINT32_MAX ? (uint32_t)in->bytes : UINT32_MAX;
	for (unsigned i = 0; i < AMP_N; i++) {
		metric[M_AMP_FIRST + i] = in->amplified[i];
		metric[M_AMPLIFIED] += in->amplified[i];
	}
}
