// What a Redis answers: any bytes give commands that keep to their bounds, and events whose text cannot
// drive a terminal.
#include "publish/json.h"
#include "publish/redis_in.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static void check_text(char *text) {
	if (text == NULL)
		abort();
	for (const char *c = text; *c != '\0'; c++)
		if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f)
			abort();
	free(text);
}

static void check_event(const redisReply *r) {
	json_t *event = json_loadb(r->str, (size_t)r->len, JSON_DECODE_ANY, NULL);

	if (event == NULL)
		return;
	check_text(alarm_line_text(event, false));
	check_text(alarm_full_text(event, false));
	json_decref(event);
}

static void check_reply(const redisReply *r) {
	if (r->type == REDIS_REPLY_STRING)
		check_event(r);
	for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements; i++)
		check_reply(r->element[i]);
}

static void check_commands(const redisReply *r) {
	static struct publish_conf conf; // no link: replies to malformed commands go nowhere
	struct redis redis = {.conf = &conf};
	struct command commands[4];
	const unsigned n = commands_of_reply(&redis, r, commands, 4);

	if (n > 4)
		abort();
	for (unsigned i = 0; i < n; i++)
		if (memchr(commands[i].name, '\0', sizeof(commands[i].name)) == NULL
		    || memchr(commands[i].argument, '\0', sizeof(commands[i].argument)) == NULL
		    || commands[i].name[0] == '\0' || commands[i].id[0] == '\0')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;

	if (reader == NULL)
		return 0;
	redisReaderFeed(reader, (const char *)data, n);
	for (unsigned i = 0; i < 16 && redisReaderGetReply(reader, &reply) == REDIS_OK; i++) {
		if (reply == NULL)
			break;
		check_commands(reply);
		check_reply(reply);
		freeReplyObject(reply);
	}
	redisReaderFree(reader);
	return 0;
}

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	static const char *const seeds[] = {
		"*1\r\n*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$3\r\n5-1\r\n*4\r\n$7\r\ncommand\r\n$"
		"6\r\nreload\r\n"
		"$8\r\nargument\r\n$3\r\nnow\r\n",
		"*1\r\n*2\r\n$3\r\n7-0\r\n*2\r\n$5\r\nevent\r\n$121\r\n{\"type\":\"alarm\","
		"\"time\":"
		"\"2026-03-01T12:00:03.100Z\",\"state\":\"open\",\"severity\":\"high\",\"target\":"
		"\"10.0.0.5\",\"port\":80,\"words\":\"\\u001b\"}  \r\n",
		"-OOM command not allowed\r\n",
		":5\r\n",
		"*-1\r\n",
	};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		seed((const uint8_t *)seeds[i], strlen(seeds[i]));
}
