// The straight line of a packet through the flow table: key, look-up, update, all inline, so that
// the burst's loop is one piece of code for the compiler. What is rare is a call (table.c, update.c).
//
// For pipeline/ and for the plain functions of flow.h, which are these.
#ifndef WEIR_FLOW_PATH_H
#define WEIR_FLOW_PATH_H

#include "contract/hash.h"
#include "contract/prefetch.h"
#include "flow/flow_record.h"

#include <string.h>

#define flow_likely(x) __builtin_expect(!!(x), 1)
#define flow_unlikely(x) __builtin_expect(!!(x), 0)

// In the order of the bytes, as people sort addresses.
static inline bool flow_addr_above(const struct addr *a, const struct addr *b) {
	const unsigned __int128 wide_a
		= (unsigned __int128)__builtin_bswap64(a->w[0]) << 64 | __builtin_bswap64(a->w[1]);
	const unsigned __int128 wide_b
		= (unsigned __int128)__builtin_bswap64(b->w[0]) << 64 | __builtin_bswap64(b->w[1]);

	return wide_a > wide_b;
}

typedef uint64_t flow_word __attribute__((may_alias));

static inline uint64_t flow_words_mix(
	uint64_t lo0,
	uint64_t lo1,
	uint64_t hi0,
	uint64_t hi1,
	uint64_t ends,
	uint64_t kind,
	uint64_t seed
) {
	const uint64_t h = (hash_pair(lo0, lo1, seed) + hash_pair(hi0, hi1, seed ^ HASH_K3))
		^ hash_pair(ends, kind, seed ^ HASH_K2);

	return hash_end(h, seed);
}

static inline uint64_t flow_key_mix(const struct flow_key *key, uint64_t seed) {
	const flow_word *w = (const flow_word *)(const void *)key;

	return flow_words_mix(w[0], w[1], w[2], w[3], w[4], w[5], seed);
}

// The key and its hash at once, as six words in registers: a key that is stored in halves and read
// again as a whole waits for its stores. Which of two hosts is the upper one is a coin's toss, so the
// sides are swapped by masks, not by a branch.
struct flow_words {
	uint64_t lo0, lo1, hi0, hi1;
	uint64_t swap; // 1: the source is `hi`
};

// Of two IPv4 addresses only the last words differ.
static inline struct flow_words flow_words_ip4(const struct packet *p) {
	const uint32_t src = p->src.d[3], dst = p->dst.d[3];
	const uint32_t upper_src = __builtin_bswap32(src), upper_dst = __builtin_bswap32(dst);
	const bool swap = upper_src > upper_dst;
	const uint32_t differs = (src ^ dst) & -(uint32_t)swap;

	return (struct flow_words) {
		.lo1 = 0xffff0000u | (uint64_t)(src ^ differs) << 32,
		.hi1 = 0xffff0000u | (uint64_t)(dst ^ differs) << 32,
		.swap = swap,
	};
}

static inline struct flow_words flow_words_any(const struct packet *p) {
	const uint64_t swap = flow_addr_above(&p->src, &p->dst);
	const uint64_t differs0 = (p->src.w[0] ^ p->dst.w[0]) & -swap;
	const uint64_t differs1 = (p->src.w[1] ^ p->dst.w[1]) & -swap;

	return (struct flow_words) {
		.lo0 = p->src.w[0] ^ differs0,
		.lo1 = p->src.w[1] ^ differs1,
		.hi0 = p->dst.w[0] ^ differs0,
		.hi1 = p->dst.w[1] ^ differs1,
		.swap = swap,
	};
}

static inline void flow_words_store(
	struct flow_key *key,
	uint64_t *hash,
	struct flow_words f,
	const struct packet *p,
	uint64_t seed
) {
	const uint32_t ports = p->marks & PACKET_PORTS ? (uint32_t)p->dport << 16 | p->sport : 0;
	const uint64_t ends
		= (uint64_t)p->tunnel_id << 32 | (f.swap ? ports << 16 | ports >> 16 : ports);
	const uint64_t kind = (uint64_t)p->proto << 16 | p->vlan;
	flow_word *w = (flow_word *)(void *)key;

	w[0] = f.lo0;
	w[1] = f.lo1;
	w[2] = f.hi0;
	w[3] = f.hi1;
	w[4] = ends;
	w[5] = kind;
	*hash = flow_words_mix(f.lo0, f.lo1, f.hi0, f.hi1, ends, kind, seed);
}

// @return true where the sender is `hi`
static inline bool
flow_key_fill(struct flow_key *key, uint64_t *hash, const struct packet *p, uint64_t seed) {
	struct flow_words f;

	if (flow_likely(p->protocols & 1u << PROTOCOL_IP4)) {
		f = flow_words_ip4(p);
		if (flow_unlikely(p->src.d[3] == p->dst.d[3]))
			f.swap = p->sport > p->dport && (p->marks & PACKET_PORTS);
		flow_words_store(key, hash, f, p, seed);
		return f.swap;
	}
	f = flow_words_any(p);
	if (flow_unlikely(addr_equal(&p->src, &p->dst)))
		f.swap = p->sport > p->dport && (p->marks & PACKET_PORTS);
	flow_words_store(key, hash, f, p, seed);
	return f.swap;
}
static_assert(
	offsetof(struct flow_key, hi) == 16 && offsetof(struct flow_key, lo_port) == 32
		&& offsetof(struct flow_key, tunnel_id) == 36
		&& offsetof(struct flow_key, vlan) == 40 && offsetof(struct flow_key, proto) == 42
		&& sizeof(struct flow_key) == 48,
	"filled as six little-endian words"
);
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b) {
#ifdef __SSE4_1__
	const __m128i *x = (const __m128i *)(const void *)a, *y = (const __m128i *)(const void *)b;
	__m128i differs = _mm_xor_si128(_mm_loadu_si128(&x[0]), _mm_loadu_si128(&y[0]));

	differs = _mm_or_si128(
		differs, _mm_xor_si128(_mm_loadu_si128(&x[1]), _mm_loadu_si128(&y[1]))
	);
	differs = _mm_or_si128(
		differs, _mm_xor_si128(_mm_loadu_si128(&x[2]), _mm_loadu_si128(&y[2]))
	);
	return _mm_testz_si128(differs, differs);
#else
	return memcmp(a, b, sizeof(*a)) == 0;
#endif
}

static inline void flow_prefetch_bucket(const struct flow_table *table, uint64_t hash) {
	prefetch(&table->bucket[flow_bucket_at(table, hash)]);
}

static inline void flow_prefetch_cold(const struct flow *flow) {
	prefetch((const uint8_t *)flow + (size_t)FLOW_LINES_HOT * FLOW_LINE);
	prefetch((const uint8_t *)flow + (size_t)(FLOW_LINES_HOT + 1) * FLOW_LINE);
}

static inline void flow_prefetch_lines(const struct flow *flow, unsigned lines) {
	for (unsigned i = 0; i < lines; i++)
		prefetch((const uint8_t *)flow + (size_t)i * FLOW_LINE);
}

static inline struct flow *flow_in_bucket(
	const struct flow_table *table,
	uint32_t b,
	uint32_t tag,
	const struct flow_key *key
) {
	for (unsigned hit = flow_bucket_match(&table->bucket[b], tag); hit != 0; hit &= hit - 1) {
		struct flow *flow
			= &table->record[b * FLOW_BUCKET_WAYS + (unsigned)__builtin_ctz(hit)];

		if (flow_likely(flow_key_equal(&flow->key, key)))
			return flow;
	}
	return NULL;
}

static inline struct flow *
flow_look_up(const struct flow_table *table, const struct flow_key *key, uint64_t hash) {
	const uint32_t b = flow_bucket_at(table, hash);
	const uint32_t tag = flow_tag_of(hash);
	struct flow *flow = flow_in_bucket(table, b, tag, key);

	if (flow_likely(flow != NULL) || !flow_bit(table->overflowed, b))
		return flow;
	return flow_in_bucket(table, flow_bucket_other(table, b, tag), tag | TAG_SECOND, key);
}

static inline uint32_t *flow_seen_at(const struct flow_table *table, uint32_t at) {
	return &table->bucket[at / FLOW_BUCKET_WAYS].seen[at % FLOW_BUCKET_WAYS];
}

static inline uint32_t *flow_seen_of(const struct flow_table *table, const struct flow *flow) {
	return flow_seen_at(table, (uint32_t)(flow - table->record));
}

// Is the record still that of a flow with this hash? A tag is 30 bits of it.
static inline bool
flow_is_of(const struct flow_table *table, const struct flow *flow, uint64_t hash) {
	const uint32_t at = (uint32_t)(flow - table->record);
	const uint32_t tag = table->bucket[at / FLOW_BUCKET_WAYS].tag[at % FLOW_BUCKET_WAYS];

	return (tag & ~TAG_SECOND) == flow_tag_of(hash) && flow->n_packets > 1;
}

// table.c: the record ended where it was silent for too long
void flow_renew_if_over(struct flow_table *table, struct flow *flow, uint64_t now_ns);

// The record that was fetched for this key, if it is still used (its tag says so), its own, and not over.
// @return NULL: ask flow_get()
static inline struct flow *
flow_at(const struct flow_table *table,
	uint32_t at,
	const struct flow_key *key,
	uint64_t hash,
	uint64_t now_ns) {
	const struct flow_bucket *bucket = &table->bucket[at / FLOW_BUCKET_WAYS];
	struct flow *flow = &table->record[at];

	if (flow_unlikely(
		    bucket->tag[at % FLOW_BUCKET_WAYS] != flow_tag_of(hash)
		    || !flow_key_equal(&flow->key, key)
	    ))
		return NULL;
	if (flow_unlikely((int64_t)(now_ns - flow->last_ns) > (int64_t)table->timeout_min_ns))
		return NULL;
	return flow;
}

// Least and most change a few times in a flow's life: a branch that is not taken costs less than a
// store.
static inline void flow_gap_add(struct flow *flow, uint64_t now_ns) {
	const uint64_t gap_ns = now_ns > flow->last_ns ? now_ns - flow->last_ns : 0;
	const float gap = (float)(int64_t)gap_ns;
	const unsigned __int128 squares
		= (unsigned __int128)gap_ns * gap_ns + flow->gap_squares_low;

	flow->gap_squares_low = (uint64_t)squares;
	if (flow_unlikely(squares >> 64 != 0)) // once in gaps of 4.3 s
		flow->gap_squares_high += (uint64_t)(squares >> 64);
	if (flow_unlikely(gap < flow->gap_min_ns))
		flow->gap_min_ns = gap;
	if (flow_unlikely(gap > flow->gap_max_ns))
		flow->gap_max_ns = gap;
	flow->last_ns += gap_ns;
}

static inline void flow_count_add(struct flow *flow) {
	const uint32_t n = flow->n_packets + 1;

	flow->n_packets = n - (n == 0);
}

static inline void flow_size_add(struct flow *flow, const struct packet *p, unsigned d) {
	const uint16_t size = p->bytes < UINT16_MAX ? (uint16_t)p->bytes : UINT16_MAX;

	flow->size_squares += (uint64_t)p->bytes * p->bytes;
	if (flow_unlikely(size < flow->size_min))
		flow->size_min = size;
	if (flow_unlikely(size > flow->size_max))
		flow->size_max = size;
	if (flow_unlikely((p->ttl < flow->ttl_min || p->ttl > flow->ttl_max) && d == 0)) {
		flow->ttl_min = p->ttl < flow->ttl_min ? p->ttl : flow->ttl_min;
		flow->ttl_max = p->ttl > flow->ttl_max ? p->ttl : flow->ttl_max;
	}
}

static inline bool flow_both(const struct flow *flow, uint16_t bit) {
	return (flow->bits & (bit | bit << 1)) == (bit | bit << 1);
}

static inline bool flow_has_tcp(const struct packet *p) {
	return p->proto == PROTO_TCP && (p->marks & PACKET_PORTS);
}

// Segments that take up sequence space, against the end of what this side has sent. Which do is a
// coin's toss again: no branch.
static inline void
flow_sequence_add(struct flow *flow, const struct packet *p, unsigned d, uint32_t length) {
	const uint32_t next = flow->next_seq[d], end = p->tcp_seq + length;
	const int32_t ahead = length > 0 ? (int32_t)(p->tcp_seq - next) : 0;

	if (flow_unlikely(ahead != 0)) { // these lie in the last line, which was not fetched
		flow->out_of_order += ahead > 0;
		flow->retransmitted += ahead < 0;
	}
	flow->next_seq[d] = length > 0 && (int32_t)(end - next) > 0 ? end : next;
}

// In the middle of a conversation: both sides spoke, and the first answer is behind.
static inline bool flow_is_talk(const struct flow *flow) {
	return flow->state == FLOW_ESTABLISHED && flow_both(flow, FLOW_SPOKE)
		&& (flow->bits & (FLOW_ANSWERED | FLOW_REVERSED)) != 0;
}

// A segment that changes nothing but counts.
static inline bool flow_is_plain_tcp(const struct flow *flow, const struct packet *p, unsigned d) {
	return (flow->bits & FLOW_SEQ_KNOWN << d) != 0
		&& (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_URG | TCP_ACK)) == TCP_ACK;
}

static inline void flow_plain_tcp_update(struct flow *flow, const struct packet *p, unsigned d) {
	flow->untold_acks++;
	flow->untold_pushes += (p->tcp_flags & TCP_PSH) != 0;
	if (flow_unlikely(p->tcp_window == 0))
		flow->zero_windows++;
	flow_sequence_add(flow, p, d, p->payload_bytes);
}

// update.c: what seldom happens
void flow_begin(struct flow *flow, const struct packet *p, bool from_hi);
void flow_second(struct flow *flow, uint64_t serial);
void flow_entropy_once(struct flow *flow, const struct packet *p, const uint8_t *frame_data);
void flow_tcp_update(
	struct flow *flow,
	const struct packet *p,
	unsigned d,
	struct flow_verdict *verdict
);
void flow_other_update(
	struct flow *flow,
	const struct packet *p,
	unsigned d,
	struct flow_verdict *verdict
);

// Whether the hosts are told now. What waits of this direction includes the packet.
static inline bool flow_tells(const struct flow *flow, unsigned d, uint16_t tick) {
	const unsigned waiting = flow->untold_packets[d];
	const uint16_t ticks = (uint16_t)(tick - flow->told_tick[d]);

	return waiting >= FLOW_TELL_PACKETS || (ticks > 0 && waiting >= FLOW_TELL_PACKETS_LATER)
		|| ticks >= FLOW_TELL_TICKS;
}

static inline void
flow_tell(struct flow *flow, unsigned d, uint16_t tick, struct flow_verdict *verdict) {
	verdict->told_packets = flow->untold_packets[d];
	verdict->told_small = flow->untold_small[d];
	verdict->told_bytes = flow->untold_bytes[d];
	verdict->told_payload_bytes = flow->untold_payload[d];
	verdict->told_acks = flow->untold_acks;
	verdict->told_pushes = flow->untold_pushes;
	flow->untold_acks = 0;
	flow->untold_pushes = 0;
	flow->untold_packets[d] = 0;
	flow->untold_small[d] = 0;
	flow->untold_bytes[d] = 0;
	flow->untold_payload[d] = 0;
	flow->told_tick[d] = tick;
}

// What has been told enters the sums.
static inline void flow_fold(struct flow *flow, const struct flow_verdict *verdict) {
	const unsigned d = !verdict->from_initiator;

	flow->packets[d] += verdict->told_packets;
	flow->bytes[d] += verdict->told_bytes;
	flow->payload[d] += verdict->told_payload_bytes;
	flow->acks += verdict->told_acks;
	flow->pushes += verdict->told_pushes;
}

static inline void flow_prefetch_sums(const struct flow *flow) {
	prefetch(&flow->packets);
}

static inline void flow_untold_add(struct flow *flow, const struct packet *p, unsigned d) {
	flow->untold_packets[d]++;
	flow->untold_small[d] += p->payload_bytes == 0;
	flow->untold_bytes[d] += p->bytes;
	flow->untold_payload[d] += p->payload_bytes;
}

static inline bool flow_row_due(uint64_t packets) {
	return (packets & (packets - 1)) == 0 && packets >= FLOW_SCORE_MIN_PACKETS
		&& (packets & 0x5555555555555555ull) != 0;
}

static inline unsigned flow_class_of(const struct flow *flow, uint32_t packets) {
	if (flow_likely(flow->state == FLOW_ESTABLISHED && packets >= FLOW_KEPT_PACKETS))
		return CLASS_KEPT;
	if (packets <= 1)
		return CLASS_SINGLE;
	if (flow->state == FLOW_CLOSING)
		return CLASS_CLOSED;
	if (flow->state == FLOW_ESTABLISHED)
		return flow_handshake(flow) == 3 ? CLASS_KEPT : CLASS_ANSWERED;
	return flow->state == FLOW_SYNACK ? CLASS_ANSWERED : CLASS_OPEN;
}

// The established are never chosen by their age: theirs is kept in larger units, so that a busy flow
// writes its bucket seven times a second.
static inline uint32_t flow_seen_word(uint64_t now_ns, unsigned class) {
	const uint32_t seen = seen_word(now_ns, class);

	return class == CLASS_KEPT ? seen & ~SEEN_KEPT_MASK : seen;
}

// The first packet back to who opened the flow. A flow whose opening was not seen has none.
static inline bool flow_answers(struct flow *flow, unsigned d, bool speaks) {
	if (d == 0 || (flow->bits & (FLOW_ANSWERED | FLOW_REVERSED)) || !speaks)
		return false;
	flow->bits |= FLOW_ANSWERED;
	return true;
}

static inline bool flow_port_is_dns(uint16_t sport, uint16_t dport) {
	return sport == 53 || dport == 53;
}

static inline bool flow_port_is_dhcp(uint16_t sport, uint16_t dport) { // and DHCPv6
	return (sport == 67 || sport == 68 || sport == 546 || sport == 547)
		&& (dport == 67 || dport == 68 || dport == 546 || dport == 547);
}

// Every packet of these is worth a note (host/note.h); none is steady.
static inline bool flow_is_noted(const struct packet *p) {
	if (p->proto == PROTO_UDP)
		return flow_port_is_dns(p->sport, p->dport)
			|| flow_port_is_dhcp(p->sport, p->dport);
	return p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6;
}

// Of an established flow's packets nearly all change nothing but counts. Which those are is one byte of
// its record: the flags that such a segment has and those that it has not, or none for UDP. Its first
// payload is behind.
#define FLOW_STEADY 0x80 // else no packet is
#define FLOW_STEADY_FLAGS (TCP_SYN | TCP_FIN | TCP_RST | TCP_URG | TCP_ACK)
static_assert((FLOW_STEADY & FLOW_STEADY_FLAGS) == 0);

static inline uint8_t flow_steady_of(const struct flow *flow) {
	if (!flow_is_talk(flow) || flow_class_of(flow, flow->n_packets) != CLASS_KEPT
	    || !(flow->bits & FLOW_HAS_ENTROPY))
		return 0;
	if (flow->key.proto == PROTO_TCP && flow_both(flow, FLOW_SEQ_KNOWN))
		return FLOW_STEADY | TCP_ACK;
	return flow->key.proto == PROTO_UDP
			&& !flow_port_is_dns(flow->key.lo_port, flow->key.hi_port)
			&& !flow_port_is_dhcp(flow->key.lo_port, flow->key.hi_port)
		? FLOW_STEADY
		: 0;
}

// @return whether the packet is one of many: nothing about it changed a state. If it is not, *verdict
// says what it is.
static inline bool flow_transport_update(
	struct flow *flow,
	const struct packet *p,
	unsigned d,
	struct flow_verdict *verdict
) {
	if (flow_likely(p->marks == PACKET_PORTS && flow_is_talk(flow))) {
		if (flow_likely(p->proto == PROTO_TCP && flow_is_plain_tcp(flow, p, d))) {
			flow_plain_tcp_update(flow, p, d);
			return true;
		}
		if (p->proto == PROTO_UDP && p->payload_bytes > 0)
			return true;
	}
	*verdict = (struct flow_verdict) {0};
	if (flow_has_tcp(p))
		flow_tcp_update(flow, p, d, verdict);
	else
		flow_other_update(flow, p, d, verdict);
	return false;
}

// @param seen_at  flow_seen_of() the flow
// @return whether the packet's hosts are to be told, by *verdict, which is not touched else; then the
// caller enters *verdict in the flow's sums, too (flow_fold()), before anyone reads them: but not of
// the first packet
static inline bool flow_account(
	struct flow_table *table,
	struct flow *flow,
	const struct packet *p,
	const uint8_t *frame_data,
	bool from_hi,
	uint16_t tick,
	uint32_t *seen_at,
	struct flow_verdict *verdict
) {
	const uint32_t before = flow->n_packets;
	uint32_t seen;
	unsigned d; // 0 from the initiator, 1 to it
	bool plain;

	if (flow_unlikely(before <= 1)) {
		if (before == 0)
			flow_begin(flow, p, from_hi);
		else
			flow_second(flow, ++table->serials);
	}
	if (flow_likely(before > 0))
		flow_gap_add(flow, p->ts_ns);
	flow_count_add(flow);
	d = (flow->bits ^ from_hi) & FLOW_INITIATOR_HI;
	flow_size_add(flow, p, d);
	flow_untold_add(flow, p, d);
	plain = flow_transport_update(flow, p, d, verdict);
	if (flow_unlikely(!(flow->bits & FLOW_HAS_ENTROPY)) && p->payload_captured > 0)
		flow_entropy_once(flow, p, frame_data);
	seen = flow_seen_word(p->ts_ns, flow_class_of(flow, flow->n_packets));
	if (flow_unlikely(*seen_at != seen))
		*seen_at = seen;
	flow->steady = flow_steady_of(flow);
	if (flow_likely(plain)) {
		if (flow_likely(!flow_tells(flow, d, tick)))
			return false;
		*verdict = (struct flow_verdict) {0};
	}
	verdict->first = before == 0;
	verdict->from_initiator = d == 0;
	flow_tell(flow, d, tick, verdict);
	return true;
}
static_assert(FLOW_INITIATOR_HI == 1, "d is a bit of flow.bits");

static inline bool flow_is_steady(const struct flow *flow, const struct packet *p) {
	return ((p->tcp_flags & FLOW_STEADY_FLAGS) | FLOW_STEADY) == flow->steady
		&& p->marks == PACKET_PORTS && (p->payload_bytes | p->tcp_flags) != 0;
}

// flow_account() for those: TCP and UDP by the same instructions, for which it is next is a coin's toss, too.
static inline bool flow_account_steady(
	struct flow *flow,
	const struct packet *p,
	bool from_hi,
	uint16_t tick,
	uint32_t *seen_at,
	struct flow_verdict *verdict
) {
	const unsigned d = (flow->bits ^ from_hi) & FLOW_INITIATOR_HI;
	const uint32_t seen = flow_seen_word(p->ts_ns, CLASS_KEPT);
	const bool tcp = p->tcp_flags != 0;

	flow_gap_add(flow, p->ts_ns);
	flow_count_add(flow);
	flow_size_add(flow, p, d);
	flow_untold_add(flow, p, d);
	flow->untold_acks += tcp;
	flow->untold_pushes += (p->tcp_flags & TCP_PSH) != 0;
	if (flow_unlikely((p->tcp_window == 0) & tcp))
		flow->zero_windows++;
	flow_sequence_add(flow, p, d, p->payload_bytes & -(uint32_t)tcp);
	if (flow_unlikely(*seen_at != seen))
		*seen_at = seen;
	if (flow_likely(!flow_tells(flow, d, tick)))
		return false;
	*verdict = (struct flow_verdict) {.from_initiator = d == 0};
	flow_tell(flow, d, tick, verdict);
	return true;
}

static inline bool flow_opens_by_syn(const struct flow *flow, const struct packet *p) {
	return flow->n_packets == 0 && p->marks == PACKET_PORTS && p->proto == PROTO_TCP
		&& p->payload_bytes == 0
		&& (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == TCP_SYN;
}

// flow_account() for those: what floods are made of is written down at once.
static inline void flow_account_syn(
	struct flow *flow,
	const struct packet *p,
	bool from_hi,
	uint16_t tick,
	struct flow_verdict *verdict
) {
	const uint16_t size = p->bytes < UINT16_MAX ? (uint16_t)p->bytes : UINT16_MAX;

	flow->n_packets = 1;
	flow->bits = (uint16_t
	)((from_hi ? FLOW_INITIATOR_HI : 0) | FLOW_SPOKE | FLOW_SYN_SEEN | FLOW_SEQ_KNOWN);
	flow->state = FLOW_SYN;
	flow_handshake_set(flow, 1);
	flow->size_squares = (uint64_t)p->bytes * p->bytes;
	flow->first = (struct flow_first) {
		.bytes = p->bytes,
		.tcp_flags = p->tcp_flags,
		.zero_window = p->tcp_window == 0,
	};
	flow->next_seq[0] = p->tcp_seq + 1;
	flow->told_tick[0] = tick;
	flow->size_min = size;
	flow->size_max = size;
	flow->ttl_min = p->ttl;
	flow->ttl_max = p->ttl;
	*verdict = (struct flow_verdict) {
		.first = true,
		.from_initiator = true,
		.told_packets = 1,
		.told_small = 1,
		.told_bytes = p->bytes,
	};
}

#endif
