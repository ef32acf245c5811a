// The newest event of each alarm that the alarm's own keys do not show yet.
//
// Threads    One owner.
// Memory     Part of its owner; it holds up to LATEST_MAX records.
// Full       latest_has_room() is asked first; what is put into a full table is not taken.
#ifndef WEIR_PUBLISH_LATEST_H
#define WEIR_PUBLISH_LATEST_H

#include "publish/record.h"

#include <stdbool.h>
#include <stdint.h>

#define LATEST_MAX 2048 // alarms
#define LATEST_SLOTS (2 * LATEST_MAX)

struct latest {
	struct record *record[LATEST_MAX]; // [0 .. n), in the order in which their alarms came
	uint32_t n;
	uint16_t slot[LATEST_SLOTS]; // 1 + index in record; 0: free
	uint64_t since_ns; // monotonic time of the first put into an empty table
};

static inline bool latest_has_room(const struct latest *l, uint32_t n) {
	return n <= LATEST_MAX - l->n;
}
void latest_put(
	struct latest *,
	struct record *,
	uint64_t now_ns
); // takes the place of an older one
void latest_clear(struct latest *);

#endif
