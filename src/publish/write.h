// Parts of a text written straight into bytes: no format string, no memory, no locale.
//
// Each writes at `at`, where there must be room for its *_ROOM, adds no NUL, and returns the end.
//
// Threads    Pure functions.
#ifndef WEIR_PUBLISH_WRITE_H
#define WEIR_PUBLISH_WRITE_H

#include <weir/addr.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline char *write_bytes(char *at, const void *bytes, size_t n) {
	memcpy(at, bytes, n);
	return at + n;
}
#define write_literal(at, text) write_bytes(at, "" text, sizeof(text) - 1)

#define WRITE_INTEGER_ROOM 20
char *write_unsigned(char *at, uint64_t value);
char *write_signed(char *at, int64_t value);

// A real number as real_json() has it: "41200.2", "0.001", "1e-9", "null".
#define WRITE_REAL_ROOM 32
char *write_real(char *at, double value);

// "2026-03-01T12:00:00.123Z"
#define WRITE_TIME_ROOM 24
char *write_time(char *at, uint64_t ns);

// As addr_text() has it.
char *write_address(char *at, const struct addr *addr, uint8_t prefix_len);

// A JSON string with its quotation marks, of at most n bytes of text, which may end before by a NUL.
// Text that is not UTF-8 keeps its ASCII; each other byte becomes '?'.
#define WRITE_STRING_ROOM(n) (6 * (n) + 2)
char *write_string(char *at, const char *text, size_t n);

#endif
