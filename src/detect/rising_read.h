// A slow rise (rising.h) -> a reading of the kind whose packets rose.
//
// Threads    One owner.
// Memory     None taken.
#ifndef WEIR_DETECT_RISING_READ_H
#define WEIR_DETECT_RISING_READ_H

#include "detect/reading.h"

// Beside the n readings of this tick, or in place of that of the same kind where its rate says nothing.
// @return readings now
unsigned rising_read(const struct view *view, struct reading out[static READINGS_MAX], unsigned n);

#endif
