// The source side: an inside host that floods others is an alarm about that host.
//
// What it sends is looked at as if it all went to one host, with the rows of the kinds: at least OUTBOUND_TARGETS
// targets, of which none gets half (that is an alarm of the target, and names the source), so many packets to
// each that it is no scan, and OUTBOUND_TIMES the kind's floor, or more where it always asks for what is not
// there (its baseline). Kinds that half of a conversation looks like, and those that answer, are told at the
// target only. Addresses are cheap: who looks forged is not accused (accused.h).
//
// One attack is one alarm: of a target whose packets come from hosts that are told of here no flood is raised.
//
// Threads    One owner.
// Memory     A copy of the settings; one view at a time.
#ifndef WEIR_DETECT_OUTBOUND_H
#define WEIR_DETECT_OUTBOUND_H

#include "detect/accused.h"
#include "detect/classify.h"

#define OUTBOUND_TIMES 5
#define OUTBOUND_TARGETS 4

struct outbound {
	struct detect_conf conf; // with the floors and kinds of this side
	struct host mirror; // the sender's targets, as one host
	struct accusation accusation;
};

void outbound_conf(struct outbound *, const struct detect_conf *conf);
// Floods of one of history_senders(). @return readings, whose view is the caller's
unsigned outbound_read(
	struct outbound *,
	const struct view_source *from,
	struct host *sender,
	struct view *view,
	struct reading out[static READINGS_MAX]
);
// Is this flood of a target a part of what inside hosts are told of for?
bool outbound_covers(const struct view *target, const struct reading *reading);
// A scan by an inside host of others is about the scanner.
void outbound_turn(const struct detect_conf *conf, struct reading *scan);

#endif
