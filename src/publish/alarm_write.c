// An alarm's JSON, written straight into bytes: keys in the order of event.schema.json.
#include "detect/kinds.h"
#include "publish/json.h"
#include "publish/text.h"
#include "publish/unit.h"
#include "publish/write.h"

#include <weir/event.h>

#include <assert.h>
#include <string.h>

#define NAME_MAX_BYTES 64 // of the program's own names

static_assert(
	ALARM_JSON_MAX > WRITE_STRING_ROOM(SENSOR_NAME_MAX)
			+ WRITE_STRING_ROOM(sizeof(((struct alarm *)0)->metric))
			+ WRITE_STRING_ROOM(sizeof(((struct alarm *)0)->forged_why))
			+ WRITE_STRING_ROOM(sizeof(((struct alarm *)0)->words))
			+ WRITE_STRING_ROOM(sizeof(((struct alarm *)0)->mitigation))
			+ ALARM_EVIDENCE_MAX
				* (2 * WRITE_STRING_ROOM(UNIT_TEXT_MAX) + 4 * WRITE_REAL_ROOM + 80)
			+ ALARM_SOURCES_MAX * (ADDR_TEXT_MAX + WRITE_INTEGER_ROOM + 32)
			+ 6 * NAME_MAX_BYTES + 3 * WRITE_TIME_ROOM + 2 * ADDR_TEXT_MAX
			+ 9 * WRITE_REAL_ROOM + 9 * WRITE_INTEGER_ROOM + 512 /* the keys */,
	"every byte escaped, every list full: it fits"
);

// One of the program's own names, which need no escape. NULL is null.
static char *write_name(char *at, const char *name) {
	if (name == NULL)
		return write_literal(at, "null");
	*at++ = '"';
	at = write_bytes(at, name, strnlen(name, NAME_MAX_BYTES));
	*at++ = '"';
	return at;
}

static char *write_quoted_address(char *at, const struct addr *addr, uint8_t prefix_len) {
	*at++ = '"';
	at = write_address(at, addr, prefix_len);
	*at++ = '"';
	return at;
}

static char *write_quoted_time(char *at, uint64_t ns) {
	*at++ = '"';
	at = write_time(at, ns);
	*at++ = '"';
	return at;
}

static char *write_id(char *at, uint64_t id) {
	static const char hex[] = "0123456789abcdef";

	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = hex[id >> shift & 15];
	return at;
}

static char *write_identity(char *at, const char *sensor, const struct alarm *a) {
	at = write_literal(at, "{\"type\":\"alarm\",\"version\":");
	at = write_unsigned(at, EVENT_VERSION);
	at = write_literal(at, ",\"id\":\"");
	at = write_id(at, a->id);
	at = write_literal(at, "\",\"sensor\":");
	at = write_string(at, sensor, SENSOR_NAME_MAX);
	at = write_literal(at, ",\"revision\":");
	at = write_unsigned(at, a->revision);
	at = write_literal(at, ",\"state\":");
	at = write_name(at, alarm_state_name(a->state));
	at = write_literal(at, ",\"kind\":");
	at = write_name(at, event_kind_name(a->kind));
	at = write_literal(at, ",\"title\":");
	at = write_name(at, event_kind_title(a->kind));
	at = write_literal(at, ",\"severity\":");
	return write_name(at, severity_name(a->severity));
}

static char *write_times(char *at, const struct alarm *a) {
	at = write_literal(at, ",\"time\":");
	at = write_quoted_time(at, a->time_ns);
	at = write_literal(at, ",\"start\":");
	at = write_quoted_time(at, a->start_ns);
	at = write_literal(at, ",\"end\":");
	at = write_quoted_time(at, a->end_ns);
	at = write_literal(at, ",\"time_ns\":");
	at = write_signed(at, (int64_t)a->time_ns);
	at = write_literal(at, ",\"start_ns\":");
	at = write_signed(at, (int64_t)a->start_ns);
	at = write_literal(at, ",\"end_ns\":");
	return write_signed(at, (int64_t)a->end_ns);
}

static char *write_target(char *at, const struct alarm *a) {
	const bool of_sensor = kind_of_sensor(a->kind);
	char text[8];

	at = write_literal(at, ",\"target\":");
	if (of_sensor)
		at = write_literal(at, "null");
	else
		at = write_quoted_address(at, &a->target, a->target_prefix_len);
	at = write_literal(at, ",\"role\":");
	at = write_name(at, of_sensor ? NULL : alarm_role_name(a->role));
	at = write_literal(at, ",\"toward\":");
	at = a->toward_prefix_len == 0 ? write_literal(at, "null")
				       : write_quoted_address(at, &a->toward, a->toward_prefix_len);
	at = write_literal(at, ",\"port\":");
	at = a->has_port ? write_unsigned(at, a->port) : write_literal(at, "null");
	at = write_literal(at, ",\"protocol\":");
	return write_name(at, a->proto != 0 ? protocol_text(a->proto, text) : NULL);
}

static char *write_measure(char *at, const struct alarm *a) {
	at = write_literal(at, ",\"metric\":");
	at = write_string(at, a->metric, sizeof(a->metric));
	at = write_literal(at, ",\"value\":");
	at = write_real(at, a->value);
	at = write_literal(at, ",\"threshold\":");
	at = write_real(at, a->threshold);
	at = write_literal(at, ",\"baseline\":");
	at = write_real(at, a->baseline);
	at = write_literal(at, ",\"interval_ms\":");
	at = write_real(at, (double)a->interval_ns / 1e6);
	at = write_literal(at, ",\"peak\":");
	at = write_real(at, a->peak);
	at = write_literal(at, ",\"score\":");
	at = write_real(at, a->score);
	at = write_literal(at, ",\"packets\":");
	at = write_signed(at, (int64_t)a->packets);
	at = write_literal(at, ",\"bytes\":");
	return write_signed(at, (int64_t)a->bytes);
}

static char *write_sources(char *at, const struct alarm *a) {
	at = write_literal(at, ",\"distinct_sources\":");
	at = write_signed(at, (int64_t)a->distinct_sources);
	at = write_literal(at, ",\"sources\":[");
	for (unsigned i = 0; i < a->n_sources && i < ALARM_SOURCES_MAX; i++) {
		if (i > 0)
			*at++ = ',';
		at = write_literal(at, "{\"address\":");
		at = write_quoted_address(at, &a->sources[i].addr, UINT8_MAX);
		at = write_literal(at, ",\"packets\":");
		at = write_signed(at, (int64_t)a->sources[i].packets);
		*at++ = '}';
	}
	at = write_literal(at, "],\"forged\":");
	at = write_name(at, forged_name(a->forged));
	at = write_literal(at, ",\"forged_confidence\":");
	at = write_real(at, a->forged_confidence);
	at = write_literal(at, ",\"forged_why\":");
	return write_string(at, a->forged_why, sizeof(a->forged_why));
}

static char *write_one_evidence(char *at, const struct alarm_evidence *e) {
	char name[sizeof(e->name) + 1] = "", text[UNIT_TEXT_MAX];
	const char *unit;

	memcpy(name, e->name, sizeof(e->name)); // it may lack its NUL
	unit = evidence_unit(name, text);
	at = write_literal(at, "{\"name\":");
	at = write_string(at, name, sizeof(e->name));
	at = write_literal(at, ",\"unit\":");
	at = unit != NULL ? write_string(at, unit, UNIT_TEXT_MAX) : write_literal(at, "null");
	at = write_literal(at, ",\"value\":");
	at = write_real(at, e->value);
	at = write_literal(at, ",\"baseline\":");
	at = write_real(at, e->baseline);
	at = write_literal(at, ",\"weight\":");
	at = write_real(at, e->weight);
	at = write_literal(at, ",\"contribution\":");
	at = write_real(at, e->contribution);
	*at++ = '}';
	return at;
}

static char *write_evidence(char *at, const struct alarm *a) {
	at = write_literal(at, ",\"evidence\":[");
	for (unsigned i = 0; i < a->n_evidence && i < ALARM_EVIDENCE_MAX; i++) {
		if (i > 0)
			*at++ = ',';
		at = write_one_evidence(at, &a->evidence[i]);
	}
	*at++ = ']';
	return at;
}

size_t alarm_write(const char *sensor, const struct alarm *alarm, char out[static ALARM_JSON_MAX]) {
	char *at = out;

	at = write_identity(at, sensor, alarm);
	at = write_times(at, alarm);
	at = write_target(at, alarm);
	at = write_measure(at, alarm);
	at = write_sources(at, alarm);
	at = write_evidence(at, alarm);
	at = write_literal(at, ",\"words\":");
	at = write_string(at, alarm->words, sizeof(alarm->words));
	at = write_literal(at, ",\"mitigation\":");
	at = write_string(at, alarm->mitigation, sizeof(alarm->mitigation));
	*at++ = '}';
	*at = '\0';
	return (size_t)(at - out);
}

json_t *alarm_json(const char *sensor, const struct alarm *alarm) {
	char text[ALARM_JSON_MAX];

	return json_loadb(text, alarm_write(sensor, alarm, text), 0, NULL);
}
