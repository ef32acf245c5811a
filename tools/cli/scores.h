// A score for each packet of a file: `weir analyze --scores`.
//
// Overview
//     A flow is scored at its packet 4, 16, 64 ... and at its end: a packet has the score of the first of
//     these rows that it is part of. An active host is scored once a second, over that second: a packet has
//     the higher score of its two hosts in the second that it lies in. Alarms are known when the file has been read; so it is read twice. The first
//     reading notes rows, host scores and where the stream's clock differs from the stamps; the second one
//     takes each packet's key once more and writes its line.
//
// Threads    Packets and flows on the caller's; scores_host_row() on the judge's (run.h).
// Memory     For each flow that is scored some 150 bytes and 16 a row, on the heap; host scores and clock
//            changes go to temporary files.
// Ownership  Models stay the caller's.
// Full       No memory or no room for temporary files: scores_write() fails.
#ifndef WEIR_CLI_SCORES_H
#define WEIR_CLI_SCORES_H

#include "feed.h"
#include "flow/flow.h"
#include "model/model.h"
#include "report.h"

#include <weir/feature.h>

#include <stdint.h>
#include <stdio.h>

#define SCORES_ERROR_MAX 256

struct scores_conf {
	const struct model *flow_model, *host_model; // NULL: no such scores
	struct packet_conf packet;
};

struct scores;

struct scores *scores_create(const struct scores_conf *conf); // NULL: no memory, no temporary file
void scores_destroy(struct scores *); // NULL is fine

// First reading. The packet was just analysed, in a burst of its own.
// @param stream_ns  the pipeline's clock after it
void scores_packet(struct scores *, uint64_t ts_ns, uint64_t stream_ns);
void scores_flow_row(void *scores, const struct flow *, const float row[static FLOW_FEATURE_N]);
void scores_flow_end(struct scores *, const struct flow *);
void scores_host_row(
	struct scores *,
	uint64_t time_ns,
	const struct addr *host,
	const float row[static HOST_FEATURE_N]
);

void scores_head(FILE *);
// Second reading: one line for each packet of the first one.
// @return 0, or -1 with one line in error
int scores_write(
	struct scores *,
	FILE *out,
	struct feed *again,
	const struct alarm_list *alarms,
	char error[static SCORES_ERROR_MAX]
);
// Of a file of rows: one line. NaN: no score.
void scores_line(
	FILE *,
	uint64_t number,
	const uint64_t *time_ns,
	float flow,
	float host,
	uint64_t alarm
);

#endif
