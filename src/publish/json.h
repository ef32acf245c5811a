// The JSON form of events and statistics: the one place that knows it. Described by
// include/weir/event.schema.json.
//
// Threads    Pure functions; a json_t belongs to its caller.
// Memory     alarm_write() takes none. Else from the heap (jansson), NULL when there is none.
#ifndef WEIR_PUBLISH_JSON_H
#define WEIR_PUBLISH_JSON_H

#include "detect/detect.h"

#include <weir/event.h>
#include <weir/stats.h>

#include <jansson.h>

// {"type":"alarm","version":1,"id":"...","sensor":...,"kind":...,...}. Keys in schema order.
// alarm_write() is the form as text, of at most ALARM_JSON_MAX bytes with its NUL: an alarm has only
// bounded parts. @return its length
#define ALARM_JSON_MAX (28u << 10)
size_t alarm_write(const char *sensor, const struct alarm *alarm, char out[static ALARM_JSON_MAX]);
json_t *alarm_json(const char *sensor, const struct alarm *alarm);
json_t *stats_json(const char *sensor, const struct stats *stats); // "type":"stats"
json_t *host_talker_json(const struct host_talker *host);
json_t *flow_talker_json(const struct flow_talker *flow); // its bytes and packets are of 10 s
// {"rx_packets":...,"malformed_by":{...},"protocol":{...}}; of the last two only what is not 0.
json_t *worker_counters_json(const struct worker_counters *counters);
// {"http":{"flows":...,"ended":...,"ended_bytes":...},...}: of whom there was any; "none" has no name.
json_t *apps_json(const struct app_share app[static STATS_APPS_MAX]);

// A real number as every part of Weir writes it: 6 significant digits below a million, whole above;
// NaN and infinity become null.
json_t *real_json(double value);
// One line without the newline, the same bytes for the same value. The caller frees it.
char *json_line(const json_t *value);

// For people, from the JSON form, so that what came out of Redis and what came out of a capture look
// the same. Text ends in a newline; the caller frees it. `colour`: ANSI.
char *alarm_line_text(
	const json_t *alarm,
	bool colour
); // one line: time, id (its first 8 digits), state, severity, kind, target, words
char *alarm_full_text(const json_t *alarm, bool colour); // all of it, with the evidence as a table

// "2026-03-01T12:00:00.123Z"
#define TIME_TEXT_MAX 40
const char *time_text(uint64_t ns, char text[static TIME_TEXT_MAX]);

#endif
