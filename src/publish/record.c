#include "publish/record.h"

#include "publish/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream_id stream_id_next(struct stream_id id) {
	return ++id.seq != 0 ? id : (struct stream_id) {id.ms + 1, 0};
}

const char *stream_id_text(struct stream_id id, char text[static STREAM_ID_TEXT_MAX]) {
	snprintf(
		text,
		STREAM_ID_TEXT_MAX,
		"%llu-%llu",
		(unsigned long long)id.ms,
		(unsigned long long)id.seq
	);
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

static const char *field(const struct record *r, const char *name) {
	const char *text = json_string_value(json_object_get(r->fields, name));

	return text != NULL ? text : "";
}

static uint64_t field_ns(const struct record *r, const char *name) {
	const json_int_t ns = json_integer_value(json_object_get(r->fields, name));

	return ns > 0 ? (uint64_t)ns : 0;
}

// Takes over fields and json, also on failure.
static struct record *record_make(json_t *fields, char *json, size_t json_bytes) {
	struct record *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		json_decref(fields);
		free(json);
		return NULL;
	}
	r->fields = fields;
	r->json = json;
	r->json_bytes = json_bytes;
	r->alarm_id = field(r, "id");
	r->kind = field(r, "kind");
	r->target = field(r, "target");
	r->severity_text = field(r, "severity");
	r->state = field(r, "state");
	r->closed = strcmp(r->state, alarm_state_name(ALARM_CLOSE)) == 0;
	r->severity = (unsigned)severity_parse(r->severity_text);
	r->time_ns = field_ns(r, "time_ns");
	r->start_ms = field_ns(r, "start_ns") / 1000000;
	return r;
}

struct record *
record_of_alarm(const char *sensor, const struct alarm *alarm, struct stream_id *last) {
	const struct stream_id own = {alarm->time_ns / 1000000, 0};
	json_t *fields = alarm_json(sensor, alarm);
	char *json = fields != NULL ? json_line(fields) : NULL;
	struct record *r;

	if (json == NULL) {
		json_decref(fields);
		return NULL;
	}
	r = record_make(fields, json, strlen(json));
	if (r != NULL)
		*last = r->id = stream_id_after(own, *last) ? own : stream_id_next(*last);
	return r;
}

// In the spool: ms and sequence (8 bytes each, this machine's order), a byte "may have been sent",
// then the JSON.
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
	struct record *r;
	json_t *fields;
	char *json;

	if (n <= PACK_HEAD)
		return NULL;
	fields = json_loadb((const char *)bytes + PACK_HEAD, n - PACK_HEAD, 0, NULL);
	json = json_is_object(fields) ? malloc(n - PACK_HEAD + 1) : NULL;
	if (json == NULL) {
		json_decref(fields);
		return NULL;
	}
	memcpy(json, bytes + PACK_HEAD, n - PACK_HEAD);
	json[n - PACK_HEAD] = '\0';
	r = record_make(fields, json, n - PACK_HEAD);
	if (r == NULL)
		return NULL;
	memcpy(&r->id.ms, bytes, 8);
	memcpy(&r->id.seq, bytes + 8, 8);
	r->maybe_sent = bytes[16] != 0;
	if (severity_parse(r->severity_text) >= 0 && *r->alarm_id != '\0')
		return r;
	record_free(r);
	return NULL;
}

void record_free(struct record *r) {
	if (r == NULL)
		return;
	json_decref(r->fields);
	free(r->json);
	free(r);
}
