// Our table, walked with other batches and distances than the pipeline's.
#include "bench/alternatives/contest.h"
#include "bench/alternatives/trace.h"

#include <stdio.h>

#define WAYS_TO_WALK 10

static const struct {
	unsigned batch;
	unsigned behind;
	bool ahead;
} how[WAYS_TO_WALK] = {
	{64, 16, false}, // the pipeline's
	{16, 16, false},
	{32, 16, false},
	{128, 16, false},
	{64, 4, false},
	{64, 8, false},
	{64, 32, false},
	{64, 64, false}, // all buckets, then all records
	{32, 16, true},
	{64, 16, true},
};

json_t *part_batch(const struct part_conf *conf) {
	struct own_walk walk[WAYS_TO_WALK];
	struct entrant entrant[WAYS_TO_WALK];
	char name[WAYS_TO_WALK][64], title[64];
	struct own_table own;
	struct trace trace;
	json_t *out = NULL;

	if (!trace_make(&trace, conf))
		return NULL;
	if (!own_table_make(&own, conf)) {
		trace_free(&trace);
		return NULL;
	}
	for (unsigned i = 0; i < WAYS_TO_WALK; i++) {
		walk[i] = (struct own_walk) {
			.trace = &trace,
			.own = &own,
			.batch = how[i].batch,
			.behind = how[i].behind,
			.ahead = how[i].ahead,
		};
		snprintf(
			name[i],
			sizeof(name[i]),
			"%u, records %u behind buckets%s",
			how[i].batch,
			how[i].behind,
			how[i].ahead ? ", a batch ahead" : ""
		);
		entrant[i] = (struct entrant) {
			.name = name[i], .run = own_walk_piece, .ctx = &walk[i]};
	}
	contest_run(entrant, WAYS_TO_WALK, conf->seconds);
	snprintf(
		title,
		sizeof(title),
		"our table by batch, %llu keys",
		(unsigned long long)conf->keys
	);
	if (!conf->quiet)
		contest_print(title, entrant, WAYS_TO_WALK);
	out = contest_json(entrant, WAYS_TO_WALK);
	own_table_free(&own);
	trace_free(&trace);
	return out;
}
