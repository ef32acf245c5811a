// One frame's bytes become one row of the burst.
//
// Overview  link -> ip -> transport fills the row. Where a tunnel follows, the same steps fill a copy
//           of the row; only when they end in a good IP packet does the copy take the row's place. So
//           garbage as a tunnel's header, or behind it, is still counted, as a packet of the outer
//           hosts: nobody can hide a flood by sending it to a tunnel's port, or as GRE.
#include "packet/plain.h"

// Of the outer packet, for which the inner one has its own.
#define OUTER_ONLY                                                                                 \
	(PROTOCOL_BIT(IP4) | PROTOCOL_BIT(IP6) | PROTOCOL_BIT(UDP) | PROTOCOL_BIT(OTHER_IP))

static inline void row_begin(struct packet *row, const struct frame *frame) {
	memset(row, 0, sizeof(*row));
	row->bytes = frame->captured;
	row->ts_ns = frame->ts_ns;
}

// A row for what is in the tunnel: what it keeps of the outer one.
static struct packet row_inner(const struct packet *outer, uint32_t tunnel_id) {
	return (struct packet) {
		.tunnel_id = tunnel_id,
		.vlan = outer->vlan,
		.marks = (outer->marks & PACKET_TRUNCATED) | PACKET_TUNNELLED,
		.bytes = outer->bytes,
		.protocols = (outer->protocols & ~OUTER_ONLY) | PROTOCOL_BIT(TUNNEL),
		.ts_ns = outer->ts_ns,
	};
}

// From a tunnel's header to the next IP header.
static enum layer layer_to_ip(struct cursor *c, struct packet *row, enum layer layer) {
	if (layer == LAYER_ETHERNET)
		return link_layer_open(c, row, LINK_ETHERNET);
	if (layer == LAYER_MPLS)
		return link_mpls(c, row);
	return layer;
}

static void
tunnels(const struct packet_conf *conf, struct cursor *c, struct packet *row, enum layer layer) {
	for (unsigned depth = 0; layer != LAYER_NONE; depth++) {
		const struct tunnel tunnel = tunnel_open(c, layer);
		struct packet inner;

		if (tunnel.bad)
			row->protocols |= PROTOCOL_BIT(TUNNEL_BAD);
		if (tunnel.inner == LAYER_NONE)
			return;
		if (depth >= conf->tunnel_depth) {
			row->protocols |= PROTOCOL_BIT(TUNNEL_DEPTH);
			return;
		}
		inner = row_inner(row, tunnel.id);
		layer = layer_to_ip(c, &inner, tunnel.inner);
		if (layer != LAYER_NONE)
			layer = ip(c, &inner, layer, tunnel.cuts);
		if (inner.class != PACKET_FLOW)
			return;
		*row = inner;
	}
}

void packet_parse(
	const struct packet_conf *conf,
	const struct frame *frame,
	struct packet *restrict out
) {
	packet_parse_inline(conf, frame, out);
}

void packet_parse_any(
	const struct packet_conf *conf,
	const struct frame *frame,
	struct packet *restrict out
) {
	struct cursor c = cursor_of(frame);
	enum layer layer;

	row_begin(out, frame);
	if (likely(conf->link == LINK_ETHERNET && cursor_sees(&c, 14))) {
		const uint16_t type = be16(&c.data[12]);

		cursor_skip(&c, 14);
		layer = likely(type == ETHER_IP4) ? LAYER_IP4 : link_ether_type(&c, out, type);
	} else {
		layer = link_layer_open(&c, out, conf->link);
	}
	if (unlikely(layer == LAYER_NONE))
		return;
	layer = ip(&c, out, layer, true);
	if (unlikely(layer != LAYER_NONE))
		tunnels(conf, &c, out, layer);
}
