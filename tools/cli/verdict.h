// Alarms beside the truth: which attacks were seen, named and aimed right, and what was raised beside them.
//
// An alarm belongs to an attack's time where any of its own time does, with VERDICT_MARGIN_NS before and after: a rate
// is taken over the second before, and a label's clock is seldom exact.
//   detected  an alarm in its time is about its target or source, or of a right kind; where no target is known, any
//   named     one is of a right kind
//   aimed     one is about its target or source (truth_about())
//   right     one is both: what is asked for
// What belongs to no attack is beside them.
//
// Threads    One.
// Memory     The list of alarms grows with them, on the heap; the rest takes none.
// Full       ALARMS_MAX alarms a file: the rest is counted in `beyond`.
#ifndef WEIR_CLI_VERDICT_H
#define WEIR_CLI_VERDICT_H

#include "truth.h"

#include <weir/event.h>

#include <stddef.h>

#define VERDICT_MARGIN_NS 1000000000ull
#define ALARMS_MAX 20000

// An alarm as it stood last, and what its last transition does not tell.
struct seen_alarm {
	struct alarm alarm;
	uint64_t opened_ns; // the transition that told of it
	uint8_t severity; // the highest that it had
	bool belongs; // to an attack
};

struct seen {
	struct seen_alarm *alarm;
	size_t n, room;
	uint64_t beyond; // no place, or no memory
};

// An alarm_fn; ctx is the struct seen.
void seen_put(void *seen, const struct alarm *alarm);
void seen_free(struct seen *);

struct span {
	uint64_t start_ns, end_ns;
	bool start_known; // by the label, or as the whole file is the attack: a delay can be told
};

// The time of an attack. @param first_ns, last_ns  of the file's packets
struct span span_of(const struct truth *, uint64_t first_ns, uint64_t last_ns);

struct verdict {
	struct truth truth;
	struct span span;
	uint64_t packets; // in the span
	const char *excluded; // why it is not counted; NULL
	bool detected, named, aimed, right;
	unsigned alarms; // right ones
	unsigned others; // of a right kind about others, or about it and of another kind
	uint64_t
		delay_ns; // of the first right one, from the start; UINT64_MAX: none, or the start is not known
	const struct seen_alarm *best; // the first right one, else what it was detected by; NULL
};

// Fill what follows the packets; marks the alarms that belong.
void verdict_find(struct verdict *, struct seen *);

const char *
verdict_word(const struct verdict
		     *); // "right", "wrong target", "wrong name", "beside", "missed", "excluded"

#endif
