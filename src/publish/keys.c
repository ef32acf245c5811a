#include "publish/keys.h"

#include <stdio.h>
#include <string.h>

static const char *const formats[REDIS_KEY_N] = {
#define X(name, format, type, what) [REDIS_KEY_##name] = format,
	REDIS_KEYS(X)
#undef X
};

// The formats know only %s: the first is the sensor, the second the alarm.
const char *
key_text(enum redis_key key, const char *sensor, const char *id, char text[static KEY_TEXT_MAX]) {
	const char *from = formats[key], *arg = sensor;
	size_t n = 0;

	for (const char *mark; (mark = strstr(from, "%s")) != NULL; from = mark + 2, arg = id) {
		n += (size_t
		)snprintf(&text[n], KEY_TEXT_MAX - n, "%.*s%.63s", (int)(mark - from), from, arg);
	}
	snprintf(&text[n], KEY_TEXT_MAX - n, "%s", from);
	return text;
}
