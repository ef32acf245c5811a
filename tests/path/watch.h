// A thread that may ask neither the kernel nor an allocator for anything, and what it asked for nevertheless.
//
// Threads    One thread is watched: it calls watch_this_thread() itself, once; there is no way back for it, and
//            it may not even end. What was found is asked by any thread, once it has been told (release,
//            acquire) that the watched one is done.
// Memory     None taken while watching.
// Full       The first two of each call are kept with their backtraces, 16 in all; all are counted.
#ifndef WEIR_TEST_WATCH_H
#define WEIR_TEST_WATCH_H

#include <stdbool.h>

void watch_prepare(void); // before there is a second thread
// @return 0, or -errno: this kernel does not let us
int watch_this_thread(void);
bool watch_found(const char *name); // was it asked for this call?
unsigned watch_report(void); // prints each, with where it came from. @return how many
bool watch_is_on(void); // is this thread the watched one?

#endif
