// Views of hosts -> readings of kinds.
//
// Threads    One owner.
// Memory     The caller's.
#ifndef WEIR_DETECT_CLASSIFY_H
#define WEIR_DETECT_CLASSIFY_H

#include "detect/reading.h"

struct model;
struct nets;
struct view_source {
	const struct detect_conf *conf;
	const struct history *history;
	const struct spoken *spoken;
	uint64_t now_ns;
	struct window *const *windows; // of the tick; none in one without
	uint32_t n_windows;
	uint32_t *walks; // over these so far
	uint32_t due; // hosts of this phase learn and are scored in this tick
	const double *learn_floor; // USUAL_N: below it a rate is learned as it is
	struct nets *nets; // what is usual for networks
	const struct model *model; // of hosts, or NULL
};

// Seconds of a host that is quiet in a role are empty records.
void view_make(struct view *view, const struct view_source *from, struct host *host);
// What of the target's is a scan's; after the sources of this tick were judged.
void view_explain(struct view *view);
// Is there anything that could be above a floor, or is an alarm open? Cheap.
bool classify_needed(const struct host *host);
// Of each metric, the count in the second from which some kind may be raised.
void classify_floors(const struct detect_conf *conf, uint64_t floor[static METRIC_N]);
// Floods, amplification and unknown of one target. @return readings, superseded ones marked
unsigned classify_target(const struct view *view, struct reading out[static READINGS_MAX]);

// Scans that this source does now. @return readings; their views are in @p target_views
#define SCAN_TARGETS_MAX 4
#define SCAN_READINGS_MAX (SCAN_TARGETS_MAX + 2)
unsigned classify_scanner(
	const struct view_source *from,
	struct host *scanner,
	struct view *scanner_view,
	struct view target_views[static SCAN_TARGETS_MAX],
	struct reading out[static SCAN_READINGS_MAX]
);

#endif
