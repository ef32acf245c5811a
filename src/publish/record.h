// One event on its way to the sinks: the JSON that is stored and what its keys need to know of it.
//
// Threads    One owner for a record and all who hold it.
// Memory     From the heap: one piece, as long as the event.
// Ownership  Counted: whoever takes another hold of a record (record_hold) gives it back by
//            record_free(), the last of which frees it.
#ifndef WEIR_PUBLISH_RECORD_H
#define WEIR_PUBLISH_RECORD_H

#include <weir/event.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Of a stream entry: "milliseconds-sequence".
struct stream_id {
	uint64_t ms;
	uint64_t seq;
};
#define STREAM_ID_TEXT_MAX 48

static inline bool stream_id_after(struct stream_id a, struct stream_id b) {
	return a.ms != b.ms ? a.ms > b.ms : a.seq > b.seq;
}
struct stream_id stream_id_next(struct stream_id);
const char *stream_id_text(struct stream_id, char text[static STREAM_ID_TEXT_MAX]);
bool stream_id_parse(struct stream_id *out, const char *text, size_t n);

#define RECORD_NAME_MAX 40 // of what an alarm's fields hold

struct record {
	struct stream_id id;
	bool maybe_sent; // an answer was missed: Redis may hold it already
	bool leftover; // of a process before this one: its id may have been changed after it was written
	bool stored; // Redis confirmed it
	bool closed; // state is "close"
	unsigned severity;
	unsigned holders;
	uint64_t start_ms;
	uint64_t time_ns;
	char alarm_id[RECORD_NAME_MAX], kind[RECORD_NAME_MAX], severity_text[RECORD_NAME_MAX];
	char state[RECORD_NAME_MAX], target[ADDR_TEXT_MAX], role[RECORD_NAME_MAX];
	size_t json_bytes;
	char json[]; // json_bytes and a NUL
};

// @param id  rising; the record's is set from time_ns but always after it, and *last moves on
// @return NULL: out of memory
struct record *
record_of_alarm(const char *sensor, const struct alarm *alarm, struct stream_id *last);

// The form in the spool, and back.
// @return bytes, to be freed; NULL: out of memory
uint8_t *record_pack(const struct record *, size_t *n);
// @return NULL: these bytes are no event (or memory ran out)
struct record *record_unpack(const uint8_t *bytes, size_t n);
// From an event's JSON: what the stream holds. @return as above
struct record *record_of_json(const char *json, size_t n);
struct record *record_hold(struct record *); // @return the same
void record_free(struct record *); // NULL is fine

#endif
