// Tunnel headers.
//
// GRE is what the IP header says it is, so a damaged GRE header is told; the packet is still one of its outer
// hosts. VXLAN, Geneve and GTP-U are guessed from a UDP port: what does not look like them is just UDP.
#include "packet/layers.h"

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING 0x4000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACK 0x0080 // version 1 only
#define GRE_VERSION 0x0007

#define GRE_ERSPAN 0x88be // types I and II
#define GRE_ERSPAN3 0x22eb
#define GRE_PPP 0x880b

static struct tunnel not_a_tunnel(void) {
	return (struct tunnel) {.inner = LAYER_NONE};
}

static struct tunnel bad_tunnel(void) {
	return (struct tunnel) {.inner = LAYER_NONE, .bad = true};
}

// The header crosses the packet's end; or only the capture's, and then the tunnel stays closed.
static struct tunnel short_tunnel(const struct cursor *c, uint32_t n) {
	return cursor_has(c, n) ? not_a_tunnel() : bad_tunnel();
}

static enum layer layer_of_ether_type(uint16_t type) {
	switch (type) {
	case ETHER_IP4:
		return LAYER_IP4;
	case ETHER_IP6:
		return LAYER_IP6;
	case ETHER_TEB:
		return LAYER_ETHERNET;
	case ETHER_MPLS:
		return LAYER_MPLS;
	default:
		return LAYER_NONE;
	}
}

// draft-foschiano-erspan-03, 4.2: version 1, 8 bytes.
static struct tunnel erspan2(struct cursor *c) {
	const uint8_t *h = cursor_here(c);

	if (!cursor_sees(c, 8))
		return short_tunnel(c, 8);
	if (h[0] >> 4 != 1)
		return bad_tunnel();
	cursor_skip(c, 8);
	return (struct tunnel) {.id = be16(&h[2]) & 0x3ff, .inner = LAYER_ETHERNET, .cuts = true};
}

// The same draft, 4.3: version 2, 12 bytes, 8 more if the O flag is set. Frame type 2 is bare IP.
static struct tunnel erspan3(struct cursor *c) {
	const uint8_t *h = cursor_here(c);
	uint32_t header, frame_type;

	if (!cursor_sees(c, 12))
		return short_tunnel(c, 12);
	if (h[0] >> 4 != 2)
		return bad_tunnel();
	header = h[11] & 1 ? 20 : 12;
	if (!cursor_sees(c, header))
		return short_tunnel(c, header);
	cursor_skip(c, header);
	frame_type = h[10] >> 2 & 0x1f;
	if (frame_type != 0 && frame_type != 2)
		return not_a_tunnel();
	return (struct tunnel) {
		.id = be16(&h[2]) & 0x3ff,
		.inner = frame_type == 0 ? LAYER_ETHERNET : LAYER_IP,
		.cuts = true,
	};
}

// RFC 1701: source route entries, the last one empty.
static struct tunnel gre_routes(struct cursor *c, struct tunnel tunnel) {
	for (unsigned i = 0; i < GRE_ROUTES_MAX; i++) {
		const uint8_t *h = cursor_here(c);
		uint32_t entry;

		if (!cursor_sees(c, 4))
			return short_tunnel(c, 4);
		entry = 4u + h[3];
		if (!cursor_sees(c, entry))
			return short_tunnel(c, entry);
		cursor_skip(c, entry);
		if (entry == 4 && be16(h) == 0)
			return tunnel;
	}
	return bad_tunnel();
}

// RFC 2784 with the key and sequence of RFC 2890 and the routing of RFC 1701.
static struct tunnel gre0(struct cursor *c) {
	const uint8_t *h = cursor_here(c);
	const uint16_t flags = be16(h), type = be16(&h[2]);
	struct tunnel tunnel = {.inner = layer_of_ether_type(type)};
	uint32_t header = 4, key_at;

	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		header += 4;
	key_at = header;
	if (flags & GRE_KEY)
		header += 4;
	if (flags & GRE_SEQUENCE)
		header += 4;
	if (!cursor_sees(c, header))
		return short_tunnel(c, header);
	cursor_skip(c, header);
	if (flags & GRE_KEY)
		tunnel.id = be32(&h[key_at]);
	if (flags & GRE_ROUTING)
		tunnel = gre_routes(c, tunnel);
	if (tunnel.bad)
		return tunnel;
	if (type == GRE_ERSPAN3)
		return erspan3(c);
	if (type == GRE_ERSPAN && flags & GRE_SEQUENCE)
		return erspan2(c);
	if (type == GRE_ERSPAN) // type I has no header of its own, and no sequence in GRE
		return (struct tunnel) {.inner = LAYER_ETHERNET, .cuts = true};
	return tunnel;
}

// PPP in PPTP: address and control may be left out, and the protocol may be one byte (RFC 1661, 6.5).
static enum layer ppp(struct cursor *c) {
	const uint8_t *h;
	uint16_t protocol;

	if (cursor_sees(c, 2) && be16(cursor_here(c)) == 0xff03)
		cursor_skip(c, 2);
	if (!cursor_sees(c, 2))
		return LAYER_NONE;
	h = cursor_here(c);
	protocol = h[0] & 1 ? h[0] : be16(h);
	cursor_skip(c, h[0] & 1 ? 1 : 2);
	return protocol == 0x21 ? LAYER_IP4 : protocol == 0x57 ? LAYER_IP6 : LAYER_NONE;
}

// RFC 2637, 4.1: PPTP. The key is the payload's length and the call.
static struct tunnel gre1(struct cursor *c) {
	const uint8_t *h = cursor_here(c);
	const uint16_t flags = be16(h);
	uint32_t header = 8;
	struct tunnel tunnel = {0};

	if (be16(&h[2]) != GRE_PPP || (flags & GRE_KEY) == 0)
		return bad_tunnel();
	if (flags & GRE_SEQUENCE)
		header += 4;
	if (flags & GRE_ACK)
		header += 4;
	if (!cursor_sees(c, header))
		return short_tunnel(c, header);
	cursor_skip(c, header);
	tunnel.id = be16(&h[6]);
	if (flags & GRE_SEQUENCE) // without it there is no payload, only an acknowledgement
		tunnel.inner = ppp(c);
	return tunnel;
}

static struct tunnel gre(struct cursor *c) {
	if (!cursor_sees(c, 4))
		return short_tunnel(c, 4);
	switch (be16(cursor_here(c)) & GRE_VERSION) {
	case 0:
		return gre0(c);
	case 1:
		return gre1(c);
	default:
		return bad_tunnel();
	}
}

// RFC 7348, 5. The I flag must be set; extensions (group policy) use other bits.
static struct tunnel vxlan(struct cursor *c) {
	const uint8_t *h = cursor_here(c);

	if (!cursor_sees(c, 8) || (h[0] & 0x08) == 0)
		return not_a_tunnel();
	cursor_skip(c, 8);
	return (struct tunnel) {.id = be24(&h[4]), .inner = LAYER_ETHERNET};
}

// RFC 8926, 3.4.
static struct tunnel geneve(struct cursor *c) {
	const uint8_t *h = cursor_here(c);
	uint32_t header;

	if (!cursor_sees(c, 8) || h[0] >> 6 != 0)
		return not_a_tunnel();
	header = 8 + (h[0] & 0x3f) * 4u;
	if (!cursor_sees(c, header))
		return not_a_tunnel();
	cursor_skip(c, header);
	return (struct tunnel) {.id = be24(&h[4]), .inner = layer_of_ether_type(be16(&h[2]))};
}

// Extension headers: length in words of four, content, type of the next (TS 29.281, 5.2).
static bool gtpu_exts(struct cursor *c, uint8_t type) {
	for (unsigned i = 0; type != 0; i++) {
		uint32_t bytes;

		if (i == GTP_EXTS_MAX || !cursor_sees(c, 4))
			return false;
		bytes = *cursor_here(c) * 4u;
		if (bytes == 0 || !cursor_sees(c, bytes))
			return false;
		type = cursor_here(c)[bytes - 1];
		cursor_skip(c, bytes);
	}
	return true;
}

// TS 29.281, 5.1: version 1, GTP (not GTP'), message 255 carries a user's packet.
static struct tunnel gtpu(struct cursor *c) {
	const uint8_t *h = cursor_here(c);
	bool options;

	if (!cursor_sees(c, 8) || (h[0] & 0xf0) != 0x30 || h[1] != 255)
		return not_a_tunnel();
	options = h[0] & 0x07;
	if (!cursor_sees(c, options ? 12 : 8))
		return not_a_tunnel();
	cursor_skip(c, options ? 12 : 8);
	if (h[0] & 0x04 && !gtpu_exts(c, h[11]))
		return not_a_tunnel();
	return (struct tunnel) {.id = be32(&h[4]), .inner = LAYER_IP};
}

struct tunnel tunnel_open(struct cursor *c, enum layer layer) {
	switch (layer) {
	case LAYER_GRE:
		return gre(c);
	case LAYER_VXLAN:
		return vxlan(c);
	case LAYER_GENEVE:
		return geneve(c);
	case LAYER_GTPU:
		return gtpu(c);
	default: // IP in IP, MPLS in IP: nothing between the two
		return (struct tunnel) {.inner = layer};
	}
}
