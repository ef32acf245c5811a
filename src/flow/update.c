// One packet into its flow's record: running statistics, the TCP state, and what the packet is to
// the flow.
#include "flow/path.h"

#include <math.h>
#include <string.h>

#define ENTROPY_BYTES 128

// Sequence and acknowledgement numbers further off than this are not of the same connection. A
// blind sender hits it once in 128 times.
#define SEQ_NEAR (1 << 24)

static bool seq_is_near(uint32_t a, uint32_t b) {
	const int32_t distance = (int32_t)(a - b);

	return distance > -SEQ_NEAR && distance < SEQ_NEAR;
}

static bool flags_are(const struct packet *p, uint8_t mask, uint8_t value) {
	return (p->tcp_flags & mask) == value;
}

static bool is_syn(const struct packet *p) {
	return flags_are(p, TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST, TCP_SYN);
}

static bool is_synack(const struct packet *p) {
	return flags_are(p, TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST, TCP_SYN | TCP_ACK);
}

static bool is_icmp_error(const struct packet *p) {
	if (p->proto == PROTO_ICMP6)
		return p->icmp_type < 128; // RFC 4443, 2.1
	return p->proto == PROTO_ICMP
		&& (p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 5
		    || p->icmp_type == 11 || p->icmp_type == 12);
}

// A RST or an ICMP error refuses; it does not answer, and it opens no conversation.
static bool speaks(const struct packet *p) {
	if (flow_has_tcp(p))
		return !(p->tcp_flags & TCP_RST);
	return !is_icmp_error(p);
}

// May this be a server's packet in the middle of a flow? All that TCP sends after the SYN has ACK set,
// but for a RST (RFC 9293, 3.10.7), so a FIN, NULL or XMAS probe is none. An ACK with nothing else may
// be: but it is a probe as well, while a server that has something to say shows it soon, and if it
// is one, then its client answers. No service answers in empty datagrams.
static bool may_be_from_the_middle(const struct packet *p) {
	const uint8_t more = p->tcp_flags & (TCP_FIN | TCP_PSH | TCP_RST);

	if (p->proto == PROTO_UDP)
		return p->payload_bytes > 0;
	if (!(p->tcp_flags & TCP_ACK))
		return p->tcp_flags & TCP_RST;
	return p->payload_bytes > 0 || more != 0;
}

// Who opened the flow, told from its first packet: the sender, but for a SYN-ACK, and where the
// capture began in the middle and only the sender has a server's port.
static bool sender_is_responder(const struct packet *p) {
	if (!(p->marks & PACKET_PORTS) || (p->proto != PROTO_TCP && p->proto != PROTO_UDP))
		return false;
	if (p->proto == PROTO_TCP && (p->tcp_flags & TCP_SYN))
		return is_synack(p);
	return p->sport < 1024 && p->dport >= 1024 && may_be_from_the_middle(p);
}

void flow_begin(struct flow *flow, const struct packet *p, bool from_hi) {
	const bool reversed = sender_is_responder(p);

	flow->bits = reversed ? FLOW_REVERSED : 0;
	if (from_hi != reversed)
		flow->bits |= FLOW_INITIATOR_HI;
	flow->size_min = UINT16_MAX;
	flow->ttl_min = UINT8_MAX;
	flow->first = (struct flow_first) {
		.bytes = p->bytes,
		.payload = p->payload_bytes,
		.tcp_flags = flow_has_tcp(p) ? p->tcp_flags : 0,
		.zero_window = flow_has_tcp(p) && p->tcp_window == 0,
	};
}

static void flags_add(struct flow *flow, uint8_t f, bool zero_window) {
	flow->acks += (f & TCP_ACK) != 0;
	flow->pushes += (f & TCP_PSH) != 0;
	if (f & (TCP_SYN | TCP_FIN | TCP_RST | TCP_URG)) {
		flow->syns += (f & TCP_SYN) != 0;
		flow->fins += (f & TCP_FIN) != 0;
		flow->resets += (f & TCP_RST) != 0;
		flow->urgents += (f & TCP_URG) != 0;
	}
	flow->zero_windows += zero_window && (f & (TCP_ACK | TCP_RST)) == TCP_ACK;
}

// The lines behind the first two begin to count.
void flow_second(struct flow *flow, uint64_t serial) {
	const struct flow_first first = flow->first;
	const unsigned d = (flow->bits & FLOW_REVERSED) != 0;

	memset(flow->packets, 0, sizeof(*flow) - offsetof(struct flow, packets));
	flow->packets[d] = 1;
	flow->bytes[d] = first.bytes;
	flow->payload[d] = first.payload;
	flow->first_ns = flow->last_ns;
	flow->serial = serial;
	flow->score = NAN;
	flow->entropy = first.entropy;
	flow->gap_squares_low = 0;
	flow->gap_min_ns = INFINITY;
	flow->gap_max_ns = 0;
	flags_add(flow, first.tcp_flags, first.zero_window);
}

// H = log2 n - sum over the byte values of c log2 c / n, where c is how often each occurs. The sum
// grows by a step for each byte met: from c log2 c to (c + 1) log2 (c + 1), in 2^-20.
static const uint32_t entropy_step[ENTROPY_BYTES] = {
	0,	 2097152, 2888709, 3402747, 3784982, 4089588, 4342897, 4559749, 4749342, 4917775,
	5069306, 5207021, 5333232, 5449714, 5557862, 5658788, 5753398, 5842437, 5926523, 6006179,
	6081850, 6153914, 6222701, 6288493, 6351545, 6412071, 6470270, 6526311, 6580350, 6632525,
	6682961, 6731768, 6779050, 6824899, 6869398, 6912627, 6954654, 6995544, 7035359, 7074152,
	7111975, 7148877, 7184898, 7220082, 7254466, 7288086, 7320975, 7353165, 7384682, 7415558,
	7445816, 7475479, 7504574, 7533118, 7561133, 7588641, 7615655, 7642197, 7668281, 7693922,
	7719136, 7743937, 7768337, 7792351, 7815989, 7839263, 7862185, 7884765, 7907012, 7928937,
	7950549, 7971856, 7992868, 8013591, 8034035, 8054206, 8074111, 8093759, 8113153, 8132303,
	8151213, 8169890, 8188339, 8206565, 8224575, 8242373, 8259964, 8277352, 8294544, 8311541,
	8328350, 8344974, 8361418, 8377685, 8393778, 8409702, 8425461, 8441057, 8456493, 8471775,
	8486902, 8501881, 8516712, 8531399, 8545945, 8560353, 8574625, 8588763, 8602770, 8616650,
	8630402, 8644030, 8657538, 8670926, 8684195, 8697350, 8710392, 8723322, 8736141, 8748855,
	8761460, 8773964, 8786363, 8798662, 8810863, 8822964, 8834971, 8846883,
};

static float entropy_of(const uint8_t *data, unsigned n) {
	uint8_t times[256] = {0};
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += entropy_step[times[data[i]]++];
	return (float)fmax(0, log2(n) - (double)sum / (1 << 20) / n); // the steps are rounded
}

void flow_entropy_once(struct flow *flow, const struct packet *p, const uint8_t *frame_data) {
	const unsigned n
		= p->payload_captured < ENTROPY_BYTES ? p->payload_captured : ENTROPY_BYTES;

	if (frame_data == NULL)
		return;
	flow->bits |= FLOW_HAS_ENTROPY;
	*(flow->n_packets == 1 ? &flow->first.entropy : &flow->entropy)
		= entropy_of(&frame_data[p->payload_offset], n);
}

static void sequence_add(struct flow *flow, const struct packet *p, unsigned d) {
	const uint32_t length = p->payload_bytes + ((p->tcp_flags & TCP_SYN) != 0)
		+ ((p->tcp_flags & TCP_FIN) != 0);

	if (p->tcp_flags & TCP_RST)
		return;
	if (!(flow->bits & FLOW_SEQ_KNOWN << d)) {
		flow->bits |= FLOW_SEQ_KNOWN << d;
		flow->next_seq[d] = p->tcp_seq + length;
		return;
	}
	if (length > 0)
		flow_sequence_add(flow, p, d, length);
}

// Nothing that this packet could answer or belong to has been seen. Asked before the packet is
// entered.
static bool tcp_is_stray(const struct flow *flow, const struct packet *p, unsigned d) {
	if (is_syn(p))
		return false;
	if (is_synack(p))
		return !(flow->bits & FLOW_SYN_SEEN << !d);
	if (flow->bits & FLOW_SPOKE << !d)
		return false;
	// Where only one direction passes the sensor, a connection is its own SYN and what
	// follows it in sequence.
	return !(flow->bits & FLOW_SYN_SEEN << d) || !seq_is_near(p->tcp_seq, flow->next_seq[d]);
}

static void reset_seen(struct flow *flow, const struct packet *p, unsigned d) {
	// A blind RST must not take the protection from an established flow (RFC 5961, 3).
	if (flow->state == FLOW_ESTABLISHED && (flow->bits & FLOW_SEQ_KNOWN << d)
	    && !seq_is_near(p->tcp_seq, flow->next_seq[d]))
		return;
	flow->state = FLOW_CLOSING;
}

// Asked after the packet is entered. @return true where this packet completed the handshake
static bool tcp_advance(struct flow *flow, const struct packet *p, unsigned d) {
	bool established = false;

	if (p->tcp_flags & TCP_RST) {
		reset_seen(flow, p, d);
		return false;
	}
	if (is_syn(p)) {
		flow->bits |= FLOW_SYN_SEEN << d;
		if (flow->state == FLOW_NEW && d == 0) {
			flow->state = FLOW_SYN;
			flow_handshake_set(flow, 1);
		}
	} else if (is_synack(p)) {
		if (flow->state <= FLOW_SYN && d == 1) {
			flow->state = FLOW_SYNACK;
			flow_handshake_set(flow, 2);
		}
	} else if (flow->state == FLOW_SYNACK && d == 0 && (p->tcp_flags & TCP_ACK)) {
		// A sender that never got the SYN-ACK does not know its number.
		established = seq_is_near(p->tcp_ack, flow->next_seq[1]);
	} else if (flow->state <= FLOW_SYN && flow_both(flow, FLOW_SPOKE) && (p->tcp_flags & TCP_ACK)) {
		flow->state = FLOW_ESTABLISHED; // from its middle on
	}
	if (established) {
		flow->state = FLOW_ESTABLISHED;
		flow_handshake_set(flow, 3);
	}
	if ((p->tcp_flags & (TCP_FIN | TCP_SYN)) == TCP_FIN) {
		flow->bits |= FLOW_FIN_SEEN << d;
		if (flow_both(flow, FLOW_FIN_SEEN))
			flow->state = FLOW_CLOSING;
	}
	return established;
}

void flow_tcp_update(
	struct flow *flow,
	const struct packet *p,
	unsigned d,
	struct flow_verdict *verdict
) {
	verdict->stray = tcp_is_stray(flow, p, d);
	if (flow->n_packets > 1)
		flags_add(flow, p->tcp_flags, p->tcp_window == 0);
	sequence_add(flow, p, d);
	if (speaks(p))
		flow->bits |= FLOW_SPOKE << d;
	verdict->established_now = tcp_advance(flow, p, d);
	verdict->answered_now = flow_answers(flow, d, speaks(p));
}

// A group never answers under its own address, so that nothing sent to it is stray: RFC 5771, RFC 4291
// 2.7, and the broadcast to all.
static bool is_group(const struct addr *a) {
	return addr_is_ip4(a) ? a->b[12] >> 4 == 0xe || a->d[3] == UINT32_MAX : a->b[0] == 0xff;
}

void flow_other_update(
	struct flow *flow,
	const struct packet *p,
	unsigned d,
	struct flow_verdict *verdict
) {
	const bool speaks_now = speaks(p);

	verdict->stray = !(flow->bits & FLOW_SPOKE << !d) && !is_group(&p->dst);
	if (speaks_now)
		flow->bits |= FLOW_SPOKE << d;
	if (flow_both(flow, FLOW_SPOKE))
		flow->state = FLOW_ESTABLISHED;
	verdict->answered_now = flow_answers(flow, d, speaks_now);
}

bool flow_row_is_due(uint64_t packets) {
	return flow_row_due(packets);
}

bool flow_update(
	struct flow_table *table,
	struct flow *flow,
	const struct packet *p,
	const uint8_t *frame_data,
	bool from_hi,
	uint16_t tick,
	struct flow_verdict *verdict
) {
	bool told;

	if (flow_opens_by_syn(flow, p)) {
		flow_account_syn(flow, p, from_hi, tick, verdict);
		return true;
	}
	told = flow_account(
		table, flow, p, frame_data, from_hi, tick, flow_seen_of(table, flow), verdict
	);
	if (told && !verdict->first)
		flow_fold(flow, verdict);
	return told;
}

bool flow_reopened_by(const struct flow *flow, const struct packet *p) {
	return flow->state == FLOW_CLOSING && flow_has_tcp(p) && is_syn(p);
}
