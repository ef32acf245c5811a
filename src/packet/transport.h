// Transport headers, the straight line: TCP and UDP that are captured whole.
//
// Private to this folder.
#ifndef WEIR_PACKET_TRANSPORT_H
#define WEIR_PACKET_TRANSPORT_H

#include "packet/layers.h"

#define TCP_FLAGS_MASK 0x3f // ECE and CWR are not part of a flag pattern

// Move past the header; the rest is payload.
static inline void payload(struct cursor *c, struct packet *row, uint32_t header) {
	const uint32_t left = cursor_left(c);
	const uint32_t bytes = left > header ? left - header : 0;

	c->at = cursor_sees(c, header) ? c->at + header : c->end;
	row->payload_bytes = bytes < UINT16_MAX ? (uint16_t)bytes : UINT16_MAX;
	row->payload_offset = (uint16_t)c->at;
	row->payload_captured = (uint16_t)(c->end - c->at);
}

static inline void ports(struct packet *row, const uint8_t *header) {
	row->sport = be16(header);
	row->dport = be16(&header[2]);
	row->marks |= PACKET_PORTS;
}

static inline enum layer tcp(struct cursor *c, struct packet *row) {
	const uint8_t *h = cursor_here(c);
	uint32_t header;

	if (unlikely(!cursor_sees(c, 20)))
		return tcp_cut(c, row);
	header = (h[12] >> 4) * 4u;
	// A first fragment may end inside the options.
	if (unlikely(
		    header < 20
		    || (!cursor_has(c, header) && (row->marks & PACKET_FRAGMENT_FIRST) == 0)
	    ))
		return malformed(row, MALFORMED_TCP_HEADER_LENGTH);
	ports(row, h);
	row->tcp_seq = be32(&h[4]);
	row->tcp_ack = be32(&h[8]);
	row->tcp_flags = h[13] & TCP_FLAGS_MASK;
	row->tcp_window = be16(&h[14]);
	row->protocols |= PROTOCOL_BIT(TCP);
	payload(c, row, header);
	return LAYER_NONE;
}

static inline enum layer udp_layer(uint16_t dport) {
	switch (dport) {
	case PORT_VXLAN:
	case PORT_VXLAN_OLD:
		return LAYER_VXLAN;
	case PORT_GENEVE:
		return LAYER_GENEVE;
	case PORT_GTPU:
		return LAYER_GTPU;
	default:
		return LAYER_NONE;
	}
}

static inline enum layer udp(struct cursor *c, struct packet *row) {
	const uint8_t *h = cursor_here(c);
	uint32_t length;

	if (unlikely(!cursor_sees(c, 8)))
		return udp_cut(c, row);
	length = be16(&h[4]);
	// A datagram too long for the field: RFC 2675, 4; segmentation offload makes them, too.
	if (unlikely(length == 0 && cursor_left(c) > UINT16_MAX))
		length = cursor_left(c);
	// The length is the whole datagram's: a first fragment holds only a part of it.
	if (unlikely(
		    length < 8
		    || (!cursor_has(c, length) && (row->marks & PACKET_FRAGMENT_FIRST) == 0)
	    ))
		return malformed(row, MALFORMED_UDP_LENGTH);
	ports(row, h);
	row->protocols |= PROTOCOL_BIT(UDP);
	if (length < cursor_left(c))
		cursor_bound(c, length);
	payload(c, row, 8);
	return udp_layer(row->dport);
}

static inline enum layer transport(struct cursor *c, struct packet *row, uint8_t proto) {
	row->proto = proto;
	if (proto == PROTO_TCP)
		return tcp(c, row);
	if (proto == PROTO_UDP)
		return udp(c, row);
	return transport_other(c, row);
}

#endif
