// The window: what one worker saw of each host and prefix in one tick, as target and as source.
//
// Two tables of the same record: targets (by destination address), sources (by source address). A
// flood of forged sources fills only `sources`, so it cannot push a victim out of `targets`. A third,
// prefixes (destination, /24 and /48), takes the packets whose target found no place or gave way: what a
// network got is the sum over its targets, and its own record. So a packet costs two records, not three.
//
// Stray: a packet is stray when no packet that it could answer or belong to has been seen. A SYN-ACK
// without its SYN, an ACK, PSH-ACK, FIN or RST in a flow with no handshake and no traffic the other
// way, a UDP or ICMP packet in a flow that the host has neither opened nor answered (nothing to a group is). SYN is always
// counted as SYN. Flag sets that no stack sends (SYN-FIN, XMAS, NULL, odd) are counted always.
// Packets without a flow record (host_only) are counted by flags and protocol, never as stray.
//
// Threads    One writer (the worker); then, whole, one reader (control); handed over by a ring.
// Memory     Taken by the caller, once: window_bytes(). No allocation on the way.
// Full       Buckets of WINDOW_WAYS records; a newcomer in a full bucket replaces a record of at most
//            2 packets; else it is refused, counted.
#ifndef WEIR_HOST_H
#define WEIR_HOST_H

#include "host/note.h"
#include "packet/packet.h"

#include <weir/addr.h>
#include <weir/event.h>

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_WAYS 8
#define HLL_REGISTERS 64 // standard error 1.04 / sqrt(64) = 13 % (Flajolet et al., AofA 2007)
#define PEER_BINS 32 // for the entropy of peers: peers fall into bins by hash
#define TOP_PEERS 4
#define TOP_FLOWS 128 // slots of the window's heavy flows

// Packet counters of a record, per tick. "stray" and flag sets as above. X(id, meaning)
// The first HOST_COUNTERS_HOT are what floods and plain traffic count: they share the record's first two
// lines, and are counted all at once as three vectors of four.
#define HOST_COUNTERS_HOT 12
#define HOST_COUNTERS(X)                                                                           \
	X(PACKETS, "packets")                                                                      \
	X(TCP, "TCP packets")                                                                      \
	X(UDP, "UDP packets")                                                                      \
	X(SMALL, "packets without transport payload")                                              \
	X(FLOWS_OPENED, "flows opened (target: toward it; source: by it)")                         \
	X(SYN, "SYN without ACK")                                                                  \
	X(ACK, "stray ACK without payload")                                                        \
	X(PSHACK, "stray ACK with PSH or payload")                                                 \
	X(UDP_STRAY, "stray UDP")                                                                  \
	X(FLOWS_ANSWERED, "flows of those that got their first packet back in this tick")          \
	X(ESTABLISHED, "TCP handshakes completed")                                                 \
	X(ICMP, "ICMP and ICMPv6 packets")                                                         \
	X(OTHER_IP, "packets of other IP protocols")                                               \
	X(FRAGMENTS, "fragments, first and later")                                                 \
	X(SYNACK, "stray SYN-ACK")                                                                 \
	X(FIN, "stray FIN, with or without ACK")                                                   \
	X(RST, "stray RST, with or without ACK")                                                   \
	X(SYNFIN, "SYN and FIN set")                                                               \
	X(XMAS, "FIN, PSH and URG set without SYN, RST")                                           \
	X(NULL_FLAGS, "no flag set")                                                               \
	X(ODD_FLAGS, "another flag set that no stack sends: SYN-RST, FIN-RST, URG alone ...")      \
	X(RST_ALL, "RST, stray or not")                                                            \
	X(UDP_EMPTY, "UDP without payload")                                                        \
	X(ICMP_ECHO, "echo requests")                                                              \
	X(ICMP_ECHO_REPLY, "echo replies")                                                         \
	X(ICMP_STRAY,                                                                              \
	  "ICMP and ICMPv6 in flows not answered; neighbour discovery and errors not counted")     \
	X(UNREACH, "ICMP and ICMPv6 destination unreachable")

enum host_counter {
#define X(id, meaning) HOST_##id,
	HOST_COUNTERS(X)
#undef X
		HOST_COUNTER_N
};

struct top_peer {
	struct addr addr;
	uint64_t count; // a lower bound (Misra-Gries)
};

// Laid out by what a packet touches. As long as a host has spoken with one other end about one port, this
// run is kept in the first two lines and entered in the sketches behind when it is over: each forged
// source costs two lines, not eight. Whoever gets a record from host_table_next(), _find() or _get()
// finds the run entered. Packets in the middle of a conversation come in several at a time (flow.h).
struct host_record {
	alignas(64) struct addr addr; // the tags say whether the record is used
	struct addr run_peer; // table's own, like all run_
	uint64_t bytes;
	uint64_t payload_bytes;
	uint64_t ttl_classes; // bit TTL / 4
	uint32_t run_packets;
	uint16_t run_port;
	uint8_t run_opened; // the run's flow was opened: 1 without, 2 with a port
	uint8_t parts; // table's own: what behind the first two lines is not zero
	uint64_t first_ns;
	uint32_t top_port_count; // the packets that certainly went to top_port; 0: no majority
	uint16_t top_port; // majority of destination ports (Boyer-Moore)
	uint8_t top_proto; // IP protocol of top_port
	uint8_t prefix_len; // of a prefix; UINT8_MAX for a host
	uint32_t count[HOST_COUNTER_N + 1]; // saturate
	uint32_t strange_flows; // flows that the flow model marked
	uint64_t amplified_bytes;
	uint32_t amplified[AMP_N]; // stray UDP packets from each amplifier's port
	alignas(64) uint8_t peers[HLL_REGISTERS]; // distinct other ends
	uint32_t peer_bins[PEER_BINS];
	struct top_peer top_peers[TOP_PEERS];
	uint8_t reserved[32];
	uint8_t ports[HLL_REGISTERS]; // distinct destination ports of flows opened
	uint8_t open_peers[HLL_REGISTERS]; // distinct other ends of flows opened
};
static_assert(
	offsetof(struct host_record, count) + sizeof(uint32_t[HOST_COUNTERS_HOT]) == 128,
	"what a flood's packet touches is two lines"
);
static_assert(
	offsetof(struct host_record, strange_flows) <= 3 * 64,
	"the other counters: one more"
);
static_assert(sizeof(struct host_record) % 64 == 0, "records start on a line");

struct flow_talker {
	uint64_t hash; // 0: free
	uint64_t bytes;
	uint64_t packets;
	struct addr src, dst; // of the initiator, of the responder
	uint16_t sport, dport;
	uint8_t proto;
};

struct host_table; // set-associative, opaque

struct window_conf {
	uint32_t targets; // records, rounded up to a power of two
	uint32_t sources;
	uint32_t prefixes;
	uint64_t seed; // of the hash; the same for all workers: distinct counts are merged
};

struct window {
	uint64_t start_ns; // half open: [start, end)
	uint64_t end_ns;
	uint32_t ticks; // more than 1 where control was late
	uint32_t worker;
	// Packets whose target (source, prefix) found no place or gave way: in no record of that table.
	// Set by window_close() and window_add().
	uint64_t refused;
	uint64_t sources_refused;
	uint64_t prefixes_refused;
	uint64_t packets; // of all records of `targets` or `sources`, and those it refused
	uint64_t bytes;
	struct host_table *targets;
	struct host_table *sources;
	struct host_table *prefixes;
	struct notes *notes;
	struct flow_talker talkers[TOP_FLOWS];
};

size_t window_bytes(const struct window_conf *conf);
// @param memory  window_bytes() bytes, all zero, 64-byte aligned
int window_create(struct window **out, const struct window_conf *conf, void *memory);
void window_reset(struct window *window, uint64_t start_ns); // touches only what was used
void window_close(struct window *window); // before another side reads it
bool window_has_content(const struct window *window);

// Find or make. @return NULL where the bucket is full of bigger ones.
struct host_record *
host_table_get(struct host_table *table, const struct addr *addr, uint8_t prefix_len);
const struct host_record *host_table_find(const struct host_table *table, const struct addr *addr);
uint32_t host_table_used(const struct host_table *table);
// Walk the used records: start with *at = 0. @return NULL at the end.
const struct host_record *host_table_next(const struct host_table *table, uint32_t *at);

struct flow_verdict;
// Account one packet at its target and source. @p verdict NULL: no flow record.
void window_add(
	struct window *window,
	const struct packet *packet,
	const struct flow_verdict *verdict
);
void window_add_talker(struct window *window, uint64_t hash, const struct flow_talker *one);
void window_mark_strange(
	struct window *window,
	const struct addr *target,
	const struct addr *source
);

// Add `from` to `into`, both for the same address: how control merges workers and ticks.
void host_record_merge(struct host_record *into, const struct host_record *from);
static inline void hll_add(uint8_t registers[static HLL_REGISTERS], uint64_t hash) {
	// 6 bits choose the register; rank: the first one among the other 58, 59 where there is none.
	const uint8_t rank = (uint8_t)(__builtin_clzll(hash << 6 | 1ull << 5) + 1);
	uint8_t *at = &registers[hash >> 58];

	if (rank > *at)
		*at = rank;
}
static_assert(HLL_REGISTERS == 64, "hll_add() takes 6 bits");
void hll_merge(uint8_t into[static HLL_REGISTERS], const uint8_t from[static HLL_REGISTERS]);
double hll_estimate(const uint8_t registers[static HLL_REGISTERS]);
double peer_entropy(const uint32_t bins[static PEER_BINS]); // 0..1

#endif
