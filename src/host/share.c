// What a packet counts as: TCP flag sets, stray packets, amplifiers, flows opened.
#include "host/record.h"

#define BIT(counter) (1u << HOST_##counter)

#define TCP_FLAGS (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG)
#define HAS(flags, set) (((flags) & (set)) == (set))

// Flag sets that no stack sends count always.
#define TCP_ALWAYS(f)                                                                              \
	(((f)&TCP_RST ? BIT(RST_ALL) : 0)                                                          \
	 | (HAS(f, TCP_SYN | TCP_FIN)					   ? BIT(SYNFIN)           \
		    : HAS(f, TCP_SYN | TCP_RST)				   ? BIT(ODD_FLAGS)        \
		    : HAS(f, TCP_FIN | TCP_RST)				   ? BIT(ODD_FLAGS)        \
		    : HAS(f, TCP_FIN | TCP_PSH | TCP_URG)		   ? BIT(XMAS)             \
		    : (f) == 0						   ? BIT(NULL_FLAGS)       \
		    : ((f) & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == 0 ? BIT(ODD_FLAGS)        \
		    : HAS(f, TCP_SYN) && !HAS(f, TCP_ACK)		   ? BIT(SYN)              \
									   : 0))
// The others where they are stray.
#define TCP_STRAY(f)                                                                               \
	((TCP_ALWAYS(f) & ~BIT(RST_ALL)) != 0 ? 0                                                  \
		 : HAS(f, TCP_SYN)	      ? BIT(SYNACK)                                        \
		 : HAS(f, TCP_RST)	      ? BIT(RST)                                           \
		 : HAS(f, TCP_FIN)	      ? BIT(FIN)                                           \
		 : HAS(f, TCP_PSH)	      ? BIT(PSHACK)                                        \
					      : BIT(ACK))
#define ROW(f)                                                                                     \
	{ TCP_ALWAYS(f), TCP_STRAY(f) }
#define ROWS4(f) ROW(f), ROW((f) + 1), ROW((f) + 2), ROW((f) + 3)
#define ROWS16(f) ROWS4(f), ROWS4((f) + 4), ROWS4((f) + 8), ROWS4((f) + 12)

static const struct {
	uint32_t always;
	uint32_t stray;
} tcp_counters[TCP_FLAGS + 1] = {ROWS16(0), ROWS16(16), ROWS16(32), ROWS16(48)};

static uint32_t tcp_share(const struct packet *p, bool stray) {
	const unsigned flags = p->tcp_flags & TCP_FLAGS;
	uint32_t counters = tcp_counters[flags].always;

	if (stray)
		counters |= tcp_counters[flags].stray;
	if ((counters & BIT(ACK)) && p->payload_bytes > 0)
		counters ^= BIT(ACK) | BIT(PSHACK);
	return counters;
}

// A second port of 0 means none: its case gets a value that no port has.
static uint8_t amplifier_of(uint16_t port) {
	switch ((uint32_t)port) {
#define X(id, name, port1, port2)                                                                  \
	case port1:                                                                                \
	case (port2) != 0 ? (port2):                                                               \
		0x10000 + AMP_##id : return AMP_##id;
		AMPLIFIERS(X)
#undef X
	}
	return AMP_N;
}

static bool icmp_is_error(const struct packet *p) {
	if (p->proto == PROTO_ICMP6)
		return p->icmp_type < 128; // RFC 4443, 2.1
	// RFC 792: unreachable, source quench, redirect, time exceeded, parameter problem
	return p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 5 || p->icmp_type == 11
		|| p->icmp_type == 12;
}

// Every IPv6 host sends these unasked: multicast listener and neighbour discovery (RFC 2710,
// 3810, 4861).
static bool icmp_is_discovery(const struct packet *p) {
	return p->proto == PROTO_ICMP6
		&& ((p->icmp_type >= 130 && p->icmp_type <= 137) || p->icmp_type == 143);
}

static uint32_t icmp_share(const struct packet *p, bool stray) {
	const bool v6 = p->proto == PROTO_ICMP6;
	uint32_t counters = 0;

	if (p->icmp_type == (v6 ? 128 : 8))
		counters |= BIT(ICMP_ECHO);
	if (p->icmp_type == (v6 ? 129 : 0))
		counters |= BIT(ICMP_ECHO_REPLY);
	if (p->icmp_type == (v6 ? 1 : 3))
		counters |= BIT(UNREACH);
	if (stray && !icmp_is_error(p) && !icmp_is_discovery(p))
		counters |= BIT(ICMP_STRAY);
	return counters;
}

static uint32_t transport_share(struct share *s, const struct packet *p, bool stray) {
	const bool later = p->marks & PACKET_FRAGMENT_LATER; // no transport header to look at

	switch (p->proto) {
	case PROTO_TCP:
		return BIT(TCP) | (later ? 0 : tcp_share(p, stray));
	case PROTO_UDP:
		if (later)
			return BIT(UDP);
		if (stray)
			s->amplifier = amplifier_of(p->sport);
		return BIT(UDP) | (stray ? BIT(UDP_STRAY) : 0)
			| (p->payload_bytes == 0 ? BIT(UDP_EMPTY) : 0);
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return BIT(ICMP) | (later ? 0 : icmp_share(p, stray));
	default:
		return BIT(OTHER_IP);
	}
}

// An answer or an error opens nothing, even where it is the first packet seen between two hosts:
// else a victim that answers forged sources would look like a scanner.
static bool packet_can_open(const struct packet *p) {
	if (p->marks & PACKET_FRAGMENT_LATER)
		return false;
	if (p->proto == PROTO_TCP)
		return !(p->tcp_flags & TCP_RST);
	if (p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6)
		return !icmp_is_error(p) && !icmp_is_discovery(p);
	return true;
}

void share_of_packet(struct share *s, const struct packet *p, const struct flow_verdict *verdict) {
	const bool stray = verdict != NULL && verdict->stray;

	s->ts_ns = p->ts_ns;
	s->bytes = p->bytes;
	s->payload_bytes = p->payload_bytes;
	s->port = p->dport;
	s->proto = p->proto;
	s->ttl = p->ttl;
	s->amplifier = AMP_N;
	s->has_ports = p->marks & PACKET_PORTS;
	s->counters = transport_share(s, p, stray);
	if (p->marks & (PACKET_FRAGMENT_FIRST | PACKET_FRAGMENT_LATER))
		s->counters |= BIT(FRAGMENTS);
	if (p->payload_bytes == 0)
		s->counters |= BIT(SMALL);
	if (verdict == NULL)
		s->opened = s->counters & BIT(SYN); // host_only: all that can be told
	else
		s->opened = verdict->first && verdict->from_initiator && packet_can_open(p);
	if (s->opened)
		s->counters |= BIT(FLOWS_OPENED);
	if (verdict != NULL && verdict->established_now)
		s->counters |= BIT(ESTABLISHED);
}
