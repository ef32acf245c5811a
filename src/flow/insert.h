// A new flow's place in the table, and its record. Inline, as path.h: a flood is made of new flows.
#ifndef WEIR_FLOW_INSERT_H
#define WEIR_FLOW_INSERT_H

#include "flow/path.h"

#define FLOW_FIRST_FILL 6 // ways in use from which a key's second bucket is asked, too

// A way for a newcomer: the larger, the better.
#define FLOW_VALUE_FREE UINT32_MAX
#define FLOW_VALUE_SHIFT (32 - SEEN_CLASS_BITS)
#define FLOW_VALUE_SINGLE (2u << FLOW_VALUE_SHIFT) // from here: one packet, or over
struct flow_place {
	uint32_t value; // 0: none
	uint32_t bucket;
	unsigned way;
};

void flow_record_end(struct flow_table *table, uint32_t at, uint64_t now_ns); // table.c

static const alignas(32) uint32_t flow_class_rank[8]
	= {[CLASS_SINGLE] = 2, [CLASS_OPEN] = 1, [CLASS_CLOSED] = 1, [CLASS_ANSWERED] = 1};

static inline bool flow_is_over(const struct flow_table *table, uint32_t seen) {
	return seen_age(seen, table->now_seen) > table->timeout_units[seen & SEEN_CLASS_MASK];
}

// Expired before one packet before others that are not established; the oldest of equals, the first
// of those as old.
#ifdef __AVX2__
static inline struct flow_place flow_place_to_take(const struct flow_table *table, uint32_t b) {
	const __m256i seen = _mm256_load_si256((const __m256i *)table->bucket[b].seen);
	const __m256i class = _mm256_and_si256(seen, _mm256_set1_epi32(SEEN_CLASS_MASK));
	const __m256i age = _mm256_and_si256(
		_mm256_sub_epi32(
			_mm256_set1_epi32((int)(table->now_seen >> SEEN_CLASS_BITS)),
			_mm256_srli_epi32(seen, SEEN_CLASS_BITS)
		),
		_mm256_set1_epi32(SEEN_TIME_MASK)
	);
	const __m256i lives = _mm256_permutevar8x32_epi32(
		_mm256_load_si256((const __m256i *)table->timeout_units), class
	);
	const __m256i rank = _mm256_blendv_epi8(
		_mm256_permutevar8x32_epi32(
			_mm256_load_si256((const __m256i *)flow_class_rank), class
		),
		_mm256_set1_epi32(3),
		_mm256_cmpgt_epi32(age, lives)
	);
	const __m256i value = _mm256_and_si256(
		_mm256_or_si256(_mm256_slli_epi32(rank, FLOW_VALUE_SHIFT), age),
		_mm256_cmpgt_epi32(rank, _mm256_setzero_si256())
	);
	__m256i most = _mm256_max_epi32(value, _mm256_permute2x128_si256(value, value, 1));

	most = _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0x4e));
	most = _mm256_max_epi32(most, _mm256_shuffle_epi32(most, 0xb1));
	return (struct flow_place) {
		.value = (uint32_t)_mm256_extract_epi32(most, 0),
		.bucket = b,
		.way = (unsigned)__builtin_ctz((unsigned
		)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(value, most)))),
	};
}
static_assert((3u << FLOW_VALUE_SHIFT) + SEEN_TIME_MASK <= INT32_MAX, "compared as signed");
#else
static inline struct flow_place flow_place_to_take(const struct flow_table *table, uint32_t b) {
	const struct flow_bucket *bucket = &table->bucket[b];
	struct flow_place best = {.bucket = b};

	for (unsigned w = 0; w < FLOW_BUCKET_WAYS; w++) {
		const unsigned class = bucket->seen[w] & SEEN_CLASS_MASK;
		const uint32_t age = seen_age(bucket->seen[w], table->now_seen);
		const uint32_t rank
			= age > table->timeout_units[class] ? 3 : flow_class_rank[class];
		const uint32_t value = rank == 0 ? 0 : rank << FLOW_VALUE_SHIFT | age;

		if (value > best.value) {
			best.value = value;
			best.way = w;
		}
	}
	return best;
}
#endif

static inline struct flow_place flow_place_free(uint32_t b, unsigned unused) {
	return (struct flow_place) {FLOW_VALUE_FREE, b, (unsigned)__builtin_ctz(unused)};
}

static inline struct flow_place
flow_place_for_new(const struct flow_table *table, uint32_t b, uint32_t tag) {
	const unsigned unused = flow_bucket_match(&table->bucket[b], 0);
	const unsigned n_unused = (unsigned)__builtin_popcount(unused);
	struct flow_place first, second;
	unsigned unused2;
	uint32_t other;

	if (n_unused > FLOW_BUCKET_WAYS - FLOW_FIRST_FILL)
		return flow_place_free(b, unused);
	if (n_unused == 0 && table->used >= table->crowded) { // a flood: do not look for room
		first = flow_place_to_take(table, b);
		if (first.value >= FLOW_VALUE_SINGLE)
			return first;
	}
	other = flow_bucket_other(table, b, tag);
	unused2 = flow_bucket_match(&table->bucket[other], 0);
	if (n_unused > 0 && n_unused >= (unsigned)__builtin_popcount(unused2))
		return flow_place_free(b, unused);
	if (unused2 != 0)
		return flow_place_free(other, unused2);
	first = flow_place_to_take(table, b);
	second = flow_place_to_take(table, other);
	return second.value > first.value ? second : first;
}

static inline uint32_t flow_place_record(const struct flow_place *place) {
	return place->bucket * FLOW_BUCKET_WAYS + place->way;
}

// No tag in the first bucket: the record may lie in the second, or will most likely be made in the first.
static inline void flow_prefetch_new(const struct flow_table *table, uint32_t b, uint32_t tag) {
	const unsigned unused = flow_bucket_match(&table->bucket[b], 0);
	struct flow_place place;

	if (flow_bit(table->overflowed, b)
	    || (__builtin_popcount(unused) <= FLOW_BUCKET_WAYS - FLOW_FIRST_FILL
		&& table->used < table->crowded))
		prefetch(&table->bucket[flow_bucket_other(table, b, tag)]);
	place = unused != 0 ? flow_place_free(b, unused) : flow_place_to_take(table, b);
	if (place.value > 0)
		flow_prefetch_lines(&table->record[flow_place_record(&place)], FLOW_LINES_HOT);
}

// The record that was fetched ahead, or made ready for.
// @return its number, to be tried first (flow_at()), or that of any other in its bucket
static inline uint32_t flow_prefetch_record(const struct flow_table *table, uint64_t hash) {
	const uint32_t b = flow_bucket_at(table, hash);
	const uint32_t tag = flow_tag_of(hash);
	const unsigned hit = flow_bucket_match(&table->bucket[b], tag);
	uint32_t at;

	if (flow_unlikely(hit == 0)) {
		flow_prefetch_new(table, b, tag);
		return b * FLOW_BUCKET_WAYS;
	}
	at = b * FLOW_BUCKET_WAYS + (unsigned)__builtin_ctz(hit);
	flow_prefetch_lines(&table->record[at], FLOW_LINES_HOT);
	if (flow_unlikely((*flow_seen_at(table, at) & SEEN_CLASS_MASK) != CLASS_KEPT))
		flow_prefetch_cold(&table->record[at]); // it is still becoming something, or ends
	return at;
}

static inline struct flow *flow_record_begin(
	struct flow_table *table,
	uint32_t at,
	const struct flow_key *key,
	uint32_t tag,
	uint64_t now_ns
) {
	struct flow_bucket *bucket = &table->bucket[at / FLOW_BUCKET_WAYS];
	struct flow *flow = &table->record[at];

	memset(flow, 0, (size_t)FLOW_LINES_HOT * FLOW_LINE);
	flow->key = *key;
	flow->last_ns = now_ns;
	table->events.made++;
	bucket->seen[at % FLOW_BUCKET_WAYS] = seen_word(now_ns, CLASS_SINGLE);
	bucket->tag[at % FLOW_BUCKET_WAYS] = tag;
	table->occupied[at / FLOW_BUCKET_WAYS / 64] |= 1ull << (at / FLOW_BUCKET_WAYS % 64);
	table->used++;
	return flow;
}

static inline void
flow_make_room(struct flow_table *table, const struct flow_place *place, uint64_t now_ns) {
	const struct flow_bucket *bucket = &table->bucket[place->bucket];
	const uint32_t seen = bucket->seen[place->way];

	if (bucket->tag[place->way] == 0)
		return;
	if (flow_is_over(table, seen))
		table->events.expired++;
	else if ((seen & SEEN_CLASS_MASK) == CLASS_SINGLE)
		table->events.evicted_single++;
	else
		table->events.evicted_idle++;
	flow_record_end(table, flow_place_record(place), now_ns);
}

static inline struct flow *
flow_insert(struct flow_table *table, const struct flow_key *key, uint64_t hash, uint64_t now_ns) {
	const uint32_t b = flow_bucket_at(table, hash);
	uint32_t tag = flow_tag_of(hash);
	struct flow_place place;

	table->now_seen = seen_word(now_ns, 0);
	place = flow_place_for_new(table, b, tag);
	if (flow_unlikely(place.value == 0)) {
		table->events.refused++;
		return NULL;
	}
	flow_make_room(table, &place, now_ns);
	if (place.bucket != b) {
		table->overflowed[b / 64] |= 1ull << (b % 64);
		table->overflowed_next[b / 64] |= 1ull << (b % 64);
		tag |= TAG_SECOND;
	}
	return flow_record_begin(table, flow_place_record(&place), key, tag, now_ns);
}

// Find, or make if @p may_insert. @return NULL where there is none and no room
static inline struct flow *flow_get(
	struct flow_table *table,
	const struct flow_key *key,
	uint64_t hash,
	uint64_t now_ns,
	bool may_insert
) {
	struct flow *flow = flow_look_up(table, key, hash);

	if (flow == NULL)
		return may_insert ? flow_insert(table, key, hash, now_ns) : NULL;
	// Asked here too, not only by the sweep, so that it does not matter to which flow a
	// packet belongs when the sweep came by.
	flow_renew_if_over(table, flow, now_ns);
	return flow;
}

#endif
