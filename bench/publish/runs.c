#include "bench/publish/runs.h"

#include "publish/json.h"
#include "publish/link.h"
#include "publish/publish.h"
#include "publish/redis.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define SENSOR "bench"
#define EVENTS_KEY "weir:{" SENSOR "}:events"
#define GIVE_UP_NS 60000000000ull
#define QUEUE_SLOTS 4096

static uint64_t clock_ns(clockid_t clock) {
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static double cpu_s(void) { // of all threads but this one
	return (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - clock_ns(CLOCK_THREAD_CPUTIME_ID))
		/ 1e9;
}

static void pause_us(unsigned us) {
	nanosleep(&(struct timespec) {.tv_nsec = (long)us * 1000}, NULL);
}

// As large as a real one: eight sources, twelve pieces of evidence, full sentences.
static struct alarm sample(void) {
	struct alarm a = {
		.kind = KIND_SYN_FLOOD,
		.severity = SEVERITY_HIGH,
		.state = ALARM_UPDATE,
		.proto = 6,
		.target_prefix_len = 32,
		.has_port = 1,
		.port = 443,
		.n_sources = ALARM_SOURCES_MAX,
		.n_evidence = ALARM_EVIDENCE_MAX,
		.score = 0.999f,
		.metric = "syn_per_s",
		.value = 41234.5,
		.threshold = 1000,
		.baseline = 12.25,
		.interval_ns = 1000000000,
		.forged_why = "39,000 senders with two packets each; TTLs of every class",
		.words = "10.0.0.5:443 gets 41,234 SYN/s, usually 12; 0.2 % are answered.",
		.mitigation = "Turn on SYN cookies on 10.0.0.5; ask the provider to filter.",
	};

	addr_parse(&a.target, NULL, "10.0.0.5");
	for (unsigned i = 0; i < ALARM_SOURCES_MAX; i++)
		addr_parse(&a.sources[i].addr, NULL, i % 2 ? "192.0.2.177" : "2001:db8::177");
	for (unsigned i = 0; i < ALARM_EVIDENCE_MAX; i++)
		a.evidence[i] = (struct alarm_evidence) {
			"in_peer_entropy", 0.123456f + 0.01f * (float)i, 0.5f, 0.1f};
	return a;
}

// The n-th of a run: numbers that differ, as in life; its bytes are nearly the same.
static void number(struct alarm *a, uint64_t n, uint64_t alarms) {
	a->id = alarms > 0 ? n % alarms : n;
	a->revision = 1000000 + (uint32_t)n;
	a->packets = 100000000 + n;
	a->value = 41234.5 + (double)(n % 1000);
	a->start_ns = a->end_ns = a->time_ns = clock_ns(CLOCK_REALTIME);
}

size_t event_bytes(void) {
	struct alarm a = sample();
	char text[ALARM_JSON_MAX];

	number(&a, 12345678, 1000);
	return alarm_write(SENSOR, &a, text);
}

uint64_t events_max(void) {
	return publish_defaults.events_max;
}

static struct publish *publisher(const struct server *s) {
	struct publish_conf conf = publish_defaults;
	char error[PUBLISH_ERROR_MAX];
	struct publish *p = NULL;

	strcpy(conf.sensor, SENSOR);
	snprintf(conf.redis_socket, sizeof(conf.redis_socket), "%s", s->socket);
	snprintf(conf.spool_folder, sizeof(conf.spool_folder), "%s/spool", s->folder);
	conf.queue_slots = QUEUE_SLOTS;
	if (publish_create(&p, &conf, error) < 0)
		fprintf(stderr, "publish: %s\n", error);
	return p;
}

static struct control_counters counters(const struct publish *p) {
	struct control_counters c = {0};

	publish_counters(p, &c);
	return c;
}

static bool wait_up(const struct publish *p) {
	const uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);

	while (counters(p).redis_up == 0) {
		if (clock_ns(CLOCK_MONOTONIC) - begin_ns > GIVE_UP_NS)
			return false;
		pause_us(1000);
	}
	return true;
}

// @return false: time ran out
static bool send_all(struct publish *p, uint64_t events, uint64_t alarms) {
	const uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	struct alarm a = sample();

	for (uint64_t n = 0; n < events; n++) {
		number(&a, n, alarms);
		while (!publish_alarm(p, &a)) {
			if (clock_ns(CLOCK_MONOTONIC) - begin_ns > GIVE_UP_NS)
				return false;
			pause_us(1000);
		}
	}
	while (counters(p).events_published < events) {
		if (clock_ns(CLOCK_MONOTONIC) - begin_ns > GIVE_UP_NS)
			return false;
		pause_us(200);
	}
	return true;
}

static long long commands_run(const struct server *s) {
	const struct link_conf conf = {.socket = s->socket, .timeout_ms = 10000};
	char error[LINK_ERROR_MAX];
	struct link *l = NULL;
	redisReply *reply;
	long long n = 0;

	if (link_open(&l, &conf, error) < 0)
		return 0;
	reply = link_call(l, "INFO stats");
	if (reply != NULL && reply->type == REDIS_REPLY_STRING) {
		const char *at = strstr(reply->str, "total_commands_processed:");

		n = at != NULL ? atoll(at + strlen("total_commands_processed:")) : 0;
	}
	if (reply != NULL)
		freeReplyObject(reply);
	link_close(l);
	return n;
}

// None lost, none twice: the stream has been given exactly as many as were sent.
static bool stream_is_right(const struct server *s, const struct publish *p, uint64_t events) {
	const struct link_conf conf = {.socket = s->socket, .timeout_ms = 10000};
	const struct control_counters c = counters(p);
	char error[LINK_ERROR_MAX], want[64];
	struct link *l = NULL;
	redisReply *reply;
	bool right = false;

	if (c.events_published != events || c.spool_lost != 0 || link_open(&l, &conf, error) < 0)
		return false;
	snprintf(want, sizeof(want), "\"packets\":%" PRIu64 ",", 100000000 + events - 1);
	reply = link_call(l, "XREVRANGE " EVENTS_KEY " + - COUNT 1");
	if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 1)
		right = strstr(reply->element[0]->element[1]->element[1]->str, want) != NULL;
	if (reply != NULL)
		freeReplyObject(reply);
	reply = link_call(l, "XINFO STREAM " EVENTS_KEY);
	for (size_t i = 0; reply != NULL && i + 1 < reply->elements; i += 2)
		if (strcmp(reply->element[i]->str, "entries-added") == 0)
			right &= reply->element[i + 1]->integer == (long long)events;
	if (reply != NULL)
		freeReplyObject(reply);
	link_close(l);
	return right;
}

bool run_publisher(struct run *out, const struct server *s, uint64_t events, uint64_t alarms) {
	struct publish *p;
	long long commands;
	uint64_t begin_ns;
	double server_s, client_s;
	bool done;

	server_call(s, "FLUSHALL");
	p = publisher(s);
	if (p == NULL || !wait_up(p)) {
		publish_destroy(p);
		return false;
	}
	commands = commands_run(s);
	server_s = server_cpu_s(s);
	client_s = cpu_s();
	begin_ns = clock_ns(CLOCK_MONOTONIC);
	done = send_all(p, events, alarms);
	*out = (struct run) {
		.events = counters(p).events_published,
		.seconds = (double)(clock_ns(CLOCK_MONOTONIC) - begin_ns) / 1e9,
		.client_cpu_s = cpu_s() - client_s,
		.server_cpu_s = server_cpu_s(s) - server_s,
		.commands = (uint64_t)(commands_run(s) - commands),
		.right = done && stream_is_right(s, p, events),
	};
	publish_destroy(p);
	return done;
}

static double children_cpu_s(void) {
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec)
		+ (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

bool run_peer(
	struct run *out,
	const struct server *s,
	uint64_t events,
	unsigned pipeline,
	size_t bytes
) {
	char payload[4096], command[sizeof(payload) + 512], line[sizeof(command)];
	double per_second = 0, server_s, client_s = children_cpu_s();
	long long commands;
	FILE *f;

	server_call(s, "FLUSHALL");
	memset(payload, 'x', sizeof(payload));
	payload[bytes < sizeof(payload) ? bytes : sizeof(payload) - 1] = '\0';
	snprintf(
		command,
		sizeof(command),
		"redis-benchmark -s %s -c 1 -P %u -n %" PRIu64 " --csv XADD " EVENTS_KEY
		" MAXLEN '~' %" PRIu64 " '*' event %s 2>/dev/null",
		s->socket,
		pipeline,
		events,
		events_max(),
		payload
	);
	commands = commands_run(s);
	server_s = server_cpu_s(s);
	f = popen(command, "re");
	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL) { // "XADD ... x","123456.00","0.5",...
		const char *at = strstr(line, "\",\"");

		if (at != NULL && atof(at + 3) > 0)
			per_second = atof(at + 3);
	}
	if (pclose(f) != 0 || per_second <= 0) {
		fprintf(stderr, "publish: redis-benchmark failed: is it installed?\n");
		return false;
	}
	*out = (struct run) {
		.events = events,
		.seconds = (double)events / per_second,
		.client_cpu_s = children_cpu_s() - client_s,
		.server_cpu_s = server_cpu_s(s) - server_s,
		.commands = (uint64_t)(commands_run(s) - commands),
		.right = true,
	};
	return true;
}

// --- delay

struct reader {
	const struct server *server;
	atomic_bool stop, failed;
	atomic_bool ready;
	uint64_t n, room;
	uint32_t *us;
};

static void reader_take(struct reader *r, const redisReply *entry, char last[static 48]) {
	const uint64_t now_ns = clock_ns(CLOCK_REALTIME);
	const char *json = entry->element[1]->element[1]->str;
	const char *at = strstr(json, "\"time_ns\":");
	const uint64_t then_ns = at != NULL ? strtoull(at + 10, NULL, 10) : now_ns;

	if (r->n < r->room)
		r->us[r->n++] = (uint32_t)((now_ns - then_ns) / 1000);
	snprintf(last, 48, "%.47s", entry->element[0]->str);
}

static void *reader_run(void *arg) {
	struct reader *r = arg;
	const struct link_conf conf = {.socket = r->server->socket, .timeout_ms = 5000};
	char error[LINK_ERROR_MAX], last[48] = "0-0";
	struct link *l = NULL;

	if (link_open(&l, &conf, error) < 0)
		r->failed = true;
	r->ready = true;
	while (l != NULL && !r->stop) {
		redisReply *reply
			= link_call(l, "XREAD COUNT 100 BLOCK 100 STREAMS " EVENTS_KEY " %s", last);

		if (reply == NULL) {
			r->failed = true;
			break;
		}
		if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1) {
			const redisReply *entries = reply->element[0]->element[1];

			for (size_t i = 0; i < entries->elements; i++)
				reader_take(r, entries->element[i], last);
		}
		freeReplyObject(reply);
	}
	link_close(l);
	return NULL;
}

static int by_size(const void *a, const void *b) {
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void send_paced(struct publish *p, unsigned per_second, uint64_t events) {
	const uint64_t gap_ns = 1000000000 / per_second;
	uint64_t next_ns = clock_ns(CLOCK_MONOTONIC);
	struct alarm a = sample();

	for (uint64_t n = 0; n < events; n++, next_ns += gap_ns) {
		const struct timespec until
			= {(time_t)(next_ns / 1000000000), (long)(next_ns % 1000000000)};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		number(&a, n, 1000);
		publish_alarm(p, &a);
	}
}

bool run_delays(struct delays *out, const struct server *s, unsigned per_second, double seconds) {
	const uint64_t events = (uint64_t)(per_second * seconds);
	struct reader r = {
		.server = s,
		.room = events,
		.us = calloc(events + 1, sizeof(uint32_t)),
	};
	struct publish *p;
	pthread_t thread;

	server_call(s, "FLUSHALL");
	p = publisher(s);
	if (p == NULL || !wait_up(p) || r.us == NULL
	    || pthread_create(&thread, NULL, reader_run, &r) != 0) {
		publish_destroy(p);
		free(r.us);
		return false;
	}
	while (!r.ready)
		pause_us(1000);
	send_paced(p, per_second, events);
	for (unsigned i = 0; i < 3000 && counters(p).events_published < events; i++)
		pause_us(1000);
	pause_us(200000);
	r.stop = true;
	pthread_join(thread, NULL);
	publish_destroy(p);
	qsort(r.us, r.n, sizeof(*r.us), by_size);
	*out = (struct delays) {.events = r.n};
	if (r.n > 0) {
		out->p50_us = r.us[r.n / 2];
		out->p99_us = r.us[r.n * 99 / 100];
		out->max_us = r.us[r.n - 1];
	}
	free(r.us);
	return !r.failed && r.n == events;
}
