// Floods of TCP, told by their flags.
//
// False friends: downloads and uploads of which one direction is seen, or which were under way when the
// sensor began; crowds of clients whose handshakes complete; what a host provoked itself.
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/reading.h"
#include "detect/row.h"

#include <stdio.h>

#define SYN_COMPLETE_MAX 0.5

// A few long flows are a transfer whose other direction is not seen, rather than a flood: such a
// rate must be this many times the threshold.
#define LONG_FLOW_PACKETS 20
#define LONG_FLOW_FACTOR 10

#define MIXED_SHARE 0.7 // of the bad sets of flags: one set alone has its own kind

#define STATEFUL                                                                                   \
	"Drop TCP packets that belong to no known connection in front of the target (stateful "    \
	"firewall, nftables \"ct state invalid drop\")."
#define IMPOSSIBLE_FLAGS                                                                           \
	"Drop this set of flags everywhere: no TCP stack sends it (nftables \"tcp flags\", an "    \
	"ACL on the router, the sensor's pre-filter). Nothing legitimate is lost."

#define STRAY_EVIDENCE                                                                             \
	EVIDENCE(                                                                                  \
		{F(IN_TCP_STRAY), 0, .6f},                                                         \
		{F(IN_ANSWERED), 1, .4f},                                                          \
		{F(IN_OVER_OUT), .5f, .3f},                                                        \
		{F(IN_SMALL), .4f, .2f},                                                           \
		{F(IN_PEERS), 0, .2f},                                                             \
		{F(IN_TOP_PORT), 0, .2f}                                                           \
	)
// What the rows of floods that are told by their flags alone have in common.
#define TCP_FLOOD .proto = PROTO_TCP, .tell = tell_stray, STRAY_EVIDENCE

static bool is_syn_flood(const struct view *v, double, double) {
	const uint32_t *in = v->in->count;

	if (in[HOST_ESTABLISHED] > SYN_COMPLETE_MAX * (1 - v->explained[M_SYN]) * in[HOST_SYN])
		return false;
	// Only one direction is mirrored: no handshake can be seen to complete, but connections
	// that go on after their SYN can.
	return !is_one_way(v) || in[HOST_SYN] >= 0.5 * in[HOST_TCP];
}

static void tell_completed(const struct reading *r, char *text, size_t room) {
	char part[PERCENT_TEXT_MAX];

	snprintf(
		text, room, ", %s completed", words_percent(r->view->row[MEASURE_ESTABLISHED], part)
	);
}

KIND(SYN_FLOOD, "syn_flood", "SYN flood", 60, 300) = {
	.metric = M_SYN,
	.proto = PROTO_TCP,
	.metric_name = "syn_per_s",
	.unit = "SYN/s",
	.shape = is_syn_flood,
	.tell = tell_completed,
	.mitigation = "Turn on SYN cookies at the target or a SYN proxy in front of it; "
		      "rate-limit SYN to this port upstream. Block by source only if the "
		      "sources are not forged.",
	EVIDENCE(
		{MEASURE_ESTABLISHED, 1, .8f},
		{F(IN_ANSWERED), 1, .2f},
		{F(IN_PEERS), 0, .3f},
		{MEASURE_PER_SOURCE, 0, .1f},
		{F(IN_PEER_ENTROPY), .3f, .2f},
		{F(IN_OVER_OUT), .5f, .2f},
		{F(IN_TOP_PORT), 0, .2f}
	),
};

// SYN-ACK and RST: what the host provoked itself is not a flood of it.
static bool is_answer_flood(const struct view *v, double, double) {
	const uint32_t *in = v->in->count, *out = v->out->count;
	const uint64_t provoked = out[HOST_SYN] + stray_tcp(v->out) + out[HOST_FLOWS_OPENED];

	return (uint64_t)in[HOST_SYNACK] + in[HOST_RST] > 2 * provoked;
}

KIND(SYNACK_FLOOD, "synack_flood", "SYN-ACK flood", 100, 300) = {
	.metric = M_SYNACK,
	.metric_name = "synack_per_s",
	.unit = "SYN-ACK/s",
	.is_reflected = true,
	.shape = is_answer_flood,
	.mitigation = STATEFUL " The senders answer SYN forged in the target's name: blocking them "
			       "for good hurts honest servers.",
	TCP_FLOOD,
};

KIND(RST_FLOOD, "rst_flood", "RST flood", 100, 300) = {
	.metric = M_RST,
	.metric_name = "rst_per_s",
	.unit = "RST/s",
	.shape = is_answer_flood,
	.mitigation = STATEFUL " Rate-limit RST to this host upstream.",
	TCP_FLOOD,
};

static bool is_stray_flood(const struct view *v, double per_s, double threshold) {
	const uint32_t *in = v->in->count;
	const double stray = (double)stray_tcp(v->in);

	// Flows that began with a SYN, and nothing of the host is seen: half of a conversation.
	if (is_one_way(v) && in[HOST_SYN] > 0.25 * in[HOST_FLOWS_OPENED])
		return false;
	if (in[HOST_FLOWS_OPENED] * (double)LONG_FLOW_PACKETS < stray)
		return per_s >= LONG_FLOW_FACTOR * threshold;
	return true;
}

KIND(ACK_FLOOD, "ack_flood", "ACK flood", 200, 300) = {
	.metric = M_ACK,
	.metric_name = "ack_per_s",
	.unit = "ACK/s",
	.shape = is_stray_flood,
	.mitigation = STATEFUL,
	TCP_FLOOD,
};

KIND(PSHACK_FLOOD, "pshack_flood", "PSH-ACK flood", 200, 300) = {
	.metric = M_PSHACK,
	.metric_name = "pshack_per_s",
	.unit = "PSH-ACK/s",
	.shape = is_stray_flood,
	.mitigation = STATEFUL,
	TCP_FLOOD,
};

KIND(FIN_FLOOD, "fin_flood", "FIN flood", 100, 300) = {
	.metric = M_FIN,
	.metric_name = "fin_per_s",
	.unit = "FIN/s",
	.shape = is_stray_flood,
	.mitigation = STATEFUL,
	TCP_FLOOD,
};

KIND(SYNFIN_FLOOD, "synfin_flood", "SYN-FIN flood", 60, 300) = {
	.metric = M_SYNFIN,
	.metric_name = "synfin_per_s",
	.unit = "SYN-FIN/s",
	.mitigation = IMPOSSIBLE_FLAGS,
	TCP_FLOOD,
	TAKES({KIND_SYN_FLOOD, .5f}, {KIND_FIN_FLOOD, .5f}),
};

KIND(XMAS_FLOOD, "xmas_flood", "XMAS flood", 60, 300) = {
	.metric = M_XMAS,
	.metric_name = "xmas_per_s",
	.unit = "XMAS packets/s",
	.mitigation = IMPOSSIBLE_FLAGS,
	TCP_FLOOD,
	TAKES({KIND_FIN_FLOOD, .5f}),
};

KIND(NULL_FLOOD, "null_flood", "NULL flood", 60, 300) = {
	.metric = M_NULL,
	.metric_name = "null_per_s",
	.unit = "NULL packets/s",
	.mitigation = IMPOSSIBLE_FLAGS,
	TCP_FLOOD,
};

// Sets of flags that no stack sends, none of them most: SYN-RST, URG alone, or another one each time.
static bool is_mixed(const struct view *v, double, double) {
	const uint32_t *in = v->in->count;
	const uint32_t own[]
		= {in[HOST_SYNFIN], in[HOST_XMAS], in[HOST_NULL_FLAGS], in[HOST_ODD_FLAGS]};
	const double all = (double)own[0] + own[1] + own[2] + own[3];

	return own[0] < MIXED_SHARE * all && own[1] < MIXED_SHARE * all
		&& own[2] < MIXED_SHARE * all;
}

KIND(BADFLAGS_FLOOD, "badflags_flood", "Flood of impossible TCP flags", 60, 300) = {
	.metric = M_BADFLAGS,
	.metric_name = "bad_flags_per_s",
	.unit = "TCP packets/s with flags that no stack sends",
	.shape = is_mixed,
	.mitigation = IMPOSSIBLE_FLAGS,
	.proto = PROTO_TCP,
	STRAY_EVIDENCE,
	// Of flags chosen by chance a half is impossible, and the rest looks like all the others.
	TAKES({KIND_SYNFIN_FLOOD, .3f},
	      {KIND_XMAS_FLOOD, .3f},
	      {KIND_NULL_FLOOD, .3f},
	      {KIND_SYN_FLOOD, .5f},
	      {KIND_SYNACK_FLOOD, .5f},
	      {KIND_ACK_FLOOD, .5f},
	      {KIND_PSHACK_FLOOD, .5f},
	      {KIND_FIN_FLOOD, .5f},
	      {KIND_RST_FLOOD, .5f}),
};
