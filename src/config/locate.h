// The line of a value in JSON text: what jansson does not tell of a value that it accepted.
//
// A place is given by ordinals: the how-manieth member or element to go into, at each level.
// jansson keeps the members of an object in the order of the file, so the ordinals of its
// iteration are those of the text, and no key has to be decoded here.
//
// Threads    Pure functions.
// Memory     None taken; reads text[0 .. n) whatever is in it.
#ifndef WEIR_CONFIG_LOCATE_H
#define WEIR_CONFIG_LOCATE_H

#include <stddef.h>

// @return the line (from 1) of the member's key or the element's first character
unsigned locate_line(const char *text, size_t n, const size_t *ordinals, unsigned levels);

// How deep do brackets nest, and where is it deeper than the limit?
// @return the line, 0: nowhere
unsigned locate_too_deep(const char *text, size_t n, unsigned limit);

#endif
