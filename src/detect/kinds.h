// The kinds of alarm, a row each: what is measured, which shape it must have, what is told of it.
//
// Threads    Immutable tables and pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_KINDS_H
#define WEIR_DETECT_KINDS_H

#include "detect/history.h"

#include <weir/event.h>
#include <weir/feature.h>

#include <stdbool.h>
#include <stdint.h>

// Evidence beside the host features: measures that the schema names.
enum measure {
	MEASURE_ESTABLISHED = HOST_FEATURE_N, // handshakes completed, of SYN
	MEASURE_PER_SOURCE, // packets for each distinct source
	MEASURE_UDP_EMPTY, // UDP without payload, of UDP
	MEASURE_END
};
#define ROW_N MEASURE_END

// All that is known of one host at the end of a tick.
struct view {
	const struct detect_conf *conf;
	const struct history *history;
	struct host *host;
	const struct host_record *in, *out; // the sliding second
	struct span_sum in10; // as target over 10 s
	double sources; // distinct senders of what opens flows, else of everything
	const uint8_t *source_registers; // of the same
	float row[ROW_N];
	uint64_t now_ns;
	bool scan_like; // a few senders, many ports, few packets to each
	float explained[METRIC_LEARNED]; // share of the second's that scanners sent
};

#define KIND_EVIDENCE_MAX 7

struct kind_row {
	uint8_t metric; // enum metric
	uint8_t proto; // IP protocol, 0: none
	const char *metric_name;
	const char *unit; // as people read it
	// Has it the shape of an attack? NULL: the rate is enough.
	bool (*shape)(const struct view *view, double per_s, double threshold);
	const char *mitigation;
	uint8_t n_evidence;
	struct {
		uint8_t row; // enum host_feature or enum measure
		float ordinary; // what it is in ordinary traffic
		float weight; // against 1 of the metric itself
	} evidence[KIND_EVIDENCE_MAX];
};

// Kinds without a metric of one target (scans, sensor_loss) have metric METRIC_N.
const struct kind_row *kind_row(unsigned kind);

// Which kind gives way to which on the same target: `over` is not raised while `by` is, and `by`
// has at least this share of its packets.
struct supersession {
	uint8_t by, over; // kinds; KIND_AMP_FIRST stands for all amplification
	float share;
};
extern const struct supersession supersessions[];
extern const unsigned supersessions_n;

// By size and duration: the table is in kinds.c and, for readers of events, in include/weir/README.md.
enum severity kind_severity(unsigned kind, double value, double threshold, uint64_t lasted_ns);

#endif
