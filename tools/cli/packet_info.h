// What Wireshark's columns Protocol and Info say of a packet, and frames made of it.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_CLI_PACKET_INFO_H
#define WEIR_CLI_PACKET_INFO_H

#include <weir/addr.h>

#include <stdbool.h>
#include <stdint.h>

struct packet_info {
	bool has_ports, has_flags, has_seq, has_length;
	bool is_tcp; // by the form of the text
	bool is_fragment;
	bool from_server; // it reads like an answer
	uint16_t sport, dport;
	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	uint8_t ttl; // 0: not told
	uint8_t fragment_proto;
	uint32_t fragment_offset; // bytes
	uint32_t seq, ack, window, length; // length: payload
	uint32_t id; // of a query or an echo, 0 where there is none
};

void packet_info_parse(struct packet_info *out, const char *protocol, const char *info);

// What is known of a protocol by its name.
struct packet_name {
	uint8_t proto; // IP protocol, 0: not one of IP
	uint16_t port; // the server's, 0: none of its own
	uint16_t ether_type; // where it is not of IP
};
// @return false: not known
bool packet_name_find(const char *protocol, struct packet_name *out);

#define PACKET_MADE_MAX 192

// A frame of Ethernet. Numbers in host byte order.
struct packet_made {
	bool is_ip6;
	struct addr src, dst;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tcp_flags, tcp_header_bytes; // with its options
	uint8_t icmp_type, icmp_code;
	bool is_fragment;
	uint32_t fragment_offset;
	uint16_t sport, dport; // ICMP echo: sport is its id
	uint16_t window;
	uint32_t seq, ack;
	uint32_t payload_bytes; // of the transport
	uint32_t frame_bytes; // where it is more than what the above adds up to: padding
};

// @return bytes of it; its payload is left out
uint32_t packet_make(const struct packet_made *from, uint8_t to[static PACKET_MADE_MAX]);
// One that is not IP.
uint32_t packet_make_link(uint16_t ether_type, uint8_t to[static PACKET_MADE_MAX]);

#endif
