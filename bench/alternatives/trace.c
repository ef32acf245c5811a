#include "bench/alternatives/trace.h"

#include <stdio.h>
#include <stdlib.h>

static bool no_memory(const char *what) {
	fprintf(stderr, "bench alternatives: no memory for %s; lower --keys\n", what);
	return false;
}

bool trace_make(struct trace *t, const struct part_conf *conf) {
	struct flow_key *key;
	uint32_t *number;

	*t = (struct trace) {.n_keys = conf->keys, .seed = conf->seed};
	if (!huge_alloc(&t->keys, TRACE_KEYS * sizeof(*key))
	    || !huge_alloc(&t->numbers, TRACE_KEYS * sizeof(*number))) {
		huge_free(&t->keys);
		return no_memory("a trace");
	}
	key = t->keys.at;
	number = t->numbers.at;
	for (uint64_t i = 0; i < TRACE_KEYS; i++) {
		number[i] = (uint32_t)(random_word(conf->seed << 32 ^ i) % conf->keys);
		key_make(&key[i], number[i], conf->seed);
	}
	return true;
}

void trace_free(struct trace *t) {
	huge_free(&t->keys);
	huge_free(&t->numbers);
}

uint64_t own_table_capacity(uint64_t keys) {
	uint64_t capacity = 1024;

	while (capacity < keys * 8 / 5) // 62.5 % in use
		capacity *= 2;
	return capacity;
}

bool own_table_make(struct own_table *own, const struct part_conf *conf) {
	const struct flow_table_conf table_conf = {
		.capacity = (uint32_t)own_table_capacity(conf->keys),
		.idle_ns = 1ull << 40,
		.single_ns = 1ull << 40,
		.closed_ns = 1ull << 40,
		.seed = conf->seed,
	};

	if (!huge_alloc(&own->memory, flow_table_bytes(&table_conf)))
		return no_memory("a table");
	if (flow_table_create(&own->table, &table_conf, own->memory.at, NULL, NULL) != 0)
		abort();
	for (uint64_t i = 0; i < conf->keys; i++) {
		struct flow_key key;

		key_make(&key, i, conf->seed);
		flow_table_get(
			own->table, &key, flow_key_hash(&key, conf->seed), TRACE_NOW_NS, true
		);
	}
	if (flow_table_used(own->table) == conf->keys)
		return true;
	fprintf(stderr, "bench alternatives: the table has no place for all keys; try --seed\n");
	own_table_free(own);
	return false;
}

void own_table_free(struct own_table *own) {
	huge_free(&own->memory);
}

// Hashes with the buckets on their way, and behind them the records, as the pipeline does.
static void fetch(const struct own_walk *w, uint64_t at, uint64_t *hash) {
	const struct flow_table *table = w->own->table;
	const unsigned behind = w->behind < w->batch ? w->behind : w->batch;

	for (unsigned i = 0; i < w->batch; i++) {
		hash[i] = flow_key_hash(trace_key(w->trace, at + i), w->trace->seed);
		flow_table_prefetch_bucket(table, hash[i]);
		if (i >= behind)
			flow_table_prefetch_record(table, hash[i - behind]);
	}
	for (unsigned i = w->batch - behind; i < w->batch; i++)
		flow_table_prefetch_record(table, hash[i]);
}

static void touch(struct own_walk *w, uint64_t at, const uint64_t *hash) {
	for (unsigned i = 0; i < w->batch; i++) {
		struct flow *flow = flow_table_get(
			w->own->table, trace_key(w->trace, at + i), hash[i], TRACE_NOW_NS, false
		);

		if (flow == NULL)
			w->missed++;
		else
			record_touch(flow, 0);
	}
}

uint64_t own_walk_piece(void *walk) {
	struct own_walk *w = walk;
	uint64_t hash[2][TRACE_BATCH_MAX];
	const uint64_t end = w->at + TRACE_PIECE;
	unsigned side = 0;

	if (w->ahead)
		fetch(w, w->at, hash[0]);
	for (; w->at < end; w->at += w->batch) {
		if (w->ahead && w->at + w->batch < end)
			fetch(w, w->at + w->batch, hash[!side]);
		else if (!w->ahead)
			fetch(w, w->at, hash[side]);
		touch(w, w->at, hash[side]);
		side ^= w->ahead;
	}
	return TRACE_PIECE;
}
