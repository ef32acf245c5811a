// A measurement as JSON, and as a table for people.
//
// Threads    The main thread.
#ifndef WEIR_BENCH_PIPELINE_REPORT_H
#define WEIR_BENCH_PIPELINE_REPORT_H

#include "bench/pipeline/measure.h"

#include <jansson.h>

json_t *measure_json(const struct measure_conf *conf, const struct measure *m);
void measure_print(const struct measure_conf *conf, const struct measure *m);

#endif
