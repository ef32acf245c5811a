// The counters of the sensor, declared once: the worker, Redis, `weir status`, the capture
// summary and the metrics are made from these tables.
//
// The invariant, exactly, over any interval and for each worker:
//
//     rx_packets = flow_packets + host_only + not_ip + malformed
//     seen       = rx_packets + port_missed + port_no_mbuf + port_errors + distributor_dropped
//
// analysed = flow_packets + host_only + not_ip. malformed = the sum over MALFORMED.
#ifndef WEIR_STATS_H
#define WEIR_STATS_H

#include <weir/addr.h>

#include <stdint.h>

// Ways of being malformed; each packet has at most one: the first that the parser met.
// X(id, name, meaning)
#define MALFORMED(X)                                                                               \
	X(SHORT_LINK, "short_link", "frame ends inside the link-layer header")                     \
	X(LINK_TYPE, "link_type", "link type that is not decoded")                                 \
	X(SHORT_VLAN, "short_vlan", "frame ends inside a VLAN tag")                                \
	X(VLAN_DEPTH, "vlan_depth", "more VLAN tags than are followed")                            \
	X(SHORT_MPLS, "short_mpls", "frame ends inside the MPLS label stack")                      \
	X(MPLS_DEPTH, "mpls_depth", "more MPLS labels than are followed")                          \
	X(SHORT_PPPOE, "short_pppoe", "frame ends inside the PPPoE header")                        \
	X(SHORT_ARP, "short_arp", "frame ends inside the ARP message")                             \
	X(IP_VERSION, "ip_version", "IP version is not what the layer below says")                 \
	X(SHORT_IP4, "short_ip4", "frame ends inside the IPv4 header")                             \
	X(IP4_HEADER_LENGTH, "ip4_header_length", "IPv4 header length below 20 bytes")             \
	X(IP4_TOTAL_LENGTH, "ip4_total_length", "IPv4 total length below the header length")       \
	X(SHORT_IP6, "short_ip6", "frame ends inside the IPv6 header")                             \
	X(SHORT_IP6_EXT, "short_ip6_ext", "packet ends inside an IPv6 extension header")           \
	X(IP6_EXT_DEPTH, "ip6_ext_depth", "more IPv6 extension headers than are followed")         \
	X(IP6_EXT_LENGTH, "ip6_ext_length", "IPv6 extension header longer than the packet says")   \
	X(FRAGMENT, "fragment", "fragment that overlaps the header or exceeds 65535 bytes")        \
	X(SHORT_TCP, "short_tcp", "packet ends inside the TCP header")                             \
	X(TCP_HEADER_LENGTH,                                                                       \
	  "tcp_header_length",                                                                     \
	  "TCP header length below 20 bytes or beyond the packet")                                 \
	X(SHORT_UDP, "short_udp", "packet ends inside the UDP header")                             \
	X(UDP_LENGTH, "udp_length", "UDP length below 8 or beyond the packet")                     \
	X(SHORT_ICMP, "short_icmp", "packet ends inside the ICMP or ICMPv6 header")                \
	X(SHORT_IGMP, "short_igmp", "packet ends inside the IGMP header")                          \
	X(SHORT_SCTP, "short_sctp", "packet ends inside the SCTP header")                          \
	X(SHORT_IPSEC, "short_ipsec", "packet ends inside the ESP or AH header")

enum malformed {
	MALFORMED_NONE,
#define X(id, name, meaning) MALFORMED_##id,
	MALFORMED(X)
#undef X
		MALFORMED_N
};

// What a packet is, counted for the summary: of the innermost headers that were understood.
// X(id, name, meaning)
#define PROTOCOLS(X)                                                                               \
	X(ARP, "arp", "ARP")                                                                       \
	X(OTHER_LINK, "other_link", "neither IP nor ARP")                                          \
	X(IP4, "ip4", "IPv4")                                                                      \
	X(IP6, "ip6", "IPv6")                                                                      \
	X(TCP, "tcp", "TCP")                                                                       \
	X(UDP, "udp", "UDP")                                                                       \
	X(ICMP, "icmp", "ICMP")                                                                    \
	X(ICMP6, "icmp6", "ICMPv6")                                                                \
	X(IGMP, "igmp", "IGMP")                                                                    \
	X(SCTP, "sctp", "SCTP")                                                                    \
	X(ESP, "esp", "ESP")                                                                       \
	X(AH, "ah", "AH seen on the way to the transport header")                                  \
	X(OTHER_IP, "other_ip", "another IP protocol, or none")                                    \
	X(FRAGMENT_FIRST, "fragment_first", "first fragments")                                     \
	X(FRAGMENT_LATER, "fragment_later", "later fragments")                                     \
	X(VLAN, "vlan", "with at least one VLAN tag")                                              \
	X(MPLS, "mpls", "with at least one MPLS label")                                            \
	X(PPPOE, "pppoe", "in PPPoE")                                                              \
	X(TUNNEL, "tunnel", "in a tunnel that was opened")                                         \
	X(TUNNEL_DEPTH, "tunnel_depth", "in a tunnel that was not opened: deeper than configured") \
	X(TUNNEL_BAD, "tunnel_bad", "GRE that was not opened: its header is short or impossible")  \
	X(TRUNCATED, "truncated", "captured shorter than the IP header says")

enum protocol_counter {
#define X(id, name, meaning) PROTOCOL_##id,
	PROTOCOLS(X)
#undef X
		PROTOCOL_N
};

// Of one worker. X(name, unit, meaning)
#define WORKER_COUNTERS(X)                                                                         \
	X(rx_packets, "packets", "packets taken from the port")                                    \
	X(rx_bytes, "bytes", "their frame bytes, by the IP header where the mirror truncates")     \
	X(flow_packets, "packets", "analysed in a flow and in the host windows")                   \
	X(host_only, "packets", "analysed in the host windows only: no room in the flow table")    \
	X(not_ip, "packets", "analysed as far as the link layer: ARP and other non-IP")            \
	X(malformed, "packets", "malformed, see the reasons")                                      \
	X(bursts, "bursts", "bursts with at least one packet")                                     \
	X(idle_polls, "polls", "polls that found nothing")                                         \
	X(flows_new, "flows", "flow records made")                                                 \
	X(flows_expired, "flows", "ended by idle or close time-out")                               \
	X(flows_evicted_single, "flows", "one-packet flows that gave way to newer flows")          \
	X(flows_evicted_idle, "flows", "longer flows that gave way, idlest first")                 \
	X(flows_refused, "flows", "new flows that found only established flows in their buckets")  \
	X(flows_skipped, "packets", "new flows not tried after a refusal in the same burst")       \
	X(scores, "rows", "flow rows scored")                                                      \
	X(scores_dropped, "rows", "rows that were due but dropped under load, oldest first")       \
	X(findings, "findings", "findings handed to the control core")                             \
	X(findings_limited, "findings", "findings beyond the limit of a tick")                     \
	X(findings_lost, "findings", "findings lost on a full ring")                               \
	X(windows, "windows", "host windows handed to the control core")                           \
	X(windows_merged, "ticks", "ticks that had to share a window: the control core was late")  \
	X(notes, "notes", "messages and connections handed to the control core word for word")     \
	X(notes_missed, "notes", "those beyond the limit of their kind in a window")               \
	X(hosts_refused, "packets", "packets whose target found no place in the window")           \
	X(sources_refused, "packets", "packets whose source found no place in the window")         \
	X(prefixes_refused, "packets", "packets whose target and network found no place")          \
	X(hosts_untold, "packets", "last packets of conversations that their hosts never heard of" \
	)                                                                                          \
	X(clock_back, "packets", "packets with a time stamp before the one before them")           \
	X(clock_steps, "steps", "jumps of the packets' clock that were taken out")

struct worker_counters {
#define X(name, unit, meaning) uint64_t name;
	WORKER_COUNTERS(X)
#undef X
	uint64_t malformed_by[MALFORMED_N];
	uint64_t protocol[PROTOCOL_N];
};

// Of the core on which a worker or a distributor runs, beside what it did with the packets. Of a
// distributor, distributor_dropped is what all its full rings cost; of a worker, what the rings
// that end at it cost: each loss is in both, so sum over the workers. X(name, unit, meaning)
#define CORE_COUNTERS(X)                                                                           \
	X(core_packets, "packets", "packets taken from queues or rings")                           \
	X(core_bursts, "bursts", "bursts in which they came: packets a burst is the fill")         \
	X(core_polls, "polls", "looks at all of its queues or rings")                              \
	X(busy_us, "us", "time from a poll that found packets to the next poll")                   \
	X(idle_us, "us", "time from a poll that found nothing to the next, asleep or not")         \
	X(distributor_dropped, "packets", "lost: the worker's ring was full")

struct core_counters {
#define X(name, unit, meaning) uint64_t name;
	CORE_COUNTERS(X)
#undef X
};

// Of one port, as the driver tells them. X(name, unit, meaning)
#define PORT_COUNTERS(X)                                                                           \
	X(port_packets, "packets", "packets that the driver handed over")                          \
	X(port_bytes, "bytes", "their bytes")                                                      \
	X(port_missed, "packets", "lost: the queues were full")                                    \
	X(port_no_mbuf, "packets", "lost: no buffer was free")                                     \
	X(port_errors, "packets", "lost: the adapter found them damaged")

struct port_counters {
#define X(name, unit, meaning) uint64_t name;
	PORT_COUNTERS(X)
#undef X
};

// Of the control core and the publisher. X(name, unit, meaning)
#define CONTROL_COUNTERS(X)                                                                        \
	X(ticks, "ticks", "ticks decided")                                                         \
	X(hosts_tracked, "hosts", "hosts with a history now")                                      \
	X(hosts_dropped, "hosts", "active hosts that found no place among the tracked")            \
	X(alarms_opened, "alarms", "alarms opened")                                                \
	X(alarms_active, "alarms", "alarms open now")                                              \
	X(alarms_suppressed, "alarms", "not raised: the table of open alarms was full")            \
	X(events_queued, "events", "events handed to the publisher")                               \
	X(events_lost, "events", "events lost: the publisher's queue was full")                    \
	X(events_published, "events", "events that the sinks confirmed")                           \
	X(spool_events, "events", "events waiting on disk now")                                    \
	X(spool_bytes, "bytes", "bytes waiting on disk now")                                       \
	X(spool_lost, "events", "events lost: the spool was full or could not be written")         \
	X(redis_reconnects, "times", "times the connection to Redis was made again")               \
	X(redis_up, "1", "1 while Redis answers")                                                  \
	X(commands, "commands", "commands taken from Redis")                                       \
	X(reloads, "times", "configurations taken over without a restart")                         \
	X(reloads_refused, "times", "configurations refused")                                      \
	X(file_lost, "events", "events that could not be written to the file or standard output")  \
	X(flow_drift, "1/1000", "drift of flow scores from training (PSI); 0: not known yet")      \
	X(host_drift, "1/1000", "drift of host scores from training (PSI); 0: not known yet")      \
	X(baseline_rows, "rows", "flow rows that the baseline has seen; 0: none is being taken")   \
	X(baseline_lost, "rows", "rows that found no place on their way to a baseline")

struct control_counters {
#define X(name, unit, meaning) uint64_t name;
	CONTROL_COUNTERS(X)
#undef X
};

struct counter_info {
	const char *name;
	const char *unit;
	const char *meaning;
};

#define X(name, unit, meaning) +1
enum {
	WORKER_COUNTER_N = 0 WORKER_COUNTERS(X),
	PORT_COUNTER_N = 0 PORT_COUNTERS(X),
	CORE_COUNTER_N = 0 CORE_COUNTERS(X),
	CONTROL_COUNTER_N = 0 CONTROL_COUNTERS(X),
};
#undef X

// In the order of the structs, which are arrays of uint64_t to code that walks them.
extern const struct counter_info worker_counter_info[WORKER_COUNTER_N];
extern const struct counter_info core_counter_info[CORE_COUNTER_N];
extern const struct counter_info port_counter_info[PORT_COUNTER_N];
extern const struct counter_info control_counter_info[CONTROL_COUNTER_N];
extern const struct counter_info malformed_info[MALFORMED_N]; // [0] is "none"
extern const struct counter_info protocol_info[PROTOCOL_N];

static inline uint64_t counter_at(const void *counters, unsigned i) {
	return ((const uint64_t *)counters)[i];
}

// dst += src, for totals over workers
static inline void
worker_counters_add(struct worker_counters *dst, const struct worker_counters *src) {
	uint64_t *to = (uint64_t *)dst;
	const uint64_t *from = (const uint64_t *)src;

	for (unsigned i = 0; i < sizeof(*dst) / sizeof(*to); i++)
		to[i] += from[i];
}

#define STATS_PORTS_MAX 16
#define STATS_WORKERS_MAX 64
#define STATS_DISTRIBUTORS_MAX 8
#define STATS_QUEUES_MAX 256
#define STATS_APPS_MAX 64
#define STATS_BIG_FLOWS_MAX 3

// A receive queue, and who reads it.
struct queue_counters {
	uint16_t port; // in stats.port
	uint16_t queue;
	uint16_t reader; // of the workers, or of the distributors where there are any
	uint64_t packets;
};

// One of the biggest flows of a worker in the last second; counts are lower bounds.
struct big_flow {
	struct addr src, dst; // of who opened it, of who answers
	uint16_t sport, dport;
	uint8_t proto;
	uint64_t packets;
	uint64_t bytes;
};

// What a worker's windows of the last second held: an elephant has most of it.
struct worker_second {
	uint64_t packets;
	uint64_t bytes;
	uint32_t n_flows;
	struct big_flow flow[STATS_BIG_FLOWS_MAX]; // most packets first
};

// Of one application, since the start, as far as it was told to the control core (notes, notes_missed).
struct app_share {
	uint64_t flows; // whose first payload, or question, was of it
	uint64_t
		ended; // TCP connections that were seen from their handshake to their end, to a server of it
	uint64_t ended_bytes; // of those, both ways
};

// What the sensor says of itself once a second.
struct stats {
	uint64_t time_ns;
	uint64_t uptime_ns;
	uint16_t n_ports;
	uint16_t n_workers;
	uint64_t flows_used; // records in use, all workers
	uint64_t flows_capacity;
	uint64_t event_delay_us_p50; // from the end of the tick to the sink's confirmation
	uint64_t event_delay_us_max;
	struct control_counters control;
	struct port_counters port[STATS_PORTS_MAX];
	char port_name[STATS_PORTS_MAX][32];
	struct worker_counters worker[STATS_WORKERS_MAX];
	struct core_counters core[STATS_WORKERS_MAX]; // of the workers
	struct worker_second second[STATS_WORKERS_MAX];
	uint16_t n_distributors;
	struct core_counters distributor[STATS_DISTRIBUTORS_MAX];
	uint16_t n_queues; // those shown: the first STATS_QUEUES_MAX
	struct queue_counters queue[STATS_QUEUES_MAX];
	struct app_share app[STATS_APPS_MAX]; // by enum app (packet/app.h); [0]: has no name
};

#endif
