// IP headers off the straight line: extension headers, AH, fragments.
#include "packet/ip.h"

#define EXT_HOP_BY_HOP 0
#define EXT_ROUTING 43
#define EXT_FRAGMENT 44
#define EXT_DESTINATION 60
#define EXT_MOBILITY 135
#define EXT_HIP 139
#define EXT_SHIM6 140

// A fragment with @p offset_bytes, at the cursor, of a packet whose IP header begins at ip_at.
static bool fragment_mark(
	struct cursor *c,
	struct packet *row,
	uint8_t proto,
	uint32_t offset_bytes,
	uint32_t before_bytes
) {
	// RFC 1858, 3.2.2: at offset 8 a TCP fragment can only be there to rewrite the flags.
	if ((offset_bytes == 8 && proto == PROTO_TCP)
	    || before_bytes + offset_bytes + cursor_left(c) > UINT16_MAX) {
		malformed(row, MALFORMED_FRAGMENT);
		return false;
	}
	if (offset_bytes == 0) {
		row->marks |= PACKET_FRAGMENT_FIRST;
		row->protocols |= PROTOCOL_BIT(FRAGMENT_FIRST);
	} else {
		row->marks |= PACKET_FRAGMENT_LATER;
		row->protocols |= PROTOCOL_BIT(FRAGMENT_LATER);
	}
	return true;
}

// What a fragment holds. Tunnels in fragments stay closed: the later ones could not be opened, and
// one datagram must not be counted in two places.
static enum layer fragment_inside(struct cursor *c, struct packet *row, uint8_t proto) {
	row->proto = proto;
	if (row->marks & PACKET_FRAGMENT_LATER)
		transport_other(c, row);
	else
		transport(c, row, proto);
	return LAYER_NONE;
}

enum layer ip4_fragment(struct cursor *c, struct packet *row, uint8_t proto, uint32_t ip_at) {
	const uint32_t offset_bytes = (be16(&c->data[ip_at + 6]) & 0x1fff) * 8u;

	if (!fragment_mark(c, row, proto, offset_bytes, c->at - ip_at))
		return LAYER_NONE;
	if (proto == PROTO_AH && offset_bytes == 0)
		return ip_chain(c, row, proto, ip_at);
	return fragment_inside(c, row, proto);
}

static bool is_ext(uint8_t proto) {
	switch (proto) {
	case EXT_HOP_BY_HOP:
	case EXT_ROUTING:
	case EXT_FRAGMENT:
	case EXT_DESTINATION:
	case EXT_MOBILITY:
	case EXT_HIP:
	case EXT_SHIM6:
	case PROTO_AH:
		return true;
	default:
		return false;
	}
}

// The chain ends here: the capture cut it. The addresses are known, so it is a flow's packet.
static enum layer chain_cut(struct cursor *c, struct packet *row, uint8_t proto) {
	row->proto = proto;
	row->protocols |= PROTOCOL_BIT(OTHER_IP);
	payload(c, row, 0);
	return LAYER_NONE;
}

enum step { STEP_ON, STEP_CUT, STEP_OVER }; // OVER: the row is complete

// Step over the header at the cursor.
// @param proto  in: what it is; out: what follows it
static enum step ext_skip(struct cursor *c, struct packet *row, uint8_t *proto) {
	const uint8_t *h = cursor_here(c);
	const bool ah = *proto == PROTO_AH;
	// AH is 12 bytes at least and counts in words of four (RFC 4302, 2.2), the others in eight.
	const uint32_t least = ah ? 12 : 8;
	uint32_t bytes;

	if (!cursor_has(c, least)) {
		malformed(row, ah ? MALFORMED_SHORT_IPSEC : MALFORMED_SHORT_IP6_EXT);
		return STEP_OVER;
	}
	if (!cursor_sees(c, 2))
		return STEP_CUT;
	bytes = ah ? (h[1] + 2u) * 4 : (h[1] + 1u) * 8;
	if (bytes < least || !cursor_has(c, bytes)) {
		malformed(row, ah ? MALFORMED_SHORT_IPSEC : MALFORMED_IP6_EXT_LENGTH);
		return STEP_OVER;
	}
	if (!cursor_sees(c, bytes))
		return STEP_CUT;
	if (ah)
		row->protocols |= PROTOCOL_BIT(AH);
	*proto = h[0];
	cursor_skip(c, bytes);
	return STEP_ON;
}

// Step over a fragment header; a later fragment ends the chain.
static enum step
fragment_skip(struct cursor *c, struct packet *row, uint8_t *proto, uint32_t ip_at) {
	const uint8_t *h = cursor_here(c);
	uint16_t field;

	if (!cursor_has(c, 8)) {
		malformed(row, MALFORMED_SHORT_IP6_EXT);
		return STEP_OVER;
	}
	if (!cursor_sees(c, 8))
		return STEP_CUT;
	field = be16(&h[2]);
	*proto = h[0];
	cursor_skip(c, 8);
	if ((field & 0xfff9) == 0) // an atomic fragment is a whole packet: RFC 6946
		return STEP_ON;
	if (!fragment_mark(c, row, *proto, field & 0xfff8, c->at - ip_at - 40))
		return STEP_OVER;
	if ((field & 0xfff8) == 0)
		return STEP_ON;
	fragment_inside(c, row, *proto);
	return STEP_OVER;
}

enum layer ip_chain(struct cursor *c, struct packet *row, uint8_t proto, uint32_t ip_at) {
	const bool ip6 = c->data[ip_at] >> 4 == 6;

	for (unsigned i = 0; is_ext(proto) && (ip6 || proto == PROTO_AH); i++) {
		enum step step;

		if (i == IP6_EXTS_MAX)
			return ip6 ? malformed(row, MALFORMED_IP6_EXT_DEPTH)
				   : chain_cut(c, row, proto);
		step = ip6 && proto == EXT_FRAGMENT ? fragment_skip(c, row, &proto, ip_at)
						    : ext_skip(c, row, &proto);
		if (step == STEP_OVER)
			return LAYER_NONE;
		if (step == STEP_CUT)
			return chain_cut(c, row, proto);
	}
	if (row->marks & PACKET_FRAGMENT_FIRST)
		return fragment_inside(c, row, proto);
	return transport(c, row, proto);
}
