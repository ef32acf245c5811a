// The table of kinds.
#include "detect/kinds.h"

#include "detect/shapes.h"

#include <assert.h>
#include <math.h>

#define F(id) HOST_FEATURE_##id
#define EVIDENCE_N(...) (sizeof((const float[][3]) {__VA_ARGS__}) / sizeof(float[3]))
#define EVIDENCE(...) .n_evidence = EVIDENCE_N(__VA_ARGS__), .evidence = {__VA_ARGS__}

#define STRAY_TCP_EVIDENCE                                                                         \
	EVIDENCE(                                                                                  \
		{F(IN_TCP_STRAY), 0, .6f},                                                         \
		{F(IN_ANSWERED), 1, .4f},                                                          \
		{F(IN_OVER_OUT), .5f, .3f},                                                        \
		{F(IN_SMALL), .4f, .2f},                                                           \
		{F(IN_PEERS), 0, .2f},                                                             \
		{F(IN_TOP_PORT), 0, .2f}                                                           \
	)

// A row of a TCP flood that is told by its flags alone.
#define TCP_FLOOD(id, metric_, name, unit_, shape_, mitigation_)                                   \
	[KIND_##id] = {                                                                            \
		.metric = metric_,                                                                 \
		.proto = PROTO_TCP,                                                                \
		.metric_name = name,                                                               \
		.unit = unit_,                                                                     \
		.shape = shape_,                                                                   \
		.mitigation = mitigation_,                                                         \
		STRAY_TCP_EVIDENCE,                                                                \
	}

#define STATEFUL                                                                                   \
	"Drop TCP packets that belong to no known connection in front of the target (stateful "    \
	"firewall, nftables \"ct state invalid drop\")."
#define IMPOSSIBLE_FLAGS                                                                           \
	"Drop this set of flags everywhere: no TCP stack sends it (nftables \"tcp flags\", an "    \
	"ACL "                                                                                     \
	"on the router, the sensor's pre-filter). Nothing legitimate is lost."

// The services as they are usually spelled.
#define SERVICE_DNS "DNS"
#define SERVICE_NTP "NTP"
#define SERVICE_SSDP "SSDP"
#define SERVICE_SNMP "SNMP"
#define SERVICE_CLDAP "CLDAP"
#define SERVICE_MEMCACHED "memcached"
#define SERVICE_CHARGEN "CHARGEN"
#define SERVICE_QOTD "QOTD"
#define SERVICE_COAP "CoAP"
#define SERVICE_WSD "WS-Discovery"
#define SERVICE_ISAKMP "ISAKMP"
#define SERVICE_BACNET "BACnet"
#define SERVICE_DVR "DVR"
#define SERVICE_PLEX "Plex"
#define SERVICE_ARMS "ARMS"
#define SERVICE_RPCBIND "rpcbind"
#define SERVICE_NETBIOS "NetBIOS"
#define SERVICE_TFTP "TFTP"
#define SERVICE_MSSQL "MSSQL"
#define SERVICE_RIP "RIP"
#define SERVICE_QUAKE "Quake"
#define SERVICE_STEAM "Steam"
#define SERVICE_UBNT "Ubiquiti"
#define SERVICE_L2TP "L2TP"

#define AMPLIFICATION(id_, name_, port_, port2_)                                                   \
	[KIND_AMP_##id_] = {                                                                       \
		.metric = M_AMP_FIRST + AMP_##id_,                                                 \
		.proto = PROTO_UDP,                                                                \
		.metric_name = name_ "_answers_per_s",                                             \
		.unit = SERVICE_##id_ " answers/s",                                                \
		.shape = shape_amplified,                                                          \
		.mitigation = "Drop or rate-limit UDP from source port " #port_                    \
			      " toward the target upstream (ACL, FlowSpec); keep answers to the "  \
			      "target's own questions. The sources are abused servers, not the "   \
			      "attacker: do not block them for good.",                             \
		EVIDENCE(                                                                          \
			{F(IN_AMPLIFIED), 0, .8f},                                                 \
			{F(IN_UDP_STRAY), 0, .4f},                                                 \
			{F(IN_ANSWERED), 1, .3f},                                                  \
			{F(IN_SIZE), 200, .3f},                                                    \
			{F(IN_PEERS), 0, .3f},                                                     \
			{F(IN_OVER_OUT), .5f, .2f}                                                 \
		),                                                                                 \
	},

static const struct kind_row rows[KIND_N] = {
	[KIND_UNKNOWN] = {
		.metric = M_UNUSUAL,
		.metric_name = "unusual_packets_per_s",
		.unit = "packets/s that belong to nothing seen before",
		.mitigation = "Look at the evidence and the top sources before acting; rate-limit the "
			      "sources toward the target if it suffers. If this is wanted traffic, "
			      "mark the alarm as such or allow-list its network.",
		EVIDENCE(
			{F(IN_PACKETS), 0, .5f},
			{F(IN_FLOWS), 0, .5f},
			{F(IN_ANSWERED), 1, .5f},
			{F(IN_PEERS), 0, .3f},
			{F(IN_PORTS), 0, .3f},
			{F(STRANGE_FLOWS), 0, .5f}
		),
	},
	[KIND_SYN_FLOOD] = {
		.metric = M_SYN,
		.proto = PROTO_TCP,
		.metric_name = "syn_per_s",
		.unit = "SYN/s",
		.shape = shape_syn,
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
	},
	TCP_FLOOD(
		SYNACK_FLOOD, M_SYNACK, "synack_per_s", "SYN-ACK/s", shape_answer,
		STATEFUL " The senders answer SYN forged in the target's name: blocking them for good "
			 "hurts honest servers."
	),
	TCP_FLOOD(ACK_FLOOD, M_ACK, "ack_per_s", "ACK/s", shape_stray_tcp, STATEFUL),
	TCP_FLOOD(PSHACK_FLOOD, M_PSHACK, "pshack_per_s", "PSH-ACK/s", shape_stray_tcp, STATEFUL),
	TCP_FLOOD(FIN_FLOOD, M_FIN, "fin_per_s", "FIN/s", shape_stray_tcp, STATEFUL),
	TCP_FLOOD(
		RST_FLOOD, M_RST, "rst_per_s", "RST/s", shape_answer,
		STATEFUL " Rate-limit RST to this host upstream."
	),
	TCP_FLOOD(SYNFIN_FLOOD, M_SYNFIN, "synfin_per_s", "SYN-FIN/s", NULL, IMPOSSIBLE_FLAGS),
	TCP_FLOOD(XMAS_FLOOD, M_XMAS, "xmas_per_s", "XMAS packets/s", NULL, IMPOSSIBLE_FLAGS),
	TCP_FLOOD(NULL_FLOOD, M_NULL, "null_per_s", "NULL packets/s", NULL, IMPOSSIBLE_FLAGS),
	[KIND_UDP_FLOOD] = {
		.metric = M_UDP,
		.proto = PROTO_UDP,
		.metric_name = "stray_udp_per_s",
		.unit = "UDP packets/s that it did not ask for",
		.shape = shape_udp,
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
	},
	[KIND_ICMP_FLOOD] = {
		.metric = M_ICMP,
		.metric_name = "icmp_per_s",
		.unit = "ICMP packets/s",
		.mitigation = "Rate-limit ICMP to this host upstream; leave a few per second, and with "
			      "IPv6 let packet-too-big and neighbour discovery pass.",
		EVIDENCE(
			{F(IN_ICMP), 0, .6f},
			{F(IN_PACKETS), 0, .3f},
			{F(IN_PEERS), 0, .3f},
			{F(IN_OVER_OUT), .5f, .2f},
			{F(IN_SIZE), 98, .1f}
		),
	},
	[KIND_FRAGMENT_FLOOD] = {
		.metric = M_FRAGMENTS,
		.metric_name = "fragments_per_s",
		.unit = "fragments/s",
		.shape = shape_fragments,
		.mitigation = "Drop or rate-limit fragments to this host upstream; lower the memory for "
			      "reassembly at the target (net.ipv4.ipfrag_high_thresh).",
		EVIDENCE(
			{F(IN_FRAGMENTS), 0, .8f},
			{F(IN_SIZE), 1400, .3f},
			{F(IN_PEERS), 0, .3f},
			{F(IN_OVER_OUT), .5f, .2f}
		),
	},
	[KIND_VERTICAL_SCAN] = {
		.metric = METRIC_N,
		.metric_name = "ports_in_10s",
		.unit = "ports",
		.mitigation = "Find out who scans; block the source if it is not yours. Close what need "
			      "not be open on the target: the scanner now knows it.",
	},
	[KIND_HORIZONTAL_SCAN] = {
		.metric = METRIC_N,
		.metric_name = "hosts_in_10s",
		.unit = "hosts",
		.mitigation = "If the source is inside your network, isolate it and look for malware; "
			      "else block it at the border.",
	},
	[KIND_SENSOR_LOSS] = {
		.metric = METRIC_N,
		.metric_name = "lost_per_s",
		.unit = "packets/s",
		.mitigation = "Give the sensor more worker cores or queues, or less traffic (narrower "
			      "mirror); `weir status` tells where packets are lost.",
	},
	AMPLIFIERS(AMPLIFICATION)
};

const struct kind_row *kind_row(unsigned kind) {
	return &rows[kind];
}

const struct supersession supersessions[] = {
	// Answers larger than the MTU come in fragments, and only the first has a port.
	{KIND_AMP_FIRST, KIND_FRAGMENT_FLOOD, .2f},
	{KIND_AMP_FIRST, KIND_UDP_FLOOD, .2f},
	// Networks on the way answer with errors.
	{KIND_AMP_FIRST, KIND_ICMP_FLOOD, .5f},
	{KIND_FRAGMENT_FLOOD, KIND_UDP_FLOOD, .5f},
	{KIND_FRAGMENT_FLOOD, KIND_ICMP_FLOOD, .5f},
	{KIND_SYNFIN_FLOOD, KIND_SYN_FLOOD, .5f},
	{KIND_SYNFIN_FLOOD, KIND_FIN_FLOOD, .5f},
	{KIND_XMAS_FLOOD, KIND_FIN_FLOOD, .5f},
};
const unsigned supersessions_n = sizeof(supersessions) / sizeof(supersessions[0]);

// Severity. Packets hurt whatever their flags are, so all floods and amplification share one table; what is
// hardly more than usual here (less than FAR_ABOVE thresholds) is low at any rate.
//
//     kind                      low      medium        high            critical
//     floods, amplification     below    250/s         2,500/s         25,000/s
//     ... after a minute                 any           250/s           25,000/s
//     scans [ports, hosts]      below    20 thresholds
//     unknown                   below    250/s: it is a question, not an answer
//     sensor_loss [thresholds]  below    4             40              400
//
// The threshold of a loss is one packet in a thousand (detect.c): 400 of it are 40 %.
struct step {
	double from;
	enum severity severity;
};
static const struct step by_rate[] = {
	{25000, SEVERITY_CRITICAL},
	{2500, SEVERITY_HIGH},
	{250, SEVERITY_MEDIUM},
	{0, SEVERITY_LOW},
};
static const struct step by_loss[] = {
	{400, SEVERITY_CRITICAL},
	{40, SEVERITY_HIGH},
	{4, SEVERITY_MEDIUM},
	{0, SEVERITY_LOW},
};
#define FAR_ABOVE 4
#define LASTING_NS (60 * 1000000000ull)
#define SCAN_WIDE 20

static enum severity step_of(const struct step *steps, double value) {
	while (value < steps->from)
		steps++;
	return steps->severity;
}

enum severity kind_severity(unsigned kind, double value, double threshold, uint64_t lasted_ns) {
	const double times = threshold > 0 ? value / threshold : value;
	const enum severity severity
		= times < FAR_ABOVE ? SEVERITY_LOW : step_of(by_rate, fmax(0, value));

	if (kind == KIND_VERTICAL_SCAN || kind == KIND_HORIZONTAL_SCAN)
		return times >= SCAN_WIDE ? SEVERITY_MEDIUM : SEVERITY_LOW;
	if (kind == KIND_SENSOR_LOSS)
		return step_of(by_loss, fmax(0, times));
	if (kind == KIND_UNKNOWN)
		return severity > SEVERITY_LOW ? SEVERITY_MEDIUM : SEVERITY_LOW;
	if (lasted_ns >= LASTING_NS && severity < SEVERITY_HIGH)
		return severity + 1;
	return severity;
}
