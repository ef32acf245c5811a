// One packet into its flow's record: running statistics, the TCP state, and what the packet is to
// the flow.
#include "flow/flow_record.h"

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

static bool has_tcp(const struct packet *p) {
	return p->proto == PROTO_TCP && (p->marks & PACKET_PORTS);
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
	if (has_tcp(p))
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

static void flow_begin(struct flow *flow, const struct packet *p, bool from_hi) {
	const bool reversed = sender_is_responder(p);

	flow->bits = reversed ? FLOW_REVERSED : 0;
	if (from_hi != reversed)
		flow->bits |= FLOW_INITIATOR_HI;
	flow->first_ns = p->ts_ns;
	flow->size_min = UINT32_MAX;
	flow->gap_min_ns = UINT64_MAX;
	flow->ttl_min = UINT8_MAX;
}

static void gap_add(struct flow *flow, uint64_t now_ns) {
	const uint64_t gap_ns = now_ns > flow->last_ns ? now_ns - flow->last_ns : 0;

	flow->gap_squares += (unsigned __int128)gap_ns * gap_ns;
	if (gap_ns < flow->gap_min_ns)
		flow->gap_min_ns = gap_ns;
	if (gap_ns > flow->gap_max_ns)
		flow->gap_max_ns = gap_ns;
}

static void size_add(struct flow *flow, const struct packet *p, unsigned d) {
	flow->packets[d]++;
	flow->bytes[d] += p->bytes;
	flow->payload[d] += p->payload_bytes;
	flow->size_squares += (uint64_t)p->bytes * p->bytes;
	if (p->bytes < flow->size_min)
		flow->size_min = p->bytes;
	if (p->bytes > flow->size_max)
		flow->size_max = p->bytes;
	if (d == 0) {
		if (p->ttl < flow->ttl_min)
			flow->ttl_min = p->ttl;
		if (p->ttl > flow->ttl_max)
			flow->ttl_max = p->ttl;
	}
}

// H = log2 n - sum over the bytes of log2(how often each occurs) / n. The sum of logs is the log of
// the product, and 128 factors of at most 128 stay below 2^896: one log for all.
static float entropy_of(const uint8_t *data, unsigned n) {
	uint8_t times[256] = {0};
	double product = 1;

	for (unsigned i = 0; i < n; i++)
		times[data[i]]++;
	for (unsigned i = 0; i < n; i++)
		product *= times[data[i]];
	return (float)(log2(n) - log2(product) / n);
}
static_assert(ENTROPY_BYTES <= 128, "128^128 fits a double, and 128 a byte");

static void entropy_once(struct flow *flow, const struct packet *p, const uint8_t *frame_data) {
	const unsigned n
		= p->payload_captured < ENTROPY_BYTES ? p->payload_captured : ENTROPY_BYTES;

	if (n == 0 || frame_data == NULL || (flow->bits & FLOW_HAS_ENTROPY))
		return;
	flow->bits |= FLOW_HAS_ENTROPY;
	flow->entropy = entropy_of(&frame_data[p->payload_offset], n);
}

static void flags_add(struct flow *flow, const struct packet *p) {
	const uint8_t f = p->tcp_flags;

	flow->acks += (f & TCP_ACK) != 0;
	flow->pushes += (f & TCP_PSH) != 0;
	if (f & (TCP_SYN | TCP_FIN | TCP_RST | TCP_URG)) {
		flow->syns += (f & TCP_SYN) != 0;
		flow->fins += (f & TCP_FIN) != 0;
		flow->resets += (f & TCP_RST) != 0;
		flow->urgents += (f & TCP_URG) != 0;
	}
	if (p->tcp_window == 0 && flags_are(p, TCP_ACK | TCP_RST, TCP_ACK))
		flow->zero_windows++;
}

// Segments that take up sequence space, against the end of what this side has sent.
static void sequence_add(struct flow *flow, const struct packet *p, unsigned d) {
	const uint32_t length = p->payload_bytes + ((p->tcp_flags & TCP_SYN) != 0)
		+ ((p->tcp_flags & TCP_FIN) != 0);
	const uint32_t end = p->tcp_seq + length;
	int32_t ahead;

	if (p->tcp_flags & TCP_RST)
		return;
	if (!(flow->bits & FLOW_SEQ_KNOWN << d)) {
		flow->bits |= FLOW_SEQ_KNOWN << d;
		flow->next_seq[d] = end;
		return;
	}
	if (length == 0)
		return;
	ahead = (int32_t)(p->tcp_seq - flow->next_seq[d]);
	if (ahead > 0)
		flow->out_of_order++;
	if (ahead < 0)
		flow->retransmitted++;
	if ((int32_t)(end - flow->next_seq[d]) > 0)
		flow->next_seq[d] = end;
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

static bool both(const struct flow *flow, uint16_t bit) {
	return (flow->bits & (bit | bit << 1)) == (bit | bit << 1);
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
			flow->handshake = 1;
		}
	} else if (is_synack(p)) {
		if (flow->state <= FLOW_SYN && d == 1) {
			flow->state = FLOW_SYNACK;
			flow->handshake = 2;
		}
	} else if (flow->state == FLOW_SYNACK && d == 0 && (p->tcp_flags & TCP_ACK)) {
		// A sender that never got the SYN-ACK does not know its number.
		established = seq_is_near(p->tcp_ack, flow->next_seq[1]);
	} else if (flow->state <= FLOW_SYN && both(flow, FLOW_SPOKE) && (p->tcp_flags & TCP_ACK)) {
		flow->state = FLOW_ESTABLISHED; // from its middle on
	}
	if (established) {
		flow->state = FLOW_ESTABLISHED;
		flow->handshake = 3;
	}
	if ((p->tcp_flags & (TCP_FIN | TCP_SYN)) == TCP_FIN) {
		flow->bits |= FLOW_FIN_SEEN << d;
		if (both(flow, FLOW_FIN_SEEN))
			flow->state = FLOW_CLOSING;
	}
	return established;
}

static void
tcp_update(struct flow *flow, const struct packet *p, unsigned d, struct flow_verdict *verdict) {
	verdict->stray = tcp_is_stray(flow, p, d);
	flags_add(flow, p);
	sequence_add(flow, p, d);
	if (speaks(p))
		flow->bits |= FLOW_SPOKE << d;
	verdict->established_now = tcp_advance(flow, p, d);
}

static void
other_update(struct flow *flow, const struct packet *p, unsigned d, struct flow_verdict *verdict) {
	verdict->stray = !(flow->bits & FLOW_SPOKE << !d);
	if (speaks(p))
		flow->bits |= FLOW_SPOKE << d;
	if (both(flow, FLOW_SPOKE))
		flow->state = FLOW_ESTABLISHED;
	verdict->established_now = false;
}

bool flow_row_is_due(uint64_t packets) {
	const bool power_of_four
		= (packets & (packets - 1)) == 0 && (packets & 0x5555555555555555ull) != 0;

	return packets >= FLOW_SCORE_MIN_PACKETS && power_of_four;
}

// The first packet back to who opened the flow. A flow whose opening was not seen has none.
static bool answers(struct flow *flow, const struct packet *p, unsigned d) {
	if (d == 0 || (flow->bits & (FLOW_ANSWERED | FLOW_REVERSED)) || !speaks(p))
		return false;
	flow->bits |= FLOW_ANSWERED;
	return true;
}

void flow_update(
	struct flow *flow,
	const struct packet *p,
	const uint8_t *frame_data,
	bool from_hi,
	struct flow_verdict *verdict
) {
	uint32_t seen;
	uint64_t n;
	unsigned d; // 0 from the initiator, 1 to it

	verdict->first = flow->packets[0] + flow->packets[1] == 0;
	if (verdict->first)
		flow_begin(flow, p, from_hi);
	else
		gap_add(flow, p->ts_ns);
	d = from_hi != ((flow->bits & FLOW_INITIATOR_HI) != 0);
	verdict->from_initiator = d == 0;
	if (p->ts_ns > flow->last_ns)
		flow->last_ns = p->ts_ns;
	size_add(flow, p, d);
	if (has_tcp(p))
		tcp_update(flow, p, d, verdict);
	else
		other_update(flow, p, d, verdict);
	verdict->answered_now = answers(flow, p, d);
	entropy_once(flow, p, frame_data);
	n = flow->packets[0] + flow->packets[1];
	verdict->score_due = flow_row_is_due(n);
	seen = seen_word(p->ts_ns, flow_class_of(flow));
	if (*flow->seen != seen)
		*flow->seen = seen;
}

bool flow_reopened_by(const struct flow *flow, const struct packet *p) {
	return flow->state == FLOW_CLOSING && has_tcp(p) && is_syn(p);
}
