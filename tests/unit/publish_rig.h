// A redis-server of its own and numbered alarms, for the tests of the publisher.
#ifndef WEIR_TESTS_PUBLISH_RIG_H
#define WEIR_TESTS_PUBLISH_RIG_H

#include "pipeline/spsc.h"
#include "publish/link.h"
#include "publish/publish.h"
#include "test.h"

#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull
#define SENSOR "edge"
#define EVENTS "weir:{edge}:events"

static char folder[64];
static char socket_path[96], spool_path[96], file_path[96];
static pid_t server;
static const char *fsync_policy = "always";

[[maybe_unused]] static void sleep_ms(unsigned ms) {
	nanosleep(&(struct timespec) {ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static uint64_t wall_ns(void) {
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

#define wait_for(ms, fact)                                                                         \
	do {                                                                                       \
		const uint64_t until_ = wall_ns() + (ms)*MS;                                       \
                                                                                                   \
		while (!(fact)) {                                                                  \
			if (wall_ns() > until_)                                                    \
				fail_msg("not within %u ms: %s", (unsigned)(ms), #fact);           \
			sleep_ms(2);                                                               \
		}                                                                                  \
	} while (0)

// --- a server of our own

[[maybe_unused]] static struct link *client(void) {
	const struct link_conf conf = {.socket = socket_path, .timeout_ms = 5000};
	char error[LINK_ERROR_MAX];
	struct link *l = NULL;

	return link_open(&l, &conf, error) == 0 ? l : NULL;
}

[[maybe_unused]] static bool server_answers(void) {
	struct link *l = client();

	link_close(l);
	return l != NULL;
}

[[maybe_unused]] static void server_start(const char *option, const char *value) {
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		const int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execlp("redis-server",
		       "redis-server",
		       "--port",
		       "0",
		       "--unixsocket",
		       socket_path,
		       "--dir",
		       folder,
		       "--save",
		       "",
		       "--appendfsync",
		       fsync_policy,
		       option,
		       value,
		       (char *)NULL);
		_exit(127);
	}
}

[[maybe_unused]] static void server_ready(const char *option, const char *value) {
	server_start(option, value);
	wait_for(10000, server_answers());
}

[[maybe_unused]] static void server_kill(void) {
	if (server > 0) {
		kill(server, SIGCONT);
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = 0;
	unlink(socket_path);
}

[[maybe_unused]] static int set_up(void **) {
	strcpy(folder, "/tmp/weir-publish-XXXXXX");
	fsync_policy = "always";
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/redis.sock", folder);
	snprintf(spool_path, sizeof(spool_path), "%s/spool", folder);
	snprintf(file_path, sizeof(file_path), "%s/events.json", folder);
	return 0;
}

[[maybe_unused]] static int remove_one(const char *path, const struct stat *, int, struct FTW *) {
	return remove(path);
}

[[maybe_unused]] static int tear_down(void **) {
	server_kill();
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

[[maybe_unused]] static bool have_server(void) {
	return system("redis-server --version >/dev/null 2>&1") == 0;
}

// --- the publisher and its alarms

[[maybe_unused]] static struct publish_conf conf_of_test(void) {
	struct publish_conf c = publish_defaults;

	strcpy(c.sensor, SENSOR);
	snprintf(c.redis_socket, sizeof(c.redis_socket), "%s", socket_path);
	snprintf(c.spool_folder, sizeof(c.spool_folder), "%s", spool_path);
	c.redis_timeout_ms = 500;
	c.flush_ms = 5;
	return c;
}

[[maybe_unused]] static struct publish *started(const struct publish_conf *conf) {
	char error[PUBLISH_ERROR_MAX] = "";
	struct publish *p = NULL;

	if (publish_create(&p, conf, error) != 0)
		fail_msg("%s", error);
	return p;
}

[[maybe_unused]] static struct control_counters counters_of(const struct publish *p) {
	struct control_counters c = {0};

	publish_counters(p, &c);
	return c;
}

// The number of the event travels in `packets`.
[[maybe_unused]] static struct alarm numbered(uint64_t n) {
	struct alarm a = {
		.id = 0x1000 + n % 100,
		.revision = (uint32_t)(n / 100 + 1),
		.kind = KIND_SYN_FLOOD,
		.severity = SEVERITY_HIGH,
		.state = n < 100 ? ALARM_OPEN : ALARM_UPDATE,
		.target_prefix_len = 32,
		.start_ns = wall_ns(),
		.time_ns = wall_ns(),
		.packets = n,
		.metric = "syn_per_s",
		.words = "10.0.0.5 gets more SYN than it ever did, from senders that look forged",
	};

	addr_parse(&a.target, NULL, "10.0.0.5");
	return a;
}

[[maybe_unused]] static void send_numbers(struct publish *p, uint64_t from, uint64_t to) {
	for (uint64_t n = from; n < to; n++) {
		const struct alarm a = numbered(n);

		wait_for(20000, publish_alarm(p, &a));
	}
}

[[maybe_unused]] static json_int_t number_of(const redisReply *entry) {
	const redisReply *fields = entry->element[1];
	json_t *json;
	json_int_t n;

	assert_string_equal(fields->element[0]->str, "event");
	json = json_loads(fields->element[1]->str, 0, NULL);
	assert_non_null(json);
	n = json_integer_value(json_object_get(json, "packets"));
	json_decref(json);
	return n;
}

[[maybe_unused]] static unsigned long long stream_length(void) {
	struct link *l = client();
	redisReply *reply = l != NULL ? link_call(l, "XLEN " EVENTS) : NULL;
	unsigned long long n = 0;

	if (reply != NULL) {
		n = reply->type == REDIS_REPLY_INTEGER ? (unsigned long long)reply->integer : 0;
		freeReplyObject(reply);
	}
	link_close(l);
	return n;
}

// The stream holds exactly the numbers from .. to-1, in order.
[[maybe_unused]] static void expect_numbers(uint64_t from, uint64_t to) {
	struct link *l = client();
	char after[64] = "-";

	assert_non_null(l);
	while (from < to) {
		redisReply *reply = link_call(l, "XRANGE " EVENTS " %s + COUNT 500", after);

		assert_non_null(reply);
		assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
		if (reply->elements == 0)
			fail_msg("the stream ends before %llu", (unsigned long long)from);
		for (size_t i = 0; i < reply->elements; i++) {
			assert_int_equal(number_of(reply->element[i]), from);
			from++;
		}
		snprintf(
			after,
			sizeof(after),
			"(%.48s",
			reply->element[reply->elements - 1]->element[0]->str
		);
		freeReplyObject(reply);
	}
	assert_int_equal(from, to);
	redisReply *rest = link_call(l, "XRANGE " EVENTS " %s + COUNT 1", after);

	assert_int_equal(rest->elements, 0);
	freeReplyObject(rest);
	link_close(l);
}

[[maybe_unused]] static long long integer_of(const char *command) {
	struct link *l = client();
	redisReply *reply;
	long long n;

	assert_non_null(l);
	reply = link_call(l, command);
	assert_non_null(reply);
	n = reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
	if (reply->type == REDIS_REPLY_STRING)
		n = atoll(reply->str);
	freeReplyObject(reply);
	link_close(l);
	return n;
}

[[maybe_unused]] static void run_command(const char *command) {
	struct link *l = client();
	redisReply *reply;

	assert_non_null(l);
	reply = link_call(l, command);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", command, reply->str);
	freeReplyObject(reply);
	link_close(l);
}

#endif
