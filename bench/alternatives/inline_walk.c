// Our table as the pipeline walks it: inline, and each record tried first where it was fetched. Compiled with
// the flags of one instruction set, as src/pipeline/burst.c.
#include "bench/alternatives/trace.h"
#include "flow/insert.h"

#define BATCH 64u

static inline void fetch(const struct own_walk *w, uint64_t *hash, uint32_t *record) {
	const struct flow_table *table = w->own->table;
	const unsigned behind = w->behind;

	for (unsigned i = 0; i < BATCH; i++) {
		hash[i] = flow_key_mix(trace_key(w->trace, w->at + i), w->trace->seed);
		flow_prefetch_bucket(table, hash[i]);
		if (i >= behind)
			record[i - behind] = flow_prefetch_record(table, hash[i - behind]);
	}
	for (unsigned i = BATCH - behind; i < BATCH; i++)
		record[i] = flow_prefetch_record(table, hash[i]);
}

uint64_t own_walk_inline(void *walk) {
	struct own_walk *w = walk;
	uint64_t hash[BATCH];
	uint32_t record[BATCH];

	for (unsigned done = 0; done < TRACE_PIECE; done += BATCH, w->at += BATCH) {
		fetch(w, hash, record);
		for (unsigned i = 0; i < BATCH; i++) {
			const struct flow_key *key = trace_key(w->trace, w->at + i);
			struct flow *flow
				= flow_at(w->own->table, record[i], key, hash[i], TRACE_NOW_NS);

			if (flow == NULL)
				flow = flow_get(w->own->table, key, hash[i], TRACE_NOW_NS, false);
			if (flow == NULL)
				w->missed++;
			else
				record_touch(flow, 0);
		}
	}
	return TRACE_PIECE;
}
