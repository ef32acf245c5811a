// weir events: alarms out of the stream, oldest first; with --follow as they happen.
#include "publish/json.h"
#include "publish/record.h"
#include "publish/text.h"
#include "redis.h"

#include <weir/event.h>

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 200
#define PAGE_TEXT "200"
#define LIMIT_DEFAULT 100 // without --since
#define LIMIT_FOLLOW 10 // what --follow shows of the past
#define LIMIT_MAX 100000
#define BLOCK_MS_TEXT "500" // a signal is seen after that long at most

static const char help[]
	= "Usage: weir events [OPTION...]\n"
	  "\n"
	  "List what the sensor found, oldest first: one line when an alarm opens, when it "
	  "changes\n"
	  "and when it closes. Times are UTC. Without --since the newest 100 lines are shown.\n"
	  "\n"
	  "  -f, --follow          go on as alarms happen, until Ctrl-C\n"
	  "  --since TIME          10s, 10m, 2h, 3d ago, or 2026-03-01T12:00:00Z, or 2026-03-01\n"
	  "  --kind KIND[,KIND]    only these: syn_flood, dns_amplification, ...\n"
	  "  --severity SEVERITY   at least this: low, medium, high, critical\n"
	  "  --limit N             the newest N lines\n" CLI_REDIS_HELP "\n"
	  "Examples:\n"
	  "  weir events --follow --severity high\n"
	  "  weir events --since 1h --kind syn_flood,udp_flood\n"
	  "  weir events --since 2026-03-01 --json | jq -r '.target' | sort | uniq -c\n"
	  "\n"
	  "One alarm with all of its evidence: weir show ID (its first digits\n"
	  "stand in each line).\n"
	  "\n"
	  "Exit status: 0 done, 1 Redis failed, 2 the command line is wrong, 4 no such sensor.\n";

static volatile sig_atomic_t stopped;

static void on_signal(int) {
	stopped = 1;
}

struct events {
	struct cli_redis redis;
	bool follow;
	bool colour;
	uint64_t since_ms;
	kind_set kinds; // 0: all
	int severity; // at least
	unsigned long limit; // 0: not given
	char key[KEY_TEXT_MAX];
	char last[STREAM_ID_TEXT_MAX]; // newest entry that was seen
	char day[16]; // of the line printed last
	unsigned long printed, strange;
};
static_assert(KIND_N <= 128, "kinds are bits");

// --- options

static int fail_usage(const struct events *e, const char *option, const char *allowed) {
	return cli_redis_fail(&e->redis, EXIT_USAGE, "%s: %s", option, allowed);
}

static uint64_t now_ms(void) {
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

// "10m" and the like. @return false: it is not of that form
static bool since_ago(const char *text, uint64_t *ms) {
	static const struct {
		char unit;
		uint64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	char *end;
	const unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || n > 1000000 || end[0] == '\0' || end[1] != '\0')
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != end[0])
			continue;
		*ms = now_ms() > n * units[i].ms ? now_ms() - n * units[i].ms : 0;
		return true;
	}
	return false;
}

static bool since_time(const char *text, uint64_t *ms) {
	static const char *const forms[]
		= {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);
		time_t s;

		if (end == NULL || *end != '\0')
			continue;
		s = timegm(&tm);
		if (s < 0)
			return false;
		*ms = (uint64_t)s * 1000;
		return true;
	}
	return false;
}

static int take_kinds(struct events *e, const char *list) {
	char *copy = strdup(list), *rest = NULL;
	int code = EXIT_OK;

	if (copy == NULL)
		return cli_redis_fail(&e->redis, EXIT_FAILED, "out of memory");
	for (char *name = strtok_r(copy, ",", &rest); name != NULL && code == EXIT_OK;
	     name = strtok_r(NULL, ",", &rest)) {
		const int kind = event_kind_parse(name);
		struct text all = {0};

		if (kind >= 0) {
			e->kinds |= KIND_BIT(kind);
			continue;
		}
		for (unsigned i = 0; i < KIND_N; i++)
			text_add(&all, " %s", event_kind_name(i));
		code = cli_redis_fail(
			&e->redis,
			EXIT_USAGE,
			"--kind %.40s: there is%s",
			name,
			all.at != NULL ? all.at : ""
		);
		free(text_take(&all));
	}
	free(copy);
	return code;
}

static int take_option(struct events *e, int letter) {
	char *end;

	switch (letter) {
	case 'f':
		e->follow = true;
		return EXIT_OK;
	case 's':
		if (since_ago(optarg, &e->since_ms) || since_time(optarg, &e->since_ms))
			return EXIT_OK;
		return fail_usage(
			e,
			"--since",
			"10s, 10m, 2h or 3d, or a time like 2026-03-01T12:00:00Z or 2026-03-01"
		);
	case 'k':
		return take_kinds(e, optarg);
	case 'v':
		e->severity = severity_parse(optarg);
		if (e->severity >= 0)
			return EXIT_OK;
		return fail_usage(e, "--severity", "low, medium, high or critical");
	case 'n':
		e->limit = strtoul(optarg, &end, 10);
		if (optarg[0] >= '0' && optarg[0] <= '9' && *end == '\0' && e->limit > 0
		    && e->limit <= LIMIT_MAX)
			return EXIT_OK;
		return fail_usage(e, "--limit", "a number from 1 to 100000");
	default:
		return cli_redis_option(&e->redis, letter) ? EXIT_OK : EXIT_USAGE;
	}
}

static int take_options(struct events *e, int argc, char **argv) {
	static const struct option known[] = {
		{"follow", no_argument, NULL, 'f'},
		{"since", required_argument, NULL, 's'},
		{"kind", required_argument, NULL, 'k'},
		{"severity", required_argument, NULL, 'v'},
		{"limit", required_argument, NULL, 'n'},
		CLI_REDIS_OPTIONS,
		{0},
	};
	int letter, code = EXIT_OK;

	optind = 0; // the words before were read by main()
	while (code == EXIT_OK && (letter = cli_option(argc, argv, "fh", known)) != -1)
		code = take_option(e, letter);
	if (code == EXIT_OK && optind < argc && !e->redis.help)
		code = fail_usage(
			e, argv[optind], "no argument is wanted here: see weir events --help"
		);
	return code;
}

// --- one event

static bool wanted(const struct events *e, const json_t *event) {
	const int kind = event_kind_parse(json_text_at(event, "kind"));
	const double time_ns = json_number_at(event, "time_ns");

	if (e->kinds != 0 && (kind < 0 || (e->kinds & KIND_BIT(kind)) == 0))
		return false;
	if (severity_parse(json_text_at(event, "severity")) < e->severity)
		return false;
	return e->since_ms == 0 || isnan(time_ns) || time_ns >= (double)e->since_ms * 1e6;
}

// Lines show the time of day; a new day gets a line of its own.
static void print_day(struct events *e, const json_t *event) {
	char day[16];

	snprintf(day, sizeof(day), "%.10s", json_text_at(event, "time"));
	if (strcmp(day, e->day) == 0)
		return;
	for (const char *c = day; *c != '\0'; c++)
		if (*c != '-' && (*c < '0' || *c > '9'))
			return;
	strcpy(e->day, day);
	printf("-- %s (UTC)\n", day);
}

static void print_event(struct events *e, const json_t *event) {
	char *line = e->redis.json ? json_line(event) : alarm_line_text(event, e->colour);

	if (line == NULL)
		return;
	if (e->redis.json) {
		puts(line);
	} else {
		print_day(e, event);
		fputs(line, stdout);
	}
	e->printed++;
	free(line);
}

// @return the event of a stream entry if it is wanted; the caller frees it
static json_t *take_entry(struct events *e, const redisReply *entry) {
	json_t *event = reply_json(reply_field(entry_fields(entry), "event"));

	if (event == NULL) {
		e->strange++;
		return NULL;
	}
	if (wanted(e, event))
		return event;
	json_decref(event);
	return NULL;
}

static redisReply *page(struct events *e, redisReply *reply) {
	return cli_redis_expect(&e->redis, reply, REDIS_REPLY_ARRAY, "events");
}

static bool see_id(struct events *e, const redisReply *entry) {
	const char *id = entry_id(entry);

	if (*id == '\0')
		return false;
	snprintf(e->last, sizeof(e->last), "%s", id);
	return true;
}

static int strange_answer(const struct events *e) {
	return cli_redis_fail(
		&e->redis,
		EXIT_FAILED,
		"Redis gave something else than events: is it the sensor's Redis?"
	);
}

// --- the past

// Everything since then, page by page.
static int print_since(struct events *e) {
	char from[STREAM_ID_TEXT_MAX + 1];

	snprintf(from, sizeof(from), "%llu", (unsigned long long)e->since_ms);
	for (;;) {
		redisReply *r = page(
			e, link_call(e->redis.link, "XRANGE %s %s + COUNT " PAGE_TEXT, e->key, from)
		);
		const size_t n = r != NULL ? r->elements : 0;
		bool good = r != NULL;

		for (size_t i = 0; good && i < n; i++) {
			json_t *event = take_entry(e, r->element[i]);

			good = see_id(e, r->element[i]);
			if (event != NULL)
				print_event(e, event);
			json_decref(event);
		}
		if (r == NULL)
			return EXIT_FAILED;
		freeReplyObject(r);
		if (!good)
			return strange_answer(e);
		if (n < PAGE || stopped || ferror(stdout) != 0)
			return EXIT_OK;
		snprintf(from, sizeof(from), "(%s", e->last);
	}
}

// One page backward from `before`. @return entries in it, -1: said why not
static int page_back(
	struct events *e,
	char before[static STREAM_ID_TEXT_MAX + 1],
	json_t *found[],
	unsigned long *n
) {
	redisReply *r
		= page(e,
		       link_call(
			       e->redis.link,
			       "XREVRANGE %s %s %llu COUNT " PAGE_TEXT,
			       e->key,
			       before,
			       (unsigned long long)e->since_ms
		       ));
	int entries = 0;

	if (r == NULL)
		return -1;
	for (size_t i = 0; i < r->elements && *n < e->limit; i++) {
		const char *id = entry_id(r->element[i]);
		json_t *event = take_entry(e, r->element[i]);

		if (*id == '\0') {
			json_decref(event);
			freeReplyObject(r);
			strange_answer(e);
			return -1;
		}
		if (strcmp(before, "+") == 0)
			snprintf(e->last, sizeof(e->last), "%s", id);
		snprintf(before, STREAM_ID_TEXT_MAX + 1, "(%s", id);
		if (event != NULL)
			found[(*n)++] = event;
		entries++;
	}
	freeReplyObject(r);
	return entries;
}

// The newest e->limit, found from the end backward, printed forward.
static int print_newest(struct events *e) {
	json_t **found = calloc(e->limit, sizeof(*found));
	char before[STREAM_ID_TEXT_MAX + 1] = "+";
	unsigned long n = 0;
	int entries = PAGE;

	if (found == NULL)
		return cli_redis_fail(&e->redis, EXIT_FAILED, "out of memory");
	while (entries == PAGE && n < e->limit && !stopped)
		entries = page_back(e, before, found, &n);
	while (n > 0) {
		if (entries >= 0)
			print_event(e, found[n - 1]);
		json_decref(found[--n]);
	}
	free(found);
	return entries >= 0 ? EXIT_OK : EXIT_FAILED;
}

// --- the future

// @return false: the link failed, or what came is not believed
static bool follow_once(struct events *e) {
	redisReply *r = link_call(
		e->redis.link,
		"XREAD COUNT " PAGE_TEXT " BLOCK " BLOCK_MS_TEXT " STREAMS %s %s",
		e->key,
		e->last
	);
	const redisReply *stream, *entries;
	bool good;

	if (r != NULL && r->type == REDIS_REPLY_NIL) { // nothing new
		freeReplyObject(r);
		return true;
	}
	r = page(e, r);
	if (r == NULL)
		return false;
	stream = r->elements == 1 ? r->element[0] : NULL;
	entries = stream != NULL && stream->type == REDIS_REPLY_ARRAY && stream->elements == 2
		? stream->element[1]
		: NULL;
	good = entries != NULL && entries->type == REDIS_REPLY_ARRAY;
	for (size_t i = 0; good && i < entries->elements; i++) {
		json_t *event = take_entry(e, entries->element[i]);

		good = see_id(e, entries->element[i]);
		if (event != NULL)
			print_event(e, event);
		json_decref(event);
	}
	freeReplyObject(r);
	if (!good)
		strange_answer(e);
	return good;
}

static void follow_reconnect(struct events *e) {
	cli_redis_close(&e->redis);
	while (!stopped && cli_redis_open(&e->redis) != EXIT_OK) {
		e->redis.quiet = true; // it was said once
		sleep(1);
	}
	e->redis.quiet = false;
	if (!stopped)
		fprintf(stderr, "weir events: connected again\n");
}

static int follow(struct events *e) {
	while (!stopped && ferror(stdout) == 0) {
		if (!follow_once(e) && !stopped) {
			sleep(1);
			follow_reconnect(e);
		}
		fflush(stdout);
	}
	return EXIT_OK;
}

static int run(struct events *e) {
	const struct sigaction stop = {.sa_handler = on_signal};
	int code;

	if (e->follow) {
		sigaction(SIGINT, &stop, NULL);
		sigaction(SIGTERM, &stop, NULL);
	}
	cli_key(&e->redis, REDIS_KEY_EVENTS, e->key);
	if (e->limit == 0 && e->since_ms == 0)
		e->limit = e->follow ? LIMIT_FOLLOW : LIMIT_DEFAULT;
	code = e->limit > 0 ? print_newest(e) : print_since(e);
	fflush(stdout);
	if (code == EXIT_OK && e->follow)
		code = follow(e);
	if (e->strange > 0)
		cli_redis_fail(&e->redis, 0, "%lu entries were no events: left out", e->strange);
	return code;
}

int cmd_events(int argc, char **argv) {
	struct events e = {.redis.command = "events", .last = "0-0"};
	int code = take_options(&e, argc, argv);

	if (code != EXIT_OK)
		return code;
	if (e.redis.help) {
		fputs(help, stdout);
		return cli_finish(&e.redis);
	}
	e.colour = cli_colour(stdout);
	code = cli_redis_open(&e.redis);
	if (code == EXIT_OK)
		code = run(&e);
	cli_redis_close(&e.redis);
	return code == EXIT_OK ? cli_finish(&e.redis) : code;
}
