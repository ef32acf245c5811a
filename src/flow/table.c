// The flow table: buckets of eight, one line each, and the records behind them.
//
// Key invariant: way w of bucket b is record[b * 8 + w]; tag[w] != 0 exactly while that record is in
// use; record.seen points at seen[w], which flow_update() keeps.
#include "contract/prefetch.h"
#include "flow/flow_record.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define CAPACITY_MIN 1024u
#define CAPACITY_MAX (1u << 28)

struct flow_table {
	// Set at creation, then only read.
	struct flow_bucket *bucket;
	struct flow *record;
	uint64_t *occupied; // bit b: bucket b may hold a record; the sweep skips the others
	uint32_t bucket_mask;
	uint32_t capacity;
	uint64_t timeout_ns[CLASS_N];
	uint32_t timeout_units[CLASS_N]; // older than this in seen's units: surely over
	flow_end_fn *end;
	void *ctx;
	// Written on the way.
	uint32_t used;
	uint32_t sweep_at; // bucket that flow_table_expire() looks at next
	uint32_t now_seen; // seen_word() of the last call
	struct flow_events events;
};

static uint32_t capacity_rounded(uint32_t capacity) {
	uint32_t n = CAPACITY_MIN;

	while (n < capacity && n < CAPACITY_MAX)
		n <<= 1;
	return n;
}

static size_t head_bytes(void) {
	return (sizeof(struct flow_table) + FLOW_LINE - 1) & ~(size_t)(FLOW_LINE - 1);
}

size_t flow_table_bytes(const struct flow_table_conf *conf) {
	const size_t n = capacity_rounded(conf->capacity);

	return head_bytes() + n / FLOW_BUCKET_WAYS * sizeof(struct flow_bucket)
		+ n * sizeof(struct flow) + n / FLOW_BUCKET_WAYS / 8;
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
	memset(memory, 0, flow_table_bytes(conf));
	table->bucket = (struct flow_bucket *)((uint8_t *)memory + head_bytes());
	table->record = (struct flow *)&table->bucket[n / FLOW_BUCKET_WAYS];
	table->occupied = (uint64_t *)(void *)&table->record[n];
	table->bucket_mask = n / FLOW_BUCKET_WAYS - 1;
	table->capacity = n;
	timeout_set(table, CLASS_SINGLE, conf->single_ns);
	timeout_set(table, CLASS_OPEN, conf->single_ns);
	timeout_set(table, CLASS_CLOSED, conf->closed_ns);
	timeout_set(table, CLASS_ANSWERED, conf->idle_ns);
	timeout_set(table, CLASS_KEPT, conf->idle_ns);
	table->end = end;
	table->ctx = ctx;
	*out = table;
	return 0;
}

static uint32_t bucket_at(const struct flow_table *table, uint64_t hash) {
	return (uint32_t)hash & table->bucket_mask;
}

static uint32_t tag_of(uint64_t hash) {
	return (uint32_t)(hash >> 32) | 1; // 0 says free
}

static bool key_equal(const struct flow_key *a, const struct flow_key *b) {
	uint64_t x[6], y[6], differs = 0;

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	for (unsigned i = 0; i < 6; i++)
		differs |= x[i] ^ y[i];
	return differs == 0;
}

// The way for a newcomer in a bucket: one that is free, expired, the oldest of one packet, or the
// idlest that is not established. @return FLOW_BUCKET_WAYS where all are established
static unsigned way_for_new(const struct flow_table *table, uint32_t b, uint32_t now) {
	static const uint8_t rank_of[CLASS_N]
		= {[CLASS_SINGLE] = 2, [CLASS_OPEN] = 1, [CLASS_CLOSED] = 1, [CLASS_ANSWERED] = 1};
	const struct flow_bucket *bucket = &table->bucket[b];
	const unsigned unused = flow_bucket_match(bucket, 0);
	unsigned way = FLOW_BUCKET_WAYS;
	uint32_t best = SEEN_TIME_MASK; // no rank

	if (unused != 0)
		return (unsigned)__builtin_ctz(unused);
	for (unsigned w = 0; w < FLOW_BUCKET_WAYS; w++) {
		const unsigned class = bucket->seen[w] & SEEN_CLASS_MASK;
		const uint32_t age = seen_age(bucket->seen[w], now);
		const uint32_t rank = age > table->timeout_units[class] ? 3 : rank_of[class];
		const uint32_t value = rank << (32 - SEEN_CLASS_BITS) | age;

		way = value > best ? w : way;
		best = value > best ? value : best;
	}
	return way;
}

void flow_table_prefetch_bucket(const struct flow_table *table, uint64_t hash) {
	prefetch(&table->bucket[bucket_at(table, hash)]);
}

void flow_table_prefetch_record(const struct flow_table *table, uint64_t hash) {
	const uint32_t b = bucket_at(table, hash);
	const unsigned hit = flow_bucket_match(&table->bucket[b], tag_of(hash));
	const unsigned way
		= hit != 0 ? (unsigned)__builtin_ctz(hit) : way_for_new(table, b, table->now_seen);
	const uint8_t *line;

	if (way == FLOW_BUCKET_WAYS)
		return;
	line = (const uint8_t *)&table->record[b * FLOW_BUCKET_WAYS + way];
	// The last line is for the beginning and the end.
	for (unsigned i = 0; i < sizeof(struct flow) - (hit != 0 ? FLOW_LINE : 0); i += FLOW_LINE)
		prefetch(line + i);
}

static void record_end(struct flow_table *table, uint32_t at, uint64_t now_ns) {
	if (table->end != NULL)
		table->end(table->ctx, &table->record[at], now_ns);
	table->bucket[at / FLOW_BUCKET_WAYS].tag[at % FLOW_BUCKET_WAYS] = 0;
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
	flow->seen = &bucket->seen[at % FLOW_BUCKET_WAYS];
	bucket->tag[at % FLOW_BUCKET_WAYS] = tag;
	bucket->seen[at % FLOW_BUCKET_WAYS] = seen_word(now_ns, CLASS_SINGLE);
	table->occupied[at / FLOW_BUCKET_WAYS / 64] |= 1ull << (at / FLOW_BUCKET_WAYS % 64);
	table->used++;
	return flow;
}

static bool is_over(const struct flow_table *table, const struct flow *flow, uint64_t now_ns) {
	return now_ns > flow->last_ns
		&& now_ns - flow->last_ns > table->timeout_ns[*flow->seen & SEEN_CLASS_MASK];
}

void flow_table_renew(struct flow_table *table, struct flow *flow, uint64_t now_ns) {
	const uint32_t at = (uint32_t)(flow - table->record);
	const uint32_t tag = table->bucket[at / FLOW_BUCKET_WAYS].tag[at % FLOW_BUCKET_WAYS];
	const struct flow_key key = flow->key;

	table->events.expired++;
	record_end(table, at, now_ns);
	record_begin(table, at, &key, tag, now_ns);
}

static struct flow *
insert(struct flow_table *table,
       uint32_t b,
       const struct flow_key *key,
       uint32_t tag,
       uint64_t now_ns) {
	const unsigned way = way_for_new(table, b, table->now_seen);
	const uint32_t at = b * FLOW_BUCKET_WAYS + way;
	uint32_t seen;

	if (way == FLOW_BUCKET_WAYS) {
		table->events.refused++;
		return NULL;
	}
	if (table->bucket[b].tag[way] != 0) {
		seen = table->bucket[b].seen[way];
		if (seen_age(seen, table->now_seen) > table->timeout_units[seen & SEEN_CLASS_MASK])
			table->events.expired++;
		else if ((seen & SEEN_CLASS_MASK) == CLASS_SINGLE)
			table->events.evicted_single++;
		else
			table->events.evicted_idle++;
		record_end(table, at, now_ns);
	}
	return record_begin(table, at, key, tag, now_ns);
}

struct flow *flow_table_get(
	struct flow_table *table,
	const struct flow_key *key,
	uint64_t hash,
	uint64_t now_ns,
	bool may_insert
) {
	const uint32_t b = bucket_at(table, hash);
	const uint32_t tag = tag_of(hash);

	table->now_seen = seen_word(now_ns, 0);
	for (unsigned hit = flow_bucket_match(&table->bucket[b], tag); hit != 0; hit &= hit - 1) {
		struct flow *flow
			= &table->record[b * FLOW_BUCKET_WAYS + (unsigned)__builtin_ctz(hit)];

		if (!key_equal(&flow->key, key))
			continue;
		// Asked here too, not only by the sweep, so that it does not matter to
		// which flow a packet belongs when the sweep came by.
		if (is_over(table, flow, now_ns))
			flow_table_renew(table, flow, now_ns);
		return flow;
	}
	return may_insert ? insert(table, b, key, tag, now_ns) : NULL;
}

static void expire_bucket(struct flow_table *table, uint32_t b, uint64_t now_ns) {
	const struct flow_bucket *bucket = &table->bucket[b];
	unsigned left = 0;

	for (unsigned w = 0; w < FLOW_BUCKET_WAYS; w++) {
		const unsigned class = bucket->seen[w] & SEEN_CLASS_MASK;

		if (bucket->tag[w] == 0)
			continue;
		if (seen_age(bucket->seen[w], table->now_seen) > table->timeout_units[class]) {
			table->events.expired++;
			record_end(table, b * FLOW_BUCKET_WAYS + w, now_ns);
		} else {
			left++;
		}
	}
	if (left == 0)
		table->occupied[b / 64] &= ~(1ull << (b % 64));
}

// Buckets [from, end), not over the table's end; those without a record cost a 64th of a word.
static void expire_range(struct flow_table *table, uint32_t from, uint32_t end, uint64_t now_ns) {
	uint32_t b = from;

	while (b < end) {
		const uint64_t rest = table->occupied[b / 64] >> (b % 64);

		if (rest == 0) {
			b = (b / 64 + 1) * 64;
			continue;
		}
		b += (unsigned)__builtin_ctzll(rest);
		if (b < end)
			expire_bucket(table, b, now_ns);
		b++;
	}
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
