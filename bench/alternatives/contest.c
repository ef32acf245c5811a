#include "bench/alternatives/contest.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 15
#define ENTRANTS_MAX 16

static double thread_ns(void) {
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double turn(const struct entrant *e, double wanted_ns) {
	const double start = thread_ns();
	uint64_t done = 0;
	double ns;

	do {
		done += e->run(e->ctx);
		ns = thread_ns() - start;
	} while (ns < wanted_ns);
	return ns / (double)done;
}

static int ascending(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void contest_run(struct entrant *e, unsigned n, double seconds) {
	const double wanted_ns = seconds * 1e9 / n / (ROUNDS + 1);
	static double ns[ENTRANTS_MAX][ROUNDS];

	if (n > ENTRANTS_MAX)
		abort();
	for (unsigned i = 0; i < n; i++)
		turn(&e[i], wanted_ns); // warm
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < n; i++)
			ns[i][round] = turn(&e[i], wanted_ns);
	for (unsigned i = 0; i < n; i++) {
		qsort(ns[i], ROUNDS, sizeof(ns[i][0]), ascending);
		e[i].best_ns = ns[i][0];
		e[i].ns = ns[i][ROUNDS / 2];
	}
}

void contest_print(const char *title, const struct entrant *e, unsigned n) {
	printf("\n%-64s %9s %9s %9s\n", title, "ns", "best ns", "ratio");
	for (unsigned i = 0; i < n; i++)
		printf("  %-62s %9.2f %9.2f %9.2f\n",
		       e[i].name,
		       e[i].ns,
		       e[i].best_ns,
		       e[i].ns / e[0].ns);
}

json_t *contest_json(const struct entrant *e, unsigned n) {
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:f, s:f, s:f}",
				"name",
				e[i].name,
				"ns",
				e[i].ns,
				"ns_best",
				e[i].best_ns,
				"ratio_to_first",
				e[i].ns / e[0].ns
			)
		);
	return list;
}
