// What a packet says -> its bytes on the wire: Ethernet, IPv4 or IPv6, TCP, UDP, ICMP, fragments,
// with right lengths and checksums.
//
// Threads    Pure functions.
// Memory     The caller's buffer of FRAME_BYTES_MAX.
// Full       A payload beyond PAYLOAD_BYTES_MAX is cut to it.
#ifndef WEIR_FLOOD_CRAFT_H
#define WEIR_FLOOD_CRAFT_H

#include "random.h"

#include <weir/addr.h>

#include <stdbool.h>
#include <stdint.h>

#define FRAME_BYTES_MAX 2048
#define PAYLOAD_BYTES_MAX 1900

#define IP_ICMP 1
#define IP_TCP 6
#define IP_UDP 17
#define IP_ICMP6 58

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
#define URG 0x20

#define ICMP_ECHO_REPLY 0
#define ICMP_UNREACHABLE 3
#define ICMP_ECHO 8

// What a payload looks like; the entropy of a flow's first bytes is a feature.
enum fill {
	FILL_ZERO,
	FILL_X, // one letter, as simple tools send
	FILL_TEXT,
	FILL_RANDOM, // encrypted or compressed
	FILL_TLS,
	FILL_QUIC,
	FILL_RTP,
	FILL_NTP,
	FILL_DNS_QUERY,
	FILL_DNS_ANSWER,
};

struct words { // what one packet says; numbers in host byte order
	struct addr src, dst;
	uint16_t sport, dport; // ICMP: identifier, sequence number
	uint8_t proto; // IP_ICMP becomes ICMPv6 between IPv6 addresses
	uint8_t flags; // TCP
	uint8_t ttl;
	uint8_t icmp_type, icmp_code; // of IPv4; translated for IPv6
	uint8_t fill; // enum fill
	uint32_t seq, ack;
	uint16_t window;
	uint16_t ip_id;
	uint16_t mss; // 0: no option; else MSS, SACK and window scale as a usual SYN has
	uint16_t payload;
	uint64_t fill_seed; // same seed, same payload
	bool fragment; // bytes `offset` ff. of a larger datagram: no transport header unless offset is 0
	bool more;
	uint16_t offset; // multiple of 8
};

// @return frame bytes
uint32_t craft(const struct words *words, uint8_t frame[static FRAME_BYTES_MAX]);

// Who has `asked`? (ARP for IPv4, neighbour solicitation for IPv6), or the answer to it.
uint32_t craft_neighbour(
	const struct addr *asker,
	const struct addr *asked,
	bool answer,
	uint8_t frame[static FRAME_BYTES_MAX]
);

#endif
