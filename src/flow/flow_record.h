// The flow record and the table's inside: private to flow/.
//
// A record is four lines, by what a packet touches:
//     line 0  every packet: the look-up's key, time, number of packets, state
//     line 1  every packet: squares, least and most, sequence numbers, what its hosts have not been told
//     line 2  when hosts are told: the sums, which lack what has not been told (flow_fold())
//     line 3  seldom: start, score, entropy, the unusual TCP flags
// A packet in the middle of a conversation reads and writes two lines, and those that it is told with
// one more, which comes from memory meanwhile. Of a flow of one packet lines 2 and 3 are not touched and
// say nothing: what they will hold of it waits in line 1 (flow_second()). A flood of new flows costs
// two lines each. Bytes and squares are summed as integers, exactly, so that there is no division on the way and no
// cancellation in the deviation: 64 bits hold the squares of 2^31 frames of 64 KB, 128 bits those
// of gaps of nanoseconds.
#ifndef WEIR_FLOW_RECORD_H
#define WEIR_FLOW_RECORD_H

#include "flow/flow.h"

#include <stdalign.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#define FLOW_LINE 64

// flow.bits. Those with a direction: shifted by 1 for the responder's.
#define FLOW_INITIATOR_HI 0x0001
#define FLOW_REVERSED 0x0002 // the first packet seen came from the responder
#define FLOW_MARKED 0x0004
#define FLOW_ANSWERED 0x0008
#define FLOW_HAS_ENTROPY 0x0010
#define FLOW_SPOKE 0x0040 // sent a packet that is neither a RST nor an ICMP error
#define FLOW_SYN_SEEN 0x0100
#define FLOW_FIN_SEEN 0x0400
#define FLOW_SEQ_KNOWN 0x1000
#define FLOW_HANDSHAKE_SHIFT 14 // from here on, as the feature: 0 to 3

// What the first packet was, until there is a second.
struct flow_first {
	uint32_t bytes;
	uint32_t payload;
	float entropy;
	uint8_t tcp_flags;
	bool zero_window;
	uint16_t zero;
};
static_assert(sizeof(struct flow_first) == 16, "no padding: records can be compared byte by byte");

struct flow {
	struct flow_key key;
	uint64_t last_ns;
	uint32_t n_packets; // both ways; stays at its most
	uint16_t bits;
	uint8_t state; // enum flow_state
	uint8_t steady; // flow_steady_of(): which packets change nothing but counts

	alignas(FLOW_LINE) uint64_t size_squares;
	union {
		struct flow_first first; // while n_packets is 1
		struct {
			uint64_t gap_squares_low; // [ns^2], modulo 2^64
			float gap_min_ns;
			float gap_max_ns;
		};
	};
	uint32_t next_seq[2]; // of each direction, where FLOW_SEQ_KNOWN
	uint32_t untold_bytes[2]; // [0] from the initiator, [1] to it
	uint32_t untold_payload[2];
	uint16_t size_min; // 65535: that or more
	uint16_t size_max;
	uint16_t told_tick[2]; // modulo 2^16
	uint8_t untold_packets[2];
	uint8_t untold_small[2];
	uint8_t untold_acks; // of both directions
	uint8_t untold_pushes;
	uint8_t ttl_min; // from the initiator; meaningless while it has sent nothing
	uint8_t ttl_max;

	alignas(FLOW_LINE) uint64_t packets[2]; // told, as all in this line
	uint64_t bytes[2];
	uint64_t payload[2];
	uint64_t gap_squares_high; // but this: [2^64 ns^2]
	uint32_t acks;
	uint32_t pushes;

	alignas(FLOW_LINE) uint64_t first_ns;
	uint64_t serial;
	uint64_t row;
	float score;
	float entropy;
	uint32_t syns;
	uint32_t fins;
	uint32_t resets;
	uint32_t urgents;
	uint32_t retransmitted;
	uint32_t out_of_order;
	uint32_t zero_windows;
};
static inline unsigned flow_handshake(const struct flow *flow) {
	return flow->bits >> FLOW_HANDSHAKE_SHIFT;
}

static inline void flow_handshake_set(struct flow *flow, unsigned step) {
	const uint16_t others = flow->bits & ((1u << FLOW_HANDSHAKE_SHIFT) - 1);

	flow->bits = (uint16_t)(others | step << FLOW_HANDSHAKE_SHIFT);
}

#define FLOW_LINES_HOT 2 // that every packet touches
static_assert(offsetof(struct flow, size_squares) == 1 * FLOW_LINE, "the look-up is one line");
static_assert(offsetof(struct flow, packets) == FLOW_LINES_HOT * FLOW_LINE, "a packet's are two");
static_assert(offsetof(struct flow, first_ns) == 3 * FLOW_LINE, "the sums are one line");
static_assert(
	2 * FLOW_TELL_PACKETS <= UINT8_MAX,
	"what waits of both directions is counted in bytes"
);
static_assert(sizeof(struct flow) == 4 * FLOW_LINE, "four lines, no neighbour shares one");

// What a record is to eviction and expiry: the low bits of bucket.seen.
enum flow_class {
	CLASS_SINGLE, // one packet
	CLASS_OPEN, // more, all from one side
	CLASS_CLOSED,
	CLASS_ANSWERED, // both sides spoke, but too little to be protected
	CLASS_KEPT, // established: never gives way to a newcomer
	CLASS_N,
};

// Answered flows without a handshake (UDP, ICMP, TCP from its middle on) are protected from this
// packet on: a sender of forged queries gets an answer to each, and must not get a protected record.
#define FLOW_KEPT_PACKETS 4

#define SEEN_CLASS_BITS 3
#define SEEN_CLASS_MASK ((1u << SEEN_CLASS_BITS) - 1)
#define SEEN_TIME_SHIFT 24 // units of 16.8 ms
#define SEEN_KEPT_UNITS 8u // of established flows only multiples of these are kept
#define SEEN_KEPT_MASK ((SEEN_KEPT_UNITS - 1) << SEEN_CLASS_BITS)
#define SEEN_TIME_MASK (UINT32_MAX >> SEEN_CLASS_BITS) // wraps after 104 days
static_assert(CLASS_N <= 1 << SEEN_CLASS_BITS);

// One line says all that look-up, eviction and expiry ask of eight flows; the record is read
// only when its tag matches, or to end it.
struct flow_bucket {
	alignas(FLOW_LINE) uint32_t tag[FLOW_BUCKET_WAYS]; // 0: free
	uint32_t seen[FLOW_BUCKET_WAYS]; // time and class
};
static_assert(sizeof(struct flow_bucket) == FLOW_LINE, "a bucket is one line");

#define TAG_USED 1u
#define TAG_SECOND 2u // the record lies in its key's second bucket

struct flow_table {
	// Set at creation, then only read.
	struct flow_bucket *bucket;
	struct flow *record; // way w of bucket b is record[b * 8 + w]
	uint64_t *occupied; // bit b: bucket b may hold a record; the sweep skips the others
	uint64_t *overflowed; // bit b: a key whose first bucket is b may lie in its second
	uint64_t *overflowed_next; // the same, as the sweep under way finds it
	uint32_t bucket_mask;
	uint32_t capacity;
	uint32_t crowded; // records in use from which no second bucket is looked at for room
	bool tell_singles; // the owner wants to hear of the end of one-packet flows too
	uint64_t timeout_ns[CLASS_N];
	uint64_t timeout_min_ns;
	uint32_t timeout_least_units;
	alignas(32
	) uint32_t timeout_units[8]; // by class; older than this in seen's units: surely over
	flow_end_fn *end;
	void *ctx;
	// Written on the way.
	uint32_t used;
	uint32_t sweep_at; // bucket that flow_table_expire() looks at next
	uint32_t now_seen; // seen_word() of the last call
	uint64_t serials; // given out
	struct flow_events events;
};

static inline uint32_t seen_word(uint64_t now_ns, unsigned class) {
	return (uint32_t)(now_ns >> SEEN_TIME_SHIFT) << SEEN_CLASS_BITS | class;
}

static inline uint32_t seen_age(uint32_t seen, uint32_t now) { // in units
	return ((now >> SEEN_CLASS_BITS) - (seen >> SEEN_CLASS_BITS)) & SEEN_TIME_MASK;
}

static inline uint32_t flow_bucket_at(const struct flow_table *table, uint64_t hash) {
	return (uint32_t)hash & table->bucket_mask;
}

static inline uint32_t flow_tag_of(uint64_t hash) {
	return ((uint32_t)(hash >> 32) & ~TAG_SECOND) | TAG_USED;
}

// Where the key of this tag may lie besides bucket b: the way back is the same (Fan et al.: Cuckoo
// Filter, CoNEXT 2014, section 3.1).
static inline uint32_t flow_bucket_other(const struct flow_table *table, uint32_t b, uint32_t tag) {
	return b ^ (((tag >> 2) * 0x9e3779b1u >> 3 | 1) & table->bucket_mask);
}

static inline bool flow_bit(const uint64_t *bits, uint32_t b) {
	return bits[b / 64] >> (b % 64) & 1;
}

// Bit w: the record of way w lies in its key's second bucket.
static inline unsigned flow_bucket_second(const struct flow_bucket *bucket) {
#ifdef __SSE2__
	const __m128i low = _mm_slli_epi32(_mm_load_si128((const __m128i *)&bucket->tag[0]), 30);
	const __m128i high = _mm_slli_epi32(_mm_load_si128((const __m128i *)&bucket->tag[4]), 30);

	return (unsigned
	)(_mm_movemask_ps(_mm_castsi128_ps(low)) | _mm_movemask_ps(_mm_castsi128_ps(high)) << 4);
#else
	unsigned second = 0;

	for (unsigned w = 0; w < FLOW_BUCKET_WAYS; w++)
		second |= (bucket->tag[w] / TAG_SECOND & 1) << w;
	return second;
#endif
}
static_assert(TAG_SECOND << 30 == 0x80000000u, "shifted into the sign");

// Bit w: way w has the tag.
static inline unsigned flow_bucket_match(const struct flow_bucket *bucket, uint32_t tag) {
#if defined(__AVX2__)
	const __m256i tags = _mm256_load_si256((const __m256i *)bucket->tag);
	const __m256i hit = _mm256_cmpeq_epi32(tags, _mm256_set1_epi32((int)tag));

	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(hit));
#elif defined(__SSE2__)
	const __m128i want = _mm_set1_epi32((int)tag);
	const __m128i low = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)&bucket->tag[0]), want);
	const __m128i high
		= _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)&bucket->tag[4]), want);

	return (unsigned
	)(_mm_movemask_ps(_mm_castsi128_ps(low)) | _mm_movemask_ps(_mm_castsi128_ps(high)) << 4);
#else
	unsigned hit = 0;

	for (unsigned w = 0; w < FLOW_BUCKET_WAYS; w++)
		hit |= (unsigned)(bucket->tag[w] == tag) << w;
	return hit;
#endif
}

#endif
