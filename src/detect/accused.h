// Is it really this inside host that sends, or somebody who forges its address?
//
// As in forged.c each clue adds the logarithm of how much likelier it is with a forged address:
//
//     clue                                                                    weight
//     to begin with: that an inside address sends much is mostly true           -0.5
//     a part of the handshakes that it began is completed                       -3
//     all of it from one distance (TTL)                                         -0.5
//     ... from which its packets always came                                    -2
//     ... from others                                                           +2.5
//     from three distances or more, which it never had                          +1.5
//     amplified answers come back to it: somebody asks in its name              +3
//     ACCUSED_TOGETHER inside hosts or more began within a second               +3
//
// It is accused below one half.
//
// Threads    Pure functions.
// Memory     The caller's.
#ifndef WEIR_DETECT_ACCUSED_H
#define WEIR_DETECT_ACCUSED_H

#include "detect/classify.h"

#define ACCUSED_TOGETHER 8

struct accusation {
	double forged; // 0..1: how likely the address is
	char why[128]; // what speaks for the more likely
};

// @param view  of what it sends: the sender as the one who asks (outbound.h)
void accused_weigh(
	struct accusation *out,
	const struct history *history,
	const struct host *sender,
	const struct view *view
);

#endif
