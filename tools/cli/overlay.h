// Two captures as one: an attack laid over quiet traffic.
//
// The attack keeps its clock, which labels tell times in; the quiet one's is moved so that the attack begins `before_ns`
// after it. Packets come in the order of time, of each capture in its own; the quiet one goes on for `after_ns`
// beyond the attack's last packet, and ends early where it has no more.
//
// Threads    One.
// Memory     None beyond the captures'.
// Ownership  Both captures stay the caller's. Frames last until the next overlay_burst().
#ifndef WEIR_CLI_OVERLAY_H
#define WEIR_CLI_OVERLAY_H

#include "capture.h"

#include <stdbool.h>

struct overlay_source {
	struct capture *capture; // NULL: there is none
	struct frame frame[CAPTURE_BURST];
	uint16_t n, at;
};

struct overlay {
	struct overlay_source attack, quiet;
	uint64_t before_ns, after_ns;
	bool started, over; // the attack's first packet is known; its last one has passed
	uint64_t shift_ns; // added to the quiet one's stamps, modulo 2^64
	uint64_t last_ns; // highest stamp of the attack
};

// @param quiet  NULL: the attack alone
void overlay_begin(
	struct overlay *out,
	struct capture *attack,
	struct capture *quiet,
	uint64_t before_ns,
	uint64_t after_ns
);
// @param of_attack  which frames are the attack's
// @return how many, 0 at the end
uint16_t overlay_burst(
	struct overlay *o,
	struct frame frames[static CAPTURE_BURST],
	bool of_attack[static CAPTURE_BURST]
);

#endif
