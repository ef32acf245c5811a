// What probing looks like, for all that must tell a scan from a flood.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_SHAPES_H
#define WEIR_DETECT_SHAPES_H

#include "detect/span.h"

#define SCAN_PORTS 10 // from here on a scan is told by the packets to each port
#define SCAN_PACKETS_PER_PORT 4.5 // a probe and its repeats; more is a flood

// A few senders, many ports, few packets to each: over 10 s.
bool shape_is_scan(const struct span_sum *in10);
// UDP, where floods go to changing ports too: of a source or a target, over a second. Small, and not
// fast.
bool is_udp_probing(const struct host_record *second);
// TCP headers in pieces.
bool is_cut_probing(const struct host_record *second);

#endif
