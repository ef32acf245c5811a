// Networks that get a little at each of many hosts: carpet bombing.
//
// They are the /24 and /48, and around them the networks of the configuration. The threshold is what the operator set
// for the network, else the floor, and more where it always gets much that leads nowhere (nets.h). One attack is
// told of the smallest network that gets half of it.
//
// Of each /24 and /48 that packets lead nowhere to, how many in the last second. Those that have many are hot: of
// them the second's record is kept, as of a host, and how many hosts it was.
//
// Threads    One owner.
// Memory     Taken once: about 250 KB, and seconds from the history's pool for the hot ones.
// Full       A newcomer beyond AREAS_MAX is not watched until one has been silent for a second; beyond
//            AREAS_HOT_MAX hot ones the others wait.
#ifndef WEIR_DETECT_AREAS_H
#define WEIR_DETECT_AREAS_H

#include "detect/classify.h"

#define AREAS_MAX 1024
#define AREAS_HOT_MAX 16

struct areas;

struct areas *areas_create(uint32_t ticks); // NULL: no memory
void areas_destroy(struct areas *); // NULL is fine
// The targets of one window of the tick that ends at @p end_ns.
void areas_add(
	struct areas *,
	const struct window *window,
	const struct detect_conf *conf,
	uint64_t end_ns
);
// The tick is over. Before its targets are classified.
void areas_tick_end(struct areas *, const struct view_source *from);
// Those hot now. @return 1 and a reading of carpet_bombing, or 0
uint32_t areas_hot(const struct areas *);
unsigned areas_read(
	struct areas *,
	uint32_t at,
	const struct view_source *from,
	struct view *view,
	struct reading *out
);
// Is what this host gets a part of a carpet that is told of already?
bool areas_cover(const struct areas *, const struct host *host);

#endif
