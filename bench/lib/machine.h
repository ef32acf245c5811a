// The machine that a figure is of, as JSON and as two lines for people.
//
// Threads    The main thread.
// Memory     jansson's; the caller owns what machine_json() gives.
#ifndef WEIR_BENCH_MACHINE_H
#define WEIR_BENCH_MACHINE_H

#include <jansson.h>

#include <stdio.h>

json_t *machine_json(void);
void machine_print(FILE *, const json_t *machine);

// {"bench":NAME,"machine":...,"settings":...,"results":...} on standard output; takes the parts over.
void bench_print_json(const char *bench, json_t *machine, json_t *settings, json_t *results);

#endif
