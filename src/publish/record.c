#include "publish/record.h"

#include "detect/kinds.h"
#include "publish/json.h"
#include "publish/write.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream_id stream_id_next(struct stream_id id) {
	return ++id.seq != 0 ? id : (struct stream_id) {id.ms + 1, 0};
}

const char *stream_id_text(struct stream_id id, char text[static STREAM_ID_TEXT_MAX]) {
	char *at = write_unsigned(text, id.ms);

	*at++ = '-';
	*write_unsigned(at, id.seq) = '\0';
	return text;
}

bool stream_id_parse(struct stream_id *out, const char *text, size_t n) {
	char copy[STREAM_ID_TEXT_MAX];
	unsigned long long ms, seq;
	int end = 0;

	if (n == 0 || n >= sizeof(copy) || text[0] < '0' || text[0] > '9')
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (sscanf(copy, "%20llu-%20llu%n", &ms, &seq, &end) != 2 || (size_t)end != n)
		return false;
	*out = (struct stream_id) {ms, seq};
	return true;
}

// --- from an alarm

static struct record *record_new(const char *json, size_t n) {
	struct record *r = malloc(sizeof(*r) + n + 1);

	if (r == NULL)
		return NULL;
	memset(r, 0, sizeof(*r));
	memcpy(r->json, json, n);
	r->json[n] = '\0';
	r->json_bytes = n;
	r->holders = 1;
	return r;
}

static void name_copy(char to[static RECORD_NAME_MAX], const char *name) {
	const size_t n = name != NULL ? strnlen(name, RECORD_NAME_MAX - 1) : 0;

	memcpy(to, name != NULL ? name : "", n);
	to[n] = '\0';
}

static void id_text(char to[static 17], uint64_t id) {
	for (unsigned i = 0; i < 16; i++)
		to[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
	to[16] = '\0';
}

struct record *
record_of_alarm(const char *sensor, const struct alarm *alarm, struct stream_id *last) {
	const struct stream_id own = {alarm->time_ns / 1000000, 0};
	char json[ALARM_JSON_MAX];
	struct record *r = record_new(json, alarm_write(sensor, alarm, json));

	if (r == NULL)
		return NULL;
	id_text(r->alarm_id, alarm->id);
	name_copy(r->kind, event_kind_name(alarm->kind));
	name_copy(r->severity_text, severity_name(alarm->severity));
	name_copy(r->state, alarm_state_name(alarm->state));
	if (!kind_of_sensor(alarm->kind)) {
		*write_address(r->target, &alarm->target, alarm->target_prefix_len) = '\0';
		name_copy(r->role, alarm_role_name(alarm->role));
	}
	r->closed = alarm->state == ALARM_CLOSE;
	r->severity = alarm->severity;
	r->time_ns = alarm->time_ns;
	r->start_ms = alarm->start_ns / 1000000;
	*last = r->id = stream_id_after(own, *last) ? own : stream_id_next(*last);
	return r;
}

// --- from JSON

// @return it is text that fits, or there is none
static bool field(const json_t *fields, const char *name, char *to, size_t room) {
	const json_t *value = json_object_get(fields, name);
	const size_t n = json_string_length(value);

	if (n >= room)
		return false;
	memcpy(to, n > 0 ? json_string_value(value) : "", n);
	to[n] = '\0';
	return true;
}

static uint64_t field_ns(const json_t *fields, const char *name) {
	const json_int_t ns = json_integer_value(json_object_get(fields, name));

	return ns > 0 ? (uint64_t)ns : 0;
}

static bool record_fill(struct record *r, const json_t *fields) {
	const bool fit = field(fields, "id", r->alarm_id, sizeof(r->alarm_id))
		&& field(fields, "kind", r->kind, sizeof(r->kind))
		&& field(fields, "target", r->target, sizeof(r->target))
		&& field(fields, "role", r->role, sizeof(r->role))
		&& field(fields, "severity", r->severity_text, sizeof(r->severity_text))
		&& field(fields, "state", r->state, sizeof(r->state));
	const int severity = severity_parse(r->severity_text);

	r->closed = strcmp(r->state, alarm_state_name(ALARM_CLOSE)) == 0;
	r->severity = severity > 0 ? (unsigned)severity : 0;
	r->time_ns = field_ns(fields, "time_ns");
	r->start_ms = field_ns(fields, "start_ns") / 1000000;
	return fit && severity >= 0 && *r->alarm_id != '\0';
}

struct record *record_of_json(const char *json, size_t n) {
	json_t *fields = json_loadb(json, n, 0, NULL);
	struct record *r = json_is_object(fields) ? record_new(json, n) : NULL;

	if (r != NULL && !record_fill(r, fields)) {
		record_free(r);
		r = NULL;
	}
	json_decref(fields);
	return r;
}

// --- in the spool

// Milliseconds and sequence (8 bytes each, this machine's order), a byte "may have been sent", then the
// JSON.
#define PACK_HEAD 17

uint8_t *record_pack(const struct record *r, size_t *n) {
	uint8_t *bytes = malloc(PACK_HEAD + r->json_bytes);

	if (bytes == NULL)
		return NULL;
	memcpy(bytes, &r->id.ms, 8);
	memcpy(bytes + 8, &r->id.seq, 8);
	bytes[16] = r->maybe_sent;
	memcpy(bytes + PACK_HEAD, r->json, r->json_bytes);
	*n = PACK_HEAD + r->json_bytes;
	return bytes;
}

struct record *record_unpack(const uint8_t *bytes, size_t n) {
	struct record *r = n > PACK_HEAD
		? record_of_json((const char *)bytes + PACK_HEAD, n - PACK_HEAD)
		: NULL;

	if (r == NULL)
		return NULL;
	memcpy(&r->id.ms, bytes, 8);
	memcpy(&r->id.seq, bytes + 8, 8);
	r->maybe_sent = bytes[16] != 0;
	return r;
}

struct record *record_hold(struct record *r) {
	r->holders++;
	return r;
}

void record_free(struct record *r) {
	if (r != NULL && --r->holders == 0)
		free(r);
}
