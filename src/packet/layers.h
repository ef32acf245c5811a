// The steps of packet_parse(): each takes the cursor at its header, adds what it learned to the
// row, and says what comes next.
//
// Private to this folder. The common way (Ethernet, IPv4 or IPv6, TCP or UDP) is inline, so that the
// compiler sees it as one straight line; what is rare is a call.
#ifndef WEIR_PACKET_LAYERS_H
#define WEIR_PACKET_LAYERS_H

#include "packet/cursor.h"

// Bounds of the stacks that are followed. Real networks stay far below: two tags (802.1ad), three
// or four labels, two extension headers.
#define VLAN_TAGS_MAX 8
#define MPLS_LABELS_MAX 16
#define IP6_EXTS_MAX 16
#define GRE_ROUTES_MAX 8
#define GTP_EXTS_MAX 8

#define ETHER_IP4 0x0800
#define ETHER_IP6 0x86dd
#define ETHER_VLAN 0x8100
#define ETHER_MPLS 0x8847
#define ETHER_TEB 0x6558 // transparent Ethernet bridging, in GRE and Geneve

#define PROTO_IP4 4
#define PROTO_IP6 41
#define PROTO_GRE 47
#define PROTO_MPLS 137
#define PROTO_NONE 59 // RFC 8200, 4.7: no next header

#define PORT_VXLAN 4789 // RFC 7348
#define PORT_VXLAN_OLD 8472 // before the registration; still the default of Linux
#define PORT_GENEVE 6081 // RFC 8926
#define PORT_GTPU 2152 // 3GPP TS 29.281, 4.4.2

#define PROTOCOL_BIT(id) (1u << PROTOCOL_##id)

// What stands at the cursor.
enum layer {
	LAYER_NONE, // the row is complete
	LAYER_ETHERNET,
	LAYER_MPLS,
	LAYER_IP, // the version nibble tells
	LAYER_IP4,
	LAYER_IP6,
	LAYER_GRE,
	LAYER_VXLAN,
	LAYER_GENEVE,
	LAYER_GTPU,
};

static inline enum layer malformed(struct packet *row, enum malformed why) {
	row->class = PACKET_MALFORMED;
	row->malformed = (uint8_t)why;
	return LAYER_NONE;
}

static inline enum layer not_ip(struct packet *row, uint16_t ether_type, uint32_t protocol_bit) {
	row->class = PACKET_NOT_IP;
	row->ether_type = ether_type;
	row->protocols |= protocol_bit;
	return LAYER_NONE;
}

// link.c: from a link-layer header to an IP header, or to the end of what is understood.
enum layer link_layer_open(struct cursor *c, struct packet *row, unsigned link);
enum layer link_ether_type(struct cursor *c, struct packet *row, uint16_t type);
enum layer link_mpls(struct cursor *c, struct packet *row);

// ip.c: IPv6 extension headers, AH in both families, fragments.
// @param ip_at  where the IP header begins
enum layer ip_chain(struct cursor *c, struct packet *row, uint8_t proto, uint32_t ip_at);
enum layer ip4_fragment(struct cursor *c, struct packet *row, uint8_t proto, uint32_t ip_at);

// transport.c
enum layer tcp_cut(struct cursor *c, struct packet *row);
enum layer udp_cut(struct cursor *c, struct packet *row);
enum layer transport_other(struct cursor *c, struct packet *row);

// tunnel.c: the header of a tunnel.
struct tunnel {
	uint32_t id; // packet.tunnel_id
	enum layer inner; // LAYER_NONE: it is not a tunnel
	bool bad; // it must be one, and its header is short or impossible
	bool cuts; // its maker may shorten what is inside (ERSPAN)
};
struct tunnel tunnel_open(struct cursor *c, enum layer layer);

#endif
