// Millions of packets a second from one core: the scene is played once into memory (trace.h), and goes out
// again and again, each frame varied (vary.h), evenly spaced at the rate.
//
// It is not the scene packet by packet: its own pace is not kept, an attack's senders are drawn anew, and
// ordinary traffic repeats with other ports. What stays: the kinds of frames, their sizes, shares and
// order, and that the same seed gives the same packets.
//
// Threads    One.
// Full       A device that is full is waited for, or with --drop loses packets, counted.
#ifndef WEIR_FLOOD_FAST_H
#define WEIR_FLOOD_FAST_H

#include "world.h"

#define RATE_MAX 1e9 // and more: as fast as it goes

// @return 0 or -errno
int fast_run(
	struct output *output,
	const struct settings *settings,
	double packets_per_s,
	struct tally *tally
);

#endif
