// Floods of UDP.
//
// False friends: streams (video, voice, a VPN, a speed test, a game) are one flow, or few, of many packets;
// resolvers have questions and answers; a server that was slow for a moment answers later.
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/reading.h"
#include "detect/shapes.h"

#include <math.h>
#include <stdio.h>

#define FLOW_PACKETS 8 // fewer packets to a flow: not a stream
#define UNANSWERED_SHARE 0.1
#define SOURCES_MANY 256 // more streams at once than cameras or calls
#define EMPTY_SHARE 0.9
#define TINY_BYTES 100 // mean frame: little beyond the headers
#define TINY_FACTOR 10
#define REFUSED_FACTOR 5 // a stream to a closed port, this many times the threshold
#define STREAM_BYTES_PER_S 250e6 // even one orderly stream of 2 Gbit/s that nobody answers

static bool is_udp_flood(const struct view *v, double per_s, double threshold) {
	const struct host_record *in = v->in;
	const double stray = in->count[HOST_UDP_STRAY];
	const double size = share_of((double)in->bytes, in->count[HOST_PACKETS]);

	// A server that was slow for a moment, or a resolver that asks some who are gone.
	if (unanswered_udp(in->count) < fmax(HOLD_SHARE * threshold, UNANSWERED_SHARE * stray))
		return false;
	if (in->count[HOST_UDP_EMPTY] >= EMPTY_SHARE * stray)
		return true; // no service talks in empty datagrams
	if (in->count[HOST_FLOWS_OPENED] * (double)FLOW_PACKETS >= stray)
		return true;
	if (hll_estimate(in->open_peers) >= SOURCES_MANY)
		return true;
	if (v->out->count[HOST_UNREACH] > 0 && per_s >= REFUSED_FACTOR * threshold)
		return true;
	if (per_s >= TINY_FACTOR * threshold && size < TINY_BYTES)
		return true;
	return share_of((double)in->bytes * stray, in->count[HOST_PACKETS]) >= STREAM_BYTES_PER_S;
}

static void tell_answered(const struct reading *r, char *text, size_t room) {
	const float *row = r->view->row;
	char part[PERCENT_TEXT_MAX];

	words_percent(row[HOST_FEATURE_IN_ANSWERED], part);
	snprintf(text, room, ", %s answered, mean %.0f bytes", part, row[HOST_FEATURE_IN_SIZE]);
}

KIND(UDP_FLOOD, "udp_flood", "UDP flood", 60, 300) = {
	.metric = M_UDP,
	.proto = PROTO_UDP,
	.metric_name = "stray_udp_per_s",
	.unit = "UDP packets/s that it did not ask for",
	.shape = is_udp_flood,
	.tell = tell_answered,
	.mitigation = "Rate-limit or drop UDP to this host and port upstream, but for the "
		      "services that it offers (ACL, FlowSpec).",
	EVIDENCE(
		{F(IN_FLOWS), 0, .5f},
		{F(IN_ANSWERED), 1, .5f},
		{MEASURE_UDP_EMPTY, 0, .3f},
		{F(IN_SIZE), 500, .2f},
		{F(IN_PEERS), 0, .3f},
		{F(OUT_UNREACH), 0, .2f},
		{F(IN_OVER_OUT), .5f, .2f}
	),
};
