// What tells an attack from ordinary traffic of the same rate.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_SHAPES_H
#define WEIR_DETECT_SHAPES_H

#include "detect/kinds.h"

typedef bool shape_fn(const struct view *view, double per_s, double threshold);

shape_fn shape_syn, shape_answer, shape_stray_tcp, shape_pattern, shape_udp, shape_fragments,
	shape_amplified;

// A few senders, many ports, few packets to each: over 10 s.
bool shape_is_scan(const struct span_sum *in10);
// The same of UDP, where floods go to changing ports too: small, and not fast.
bool shape_is_udp_scan(const struct view *view, double per_s);

#endif
