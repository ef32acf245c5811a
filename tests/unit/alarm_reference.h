// An alarm's JSON built as a tree of jansson, with the C library's numbers and calendar: what
// alarm_write() is compared with. Slow and plain.
#ifndef WEIR_TESTS_ALARM_REFERENCE_H
#define WEIR_TESTS_ALARM_REFERENCE_H

#include "detect/kinds.h"
#include "publish/json.h"
#include "publish/text.h"

#include <weir/event.h>
#include <weir/feature.h>

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REFERENCE_UNIT_MAX sizeof(((struct alarm_evidence *)NULL)->name)

// A string that snprintf() may have cut inside a UTF-8 character stays a string.
static json_t *text_json(const char *text, size_t max) {
	const size_t n = strnlen(text, max);
	json_t *out = json_stringn(text, n);
	char *ascii;

	if (out != NULL)
		return out;
	ascii = malloc(n + 1); // not strndup(): the text may fill its field, with no end
	if (ascii == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		ascii[i] = (unsigned char)text[i] >= 0x80 ? '?' : text[i];
	out = json_stringn(ascii, n);
	free(ascii);
	return out;
}

static json_t *name_json(const char *name) {
	return name != NULL ? json_string(name) : json_null();
}

static json_t *address_json(const struct addr *addr, uint8_t prefix_len) {
	char text[ADDR_TEXT_MAX];

	return json_string(addr_text(addr, prefix_len, text));
}

// The C library's calendar.
static json_t *time_json(uint64_t ns) {
	const time_t s = (time_t)(ns / 1000000000);
	char text[40], whole_text[48];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime_r(&s, &tm));
	snprintf(whole_text, sizeof(whole_text), "%s.%03uZ", text, (unsigned)(ns / 1000000 % 1000));
	return json_string(whole_text);
}

static json_t *protocol_json(uint8_t proto) {
	char text[8];

	return proto == 0 ? json_null() : json_string(protocol_text(proto, text));
}

// A set of fields that fails as a whole: json_object_set_new() takes NULL as a failure.
static json_t *whole(json_t *object, int failed) {
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

// Of a measure that is no feature the name holds the unit: "syn_per_s" is in syn/s.
static const char *unit_in_name(const char *name, char text[static REFERENCE_UNIT_MAX]) {
	const char *per = strstr(name, "_per_");

	if (per == NULL)
		return strstr(name, "_share") != NULL ? "1" : NULL;
	snprintf(text, REFERENCE_UNIT_MAX, "%.*s/%s", (int)(per - name), name, per + 5);
	return text;
}

static const char *reference_unit(const char *name, char text[static REFERENCE_UNIT_MAX]) {
	for (unsigned i = 0; i < HOST_FEATURE_N; i++)
		if (strcmp(host_feature_info[i].name, name) == 0)
			return host_feature_info[i].unit;
	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		if (strcmp(flow_feature_info[i].name, name) == 0)
			return flow_feature_info[i].unit;
	return unit_in_name(name, text);
}

static json_t *unit_json(const char *name) {
	char whole_name[REFERENCE_UNIT_MAX + 1] = "", text[REFERENCE_UNIT_MAX];
	const char *unit;

	memcpy(whole_name, name, REFERENCE_UNIT_MAX);
	unit = reference_unit(whole_name, text);
	return unit != NULL ? text_json(unit, REFERENCE_UNIT_MAX) : json_null();
}

static json_t *evidence_json(const struct alarm *alarm) {
	json_t *list = json_array();
	int failed = list == NULL;

	for (unsigned i = 0; i < alarm->n_evidence && i < ALARM_EVIDENCE_MAX; i++) {
		const struct alarm_evidence *e = &alarm->evidence[i];
		json_t *o = json_object();

		failed |= json_object_set_new(o, "name", text_json(e->name, sizeof(e->name)));
		failed |= json_object_set_new(o, "unit", unit_json(e->name));
		failed |= json_object_set_new(o, "value", real_json(e->value));
		failed |= json_object_set_new(o, "baseline", real_json(e->baseline));
		failed |= json_object_set_new(o, "weight", real_json(e->weight));
		failed |= json_object_set_new(o, "contribution", real_json(e->contribution));
		failed |= json_array_append_new(list, o);
	}
	return whole(list, failed);
}

static json_t *sources_json(const struct alarm *alarm) {
	json_t *list = json_array();
	int failed = list == NULL;

	for (unsigned i = 0; i < alarm->n_sources && i < ALARM_SOURCES_MAX; i++) {
		const struct alarm_source *s = &alarm->sources[i];
		json_t *o = json_object();

		failed |= json_object_set_new(o, "address", address_json(&s->addr, UINT8_MAX));
		failed |= json_object_set_new(o, "packets", json_integer((json_int_t)s->packets));
		failed |= json_array_append_new(list, o);
	}
	return whole(list, failed);
}

static int set_identity(json_t *o, const char *sensor, const struct alarm *a) {
	char id[20];
	int failed = 0;

	snprintf(id, sizeof(id), "%016llx", (unsigned long long)a->id);
	failed |= json_object_set_new(o, "type", json_string("alarm"));
	failed |= json_object_set_new(o, "version", json_integer(EVENT_VERSION));
	failed |= json_object_set_new(o, "id", json_string(id));
	failed |= json_object_set_new(o, "sensor", text_json(sensor, SENSOR_NAME_MAX));
	failed |= json_object_set_new(o, "revision", json_integer(a->revision));
	failed |= json_object_set_new(o, "state", name_json(alarm_state_name(a->state)));
	failed |= json_object_set_new(o, "kind", name_json(event_kind_name(a->kind)));
	failed |= json_object_set_new(o, "title", name_json(event_kind_title(a->kind)));
	failed |= json_object_set_new(o, "severity", name_json(severity_name(a->severity)));
	return failed;
}

static int set_times(json_t *o, const struct alarm *a) {
	int failed = 0;

	failed |= json_object_set_new(o, "time", time_json(a->time_ns));
	failed |= json_object_set_new(o, "start", time_json(a->start_ns));
	failed |= json_object_set_new(o, "end", time_json(a->end_ns));
	failed |= json_object_set_new(o, "time_ns", json_integer((json_int_t)a->time_ns));
	failed |= json_object_set_new(o, "start_ns", json_integer((json_int_t)a->start_ns));
	failed |= json_object_set_new(o, "end_ns", json_integer((json_int_t)a->end_ns));
	return failed;
}

static int set_target(json_t *o, const struct alarm *a) {
	int failed = 0;

	failed |= json_object_set_new(
		o,
		"target",
		kind_of_sensor(a->kind) ? json_null()
					: address_json(&a->target, a->target_prefix_len)
	);
	failed |= json_object_set_new(
		o,
		"role",
		kind_of_sensor(a->kind) ? json_null() : json_string(alarm_role_name(a->role))
	);
	failed |= json_object_set_new(
		o,
		"toward",
		a->toward_prefix_len == 0 ? json_null()
					  : address_json(&a->toward, a->toward_prefix_len)
	);
	failed |= json_object_set_new(o, "port", a->has_port ? json_integer(a->port) : json_null());
	failed |= json_object_set_new(o, "protocol", protocol_json(a->proto));
	return failed;
}

static int set_measure(json_t *o, const struct alarm *a) {
	int failed = 0;

	failed |= json_object_set_new(o, "metric", text_json(a->metric, sizeof(a->metric)));
	failed |= json_object_set_new(o, "value", real_json(a->value));
	failed |= json_object_set_new(o, "threshold", real_json(a->threshold));
	failed |= json_object_set_new(o, "baseline", real_json(a->baseline));
	failed |= json_object_set_new(o, "interval_ms", real_json((double)a->interval_ns / 1e6));
	failed |= json_object_set_new(o, "peak", real_json(a->peak));
	failed |= json_object_set_new(o, "score", real_json(a->score));
	failed |= json_object_set_new(o, "packets", json_integer((json_int_t)a->packets));
	failed |= json_object_set_new(o, "bytes", json_integer((json_int_t)a->bytes));
	return failed;
}

static int set_sources(json_t *o, const struct alarm *a) {
	const json_int_t distinct = (json_int_t)a->distinct_sources;
	int failed = 0;

	failed |= json_object_set_new(o, "distinct_sources", json_integer(distinct));
	failed |= json_object_set_new(o, "sources", sources_json(a));
	failed |= json_object_set_new(o, "forged", name_json(forged_name(a->forged)));
	failed |= json_object_set_new(o, "forged_confidence", real_json(a->forged_confidence));
	failed |= json_object_set_new(
		o, "forged_why", text_json(a->forged_why, sizeof(a->forged_why))
	);
	return failed;
}

static json_t *reference_alarm_json(const char *sensor, const struct alarm *alarm) {
	json_t *o = json_object();
	int failed = 0;

	failed |= set_identity(o, sensor, alarm);
	failed |= set_times(o, alarm);
	failed |= set_target(o, alarm);
	failed |= set_measure(o, alarm);
	failed |= set_sources(o, alarm);
	failed |= json_object_set_new(o, "evidence", evidence_json(alarm));
	failed |= json_object_set_new(o, "words", text_json(alarm->words, sizeof(alarm->words)));
	failed |= json_object_set_new(
		o, "mitigation", text_json(alarm->mitigation, sizeof(alarm->mitigation))
	);
	return whole(o, failed);
}

#endif
