// weir top: the busiest hosts or flows of the last 10 s.
#include "publish/json.h"
#include "publish/text.h"
#include "redis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 50 // as many as the sensor keeps

static const char help[]
	= "Usage: weir top [OPTION...] hosts|flows\n"
	  "\n"
	  "Show the busiest hosts or flows of the last 10 seconds, most bytes first.\n"
	  "A host's score is the share of normal traffic that scores lower: 0.999 is one in a\n"
	  "thousand; \"-\" where no model is loaded.\n"
	  "\n" CLI_REDIS_HELP "\n"
	  "Examples:\n"
	  "  weir top hosts\n"
	  "  watch -n1 weir top flows\n"
	  "  weir top hosts --json | jq 'select(.score > 0.999)'\n"
	  "\n"
	  "Exit status: 0 shown, 1 Redis failed, 2 the command line is wrong, 4 no such sensor.\n";

static void print_cell(const char *untrusted, int columns) {
	struct text clean = {0};

	text_add_clean(&clean, untrusted);
	printf("%-*s", columns, clean.at != NULL ? clean.at : "");
	free(text_take(&clean));
}

static void print_rate(const json_t *row, const char *name, const char *unit) {
	char text[NUMBER_TEXT_MAX];

	printf(" %12s", scaled_text(json_number_at(row, name), unit, text));
}

static void print_host(const json_t *row) {
	char text[NUMBER_TEXT_MAX];

	print_cell(json_text_at(row, "address"), 39);
	print_rate(row, "in_bytes_per_s", "B/s");
	print_rate(row, "out_bytes_per_s", "B/s");
	print_rate(row, "in_packets_per_s", "/s");
	print_rate(row, "out_packets_per_s", "/s");
	printf(" %8s\n", number_text(json_number_at(row, "score"), text));
}

// "10.0.0.1:80", "[2001:db8::1]:80"
static void
end_text(const json_t *row, const char *address, const char *port, char out[static 64]) {
	const char *text = json_text_at(row, address);
	const double number = json_number_at(row, port);

	snprintf(
		out,
		64,
		strchr(text, ':') != NULL ? "[%.45s]:%.0f" : "%.45s:%.0f",
		text,
		number >= 0 && number <= 65535 ? number : 0
	);
}

static void print_flow(const json_t *row) {
	char source[64], target[64];

	end_text(row, "source", "source_port", source);
	end_text(row, "target", "target_port", target);
	print_cell(json_text_at(row, "protocol"), 7);
	print_cell(source, 29);
	printf(" ");
	print_cell(target, 29);
	print_rate(row, "bytes_per_s", "B/s");
	print_rate(row, "packets_per_s", "/s");
	printf("\n");
}

static const struct view {
	const char *name;
	enum redis_key set, info;
	void (*print)(const json_t *row);
	const char *head;
} views[] = {
	{"hosts",
	 REDIS_KEY_HOSTS,
	 REDIS_KEY_HOST_INFO,
	 print_host,
	 "host                                              in          out   in packets  "
	 "out packets    score\n"},
	{"flows",
	 REDIS_KEY_FLOWS,
	 REDIS_KEY_FLOW_INFO,
	 print_flow,
	 "proto  from                          to                                   bytes      "
	 "packets\n"},
};

// Both in one transaction: the sensor replaces both in one.
static redisReply *ask(struct cli_redis *c, const struct view *v) {
	char set[KEY_TEXT_MAX], info[KEY_TEXT_MAX];
	redisReply *r = NULL;

	link_add(c->link, "MULTI");
	link_add(c->link, "ZREVRANGE %s 0 %d", cli_key(c, v->set, set), ROWS_MAX - 1);
	link_add(c->link, "HGETALL %s", cli_key(c, v->info, info));
	link_add(c->link, "EXEC");
	for (unsigned i = 0; i < 4; i++) {
		if (r != NULL)
			freeReplyObject(r);
		r = link_reply(c->link);
		if (r == NULL)
			break;
	}
	r = cli_redis_expect(c, r, REDIS_REPLY_ARRAY, "top talkers");
	if (r == NULL)
		return NULL;
	if (r->elements == 2 && r->element[0]->type == REDIS_REPLY_ARRAY
	    && r->element[1]->type == REDIS_REPLY_ARRAY)
		return r;
	if (r->elements == 2)
		for (unsigned i = 0; i < 2; i++)
			if (r->element[i]->type == REDIS_REPLY_ERROR)
				cli_redis_fail(c, 0, "%.200s", r->element[i]->str);
	cli_redis_fail(c, 0, "Redis gave something else than top talkers");
	freeReplyObject(r);
	return NULL;
}

static void print_row(const struct cli_redis *c, const struct view *v, const json_t *row) {
	char *line;

	if (!c->json) {
		v->print(row);
		return;
	}
	line = json_line(row);
	if (line != NULL)
		puts(line);
	free(line);
}

static int top(struct cli_redis *c, const struct view *v) {
	redisReply *r = ask(c, v);
	unsigned strange = 0;

	if (r == NULL)
		return EXIT_FAILED;
	if (!c->json && r->element[0]->elements > 0)
		fputs(v->head, stdout);
	for (size_t i = 0; i < r->element[0]->elements && i < ROWS_MAX; i++) {
		const char *member = reply_text(r->element[0]->element[i]);
		json_t *row = reply_json(reply_field(r->element[1], member));

		if (row != NULL)
			print_row(c, v, row);
		else
			strange++;
		json_decref(row);
	}
	if (r->element[0]->elements == 0 && !c->json)
		printf("no %s: no traffic in the last 10 s, or the sensor has stopped (weir "
		       "status)\n",
		       v->name);
	freeReplyObject(r);
	if (strange > 0)
		return cli_redis_fail(c, EXIT_FAILED, "%u entries were no %s", strange, v->name);
	return EXIT_OK;
}

int cmd_top(int argc, char **argv) {
	struct cli_redis c = {.command = "top"};
	const struct view *view = NULL;
	int code;

	if (!cli_redis_options_only(&c, argc, argv, help, &code))
		return code;
	for (unsigned i = 0; i < 2 && optind + 1 == argc; i++)
		if (strcmp(views[i].name, argv[optind]) == 0)
			view = &views[i];
	if (view == NULL)
		return cli_redis_fail(&c, EXIT_USAGE, "of what? weir top hosts, or weir top flows");
	code = cli_redis_open(&c);
	if (code == EXIT_OK)
		code = top(&c, view);
	cli_redis_close(&c);
	return code == EXIT_OK ? cli_finish(&c) : code;
}
