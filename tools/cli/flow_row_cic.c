// CICFlowMeter's columns as our features, and the six figures of a generic flow table.
//
// CICFlowMeter counts the transport's payload where we count frames, and has the length of all transport headers
// of a direction (TCP with its options, UDP); frames follow from these with Ethernet's 14 bytes and the IP
// header's 20 or 40. Source: the program's BasicFlow.java and BasicPacketInfo.java.
#include "flow_row.h"
#include "packet/packet.h"

#include <math.h>

#define ETHERNET_BYTES 14
#define IP4_BYTES 20
#define IP6_BYTES 40
#define TCP_BYTES 20
#define TCP_BYTES_MAX 60
#define UDP_BYTES 8
#define DURATION_MIN_S 1e-3 // as in feature.h
#define US 1e-6

// A direction.
struct side {
	double packets;
	double payload;
	double frame_bytes;
	double header; // of one frame, all layers
};

struct cic {
	const struct columns *columns;
	struct csv_in *in;
	struct flow_row *out;
	bool failed;
};

// NAN: not there.
static double figure(struct cic *c, unsigned field) {
	double value = NAN;
	const int got = flow_row_number(c->columns, c->in, field, &value);

	c->failed |= got < 0;
	return got == 1 ? value : (double)NAN;
}

static double link_and_ip_bytes(const struct flow_row *row) {
	const bool is_ip6 = row->has_src && !addr_is_ip4(&row->src);

	return ETHERNET_BYTES + (is_ip6 ? IP6_BYTES : IP4_BYTES);
}

static struct side side_read(struct cic *c, unsigned packets, unsigned payload, unsigned header) {
	const double usual = c->out->proto == PROTO_TCP ? TCP_BYTES : UDP_BYTES;
	struct side s = {.packets = figure(c, packets), .payload = figure(c, payload)};
	double one = figure(c, header) / s.packets;

	// Some versions of the program overflow here; then the least that a header has.
	if (!(one >= 0 && one <= TCP_BYTES_MAX))
		one = usual;
	s.header = link_and_ip_bytes(c->out) + one;
	s.frame_bytes = s.payload + s.packets * s.header;
	return s;
}

// Microseconds in Java's program, seconds in some versions of Python's: packets over the packet rate are
// seconds in both. A file keeps its unit, so the first row that tells it tells it for all.
static double unit_of(struct cic *c, struct flow_row_state *state, double duration, double n) {
	const double rate = figure(c, CIC_PACKET_RATE);

	if (state->cic_unit_s == 0 && duration > 0 && rate > 0) {
		const double unit = n / rate / duration;

		state->cic_unit_s = unit > 1e-3 ? 1 : US;
	}
	return state->cic_unit_s > 0 ? state->cic_unit_s : US;
}

// A flow with flags is TCP's, whatever the file has no column for.
static void proto_guess(struct cic *c) {
	const unsigned flags[] = {CIC_SYN, CIC_ACK, CIC_PSH, CIC_FIN, CIC_RST};
	double sum = 0;

	if (c->out->has_proto)
		return;
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		sum += fmax(0, figure(c, flags[i])); // fmax() takes the one that is no NAN
	c->out->proto = sum > 0 ? PROTO_TCP : PROTO_UDP;
}

static void put_where_known(struct cic *c, unsigned feature, double value, enum known known) {
	if (!isnan(value))
		flow_row_put(c->out, feature, value, known);
}

static void
volumes(struct cic *c, const struct side *fwd, const struct side *rev, double duration_s) {
	const double n = fwd->packets + rev->packets;
	const double bytes = fwd->frame_bytes + rev->frame_bytes;
	const double over_s = fmax(duration_s, DURATION_MIN_S);
	const double header = (bytes - fwd->payload - rev->payload) / n;
	struct flow_row *out = c->out;

	flow_row_put(out, FLOW_FEATURE_DURATION, duration_s, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_PACKETS, n, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_FWD_PACKETS, fwd->packets, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_REV_PACKETS, rev->packets, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_FWD_PAYLOAD, fwd->payload, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_REV_PAYLOAD, rev->payload, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_FWD_BYTES, fwd->frame_bytes, KNOWN_DERIVED);
	flow_row_put(out, FLOW_FEATURE_REV_BYTES, rev->frame_bytes, KNOWN_DERIVED);
	flow_row_put(out, FLOW_FEATURE_PACKET_RATE, n / over_s, KNOWN_DERIVED);
	flow_row_put(out, FLOW_FEATURE_BYTE_RATE, bytes / over_s, KNOWN_DERIVED);
	flow_row_put(out, FLOW_FEATURE_SIZE_MEAN, bytes / n, KNOWN_DERIVED);
	flow_row_put(out, FLOW_FEATURE_DOWN_UP, rev->frame_bytes / bytes, KNOWN_DERIVED);
	put_where_known(c, FLOW_FEATURE_SIZE_DEV, figure(c, CIC_LENGTH_STD), KNOWN_DERIVED);
	put_where_known(
		c, FLOW_FEATURE_SIZE_MIN, figure(c, CIC_LENGTH_MIN) + header, KNOWN_DERIVED
	);
	put_where_known(
		c, FLOW_FEATURE_SIZE_MAX, figure(c, CIC_LENGTH_MAX) + header, KNOWN_DERIVED
	);
	if (fwd->payload + rev->payload == 0)
		flow_row_put(out, FLOW_FEATURE_ENTROPY, 0, KNOWN_DERIVED);
}

static void gaps(struct cic *c, double unit_s, double duration_s, double n) {
	const double mean = figure(c, CIC_GAP_MEAN) * unit_s;

	if (n < 2) {
		for (unsigned i = FLOW_FEATURE_GAP_MEAN; i <= FLOW_FEATURE_GAP_MAX; i++)
			flow_row_put(c->out, i, 0, KNOWN_DERIVED);
		return;
	}
	if (isnan(mean))
		flow_row_put(c->out, FLOW_FEATURE_GAP_MEAN, duration_s / (n - 1), KNOWN_DERIVED);
	else
		flow_row_put(c->out, FLOW_FEATURE_GAP_MEAN, mean, KNOWN_TOLD);
	put_where_known(c, FLOW_FEATURE_GAP_DEV, figure(c, CIC_GAP_STD) * unit_s, KNOWN_TOLD);
	put_where_known(c, FLOW_FEATURE_GAP_MIN, figure(c, CIC_GAP_MIN) * unit_s, KNOWN_TOLD);
	put_where_known(c, FLOW_FEATURE_GAP_MAX, figure(c, CIC_GAP_MAX) * unit_s, KNOWN_TOLD);
}

// How far a handshake came, by what was counted.
static unsigned handshake(double syns, double acks, double rev_packets) {
	if (!(syns > 0))
		return 0;
	if (syns < 2 || !(rev_packets > 0))
		return 1;
	return acks >= 2 ? 3 : 2;
}

static void flags(struct cic *c, double n, double rev_packets) {
	static const struct {
		unsigned field, feature;
	} share[] = {
		{CIC_SYN, FLOW_FEATURE_SYN_SHARE},
		{CIC_ACK, FLOW_FEATURE_ACK_SHARE},
		{CIC_PSH, FLOW_FEATURE_PSH_SHARE},
		{CIC_FIN, FLOW_FEATURE_FIN_SHARE},
		{CIC_RST, FLOW_FEATURE_RST_SHARE},
		{CIC_URG, FLOW_FEATURE_URG_SHARE},
	};

	for (unsigned i = 0; i < sizeof(share) / sizeof(share[0]); i++) {
		const double count = figure(c, share[i].field);

		put_where_known(
			c, share[i].feature, count < n ? count / n : count * 0 + 1, KNOWN_DERIVED
		);
	}
	if (c->columns->column[CIC_SYN] >= 0)
		flow_row_put(
			c->out,
			FLOW_FEATURE_HANDSHAKE,
			handshake(figure(c, CIC_SYN), figure(c, CIC_ACK), rev_packets),
			KNOWN_DERIVED
		);
}

static void transport(struct flow_row *out) {
	const enum known known = out->has_proto ? KNOWN_TOLD : KNOWN_DERIVED;
	const uint8_t proto = out->proto;

	flow_row_put(out, FLOW_FEATURE_IS_TCP, proto == PROTO_TCP, known);
	flow_row_put(out, FLOW_FEATURE_IS_UDP, proto == PROTO_UDP, known);
	flow_row_put(out, FLOW_FEATURE_IS_ICMP, proto == PROTO_ICMP || proto == PROTO_ICMP6, known);
	if (out->has_ports)
		flow_row_put(
			out, FLOW_FEATURE_LOW_PORT, out->dport > 0 && out->dport < 1024, KNOWN_TOLD
		);
	if (proto == PROTO_TCP)
		return;
	for (unsigned i = FLOW_FEATURE_SYN_SHARE; i <= FLOW_FEATURE_ZERO_WINDOW_SHARE; i++)
		flow_row_put(out, i, 0, known); // only TCP has them
}

int flow_row_cic(
	struct flow_row *out,
	struct flow_row_state *state,
	const struct columns *columns,
	struct csv_in *in
) {
	struct cic c = {columns, in, out, false};
	const double duration = figure(&c, CIC_DURATION);
	struct side fwd, rev;
	double n, unit_s;

	proto_guess(&c);
	fwd = side_read(&c, CIC_FWD_PACKETS, CIC_FWD_LENGTH, CIC_FWD_HEADER);
	rev = side_read(&c, CIC_REV_PACKETS, CIC_REV_LENGTH, CIC_REV_HEADER);
	n = fwd.packets + rev.packets;
	if (c.failed)
		return -1;
	if (!(n >= 1) || isnan(duration) || isnan(fwd.payload + rev.payload))
		return 0;
	unit_s = unit_of(&c, state, duration, n);
	volumes(&c, &fwd, &rev, duration * unit_s);
	gaps(&c, unit_s, duration * unit_s, n);
	flags(&c, n, rev.packets);
	transport(out);
	flow_row_fill(out);
	return c.failed ? -1 : 1;
}

// Bytes and packets are those of both directions; which way they went is not told.
int flow_row_generic(struct flow_row *out, const struct columns *columns, struct csv_in *in) {
	struct cic c = {columns, in, out, false};
	const double bytes = figure(&c, GENERIC_BYTES), n = figure(&c, GENERIC_PACKETS);
	const double duration_s = figure(&c, GENERIC_DURATION);
	const double retransmitted = figure(&c, GENERIC_RETRANSMIT);
	const double over_s = fmax(duration_s, DURATION_MIN_S);
	const double size = figure(&c, GENERIC_SIZE), rate = figure(&c, GENERIC_RATE);

	if (c.failed)
		return -1;
	if (!(n >= 1) || isnan(bytes + duration_s))
		return 0;
	flow_row_put(out, FLOW_FEATURE_DURATION, duration_s, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_PACKETS, n, KNOWN_TOLD);
	flow_row_put(out, FLOW_FEATURE_BYTE_RATE, bytes / over_s, KNOWN_DERIVED);
	flow_row_put(
		out,
		FLOW_FEATURE_SIZE_MEAN,
		isnan(size) ? bytes / n : size,
		isnan(size) ? KNOWN_DERIVED : KNOWN_TOLD
	);
	flow_row_put(
		out,
		FLOW_FEATURE_PACKET_RATE,
		isnan(rate) ? n / over_s : fmin(rate, n / DURATION_MIN_S),
		isnan(rate) ? KNOWN_DERIVED : KNOWN_TOLD
	);
	flow_row_put(out, FLOW_FEATURE_GAP_MEAN, n > 1 ? duration_s / (n - 1) : 0, KNOWN_DERIVED);
	if (out->has_proto)
		transport(out);
	if (!isnan(retransmitted)) // above 1 it is per cent
		flow_row_put(
			out,
			FLOW_FEATURE_RETRANSMIT_SHARE,
			fmin(1, retransmitted > 1 ? retransmitted / 100 : retransmitted),
			KNOWN_TOLD
		);
	flow_row_fill(out);
	return 1;
}
