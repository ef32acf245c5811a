// How many keys a table has lost (refused, or pushed out) by the time that so much of it is asked for.
//
// One choice and the emptier of two are counted on buckets' fills alone; ours is the real table, filled
// with flows of one packet each.
#include "bench/alternatives/parts.h"
#include "bench/lib/huge.h"
#include "flow/flow_record.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS (1u << 20)
#define LOADS 6
#define LOAD_WANTED 3 // what the table shall bear without a loss

static const double loads[LOADS] = {0.40, 0.50, 0.60, 0.625, 0.70, 0.80};

struct scheme {
	const char *name;
	unsigned ways;
	unsigned choices; // 0: our table
};

static const struct scheme schemes[] = {
	{"8 ways, two choices, with a tag's way back (ours)", FLOW_BUCKET_WAYS, 0},
	{"4 ways, one choice", 4, 1},
	{"8 ways, one choice", 8, 1},
	{"16 ways (two lines), one choice", 16, 1},
	{"4 ways, the emptier of two", 4, 2},
	{"8 ways, the emptier of two", 8, 2},
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

struct outcome {
	uint64_t lost[LOADS];
	uint64_t second[LOADS]; // keys that lie in their second bucket
};

// @return where the key lies: 0 or 1 for its first or second bucket, -1: nowhere
static int put(const struct scheme *s, uint8_t *fill, uint64_t hash) {
	const uint32_t mask = RECORDS / s->ways - 1;
	uint8_t *first = &fill[hash & mask];
	uint8_t *second = s->choices == 2 ? &fill[hash >> 32 & mask] : first;
	uint8_t *at = *second < *first ? second : first;

	if (*at == s->ways)
		return -1;
	++*at;
	return at != first;
}

static bool
count_fills(const struct scheme *s, const struct part_conf *conf, struct outcome *outcome) {
	uint8_t *fill = calloc(RECORDS / s->ways, 1);
	uint64_t lost = 0, second = 0, k = 0;

	if (fill == NULL)
		return false;
	for (unsigned l = 0; l < LOADS; l++) {
		for (; k < (uint64_t)(loads[l] * RECORDS); k++) {
			struct flow_key key;
			int where;

			key_make(&key, k, conf->seed);
			where = put(s, fill, flow_key_hash(&key, conf->seed));
			lost += where < 0;
			second += where > 0;
		}
		outcome->lost[l] = lost;
		outcome->second[l] = second;
	}
	free(fill);
	return true;
}

static uint64_t in_second(const struct flow_table *table) {
	uint64_t n = 0;

	for (uint32_t at = 0; at < table->capacity; at++)
		n += (table->bucket[at / FLOW_BUCKET_WAYS].tag[at % FLOW_BUCKET_WAYS] & TAG_SECOND)
			!= 0;
	return n;
}

static bool fill_table(const struct part_conf *conf, struct outcome *outcome) {
	const struct flow_table_conf table_conf = {
		.capacity = RECORDS,
		.idle_ns = 1u << 30,
		.single_ns = 1u << 30,
		.closed_ns = 1u << 30,
		.seed = conf->seed,
	};
	struct flow_table *table;
	struct huge memory;
	uint64_t k = 0;

	if (!huge_alloc(&memory, flow_table_bytes(&table_conf)))
		return false;
	if (flow_table_create(&table, &table_conf, memory.at, NULL, NULL) != 0)
		abort();
	for (unsigned l = 0; l < LOADS; l++) {
		for (; k < (uint64_t)(loads[l] * RECORDS); k++) {
			struct flow_key key;

			key_make(&key, k, conf->seed);
			flow_table_get(table, &key, flow_key_hash(&key, conf->seed), 1, true);
		}
		outcome->lost[l] = k - flow_table_used(table);
		outcome->second[l] = in_second(table);
	}
	huge_free(&memory);
	return true;
}

static void print_head(void) {
	printf("\n%-52s", "keys lost of a million, table of 1,048,576, at %");
	for (unsigned l = 0; l < LOADS; l++)
		printf(" %8.1f", loads[l] * 100);
	printf("   second bucket at %.1f\n", loads[LOAD_WANTED] * 100);
}

static void print_scheme(const struct scheme *s, const struct outcome *outcome) {
	printf("  %-50s", s->name);
	for (unsigned l = 0; l < LOADS; l++)
		printf(" %8.1f", (double)outcome->lost[l] / (loads[l] * RECORDS) * 1e6);
	printf(" %10.1f %%\n",
	       (double)outcome->second[LOAD_WANTED] / (loads[LOAD_WANTED] * RECORDS) * 100);
}

static json_t *scheme_json(const struct scheme *s, const struct outcome *outcome) {
	json_t *points = json_array();

	for (unsigned l = 0; l < LOADS; l++)
		json_array_append_new(
			points,
			json_pack(
				"{s:f, s:I, s:I}",
				"load",
				loads[l],
				"lost",
				(json_int_t)outcome->lost[l],
				"in_second_bucket",
				(json_int_t)outcome->second[l]
			)
		);
	return json_pack("{s:s, s:o}", "name", s->name, "points", points);
}

json_t *part_load(const struct part_conf *conf) {
	json_t *list = json_array();

	if (!conf->quiet)
		print_head();
	for (unsigned i = 0; i < SCHEMES; i++) {
		const struct scheme *s = &schemes[i];
		struct outcome outcome;

		if (!(s->choices == 0 ? fill_table(conf, &outcome) : count_fills(s, conf, &outcome)
		    )) {
			fprintf(stderr, "bench alternatives: no memory for a table of 1 M\n");
			json_decref(list);
			return NULL;
		}
		if (!conf->quiet)
			print_scheme(s, &outcome);
		json_array_append_new(list, scheme_json(s, &outcome));
	}
	return list;
}
