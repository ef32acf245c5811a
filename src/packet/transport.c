// Transport headers off the straight line: those that the capture or a fragment cut, and all
// protocols but TCP and UDP.
#include "packet/transport.h"

// Is it the packet itself that is too short, rather than the capture or a fragment of it?
// Fragments smaller than a transport header are what fragment floods are made of: they must reach
// the host windows, so they are not malformed.
static bool too_short(const struct cursor *c, const struct packet *row, uint32_t header) {
	return !cursor_has(c, header) && (row->marks & PACKET_FRAGMENT_FIRST) == 0;
}

enum layer tcp_cut(struct cursor *c, struct packet *row) {
	const uint8_t *h = cursor_here(c);
	uint32_t header = 20;

	if (too_short(c, row, header))
		return malformed(row, MALFORMED_SHORT_TCP);
	if (cursor_sees(c, 13)) {
		header = (h[12] >> 4) * 4u;
		if (header < 20 || too_short(c, row, header))
			return malformed(row, MALFORMED_TCP_HEADER_LENGTH);
	}
	if (cursor_sees(c, 4))
		ports(row, h);
	if (cursor_sees(c, 8))
		row->tcp_seq = be32(&h[4]);
	if (cursor_sees(c, 12))
		row->tcp_ack = be32(&h[8]);
	// Flags that the capture cut are not an empty set, which is an attack's: nothing is known against
	// the segment, so it is an ACK.
	row->tcp_flags = cursor_sees(c, 14) ? h[13] & TCP_FLAGS_MASK : TCP_ACK;
	if (cursor_sees(c, 16))
		row->tcp_window = be16(&h[14]);
	row->protocols |= PROTOCOL_BIT(TCP);
	payload(c, row, header);
	return LAYER_NONE;
}

enum layer udp_cut(struct cursor *c, struct packet *row) {
	if (too_short(c, row, 8))
		return malformed(row, MALFORMED_SHORT_UDP);
	if (cursor_sees(c, 4))
		ports(row, cursor_here(c));
	row->protocols |= PROTOCOL_BIT(UDP);
	payload(c, row, 8);
	return LAYER_NONE;
}

static void sctp_fields(struct packet *row, const uint8_t *h, uint32_t seen) {
	if (seen >= 4)
		ports(row, h);
}

static void icmp_fields(struct packet *row, const uint8_t *h, uint32_t seen) {
	if (seen >= 1)
		row->icmp_type = h[0];
	if (seen >= 2)
		row->icmp_code = h[1];
}

static void no_fields(struct packet *, const uint8_t *, uint32_t) {}

struct transport_kind {
	uint8_t proto;
	uint8_t protocol; // enum protocol_counter
	uint8_t need_bytes; // of a header that is not malformed
	uint8_t header_bytes; // payload begins after these, as far as they are there
	uint8_t too_short; // enum malformed
	uint8_t tunnel; // enum layer behind it
	void (*fields)(struct packet *row, const uint8_t *header, uint32_t seen);
};

static const struct transport_kind kinds[] = {
	{PROTO_ICMP, PROTOCOL_ICMP, 8, 8, MALFORMED_SHORT_ICMP, LAYER_NONE, icmp_fields},
	// RFC 4443, 2.1: only four bytes are common to all messages.
	{PROTO_ICMP6, PROTOCOL_ICMP6, 4, 8, MALFORMED_SHORT_ICMP, LAYER_NONE, icmp_fields},
	{PROTO_IGMP, PROTOCOL_IGMP, 8, 8, MALFORMED_SHORT_IGMP, LAYER_NONE, no_fields},
	{PROTO_SCTP, PROTOCOL_SCTP, 12, 12, MALFORMED_SHORT_SCTP, LAYER_NONE, sctp_fields},
	{PROTO_ESP, PROTOCOL_ESP, 8, 8, MALFORMED_SHORT_IPSEC, LAYER_NONE, no_fields},
	{PROTO_GRE, PROTOCOL_OTHER_IP, 0, 0, MALFORMED_NONE, LAYER_GRE, no_fields},
	{PROTO_IP4, PROTOCOL_OTHER_IP, 0, 0, MALFORMED_NONE, LAYER_IP4, no_fields},
	{PROTO_IP6, PROTOCOL_OTHER_IP, 0, 0, MALFORMED_NONE, LAYER_IP6, no_fields},
	{PROTO_MPLS, PROTOCOL_OTHER_IP, 0, 0, MALFORMED_NONE, LAYER_MPLS, no_fields},
};

static const struct transport_kind unknown
	= {0, PROTOCOL_OTHER_IP, 0, 0, MALFORMED_NONE, LAYER_NONE, no_fields};

static const struct transport_kind *kind_of(uint8_t proto) {
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].proto == proto)
			return &kinds[i];
	return &unknown;
}

// Of a later fragment: the IP header tells the protocol, and nothing here is its header.
static enum layer later_fragment(struct cursor *c, struct packet *row) {
	switch (row->proto) {
	case PROTO_TCP:
		row->protocols |= PROTOCOL_BIT(TCP);
		break;
	case PROTO_UDP:
		row->protocols |= PROTOCOL_BIT(UDP);
		break;
	default:
		row->protocols |= 1u << kind_of(row->proto)->protocol;
	}
	payload(c, row, 0);
	return LAYER_NONE;
}

enum layer transport_other(struct cursor *c, struct packet *row) {
	const struct transport_kind *kind = kind_of(row->proto);

	if (row->marks & PACKET_FRAGMENT_LATER)
		return later_fragment(c, row);
	if (too_short(c, row, kind->need_bytes))
		return malformed(row, kind->too_short);
	kind->fields(row, cursor_here(c), c->end - c->at);
	row->protocols |= 1u << kind->protocol;
	payload(c, row, kind->header_bytes);
	return kind->tunnel;
}
