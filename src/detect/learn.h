// Once a second and host, spread over the ticks: learn what is usual, and score the host's row.
//
// Threads    One owner.
#ifndef WEIR_DETECT_LEARN_H
#define WEIR_DETECT_LEARN_H

#include "detect/classify.h"

struct model;

#define ROW_PACKETS_MIN 20 // in the second, both ways: less says nothing of a host

// Is it this host's turn?
bool learn_is_due(const struct host *host, const struct view_source *from);
// What is not held back, for view_source: of each rate the floor of its kind.
void learn_floors(const struct detect_conf *conf, double floor[static USUAL_N]);
// The host's last second enters its baseline and its cumulative sum. Nothing is learned while an alarm is
// open on the host or was 10 s ago, nor while something rises slowly: a flood must not become usual.
void learn_rates(struct history *history, struct host *host, const struct view_source *from);

struct scoring {
	const struct model *model; // NULL: rows are only told
	host_row_fn *on_row; // NULL: nobody
	void *on_row_ctx;
	uint32_t n;
	struct host *host[64];
	float row[64][HOST_FEATURE_N];
};

// Learns the entropy of its senders, too: the sums are there.
void scoring_add(struct scoring *scoring, struct host *host, const struct view_source *from);
void scoring_flush(struct scoring *scoring);

#endif
