// Password guessing, as far as it shows in connections: one source completes one short connection after the
// other to one login service of one host.
//
// Threads    One owner.
// Memory     None taken.
#ifndef WEIR_DETECT_GUESSING_H
#define WEIR_DETECT_GUESSING_H

#include "detect/classify.h"

// Once a second and source. @return 1 and a reading of password_guessing, or 0
unsigned guessing_read(
	const struct view_source *from,
	struct host *source,
	struct view *source_view,
	struct view *target_view,
	struct reading *out
);

#endif
