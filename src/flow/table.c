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
#include "flow/path.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define CAPACITY_MIN 1024u
#define CAPACITY_MAX (1u << 28)
#define FIRST_FILL 6 // ways in use from which a key's second bucket is asked, too
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
	table->timeout_min_ns = UINT64_MAX >> 1;
	for (unsigned class = 0; class < CLASS_N; class ++)
		if (table->timeout_ns[class] < table->timeout_min_ns)
			table->timeout_min_ns = table->timeout_ns[class];
	table->end = end;
	table->ctx = ctx;
	*out = table;
	return 0;
}

// A way for a newcomer: the larger, the better.
#define VALUE_FREE UINT32_MAX
#define VALUE_SINGLE (2u << (32 - SEEN_CLASS_BITS)) // from here: one packet, or over
struct place {
	uint32_t value; // 0: none
	uint32_t bucket;
	unsigned way;
};

static const alignas(32) uint32_t rank_of[8]
	= {[CLASS_SINGLE] = 2, [CLASS_OPEN] = 1, [CLASS_CLOSED] = 1, [CLASS_ANSWERED] = 1};

// Expired before one packet before others that are not established; the oldest of equals.
static struct place place_to_take(const struct flow_table *table, uint32_t b) {
	const struct flow_bucket *bucket = &table->bucket[b];
	struct place best = {.bucket = b};

	for (unsigned w = 0; w < FLOW_BUCKET_WAYS; w++) {
		const unsigned class = bucket->seen[w] & SEEN_CLASS_MASK;
		const uint32_t age = seen_age(bucket->seen[w], table->now_seen);
		const uint32_t rank = age > table->timeout_units[class] ? 3 : rank_of[class];
		const uint32_t value = rank == 0 ? 0 : rank << (32 - SEEN_CLASS_BITS) | age;

		if (value > best.value) {
			best.value = value;
			best.way = w;
		}
	}
	return best;
}

static struct place place_free(uint32_t b, unsigned unused) {
	return (struct place) {VALUE_FREE, b, (unsigned)__builtin_ctz(unused)};
}

static struct place place_for_new(const struct flow_table *table, uint32_t b, uint32_t tag) {
	const unsigned unused = flow_bucket_match(&table->bucket[b], 0);
	const unsigned n_unused = (unsigned)__builtin_popcount(unused);
	struct place first, second;
	unsigned unused2;
	uint32_t other;

	if (n_unused > FLOW_BUCKET_WAYS - FIRST_FILL)
		return place_free(b, unused);
	if (n_unused == 0 && table->used >= table->crowded) { // a flood: do not look for room
		first = place_to_take(table, b);
		if (first.value >= VALUE_SINGLE)
			return first;
	}
	other = flow_bucket_other(table, b, tag);
	unused2 = flow_bucket_match(&table->bucket[other], 0);
	if (n_unused > 0 && n_unused >= (unsigned)__builtin_popcount(unused2))
		return place_free(b, unused);
	if (unused2 != 0)
		return place_free(other, unused2);
	first = place_to_take(table, b);
	second = place_to_take(table, other);
	return second.value > first.value ? second : first;
}

static struct flow *record_of(const struct flow_table *table, const struct place *place) {
	return &table->record[place->bucket * FLOW_BUCKET_WAYS + place->way];
}

// No tag in the first bucket: the record may lie in the second, or will be made.
void flow_prefetch_other(const struct flow_table *table, uint32_t b, uint32_t tag) {
	const unsigned unused = flow_bucket_match(&table->bucket[b], 0);
	struct place place;

	if (flow_bit(table->overflowed, b)
	    || (__builtin_popcount(unused) <= FLOW_BUCKET_WAYS - FIRST_FILL
		&& table->used < table->crowded)) {
		prefetch(&table->bucket[flow_bucket_other(table, b, tag)]);
		return;
	}
	place = unused != 0 ? place_free(b, unused) : place_to_take(table, b);
	if (place.value > 0)
		flow_prefetch_lines(record_of(table, &place), sizeof(struct flow) / FLOW_LINE);
}

void flow_table_prefetch_bucket(const struct flow_table *table, uint64_t hash) {
	flow_prefetch_bucket(table, hash);
}

void flow_table_prefetch_record(const struct flow_table *table, uint64_t hash) {
	flow_prefetch_record(table, hash);
}

static void record_end(struct flow_table *table, uint32_t at, uint64_t now_ns) {
	struct flow_bucket *bucket = &table->bucket[at / FLOW_BUCKET_WAYS];
	const unsigned way = at % FLOW_BUCKET_WAYS;

	// What nobody wants to hear of is not even read: a flood ends as many as it makes.
	if ((bucket->seen[way] & SEEN_CLASS_MASK) != CLASS_SINGLE || table->tell_singles) {
		const struct flow *flow = &table->record[at];

		table->events.untold += flow->untold_packets[0] + flow->untold_packets[1];
		if (table->end != NULL)
			table->end(table->ctx, flow, now_ns);
	}
	bucket->tag[way] = 0;
	table->used--;
}

static struct flow *record_begin(
	struct flow_table *table,
	uint32_t at,
	const struct flow_key *key,
	uint32_t tag,
	uint64_t now_ns
) {
	struct flow_bucket *bucket = &table->bucket[at / FLOW_BUCKET_WAYS];
	struct flow *flow = &table->record[at];

	memset(flow, 0, sizeof(*flow));
	flow->key = *key;
	flow->first_ns = now_ns;
	flow->last_ns = now_ns;
	flow->score = NAN;
	flow->serial = ++table->events.made;
	bucket->tag[at % FLOW_BUCKET_WAYS] = tag;
	flow->seen = seen_word(now_ns, CLASS_SINGLE);
	bucket->seen[at % FLOW_BUCKET_WAYS] = flow->seen;
	table->occupied[at / FLOW_BUCKET_WAYS / 64] |= 1ull << (at / FLOW_BUCKET_WAYS % 64);
	table->used++;
	return flow;
}

void flow_table_renew(struct flow_table *table, struct flow *flow, uint64_t now_ns) {
	const uint32_t at = (uint32_t)(flow - table->record);
	const uint32_t tag = table->bucket[at / FLOW_BUCKET_WAYS].tag[at % FLOW_BUCKET_WAYS];
	const struct flow_key key = flow->key;

	table->events.expired++;
	record_end(table, at, now_ns);
	record_begin(table, at, &key, tag, now_ns);
}

void flow_renew_if_over(struct flow_table *table, struct flow *flow, uint64_t now_ns) {
	const unsigned class = *flow_seen_of(table, flow) & SEEN_CLASS_MASK;

	if (now_ns > flow->last_ns && now_ns - flow->last_ns > table->timeout_ns[class])
		flow_table_renew(table, flow, now_ns);
}

static bool is_over(const struct flow_table *table, uint32_t seen) {
	return seen_age(seen, table->now_seen) > table->timeout_units[seen & SEEN_CLASS_MASK];
}

static void make_room(struct flow_table *table, const struct place *place, uint64_t now_ns) {
	const struct flow_bucket *bucket = &table->bucket[place->bucket];
	const uint32_t seen = bucket->seen[place->way];

	if (bucket->tag[place->way] == 0)
		return;
	if (is_over(table, seen))
		table->events.expired++;
	else if ((seen & SEEN_CLASS_MASK) == CLASS_SINGLE)
		table->events.evicted_single++;
	else
		table->events.evicted_idle++;
	record_end(table, place->bucket * FLOW_BUCKET_WAYS + place->way, now_ns);
}

struct flow *
flow_insert(struct flow_table *table, const struct flow_key *key, uint64_t hash, uint64_t now_ns) {
	const uint32_t b = flow_bucket_at(table, hash);
	uint32_t tag = flow_tag_of(hash);
	struct place place;

	table->now_seen = seen_word(now_ns, 0);
	place = place_for_new(table, b, tag);
	if (place.value == 0) {
		table->events.refused++;
		return NULL;
	}
	make_room(table, &place, now_ns);
	if (place.bucket != b) {
		table->overflowed[b / 64] |= 1ull << (b % 64);
		table->overflowed_next[b / 64] |= 1ull << (b % 64);
		tag |= TAG_SECOND;
	}
	return record_begin(table, place.bucket * FLOW_BUCKET_WAYS + place.way, key, tag, now_ns);
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
		record_end(table, ends->at[i], now_ns);
	}
	ends->n = 0;
}

static void ends_add(struct flow_table *table, struct ends *ends, uint32_t at, uint64_t now_ns) {
	if (ends->n == SWEEP_BATCH)
		ends_tell(table, ends, now_ns);
	ends->at[ends->n++] = at;
	flow_prefetch_lines(&table->record[at], sizeof(struct flow) / FLOW_LINE);
}

static void
expire_bucket(struct flow_table *table, struct ends *ends, uint32_t b, uint64_t now_ns) {
	const struct flow_bucket *bucket = &table->bucket[b];
	unsigned left = 0;

	for (unsigned w = 0; w < FLOW_BUCKET_WAYS; w++) {
		const uint32_t tag = bucket->tag[w];

		if (tag == 0)
			continue;
		if (is_over(table, bucket->seen[w])) {
			ends_add(table, ends, b * FLOW_BUCKET_WAYS + w, now_ns);
			continue;
		}
		left++;
		if (tag & TAG_SECOND) {
			const uint32_t first = flow_bucket_other(table, b, tag);

			table->overflowed_next[first / 64] |= 1ull << (first % 64);
		}
	}
	if (left == 0)
		table->occupied[b / 64] &= ~(1ull << (b % 64));
}

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
			record_end(table, at, now_ns);
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
