#include "sensor/log.h"

#include "sensor/sensor.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_limit limit; // under lock
static enum log_level most_wanted = LOG_NOTICE; // set before the threads start

static const char *const prefixes[] = {
	[LOG_ERROR] = "error: ",
	[LOG_WARNING] = "warning: ",
	[LOG_NOTICE] = "",
	[LOG_DEBUG] = "debug: ",
};

void log_level_set(enum log_level most) {
	most_wanted = most;
}

bool log_wants(enum log_level level) {
	return level <= most_wanted;
}

bool log_limit_pass(struct log_limit *l, uint64_t now_s, uint64_t *swallowed) {
	if (now_s != l->second) {
		l->second = now_s;
		l->lines = 0;
	}
	if (l->lines >= LOG_LINES_PER_S) {
		l->swallowed++;
		return false;
	}
	l->lines++;
	*swallowed = l->swallowed;
	l->swallowed = 0;
	return true;
}

void log_line(enum log_level level, const char *format, ...) {
	uint64_t swallowed;
	struct timespec now;
	char text[1024];
	va_list args;
	bool pass;

	if (!log_wants(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	pthread_mutex_lock(&lock);
	pass = log_limit_pass(&limit, (uint64_t)now.tv_sec, &swallowed);
	if (pass && swallowed > 0)
		dprintf(STDERR_FILENO, "weird: (%lu lines held back)\n", (unsigned long)swallowed);
	if (pass)
		dprintf(STDERR_FILENO, "weird: %s%s\n", prefixes[level], text);
	pthread_mutex_unlock(&lock);
}

void log_counter(const char *format, ...) {
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "weird: %s\n", text);
}

int fail(char error[static SENSOR_ERROR_MAX], enum sensor_exit code, const char *format, ...) {
	va_list args;

	va_start(args, format);
	vsnprintf(error, SENSOR_ERROR_MAX, format, args);
	va_end(args);
	return (int)code;
}
