// The scored flows of a file, and which of them a packet is of.
//
// A key has one flow at a time, so its flows follow one another; a packet belongs to the first that is not full and
// has begun.
//
// Threads    One.
// Memory     From the heap, with the scored flows.
#ifndef WEIR_CLI_SCORES_FLOWS_H
#define WEIR_CLI_SCORES_FLOWS_H

#include "flow/flow.h"
#include "model/model.h"

#include <stdbool.h>
#include <stdint.h>

struct scored_flow {
	struct flow_key key;
	uint64_t serial;
	uint64_t first_ns, last_ns;
	uint64_t packets; // in all
	uint64_t seen; // at the second reading
	uint32_t next; // of the same bucket, from 1; 0: none
	uint32_t first_row, last_row; // from 1
};

struct scored_row {
	uint64_t packets; // that it is of
	float score;
	uint32_t next; // of the same flow, from 1; 0: none
};

struct scored_flows {
	const struct model *model; // NULL: rows have no score
	struct scored_flow *flow;
	struct scored_row *row;
	uint32_t *bucket; // number of a flow, from 1
	uint32_t n_flows, flows_room, n_rows, rows_room, n_buckets;
	bool failed; // no memory
	uint32_t n_waiting; // rows, the last ones, that wait for their score
	float waiting[MODEL_BATCH_MAX][FLOW_FEATURE_N];
};

void scored_flows_row(struct scored_flows *, const struct flow *, const float *row);
void scored_flows_end(struct scored_flows *, const struct flow *);
// Between the two readings.
void scored_flows_turn(struct scored_flows *);
// Second reading, each packet once and in order. @return NaN: of no scored flow
float scored_flows_of(struct scored_flows *, const struct flow_key *key, uint64_t time_ns);
void scored_flows_free(struct scored_flows *);

#endif
