// A progress bar on a terminal, on standard error; nothing where that is not a terminal.
//
// Threads    One.
// Memory     None taken.
#ifndef WEIR_CLI_PROGRESS_H
#define WEIR_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	unsigned calls;
	uint64_t shown_ms; // monotonic
	uint64_t start_ms;
};

void progress_begin(struct progress *, bool wanted);
// Cheap: looks at the clock only now and then.
// @param share  0..1, negative where it is not known
void progress_show(struct progress *, double share, uint64_t packets);
void progress_end(struct progress *); // takes the bar away

#endif
