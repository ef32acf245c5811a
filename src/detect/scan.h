// What the rules that judge a source share: fast and slow scans, guessing.
//
// Threads    One owner.
// Memory     None taken.
#ifndef WEIR_DETECT_SCAN_H
#define WEIR_DETECT_SCAN_H

#include "detect/classify.h"

// A reading of what @p scanner does to @p target, over 10 s, threshold ten times the kind's floor.
void scan_reading(
	struct reading *reading,
	unsigned kind,
	const struct detect_conf *conf,
	const struct view *target,
	const struct view *scanner
);
// Above and holds, once it has looked like this since @p since_ns for the kind's floor of time.
void scan_judge(struct reading *reading, const struct view_source *from, uint64_t since_ns);
// The longest usual prefix that holds most of the hosts that we remember of a scan.
bool scanned_network(const struct host *scanner, struct addr *network, uint8_t *prefix_len);
// The network that is scanned as the reading's target, or as it was. @return false: it goes all over
bool scan_place(
	struct reading *reading,
	const struct detect_conf *conf,
	const struct host *scanner
);
// The longest usual prefix that holds at least this share of them. @return false: none does
bool samples_network(
	const struct addr sample[],
	uint32_t n,
	double share,
	struct addr *network,
	uint8_t *prefix_len
);

#endif
