// Commands on their way to Redis: the bytes of its protocol (RESP), written one behind the other.
//
// Threads    One owner.
// Memory     From the heap, as much as the commands take, up to RESP_MAX; given back by resp_free(), and
//            by resp_sent() once all is sent if it was unusually much.
// Full       What does not fit marks the buffer as failed: then nothing of it may be sent any more.
#ifndef WEIR_PUBLISH_RESP_H
#define WEIR_PUBLISH_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESP_MAX (64u << 20)

struct resp {
	char *bytes;
	size_t n, room;
	size_t sent; // of n
	bool failed;
};

void resp_free(struct resp *);

// A command is begun with the number of its words; then come the words.
void resp_command(struct resp *, unsigned words);
void resp_bytes(struct resp *, const void *bytes, size_t n); // a word
void resp_text(struct resp *, const char *text);
void resp_unsigned(struct resp *, uint64_t value);
#define resp_literal(r, text) resp_bytes(r, "" text, sizeof(text) - 1)
void resp_whole(struct resp *, const char *bytes, size_t n); // commands, as hiredis formats them

static inline size_t resp_left(const struct resp *r) {
	return r->n - r->sent;
}
void resp_sent(struct resp *, size_t n);

#endif
