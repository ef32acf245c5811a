// Floods below TCP and UDP: ICMP, fragments, other IP protocols.
#include "detect/kinds.h"

#define SOURCES_MANY 32
#define IP_PROTOCOLS 256
#define ANSWERERS 2.5 // estimates are not sharp
#define FRAGMENT_SHARE 0.5
#define FRAGMENT_SMALL_BYTES 600 // ordinary fragments fill the MTU
#define FRAGMENT_FACTOR 50
#define TUNNEL_SMALL_BYTES 200
#define TUNNEL_FACTOR 5

// False friends: a host that tries what another does not offer is told so, each time; where only these answers
// are seen, they come from one host, and are no more than there are IP protocols.
static bool is_icmp_flood(const struct view *v, double, double) {
	const uint32_t *in = v->in->count;

	return in[HOST_UNREACH] * 2 < in[HOST_ICMP] || in[HOST_UNREACH] > IP_PROTOCOLS
		|| hll_estimate(v->in->peers) > ANSWERERS;
}

KIND(ICMP_FLOOD, "icmp_flood", "ICMP flood", 60, 300) = {
	.metric = M_ICMP,
	.metric_name = "icmp_per_s",
	.unit = "ICMP packets/s",
	.shape = is_icmp_flood,
	.tell = tell_mbit,
	.mitigation = "Rate-limit ICMP to this host upstream; leave a few per second, and with "
		      "IPv6 let packet-too-big and neighbour discovery pass.",
	EVIDENCE(
		{F(IN_ICMP), 0, .6f},
		{F(IN_PACKETS), 0, .3f},
		{F(IN_PEERS), 0, .3f},
		{F(IN_OVER_OUT), .5f, .2f},
		{F(IN_SIZE), 98, .1f}
	),
};

// False friends: ordinary fragments are UDP or a tunnel, from a few hosts, as large as the MTU allows; TCP
// and ICMP of ordinary hosts are not fragmented.
static bool is_fragment_flood(const struct view *v, double per_s, double threshold) {
	const uint32_t *in = v->in->count;
	const double size = share_of((double)v->in->bytes, in[HOST_PACKETS]);

	if (in[HOST_FRAGMENTS] < FRAGMENT_SHARE * in[HOST_PACKETS])
		return false;
	return v->sources >= SOURCES_MANY || size < FRAGMENT_SMALL_BYTES
		|| in[HOST_TCP] + in[HOST_ICMP] > 0.5 * in[HOST_PACKETS]
		|| per_s >= FRAGMENT_FACTOR * threshold;
}

KIND(FRAGMENT_FLOOD, "fragment_flood", "Fragment flood", 200, 300) = {
	.metric = M_FRAGMENTS,
	.metric_name = "fragments_per_s",
	.unit = "fragments/s",
	.shape = is_fragment_flood,
	.tell = tell_mbit,
	.mitigation = "Drop or rate-limit fragments to this host upstream; lower the memory for "
		      "reassembly at the target (net.ipv4.ipfrag_high_thresh).",
	EVIDENCE(
		{F(IN_FRAGMENTS), 0, .8f},
		{F(IN_SIZE), 1400, .3f},
		{F(IN_PEERS), 0, .3f},
		{F(IN_OVER_OUT), .5f, .2f}
	),
	// Of TCP each packet comes in two pieces or more, and the first may have its flags.
	TAKES({KIND_UDP_FLOOD, .5f},
	      {KIND_ICMP_FLOOD, .5f},
	      {KIND_PROTOCOL_FLOOD, .5f},
	      {KIND_SYN_FLOOD, 1.5f},
	      {KIND_ACK_FLOOD, 1.5f}),
};

// False friends: a tunnel has two ends that both send (metrics.h leaves those out). Where one direction is
// not seen it still has one sender, or a few, and full packets.
static bool is_protocol_flood(const struct view *v, double per_s, double threshold) {
	const double size = share_of((double)v->in->bytes, v->in->count[HOST_PACKETS]);

	return hll_estimate(v->in->peers) >= SOURCES_MANY
		|| (size < TUNNEL_SMALL_BYTES && per_s >= TUNNEL_FACTOR * threshold);
}

KIND(PROTOCOL_FLOOD, "protocol_flood", "Flood of other IP protocols", 200, 300) = {
	.metric = M_OTHER_IP,
	.metric_name = "other_ip_per_s",
	.unit = "packets/s of IP protocols that it does not speak",
	.shape = is_protocol_flood,
	.tell = tell_mbit,
	.mitigation
	= "Drop IP protocols beyond TCP, UDP and ICMP toward this host upstream, but for "
	  "its own tunnels (GRE, ESP).",
	EVIDENCE(
		{F(IN_PACKETS), 0, .5f},
		{F(IN_PEERS), 0, .4f},
		{F(IN_OVER_OUT), .5f, .3f},
		{F(IN_SIZE), 500, .1f}
	),
};
