// Commands as they come out of the stream, where anyone may have written anything.
#include "publish/redis_in.h"

#include <string.h>

static bool is_text(const redisReply *r) {
	return r != NULL && r->type == REDIS_REPLY_STRING;
}

// Copies printable ASCII and UTF-8 that fits.
static bool copy_text(char *to, size_t room, const redisReply *from) {
	if (!is_text(from) || (size_t)from->len >= room)
		return false;
	for (size_t i = 0; i < (size_t)from->len; i++)
		if ((unsigned char)from->str[i] < 0x20 || from->str[i] == 0x7f)
			return false;
	memcpy(to, from->str, (size_t)from->len);
	to[from->len] = '\0';
	return true;
}

// @return NULL, or what is wrong with it
static const char *command_of_fields(struct command *out, const redisReply *fields) {
	bool named = false;

	if (fields->type != REDIS_REPLY_ARRAY || fields->elements % 2 != 0)
		return "not a row of fields";
	for (size_t i = 0; i < fields->elements; i += 2) {
		const redisReply *name = fields->element[i], *value = fields->element[i + 1];

		if (!is_text(name))
			return "not a row of fields";
		if (strcmp(name->str, "command") == 0) {
			if (named || !copy_text(out->name, sizeof(out->name), value) || !*out->name)
				return "field `command`: once, 1 to 31 printable characters";
			named = true;
		} else if (strcmp(name->str, "argument") == 0) {
			if (!copy_text(out->argument, sizeof(out->argument), value))
				return "field `argument`: at most 255 printable characters";
		}
	}
	return named ? NULL : "field `command` is missing";
}

// One entry: [id, [field, value, ...]]. @return there is a command in *out
static bool command_of_entry(struct redis *r, const redisReply *entry, struct command *out) {
	const char *wrong;

	*out = (struct command) {0};
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2
	    || !stream_id_parse(
		    &r->commands_read,
		    is_text(entry->element[0]) ? entry->element[0]->str : "",
		    is_text(entry->element[0]) ? (size_t)entry->element[0]->len : 0
	    )
	    || !copy_text(out->id, sizeof(out->id), entry->element[0]))
		return false;
	wrong = command_of_fields(out, entry->element[1]);
	if (wrong == NULL)
		return true;
	redis_answer(r, out->id, false, wrong);
	return false;
}

unsigned
commands_of_reply(struct redis *r, const redisReply *reply, struct command out[], unsigned max) {
	const redisReply *stream, *entries;
	unsigned n = 0;

	// [[key, [entry, ...]]], or nil where nothing is new
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1)
		return 0;
	stream = reply->element[0];
	if (stream->type != REDIS_REPLY_ARRAY || stream->elements != 2)
		return 0;
	entries = stream->element[1];
	if (entries->type != REDIS_REPLY_ARRAY)
		return 0;
	for (size_t i = 0; i < entries->elements && n < max; i++)
		n += command_of_entry(r, entries->element[i], &out[n]);
	return n;
}
