// IP headers, the straight line: no options, no extension headers, no fragments.
//
// Private to this folder.
#ifndef WEIR_PACKET_IP_H
#define WEIR_PACKET_IP_H

#include "packet/transport.h"

// As addr_from_ip4(), which is a call.
static inline struct addr ip4_addr(const uint8_t *ip4) {
	struct addr a = {.b = {[10] = 0xff, [11] = 0xff}};

	memcpy(&a.d[3], ip4, 4);
	return a;
}

// The IP header at the cursor says that the packet is n bytes long. A capture or a mirror may hold
// less; anything else that does is damage.
// @param may_cut  whoever made the bytes around it may have shortened it
static inline bool ip_bound(struct cursor *c, struct packet *row, uint32_t n, bool may_cut) {
	if (unlikely(n > cursor_left(c))) {
		if (!may_cut)
			return false;
		row->marks |= PACKET_TRUNCATED;
		row->protocols |= PROTOCOL_BIT(TRUNCATED);
		if (c->at + n > row->bytes)
			row->bytes = c->at + n;
	}
	cursor_bound(c, n);
	return true;
}

static inline enum layer ip4(struct cursor *c, struct packet *row, bool may_cut) {
	const uint8_t *h = cursor_here(c);
	const uint32_t at = c->at;
	uint32_t header, total;

	if (unlikely(!cursor_sees(c, 20)))
		return malformed(row, MALFORMED_SHORT_IP4);
	if (unlikely(h[0] >> 4 != 4))
		return malformed(row, MALFORMED_IP_VERSION);
	header = (h[0] & 0xf) * 4u;
	total = be16(&h[2]);
	if (unlikely(header < 20))
		return malformed(row, MALFORMED_IP4_HEADER_LENGTH);
	if (unlikely(!cursor_sees(c, header)))
		return malformed(row, MALFORMED_SHORT_IP4);
	if (unlikely(total == 0)) // segmentation offload: the adapter was to fill it in
		total = cursor_left(c);
	if (unlikely(total < header || !ip_bound(c, row, total, may_cut)))
		return malformed(row, MALFORMED_IP4_TOTAL_LENGTH);
	row->src = ip4_addr(&h[12]);
	row->dst = ip4_addr(&h[16]);
	row->ttl = h[8];
	row->protocols |= PROTOCOL_BIT(IP4);
	cursor_skip(c, header);
	if (unlikely((be16(&h[6]) & 0x3fff) != 0))
		return ip4_fragment(c, row, h[9], at);
	if (unlikely(h[9] == PROTO_AH))
		return ip_chain(c, row, h[9], at);
	return transport(c, row, h[9]);
}

static inline enum layer ip6(struct cursor *c, struct packet *row, bool may_cut) {
	const uint8_t *h = cursor_here(c);
	const uint32_t at = c->at;
	uint32_t total;

	if (unlikely(!cursor_sees(c, 40)))
		return malformed(row, MALFORMED_SHORT_IP6);
	if (unlikely(h[0] >> 4 != 6))
		return malformed(row, MALFORMED_IP_VERSION);
	total = 40u + be16(&h[4]);
	// Zero is a jumbogram (RFC 2675), segmentation offload, or truly nothing behind the header.
	if (unlikely(total == 40 && h[6] != PROTO_NONE))
		total = cursor_left(c);
	if (unlikely(!ip_bound(c, row, total, may_cut)))
		return malformed(row, MALFORMED_SHORT_IP6);
	memcpy(&row->src, &h[8], 16);
	memcpy(&row->dst, &h[24], 16);
	row->ttl = h[7];
	row->protocols |= PROTOCOL_BIT(IP6);
	cursor_skip(c, 40);
	if (likely(h[6] == PROTO_TCP || h[6] == PROTO_UDP))
		return transport(c, row, h[6]);
	return ip_chain(c, row, h[6], at);
}

// @param layer  LAYER_IP4, LAYER_IP6, or LAYER_IP
static inline enum layer ip(struct cursor *c, struct packet *row, enum layer layer, bool may_cut) {
	if (unlikely(layer == LAYER_IP)) {
		if (!cursor_sees(c, 1))
			return malformed(row, MALFORMED_SHORT_LINK);
		layer = *cursor_here(c) >> 4 == 6 ? LAYER_IP6 : LAYER_IP4;
	}
	return likely(layer == LAYER_IP4) ? ip4(c, row, may_cut) : ip6(c, row, may_cut);
}

#endif
