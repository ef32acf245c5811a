// A command to the sensor, and what it says to it.
#include "ask.h"

#include "publish/json.h"
#include "publish/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_S 10
#define COMMANDS_MAX_TEXT "1000" // kept in the stream

static time_t monotonic_s(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

// The newest reply there is, so that only later ones are read.
static bool newest_reply(struct cli_redis *c, const char *key, char id[static 64]) {
	redisReply *r = cli_redis_expect(
		c, link_call(c->link, "XREVRANGE %s + - COUNT 1", key), REDIS_REPLY_ARRAY, "replies"
	);

	if (r == NULL)
		return false;
	snprintf(id, 64, "%s", r->elements == 1 ? entry_id(r->element[0]) : "");
	if (*id == '\0')
		strcpy(id, "0-0");
	freeReplyObject(r);
	return true;
}

static bool
send_command(struct cli_redis *c, const char *command, const char *argument, char id[static 64]) {
	char key[KEY_TEXT_MAX];
	redisReply *r = cli_redis_expect(
		c,
		link_call(
			c->link,
			"XADD %s MAXLEN ~ " COMMANDS_MAX_TEXT " * command %s argument %b",
			cli_key(c, REDIS_KEY_COMMANDS, key),
			command,
			argument,
			strlen(argument)
		),
		REDIS_REPLY_STRING,
		"the command's place"
	);

	if (r == NULL)
		return false;
	snprintf(id, 64, "%.63s", r->str);
	freeReplyObject(r);
	return true;
}

static int print_reply(const struct cli_redis *c, const redisReply *fields) {
	const bool ok = strcmp(reply_text(reply_field(fields, "ok")), "1") == 0;
	const char *said = reply_text(reply_field(fields, "text"));
	struct text clean = {0};

	if (c->json) {
		json_t *json = json_pack("{s:s, s:b}", "type", "reply", "ok", ok);
		char *line;

		text_add_clean(&clean, said);
		json_object_set_new(json, "text", json_string(clean.at != NULL ? clean.at : ""));
		line = json_line(json);
		puts(line != NULL ? line : "");
		free(line);
		json_decref(json);
	} else if (ok) {
		text_add_clean(&clean, said);
		puts(clean.at != NULL ? clean.at : "done");
	} else {
		cli_redis_fail(c, EXIT_FAILED, "the sensor refuses: %s", said);
	}
	free(text_take(&clean));
	return ok ? EXIT_OK : EXIT_FAILED;
}

// Among new replies, the one to our command. @return EXIT_OK or EXIT_FAILED; -1: not among them
static int
find_reply(struct cli_redis *c, const redisReply *r, const char *id, char last[static 64]) {
	const redisReply *stream = r->elements == 1 ? r->element[0] : NULL;
	const redisReply *entries;

	if (stream == NULL || stream->type != REDIS_REPLY_ARRAY || stream->elements != 2
	    || stream->element[1]->type != REDIS_REPLY_ARRAY)
		return cli_redis_fail(c, EXIT_FAILED, "Redis gave something else than replies");
	entries = stream->element[1];
	for (size_t i = 0; i < entries->elements; i++) {
		const redisReply *fields = entry_fields(entries->element[i]);

		if (strcmp(reply_text(reply_field(fields, "id")), id) == 0)
			return print_reply(c, fields);
		if (*entry_id(entries->element[i]) == '\0')
			return cli_redis_fail(c, EXIT_FAILED, "a reply without an id");
		snprintf(last, 64, "%s", entry_id(entries->element[i]));
	}
	return -1;
}

int cli_ask(struct cli_redis *c, const char *command, const char *argument) {
	const time_t until_s = monotonic_s() + WAIT_S;
	char key[KEY_TEXT_MAX], last[64], id[64];

	cli_key(c, REDIS_KEY_REPLIES, key);
	if (!newest_reply(c, key, last) || !send_command(c, command, argument, id))
		return EXIT_FAILED;
	while (monotonic_s() < until_s) {
		redisReply *r
			= link_call(c->link, "XREAD COUNT 50 BLOCK 500 STREAMS %s %s", key, last);
		int code;

		if (r != NULL && r->type == REDIS_REPLY_NIL) {
			freeReplyObject(r);
			continue;
		}
		r = cli_redis_expect(c, r, REDIS_REPLY_ARRAY, "replies");
		if (r == NULL)
			return EXIT_FAILED;
		code = find_reply(c, r, id, last);
		freeReplyObject(r);
		if (code >= 0)
			return code;
	}
	return cli_redis_fail(
		c,
		EXIT_FAILED,
		"no answer from sensor \"%s\" within %d s: is weird running? (weir status)",
		c->sensor,
		WAIT_S
	);
}

int cli_ask_and_close(struct cli_redis *c, const char *command, const char *argument) {
	int code = cli_redis_open(c);

	if (code == EXIT_OK)
		code = cli_ask(c, command, argument);
	cli_redis_close(c);
	return code == EXIT_OK ? cli_finish(c) : code;
}
