#include "publish/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define QUIET_NS 10000000000ull

uint64_t monotonic_ns(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void complain(struct complaint *c, const char *format, ...) {
	const uint64_t now_ns = monotonic_ns();
	char line[512], more[64] = "";
	va_list args;

	if (c->last_ns != 0 && now_ns - c->last_ns < QUIET_NS) {
		c->swallowed++;
		return;
	}
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (c->swallowed > 0)
		snprintf(
			more,
			sizeof(more),
			" (and %llu more such lines before)",
			(unsigned long long)c->swallowed
		);
	fprintf(stderr, "weird: %s%s\n", line, more);
	c->last_ns = now_ns;
	c->swallowed = 0;
}
