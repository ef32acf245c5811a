// What the files of the sensor share: exit codes and the one way of saying what went wrong.
//
// A function that can fail returns 0 or one of enum sensor_exit, and then has written one line
// without newline into `error`: what is wrong, where, and what to do next. main() prints it and
// exits with that code; nothing else exits.
#ifndef WEIR_SENSOR_H
#define WEIR_SENSOR_H

#include <stdint.h>

// X(id, code, meaning): --help and the manual page are made from it.
#define SENSOR_EXITS(X)                                                                            \
	X(OK, 0, "stopped by a signal, or the capture file came to its end")                       \
	X(FAILED, 1, "failed at run time; the last line on standard error says why")               \
	X(USAGE, 2, "the command line is wrong")                                                   \
	X(CONFIG, 3, "the configuration, or a model that it names, is wrong")                      \
	X(RIGHTS, 4, "not the rights for what is configured: run as root")                         \
	X(RESOURCES, 5, "not enough memory, huge pages or cores")                                  \
	X(PORT, 6, "a port cannot be used: no such interface, in use, damaged file")

enum sensor_exit {
#define X(id, code, meaning) SENSOR_##id = code,
	SENSOR_EXITS(X)
#undef X
};

#define SENSOR_ERROR_MAX 768
#define SENSOR_NS_PER_S 1000000000ull

// Write the line and give the code back: return fail(error, SENSOR_PORT, "...", ...).
__attribute__((format(printf, 3, 4))) int
fail(char error[static SENSOR_ERROR_MAX], enum sensor_exit code, const char *format, ...);

#endif
