// What stands in for a feature that a file cannot tell: an ordinary flow's value.
//
// Shares, sizes, TTL and entropy are medians of 2,111 flows of 4 packets and more out of 182 captures of ordinary
// traffic, at most 50 of each, so that none outweighs the others. Where an exact figure of the row bounds a
// value (a smallest frame is no larger than the mean), it does.
#include "flow_row.h"
#include "packet/packet.h"

#include <math.h>

enum transport { OF_TCP, OF_UDP, OF_OTHER, TRANSPORT_N };

static const float usual[TRANSPORT_N][FLOW_FEATURE_N] = {
	[OF_TCP] = {
		[FLOW_FEATURE_SIZE_DEV] = 222,
		[FLOW_FEATURE_SIZE_MIN] = 66,
		[FLOW_FEATURE_SIZE_MAX] = 853,
		[FLOW_FEATURE_SYN_SHARE] = 0.17f,
		[FLOW_FEATURE_ACK_SHARE] = 0.92f,
		[FLOW_FEATURE_PSH_SHARE] = 0.25f,
		[FLOW_FEATURE_FIN_SHARE] = 0.17f,
		[FLOW_FEATURE_HANDSHAKE] = 3,
		[FLOW_FEATURE_TTL_MIN] = 64,
		[FLOW_FEATURE_ENTROPY] = 4.9f,
		[FLOW_FEATURE_IS_TCP] = 1,
		[FLOW_FEATURE_LOW_PORT] = 1,
	},
	[OF_UDP] = {
		[FLOW_FEATURE_SIZE_DEV] = 17,
		[FLOW_FEATURE_SIZE_MIN] = 96,
		[FLOW_FEATURE_SIZE_MAX] = 336,
		[FLOW_FEATURE_TTL_MIN] = 64,
		[FLOW_FEATURE_ENTROPY] = 4.5f,
	},
	[OF_OTHER] = {
		[FLOW_FEATURE_SIZE_DEV] = 3.1f,
		[FLOW_FEATURE_SIZE_MIN] = 60,
		[FLOW_FEATURE_SIZE_MAX] = 62,
		[FLOW_FEATURE_TTL_MIN] = 64,
		[FLOW_FEATURE_ENTROPY] = 1.6f,
	},
};

static enum transport transport_of(const struct flow_row *row) {
	if (!row->has_proto && row->proto == 0)
		return OF_TCP; // most of all flows
	return row->proto == PROTO_TCP ? OF_TCP : row->proto == PROTO_UDP ? OF_UDP : OF_OTHER;
}

static void assume(struct flow_row *row, unsigned feature, double value) {
	if (row->known[feature] == KNOWN_ASSUMED)
		flow_row_put(row, feature, value, KNOWN_ASSUMED);
}

// Both directions alike, where only the sum is told.
static void split_evenly(struct flow_row *row) {
	const double n = (double)row->value[FLOW_FEATURE_PACKETS];
	const double bytes = n * (double)row->value[FLOW_FEATURE_SIZE_MEAN];
	const double headers = 54 * n; // Ethernet, IPv4 and TCP
	const double payload = bytes > headers ? bytes - headers : 0;

	assume(row, FLOW_FEATURE_FWD_PACKETS, ceil(n / 2));
	assume(row, FLOW_FEATURE_REV_PACKETS, floor(n / 2));
	assume(row, FLOW_FEATURE_FWD_BYTES, bytes / 2);
	assume(row, FLOW_FEATURE_REV_BYTES, bytes / 2);
	assume(row, FLOW_FEATURE_FWD_PAYLOAD, payload / 2);
	assume(row, FLOW_FEATURE_REV_PAYLOAD, payload / 2);
	assume(row, FLOW_FEATURE_DOWN_UP, 0.5);
}

// Packets that come at random have gaps whose deviation is their mean; the longest gap of an ordinary flow is
// four tenths of its duration, the shortest a hundredth of the mean.
static void spread_gaps(struct flow_row *row) {
	const double mean = (double)row->value[FLOW_FEATURE_GAP_MEAN];

	assume(row, FLOW_FEATURE_GAP_DEV, mean);
	assume(row, FLOW_FEATURE_GAP_MIN, mean / 100);
	assume(row, FLOW_FEATURE_GAP_MAX, 0.4 * (double)row->value[FLOW_FEATURE_DURATION]);
}

void flow_row_fill(struct flow_row *row) {
	const float *of = usual[transport_of(row)];
	const double mean = (double)row->value[FLOW_FEATURE_SIZE_MEAN];

	split_evenly(row);
	spread_gaps(row);
	assume(row, FLOW_FEATURE_SIZE_MIN, fmin(mean, (double)of[FLOW_FEATURE_SIZE_MIN]));
	assume(row, FLOW_FEATURE_SIZE_MAX, fmax(mean, (double)of[FLOW_FEATURE_SIZE_MAX]));
	assume(row, FLOW_FEATURE_SIZE_DEV, (double)of[FLOW_FEATURE_SIZE_DEV]);
	for (unsigned i = FLOW_FEATURE_SYN_SHARE; i < FLOW_FEATURE_N; i++)
		if (i != FLOW_FEATURE_DOWN_UP)
			assume(row, i, (double)of[i]);
}
