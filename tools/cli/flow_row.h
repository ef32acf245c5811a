// One record of a CSV file of flows or hosts as a row of our features.
//
// Where each feature comes from is kept apart: the file tells it; it follows from what the file tells; or
// it cannot be known from this kind of file, and an ordinary flow's value stands in (flow_usual.c).
//
// Threads    Pure functions on their arguments.
// Memory     None taken.
#ifndef WEIR_CLI_FLOW_ROW_H
#define WEIR_CLI_FLOW_ROW_H

#include "columns.h"

#include <weir/addr.h>
#include <weir/feature.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum known {
	KNOWN_ASSUMED, // an ordinary value stands in
	KNOWN_DERIVED,
	KNOWN_TOLD,
};

#define ROW_VALUES_MAX FLOW_FEATURE_N
static_assert((int)HOST_FEATURE_N <= (int)ROW_VALUES_MAX);

struct flow_row {
	bool has_time, has_src, has_dst, has_ports, has_proto;
	uint8_t proto;
	uint16_t sport, dport;
	uint64_t time_ns;
	struct addr src, dst; // of a host: src
	float value[ROW_VALUES_MAX];
	uint8_t known[ROW_VALUES_MAX]; // enum known
};

// What a file has shown so far.
struct flow_row_state {
	double cic_unit_s; // of one unit of time; 0: not known yet
};

// @return 1: a row; 0: not one that can be judged (no packets, a needed figure is empty, infinite or
//         negative, or it is the header once more); -1: csv_in_error() has line and column
int flow_row_read(
	struct flow_row *out,
	struct flow_row_state *state,
	const struct columns *columns,
	struct csv_in *in
);

// The figure of a field. @return 1; 0: not there, empty, infinite or negative; -1: not a number, noted
int flow_row_number(const struct columns *columns, struct csv_in *in, unsigned field, double *out);
// What all kinds have alike: time, addresses, ports, protocol. @return 0 or -1
int flow_row_ends(struct flow_row *out, const struct columns *columns, struct csv_in *in);

// Kinds of file. @return as flow_row_read()
int flow_row_cic(
	struct flow_row *out,
	struct flow_row_state *state,
	const struct columns *columns,
	struct csv_in *in
);
int flow_row_generic(struct flow_row *out, const struct columns *columns, struct csv_in *in);

void flow_row_put(struct flow_row *row, unsigned feature, double value, enum known known);
// All features that were not put get an ordinary flow's value.
void flow_row_fill(struct flow_row *row);

// "2017-07-07 19:14:04.346778", "07/07/2017 07:14:04 PM" (day first), seconds, milli-, micro- or nanoseconds
// since 1970. Without a zone: UTC.
bool flow_time_parse(const char *text, uint64_t *ns);
// "19:14:04.346778": the time of a day, of the first one.
bool flow_clock_parse(const char *text, uint64_t *ns);
// "6", "tcp", "UDP". @return -1 if none
int flow_proto_parse(const char *text);

#endif
