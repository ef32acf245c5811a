// What rests on notes (host/note.h): readers that look at each note of a tick, and say at its end what they
// make of them.
//
// A reader is NOTE_READER(name) = {...} in a file of kinds/, beside the rows of its kinds: memory, note by note, and
// readings at the end of the tick.
// Its readings have no view; what there is to tell of them comes along (struct noted).
//
// Threads    One owner.
// Memory     Side tables, taken at creation.
// Full       Of a tick's readings beyond NOTED_MAX the later ones wait for the next tick.
#ifndef WEIR_DETECT_NOTED_H
#define WEIR_DETECT_NOTED_H

#include "detect/reading.h"
#include "detect/threshold.h"

#include <math.h>
#include <string.h>

#define NOTED_MAX 64
#define NOTE_SIDES_MAX 2
#define NOTED_EVIDENCE_MAX 4
#define LULL_NS (10 * 1000000000ull) // of what is steady
#define LULL_MAX_NS (300 * 1000000000ull) // of what pauses: somebody types

// Instead of a view: the explanation.
struct noted {
	struct addr source; // all zero: nobody
	uint64_t source_packets; // 0: all of the alarm's
	double distinct_sources;
	uint64_t lull_ns; // instead of its kind's (kinds.h); 0: as its kind
	// An alarm of this kind on this target would be about the same: it is not raised meanwhile. All zero: none
	struct addr takes_target;
	uint8_t takes_kind;
	uint8_t n_others;
	struct alarm_source others[ALARM_SOURCES_MAX - 1]; // most first
	uint8_t proto;
	uint16_t port; // 0: none
	uint8_t n_evidence;
	struct {
		const char *name;
		double value;
		double weight; // against 1 of the metric itself
	} evidence[NOTED_EVIDENCE_MAX];
	char words[320];
};

struct noting { // readings of a tick
	const struct detect_conf *conf;
	const struct history *history;
	uint64_t now_ns; // end of the tick
	struct window *const *windows; // of the tick, for who looks at all hosts together
	uint32_t n_windows;
	unsigned n;
	struct reading reading[NOTED_MAX];
	struct noted noted[NOTED_MAX];
};

// One more reading of this kind, about @p target: with some floors (kind_row) as its threshold, and above and holding as
// @p value says. Words are printed into its noted. @return NULL: not asked for, far below, or no room
struct noted *noting_add(
	struct noting *noting,
	unsigned kind,
	const struct addr *target,
	double value,
	uint64_t packets, // of this tick
	uint64_t since_ns
);

// The last one that was added has a threshold of its own instead.
void noting_threshold(struct noting *noting, const struct threshold *threshold);

struct note_reader {
	// The memory, zero at first, with pointers to its side tables; 0 bytes: the one side table is the memory.
	size_t memory_bytes;
	struct note_side {
		size_t entry_bytes; // 0: none
		uint32_t entries;
		size_t at; // of the pointer, in the memory
	} side[NOTE_SIDES_MAX];
	void (*take)(void *memory, const struct note *note);
	void (*read)(void *memory, struct noting *noting);
	// A window had more than it could note. NULL: less is then only found later, or not at all
	void (*missed)(void *memory, const uint64_t missed[static NOTE_KIND_N], uint64_t now_ns);
};
#define NOTE_SIDE(memory, member, entry, n)                                                        \
	{ sizeof(entry), n, offsetof(memory, member) }
#define NOTE_READER(name) const struct note_reader name##_reader
#define X(name) extern NOTE_READER(name);
NOTE_READERS(X)
#undef X

// What the rows of kinds that rest on notes have in common.
#define NOTED .metric = METRIC_N, .scale = SCALE_SCAN

// How long something pauses, once it was told of: its alarm waits for twice as long, so that it is one. What never
// pauses closes soon; what was silent for longer than any alarm waits is another.
struct pace {
	uint64_t heard_ns;
	uint64_t pause_ns; // the longest
	bool told;
};

static inline void pace_hear(struct pace *pace, uint64_t now_ns) {
	const uint64_t pause_ns
		= pace->heard_ns != 0 && now_ns > pace->heard_ns ? now_ns - pace->heard_ns : 0;

	if (pace->told && pause_ns > pace->pause_ns && 2 * pause_ns <= LULL_MAX_NS)
		pace->pause_ns = pause_ns;
	pace->heard_ns = now_ns;
}

static inline uint64_t pace_lull_ns(struct pace *pace) {
	const uint64_t lull_ns = 2 * pace->pause_ns;

	pace->told = true;
	return lull_ns < LULL_NS ? LULL_NS : lull_ns;
}

struct readers;

struct readers *readers_create(void); // @return NULL: no memory
void readers_destroy(struct readers *); // NULL is fine
// @param end_ns  of the window that has them
void readers_take(struct readers *, const struct notes *notes, uint64_t end_ns);
void readers_read(struct readers *, struct noting *noting); // of the tick that ends

// Distinct ones in either.
static inline double
noted_distinct(const uint8_t a[static HLL_REGISTERS], const uint8_t b[static HLL_REGISTERS]) {
	uint8_t both[HLL_REGISTERS];

	memcpy(both, a, sizeof(both));
	hll_merge(both, b);
	return round(hll_estimate(both));
}

#endif
