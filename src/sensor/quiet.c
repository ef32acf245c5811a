#include "sensor/quiet.h"

#include "sensor/log.h"

#include <bpf/libbpf.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

// What libxdp says on every machine without a bpffs mounted, where it then does without: no news.
static const char *const known[] = {
	"No bpffs found",
	"Can't use dispatcher",
	"Falling back to loading single prog",
	"skipping unrecognized data section",
};

__attribute__((format(printf, 1, 0))) static int say(const char *format, va_list args) {
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(text, known[i]) != NULL)
			return 0;
	text[strcspn(text, "\n")] = '\0';
	log_line(LOG_WARNING, "%s", text);
	return 0;
}

__attribute__((format(printf, 2, 0))) static int
say_libbpf(enum libbpf_print_level level, const char *format, va_list args) {
	return level == LIBBPF_WARN ? say(format, args) : 0;
}

__attribute__((format(printf, 2, 0))) static int
say_libxdp(enum libxdp_print_level level, const char *format, va_list args) {
	return level == LIBXDP_WARN ? say(format, args) : 0;
}

void quiet_libraries(void) {
	libbpf_set_print(say_libbpf);
	libxdp_set_print(say_libxdp);
}
