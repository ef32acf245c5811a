// The few headers that the trace is made of. Checksums stay zero: nothing on the worker's path reads
// them (an adapter does).
//
// Threads    Pure.
#ifndef WEIR_BENCH_HEADERS_H
#define WEIR_BENCH_HEADERS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define H_ETH 14u
#define H_IP4 20u
#define H_IP6 40u
#define H_TCP 20u
#define H_UDP 8u

#define H_FIN 0x01
#define H_SYN 0x02
#define H_PSH 0x08
#define H_ACK 0x10

static inline void put16(uint8_t *at, uint32_t v) {
	const uint16_t be = __builtin_bswap16((uint16_t)v);

	memcpy(at, &be, sizeof(be));
}

static inline void put32(uint8_t *at, uint32_t v) {
	const uint32_t be = __builtin_bswap32(v);

	memcpy(at, &be, sizeof(be));
}

static inline void header_link(uint8_t *frame, bool ip6, bool from_inside) {
	static const uint8_t inside[6] = {2, 0, 0, 0, 0, 1}, outside[6] = {2, 0, 0, 0, 0, 2};

	memcpy(frame, from_inside ? outside : inside, 6);
	memcpy(frame + 6, from_inside ? inside : outside, 6);
	put16(frame + 12, ip6 ? 0x86dd : 0x0800);
}

// Its length is set apart, by header_ip_length().
static inline void header_ip(uint8_t *frame, bool ip6, uint8_t proto, uint8_t ttl) {
	uint8_t *ip = frame + H_ETH;

	ip[0] = ip6 ? 0x60 : 0x45;
	ip[ip6 ? 6 : 9] = proto;
	ip[ip6 ? 7 : 8] = ttl;
}

static inline void header_ip_length(uint8_t *frame, bool ip6, uint32_t behind) {
	put16(frame + H_ETH + (ip6 ? 4 : 2), ip6 ? behind : H_IP4 + behind);
}

static inline void header_addresses(uint8_t *frame, bool ip6, uint8_t **src, uint8_t **dst) {
	*src = frame + H_ETH + (ip6 ? 8 : 12);
	*dst = *src + (ip6 ? 16 : 4);
}

static inline void header_tcp(uint8_t *frame, bool ip6) {
	uint8_t *tcp = frame + H_ETH + (ip6 ? H_IP6 : H_IP4);

	tcp[12] = 5 << 4;
	put16(tcp + 14, 8192);
}

// With the IP header's length; the rest of the frame is payload.
static inline void header_udp(uint8_t *frame, bool ip6, uint32_t frame_bytes) {
	const uint32_t at = H_ETH + (ip6 ? H_IP6 : H_IP4);

	put16(frame + at + 4, frame_bytes - at);
	header_ip_length(frame, ip6, frame_bytes - at);
}

#endif
