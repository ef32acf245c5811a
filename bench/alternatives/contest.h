// Several ways of doing one thing, measured beside each other: they take turns, so that what else the
// machine does falls on all alike.
//
// Threads    One. Time is that of the thread alone: others on its CPU do not count, but for what they
//            take from the caches.
// Memory     The caller's.
#ifndef WEIR_BENCH_CONTEST_H
#define WEIR_BENCH_CONTEST_H

#include <jansson.h>

#include <stdint.h>

struct entrant {
	const char *name;
	uint64_t (*run)(void *ctx
	); // a piece of some 10 to 1000 us. @return how often it did the thing
	void *ctx;
	double ns; // out: of once, the median of the turns
	double best_ns; // out
};

void contest_run(struct entrant *, unsigned n, double seconds); // for all together
// The first entrant is what the others are a ratio to.
void contest_print(const char *title, const struct entrant *, unsigned n);
json_t *contest_json(const struct entrant *, unsigned n);

#endif
