// Link layers: what stands before an IP header.
#include "packet/layers.h"

#define ETHER_ARP 0x0806
#define ETHER_MPLS_MULTICAST 0x8848
#define ETHER_PPPOE 0x8864 // session stage, RFC 2516
#define ETHER_QINQ 0x88a8
#define ETHER_QINQ_OLD 0x9100 // before 802.1ad: 0x9100, 0x9200, 0x9300
#define ETHER_QINQ_OLD2 0x9200
#define ETHER_QINQ_OLD3 0x9300

#define PPP_IP4 0x0021
#define PPP_IP6 0x0057

static enum layer link_arp(struct cursor *c, struct packet *row) {
	const uint8_t *h = cursor_here(c);

	// RFC 826: two hardware and two protocol addresses of the lengths that it names.
	if (!cursor_sees(c, 8) || !cursor_has(c, 8u + 2u * (h[4] + h[5])))
		return malformed(row, MALFORMED_SHORT_ARP);
	row->payload_offset = (uint16_t)c->at;
	row->payload_captured = (uint16_t)(c->end - c->at);
	return not_ip(row, ETHER_ARP, PROTOCOL_BIT(ARP));
}

static enum layer link_pppoe(struct cursor *c, struct packet *row) {
	const uint8_t *h = cursor_here(c);

	if (!cursor_sees(c, 8) || be16(&h[4]) < 2)
		return malformed(row, MALFORMED_SHORT_PPPOE);
	row->protocols |= PROTOCOL_BIT(PPPOE);
	cursor_skip(c, 8);
	switch (be16(&h[6])) {
	case PPP_IP4:
		return LAYER_IP4;
	case PPP_IP6:
		return LAYER_IP6;
	default: // LCP, authentication and the like
		return not_ip(row, ETHER_PPPOE, PROTOCOL_BIT(OTHER_LINK));
	}
}

// @param type  in: the tag's type; out: what follows the tags
static bool vlan_tags(struct cursor *c, struct packet *row, uint16_t *type) {
	for (unsigned i = 0; i <= VLAN_TAGS_MAX; i++) {
		switch (*type) {
		case ETHER_VLAN:
		case ETHER_QINQ:
		case ETHER_QINQ_OLD:
		case ETHER_QINQ_OLD2:
		case ETHER_QINQ_OLD3:
			break;
		default:
			return true;
		}
		if (i == VLAN_TAGS_MAX)
			break;
		if (!cursor_sees(c, 4)) {
			malformed(row, MALFORMED_SHORT_VLAN);
			return false;
		}
		row->vlan = be16(cursor_here(c)) & 0xfff;
		row->protocols |= PROTOCOL_BIT(VLAN);
		*type = be16(cursor_here(c) + 2);
		cursor_skip(c, 4);
	}
	malformed(row, MALFORMED_VLAN_DEPTH);
	return false;
}

// Whatever an Ethernet type may stand for.
enum layer link_ether_type(struct cursor *c, struct packet *row, uint16_t type) {
	if (!vlan_tags(c, row, &type))
		return LAYER_NONE;
	switch (type) {
	case ETHER_IP4:
		return LAYER_IP4;
	case ETHER_IP6:
		return LAYER_IP6;
	case ETHER_ARP:
		return link_arp(c, row);
	case ETHER_PPPOE:
		return link_pppoe(c, row);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return link_mpls(c, row);
	default:
		return not_ip(row, type, PROTOCOL_BIT(OTHER_LINK));
	}
}

// Ethernet in a pseudowire. MPLS inside it is not followed: labels in labels have no bound.
static enum layer mpls_ethernet(struct cursor *c, struct packet *row) {
	uint16_t type;

	if (!cursor_sees(c, 14))
		return malformed(row, MALFORMED_SHORT_LINK);
	type = be16(cursor_here(c) + 12);
	cursor_skip(c, 14);
	if (!vlan_tags(c, row, &type))
		return LAYER_NONE;
	if (type == ETHER_MPLS || type == ETHER_MPLS_MULTICAST)
		return not_ip(row, type, PROTOCOL_BIT(OTHER_LINK));
	return link_ether_type(c, row, type);
}

enum layer link_mpls(struct cursor *c, struct packet *row) {
	bool bottom = false;

	row->protocols |= PROTOCOL_BIT(MPLS);
	for (unsigned i = 0; !bottom; i++) {
		if (i == MPLS_LABELS_MAX)
			return malformed(row, MALFORMED_MPLS_DEPTH);
		if (!cursor_sees(c, 4))
			return malformed(row, MALFORMED_SHORT_MPLS);
		bottom = cursor_here(c)[2] & 1;
		cursor_skip(c, 4);
	}
	if (!cursor_sees(c, 1))
		return malformed(row, MALFORMED_SHORT_MPLS);
	// RFC 4928, 3: the first nibble tells IP from a pseudowire's control word (RFC 4385).
	switch (*cursor_here(c) >> 4) {
	case 4:
		return LAYER_IP4;
	case 6:
		return LAYER_IP6;
	case 0:
		if (!cursor_sees(c, 4))
			return malformed(row, MALFORMED_SHORT_MPLS);
		cursor_skip(c, 4);
		return mpls_ethernet(c, row);
	default:
		return not_ip(row, ETHER_MPLS, PROTOCOL_BIT(OTHER_LINK));
	}
}

// BSD loopback: the address family, in the order of the machine that captured (null) or of the
// network (loop). IPv6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin, 10 on Linux.
static enum layer link_family(struct cursor *c, struct packet *row, bool either_order) {
	uint32_t family;

	if (!cursor_sees(c, 4))
		return malformed(row, MALFORMED_SHORT_LINK);
	family = be32(cursor_here(c));
	if (either_order && family > 0xffff)
		family = __builtin_bswap32(family);
	cursor_skip(c, 4);
	switch (family) {
	case 2:
		return LAYER_IP4;
	case 10:
	case 24:
	case 28:
	case 30:
		return LAYER_IP6;
	default:
		return not_ip(row, 0, PROTOCOL_BIT(OTHER_LINK));
	}
}

// @param header   length
// @param type_at  where in it the Ethernet type is
static enum layer
link_typed(struct cursor *c, struct packet *row, uint32_t header, uint32_t type_at) {
	uint16_t type;

	if (!cursor_sees(c, header))
		return malformed(row, MALFORMED_SHORT_LINK);
	type = be16(cursor_here(c) + type_at);
	cursor_skip(c, header);
	return link_ether_type(c, row, type);
}

enum layer link_layer_open(struct cursor *c, struct packet *row, unsigned link) {
	switch (link) {
	case LINK_ETHERNET:
		return link_typed(c, row, 14, 12);
	case LINK_RAW_IP:
		return LAYER_IP;
	case LINK_COOKED_V1:
		return link_typed(c, row, 16, 14);
	case LINK_COOKED_V2:
		return link_typed(c, row, 20, 0);
	case LINK_NULL:
		return link_family(c, row, true);
	case LINK_LOOP:
		return link_family(c, row, false);
	default:
		return malformed(row, MALFORMED_LINK_TYPE);
	}
}

// Numbers as on tcpdump.org/linktypes.html and in pcap/dlt.h; raw IP has three of them.
unsigned link_type_from_dlt(int dlt) {
	static const struct {
		int dlt;
		enum link_type link;
	} known[] = {
		{0, LINK_NULL},
		{1, LINK_ETHERNET},
		{12, LINK_RAW_IP},
		{14, LINK_RAW_IP},
		{101, LINK_RAW_IP},
		{108, LINK_LOOP},
		{113, LINK_COOKED_V1},
		{228, LINK_RAW_IP}, // IPv4 only
		{229, LINK_RAW_IP}, // IPv6 only
		{276, LINK_COOKED_V2},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].dlt == dlt)
			return known[i].link;
	return LINK_UNSUPPORTED;
}
