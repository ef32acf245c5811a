// Our table beside DPDK's rte_hash, and rte_member before a table.
//
// rte_hash keeps the key itself, in a line of its own: the record behind it is touched in three lines, as
// ours, and in two, as one without a key would be.
#include "bench/alternatives/contest.h"
#include "bench/alternatives/trace.h"
#include "contract/isa.h"

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_lcore.h>
#include <rte_member.h>

#include <stdio.h>
#include <stdlib.h>

#define BATCH 64u
#define RECORD_BYTES 256u

struct dpdk_walk {
	const struct trace *trace;
	struct rte_hash *table;
	struct rte_member_setsum *members;
	struct huge records;
	bool own_hash;
	uint64_t at;
	uint64_t missed;
};

static struct flow *record_of(const struct huge *records, uint64_t number) {
	return (struct flow *)(void *)((uint8_t *)records->at + number * RECORD_BYTES);
}

static bool fill(struct dpdk_walk *w, const struct part_conf *conf) {
	for (uint64_t i = 0; i < conf->keys; i++) {
		struct flow *record = record_of(&w->records, i);
		struct flow_key key;
		int rc;

		key_make(&key, i, conf->seed);
		rc = w->own_hash ? rte_hash_add_key_with_hash_data(
			     w->table, &key, (hash_sig_t)flow_key_hash(&key, conf->seed), record
		     )
				 : rte_hash_add_key_data(w->table, &key, record);
		if (rc != 0) {
			fprintf(stderr,
				"bench alternatives: rte_hash has no place for key %llu: %s\n",
				(unsigned long long)i,
				rte_strerror(-rc));
			return false;
		}
	}
	return true;
}

static bool hash_make(struct dpdk_walk *w, const struct part_conf *conf) {
	const struct rte_hash_parameters parameters = {
		.name = w->own_hash ? "ours" : "crc",
		.entries = (uint32_t)own_table_capacity(conf->keys),
		.key_len = sizeof(struct flow_key),
		.hash_func_init_val = (uint32_t)conf->seed,
		.socket_id = (int)rte_socket_id(),
	};

	w->table = rte_hash_create(&parameters);
	if (w->table == NULL) {
		fprintf(stderr,
			"bench alternatives: no rte_hash of %u: %s; more huge pages or a lower "
			"--keys\n",
			parameters.entries,
			rte_strerror(rte_errno));
		return false;
	}
	return fill(w, conf);
}

static bool members_make(struct dpdk_walk *w, const struct part_conf *conf) {
	const struct rte_member_parameters parameters = {
		.name = "members",
		.type = RTE_MEMBER_TYPE_HT,
		.num_keys = (uint32_t)own_table_capacity(conf->keys),
		.key_len = sizeof(struct flow_key),
		.prim_hash_seed = (uint32_t)conf->seed,
		.sec_hash_seed = (uint32_t)conf->seed + 1,
		.socket_id = (int)rte_socket_id(),
	};

	w->members = rte_member_create(&parameters);
	if (w->members == NULL) {
		fprintf(stderr, "bench alternatives: no rte_member: %s\n", rte_strerror(rte_errno));
		return false;
	}
	for (uint64_t i = 0; i < conf->keys; i++) {
		struct flow_key key;

		key_make(&key, i, conf->seed);
		if (rte_member_add(w->members, &key, 1) < 0) {
			fprintf(stderr, "bench alternatives: rte_member takes no more keys\n");
			return false;
		}
	}
	return true;
}

static void pointers(struct dpdk_walk *w, const void *key[static BATCH]) {
	for (unsigned i = 0; i < BATCH; i++)
		key[i] = trace_key(w->trace, w->at + i);
}

static uint64_t look_up(struct dpdk_walk *w, void *data[static BATCH]) {
	const void *key[BATCH];
	hash_sig_t hash[BATCH];
	uint64_t hits = 0;

	pointers(w, key);
	if (!w->own_hash) {
		rte_hash_lookup_bulk_data(w->table, key, BATCH, &hits, data);
		return hits;
	}
	for (unsigned i = 0; i < BATCH; i++)
		hash[i] = (hash_sig_t)flow_key_hash(key[i], w->trace->seed);
	rte_hash_lookup_with_hash_bulk_data(w->table, key, hash, BATCH, &hits, data);
	return hits;
}

static inline uint64_t hash_walk(struct dpdk_walk *w, unsigned first_line) {
	for (unsigned done = 0; done < TRACE_PIECE; done += BATCH, w->at += BATCH) {
		void *data[BATCH] = {NULL};
		const uint64_t hits = look_up(w, data);

		for (unsigned i = 0; i < BATCH; i++)
			if (hits >> i & 1)
				record_prefetch(data[i], first_line);
		for (unsigned i = 0; i < BATCH; i++) {
			if (hits >> i & 1)
				record_touch(data[i], first_line);
			else
				w->missed++;
		}
	}
	return TRACE_PIECE;
}

static uint64_t hash_piece(void *walk) {
	return hash_walk(walk, 0);
}

static uint64_t hash_piece_without_key_line(void *walk) {
	return hash_walk(walk, 1);
}

static uint64_t members_piece(void *walk) {
	struct dpdk_walk *w = walk;

	for (unsigned done = 0; done < TRACE_PIECE; done += BATCH, w->at += BATCH) {
		const void *key[BATCH];
		member_set_t set[BATCH];
		int found;

		pointers(w, key);
		found = rte_member_lookup_bulk(w->members, key, BATCH, set);
		w->missed += BATCH - (unsigned)found;
	}
	return TRACE_PIECE;
}

// Where the record lies is known: what any table could at best come to.
static uint64_t number_piece(void *walk) {
	struct dpdk_walk *w = walk;

	for (unsigned done = 0; done < TRACE_PIECE; done += BATCH, w->at += BATCH) {
		for (unsigned i = 0; i < BATCH; i++)
			record_prefetch(
				record_of(&w->records, trace_number(w->trace, w->at + i)), 0
			);
		for (unsigned i = 0; i < BATCH; i++)
			record_touch(record_of(&w->records, trace_number(w->trace, w->at + i)), 0);
	}
	return TRACE_PIECE;
}

enum { BY_OURS, BY_CRC, BY_MEMBERS, WALKS };
#define OWN_WALKS 2

static json_t *
contest(const struct part_conf *conf, struct own_walk *own, struct dpdk_walk walk[static WALKS]) {
	struct entrant entrant[] = {
		{.name = "our table, public functions", .run = own_walk_piece, .ctx = &own[0]},
		{.name = "rte_hash, our hash", .run = hash_piece, .ctx = &walk[BY_OURS]},
		{.name = "rte_hash, our hash, the record without its key's line",
		 .run = hash_piece_without_key_line,
		 .ctx = &walk[BY_OURS]},
		{.name = "rte_hash, its CRC-32C", .run = hash_piece, .ctx = &walk[BY_CRC]},
		{.name = "rte_member (HT) alone, which would come on top",
		 .run = members_piece,
		 .ctx = &walk[BY_MEMBERS]},
		{.name = "the record by its number, no table",
		 .run = number_piece,
		 .ctx = &walk[BY_OURS]},
		{.name = "our table, inline and AVX2, as the pipeline does",
		 .run = own_walk_inline,
		 .ctx = &own[0]},
		{.name = "the same, all buckets before all records",
		 .run = own_walk_inline,
		 .ctx = &own[1]},
	};
	// The last two are for machines that have AVX2.
	const unsigned n
		= sizeof(entrant) / sizeof(entrant[0]) - (isa_supported(ISA_AVX2) ? 0 : OWN_WALKS);
	char title[64];

	contest_run(entrant, n, conf->seconds);
	for (unsigned i = 0; i < WALKS; i++)
		own[0].missed += walk[i].missed;
	own[0].missed += own[1].missed;
	if (own[0].missed != 0) {
		fprintf(stderr,
			"bench alternatives: %llu look-ups found nothing; the figures are void\n",
			(unsigned long long)own[0].missed);
		return NULL;
	}
	snprintf(
		title,
		sizeof(title),
		"look-up and touch, %llu keys, batches of 64",
		(unsigned long long)conf->keys
	);
	if (!conf->quiet)
		contest_print(title, entrant, n);
	return contest_json(entrant, n);
}

static bool walks_make(
	struct dpdk_walk walk[static WALKS],
	const struct trace *trace,
	const struct part_conf *conf
) {
	struct huge records;

	if (!huge_alloc(&records, conf->keys * RECORD_BYTES)) {
		fprintf(stderr, "bench alternatives: no memory for records; lower --keys\n");
		return false;
	}
	for (unsigned i = 0; i < WALKS; i++)
		walk[i] = (struct dpdk_walk) {
			.trace = trace, .records = records, .own_hash = i == BY_OURS};
	return hash_make(&walk[BY_OURS], conf) && hash_make(&walk[BY_CRC], conf)
		&& members_make(&walk[BY_MEMBERS], conf);
}

static void walks_free(struct dpdk_walk walk[static WALKS]) {
	huge_free(&walk[0].records);
	rte_hash_free(walk[BY_OURS].table);
	rte_hash_free(walk[BY_CRC].table);
	rte_member_free(walk[BY_MEMBERS].members);
}

static void
print_pages(const struct part_conf *conf, const struct huge *table, const struct huge *records) {
	if (!conf->quiet)
		printf("\nour table: %zu MB, %s pages, %.0f %% of it; records behind the others: "
		       "%zu "
		       "MB, %s, %.0f %%",
		       table->bytes >> 20,
		       huge_kind_name(table->kind),
		       table->huge_share * 100,
		       records->bytes >> 20,
		       huge_kind_name(records->kind),
		       records->huge_share * 100);
}

json_t *part_lookup(const struct part_conf *conf) {
	struct dpdk_walk walk[WALKS] = {0};
	struct own_table own = {0};
	struct trace trace;
	json_t *out = NULL;

	if (!trace_make(&trace, conf))
		return NULL;
	if (own_table_make(&own, conf) && walks_make(walk, &trace, conf)) {
		print_pages(conf, &own.memory, &walk[0].records);
		struct own_walk own_walk[OWN_WALKS] = {
			{.trace = &trace, .own = &own, .batch = BATCH, .behind = 16},
			{.trace = &trace, .own = &own, .batch = BATCH, .behind = BATCH},
		};

		out = contest(conf, own_walk, walk);
	}
	walks_free(walk);
	own_table_free(&own);
	trace_free(&trace);
	return out;
}
