// A record as a row of features, and the other things that can be read of it.
#include "flow/path.h"

#include <math.h>
#include <string.h>

#define NS_PER_S 1e9
#define DURATION_MIN_S 1e-3

// sqrt((n * sum of squares - sum^2)) / n, the difference taken in integers, exactly.
static double deviation(unsigned __int128 squares, uint64_t sum, uint64_t n) {
	const unsigned __int128 a = squares * n;
	const unsigned __int128 b = (unsigned __int128)sum * sum;

	if (n < 2 || squares > ~(unsigned __int128)0 / n || a <= b)
		return 0;
	return sqrt((double)(a - b)) / (double)n;
}

// A flow of one packet as if it had its other lines.
static const struct flow *whole(const struct flow *flow, struct flow *copy) {
	if (flow->n_packets > 1)
		return flow;
	memcpy(copy, flow, (size_t)FLOW_LINES_HOT * FLOW_LINE);
	flow_second(copy, 0);
	if (flow->n_packets == 0)
		copy->packets[0] = 0;
	return copy;
}

static uint64_t packets_by(const struct flow *flow, unsigned d) {
	return flow->packets[d] + flow->untold_packets[d];
}

static uint64_t bytes_by(const struct flow *flow, unsigned d) {
	return flow->bytes[d] + flow->untold_bytes[d];
}

static uint64_t payload_by(const struct flow *flow, unsigned d) {
	return flow->payload[d] + flow->untold_payload[d];
}

static uint64_t packets_of(const struct flow *flow) {
	return packets_by(flow, 0) + packets_by(flow, 1);
}

static uint64_t bytes_of(const struct flow *flow) {
	return bytes_by(flow, 0) + bytes_by(flow, 1);
}

static uint16_t responder_port(const struct flow *flow) {
	return flow->bits & FLOW_INITIATOR_HI ? flow->key.lo_port : flow->key.hi_port;
}

static void volume_row(const struct flow *flow, float *row) {
	const uint64_t duration_ns = flow->last_ns - flow->first_ns;
	const double duration_s = (double)duration_ns / NS_PER_S;
	const double over_s = duration_s > DURATION_MIN_S ? duration_s : DURATION_MIN_S;
	const uint64_t bytes = bytes_of(flow);
	const uint64_t n = packets_of(flow);

	row[FLOW_FEATURE_DURATION] = (float)duration_s;
	row[FLOW_FEATURE_PACKETS] = (float)n;
	row[FLOW_FEATURE_FWD_PACKETS] = (float)packets_by(flow, 0);
	row[FLOW_FEATURE_REV_PACKETS] = (float)packets_by(flow, 1);
	row[FLOW_FEATURE_FWD_BYTES] = (float)bytes_by(flow, 0);
	row[FLOW_FEATURE_REV_BYTES] = (float)bytes_by(flow, 1);
	row[FLOW_FEATURE_FWD_PAYLOAD] = (float)payload_by(flow, 0);
	row[FLOW_FEATURE_REV_PAYLOAD] = (float)payload_by(flow, 1);
	row[FLOW_FEATURE_PACKET_RATE] = (float)((double)n / over_s);
	row[FLOW_FEATURE_BYTE_RATE] = (float)((double)bytes / over_s);
	row[FLOW_FEATURE_SIZE_MEAN] = (float)((double)bytes / (double)n);
	row[FLOW_FEATURE_SIZE_DEV] = (float)deviation(flow->size_squares, bytes, n);
	row[FLOW_FEATURE_SIZE_MIN] = (float)flow->size_min;
	row[FLOW_FEATURE_SIZE_MAX] = (float)flow->size_max;
	row[FLOW_FEATURE_DOWN_UP]
		= bytes > 0 ? (float)((double)bytes_by(flow, 1) / (double)bytes) : 0;
}

static void gap_row(const struct flow *flow, float *row) {
	const uint64_t duration_ns = flow->last_ns - flow->first_ns; // the sum of all gaps
	const uint64_t gaps = packets_of(flow) - 1;
	const unsigned __int128 squares
		= (unsigned __int128)flow->gap_squares_high << 64 | flow->gap_squares_low;

	row[FLOW_FEATURE_GAP_MEAN]
		= gaps > 0 ? (float)((double)duration_ns / (double)gaps / NS_PER_S) : 0;
	row[FLOW_FEATURE_GAP_DEV] = (float)(deviation(squares, duration_ns, gaps) / NS_PER_S);
	row[FLOW_FEATURE_GAP_MIN] = gaps > 0 ? (float)((double)flow->gap_min_ns / NS_PER_S) : 0;
	row[FLOW_FEATURE_GAP_MAX] = (float)((double)flow->gap_max_ns / NS_PER_S);
}

static void tcp_row(const struct flow *flow, float *row) {
	const double n = (double)packets_of(flow);

	row[FLOW_FEATURE_SYN_SHARE] = (float)(flow->syns / n);
	row[FLOW_FEATURE_ACK_SHARE] = (float)((flow->acks + flow->untold_acks) / n);
	row[FLOW_FEATURE_PSH_SHARE] = (float)((flow->pushes + flow->untold_pushes) / n);
	row[FLOW_FEATURE_FIN_SHARE] = (float)(flow->fins / n);
	row[FLOW_FEATURE_RST_SHARE] = (float)(flow->resets / n);
	row[FLOW_FEATURE_URG_SHARE] = (float)(flow->urgents / n);
	row[FLOW_FEATURE_HANDSHAKE] = (float)flow_handshake(flow);
	row[FLOW_FEATURE_RETRANSMIT_SHARE] = (float)(flow->retransmitted / n);
	row[FLOW_FEATURE_OUT_OF_ORDER_SHARE] = (float)(flow->out_of_order / n);
	row[FLOW_FEATURE_ZERO_WINDOW_SHARE] = (float)(flow->zero_windows / n);
}

static void rows_fill(const struct flow *flow, float row[static FLOW_FEATURE_N]) {
	const bool ttl = packets_by(flow, 0) > 0;
	const uint8_t proto = flow->key.proto;
	const uint16_t port = responder_port(flow);

	volume_row(flow, row);
	gap_row(flow, row);
	tcp_row(flow, row);
	row[FLOW_FEATURE_TTL_MIN] = ttl ? flow->ttl_min : 0;
	row[FLOW_FEATURE_TTL_RANGE] = ttl ? (float)(flow->ttl_max - flow->ttl_min) : 0;
	row[FLOW_FEATURE_ENTROPY] = flow->entropy;
	row[FLOW_FEATURE_IS_TCP] = proto == PROTO_TCP;
	row[FLOW_FEATURE_IS_UDP] = proto == PROTO_UDP;
	row[FLOW_FEATURE_IS_ICMP] = proto == PROTO_ICMP || proto == PROTO_ICMP6;
	row[FLOW_FEATURE_LOW_PORT] = port > 0 && port < 1024;
}

void flow_features(const struct flow *flow, float row[static FLOW_FEATURE_N]) {
	struct flow copy;

	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		row[i] = 0;
	if (flow->n_packets > 0)
		rows_fill(whole(flow, &copy), row);
}

const struct flow_key *flow_key_of(const struct flow *flow) {
	return &flow->key;
}

bool flow_initiator_is_hi(const struct flow *flow) {
	return flow->bits & FLOW_INITIATOR_HI;
}

unsigned flow_state_of(const struct flow *flow) {
	return flow->state;
}

uint64_t flow_first_ns(const struct flow *flow) {
	struct flow copy;

	return whole(flow, &copy)->first_ns;
}

uint64_t flow_last_ns(const struct flow *flow) {
	return flow->last_ns;
}

uint64_t flow_packets(const struct flow *flow) {
	struct flow copy;

	return packets_of(whole(flow, &copy));
}

uint64_t flow_bytes(const struct flow *flow) {
	struct flow copy;

	return bytes_of(whole(flow, &copy));
}

float flow_score_of(const struct flow *flow) {
	return flow->n_packets > 1 ? flow->score : NAN;
}

void flow_score_set(struct flow *flow, float score) {
	flow->score = score;
}

bool flow_marked(const struct flow *flow) {
	return flow->bits & FLOW_MARKED;
}

void flow_mark(struct flow *flow) {
	flow->bits |= FLOW_MARKED;
}

uint64_t flow_serial(const struct flow *flow) {
	return flow->n_packets > 1 ? flow->serial : 0;
}

uint64_t flow_row(const struct flow *flow) {
	return flow->n_packets > 1 ? flow->row : 0;
}

void flow_row_set(struct flow *flow, uint64_t row) {
	flow->row = row;
}

size_t flow_bytes_of_record(void) {
	return sizeof(struct flow);
}
