// Records of other sizes: what the lines that are touched cost, without a table.
#include "bench/alternatives/contest.h"
#include "bench/alternatives/trace.h"
#include "contract/prefetch.h"

#include <stdio.h>

#define LINE 64u
#define BATCH 64u
#define SIZES 5

static const struct {
	uint32_t bytes;
	unsigned lines; // touched
} sizes[SIZES] = {{256, 3}, {128, 1}, {128, 2}, {192, 3}, {256, 4}};

struct record_walk {
	const struct trace *trace;
	uint8_t *records;
	uint32_t bytes;
	unsigned lines;
	uint64_t at;
};

static inline uint8_t *record_at(const struct record_walk *w, unsigned i) {
	return w->records + (size_t)trace_number(w->trace, w->at + i) * w->bytes;
}

static uint64_t record_piece(void *walk) {
	struct record_walk *w = walk;

	for (unsigned done = 0; done < TRACE_PIECE; done += BATCH, w->at += BATCH) {
		for (unsigned i = 0; i < BATCH; i++)
			for (unsigned l = 0; l < w->lines; l++)
				prefetch(record_at(w, i) + (size_t)l * LINE);
		for (unsigned i = 0; i < BATCH; i++)
			for (unsigned l = 0; l < w->lines; l++)
				++*(uint64_t *)(void *)(record_at(w, i) + (size_t)l * LINE);
	}
	return TRACE_PIECE;
}

json_t *part_records(const struct part_conf *conf) {
	struct record_walk walk[SIZES];
	struct entrant entrant[SIZES];
	char name[SIZES][64], title[64];
	struct huge records;
	struct trace trace;

	if (!trace_make(&trace, conf))
		return NULL;
	if (!huge_alloc(&records, conf->keys * 256)) {
		trace_free(&trace);
		fprintf(stderr, "bench alternatives: no memory for records; lower --keys\n");
		return NULL;
	}
	for (unsigned i = 0; i < SIZES; i++) {
		walk[i] = (struct record_walk) {
			.trace = &trace,
			.records = records.at,
			.bytes = sizes[i].bytes,
			.lines = sizes[i].lines,
		};
		snprintf(
			name[i],
			sizeof(name[i]),
			"%u bytes, %u line%s",
			sizes[i].bytes,
			sizes[i].lines,
			sizes[i].lines == 1 ? "" : "s"
		);
		entrant[i]
			= (struct entrant) {.name = name[i], .run = record_piece, .ctx = &walk[i]};
	}
	contest_run(entrant, SIZES, conf->seconds);
	snprintf(
		title,
		sizeof(title),
		"records by size, %llu of them, no table",
		(unsigned long long)conf->keys
	);
	if (!conf->quiet)
		contest_print(title, entrant, SIZES);
	huge_free(&records);
	trace_free(&trace);
	return contest_json(entrant, SIZES);
}
