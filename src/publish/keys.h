// Names of a sensor's keys, from the table of weir/keys.h.
#ifndef WEIR_PUBLISH_KEYS_H
#define WEIR_PUBLISH_KEYS_H

#include <weir/keys.h>

#define KEY_TEXT_MAX 160

// @param id  of the alarm for REDIS_KEY_ALARM, else ""
const char *
key_text(enum redis_key key, const char *sensor, const char *id, char text[static KEY_TEXT_MAX]);

#endif
