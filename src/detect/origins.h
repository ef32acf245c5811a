// Where in the address space the senders of a target lie: from the records of the tick's sources, while its
// windows are there.
//
// Threads    One owner.
// Memory     The caller's.
#ifndef WEIR_DETECT_ORIGINS_H
#define WEIR_DETECT_ORIGINS_H

#include "detect/history.h"

#define ORIGINS_ASKED 1024

struct origins {
	uint32_t sources; // that send to the target most of all
	uint32_t nobody; // of these, of addresses that no host can send from
	uint32_t blocks; // distinct /8 of IPv4 and /32 of IPv6 that they lie in
	uint32_t asked, alive; // of the first ORIGINS_ASKED: those that ever completed a handshake
	double even; // blocks that as many random addresses would lie in, on average
};

// All windows of the tick; a source that is in several counts once.
void origins_of(
	struct origins *out,
	const struct history *history,
	struct window *const windows[],
	uint32_t n_windows,
	const struct addr *target
);

#endif
