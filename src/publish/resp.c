#include "publish/resp.h"

#include "publish/write.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST (64u << 10)
#define ROOM_KEPT (1u << 20)
#define HEAD_ROOM (1 + WRITE_INTEGER_ROOM + 2) // "$2129\r\n"

void resp_free(struct resp *r) {
	free(r->bytes);
	*r = (struct resp) {0};
}

static bool resp_room(struct resp *r, size_t more) {
	size_t room = r->room > 0 ? r->room : ROOM_FIRST;
	char *bytes;

	if (r->failed)
		return false;
	if (more <= r->room - r->n)
		return true;
	r->failed = true;
	if (more > RESP_MAX - r->n)
		return false;
	while (room < r->n + more)
		room *= 2;
	bytes = realloc(r->bytes, room);
	if (bytes == NULL)
		return false;
	r->bytes = bytes;
	r->room = room;
	r->failed = false;
	return true;
}

static char *write_head(char *at, char type, size_t n) {
	*at++ = type;
	at = write_unsigned(at, n);
	return write_literal(at, "\r\n");
}

void resp_command(struct resp *r, unsigned words) {
	if (resp_room(r, HEAD_ROOM))
		r->n = (size_t)(write_head(&r->bytes[r->n], '*', words) - r->bytes);
}

void resp_bytes(struct resp *r, const void *bytes, size_t n) {
	char *at;

	if (n > RESP_MAX - HEAD_ROOM - 2) {
		r->failed = true;
		return;
	}
	if (!resp_room(r, HEAD_ROOM + n + 2))
		return;
	at = write_head(&r->bytes[r->n], '$', n);
	at = write_bytes(at, bytes, n);
	r->n = (size_t)(write_literal(at, "\r\n") - r->bytes);
}

void resp_text(struct resp *r, const char *text) {
	resp_bytes(r, text, strlen(text));
}

void resp_unsigned(struct resp *r, uint64_t value) {
	char text[WRITE_INTEGER_ROOM];

	resp_bytes(r, text, (size_t)(write_unsigned(text, value) - text));
}

void resp_whole(struct resp *r, const char *bytes, size_t n) {
	if (resp_room(r, n))
		r->n = (size_t)(write_bytes(&r->bytes[r->n], bytes, n) - r->bytes);
}

void resp_sent(struct resp *r, size_t n) {
	r->sent += n;
	if (r->sent < r->n)
		return;
	if (r->room > ROOM_KEPT)
		resp_free(r);
	r->n = r->sent = 0;
}
