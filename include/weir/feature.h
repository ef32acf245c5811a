// The features: one list for training, scoring, explaining and exporting.
//
// A row is an array of float in the order of the list; FLOW_FEATURE_x and HOST_FEATURE_x are
// its indices. A model file stores the names it was trained on and is refused where they differ.
// Append at the end; never reorder.
#ifndef WEIR_FEATURE_H
#define WEIR_FEATURE_H

#include <assert.h>

// "Forward" is the direction from the initiator (who sent the first packet, or the SYN).
// X(id, name, unit, definition)
#define FLOW_FEATURES(X)                                                                           \
	X(DURATION, "duration", "s", "last packet minus first packet")                             \
	X(PACKETS, "packets", "packets", "packets, both directions")                               \
	X(FWD_PACKETS, "fwd_packets", "packets", "packets from the initiator")                     \
	X(REV_PACKETS, "rev_packets", "packets", "packets to the initiator")                       \
	X(FWD_BYTES, "fwd_bytes", "bytes", "frame bytes from the initiator")                       \
	X(REV_BYTES, "rev_bytes", "bytes", "frame bytes to the initiator")                         \
	X(FWD_PAYLOAD, "fwd_payload", "bytes", "transport payload from the initiator")             \
	X(REV_PAYLOAD, "rev_payload", "bytes", "transport payload to the initiator")               \
	X(PACKET_RATE, "packet_rate", "packets/s", "packets over duration, duration at least 1 ms" \
	)                                                                                          \
	X(BYTE_RATE, "byte_rate", "bytes/s", "bytes over duration, duration at least 1 ms")        \
	X(SIZE_MEAN, "size_mean", "bytes", "bytes per packet")                                     \
	X(SIZE_DEV, "size_dev", "bytes", "standard deviation of the frame size")                   \
	X(SIZE_MIN, "size_min", "bytes", "smallest frame")                                         \
	X(SIZE_MAX, "size_max", "bytes", "largest frame")                                          \
	X(GAP_MEAN,                                                                                \
	  "gap_mean",                                                                              \
	  "s",                                                                                     \
	  "mean time between packets, both directions; 0 below 2 packets")                         \
	X(GAP_DEV, "gap_dev", "s", "standard deviation of the time between packets")               \
	X(GAP_MIN, "gap_min", "s", "shortest time between packets; 0 below 2 packets")             \
	X(GAP_MAX, "gap_max", "s", "longest time between packets")                                 \
	X(SYN_SHARE, "syn_share", "1", "packets with SYN, of all")                                 \
	X(ACK_SHARE, "ack_share", "1", "packets with ACK, of all")                                 \
	X(PSH_SHARE, "psh_share", "1", "packets with PSH, of all")                                 \
	X(FIN_SHARE, "fin_share", "1", "packets with FIN, of all")                                 \
	X(RST_SHARE, "rst_share", "1", "packets with RST, of all")                                 \
	X(URG_SHARE, "urg_share", "1", "packets with URG, of all")                                 \
	X(HANDSHAKE, "handshake", "1", "TCP: 0 none seen, 1 SYN, 2 SYN-ACK, 3 complete")           \
	X(RETRANSMIT_SHARE, "retransmit_share", "1", "TCP segments sent again, of all packets")    \
	X(OUT_OF_ORDER_SHARE,                                                                      \
	  "out_of_order_share",                                                                    \
	  "1",                                                                                     \
	  "TCP segments beyond a gap, of all packets")                                             \
	X(ZERO_WINDOW_SHARE,                                                                       \
	  "zero_window_share",                                                                     \
	  "1",                                                                                     \
	  "TCP packets that announce window 0, of all")                                            \
	X(TTL_MIN, "ttl_min", "hops", "smallest TTL or hop limit from the initiator")              \
	X(TTL_RANGE, "ttl_range", "hops", "largest minus smallest TTL from the initiator")         \
	X(ENTROPY,                                                                                 \
	  "entropy",                                                                               \
	  "bits/byte",                                                                             \
	  "entropy of the first payload's first 128 bytes; 0 if none")                             \
	X(DOWN_UP, "down_up", "1", "reverse bytes over all bytes")                                 \
	X(IS_TCP, "is_tcp", "1", "1 for TCP")                                                      \
	X(IS_UDP, "is_udp", "1", "1 for UDP")                                                      \
	X(IS_ICMP, "is_icmp", "1", "1 for ICMP or ICMPv6")                                         \
	X(LOW_PORT, "low_port", "1", "1 where the responder's port is below 1024")

enum flow_feature {
#define X(id, name, unit, definition) FLOW_FEATURE_##id,
	FLOW_FEATURES(X)
#undef X
		FLOW_FEATURE_N
};
static_assert(FLOW_FEATURE_N >= 24);

// Of one host over the sliding second, at the end of a tick. "In" is toward the host. A packet is
// "stray" when no packet that it could answer or belong to has been seen: see host/host.h.
// X(id, name, unit, definition)
#define HOST_FEATURES(X)                                                                           \
	X(IN_PACKETS, "in_packets", "packets/s", "packets to the host")                            \
	X(OUT_PACKETS, "out_packets", "packets/s", "packets from the host")                        \
	X(IN_BYTES, "in_bytes", "bytes/s", "frame bytes to the host")                              \
	X(OUT_BYTES, "out_bytes", "bytes/s", "frame bytes from the host")                          \
	X(IN_SIZE, "in_size", "bytes", "mean frame size to the host")                              \
	X(OUT_SIZE, "out_size", "bytes", "mean frame size from the host")                          \
	X(IN_FLOWS, "in_flows", "flows/s", "flows that others opened to the host")                 \
	X(OUT_FLOWS, "out_flows", "flows/s", "flows that the host opened")                         \
	X(IN_PEERS, "in_peers", "hosts", "distinct senders to the host")                           \
	X(OUT_PEERS, "out_peers", "hosts", "distinct receivers from the host")                     \
	X(IN_PORTS, "in_ports", "ports", "distinct ports of the host that others opened flows to") \
	X(OUT_PORTS, "out_ports", "ports", "distinct ports that the host opened flows to")         \
	X(IN_PEER_ENTROPY, "in_peer_entropy", "1", "entropy of senders, 0..1 of the most possible" \
	)                                                                                          \
	X(OUT_PEER_ENTROPY, "out_peer_entropy", "1", "entropy of receivers, 0..1")                 \
	X(IN_SYN, "in_syn", "packets/s", "SYN to the host")                                        \
	X(OUT_SYN, "out_syn", "packets/s", "SYN from the host")                                    \
	X(IN_TCP_STRAY,                                                                            \
	  "in_tcp_stray",                                                                          \
	  "packets/s",                                                                             \
	  "stray TCP packets to the host, SYN not counted")                                        \
	X(OUT_TCP_STRAY, "out_tcp_stray", "packets/s", "stray TCP packets from the host")          \
	X(IN_ANSWERED,                                                                             \
	  "in_answered",                                                                           \
	  "1",                                                                                     \
	  "flows opened to the host that got an answer, of all; 1 if none")                        \
	X(OUT_ANSWERED,                                                                            \
	  "out_answered",                                                                          \
	  "1",                                                                                     \
	  "flows opened by the host that got an answer; 1 if none")                                \
	X(IN_TCP, "in_tcp", "1", "TCP share of packets to the host")                               \
	X(IN_UDP, "in_udp", "1", "UDP share of packets to the host")                               \
	X(IN_ICMP, "in_icmp", "1", "ICMP and ICMPv6 share of packets to the host")                 \
	X(IN_FRAGMENTS, "in_fragments", "1", "fragment share of packets to the host")              \
	X(IN_AMPLIFIED, "in_amplified", "packets/s", "stray UDP from amplifier ports")             \
	X(IN_UDP_STRAY, "in_udp_stray", "packets/s", "stray UDP to the host")                      \
	X(IN_SMALL, "in_small", "1", "share of packets to the host without payload")               \
	X(IN_TTLS, "in_ttls", "classes", "distinct classes of four TTL values among senders")      \
	X(IN_TOP_PORT, "in_top_port", "1", "share of packets to the host's busiest port")          \
	X(OUT_UNREACH, "out_unreach", "packets/s", "ICMP unreachable and RST sent by the host")    \
	X(IN_OVER_OUT, "in_over_out", "1", "in_packets / (in_packets + out_packets)")              \
	X(STRANGE_FLOWS, "strange_flows", "flows/s", "flows of the host that the flow model marked")

enum host_feature {
#define X(id, name, unit, definition) HOST_FEATURE_##id,
	HOST_FEATURES(X)
#undef X
		HOST_FEATURE_N
};
static_assert(HOST_FEATURE_N >= 24);

struct feature_info {
	const char *name;
	const char *unit;
	const char *definition;
};

extern const struct feature_info flow_feature_info[FLOW_FEATURE_N];
extern const struct feature_info host_feature_info[HOST_FEATURE_N];

#endif
