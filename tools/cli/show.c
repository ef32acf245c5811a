// weir show: one alarm, whole.
#include "publish/json.h"
#include "publish/text.h"
#include "redis.h"

#include <stdlib.h>
#include <string.h>

#define ID_DIGITS 16
#define PAGE 1000 // ids looked at at once
#define PAGES_MAX 1000
#define MATCHES_SHOWN 8

static const char help[]
	= "Usage: weir show [OPTION...] ID\n"
	  "\n"
	  "Show an alarm as it stands: what happens, since when, what was measured against which\n"
	  "threshold and usual value, from whom, the evidence, and what to do.\n"
	  "The first digits of the id are enough where only one alarm begins with them.\n"
	  "\n" CLI_REDIS_HELP "\n"
	  "Examples:\n"
	  "  weir events --json --limit 1 | jq -r .id      the newest alarm's id\n"
	  "  weir show 1f4c\n"
	  "  weir show 1f4c --json | jq '.evidence'\n"
	  "\n"
	  "Exit status: 0 shown, 1 Redis failed, 2 the command line is wrong (or the id is of "
	  "more\n"
	  "than one alarm), 4 no such alarm or sensor.\n";

struct matches {
	unsigned n;
	char id[MATCHES_SHOWN][ID_DIGITS + 1]; // newest first
};

static bool is_id(const char *text, size_t most) {
	const size_t n = strspn(text, "0123456789abcdef");

	return n > 0 && n <= most && text[n] == '\0';
}

// Looks through the timeline, newest first. @return EXIT_OK, or after an error was said
static int matches_find(struct cli_redis *c, const char *prefix, struct matches *out) {
	char key[KEY_TEXT_MAX];

	cli_key(c, REDIS_KEY_TIMELINE, key);
	for (unsigned at = 0; at < PAGE * PAGES_MAX; at += PAGE) {
		redisReply *r = cli_redis_expect(
			c,
			link_call(c->link, "ZREVRANGE %s %u %u", key, at, at + PAGE - 1),
			REDIS_REPLY_ARRAY,
			"its alarms"
		);
		size_t n;

		if (r == NULL)
			return EXIT_FAILED;
		for (size_t i = 0; i < r->elements; i++) {
			const char *id = reply_text(r->element[i]);

			if (!is_id(id, ID_DIGITS) || strncmp(id, prefix, strlen(prefix)) != 0)
				continue;
			if (out->n < MATCHES_SHOWN)
				snprintf(out->id[out->n], sizeof(out->id[0]), "%s", id);
			out->n++;
		}
		n = r->elements;
		freeReplyObject(r);
		if (n < PAGE)
			break;
	}
	return EXIT_OK;
}

// A whole id, or the only one that begins like this.
static int id_complete(struct cli_redis *c, const char *given, char id[static ID_DIGITS + 1]) {
	struct matches found = {0};
	struct text list = {0};
	int code;

	snprintf(id, ID_DIGITS + 1, "%s", given);
	if (strlen(given) == ID_DIGITS)
		return EXIT_OK;
	code = matches_find(c, given, &found);
	if (code != EXIT_OK)
		return code;
	if (found.n == 1) {
		strcpy(id, found.id[0]);
		return EXIT_OK;
	}
	if (found.n == 0)
		return cli_redis_fail(
			c, EXIT_NOT_FOUND, "no alarm begins with %s: weir events lists them", given
		);
	for (unsigned i = 0; i < found.n && i < MATCHES_SHOWN; i++)
		text_add(&list, " %s", found.id[i]);
	code = cli_redis_fail(
		c,
		EXIT_USAGE,
		"%u alarms begin with %s; the newest are%s",
		found.n,
		given,
		list.at != NULL ? list.at : ""
	);
	free(text_take(&list));
	return code;
}

static void print_alarm(const struct cli_redis *c, json_t *alarm, const char *verdict) {
	char *text;

	if (c->json) {
		if (*verdict != '\0')
			json_object_set_new(alarm, "verdict", json_string(verdict));
		text = json_line(alarm);
		if (text != NULL)
			puts(text);
	} else {
		text = alarm_full_text(alarm, cli_colour(stdout));
		if (text != NULL)
			fputs(text, stdout);
		if (*verdict != '\0') {
			struct text clean = {0};

			text_add_clean(&clean, verdict);
			printf("\nverdict      %s\n", clean.at);
			free(text_take(&clean));
		}
	}
	free(text);
}

static int show(struct cli_redis *c, const char *given) {
	char id[ID_DIGITS + 1], key[KEY_TEXT_MAX];
	int code = id_complete(c, given, id);
	redisReply *r;
	json_t *alarm;

	if (code != EXIT_OK)
		return code;
	key_text(REDIS_KEY_ALARM, c->sensor, id, key);
	r = cli_redis_expect(
		c, link_call(c->link, "HMGET %s event verdict", key), REDIS_REPLY_ARRAY, "the alarm"
	);
	if (r == NULL)
		return EXIT_FAILED;
	alarm = r->elements == 2 ? reply_json(r->element[0]) : NULL;
	if (alarm != NULL)
		print_alarm(c, alarm, reply_text(r->element[1]));
	else if (r->elements == 2 && r->element[0]->type == REDIS_REPLY_NIL)
		code = cli_redis_fail(
			c,
			EXIT_NOT_FOUND,
			"no alarm %s: it may be older than the retention time",
			id
		);
	else
		code = cli_redis_fail(c, EXIT_FAILED, "what Redis holds as alarm %s is none", id);
	json_decref(alarm);
	freeReplyObject(r);
	return code;
}

int cmd_show(int argc, char **argv) {
	struct cli_redis c = {.command = "show"};
	int code;

	if (!cli_redis_options_only(&c, argc, argv, help, &code))
		return code;
	if (optind + 1 != argc)
		return cli_redis_fail(&c, EXIT_USAGE, "one ID is wanted: see weir show --help");
	if (!is_id(argv[optind], ID_DIGITS))
		return cli_redis_fail(
			&c, EXIT_USAGE, "%.40s: an id is up to 16 digits 0-9 and a-f", argv[optind]
		);
	code = cli_redis_open(&c);
	if (code == EXIT_OK)
		code = show(&c, argv[optind]);
	cli_redis_close(&c);
	return code == EXIT_OK ? cli_finish(&c) : code;
}
