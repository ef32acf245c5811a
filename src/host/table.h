// The host table's inside: shared by the files of host/ and by the pipeline's prefetches, nobody else.
//
// A bucket is WINDOW_WAYS tags of 32 bits, so two buckets share a line and a look-up of a host that
// is there reads one line of tags and then the one record. The tag is the upper half of the hash
// with two bits of its own:
//     bit 31  the way is used
//     bit 30  its record has too many packets to give way
// so that a flood of newcomers into a bucket of busy hosts reads no record at all.
//
// Records that leave the worker are zeroed by the reader's side (window_reset()), so making one
// writes only what the packet touches.
#ifndef WEIR_HOST_TABLE_H
#define WEIR_HOST_TABLE_H

#include "contract/hash.h"
#include "contract/prefetch.h"
#include "host/record.h"

#include <stdalign.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#define HOST_TAG_USED 0x80000000u
#define HOST_TAG_BIG 0x40000000u
#define HOST_GIVES_WAY_PACKETS 2 // a record with more packets stays
#define HOST_TABLE_RECORDS_MAX (1u << 24)

struct host_bucket {
	alignas(32) uint32_t tag[WINDOW_WAYS];
};
static_assert(sizeof(struct host_bucket) == 32, "two buckets to a line");

// Told of a record that gives way, before it does.
typedef void host_spill_fn(void *ctx, struct host_record *record);

struct host_table {
	// Set at creation, then only read.
	host_spill_fn *spill; // or NULL
	void *spill_ctx;
	uint64_t seed;
	uint32_t bucket_mask;
	uint32_t capacity;
	struct host_bucket *bucket;
	struct host_record *record; // way w of bucket b is record[b * WINDOW_WAYS + w]
	uint32_t *list; // used records in the order they were made
	// Written on the way.
	uint32_t used;
	uint64_t lost_packets; // of records that gave way
};

size_t host_table_bytes(uint32_t records);
// @return the first byte behind the table
uint8_t *
host_table_create(struct host_table **out, uint32_t records, uint64_t seed, uint8_t *memory);
void host_table_reset(struct host_table *table);
static inline uint32_t host_bucket_at(const struct host_table *table, uint64_t hash) {
	return (uint32_t)hash & table->bucket_mask;
}

static inline uint32_t host_tag(uint64_t hash) {
	return ((uint32_t)(hash >> 32) & ~HOST_TAG_BIG) | HOST_TAG_USED;
}

// Bit w: way w has the tag. Bit w of the other: way w may give way.
#if defined(__AVX2__)
static inline unsigned host_bucket_match(const struct host_bucket *bucket, uint32_t tag) {
	const __m256i have = _mm256_load_si256((const __m256i *)bucket->tag);
	const __m256i same = _mm256_andnot_si256(_mm256_set1_epi32((int)HOST_TAG_BIG), have);
	const __m256i hit = _mm256_cmpeq_epi32(same, _mm256_set1_epi32((int)tag));

	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(hit));
}

static inline unsigned host_bucket_small(const struct host_bucket *bucket) {
	const __m256i have = _mm256_load_si256((const __m256i *)bucket->tag);

	return 0xff
		& ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(have, 1)));
}
#else
static inline unsigned host_bucket_match(const struct host_bucket *bucket, uint32_t tag) {
	unsigned hit = 0;

	for (unsigned w = 0; w < WINDOW_WAYS; w++)
		hit |= (unsigned)((bucket->tag[w] & ~HOST_TAG_BIG) == tag) << w;
	return hit;
}

static inline unsigned host_bucket_small(const struct host_bucket *bucket) {
	unsigned small = 0;

	for (unsigned w = 0; w < WINDOW_WAYS; w++)
		small |= (unsigned)!(bucket->tag[w] & HOST_TAG_BIG) << w;
	return small;
}
#endif
static_assert(HOST_TAG_BIG == 1u << 30, "shifted into the sign");

static inline struct host_record *
host_table_lookup(const struct host_table *table, const struct addr *addr, uint64_t hash) {
	const uint32_t b = host_bucket_at(table, hash);

	for (unsigned hit = host_bucket_match(&table->bucket[b], host_tag(hash)); hit != 0;
	     hit &= hit - 1) {
		struct host_record *r
			= &table->record[b * WINDOW_WAYS + (unsigned)__builtin_ctz(hit)];

		if (__builtin_expect(addr_equal(&r->addr, addr), 1))
			return r;
	}
	return NULL;
}

// Take a way of a bucket without the address. @return NULL where all stay
static inline struct host_record *host_table_make(
	struct host_table *table,
	const struct addr *addr,
	uint8_t prefix_len,
	uint64_t hash
) {
	const uint32_t b = host_bucket_at(table, hash);
	unsigned ways = host_bucket_match(&table->bucket[b], 0);
	const bool gives_way = ways == 0;
	struct host_record *r;
	uint32_t at;

	if (gives_way)
		ways = host_bucket_small(&table->bucket[b]);
	if (ways == 0)
		return NULL;
	at = b * WINDOW_WAYS + (unsigned)__builtin_ctz(ways);
	r = &table->record[at];
	if (gives_way) {
		table->lost_packets += r->count[HOST_PACKETS];
		if (table->spill != NULL)
			table->spill(table->spill_ctx, r);
		host_record_clear(r);
	} else {
		table->list[table->used++] = at;
	}
	table->bucket[b].tag[at % WINDOW_WAYS] = host_tag(hash);
	r->addr = *addr;
	r->prefix_len = prefix_len;
	return r;
}

static inline struct host_record *host_table_get_hashed(
	struct host_table *table,
	const struct addr *addr,
	uint8_t prefix_len,
	uint64_t hash
) {
	struct host_record *r = host_table_lookup(table, addr, hash);

	return __builtin_expect(r != NULL, 1) ? r : host_table_make(table, addr, prefix_len, hash);
}

// With its packets it may have become too big to give way.
static inline void host_table_keep_if_big(struct host_table *table, const struct host_record *r) {
	const uint32_t at = (uint32_t)(r - table->record);

	if (r->count[HOST_PACKETS] > HOST_GIVES_WAY_PACKETS)
		table->bucket[at / WINDOW_WAYS].tag[at % WINDOW_WAYS] |= HOST_TAG_BIG;
}

static inline void host_table_prefetch_tags(const struct host_table *table, uint64_t hash) {
	prefetch(&table->bucket[host_bucket_at(table, hash)]);
}

// Or the one that a newcomer will get: of that the sketches are not touched. The tags must be near by
// now.
static inline void
host_table_prefetch_record(const struct host_table *table, uint64_t hash, uint64_t peer_hash) {
	const uint32_t b = host_bucket_at(table, hash);
	const unsigned hit = host_bucket_match(&table->bucket[b], host_tag(hash));
	unsigned way = hit;
	const struct host_record *r;

	if (hit == 0)
		way = host_bucket_match(&table->bucket[b], 0);
	if (way == 0)
		way = host_bucket_small(&table->bucket[b]);
	if (way == 0)
		return;
	r = &table->record[b * WINDOW_WAYS + (unsigned)__builtin_ctz(way)];
	prefetch(r);
	prefetch((const uint8_t *)r + 64);
	if (hit == 0)
		return;
	prefetch(r->peers);
	prefetch(&r->peer_bins[peer_hash % PEER_BINS]);
	prefetch(&r->top_peers[0]);
	prefetch((const uint8_t *)&r->top_peers[0] + 64);
}

#endif
