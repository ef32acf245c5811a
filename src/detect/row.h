// One row of HOST_FEATURES from the sliding second of one host.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_ROW_H
#define WEIR_DETECT_ROW_H

#include "host/host.h"

#include <weir/feature.h>

// @param in, out    the host as target and as source; an empty record where it was none
// @param seconds    what the records cover
void host_features(
	float row[static HOST_FEATURE_N],
	const struct host_record *in,
	const struct host_record *out,
	double seconds
);

// Counters that make up a rate of "stray TCP".
uint64_t stray_tcp(const struct host_record *record);

#endif
