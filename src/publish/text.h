// Text for people: numbers, times, protocol names, and strings made safe for a terminal.
//
// Threads    Pure functions.
// Memory     struct text grows on the heap; its owner frees `at`. Out of memory: `at` is NULL and
//            everything added later is dropped.
#ifndef WEIR_PUBLISH_TEXT_H
#define WEIR_PUBLISH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *at; // NUL-terminated once something was added
	size_t n, room;
	bool failed;
};

[[gnu::format(printf, 2, 3)]] void text_add(struct text *, const char *format, ...);
// Control characters, broken UTF-8 and the C1 range are shown as '?': what comes from the network
// must not move a cursor or hide a line.
void text_add_clean(struct text *, const char *untrusted);
// Words of untrusted text, wrapped at `width` columns with `indent` blanks before each line.
void text_add_wrapped(struct text *, const char *untrusted, unsigned indent, unsigned width);
char *text_take(struct text *); // NULL where memory ran out; the caller frees it

// How many columns untrusted text takes once cleaned (each character counted as one).
size_t text_width(const char *untrusted);

#define NUMBER_TEXT_MAX 48
// "41,200", "12.5", "0.031"; "-" for what is not a number.
const char *number_text(double value, char text[static NUMBER_TEXT_MAX]);
const char *count_text(uint64_t value, char text[static NUMBER_TEXT_MAX]);
// "1.25 GB", "310 kB/s" with unit "B" or "B/s"; powers of 1000.
const char *scaled_text(double value, const char *unit, char text[static NUMBER_TEXT_MAX]);
// "3.2 s", "12 min", "5 h 10 min", "3 d 4 h"
const char *duration_text(double seconds, char text[static NUMBER_TEXT_MAX]);

// "tcp", "udp", ...; a number where there is no usual name.
const char *protocol_text(uint8_t proto, char text[static 8]);

#endif
