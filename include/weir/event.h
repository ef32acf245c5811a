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
#include <weir/kinds.h>

#include <stdint.h>

#define EVENT_VERSION 1

// Services that reflect and amplify, by UDP source port. One table: the host counters, the
// kinds of alarm and the reports are made from it. Y(X, id, name, title, port, second port or 0)
// Sources: CISA alert TA14-017A "UDP-Based Amplification Attacks", the port registry of IANA, and for
// Jenkins CVE-2020-2100, SLP CVE-2023-29552, TP-240 CVE-2022-26143.
#define AMPLIFIER_ROWS(Y, X)                                                                       \
	Y(X, DNS, "dns", "DNS", 53, 0)                                                             \
	Y(X, NTP, "ntp", "NTP", 123, 0)                                                            \
	Y(X, SSDP, "ssdp", "SSDP", 1900, 0)                                                        \
	Y(X, SNMP, "snmp", "SNMP", 161, 0)                                                         \
	Y(X, CLDAP, "cldap", "CLDAP", 389, 0)                                                      \
	Y(X, MEMCACHED, "memcached", "memcached", 11211, 0)                                        \
	Y(X, CHARGEN, "chargen", "CHARGEN", 19, 0)                                                 \
	Y(X, QOTD, "qotd", "QOTD", 17, 0)                                                          \
	Y(X, COAP, "coap", "CoAP", 5683, 0)                                                        \
	Y(X, WSD, "wsd", "WS-Discovery", 3702, 0)                                                  \
	Y(X, ISAKMP, "isakmp", "ISAKMP", 500, 4500)                                                \
	Y(X, BACNET, "bacnet", "BACnet", 47808, 0)                                                 \
	Y(X, DVR, "dvr", "DVR", 37810, 0)                                                          \
	Y(X, PLEX, "plex", "Plex", 32414, 32410)                                                   \
	Y(X, ARMS, "arms", "ARMS", 3283, 0)                                                        \
	Y(X, RPCBIND, "rpcbind", "rpcbind", 111, 0)                                                \
	Y(X, NETBIOS, "netbios", "NetBIOS", 137, 0)                                                \
	Y(X, TFTP, "tftp", "TFTP", 69, 0)                                                          \
	Y(X, MSSQL, "mssql", "MSSQL", 1434, 0)                                                     \
	Y(X, RIP, "rip", "RIP", 520, 0)                                                            \
	Y(X, QUAKE, "quake", "Quake", 27960, 0)                                                    \
	Y(X, STEAM, "steam", "Steam", 27015, 0)                                                    \
	Y(X, UBNT, "ubiquiti", "Ubiquiti", 10001, 0)                                               \
	Y(X, L2TP, "l2tp", "L2TP", 1701, 0)                                                        \
	Y(X, MDNS, "mdns", "mDNS", 5353, 0)                                                        \
	Y(X, JENKINS, "jenkins", "Jenkins", 33848, 0)                                              \
	Y(X, SLP, "slp", "SLP", 427, 0)                                                            \
	Y(X, TP240, "tp240", "TP-240", 10074, 0)

// For who needs a part of a row: X(id, name, port, port2), X(id, name, title).
#define AMPLIFIER_PORTS(X, id, name, title, port, port2) X(id, name, port, port2)
#define AMPLIFIER_TITLES(X, id, name, title, port, port2) X(id, name, title)
#define AMPLIFIERS(X) AMPLIFIER_ROWS(AMPLIFIER_PORTS, X)
#define AMPLIFIER_SERVICES(X) AMPLIFIER_ROWS(AMPLIFIER_TITLES, X)

enum amplifier {
#define X(id, name, port, port2) AMP_##id,
	AMPLIFIERS(X)
#undef X
		AMP_N
};

// Kinds of alarm, and from which rate of their own metric on, held for how long, they may be raised unless
// the configuration says otherwise. A kind is defined in one file of src/detect/kinds/, from which kinds.h
// is made when the build is configured: EVENT_KINDS(X), X(id, name, title, floor [1/s], floor [ms]). The
// amplification kinds follow, one per amplifier. Names are for good: they are never given to another kind; numbers
// are not, and stay inside a program.
#define AMPLIFICATION_FLOOR_PER_S 150
#define AMPLIFICATION_FLOOR_MS 200

enum event_kind {
#define X(id, name, title, per_s, ms) KIND_##id,
	EVENT_KINDS(X)
#undef X
#define X(id, name, port, port2) KIND_AMP_##id,
		AMPLIFIERS(X)
#undef X
			KIND_N
};
#define KIND_AMP_FIRST KIND_AMP_DNS

typedef unsigned __int128 kind_set; // bit KIND_x
#define KIND_BIT(kind) ((kind_set)1 << (kind))

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_N };
enum alarm_state { ALARM_OPEN, ALARM_UPDATE, ALARM_CLOSE, ALARM_STATE_N };
// What the target of an alarm does in it: it gets the packets, or it sends them.
enum alarm_role { ROLE_TARGET, ROLE_SOURCE, ROLE_N };
enum forged { FORGED_UNKNOWN, FORGED_NO, FORGED_YES, FORGED_N };

#define ALARM_SOURCES_MAX 8
#define ALARM_EVIDENCE_MAX 24

struct alarm_source {
	struct addr addr;
	uint64_t packets; // seen from it toward the target in the interval, an estimate from below
};

struct alarm_evidence {
	char name[32]; // of a host feature (feature.h) or of a measure named in the schema
	float value;
	float baseline; // usual value for this host; NaN where none is known yet
	float weight; // share of the decision, 0..1; the weights of an alarm sum to 1
	float contribution; // of a feature to the host model's raw score; NaN: it is none of it
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
	struct addr target; // whom it is about
	struct addr toward; // where that is the sender: who gets it
	uint8_t target_prefix_len; // 32 / 128 for one host
	uint8_t role; // enum alarm_role
	uint8_t toward_prefix_len; // 0: no one network gets most of it
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
const char *alarm_role_name(unsigned role); // "target", "source"
const char *forged_name(unsigned forged); // "unknown", "no", "yes"
const char *amplifier_name(unsigned amplifier);

#endif
