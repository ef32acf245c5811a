// Flow table of one worker: canonical 5-tuple and innermost VLAN/tunnel id -> flow record.
//
// Threads    One owner. Nothing here locks.
// Memory     Taken by the caller, once: flow_table_bytes() says how much. The packet path never
//            allocates.
// Ownership  Records belong to the table. A record pointer lives until the owner's next
//            flow_table_get() or flow_table_expire().
// Full       Buckets of FLOW_BUCKET_WAYS records, two for each key: the second takes what the first
//            has no room for. A new flow that finds both full takes the place of, in this order: an
//            expired record, a one-packet record (the oldest), the idlest record that is not
//            established. Two buckets full of established flows refuse: NULL, counted;
//            the rest of that burst's new flows are then not tried (see pipeline.h).
//            Established means here: a TCP handshake was completed, or both sides spoke and there
//            were 4 packets.
#ifndef WEIR_FLOW_H
#define WEIR_FLOW_H

#include "packet/packet.h"

#include <weir/addr.h>
#include <weir/feature.h>

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_BUCKET_WAYS 8

// A packet in the middle of a conversation (TCP established, UDP answered; both sides spoke; nothing about it
// is special) may wait, so that its hosts are told of several at once: of each direction until there are
// FLOW_TELL_PACKETS; or 4, once the tick has changed; or one, FLOW_TELL_TICKS after the last time. All
// else is told at once, with what waited. So hosts know of a flood's every packet in its tick, and of
// each conversation all but its last few packets. What still waits when a flow ends without FIN or RST
// is counted (flow_events.untold).
#define FLOW_TELL_PACKETS 16
#define FLOW_TELL_PACKETS_LATER 4
#define FLOW_TELL_TICKS 10

// A flow is scored at this many packets, at 4 times as many, and so on; and at its end, if it has as many.
#define FLOW_SCORE_MIN_PACKETS 4

// Both directions of a flow have the same key: (lo, lo_port) sorts before (hi, hi_port).
struct flow_key {
	struct addr lo;
	struct addr hi;
	uint16_t lo_port;
	uint16_t hi_port;
	uint32_t tunnel_id;
	uint16_t vlan;
	uint8_t proto;
	uint8_t zero; // all bytes are compared
	uint32_t zero2;
};
static_assert(sizeof(struct flow_key) == 48, "compared as six words");

enum flow_state { // TCP; others stay in NEW until answered, then ESTABLISHED
	FLOW_NEW,
	FLOW_SYN,
	FLOW_SYNACK,
	FLOW_ESTABLISHED,
	FLOW_CLOSING, // FIN from both sides, or RST
};

struct flow; // opaque to all but flow/: the layout is in flow_record.h
struct flow_table;

struct flow_table_conf {
	uint32_t capacity; // records, rounded up to a power of two, at least 1024
	uint64_t idle_ns; // an established flow silent for longer is over
	uint64_t single_ns; // a flow that was never answered, likewise
	uint64_t closed_ns; // a closed TCP flow, likewise
	uint64_t seed; // of the hash
	bool tell_singles; // flow_end_fn is told of one-packet flows, too
};

// Called with each record that leaves the table (expired, evicted, flushed), before it does.
typedef void flow_end_fn(void *ctx, const struct flow *flow, uint64_t now_ns);

struct flow_events { // counted since create
	uint64_t made;
	uint64_t expired;
	uint64_t evicted_single;
	uint64_t evicted_idle;
	uint64_t refused;
	uint64_t untold; // packets that their hosts were never told of
};

size_t flow_table_bytes(const struct flow_table_conf *conf);
// @param memory  flow_table_bytes() bytes, all zero, 64-byte aligned; the table lives in it
// @return 0, or -EINVAL with *out untouched
int flow_table_create(
	struct flow_table **out,
	const struct flow_table_conf *conf,
	void *memory,
	flow_end_fn *end,
	void *ctx
);

// Canonical key of a packet of PACKET_FLOW. @return true where the sender is `hi`.
bool flow_key_from_packet(struct flow_key *key, const struct packet *packet);
uint64_t flow_key_hash(const struct flow_key *key, uint64_t seed);

void flow_table_prefetch_bucket(const struct flow_table *table, uint64_t hash);
// The second line of fetches: the records whose tags match (or the likely victim).
void flow_table_prefetch_record(const struct flow_table *table, uint64_t hash);

// Find, or make if @p may_insert. @return NULL where there is none and no room.
// A new record is empty: flow_update() fills it.
struct flow *flow_table_get(
	struct flow_table *table,
	const struct flow_key *key,
	uint64_t hash,
	uint64_t now_ns,
	bool may_insert
);

// End this record and begin an empty one for the same key in its place.
void flow_table_renew(struct flow_table *table, struct flow *flow, uint64_t now_ns);
// A SYN for a closed connection: a new one on the same ports. Renew the record before the update.
bool flow_reopened_by(const struct flow *flow, const struct packet *packet);

// What a packet is to its flow, for the host windows.
struct flow_verdict {
	bool unknown; // it is in no flow record; all below is as unknown
	bool first; // it opened the flow
	bool from_initiator;
	bool stray; // no packet that it could answer or belong to has been seen (host.h)
	bool answered_now; // it is the first packet back to the initiator
	bool established_now; // it completed a TCP handshake
	uint8_t zero[2]; // no padding: two verdicts can be compared byte by byte
	// What the packet's hosts are told now: of this packet, and of those of its flow and direction
	// before it that waited. See FLOW_TELL_PACKETS.
	uint32_t told_packets;
	uint32_t told_small; // without payload
	uint32_t told_bytes;
	uint32_t told_payload_bytes;
	uint8_t told_acks; // of those that waited, of both directions
	uint8_t told_pushes;
	uint16_t zero2;
};
static_assert(sizeof(struct flow_verdict) == 28);

// Tell the hosts of this packet alone.
static inline void flow_verdict_alone(struct flow_verdict *verdict, const struct packet *packet) {
	verdict->told_packets = 1;
	verdict->told_small = packet->payload_bytes == 0;
	verdict->told_bytes = packet->bytes;
	verdict->told_payload_bytes = packet->payload_bytes;
}

bool flow_row_is_due(uint64_t packets); // 4, 16, 64, 256, ... 4^15

// Account one packet. @p from_hi as flow_key_from_packet() told.
// @param tick  number of the window that the packet counts in
// @return true: the packet's hosts are to be told by *verdict. False: it waits; *verdict is untouched
bool flow_update(
	struct flow_table *table,
	struct flow *flow,
	const struct packet *packet,
	const uint8_t *frame_data,
	bool from_hi,
	uint16_t tick,
	struct flow_verdict *verdict
);

// Look at @p buckets buckets from where the last call stopped, and end what is over.
void flow_table_expire(struct flow_table *table, uint64_t now_ns, uint32_t buckets);
void flow_table_flush(struct flow_table *table, uint64_t now_ns); // end all, in table order

uint32_t flow_table_used(const struct flow_table *table);
uint32_t flow_table_capacity(const struct flow_table *table);
uint32_t flow_table_buckets(const struct flow_table *table); // for flow_table_expire()
const struct flow_events *flow_table_events(const struct flow_table *table);

// What can be read of a record.
const struct flow_key *flow_key_of(const struct flow *flow);
bool flow_initiator_is_hi(const struct flow *flow);
unsigned flow_state_of(const struct flow *flow); // enum flow_state
uint64_t flow_first_ns(const struct flow *flow);
uint64_t flow_last_ns(const struct flow *flow);
uint64_t flow_packets(const struct flow *flow);
uint64_t flow_bytes(const struct flow *flow);
void flow_features(const struct flow *flow, float row[static FLOW_FEATURE_N]);
float flow_score_of(const struct flow *flow); // last score, NaN where none
void flow_score_set(struct flow *flow, float score);
bool flow_marked(const struct flow *flow); // a finding was reported for it
void flow_mark(struct flow *flow);
uint64_t flow_serial(const struct flow *flow); // no two flows of a table have the same
// For the pipeline: the number of the last row that waits, or waited, for its score.
uint64_t flow_row(const struct flow *flow);
void flow_row_set(struct flow *flow, uint64_t row);
void flow_fetch(const struct flow *flow); // all of it, toward the cache
size_t flow_bytes_of_record(void); // a copy of that many bytes can be read like the record

// Community ID v1 (github.com/corelight/community-id-spec), base64 with its "1:" prefix. ICMP flows
// get the id of an echo: the type is not part of the key. Link with flow_id_dep.
#define COMMUNITY_ID_MAX 36
const char *flow_community_id(
	const struct flow_key *key,
	bool initiator_is_hi,
	uint16_t seed,
	char text[static COMMUNITY_ID_MAX]
);

#endif
