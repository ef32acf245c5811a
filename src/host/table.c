// A set-associative table of host records.
#include "host/table.h"

#include "host/record.h"

#include <string.h>

#define LINE 64

static uint32_t records_rounded(uint32_t records) {
	uint32_t n = WINDOW_WAYS;

	while (n < records)
		n <<= 1;
	return n;
}

static size_t lines(size_t bytes) {
	return (bytes + LINE - 1) & ~(size_t)(LINE - 1);
}

size_t host_table_bytes(uint32_t records) {
	const size_t n = records_rounded(records);

	return lines(sizeof(struct host_table))
		+ lines(n / WINDOW_WAYS * sizeof(struct host_bucket))
		+ n * sizeof(struct host_record) + lines(n * sizeof(uint32_t));
}

uint8_t *
host_table_create(struct host_table **out, uint32_t records, uint64_t seed, uint8_t *memory) {
	const uint32_t n = records_rounded(records);
	struct host_table *t = (struct host_table *)memory;
	const size_t bucket_bytes = lines(n / WINDOW_WAYS * sizeof(struct host_bucket));

	t->seed = seed;
	t->capacity = n;
	t->bucket_mask = n / WINDOW_WAYS - 1;
	memory += lines(sizeof(*t));
	t->bucket = (struct host_bucket *)memory;
	memory += bucket_bytes;
	t->record = (struct host_record *)memory;
	memory += n * sizeof(struct host_record);
	t->list = (uint32_t *)memory;
	memory += lines(n * sizeof(uint32_t));
	*out = t;
	return memory;
}

void host_table_reset(struct host_table *table) {
	for (uint32_t i = 0; i < table->used; i++) {
		const uint32_t at = table->list[i];

		host_record_clear(&table->record[at]);
		table->bucket[at / WINDOW_WAYS].tag[at % WINDOW_WAYS] = 0;
	}
	table->used = 0;
	table->lost_packets = 0;
}

static struct host_record *settled(const struct host_table *table, struct host_record *record) {
	if (record != NULL)
		host_record_settle(record, table->seed);
	return record;
}

struct host_record *
host_table_get(struct host_table *table, const struct addr *addr, uint8_t prefix_len) {
	const uint64_t hash = hash_addr(addr, table->seed);

	return settled(table, host_table_get_hashed(table, addr, prefix_len, hash));
}

const struct host_record *host_table_find(const struct host_table *table, const struct addr *addr) {
	return settled(table, host_table_lookup(table, addr, hash_addr(addr, table->seed)));
}

uint32_t host_table_used(const struct host_table *table) {
	return table->used;
}

const struct host_record *host_table_next(const struct host_table *table, uint32_t *at) {
	if (*at >= table->used)
		return NULL;
	return settled(table, &table->record[table->list[(*at)++]]);
}
