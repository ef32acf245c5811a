// The part of `weir status` that tells how the load is spread: cores, queues, elephants.
#ifndef WEIR_CLI_LOAD_H
#define WEIR_CLI_LOAD_H

#include <jansson.h>

// @param now     statistics of the sensor
// @param before  those a second earlier, NULL if none: then since the start
void load_print(const json_t *now, const json_t *before);

#endif
