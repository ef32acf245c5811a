// Headers in front of a payload that is not there. Formats: IEEE 802.3, RFC 791, 8200, 9293, 768, 792, 4443.
#include "packet/packet.h"
#include "packet_info.h"

#include <stddef.h>
#include <string.h>

#define ETHERNET_BYTES 14
#define PADDED_BYTES 60 // the shortest frame of Ethernet
#define IP4_BYTES 20
#define IP6_BYTES 40
#define FRAGMENT_BYTES 8
#define UDP_BYTES 8
#define ICMP_BYTES 8
#define TCP_BYTES 20
#define TCP_BYTES_MAX 60

static void put16(uint8_t *at, uint32_t value) {
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t least(uint32_t a, uint32_t b) {
	return a < b ? a : b;
}

static uint32_t tcp_make(const struct packet_made *p, uint8_t *at) {
	const uint32_t n = p->tcp_header_bytes >= TCP_BYTES && p->tcp_header_bytes <= TCP_BYTES_MAX
		? p->tcp_header_bytes & ~3u
		: TCP_BYTES;

	put16(at, p->sport);
	put16(at + 2, p->dport);
	put32(at + 4, p->seq);
	put32(at + 8, p->ack);
	at[12] = (uint8_t)(n / 4 << 4);
	at[13] = p->tcp_flags;
	put16(at + 14, p->window);
	memset(at + TCP_BYTES, 1, n - TCP_BYTES); // options: no operation
	return n;
}

static uint32_t udp_make(const struct packet_made *p, uint8_t *at) {
	put16(at, p->sport);
	put16(at + 2, p->dport);
	put16(at + 4, least(UDP_BYTES + p->payload_bytes, UINT16_MAX));
	return UDP_BYTES;
}

static uint32_t icmp_make(const struct packet_made *p, uint8_t *at) {
	at[0] = p->icmp_type;
	at[1] = p->icmp_code;
	put16(at + 4, p->sport);
	return ICMP_BYTES;
}

// Nothing of a fragment's transport is known.
static uint32_t transport_make(const struct packet_made *p, uint8_t *at) {
	if (p->is_fragment)
		return 0;
	switch (p->proto) {
	case PROTO_TCP:
		return tcp_make(p, at);
	case PROTO_UDP:
		return udp_make(p, at);
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return icmp_make(p, at);
	default:
		return 0;
	}
}

// @param inner  bytes behind the IP header
static void ip4_make(const struct packet_made *p, uint32_t inner, uint8_t *at) {
	at[0] = 0x45;
	put16(at + 2, least(IP4_BYTES + inner, UINT16_MAX));
	put16(at + 6, p->is_fragment ? 0x2000 | p->fragment_offset / 8 : 0x4000);
	at[8] = p->ttl;
	at[9] = p->proto;
	memcpy(at + 12, &p->src.b[12], 4);
	memcpy(at + 16, &p->dst.b[12], 4);
}

static void ip6_make(const struct packet_made *p, uint32_t inner, uint8_t *at) {
	at[0] = 0x60;
	put16(at + 4, least(inner, UINT16_MAX));
	at[6] = p->is_fragment ? 44 : p->proto;
	at[7] = p->ttl;
	memcpy(at + 8, p->src.b, 16);
	memcpy(at + 24, p->dst.b, 16);
	if (!p->is_fragment)
		return;
	at[IP6_BYTES] = p->proto;
	put16(at + IP6_BYTES + 2, (p->fragment_offset & 0xfff8) | 1);
}

uint32_t packet_make(const struct packet_made *p, uint8_t to[static PACKET_MADE_MAX]) {
	const uint32_t extension = p->is_ip6 && p->is_fragment ? FRAGMENT_BYTES : 0;
	uint8_t *ip = to + ETHERNET_BYTES;
	uint32_t n = (p->is_ip6 ? IP6_BYTES : IP4_BYTES) + extension, transport;

	memset(to, 0, PACKET_MADE_MAX);
	put16(to + 12, p->is_ip6 ? 0x86dd : 0x0800);
	transport = transport_make(p, ip + n);
	if (p->is_ip6)
		ip6_make(p, extension + transport + p->payload_bytes, ip);
	else
		ip4_make(p, transport + p->payload_bytes, ip);
	n += ETHERNET_BYTES + transport;
	// Short frames are padded. That a frame is longer than its IP header says is told by its bytes alone.
	if (n + p->payload_bytes < p->frame_bytes)
		n = least(p->frame_bytes, n < PADDED_BYTES ? PADDED_BYTES : n);
	return n;
}

uint32_t packet_make_link(uint16_t ether_type, uint8_t to[static PACKET_MADE_MAX]) {
	memset(to, 0, PACKET_MADE_MAX);
	put16(to + 12, ether_type);
	return PADDED_BYTES;
}
