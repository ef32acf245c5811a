// What a run has done: a line for people on standard error, or one JSON object on standard output.
#ifndef WEIR_FLOOD_SUMMARY_H
#define WEIR_FLOOD_SUMMARY_H

#include "world.h"

void summary_print(const struct settings *settings, double wanted_per_s, const struct tally *tally);

#endif
