// The flow table: buckets of eight, one line each, and the records behind them.
//
// A key has two buckets. It goes into its first while that has room to spare, else into the emptier
// of the two (Azar et al.: Balanced allocations, STOC 1994), so that buckets fill evenly: at 60 % of
// the capacity in use a table with one bucket a key would refuse some thousand of a million flows.
// A look-up reads the second bucket only where `overflowed` says that the first ever sent a key there;
// the sweep rebuilds these bits, so that they stand for no longer than two sweeps after the last of
// those keys is gone.
//
// Key invariant: way w of bucket b is record[b * 8 + w]; tag[w] != 0 exactly while that record is in
// use; seen[w] is kept by flow_account().
#include "flow/insert.h"

#include <errno.h>
#include <string.h>

#define CAPACITY_MIN 1024u
#define CAPACITY_MAX (1u << 28)
#define SWEEP_BATCH 32 // records that end together, fetched ahead

static uint32_t capacity_rounded(uint32_t capacity) {
	uint32_t n = CAPACITY_MIN;

	while (n < capacity && n < CAPACITY_MAX)
		n <<= 1;
	return n;
}

static size_t head_bytes(void) {
	return (sizeof(struct flow_table) + FLOW_LINE - 1) & ~(size_t)(FLOW_LINE - 1);
}

static size_t bitmap_bytes(uint32_t capacity) {
	return capacity / FLOW_BUCKET_WAYS / 8;
}

size_t flow_table_bytes(const struct flow_table_conf *conf) {
	const size_t n = capacity_rounded(conf->capacity);

	return head_bytes() + n / FLOW_BUCKET_WAYS * sizeof(struct flow_bucket)
		+ n * sizeof(struct flow) + 3 * bitmap_bytes((uint32_t)n);
}

static void timeout_set(struct flow_table *table, unsigned class, uint64_t ns) {
	const uint64_t units = (ns >> SEEN_TIME_SHIFT) + 1;

	table->timeout_ns[class] = ns;
	// Half the range of seen's clock, so that an age is never mistaken for a small one.
	table->timeout_units[class]
		= units < SEEN_TIME_MASK / 2 ? (uint32_t)units : SEEN_TIME_MASK / 2;
}

int flow_table_create(
	struct flow_table **out,
	const struct flow_table_conf *conf,
	void *memory,
	flow_end_fn *end,
	void *ctx
) {
	const uint32_t n = capacity_rounded(conf->capacity);
	struct flow_table *table = memory;

	if (memory == NULL || (uintptr_t)memory % FLOW_LINE != 0 || conf->capacity == 0
	    || conf->capacity > CAPACITY_MAX || conf->idle_ns == 0 || conf->single_ns == 0
	    || conf->closed_ns == 0)
		return -EINVAL;
	table->bucket = (struct flow_bucket *)((uint8_t *)memory + head_bytes());
	table->record = (struct flow *)&table->bucket[n / FLOW_BUCKET_WAYS];
	table->occupied = (uint64_t *)(void *)&table->record[n];
	table->overflowed = table->occupied + bitmap_bytes(n) / sizeof(uint64_t);
	table->overflowed_next = table->overflowed + bitmap_bytes(n) / sizeof(uint64_t);
	table->crowded = n - n / 8;
	table->tell_singles = conf->tell_singles;
	table->bucket_mask = n / FLOW_BUCKET_WAYS - 1;
	table->capacity = n;
	timeout_set(table, CLASS_SINGLE, conf->single_ns);
	timeout_set(table, CLASS_OPEN, conf->single_ns);
	timeout_set(table, CLASS_CLOSED, conf->closed_ns);
	timeout_set(table, CLASS_ANSWERED, conf->idle_ns);
	timeout_set(table, CLASS_KEPT, conf->idle_ns);
	table->timeout_units[CLASS_KEPT] += SEEN_KEPT_UNITS; // its time may be so much too early
	table->timeout_min_ns = UINT64_MAX >> 1;
	table->timeout_least_units = UINT32_MAX;
	for (unsigned class = 0; class < CLASS_N; class ++) {
		if (table->timeout_ns[class] < table->timeout_min_ns)
			table->timeout_min_ns = table->timeout_ns[class];
		if (table->timeout_units[class] < table->timeout_least_units)
			table->timeout_least_units = table->timeout_units[class];
	}
	table->end = end;
	table->ctx = ctx;
	*out = table;
	return 0;
}

void flow_fetch(const struct flow *flow) {
	flow_prefetch_lines(flow, sizeof(*flow) / FLOW_LINE);
}

void flow_table_prefetch_bucket(const struct flow_table *table, uint64_t hash) {
	flow_prefetch_bucket(table, hash);
}

void flow_table_prefetch_record(const struct flow_table *table, uint64_t hash) {
	flow_prefetch_record(table, hash);
}

// What nobody wants to hear of is not even read: a flood ends as many as it makes.
static bool flow_end_is_told(const struct flow_table *table, uint32_t at) {
	const struct flow_bucket *bucket = &table->bucket[at / FLOW_BUCKET_WAYS];
	const uint32_t seen = bucket->seen[at % FLOW_BUCKET_WAYS];

	return (seen & SEEN_CLASS_MASK) != CLASS_SINGLE || table->tell_singles;
}

void flow_record_end(struct flow_table *table, uint32_t at, uint64_t now_ns) {
	struct flow_bucket *bucket = &table->bucket[at / FLOW_BUCKET_WAYS];
	const unsigned way = at % FLOW_BUCKET_WAYS;

	if (flow_end_is_told(table, at)) {
		struct flow *flow = &table->record[at];

		table->events.untold += flow->untold_packets[0] + flow->untold_packets[1];
		if (table->end != NULL)
			table->end(table->ctx, flow, now_ns);
		if (flow->n_packets > 1)
			flow->serial = 0; // whoever still holds the record sees that it is over
	}
	bucket->tag[way] = 0;
	table->used--;
}

void flow_table_renew(struct flow_table *table, struct flow *flow, uint64_t now_ns) {
	const uint32_t at = (uint32_t)(flow - table->record);
	const uint32_t tag = table->bucket[at / FLOW_BUCKET_WAYS].tag[at % FLOW_BUCKET_WAYS];
	const struct flow_key key = flow->key;

	table->events.expired++;
	flow_record_end(table, at, now_ns);
	flow_record_begin(table, at, &key, tag, now_ns);
}

void flow_renew_if_over(struct flow_table *table, struct flow *flow, uint64_t now_ns) {
	const unsigned class = *flow_seen_of(table, flow) & SEEN_CLASS_MASK;

	if (now_ns > flow->last_ns && now_ns - flow->last_ns > table->timeout_ns[class])
		flow_table_renew(table, flow, now_ns);
}

struct flow *flow_table_get(
	struct flow_table *table,
	const struct flow_key *key,
	uint64_t hash,
	uint64_t now_ns,
	bool may_insert
) {
	return flow_get(table, key, hash, now_ns, may_insert);
}

// Records that are over, collected and fetched before their ends are told.
struct ends {
	uint32_t at[SWEEP_BATCH];
	unsigned n;
};

static void ends_tell(struct flow_table *table, struct ends *ends, uint64_t now_ns) {
	for (unsigned i = 0; i < ends->n; i++) {
		table->events.expired++;
		flow_record_end(table, ends->at[i], now_ns);
	}
	ends->n = 0;
}

static void ends_add(struct flow_table *table, struct ends *ends, uint32_t at, uint64_t now_ns) {
	if (ends->n == SWEEP_BATCH)
		ends_tell(table, ends, now_ns);
	ends->at[ends->n++] = at;
	if (flow_end_is_told(table, at))
		flow_prefetch_lines(&table->record[at], sizeof(struct flow) / FLOW_LINE);
}

// Bit w: way w may be over; flow_is_over() decides. None else is. Four at a time where the machine can: a
// sweep asks this of each bucket once a second.
#ifdef __SSE2__
static unsigned
half_maybe_over(const uint32_t *half, __m128i now, __m128i least, __m128i least_answered) {
	const __m128i seen = _mm_load_si128((const __m128i *)(const void *)half);
	const __m128i class = _mm_and_si128(seen, _mm_set1_epi32(SEEN_CLASS_MASK));
	const __m128i age = _mm_and_si128(
		_mm_sub_epi32(now, _mm_srli_epi32(seen, SEEN_CLASS_BITS)),
		_mm_set1_epi32(SEEN_TIME_MASK)
	);
	const __m128i answered = _mm_cmpgt_epi32(class, _mm_set1_epi32(CLASS_CLOSED));
	const __m128i limit = _mm_or_si128(
		_mm_and_si128(answered, least_answered), _mm_andnot_si128(answered, least)
	);

	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpgt_epi32(age, limit)));
}
static_assert(CLASS_CLOSED < CLASS_ANSWERED && CLASS_ANSWERED < CLASS_KEPT);

static unsigned
bucket_maybe_over(const struct flow_table *table, const struct flow_bucket *bucket) {
	const __m128i now = _mm_set1_epi32((int)(table->now_seen >> SEEN_CLASS_BITS));
	const __m128i least = _mm_set1_epi32((int)table->timeout_least_units);
	const __m128i answered = _mm_set1_epi32((int)table->timeout_units[CLASS_ANSWERED]);

	return half_maybe_over(&bucket->seen[0], now, least, answered)
		| half_maybe_over(&bucket->seen[4], now, least, answered) << 4;
}
#else
static unsigned bucket_maybe_over(const struct flow_table *, const struct flow_bucket *) {
	return 0xff;
}
#endif

static void
expire_bucket(struct flow_table *table, struct ends *ends, uint32_t b, uint64_t now_ns) {
	const struct flow_bucket *bucket = &table->bucket[b];
	const unsigned used = 0xff & ~flow_bucket_match(bucket, 0);
	unsigned over = 0;

	for (unsigned maybe = used & bucket_maybe_over(table, bucket); maybe != 0;
	     maybe &= maybe - 1) {
		const unsigned w = (unsigned)__builtin_ctz(maybe);

		if (!flow_is_over(table, bucket->seen[w]))
			continue;
		over |= 1u << w;
		ends_add(table, ends, b * FLOW_BUCKET_WAYS + w, now_ns);
	}
	for (unsigned second = used & ~over & flow_bucket_second(bucket); second != 0;
	     second &= second - 1) {
		const uint32_t tag = bucket->tag[__builtin_ctz(second)];
		const uint32_t first = flow_bucket_other(table, b, tag);

		table->overflowed_next[first / 64] |= 1ull << (first % 64);
	}
	if (used == over)
		table->occupied[b / 64] &= ~(1ull << (b % 64));
}
static_assert(FLOW_BUCKET_WAYS == 8, "a way is a bit of eight");

// Buckets [from, end), not over the table's end; those without a record cost a 64th of a word.
static void expire_range(struct flow_table *table, uint32_t from, uint32_t end, uint64_t now_ns) {
	struct ends ends = {0};
	uint32_t b = from;

	while (b < end) {
		const uint64_t rest = table->occupied[b / 64] >> (b % 64);

		if (rest == 0) {
			b = (b / 64 + 1) * 64;
			continue;
		}
		b += (unsigned)__builtin_ctzll(rest);
		if (b < end)
			expire_bucket(table, &ends, b, now_ns);
		b++;
	}
	ends_tell(table, &ends, now_ns);
}

// A sweep has seen every record: what it found to overflow is all that does.
static void sweep_ends(struct flow_table *table) {
	uint64_t *stale = table->overflowed;

	table->overflowed = table->overflowed_next;
	table->overflowed_next = stale;
	memset(stale, 0, bitmap_bytes(table->capacity));
}

void flow_table_expire(struct flow_table *table, uint64_t now_ns, uint32_t buckets) {
	const uint32_t n = table->bucket_mask + 1;
	const uint32_t from = table->sweep_at;
	uint32_t ahead;

	if (buckets > n)
		buckets = n;
	ahead = buckets < n - from ? buckets : n - from;
	table->now_seen = seen_word(now_ns, 0);
	expire_range(table, from, from + ahead, now_ns);
	if (from + ahead == n)
		sweep_ends(table);
	expire_range(table, 0, buckets - ahead, now_ns);
	table->sweep_at = (from + buckets) & table->bucket_mask;
}

void flow_table_flush(struct flow_table *table, uint64_t now_ns) {
	for (uint32_t at = 0; at < table->capacity; at++)
		if (table->bucket[at / FLOW_BUCKET_WAYS].tag[at % FLOW_BUCKET_WAYS] != 0)
			flow_record_end(table, at, now_ns);
}

uint32_t flow_table_used(const struct flow_table *table) {
	return table->used;
}

uint32_t flow_table_buckets(const struct flow_table *table) {
	return table->bucket_mask + 1;
}

uint32_t flow_table_capacity(const struct flow_table *table) {
	return table->capacity;
}

const struct flow_events *flow_table_events(const struct flow_table *table) {
	return &table->events;
}
