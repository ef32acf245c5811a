// Complaints on standard error: at most one line of a kind every ten seconds, which says how many it
// stands for.
//
// Threads    One owner for each struct.
#ifndef WEIR_PUBLISH_COMPLAIN_H
#define WEIR_PUBLISH_COMPLAIN_H

#include <stdint.h>

struct complaint {
	uint64_t last_ns; // monotonic; 0: never
	uint64_t swallowed;
};

[[gnu::format(printf, 2, 3)]] void complain(struct complaint *, const char *format, ...);
uint64_t monotonic_ns(void);

#endif
