// The kinds of alarm, a row each: what is measured, which shape it must have, what is told of it.
//
// A kind is one file of kinds/, or a part of one where kinds are akin. There it has its row,
//
//     KIND(ID, "name", "Title", floor per second, floor in ms) = {...}
//
// with its shape, its evidence, its words and what to do, and where it rests on notes the reader of these
// (noted.h). Nothing else knows of it: kinds/list.py finds the rows when the build is configured and makes the
// list of the contract (event.h), the schema's names and the list of files from them. Its test is one file
// of tests/unit/kinds/, found in the same way.
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

struct spoken; // spoken.h

// All that is known of one host at the end of a tick.
struct view {
	const struct detect_conf *conf;
	const struct history *history;
	const struct model *model; // of hosts, or NULL
	const struct spoken *spoken;
	struct host *host;
	const struct host_record *in, *out; // the sliding second
	struct span_sum in10; // as target over 10 s
	double sources; // distinct senders of what opens flows, else of everything
	const uint8_t *source_registers; // of the same
	float row[ROW_N];
	uint64_t now_ns;
	bool scan_like; // a few senders, many ports, few packets to each
	struct window *const *windows; // of this tick
	uint32_t n_windows;
	uint32_t *walks; // over these, in this tick: not for every alarm
	float explained[METRIC_LEARNED]; // share of the second's that scanners sent
};

struct model;
struct reading;

// Has it the shape of an attack? @param per_s  of the kind's metric
typedef bool kind_shape_fn(const struct view *view, double per_s, double threshold);
// What is characteristic of it, for the sentence "X gets N UNIT (over ...) from about M sources...":
// begins with a comma or a space.
typedef void kind_tell_fn(const struct reading *reading, char *text, size_t room);

// How bad it is: a column of the table in severity.h.
enum kind_scale { SCALE_RATE, SCALE_SCAN, SCALE_QUESTION, SCALE_LOSS, SCALE_HINT };

#define KIND_WITHIN_S 1
#define KIND_EVIDENCE_MAX 7
#define KIND_TAKES_MAX 10

struct kind_row {
	uint8_t metric; // enum metric; METRIC_N where it is not a rate of one target
	uint8_t proto; // IP protocol, 0: none
	uint8_t scale; // enum kind_scale
	bool of_sensor; // it is about the sensor itself: no target, no sources
	bool of_network; // areas.c measures it, not classify.c
	uint8_t floor_times; // of a kind that rests on notes: the threshold, in floors; 0: ten, as of scans
	bool is_reflected; // the senders answer what was forged in the target's name
	// Named at the latest so long after what the threshold asks for began to come at its pace; 0: KIND_WITHIN_S.
	uint16_t within_s;
	uint64_t lull_ns; // it may pause for so long, beyond close_ms, and go on as the same alarm
	const char *metric_name;
	const char *unit; // as people read it
	kind_shape_fn *shape; // NULL: the rate is enough
	kind_tell_fn *tell; // NULL: nothing beyond the rate
	const char *mitigation;
	uint8_t n_evidence;
	struct {
		uint8_t row; // enum host_feature or enum measure
		float ordinary; // what it is in ordinary traffic
		float weight; // against 1 of the metric itself
	} evidence[KIND_EVIDENCE_MAX];
	// Kinds that are not raised on the same target while this one is, and has at least this share of
	// their packets.
	uint8_t n_takes;
	struct kind_takes {
		uint8_t kind;
		float share;
	} takes[KIND_TAKES_MAX];
};

#define KIND(id, ...) const struct kind_row kind_row_##id
#define F(id) HOST_FEATURE_##id
#define EVIDENCE(...)                                                                              \
	.n_evidence = sizeof((const float[][3]) {__VA_ARGS__}) / sizeof(float[3]),                 \
	.evidence = {__VA_ARGS__}
#define TAKES(...)                                                                                 \
	.n_takes = sizeof((const struct kind_takes[]) {__VA_ARGS__}) / sizeof(struct kind_takes),  \
	.takes = {__VA_ARGS__}

#define X(id, name, title, per_s, ms) extern KIND(id);
EVENT_KINDS(X)
#undef X
#define X(id, name, title) extern KIND(AMP_##id);
AMPLIFIER_SERVICES(X)
#undef X

const struct kind_row *kind_row(unsigned kind);
bool kind_of_sensor(unsigned kind); // no target, no sources; of no kind, too: false
// From how much of its metric on, where nothing is known as usual.
double kind_threshold(const struct detect_conf *conf, unsigned kind);
const char *kind_evidence_name(unsigned row); // enum host_feature or enum measure

// More than one kind wants to know.
bool is_one_way(const struct view *view); // of the host hardly anything is seen
double share_of(double part, double all); // 0 of nothing

// For kind_tell_fn.
void tell_stray(const struct reading *reading, char *text, size_t room);
void tell_mbit(const struct reading *reading, char *text, size_t room);
void tell_size(const struct reading *reading, char *text, size_t room);

#endif
