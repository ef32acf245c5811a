// What a packet counts as: TCP flag sets, stray packets, amplifiers, flows opened.
#include "host/share.h"

#define BIT(counter) HOST_BIT(counter)

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

const struct tcp_share host_tcp_share[TCP_FLAG_SETS]
	= {ROWS16(0), ROWS16(16), ROWS16(32), ROWS16(48)};
static_assert(TCP_FLAG_SETS == TCP_FLAGS + 1);

// A second port of 0 means none: its case gets a value that no port has.
uint8_t host_amplifier_of(uint16_t port) {
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

uint32_t host_share_other(const struct packet *p, bool stray) {
	const bool later = p->marks & PACKET_FRAGMENT_LATER; // no transport header to look at

	switch (p->proto) {
	case PROTO_TCP:
		return BIT(TCP);
	case PROTO_UDP:
		return BIT(UDP);
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return BIT(ICMP) | (later ? 0 : icmp_share(p, stray));
	default:
		return BIT(OTHER_IP);
	}
}

// An answer or an error opens nothing, even where it is the first packet seen between two hosts:
// else a victim that answers forged sources would look like a scanner.
bool host_packet_opens(const struct packet *p) {
	if (p->marks & PACKET_FRAGMENT_LATER)
		return false;
	if (p->proto == PROTO_TCP)
		return !(p->tcp_flags & TCP_RST);
	if (p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6)
		return !icmp_is_error(p) && !icmp_is_discovery(p);
	return true;
}
