// Flows and hosts as CSV, one row each, every feature by its name.
//
// Threads    One.
// Memory     None taken.
#ifndef WEIR_CLI_CSV_H
#define WEIR_CLI_CSV_H

#include "detect/detect.h"
#include "flow/flow.h"

#include <stdio.h>

void csv_flows_head(FILE *);
void csv_hosts_head(FILE *);

// flow_end_fn and host_row_fn; ctx is the FILE.
void csv_flow(void *file, const struct flow *flow, uint64_t now_ns);
void csv_host(
	void *file,
	uint64_t time_ns,
	const struct addr *host,
	const float row[static HOST_FEATURE_N]
);

#endif
