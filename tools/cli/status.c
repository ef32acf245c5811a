// weir status: what the sensor counts and loses, and whether that adds up.
#include "load.h"
#include "publish/json.h"
#include "publish/text.h"
#include "redis.h"

#include <weir/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define APPS_SHOWN 8
#define STALE_S 10 // the sensor reports every second

static const char help[]
	= "Usage: weir status [OPTION...]\n"
	  "\n"
	  "Show what the sensor sees, port by port and worker by worker, where every packet went,\n"
	  "what was lost and why, and how long an event takes to Redis.\n"
	  "The load of a core is of the last second: its share of the packets, how much of the "
	  "time it\n"
	  "had packets to work on (busy), packets a burst (fill; 64 at most), what was lost in "
	  "front of\n"
	  "it since the start, and its biggest flow with its share: an elephant is one that has "
	  "most.\n"
	  "The line `speaks` has the applications by their share of the flows since the start, "
	  "named by\n"
	  "what the flows began with and not by port.\n"
	  "The packets line is a sum that must hold exactly: seen = analysed + malformed + "
	  "losses.\n"
	  "\n" CLI_REDIS_HELP "\n"
	  "Examples:\n"
	  "  weir status\n"
	  "  weir status --json | jq '.accounting, .heartbeat_age_s'\n"
	  "\n"
	  "Exit status: 0 shown, 1 Redis failed or has no statistics, 2 the command line is "
	  "wrong,\n"
	  "4 no such sensor.\n";

// Counters that stand at 0 on a sensor that has all the room it needs.
static const char *const worker_losses[] = {
	"flows_evicted_single",
	"flows_evicted_idle",
	"flows_refused",
	"flows_skipped",
	"scores_dropped",
	"findings_limited",
	"findings_lost",
	"windows_merged",
	"hosts_refused",
	"sources_refused",
	"prefixes_refused",
	"clock_back",
	"clock_steps",
};
static const char *const control_losses[] = {
	"hosts_dropped",
	"alarms_suppressed",
	"events_lost",
	"spool_lost",
	"file_lost",
};

struct status {
	struct cli_redis redis;
	json_t *now; // newest statistics
	json_t *before; // the ones before, NULL if none
	double heartbeat_age_s; // NaN: none
};

static double number_in(const json_t *o, const char *part, const char *name) {
	return json_number_at(json_object_get(o, part), name);
}

static void print_clean(const char *untrusted, int columns) {
	struct text clean = {0};

	text_add_clean(&clean, untrusted);
	printf("%-*.*s", columns, columns, clean.at != NULL ? clean.at : "");
	free(text_take(&clean));
}

// --- the parts of the page

static void print_head(const struct status *s) {
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX];

	fputs("sensor      ", stdout);
	print_clean(s->redis.sensor, (int)text_width(s->redis.sensor));
	printf(", up %s, heartbeat %s ago\n",
	       duration_text(json_number_at(s->now, "uptime_s"), a),
	       isnan(s->heartbeat_age_s) ? "?" : duration_text(s->heartbeat_age_s, b));
	if (!(s->heartbeat_age_s < STALE_S))
		printf("            THE SENSOR HAS STOPPED REPORTING: is weird running? What "
		       "follows is "
		       "old.\n");
}

static void print_rates(const struct status *s) {
	const double seconds
		= (json_number_at(s->now, "time_ns") - json_number_at(s->before, "time_ns")) / 1e9;
	const double packets = number_in(s->now, "total", "rx_packets")
		- number_in(s->before, "total", "rx_packets");
	const double bytes = number_in(s->now, "total", "rx_bytes")
		- number_in(s->before, "total", "rx_bytes");
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX];

	if (!(seconds > 0) || !(packets >= 0) || !(bytes >= 0))
		return;
	printf("traffic     %s, %s\n",
	       scaled_text(packets / seconds, "packets/s", a),
	       scaled_text(bytes * 8 / seconds, "bit/s", b));
}

static void print_accounting(const struct status *s) {
	static const char *const parts[]
		= {"analysed",
		   "malformed",
		   "port_missed",
		   "port_no_mbuf",
		   "port_errors",
		   "distributor_dropped"};
	const double seen = number_in(s->now, "accounting", "seen");
	char text[NUMBER_TEXT_MAX];
	double sum = 0;

	printf("packets     %s seen =", number_text(seen, text));
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const double part = number_in(s->now, "accounting", parts[i]);

		if (!(part > 0) && strcmp(parts[i], "distributor_dropped") == 0)
			continue; // most sensors have no distributor
		printf(" %s%s %s", i > 0 ? "+ " : "", number_text(part, text), parts[i]);
		sum += part;
	}
	if (sum == seen)
		printf(": adds up\n");
	else
		printf(": DOES NOT ADD UP, %s packets differ\n",
		       number_text(fabs(seen - sum), text));
}

static void print_flows(const struct status *s) {
	const double used = json_number_at(s->now, "flows_used");
	const double capacity = json_number_at(s->now, "flows_capacity");
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX];

	printf("flow table  %s of %s records", number_text(used, a), number_text(capacity, b));
	if (capacity > 0)
		printf(", %.1f %% full", 100 * used / capacity);
	printf("\n");
}

static void print_alarms(const struct status *s) {
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX], c[NUMBER_TEXT_MAX];

	printf("alarms      %s open now, %s since the start; %s hosts have a history\n",
	       number_text(number_in(s->now, "control", "alarms_active"), a),
	       number_text(number_in(s->now, "control", "alarms_opened"), b),
	       number_text(number_in(s->now, "control", "hosts_tracked"), c));
	printf("events      %s queued, %s confirmed, %s waiting on disk\n",
	       number_text(number_in(s->now, "control", "events_queued"), a),
	       number_text(number_in(s->now, "control", "events_published"), b),
	       number_text(number_in(s->now, "control", "spool_events"), c));
}

static void print_learning(const struct status *s) {
	static const struct {
		const char *of, *counter;
	} drifts[] = {{"flows", "flow_drift"}, {"hosts", "host_drift"}};
	const double rows = number_in(s->now, "control", "baseline_rows");
	char a[NUMBER_TEXT_MAX];

	for (unsigned i = 0; i < sizeof(drifts) / sizeof(drifts[0]); i++) {
		const double index = number_in(s->now, "control", drifts[i].counter) / 1000;

		if (index > 0)
			printf("%s scores of %s: %.2f%s\n",
			       "drift      ",
			       drifts[i].of,
			       index,
			       index < 0.1	      ? ", as in training"
				       : index < 0.25 ? ", somewhat other than in training"
						      : ": NOT AS IN TRAINING, train the model "
							"again");
	}
	if (rows > 0)
		printf("baseline    %s flow rows seen so far: weir baseline status\n",
		       number_text(rows, a));
}

static void print_redis(const struct status *s) {
	const double times = number_in(s->now, "control", "redis_reconnects");
	const double longest_us = json_number_at(s->now, "event_delay_us_max");
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX];

	printf("redis       %s, reconnected %s time%s; ",
	       number_in(s->now, "control", "redis_up") == 1 ? "up" : "DOWN",
	       number_text(times, a),
	       times == 1 ? "" : "s");
	if (longest_us > 0)
		printf("event delay median %s ms, longest %s ms\n",
		       number_text(json_number_at(s->now, "event_delay_us_p50") / 1000, a),
		       number_text(longest_us / 1000, b));
	else
		printf("no event in the last second\n");
}

static void print_count(const json_t *o, const char *name, int columns) {
	char text[NUMBER_TEXT_MAX];

	printf(" %*s", columns, number_text(json_number_at(o, name), text));
}

struct share {
	const char *name;
	double flows;
};

// The largest by flows, most first; those without a name are a share, too.
static void shares_add(struct share best[static APPS_SHOWN], struct share one) {
	unsigned at = APPS_SHOWN;

	for (; at > 0 && best[at - 1].flows < one.flows; at--)
		if (at < APPS_SHOWN)
			best[at] = best[at - 1];
	if (at < APPS_SHOWN)
		best[at] = one;
}

static void print_apps(const struct status *s) {
	struct share best[APPS_SHOWN] = {0};
	json_t *apps = json_object_get(s->now, "applications"), *app;
	const char *name;
	double all = 0;

	json_object_foreach(apps, name, app) {
		const struct share one = {name, json_number_at(app, "flows")};

		if (one.flows > 0) {
			all += one.flows;
			shares_add(best, one);
		}
	}
	for (unsigned i = 0; i < APPS_SHOWN && best[i].name != NULL; i++) {
		const bool named = strcmp(best[i].name, "none") != 0;

		printf("%s", i == 0 ? "speaks      " : ", ");
		print_clean(
			named ? best[i].name : "not named",
			named ? (int)text_width(best[i].name) : 9
		);
		printf(" %.1f %%", 100 * best[i].flows / all);
	}
	printf("%s", best[0].name != NULL ? " of the flows\n" : "");
}

static void print_ports(const struct status *s) {
	const json_t *ports = json_object_get(s->now, "ports");
	const json_t *port;
	char text[NUMBER_TEXT_MAX];
	size_t i;

	printf("\n%-20s %15s %10s %12s %12s %12s\n",
	       "port",
	       "packets",
	       "bytes",
	       "missed",
	       "no buffer",
	       "damaged");
	json_array_foreach((json_t *)(uintptr_t)ports, i, port) {
		print_clean(json_text_at(port, "name"), 20);
		print_count(port, "port_packets", 15);
		printf(" %10s", scaled_text(json_number_at(port, "port_bytes"), "B", text));
		print_count(port, "port_missed", 12);
		print_count(port, "port_no_mbuf", 12);
		print_count(port, "port_errors", 12);
		printf("\n");
	}
}

static void print_workers(const struct status *s) {
	const json_t *workers = json_object_get(s->now, "workers");
	const json_t *worker;
	size_t i;

	printf("\n%-6s %15s %15s %12s %12s %12s %12s %12s\n",
	       "worker",
	       "packets",
	       "in flows",
	       "host only",
	       "not IP",
	       "malformed",
	       "new flows",
	       "scores");
	json_array_foreach((json_t *)(uintptr_t)workers, i, worker) {
		char number[24];

		snprintf(number, sizeof(number), "%.6g", json_number_at(worker, "worker"));
		printf("%-6s", number);
		print_count(worker, "rx_packets", 15);
		print_count(worker, "flow_packets", 15);
		print_count(worker, "host_only", 12);
		print_count(worker, "not_ip", 12);
		print_count(worker, "malformed", 12);
		print_count(worker, "flows_new", 12);
		print_count(worker, "scores", 12);
		printf("\n");
	}
}

static const struct counter_info *
info_find(const struct counter_info *info, unsigned n, const char *name) {
	for (unsigned i = 0; i < n; i++)
		if (strcmp(info[i].name, name) == 0)
			return &info[i];
	return NULL;
}

// Lines for those of the named counters that are not 0. @return how many
static unsigned print_nonzero(
	const json_t *counters,
	const char *const names[],
	unsigned n_names,
	const struct counter_info *info,
	unsigned n_info
) {
	char text[NUMBER_TEXT_MAX];
	unsigned lines = 0;

	for (unsigned i = 0; i < n_names; i++) {
		const double value = json_number_at(counters, names[i]);
		const struct counter_info *c = info_find(info, n_info, names[i]);

		if (!(value > 0) || c == NULL)
			continue;
		printf("  %15s %-22s %s\n", number_text(value, text), c->name, c->meaning);
		lines++;
	}
	return lines;
}

static void print_losses(const struct status *s) {
	const json_t *total = json_object_get(s->now, "total");
	const json_t *by = json_object_get(total, "malformed_by");
	const char *reasons[MALFORMED_N];
	unsigned lines;

	for (unsigned i = 0; i < MALFORMED_N; i++)
		reasons[i] = malformed_info[i].name;
	printf("\nlost or given up:\n");
	lines = print_nonzero(
		total,
		worker_losses,
		sizeof(worker_losses) / sizeof(worker_losses[0]),
		worker_counter_info,
		WORKER_COUNTER_N
	);
	lines += print_nonzero(
		json_object_get(s->now, "control"),
		control_losses,
		sizeof(control_losses) / sizeof(control_losses[0]),
		control_counter_info,
		CONTROL_COUNTER_N
	);
	if (lines == 0)
		printf("  nothing\n");
	if (json_object_size(by) > 0) {
		printf("\nmalformed packets:\n");
		print_nonzero(by, reasons, MALFORMED_N, malformed_info, MALFORMED_N);
	}
}

// --- asking

static int ask_stats(struct status *s) {
	char key[KEY_TEXT_MAX];
	redisReply *r = cli_redis_expect(
		&s->redis,
		link_call(
			s->redis.link,
			"XREVRANGE %s + - COUNT 2",
			cli_key(&s->redis, REDIS_KEY_STATS, key)
		),
		REDIS_REPLY_ARRAY,
		"statistics"
	);

	if (r == NULL)
		return EXIT_FAILED;
	if (r->elements > 0)
		s->now = reply_json(reply_field(entry_fields(r->element[0]), "stats"));
	if (r->elements > 1)
		s->before = reply_json(reply_field(entry_fields(r->element[1]), "stats"));
	freeReplyObject(r);
	if (s->now != NULL)
		return EXIT_OK;
	return cli_redis_fail(
		&s->redis,
		EXIT_FAILED,
		"there are no statistics of sensor \"%s\": has it run for a second?",
		s->redis.sensor
	);
}

static int ask_heartbeat(struct status *s) {
	redisReply *r
		= link_call(s->redis.link, "ZSCORE " REDIS_KEY_SENSORS " %s", s->redis.sensor);
	struct timespec now;

	s->heartbeat_age_s = NAN;
	clock_gettime(CLOCK_REALTIME, &now);
	if (r != NULL && r->type == REDIS_REPLY_NIL) {
		freeReplyObject(r);
		return EXIT_OK;
	}
	r = cli_redis_expect(&s->redis, r, REDIS_REPLY_STRING, "the sensor's heartbeat");
	if (r == NULL)
		return EXIT_FAILED;
	// The heartbeat has whole seconds: half a second old on the average at once.
	s->heartbeat_age_s = fmax(0, (double)now.tv_sec + (double)now.tv_nsec / 1e9 - atof(r->str));
	freeReplyObject(r);
	return EXIT_OK;
}

static void print_page(const struct status *s) {
	print_head(s);
	if (s->before != NULL)
		print_rates(s);
	print_accounting(s);
	print_flows(s);
	print_alarms(s);
	print_learning(s);
	print_redis(s);
	print_apps(s);
	print_ports(s);
	print_workers(s);
	load_print(s->now, s->before);
	print_losses(s);
}

static int status(struct status *s) {
	int code = ask_stats(s);
	char *line;

	if (code == EXIT_OK)
		code = ask_heartbeat(s);
	if (code != EXIT_OK)
		return code;
	if (!s->redis.json) {
		print_page(s);
		return EXIT_OK;
	}
	json_object_set_new(s->now, "heartbeat_age_s", real_json(s->heartbeat_age_s));
	line = json_line(s->now);
	puts(line != NULL ? line : "");
	free(line);
	return EXIT_OK;
}

int cmd_status(int argc, char **argv) {
	static const struct option known[] = {CLI_REDIS_OPTIONS, {0}};
	struct status s = {.redis.command = "status"};
	int letter, code;

	optind = 0;
	while ((letter = cli_option(argc, argv, "h", known)) != -1)
		if (!cli_redis_option(&s.redis, letter))
			return EXIT_USAGE;
	if (s.redis.help) {
		fputs(help, stdout);
		return cli_finish(&s.redis);
	}
	if (optind != argc)
		return cli_redis_fail(
			&s.redis, EXIT_USAGE, "no argument is wanted: see weir status --help"
		);
	code = cli_redis_open(&s.redis);
	if (code == EXIT_OK)
		code = status(&s);
	json_decref(s.now);
	json_decref(s.before);
	cli_redis_close(&s.redis);
	return code == EXIT_OK ? cli_finish(&s.redis) : code;
}
