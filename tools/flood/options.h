#ifndef WEIR_FLOOD_OPTIONS_H
#define WEIR_FLOOD_OPTIONS_H

#include "world.h"

enum wish { WISH_RUN, WISH_DONE, WISH_WRONG }; // DONE: help or the list was printed

// What the command line says. Errors go to stderr as one line.
enum wish options_parse(struct settings *settings, int argc, char **argv);

#endif
