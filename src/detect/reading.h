// What classification says of one kind on one target in one tick; the alarm's life is made of these.
#ifndef WEIR_DETECT_READING_H
#define WEIR_DETECT_READING_H

#include "detect/kinds.h"

struct accusation;
struct noted;

struct reading {
	uint8_t kind;
	uint8_t prefix_len; // of the target: 32 / 128 for a host
	uint8_t role; // enum alarm_role: what the target does in it
	bool above; // raise it if it is not open
	bool holds; // keep it open: at least half the threshold
	bool superseded; // a more specific kind has it: close it if it is open
	struct addr target; // whom it is about
	struct addr other; // of ROLE_SOURCE: who gets it; see other_prefix_len
	uint8_t other_prefix_len; // 0: many, all over
	double value;
	double threshold;
	double baseline; // NaN: not known
	double bits_per_s; // of the attack
	double hosts; // of a network, that get some of it
	uint64_t interval_ns;
	uint64_t start_ns; // of the rise
	uint64_t tick_packets, tick_bytes; // of the attack, in this tick
	uint64_t rise_packets, rise_bytes; // since the rise, this tick included
	float score;
	const struct view
		*view; // of the target; of the scanner for a horizontal scan; NULL: sensor_loss
	const struct view *scanner; // of a scan
	struct host *holder; // keeps the bit in open_kinds or sent_kinds; NULL: sensor_loss
	const struct accusation *accusation; // of a flood by an inside host (accused.h), else NULL
	const struct network_conf
		*set_by; // the threshold is what the operator said for this network
	const struct noted *noted; // instead of a view: it rests on notes (noted.h)
	bool slow; // it rose slowly: value is the mean since then
};

#define READINGS_MAX KIND_N

// Above half of the threshold an open alarm stays open.
#define HOLD_SHARE 0.5
// Fewer packets since the rise are never an attack, whatever their rate.
#define VOLUME_MIN 60

#endif
