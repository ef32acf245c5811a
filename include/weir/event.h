// The events: what an alarm is, and the names of everything in it.
//
// This is the contract with every consumer. The JSON form of `struct alarm` is described by
// event.schema.json beside this file; EVENT_VERSION changes when a field changes its meaning
// or goes away, not when one is added.
//
// Threads    Plain data; copied by value.
// Memory     Fixed size, no pointers: an alarm can cross a ring or a file as it is.
#ifndef WEIR_EVENT_H
#define WEIR_EVENT_H

#include <weir/addr.h>

#include <stdint.h>

#define EVENT_VERSION 1

// Services that reflect and amplify, by UDP source port. One table: the host counters, the
// kinds of alarm and the reports are made from it.
// X(id, name, port, second port or 0)
// Sources: CISA alert TA14-017A "UDP-Based Amplification Attacks" and the port registry of IANA.
#define AMPLIFIERS(X)                                                                              \
	X(DNS, "dns", 53, 0)                                                                       \
	X(NTP, "ntp", 123, 0)                                                                      \
	X(SSDP, "ssdp", 1900, 0)                                                                   \
	X(SNMP, "snmp", 161, 0)                                                                    \
	X(CLDAP, "cldap", 389, 0)                                                                  \
	X(MEMCACHED, "memcached", 11211, 0)                                                        \
	X(CHARGEN, "chargen", 19, 0)                                                               \
	X(QOTD, "qotd", 17, 0)                                                                     \
	X(COAP, "coap", 5683, 0)                                                                   \
	X(WSD, "wsd", 3702, 0)                                                                     \
	X(ISAKMP, "isakmp", 500, 4500)                                                             \
	X(BACNET, "bacnet", 47808, 0)                                                              \
	X(DVR, "dvr", 37810, 0)                                                                    \
	X(PLEX, "plex", 32414, 32410)                                                              \
	X(ARMS, "arms", 3283, 0)                                                                   \
	X(RPCBIND, "rpcbind", 111, 0)                                                              \
	X(NETBIOS, "netbios", 137, 0)                                                              \
	X(TFTP, "tftp", 69, 0)                                                                     \
	X(MSSQL, "mssql", 1434, 0)                                                                 \
	X(RIP, "rip", 520, 0)                                                                      \
	X(QUAKE, "quake", 27960, 0)                                                                \
	X(STEAM, "steam", 27015, 0)                                                                \
	X(UBNT, "ubiquiti", 10001, 0)                                                              \
	X(L2TP, "l2tp", 1701, 0)

enum amplifier {
#define X(id, name, port, port2) AMP_##id,
	AMPLIFIERS(X)
#undef X
		AMP_N
};

// Kinds of alarm. X(id, name, title). The amplification kinds follow, one per amplifier.
#define EVENT_KINDS(X)                                                                             \
	X(UNKNOWN, "unknown", "Unusual traffic")                                                   \
	X(SYN_FLOOD, "syn_flood", "SYN flood")                                                     \
	X(SYNACK_FLOOD, "synack_flood", "SYN-ACK flood")                                           \
	X(ACK_FLOOD, "ack_flood", "ACK flood")                                                     \
	X(PSHACK_FLOOD, "pshack_flood", "PSH-ACK flood")                                           \
	X(FIN_FLOOD, "fin_flood", "FIN flood")                                                     \
	X(RST_FLOOD, "rst_flood", "RST flood")                                                     \
	X(SYNFIN_FLOOD, "synfin_flood", "SYN-FIN flood")                                           \
	X(XMAS_FLOOD, "xmas_flood", "XMAS flood")                                                  \
	X(NULL_FLOOD, "null_flood", "NULL flood")                                                  \
	X(UDP_FLOOD, "udp_flood", "UDP flood")                                                     \
	X(ICMP_FLOOD, "icmp_flood", "ICMP flood")                                                  \
	X(FRAGMENT_FLOOD, "fragment_flood", "Fragment flood")                                      \
	X(VERTICAL_SCAN, "vertical_scan", "Port scan of one host")                                 \
	X(HORIZONTAL_SCAN, "horizontal_scan", "Scan of many hosts for one port")                   \
	X(SENSOR_LOSS, "sensor_loss", "The sensor loses packets")

enum event_kind {
#define X(id, name, title) KIND_##id,
	EVENT_KINDS(X)
#undef X
#define X(id, name, port, port2) KIND_AMP_##id,
		AMPLIFIERS(X)
#undef X
			KIND_N
};
#define KIND_AMP_FIRST KIND_AMP_DNS

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_N };
enum alarm_state { ALARM_OPEN, ALARM_UPDATE, ALARM_CLOSE, ALARM_STATE_N };
enum forged { FORGED_UNKNOWN, FORGED_NO, FORGED_YES, FORGED_N };

#define ALARM_SOURCES_MAX 8
#define ALARM_EVIDENCE_MAX 12

struct alarm_source {
	struct addr addr;
	uint64_t packets; // seen from it toward the target in the interval, an estimate from below
};

struct alarm_evidence {
	char name[32]; // of a host feature (feature.h) or of a measure named in the schema
	float value;
	float baseline; // usual value for this host; NaN where none is known yet
	float weight; // share of the decision, 0..1; the weights of an alarm sum to 1
};

// One transition of one alarm. Strings are NUL-terminated UTF-8.
struct alarm {
	uint64_t id; // the same in every transition of one alarm; from sensor, kind, target, start
	uint32_t revision; // 1 at open, +1 with each transition
	uint8_t kind; // enum event_kind
	uint8_t severity; // enum severity
	uint8_t state; // enum alarm_state
	uint8_t proto; // IP protocol, 0 where the kind has none
	uint64_t start_ns; // packet time at which the value first passed the threshold
	uint64_t time_ns; // packet time of this transition: the end of the tick that caused it
	uint64_t end_ns; // packet time of the last tick above the threshold
	struct addr target;
	uint8_t target_prefix_len; // 32 / 128 for one host
	uint8_t has_port; // most of it goes to `port`
	uint16_t port;
	uint8_t forged; // enum forged
	uint8_t n_sources;
	uint8_t n_evidence;
	float forged_confidence; // 0..1
	float score; // 0..1: share of normal windows that score lower
	char metric[32]; // what `value` measures: "syn_per_s"
	double value; // over interval_ns
	double threshold; // same unit
	double baseline; // same unit; NaN where none is known yet
	uint64_t interval_ns; // over which value was measured
	double peak; // highest value since start
	uint64_t packets; // of the attack since start
	uint64_t bytes;
	uint64_t distinct_sources; // estimate
	struct alarm_source sources[ALARM_SOURCES_MAX]; // most first
	struct alarm_evidence evidence[ALARM_EVIDENCE_MAX]; // heaviest first
	char forged_why[128];
	char words[320]; // one or two sentences
	char mitigation[320];
};

const char *event_kind_name(unsigned kind); // "syn_flood", "dns_amplification"; NULL if none
const char *event_kind_title(unsigned kind); // "SYN flood", "DNS amplification"
int event_kind_parse(const char *name); // -1 if no kind has the name
const char *severity_name(unsigned severity); // "low" ...
int severity_parse(const char *name);
const char *alarm_state_name(unsigned state); // "open", "update", "close"
const char *forged_name(unsigned forged); // "unknown", "no", "yes"
const char *amplifier_name(unsigned amplifier);

#endif
