// Timeline, scores and rows within bounds.
#include "gather.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BIN_NS_FIRST 10000000ull // 10 ms

struct gather *gather_create(void) {
	struct gather *g = calloc(1, sizeof(*g));

	if (g != NULL)
		g->every = 1;
	return g;
}

void gather_destroy(struct gather *g) {
	if (g == NULL)
		return;
	for (unsigned i = 0; i < g->n_kept; i++)
		free(g->row[i].text);
	free(g);
}

static void halve(uint64_t bins[static GATHER_BINS]) {
	for (unsigned i = 0; i < GATHER_BINS / 2; i++)
		bins[i] = bins[2 * i] + bins[2 * i + 1];
	memset(&bins[GATHER_BINS / 2], 0, GATHER_BINS / 2 * sizeof(bins[0]));
}

void gather_packets(struct gather *g, uint64_t time_ns, uint64_t packets) {
	uint64_t bin;

	if (g->bin_ns == 0) {
		g->bin_ns = BIN_NS_FIRST;
		g->start_ns = time_ns - time_ns % BIN_NS_FIRST;
	}
	if (time_ns < g->start_ns) // out of order by a little, or a clock that was set back
		time_ns = g->start_ns;
	while ((bin = (time_ns - g->start_ns) / g->bin_ns) >= GATHER_BINS) {
		halve(g->packets);
		g->n_bins = (g->n_bins + 1) / 2;
		g->bin_ns *= 2;
	}
	g->packets[bin] += packets;
	if (bin >= g->n_bins)
		g->n_bins = (unsigned)bin + 1;
}

static void thin(struct gather *g) {
	for (unsigned i = 0; i < GATHER_POINTS / 2; i++)
		g->point[i] = g->point[2 * i];
	g->n_points = GATHER_POINTS / 2;
	g->every *= 2;
}

void gather_score(struct gather *g, uint64_t time_ns, float score, bool marked) {
	const int at = (int)(score * GATHER_SHARES);
	const uint64_t number = g->n_scores++;

	g->share[at < 0 ? 0 : at < GATHER_SHARES ? at : GATHER_SHARES - 1]++;
	g->n_marked += marked;
	if (number % g->every != 0)
		return;
	if (g->n_points == GATHER_POINTS)
		thin(g);
	if (number % g->every == 0)
		g->point[g->n_points++] = (struct gather_point) {time_ns, score, marked};
}

// Is a less strange than b? Of two alike the later one: so what stays does not hang on the heap.
static bool less(const struct gather_row *a, const struct gather_row *b) {
	const float x = isnan(a->score) ? -1 : a->score, y = isnan(b->score) ? -1 : b->score;

	return x < y || (x == y && a->number > b->number);
}

static void swap(struct gather_row *a, struct gather_row *b) {
	const struct gather_row t = *a;

	*a = *b;
	*b = t;
}

static void sift_up(struct gather *g, unsigned i) {
	for (; i > 0 && less(&g->row[i], &g->row[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&g->row[i], &g->row[(i - 1) / 2]);
}

static void sift_down(struct gather *g) {
	for (unsigned i = 0;;) {
		unsigned child = 2 * i + 1;

		if (child >= g->n_kept)
			return;
		if (child + 1 < g->n_kept && less(&g->row[child + 1], &g->row[child]))
			child++;
		if (!less(&g->row[child], &g->row[i]))
			return;
		swap(&g->row[child], &g->row[i]);
		i = child;
	}
}

bool gather_row_wanted(struct gather *g, float score) {
	const struct gather_row row = {.score = score, .number = g->n_rows++};

	return g->n_kept < GATHER_ROWS || less(&g->row[0], &row);
}

void gather_row(struct gather *g, float score, const char *text) {
	const struct gather_row row
		= {.score = score, .number = g->n_rows - 1, .text = strndup(text, GATHER_ROW_MAX)};

	if (row.text == NULL) {
		g->failed = true;
	} else if (g->n_kept < GATHER_ROWS) {
		g->row[g->n_kept] = row;
		sift_up(g, g->n_kept++);
	} else {
		free(g->row[0].text);
		g->row[0] = row;
		sift_down(g);
	}
}

static int stranger_first(const void *a, const void *b) {
	return less(a, b) ? 1 : -1; // no two are equal
}

void gather_sort(struct gather *g) {
	qsort(g->row, g->n_kept, sizeof(g->row[0]), stranger_first);
}
