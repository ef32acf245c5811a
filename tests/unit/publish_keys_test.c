// What the alarms' own keys show: under load only the newest event of each alarm is written there, while
// the stream has every one; and a process that died between the two leaves nothing behind that stays.
// Exits with 77 where there is no redis-server.
#include "publish/json.h"
#include "publish/latest.h"
#include "publish/redis.h"
#include "publish_rig.h"

#define ALARMS 100 // of numbered()
#define LOAD 20000 // events

static char *text_of(const redisReply *reply) {
	return reply != NULL && reply->type == REDIS_REPLY_STRING ? strdup(reply->str) : NULL;
}

static char *answer_text(struct link *l, const char *format, unsigned n) {
	redisReply *reply = link_call(l, format, n);
	char *text = text_of(reply);

	if (reply != NULL)
		freeReplyObject(reply);
	return text;
}

// The newest event of each alarm as the stream has it, and the id of the newest of all.
struct newest {
	char *json[ALARMS];
	char id[48];
	uint64_t n;
};

static unsigned alarm_of(const char *json) {
	const char *id = strstr(json, "\"id\":\"");
	const unsigned long long n = id != NULL ? strtoull(id + 6, NULL, 16) : 0;

	assert_true(n >= 0x1000 && n < 0x1000 + ALARMS);
	return (unsigned)(n - 0x1000);
}

static struct newest newest_of_stream(struct link *l) {
	struct newest out = {.id = "0-0"};
	size_t got = 1;

	while (got > 0) {
		redisReply *reply = link_call(l, "XRANGE " EVENTS " (%s + COUNT 500", out.id);

		assert_non_null(reply);
		assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
		got = reply->elements;
		for (size_t i = 0; i < got; i++) {
			const redisReply *entry = reply->element[i];
			const char *json = entry->element[1]->element[1]->str;
			char **place = &out.json[alarm_of(json)];

			free(*place);
			*place = strdup(json);
			snprintf(out.id, sizeof(out.id), "%.47s", entry->element[0]->str);
			out.n++;
		}
		freeReplyObject(reply);
	}
	return out;
}

static bool is_closed(const char *json) {
	return strstr(json, "\"state\":\"close\"") != NULL;
}

// Hash and timeline of an alarm are those of its newest event. @return is it in the active set?
static bool expect_alarm(struct link *l, unsigned alarm, const char *json) {
	char *event = answer_text(l, "HGET weir:{edge}:alarm:%016x event", 0x1000 + alarm);
	char *state = answer_text(l, "HGET weir:{edge}:alarm:%016x state", 0x1000 + alarm);
	char *place = answer_text(l, "ZSCORE weir:{edge}:timeline %016x", 0x1000 + alarm);
	char *active = answer_text(l, "ZSCORE weir:{edge}:active %016x", 0x1000 + alarm);
	const bool is_active = active != NULL;

	assert_non_null(event);
	assert_string_equal(event, json);
	assert_int_equal(strcmp(state, "close") == 0, is_closed(json));
	assert_non_null(place);
	free(event);
	free(state);
	free(place);
	free(active);
	return is_active;
}

// Every alarm's keys show the stream's newest event of it. @param lives  its process has not died
static void expect_keys(uint64_t events, bool lives) {
	struct link *l = client();
	struct newest newest;
	char *applied;

	assert_non_null(l);
	newest = newest_of_stream(l);
	assert_int_equal(newest.n, events);
	for (unsigned i = 0; i < ALARMS; i++) {
		if (newest.json[i] == NULL)
			continue;
		assert_int_equal(
			expect_alarm(l, i, newest.json[i]), lives && !is_closed(newest.json[i])
		);
		free(newest.json[i]);
	}
	applied = answer_text(l, "GET weir:{edge}:applied", 0);
	assert_non_null(applied);
	assert_string_equal(applied, newest.id);
	free(applied);
	link_close(l);
}

static long long calls_of(const char *command) {
	struct link *l = client();
	redisReply *reply = link_call(l, "INFO commandstats");
	char name[64];
	const char *at;
	long long n = 0;

	assert_non_null(reply);
	snprintf(name, sizeof(name), "cmdstat_%s:calls=", command);
	at = strstr(reply->str, name);
	if (at != NULL)
		n = atoll(at + strlen(name));
	freeReplyObject(reply);
	link_close(l);
	return n;
}

// As numbered(), and every seventh event of an alarm closes it.
static struct alarm changing(uint64_t n) {
	struct alarm a = numbered(n);

	a.severity = (uint8_t)(n / ALARMS % SEVERITY_N);
	if (n / ALARMS % 7 == n % 7)
		a.state = ALARM_CLOSE;
	return a;
}

static void send_changing(struct publish *p, uint64_t from, uint64_t to) {
	for (uint64_t n = from; n < to; n++) {
		const struct alarm a = changing(n);

		wait_for(20000, publish_alarm(p, &a));
	}
}

static bool settled(const struct publish *p, uint64_t n) {
	return counters_of(p).events_published == n;
}

static void under_load_the_stream_has_all_and_the_keys_the_newest(void **) {
	struct publish_conf conf = conf_of_test();
	struct publish *p;

	conf.queue_slots = 8192;
	server_ready("--appendonly", "no");
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	send_changing(p, 0, LOAD);
	wait_for(20000, settled(p, LOAD));
	publish_destroy(p); // writes what is behind
	expect_numbers(0, LOAD);
	expect_keys(LOAD, true);
	assert_int_equal(calls_of("xadd"), LOAD);
	assert_true(calls_of("hset") >= ALARMS);
	if (calls_of("hset") > LOAD / 2)
		fail_msg("%lld times HSET for %d events", calls_of("hset"), LOAD);
}

// More alarms than the table of the newest holds, each with one event: none is left out.
static void under_load_every_one_of_many_alarms_has_its_keys(void **) {
	struct publish_conf conf = conf_of_test();
	const unsigned alarms = 5 * LATEST_MAX + 33;
	struct publish *p;

	conf.queue_slots = 8192;
	server_ready("--appendonly", "no");
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	for (unsigned n = 0; n < alarms; n++) {
		struct alarm a = numbered(n);

		a.id = n;
		a.state = ALARM_OPEN;
		wait_for(20000, publish_alarm(p, &a));
	}
	wait_for(20000, settled(p, alarms));
	publish_destroy(p);
	assert_int_equal(integer_of("XLEN " EVENTS), alarms);
	assert_int_equal(integer_of("ZCARD weir:{edge}:timeline"), alarms);
	assert_int_equal(integer_of("ZCARD weir:{edge}:active"), alarms);
	assert_int_equal(integer_of("DBSIZE"), alarms + 4); // events, active, timeline, applied
}

// Without a load nothing waits: the keys are there with the entry.
static void a_single_event_is_in_all_keys_at_once(void **) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p;

	server_ready("--appendonly", "no");
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	for (uint64_t n = 0; n < 20; n++) {
		send_changing(p, n, n + 1);
		wait_for(5000, settled(p, n + 1));
		expect_keys(n + 1, true);
	}
	publish_destroy(p);
}

// A batch that is as full as it can be looks as if others followed. None do: its keys come all the same.
static void a_full_batch_that_nothing_follows_is_not_forgotten(void **) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p;

	server_ready("--appendonly", "no");
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	for (uint64_t n = 0; n < 5 * (1 + REDIS_BATCH_MAX); n += 1 + REDIS_BATCH_MAX) {
		kill(server, SIGSTOP);
		send_changing(p, n, n + 1); // the thread waits for its answer
		sleep_ms(50);
		send_changing(p, n + 1, n + 1 + REDIS_BATCH_MAX);
		kill(server, SIGCONT);
		wait_for(5000, settled(p, n + 1 + REDIS_BATCH_MAX));
		sleep_ms(100);
		expect_keys(n + 1 + REDIS_BATCH_MAX, true);
	}
	publish_destroy(p);
}

static void killed_servers_under_load_keep_stream_and_keys_together(void **) {
	struct publish_conf conf = conf_of_test();
	struct publish *p;
	uint64_t n = 0;

	conf.queue_slots = 8192;
	server_ready("--appendonly", "yes");
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	for (unsigned round = 0; round < 3; round++) {
		send_changing(p, n, n + 4000); // most of them wait
		n += 4000;
		server_kill();
		send_changing(p, n, n + 500);
		n += 500;
		server_ready("--appendonly", "yes");
		wait_for(20000, settled(p, n));
	}
	publish_destroy(p);
	expect_numbers(0, n);
	expect_keys(n, true);
}

// Our process dies anywhere in the load. What it had taken but not yet sent is lost with it, as it is
// without a load; what is in the stream is in the keys once another process runs.
static void the_keys_of_a_killed_sensor_are_mended(void **) {
	struct publish_conf conf = conf_of_test();
	uint64_t behind = 0;

	conf.queue_slots = 8192;
	conf.spool_folder[0] = '\0';
	for (unsigned round = 0; round < 4; round++) {
		struct publish *p;
		int status;
		pid_t pid;

		server_ready("--appendonly", "no");
		pid = fork();
		if (pid == 0) {
			p = started(&conf);
			send_changing(p, 0, 1000000);
			_exit(0);
		}
		wait_for(10000, stream_length() > 2000);
		sleep_ms(7 * round);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		sleep_ms(50); // Redis finishes what it was sent
		{
			struct link *l = client();
			struct newest newest = newest_of_stream(l);
			char *applied = answer_text(l, "GET weir:{edge}:applied", 0);

			behind += applied == NULL || strcmp(applied, newest.id) != 0;
			free(applied);
			for (unsigned i = 0; i < ALARMS; i++)
				free(newest.json[i]);
			link_close(l);
		}
		p = started(&conf);
		wait_for(10000, counters_of(p).redis_up == 1);
		publish_destroy(p);
		expect_keys(stream_length(), false);
		server_kill();
	}
	assert_true(behind > 0); // else there was nothing to mend
}

static void add_by_hand(struct link *l, const char *id, uint64_t n) {
	const struct alarm a = changing(n);
	char json[ALARM_JSON_MAX];

	alarm_write(SENSOR, &a, json);
	freeReplyObject(link_call(l, "XADD " EVENTS " %s event %s", id, json));
}

static void a_mark_that_says_nothing_stops_nothing(void **) {
	static const char *const marks[] = {
		"SET weir:{edge}:applied nonsense",
		"SET weir:{edge}:applied 99999999999999999999-1",
		"SET weir:{edge}:applied -5--5",
		"HSET weir:{edge}:applied a b",
		"SET weir:{edge}:applied 18446744073709551615-18446744073709551615",
		"SET weir:{edge}:applied 5-0",
	};
	const struct publish_conf conf = conf_of_test();

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		struct publish *p;
		struct link *l;

		server_ready("--appendonly", "no");
		l = client();
		add_by_hand(l, "5-0", 1);
		freeReplyObject(link_call(l, "XADD " EVENTS " 5-1 event {\"id\":[]}"));
		freeReplyObject(link_call(l, "XADD " EVENTS " 5-2 other thing"));
		freeReplyObject(link_call(l, "XADD " EVENTS " 5-3 event nonsense"));
		add_by_hand(l, "6-0", 2);
		link_close(l);
		run_command(marks[i]);
		p = started(&conf);
		send_numbers(p, 7, 9);
		wait_for(5000, settled(p, 2));
		assert_int_equal(integer_of("XLEN " EVENTS), 7);
		assert_int_equal(integer_of("HEXISTS weir:{edge}:alarm:0000000000001007 event"), 1);
		// Only the last mark is a place from which something can be mended.
		assert_int_equal(
			integer_of("HEXISTS weir:{edge}:alarm:0000000000001002 event"),
			i == ARRAY_LEN(marks) - 1
		);
		assert_int_equal(integer_of("EXISTS weir:{edge}:alarm:0000000000001001"), 0);
		publish_destroy(p);
		server_kill();
	}
}

// From publish_alarm() to the confirmation, with pauses between the events in which the thread sleeps.
static void an_event_wakes_the_publisher_at_once(void **) {
	struct publish_conf conf = conf_of_test();
	uint64_t begin_ns, spent_ns = 0;
	struct publish *p;

	conf.flush_ms
		= 1000; // what it would take to notice without being woken: half of it, on average
	server_ready("--appendonly", "no");
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	for (uint64_t n = 0; n < 20; n++) {
		sleep_ms(20);
		begin_ns = wall_ns();
		send_numbers(p, n, n + 1);
		wait_for(5000, settled(p, n + 1));
		spent_ns += wall_ns() - begin_ns;
	}
	if (spent_ns / 20 > 100 * MS)
		fail_msg("%llu us an event", (unsigned long long)(spent_ns / 20000));
	begin_ns = wall_ns();
	publish_destroy(p);
	assert_true(wall_ns() - begin_ns < 500 * MS);
}

static struct record *made(unsigned alarm, uint64_t n, struct stream_id *last) {
	struct alarm a = numbered(n);
	struct record *r;

	a.id = alarm;
	r = record_of_alarm(SENSOR, &a, last);
	assert_non_null(r);
	return r;
}

// The table alone: bounded, the newest wins, nothing leaks (the address sanitizer would tell).
static void the_table_holds_the_newest_of_each_alarm(void **) {
	static struct latest table;
	struct stream_id last = {0};

	for (unsigned turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < LATEST_MAX; i++) {
			struct record *r = made(i * 977, turn, &last);

			latest_put(&table, r, 5 + turn);
			latest_put(&table, r, 5 + turn); // the same again
			record_free(r);
		}
		assert_int_equal(table.n, LATEST_MAX);
	}
	assert_int_equal(table.since_ns, 5);
	for (unsigned i = 0; i < LATEST_MAX; i++)
		assert_non_null(strstr(table.record[i]->json, "\"packets\":2,"));
	assert_true(latest_has_room(&table, 0));
	assert_false(latest_has_room(&table, 1));
	{
		struct record *more = made(0x7fffffff, 9, &last);

		latest_put(&table, more, 6); // not taken
		record_free(more);
	}
	assert_int_equal(table.n, LATEST_MAX);
	latest_clear(&table);
	assert_int_equal(table.n, 0);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_holds_the_newest_of_each_alarm),
		T(a_single_event_is_in_all_keys_at_once),
		T(under_load_the_stream_has_all_and_the_keys_the_newest),
		T(under_load_every_one_of_many_alarms_has_its_keys),
		T(a_full_batch_that_nothing_follows_is_not_forgotten),
		T(killed_servers_under_load_keep_stream_and_keys_together),
		T(the_keys_of_a_killed_sensor_are_mended),
		T(a_mark_that_says_nothing_stops_nothing),
		T(an_event_wakes_the_publisher_at_once),
	};

	if (!have_server()) {
		fprintf(stderr, "SKIP: no redis-server: nothing was tested\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
