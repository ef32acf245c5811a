// The frames that nearly all traffic is made of, in a straight line: Ethernet with at most one VLAN tag,
// IPv4 without options or IPv6 without extension headers, no fragment, TCP or UDP, no tunnel, whole.
//
// For pipeline/'s loop, inline; packet_parse() is this, and the full parser for all that is left.
#ifndef WEIR_PACKET_PLAIN_H
#define WEIR_PACKET_PLAIN_H

#include "packet/ip.h"

#define PLAIN_BYTES_MIN 54 // a longer read than any below is never needed to say no

// packet.c: any frame at all
void packet_parse_any(
	const struct packet_conf *conf,
	const struct frame *frame,
	struct packet *out
);

// What the fields of a row are made of. A row is stored once, from here: fields that are stored and read
// again on the way would each cost their latency.
struct plain {
	uint32_t l4; // where the transport header begins
	uint32_t full; // where the packet ends
	uint32_t payload; // where the payload begins
	uint32_t payload_bytes;
	uint32_t protocols;
	uint16_t vlan;
	uint8_t proto;
	uint8_t ttl;
};

static inline void plain_store(
	struct packet *restrict row,
	const struct frame *frame,
	const struct plain *f,
	bool tcp
) {
	const uint8_t *h = &frame->data[f->l4];
	const uint32_t seen = frame->captured < FRAME_LOOK_MAX ? frame->captured : FRAME_LOOK_MAX;
	const uint32_t left = seen - f->payload;

	row->sport = be16(h);
	row->dport = be16(&h[2]);
	row->tunnel_id = 0;
	row->vlan = f->vlan;
	row->proto = f->proto;
	row->tcp_flags = tcp ? h[13] & TCP_FLAGS_MASK : 0;
	row->marks = PACKET_PORTS;
	row->class = PACKET_FLOW;
	row->malformed = MALFORMED_NONE;
	row->ttl = f->ttl;
	row->icmp_type = 0;
	row->icmp_code = 0;
	row->tcp_window = tcp ? be16(&h[14]) : 0;
	row->tcp_seq = tcp ? be32(&h[4]) : 0;
	row->tcp_ack = tcp ? be32(&h[8]) : 0;
	row->bytes = frame->captured;
	row->payload_bytes = (uint16_t)f->payload_bytes;
	row->payload_offset = (uint16_t)f->payload;
	row->payload_captured = (uint16_t)(f->payload_bytes < left ? f->payload_bytes : left);
	row->ether_type = 0;
	row->protocols = f->protocols | (tcp ? PROTOCOL_BIT(TCP) : PROTOCOL_BIT(UDP));
	row->zero = 0;
	row->ts_ns = frame->ts_ns;
}

// @return false: it is not such a frame
[[gnu::always_inline]] static inline bool
plain_transport(struct packet *restrict row, const struct frame *frame, struct plain *f) {
	const uint8_t *h = &frame->data[f->l4];
	uint32_t header;

	if (likely(f->proto == PROTO_TCP)) {
		if (unlikely(f->full < f->l4 + 20))
			return false;
		header = (h[12] >> 4) * 4u;
		if (unlikely(header < 20 || f->l4 + header > f->full))
			return false;
		f->payload = f->l4 + header;
		f->payload_bytes = f->full - f->payload;
		plain_store(row, frame, f, true);
		return true;
	}
	if (unlikely(f->proto != PROTO_UDP || f->full < f->l4 + 8))
		return false;
	header = be16(&h[4]);
	if (unlikely(
		    header < 8 || f->l4 + header > f->full || udp_layer(be16(&h[2])) != LAYER_NONE
	    ))
		return false;
	f->payload = f->l4 + 8;
	f->payload_bytes = header - 8;
	plain_store(row, frame, f, false);
	return true;
}

[[gnu::always_inline]] static inline bool
plain_ip4(struct packet *restrict row, const struct frame *frame, struct plain *f, uint32_t at) {
	const uint8_t *h = &frame->data[at];

	f->l4 = at + 20;
	f->full = at + be16(&h[2]);
	f->ttl = h[8];
	f->proto = h[9];
	f->protocols |= PROTOCOL_BIT(IP4);
	if (unlikely(h[0] != 0x45 || (be16(&h[6]) & 0x3fff) != 0 || f->full > frame->captured))
		return false;
	row->src = ip4_addr(&h[12]);
	row->dst = ip4_addr(&h[16]);
	return plain_transport(row, frame, f);
}

[[gnu::always_inline]] static inline bool
plain_ip6(struct packet *restrict row, const struct frame *frame, struct plain *f, uint32_t at) {
	const uint8_t *h = &frame->data[at];

	f->l4 = at + 40;
	f->full = at + 40u + be16(&h[4]);
	f->ttl = h[7];
	f->proto = h[6];
	f->protocols |= PROTOCOL_BIT(IP6);
	if (unlikely(h[0] >> 4 != 6 || f->full > frame->captured))
		return false;
	memcpy(&row->src, &h[8], 16);
	memcpy(&row->dst, &h[24], 16);
	return plain_transport(row, frame, f);
}

static inline bool plain_tagged(struct packet *restrict row, const struct frame *frame) {
	struct plain f = {
		.vlan = be16(&frame->data[14]) & 0xfff,
		.protocols = PROTOCOL_BIT(VLAN),
	};
	const uint16_t type = be16(&frame->data[16]);

	if (likely(type == ETHER_IP4))
		return plain_ip4(row, frame, &f, 18);
	return type == ETHER_IP6 && plain_ip6(row, frame, &f, 18);
}

// @return false: it is not such a frame; *row is then without meaning
[[gnu::always_inline]] static inline bool
packet_parse_plain(const struct frame *frame, struct packet *restrict row) {
	struct plain f = {0};
	uint16_t type;

	if (unlikely(frame->captured < PLAIN_BYTES_MIN))
		return false;
	type = be16(&frame->data[12]);
	if (likely(type == ETHER_IP4))
		return plain_ip4(row, frame, &f, 14);
	if (likely(type == ETHER_IP6))
		return plain_ip6(row, frame, &f, 14);
	return type == ETHER_VLAN && plain_tagged(row, frame);
}

static inline void packet_parse_inline(
	const struct packet_conf *conf,
	const struct frame *frame,
	struct packet *restrict row
) {
	if (unlikely(conf->link != LINK_ETHERNET || !packet_parse_plain(frame, row)))
		packet_parse_any(conf, frame, row);
}

#endif
