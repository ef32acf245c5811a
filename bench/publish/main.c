// bench/run publish: events through the sensor's publisher into a real redis-server, beside
// redis-benchmark's XADD of as many bytes, in turn on the same server.
#include "bench/lib/machine.h"
#include "bench/lib/options.h"
#include "bench/publish/runs.h"
#include "publish/redis.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MAX 51
#define DISTINCT_PART 4 // these runs are slower and have so many times fewer events

static struct wishes {
	uint64_t events, alarms, rounds, pipeline, rate;
	double delay_seconds;
} wish = {
	.events = 120000,
	.alarms = 1000,
	.rounds = 5,
	.pipeline = REDIS_BATCH_MAX,
	.rate = 1000,
	.delay_seconds = 3,
};

static const struct option_row rows[] = {
	{"events", OPTION_COUNT, &wish.events, 1000, 100000000, "of each run"},
	{"alarms",
	 OPTION_COUNT,
	 &wish.alarms,
	 1,
	 1000000,
	 "the events are of so many alarms in turn"},
	{"rounds", OPTION_COUNT, &wish.rounds, 1, ROUNDS_MAX, "the two in turn; the median counts"},
	{"pipeline",
	 OPTION_COUNT,
	 &wish.pipeline,
	 1,
	 10000,
	 "of redis-benchmark (-P); the publisher's batch is as it is"},
	{"rate", OPTION_COUNT, &wish.rate, 1, 100000, "events/s while the delay is measured"},
	{"delay-seconds", OPTION_SECONDS, &wish.delay_seconds, 0, 0, "of measuring the delay"},
};

enum { OURS, DISTINCT, PEER, KINDS };
static const char *const names[KINDS] = {"publisher", "distinct", "redis_benchmark"};

struct outcome {
	struct run run[KINDS][ROUNDS_MAX];
	struct delays delays;
};

static int by_value(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[], unsigned n) {
	qsort(values, n, sizeof(*values), by_value);
	return values[n / 2];
}

static double per_second(const struct run *r) {
	return (double)r->events / r->seconds;
}

static double median_of(const struct outcome *o, unsigned kind, double (*of)(const struct run *)) {
	double values[ROUNDS_MAX];

	for (unsigned i = 0; i < wish.rounds; i++)
		values[i] = of(&o->run[kind][i]);
	return median(values, (unsigned)wish.rounds);
}

static double median_ratio(const struct outcome *o, unsigned kind) {
	double values[ROUNDS_MAX];

	for (unsigned i = 0; i < wish.rounds; i++)
		values[i] = per_second(&o->run[kind][i]) / per_second(&o->run[PEER][i]);
	return median(values, (unsigned)wish.rounds);
}

static double client_us(const struct run *r) {
	return r->client_cpu_s * 1e6 / (double)r->events;
}

static double server_us(const struct run *r) {
	return r->server_cpu_s * 1e6 / (double)r->events;
}

static double wall_us(const struct run *r) {
	return r->seconds * 1e6 / (double)r->events;
}

static double commands(const struct run *r) {
	return (double)r->commands / (double)r->events;
}

static bool all_right(const struct outcome *o, unsigned kind) {
	for (unsigned i = 0; i < wish.rounds; i++)
		if (!o->run[kind][i].right)
			return false;
	return true;
}

static bool one_round(struct outcome *o, const struct server *s, unsigned round) {
	return run_publisher(&o->run[OURS][round], s, wish.events, wish.alarms)
		&& run_peer(
			&o->run[PEER][round], s, wish.events, (unsigned)wish.pipeline, event_bytes()
		)
		&& run_publisher(&o->run[DISTINCT][round], s, wish.events / DISTINCT_PART, 0);
}

static bool measure(struct outcome *o, bool append, char version[static 32]) {
	struct server s;
	bool good = server_start(&s, append);

	if (!good)
		return false;
	snprintf(version, 32, "%s", s.version);
	for (unsigned i = 0; i < wish.rounds && good; i++)
		good = one_round(o, &s, i);
	good = good && run_delays(&o->delays, &s, (unsigned)wish.rate, wish.delay_seconds);
	server_stop(&s);
	if (!good)
		fprintf(stderr, "publish: a run was not finished\n");
	return good;
}

// --- telling

static void print_kind(const struct outcome *o, unsigned kind, const char *what) {
	printf("  %-34s %9.0f  %5.2f  %7.2f  %9.2f  %9.2f  %8.2f  %s\n",
	       what,
	       median_of(o, kind, per_second),
	       median_ratio(o, kind),
	       median_of(o, kind, wall_us),
	       median_of(o, kind, client_us),
	       median_of(o, kind, server_us),
	       median_of(o, kind, commands),
	       all_right(o, kind) ? "yes" : "NO");
}

static void print_outcome(const struct outcome *o, const char *persistence) {
	char ours[64];

	snprintf(ours, sizeof(ours), "publisher, %llu alarms", (unsigned long long)wish.alarms);
	printf("\n%s\n", persistence);
	printf("  %-34s %9s  %5s  %7s  %9s  %9s  %8s  %s\n",
	       "",
	       "events/s",
	       "ratio",
	       "us",
	       "client us",
	       "server us",
	       "commands",
	       "right");
	print_kind(o, PEER, "redis-benchmark XADD");
	print_kind(o, OURS, ours);
	print_kind(o, DISTINCT, "publisher, each an alarm of its own");
	printf("  delay from queue to a reader at %llu events/s: p50 %.2f ms, p99 %.2f ms, max "
	       "%.2f "
	       "ms (%llu events)\n",
	       (unsigned long long)wish.rate,
	       o->delays.p50_us / 1e3,
	       o->delays.p99_us / 1e3,
	       o->delays.max_us / 1e3,
	       (unsigned long long)o->delays.events);
}

static json_t *kind_json(const struct outcome *o, unsigned kind) {
	json_t *rates = json_array();

	for (unsigned i = 0; i < wish.rounds; i++)
		json_array_append_new(rates, json_real(per_second(&o->run[kind][i])));
	return json_pack(
		"{s:f, s:o, s:f, s:f, s:f, s:f, s:f, s:b}",
		"events_per_s",
		median_of(o, kind, per_second),
		"events_per_s_of_rounds",
		rates,
		"ratio",
		median_ratio(o, kind),
		"us",
		median_of(o, kind, wall_us),
		"client_cpu_us",
		median_of(o, kind, client_us),
		"server_cpu_us",
		median_of(o, kind, server_us),
		"commands_per_event",
		median_of(o, kind, commands),
		"right",
		all_right(o, kind)
	);
}

static json_t *outcome_json(const struct outcome *o) {
	json_t *result = json_object();

	for (unsigned kind = 0; kind < KINDS; kind++)
		json_object_set_new(result, names[kind], kind_json(o, kind));
	json_object_set_new(
		result,
		"delay",
		json_pack(
			"{s:f, s:f, s:f, s:I}",
			"p50_us",
			o->delays.p50_us,
			"p99_us",
			o->delays.p99_us,
			"max_us",
			o->delays.max_us,
			"events",
			(json_int_t)o->delays.events
		)
	);
	return result;
}

int main(int argc, char **argv) {
	static struct outcome plain, append;
	struct options o = {
		.bench = "publish",
		.about = "events into Redis, beside redis-benchmark's XADD of the same size",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	char version[32];
	json_t *machine, *settings;

	options_parse(&o, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	machine = machine_json();
	settings = options_settings(&o);
	if (!measure(&plain, false, version) || !measure(&append, true, version))
		return 1;
	json_object_set_new(settings, "redis", json_string(version));
	json_object_set_new(settings, "event_bytes", json_integer((json_int_t)event_bytes()));
	json_object_set_new(settings, "batch", json_integer(REDIS_BATCH_MAX));
	if (o.json) {
		bench_print_json(
			"publish",
			machine,
			settings,
			json_pack(
				"{s:o, s:o}",
				"memory_only",
				outcome_json(&plain),
				"append_everysec",
				outcome_json(&append)
			)
		);
		return 0;
	}
	machine_print(stdout, machine);
	printf("redis-server %s on a Unix socket; %llu events of %zu bytes a run, %llu rounds in "
	       "turn; "
	       "publisher: one\nconnection, transactions of up to %u events; redis-benchmark: one "
	       "connection, -P %llu; medians; ratio: of\nthe same round; client us, server us: CPU "
	       "time "
	       "an event; commands: that the server ran, an event\n",
	       version,
	       (unsigned long long)wish.events,
	       event_bytes(),
	       (unsigned long long)wish.rounds,
	       REDIS_BATCH_MAX,
	       (unsigned long long)wish.pipeline);
	print_outcome(&plain, "nothing on disk");
	print_outcome(&append, "append-only file, fsync every second");
	json_decref(machine);
	json_decref(settings);
	return 0;
}
