// The sensor's log: one line an event, on standard error.
//
// Threads    Any thread of the control side. Never from a worker: a write can block.
// Memory     None taken.
// Full       At most LOG_LINES_PER_S lines a second; what is beyond is swallowed and the next line
//            that passes says how many.
#ifndef WEIR_SENSOR_LOG_H
#define WEIR_SENSOR_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define LOG_LINES_PER_S 20

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG };

void log_level_set(enum log_level most); // lines above are not written
bool log_wants(enum log_level level);
__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

// What was asked for (SIGUSR1, the last words): as many lines as it takes, never held back.
__attribute__((format(printf, 1, 2))) void log_counter(const char *format, ...);

// The limiter by itself: time is an argument, so that a test can give it.
struct log_limit {
	uint64_t second;
	uint32_t lines;
	uint64_t swallowed;
};
// @return whether a line may pass now; then *swallowed is how many were held back before it
bool log_limit_pass(struct log_limit *limit, uint64_t now_s, uint64_t *swallowed);

#endif
