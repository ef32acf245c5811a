// Sources that try many ports, and how much of what a target gets is theirs.
//
// A source tries ports while it sends few packets to each port that it opens flows to: over 10 s, or
// over the last second where other traffic came before, and over all the time since it began (65,535
// ports are soon tried; who then begins again floods). What completed a handshake is no probe, so
// that an ordinary load of the same hosts does not hide a scan. The packets of such sources are a
// scan's: a flood is what is left without them.
//
// Threads    One owner.
// Memory     None taken.
#ifndef WEIR_DETECT_PROBING_H
#define WEIR_DETECT_PROBING_H

#include "detect/kinds.h"

// Once a tick and source, before targets are classified.
// @param sent10  what it sent in 10 s
void probing_judge(struct host *source, const struct span_sum *sent10, uint64_t now_ns);
void probing_end(struct host *source, uint64_t now_ns);
// A tick's record of a source that tries ports.
void probing_add(struct probing *probing, const struct host_record *sent);

// The share of this metric of the target, in the last second, that scanners sent. 0..1
double probing_share(const struct view *target, unsigned metric);

#endif
