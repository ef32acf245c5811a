// What tells an attack from ordinary traffic of the same rate.
#include "detect/shapes.h"

#include "detect/reading.h"
#include "detect/row.h"

#include <math.h>

// Scans. The estimates of distinct counts are 13 % off (one deviation), so the limits are not sharp.
#define SCAN_SOURCES 16 // a scanner with decoys

// A few long flows are a transfer whose other direction is not seen, rather than a flood: such a
// rate must be this many times the threshold.
#define LONG_FLOW_PACKETS 20
#define LONG_FLOW_FACTOR 10

#define SOURCES_MANY 32
#define SYN_COMPLETE_MAX 0.5
#define ONE_WAY 50 // packets in for one out: the other direction is not seen, or there is none

// UDP
#define UDP_FLOW_PACKETS 8 // fewer packets to a flow: not a stream
#define UDP_UNANSWERED_SHARE 0.1
#define UDP_SOURCES_MANY 256 // more streams at once than cameras or calls
#define UDP_EMPTY_SHARE 0.9
#define UDP_TINY_BYTES 100 // mean frame: little beyond the headers
#define UDP_PROBE_BYTES 200 // a probe has less payload than that
#define UDP_PROBES_PER_S 10000 // nobody scans one host's UDP ports faster
#define UDP_REFUSED_FACTOR 5 // a stream to a closed port, this many times the threshold
#define UDP_STREAM_BYTES_PER_S 250e6 // even one orderly stream of 2 Gbit/s that nobody answers

#define FRAGMENT_SHARE 0.5
#define FRAGMENT_SMALL_BYTES 600 // ordinary fragments fill the MTU
#define FRAGMENT_FACTOR 50

#define AMPLIFIED_SOURCES 3

static double share(double part, double all) {
	return all > 0 ? part / all : 0;
}

bool shape_is_scan(const struct span_sum *in10) {
	return in10->peers <= SCAN_SOURCES && in10->ports >= SCAN_PORTS
		&& (double)in10->probes <= SCAN_PACKETS_PER_PORT * in10->ports;
}

static bool is_one_way(const struct view *v) {
	return (uint64_t)v->out->count[HOST_PACKETS] * ONE_WAY < v->in->count[HOST_PACKETS];
}

bool shape_syn(const struct view *v, double, double) {
	const uint32_t *in = v->in->count;

	if (in[HOST_ESTABLISHED] > SYN_COMPLETE_MAX * (1 - v->explained[M_SYN]) * in[HOST_SYN])
		return false;
	// Only one direction is mirrored: no handshake can be seen to complete, but connections
	// that go on after their SYN can.
	return !is_one_way(v) || in[HOST_SYN] >= 0.5 * in[HOST_TCP];
}

// SYN-ACK and RST: what the host provoked itself is not a flood of it.
bool shape_answer(const struct view *v, double, double) {
	const uint32_t *in = v->in->count, *out = v->out->count;
	const uint64_t provoked = out[HOST_SYN] + stray_tcp(v->out) + out[HOST_FLOWS_OPENED];

	return (uint64_t)in[HOST_SYNACK] + in[HOST_RST] > 2 * provoked;
}

bool shape_stray_tcp(const struct view *v, double per_s, double threshold) {
	const uint32_t *in = v->in->count;
	const double stray = (double)stray_tcp(v->in);

	// Flows that began with a SYN, and nothing of the host is seen: half of a conversation.
	if (is_one_way(v) && in[HOST_SYN] > 0.25 * in[HOST_FLOWS_OPENED])
		return false;
	if (in[HOST_FLOWS_OPENED] * (double)LONG_FLOW_PACKETS < stray)
		return per_s >= LONG_FLOW_FACTOR * threshold;
	return true;
}

bool is_udp_probing(const struct host_record *r) {
	const double payload = share((double)r->payload_bytes, r->count[HOST_PACKETS]);

	return payload <= UDP_PROBE_BYTES && r->count[HOST_UDP_STRAY] < UDP_PROBES_PER_S;
}

// A stream (video, voice, a VPN, a speed test) is one flow, or few, of many packets.
bool shape_udp(const struct view *v, double per_s, double threshold) {
	const struct host_record *in = v->in;
	const double stray = in->count[HOST_UDP_STRAY];
	const double size = share((double)in->bytes, in->count[HOST_PACKETS]);

	// A server that was slow for a moment, or a resolver that asks some who are gone.
	if (unanswered_udp(in->count) < fmax(HOLD_SHARE * threshold, UDP_UNANSWERED_SHARE * stray))
		return false;
	if (in->count[HOST_UDP_EMPTY] >= UDP_EMPTY_SHARE * stray)
		return true; // no service talks in empty datagrams
	if (in->count[HOST_FLOWS_OPENED] * (double)UDP_FLOW_PACKETS >= stray)
		return true;
	if (hll_estimate(in->open_peers) >= UDP_SOURCES_MANY)
		return true;
	if (v->out->count[HOST_UNREACH] > 0 && per_s >= UDP_REFUSED_FACTOR * threshold)
		return true;
	if (per_s >= LONG_FLOW_FACTOR * threshold && size < UDP_TINY_BYTES)
		return true;
	return share((double)in->bytes * stray, in->count[HOST_PACKETS]) >= UDP_STREAM_BYTES_PER_S;
}

// Ordinary fragments are UDP or a tunnel, from a few hosts, as large as the MTU allows; TCP and
// ICMP of ordinary hosts are not fragmented.
bool shape_fragments(const struct view *v, double per_s, double threshold) {
	const uint32_t *in = v->in->count;
	const double size = share((double)v->in->bytes, in[HOST_PACKETS]);

	if (in[HOST_FRAGMENTS] < FRAGMENT_SHARE * in[HOST_PACKETS])
		return false;
	return v->sources >= SOURCES_MANY || size < FRAGMENT_SMALL_BYTES
		|| in[HOST_TCP] + in[HOST_ICMP] > 0.5 * in[HOST_PACKETS]
		|| per_s >= FRAGMENT_FACTOR * threshold;
}

bool shape_amplified(const struct view *v, double per_s, double threshold) {
	return hll_estimate(v->in->peers) >= AMPLIFIED_SOURCES - 0.5
		|| per_s >= LONG_FLOW_FACTOR * threshold;
}
