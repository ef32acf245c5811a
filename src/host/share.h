// What one packet adds to a host record: worked out once, added to two records. Private to host/.
#ifndef WEIR_HOST_SHARE_H
#define WEIR_HOST_SHARE_H

#include "flow/flow.h"
#include "host/host.h"

#define HOST_BIT(counter) (1u << HOST_##counter)
#define TCP_FLAG_SETS 64

// Four counters side by side.
typedef uint32_t host_lanes __attribute__((vector_size(16)));
#define HOST_HOT_VECTORS (HOST_COUNTERS_HOT / 4)

struct share {
	host_lanes hot[HOST_HOT_VECTORS]; // what is added to the first counters
	uint64_t ts_ns;
	uint64_t ttl_class;
	uint32_t counters; // bit HOST_x, of this packet
	uint32_t packets; // this one and those that waited with it
	uint32_t bytes;
	uint32_t payload_bytes;
	uint32_t amplified_bytes;
	uint16_t port; // destination's
	uint8_t proto;
	uint8_t amplifier; // AMP_N: none
	bool has_ports;
	uint8_t opened; // a flow: 1 without, 2 with a port
};
static_assert(HOST_COUNTER_N <= 32, "share.counters has a bit for each");
static_assert(HOST_COUNTERS_HOT % 4 == 0);
static_assert(
	HOST_PACKETS == 0 && HOST_TCP == 1 && HOST_UDP == 2 && HOST_SMALL == 3,
	"what packets that waited add to is the first vector"
);

struct tcp_share {
	uint32_t always;
	uint32_t stray;
};
extern const struct tcp_share host_tcp_share[TCP_FLAG_SETS];

// share.c: what is rare
uint32_t host_share_other(const struct packet *p, bool stray);
uint8_t host_amplifier_of(uint16_t port);
bool host_packet_opens(const struct packet *p);

static inline uint32_t host_tcp_counters(const struct packet *p, bool stray) {
	const struct tcp_share *of = &host_tcp_share[p->tcp_flags & (TCP_FLAG_SETS - 1)];
	uint32_t counters = of->always | (stray ? of->stray : 0);

	if ((counters & HOST_BIT(ACK)) && p->payload_bytes > 0)
		counters ^= HOST_BIT(ACK) | HOST_BIT(PSHACK);
	return counters | HOST_BIT(TCP);
}

static inline uint32_t host_udp_counters(struct share *s, const struct packet *p, bool stray) {
	uint32_t counters = HOST_BIT(UDP) | (p->payload_bytes == 0 ? HOST_BIT(UDP_EMPTY) : 0);

	if (stray) {
		s->amplifier = host_amplifier_of(p->sport);
		counters |= HOST_BIT(UDP_STRAY);
	}
	return counters;
}

static inline uint32_t
host_transport_counters(struct share *s, const struct packet *p, bool stray) {
	if (__builtin_expect((p->marks & PACKET_FRAGMENT_LATER) != 0, 0))
		return host_share_other(p, stray);
	if (p->proto == PROTO_TCP)
		return host_tcp_counters(p, stray);
	if (p->proto == PROTO_UDP)
		return host_udp_counters(s, p, stray);
	return host_share_other(p, stray);
}

// One for each bit of this packet; and the packets that waited, which are all of its flow's kind.
static inline void host_share_lanes(struct share *s, uint32_t waited, uint32_t waited_small) {
	const host_lanes all = {s->counters, s->counters, s->counters, s->counters};
	const uint32_t tcp = s->counters & HOST_BIT(TCP) ? waited : 0;

	for (unsigned i = 0; i < HOST_HOT_VECTORS; i++) {
		const host_lanes bit = {1u << 4 * i, 2u << 4 * i, 4u << 4 * i, 8u << 4 * i};

		s->hot[i] = -(host_lanes)((all & bit) == bit);
	}
	s->hot[0] += (host_lanes) {waited, tcp, waited - tcp, waited_small};
}

// Without a flow record all that can be told is that a SYN opens.
static inline bool
host_share_opens(const struct share *s, const struct packet *p, const struct flow_verdict *v) {
	if (__builtin_expect(v->unknown, 0))
		return s->counters & HOST_BIT(SYN);
	return v->first && v->from_initiator
		&& ((s->counters & HOST_BIT(SYN)) || host_packet_opens(p));
}

static inline void
host_share(struct share *s, const struct packet *p, const struct flow_verdict *v) {
	const bool small = p->payload_bytes == 0;

	s->ts_ns = p->ts_ns;
	s->ttl_class = 1ull << (p->ttl / 4);
	s->packets = v->told_packets;
	s->bytes = v->told_bytes;
	s->payload_bytes = v->told_payload_bytes;
	s->amplified_bytes = p->bytes;
	s->port = p->dport;
	s->proto = p->proto;
	s->amplifier = AMP_N;
	s->has_ports = p->marks & PACKET_PORTS;
	s->counters = host_transport_counters(s, p, v->stray) | HOST_BIT(PACKETS);
	if (__builtin_expect((p->marks & (PACKET_FRAGMENT_FIRST | PACKET_FRAGMENT_LATER)) != 0, 0))
		s->counters |= HOST_BIT(FRAGMENTS);
	if (small)
		s->counters |= HOST_BIT(SMALL);
	s->opened = 0;
	if (host_share_opens(s, p, v)) {
		s->opened = 1 + s->has_ports;
		s->counters |= HOST_BIT(FLOWS_OPENED);
	}
	if (v->established_now)
		s->counters |= HOST_BIT(ESTABLISHED);
	host_share_lanes(s, v->told_packets - 1, v->told_small - small);
}

#endif
