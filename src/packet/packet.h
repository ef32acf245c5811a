// One frame's bytes become one row of the burst.
//
// Threads    Pure functions on their arguments.
// Memory     None taken; reads data[0 .. captured) and nothing else.
// Ownership  The row holds offsets into the frame, no pointers.
// Full       Depths (tags, labels, extension headers, tunnels) are bounded; what lies deeper is
//            counted by name, never followed.
#ifndef WEIR_PACKET_H
#define WEIR_PACKET_H

#include <weir/addr.h>
#include <weir/stats.h>

#include <assert.h>
#include <stdint.h>

// No more than this much of a frame is looked at, so that the same frame gives the same row from
// a capture file and from a driver's buffers.
#define FRAME_LOOK_MAX 2048
#define TUNNEL_DEPTH_MAX 8
#define TUNNEL_DEPTH_DEFAULT 4

enum link_type {
	LINK_ETHERNET,
	LINK_RAW_IP, // version nibble tells
	LINK_COOKED_V1, // Linux "SLL"
	LINK_COOKED_V2,
	LINK_NULL, // BSD loopback, either byte order
	LINK_LOOP, // OpenBSD loopback, network byte order
	LINK_UNSUPPORTED, // every packet counts as malformed: link_type
};

struct frame {
	const uint8_t *data;
	uint32_t captured; // bytes at data
	uint64_t ts_ns;
};

enum packet_class {
	PACKET_FLOW, // IP: has a flow key
	PACKET_NOT_IP,
	PACKET_MALFORMED,
};

// packet.marks
#define PACKET_FRAGMENT_FIRST 0x01
#define PACKET_FRAGMENT_LATER 0x02
#define PACKET_PORTS 0x04 // sport and dport are set
#define PACKET_TRUNCATED 0x08 // captured shorter than the IP header says
#define PACKET_TUNNELLED 0x10

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20

#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ESP 50
#define PROTO_AH 51
#define PROTO_ICMP6 58
#define PROTO_SCTP 132

// Of the innermost IP header that was reached. Numbers are in host byte order.
struct packet {
	union {
		struct {
			struct addr src;
			struct addr dst;
		};
		struct addr end[2];
	};
	uint16_t sport; // TCP, UDP, SCTP
	uint16_t dport;
	uint32_t tunnel_id; // VNI, TEID, GRE key, ERSPAN session of the innermost tunnel; 0 none
	uint16_t vlan; // innermost VLAN id; 0 none
	uint8_t proto; // IP protocol of the transport header
	uint8_t tcp_flags;
	uint8_t marks;
	uint8_t class; // enum packet_class
	uint8_t malformed; // enum malformed
	uint8_t ttl; // or hop limit
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint16_t tcp_window;
	uint32_t tcp_seq;
	uint32_t tcp_ack;
	uint32_t bytes; // frame length; by the IP header where that says more than was captured
	uint16_t payload_bytes; // of the transport, by the IP header
	uint16_t payload_offset; // in the frame, where payload_captured > 0; of ARP its message
	uint16_t payload_captured;
	uint16_t ether_type; // of a PACKET_NOT_IP
	uint32_t protocols; // bit PROTOCOL_x for each counter that this packet adds to
	uint32_t zero; // so that rows can be compared byte by byte
	uint64_t ts_ns;
};
static_assert(PROTOCOL_N <= 32, "packet.protocols has a bit for each");
static_assert(sizeof(struct packet) <= 128, "two lines");

struct packet_conf {
	uint8_t link; // enum link_type
	uint8_t tunnel_depth; // tunnels opened, 0..TUNNEL_DEPTH_MAX
};

// Always fills *out, whatever the bytes are. ts_ns is copied.
void packet_parse(const struct packet_conf *conf, const struct frame *frame, struct packet *out);

// @param dlt  a link type of libpcap (DLT_x)
// @return enum link_type
unsigned link_type_from_dlt(int dlt);

#endif
