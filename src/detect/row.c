// Records of the sliding second -> one row of features.
#include "detect/row.h"

static const struct {
	uint8_t in, out; // features
	uint8_t counter;
} rates[] = {
	{HOST_FEATURE_IN_PACKETS, HOST_FEATURE_OUT_PACKETS, HOST_PACKETS},
	{HOST_FEATURE_IN_FLOWS, HOST_FEATURE_OUT_FLOWS, HOST_FLOWS_OPENED},
	{HOST_FEATURE_IN_SYN, HOST_FEATURE_OUT_SYN, HOST_SYN},
};

static const struct {
	uint8_t feature;
	uint8_t counter;
} shares[] = {
	{HOST_FEATURE_IN_TCP, HOST_TCP},
	{HOST_FEATURE_IN_UDP, HOST_UDP},
	{HOST_FEATURE_IN_ICMP, HOST_ICMP},
	{HOST_FEATURE_IN_FRAGMENTS, HOST_FRAGMENTS},
	{HOST_FEATURE_IN_SMALL, HOST_SMALL},
};

static float share(double part, double all) {
	return all > 0 ? (float)(part / all) : 0;
}

static float answered(const struct host_record *r) {
	const uint32_t opened = r->count[HOST_FLOWS_OPENED];
	const uint32_t got = r->count[HOST_FLOWS_ANSWERED];

	// Flows opened before the second may get their answer in it.
	return opened == 0 ? 1 : share(got < opened ? got : opened, opened);
}

uint64_t stray_tcp(const struct host_record *r) {
	static const uint8_t counters[]
		= {HOST_SYNACK,
		   HOST_ACK,
		   HOST_PSHACK,
		   HOST_FIN,
		   HOST_RST,
		   HOST_SYNFIN,
		   HOST_XMAS,
		   HOST_NULL_FLAGS,
		   HOST_ODD_FLAGS};
	uint64_t sum = 0;

	for (unsigned i = 0; i < sizeof(counters); i++)
		sum += r->count[counters[i]];
	return sum;
}

static uint64_t amplified(const struct host_record *r) {
	uint64_t sum = 0;

	for (unsigned i = 0; i < AMP_N; i++)
		sum += r->amplified[i];
	return sum;
}

static void rate_features(
	float *row,
	const struct host_record *in,
	const struct host_record *out,
	double seconds
) {
	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		row[rates[i].in] = (float)(in->count[rates[i].counter] / seconds);
		row[rates[i].out] = (float)(out->count[rates[i].counter] / seconds);
	}
	row[HOST_FEATURE_IN_BYTES] = (float)((double)in->bytes / seconds);
	row[HOST_FEATURE_OUT_BYTES] = (float)((double)out->bytes / seconds);
	row[HOST_FEATURE_IN_TCP_STRAY] = (float)((double)stray_tcp(in) / seconds);
	row[HOST_FEATURE_OUT_TCP_STRAY] = (float)((double)stray_tcp(out) / seconds);
	row[HOST_FEATURE_IN_UDP_STRAY] = (float)(in->count[HOST_UDP_STRAY] / seconds);
	row[HOST_FEATURE_IN_AMPLIFIED] = (float)((double)amplified(in) / seconds);
	row[HOST_FEATURE_STRANGE_FLOWS]
		= (float)(((double)in->strange_flows + out->strange_flows) / seconds);
	row[HOST_FEATURE_OUT_UNREACH]
		= (float)(((double)out->count[HOST_UNREACH] + out->count[HOST_RST_ALL]) / seconds);
}

static void
sketch_features(float *row, const struct host_record *in, const struct host_record *out) {
	row[HOST_FEATURE_IN_PEERS] = (float)hll_estimate(in->peers);
	row[HOST_FEATURE_OUT_PEERS] = (float)hll_estimate(out->peers);
	row[HOST_FEATURE_IN_PORTS] = (float)hll_estimate(in->ports);
	row[HOST_FEATURE_OUT_PORTS] = (float)hll_estimate(out->ports);
	row[HOST_FEATURE_IN_PEER_ENTROPY] = (float)peer_entropy(in->peer_bins);
	row[HOST_FEATURE_OUT_PEER_ENTROPY] = (float)peer_entropy(out->peer_bins);
	row[HOST_FEATURE_IN_TTLS] = (float)__builtin_popcountll(in->ttl_classes);
}

void host_features(
	float row[static HOST_FEATURE_N],
	const struct host_record *in,
	const struct host_record *out,
	double seconds
) {
	const double in_packets = in->count[HOST_PACKETS], out_packets = out->count[HOST_PACKETS];

	rate_features(row, in, out, seconds);
	sketch_features(row, in, out);
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		row[shares[i].feature] = share(in->count[shares[i].counter], in_packets);
	row[HOST_FEATURE_IN_SIZE] = share((double)in->bytes, in_packets);
	row[HOST_FEATURE_OUT_SIZE] = share((double)out->bytes, out_packets);
	row[HOST_FEATURE_IN_ANSWERED] = answered(in);
	row[HOST_FEATURE_OUT_ANSWERED] = answered(out);
	row[HOST_FEATURE_IN_TOP_PORT] = share(in->top_port_count, in_packets);
	row[HOST_FEATURE_IN_OVER_OUT] = share(in_packets, in_packets + out_packets);
}
