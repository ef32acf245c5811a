// What the page of `weir analyze --report` shows, gathered while the packets or rows pass.
//
// Threads    One.
// Memory     Bounded, whatever the file holds: GATHER_BINS, GATHER_POINTS, GATHER_ROWS.
// Full       The timeline's bins get twice as wide; of the points every second goes, and then every second of
//            those that come is taken; of the raw rows the least strange gives way. What is shown hangs on
//            the file alone.
#ifndef WEIR_CLI_GATHER_H
#define WEIR_CLI_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GATHER_BINS 480
#define GATHER_POINTS 3000
#define GATHER_SHARES 50 // of the distribution
#define GATHER_ROWS 4000
#define GATHER_ROW_MAX 1024 // bytes of one

struct gather_point {
	uint64_t time_ns;
	float score; // calibrated
	bool marked;
};

struct gather_row {
	float score; // NaN: not scored
	uint64_t number; // in order
	char *text; // owned; a line of CSV without its end
};

struct gather {
	uint64_t start_ns; // of bin 0
	uint64_t bin_ns; // 0: nothing yet
	unsigned n_bins;
	uint64_t packets[GATHER_BINS];

	uint64_t n_scores;
	uint64_t n_marked;
	uint64_t share[GATHER_SHARES]; // scores from i / GATHER_SHARES on
	unsigned n_points;
	uint64_t every; // one score of so many is a point
	struct gather_point point[GATHER_POINTS];

	uint64_t n_rows; // that there were
	unsigned n_kept;
	struct gather_row row[GATHER_ROWS]; // a heap, the least strange on top
	bool failed; // no memory for one of them
};

struct gather *gather_create(void); // NULL: no memory
void gather_destroy(struct gather *); // NULL is fine

void gather_packets(struct gather *, uint64_t time_ns, uint64_t packets);
void gather_score(struct gather *, uint64_t time_ns, float score, bool marked);
// Is a row of this score among the strangest so far? It is counted in any case.
bool gather_row_wanted(struct gather *, float score);
// A row that was wanted; the text is copied, and cut at GATHER_ROW_MAX.
void gather_row(struct gather *, float score, const char *text);
// Strangest first, for the page. Nothing can be gathered afterwards.
void gather_sort(struct gather *);

#endif
