// The publisher against a real redis-server of its own: every event once, in order, whatever happens to
// Redis or to us. Exits with 77 where there is no redis-server.
#include "publish_rig.h"

static void an_alarm_is_in_every_key(void **) {
	const struct publish_conf conf = conf_of_test();
	struct alarm a = numbered(7);
	struct publish *p;
	uint64_t p50_us, max_us;

	server_ready("--appendonly", "no");
	run_command("ZADD weir:{edge}:active 3 00000000deadbeef"); // of a process that died
	p = started(&conf);
	assert_true(publish_alarm(p, &a));
	wait_for(5000, counters_of(p).events_published == 1);
	expect_numbers(7, 8);
	assert_int_equal(integer_of("ZSCORE weir:{edge}:active 0000000000001007"), SEVERITY_HIGH);
	assert_int_equal(integer_of("ZCARD weir:{edge}:active"), 1);
	assert_int_equal(
		integer_of("ZSCORE weir:{edge}:timeline 0000000000001007"), a.start_ns / 1000000
	);
	assert_int_equal(integer_of("HLEN weir:{edge}:alarm:0000000000001007"), 6);
	assert_true(integer_of("TTL weir:{edge}:alarm:0000000000001007") > 600000);
	run_command("HSET weir:{edge}:alarm:0000000000001007 verdict real");
	publish_delay(p, &p50_us, &max_us);
	assert_true(p50_us > 0 && p50_us <= max_us && max_us < 5000000);

	a.state = ALARM_CLOSE;
	a.packets = 8;
	assert_true(publish_alarm(p, &a));
	wait_for(5000, counters_of(p).events_published == 2);
	assert_int_equal(integer_of("ZCARD weir:{edge}:active"), 0);
	assert_int_equal(integer_of("HLEN weir:{edge}:alarm:0000000000001007"), 7);
	expect_numbers(7, 9);
	assert_int_equal(counters_of(p).redis_up, 1);
	publish_destroy(p);
}

static void statistics_talkers_and_heartbeat(void **) {
	const struct publish_conf conf = conf_of_test();
	struct host_talker hosts[3]
		= {{.in_bytes_per_s = 10}, {.in_bytes_per_s = 20}, {.score = 0}};
	struct flow_talker flows[2] = {{.bytes = 1000, .proto = 6, .sport = 1}, {.proto = 17}};
	static struct stats stats = {.time_ns = 1, .n_workers = 1};
	struct publish *p;

	server_ready("--appendonly", "no");
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	for (unsigned i = 0; i < 3; i++)
		addr_parse(
			&hosts[i].addr,
			NULL,
			i == 0		 ? "10.0.0.1"
				: i == 1 ? "2001:db8::1"
					 : "10.0.0.2"
		);
	publish_stats(p, &stats);
	publish_top(p, hosts, 3, flows, 2);
	wait_for(5000, integer_of("XLEN weir:{edge}:stats") == 1);
	wait_for(5000, integer_of("ZCARD weir:{edge}:hosts") == 3);
	assert_int_equal(integer_of("HLEN weir:{edge}:hosts:info"), 3);
	assert_int_equal(integer_of("ZCARD weir:{edge}:flows"), 2);
	assert_int_equal(integer_of("HLEN weir:{edge}:flows:info"), 2);
	assert_int_equal(integer_of("ZSCORE weir:{edge}:hosts 2001:db8::1"), 20);
	assert_true(integer_of("ZSCORE weir:sensors edge") >= time(NULL) - 5);
	publish_top(p, hosts, 1, NULL, 0);
	wait_for(5000, integer_of("ZCARD weir:{edge}:hosts") == 1);
	assert_int_equal(integer_of("EXISTS weir:{edge}:flows"), 0);
	publish_destroy(p);
}

// Events keep coming while the server is killed and started again, several times.
static void kill_servers(const char *appendfsync) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p;
	uint64_t n = 0;

	fsync_policy = appendfsync;
	server_ready("--appendonly", "yes");
	p = started(&conf);
	for (unsigned round = 0; round < 4; round++) {
		const uint64_t before = counters_of(p).events_published;

		wait_for(5000, counters_of(p).redis_up == 1);
		send_numbers(p, n, n + 600);
		n += 600;
		// The kill falls among the batches.
		wait_for(5000, counters_of(p).events_published > before + 64 * round);
		server_kill();
		for (unsigned i = 0; i < 20; i++, n += 10) {
			send_numbers(p, n, n + 10);
			sleep_ms(5);
		}
		wait_for(10000, counters_of(p).redis_up == 0);
		wait_for(5000, counters_of(p).spool_events > 0);
		server_start("--appendonly", "yes");
		for (unsigned i = 0; i < 20; i++, n += 10) {
			send_numbers(p, n, n + 10);
			sleep_ms(5);
		}
		wait_for(20000, counters_of(p).redis_up == 1);
	}
	wait_for(20000, counters_of(p).events_published == n);
	expect_numbers(0, n);
	assert_int_equal(counters_of(p).spool_events, 0);
	assert_int_equal(counters_of(p).spool_lost, 0);
	assert_true(counters_of(p).redis_reconnects >= 4);
	publish_destroy(p);
}

static void killed_servers_get_every_event_once_in_order(void **) {
	kill_servers("always");
}

// Redis' usual setting: what it confirmed in its last second may be gone.
static void servers_that_lose_what_they_confirmed_get_it_again(void **) {
	kill_servers("everysec");
}

#define HISTORY 2048 // confirmed events that are kept for a Redis that forgets

// Redis forgets everything: what it had not confirmed comes, and the last of what it had; nothing twice.
static void a_server_without_a_disk_starts_from_nothing(void **) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p;

	server_ready("--appendonly", "no");
	p = started(&conf);
	send_numbers(p, 0, 3000);
	wait_for(5000, counters_of(p).events_published == 3000);
	server_kill();
	wait_for(5000, counters_of(p).redis_up == 0);
	send_numbers(p, 3000, 3500);
	server_ready("--appendonly", "no");
	send_numbers(p, 3500, 3600);
	wait_for(20000, counters_of(p).events_published == 3600);
	expect_numbers(3000 - HISTORY, 3600);
	publish_destroy(p);
}

static void a_hung_server_gets_every_event_once_in_order(void **) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p;
	uint64_t n = 0;

	server_ready("--appendonly", "no");
	p = started(&conf);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 20; i++, n += 30) {
			if (i == 10)
				kill(server, SIGSTOP); // with a batch under way
			send_numbers(p, n, n + 30);
			sleep_ms(i < 10 ? 0 : 2);
		}
		wait_for(5000, counters_of(p).redis_up == 0);
		send_numbers(p, n, n + 50);
		n += 50;
		sleep_ms(700);
		kill(server, SIGCONT);
		wait_for(20000, counters_of(p).redis_up == 1);
	}
	wait_for(20000, counters_of(p).events_published == n);
	expect_numbers(0, n);
	assert_int_equal(counters_of(p).spool_lost, 0);
	publish_destroy(p);
}

static void without_a_spool_events_wait_in_memory(void **) {
	struct publish_conf conf = conf_of_test();
	struct alarm a = numbered(0);
	struct control_counters c;
	struct publish *p;
	uint64_t taken = 0;

	conf.spool_folder[0] = '\0';
	conf.queue_slots = 64;
	p = started(&conf); // no Redis yet
	send_numbers(p, 0, 100);
	taken = 100;
	sleep_ms(50);
	for (unsigned i = 0; i < 100; i++) {
		a.packets = taken;
		taken += publish_alarm(p, &a);
	}
	c = counters_of(p);
	assert_true(taken <= 2 * 64);
	assert_int_equal(c.events_queued, taken);
	assert_int_equal(c.events_lost >= 200 - taken, 1);
	assert_int_equal(c.events_published, 0);
	server_ready("--appendonly", "no");
	wait_for(10000, counters_of(p).events_published == taken);
	expect_numbers(0, taken);
	publish_destroy(p);
}

static void a_full_spool_loses_the_newest_and_counts_them(void **) {
	struct publish_conf conf = conf_of_test();
	struct control_counters c;
	struct publish *p;
	const uint64_t n = 600;

	conf.spool_bytes = 200000;
	p = started(&conf);
	send_numbers(p, 0, n);
	wait_for(5000, counters_of(p).spool_events + counters_of(p).spool_lost == n);
	c = counters_of(p);
	assert_true(c.spool_lost > 100);
	assert_true(c.spool_events > 50);
	assert_true(c.spool_bytes <= conf.spool_bytes);
	server_ready("--appendonly", "no");
	wait_for(10000, counters_of(p).spool_events == 0);
	c = counters_of(p);
	assert_int_equal(c.events_published + c.spool_lost, n);
	expect_numbers(0, c.events_published);
	send_numbers(p, c.events_published, c.events_published + 10);
	wait_for(5000, counters_of(p).events_published == c.events_published + 10);
	expect_numbers(0, c.events_published + 10);
	publish_destroy(p);
}

static void spooled_events_survive_our_restart(void **) {
	struct publish_conf conf = conf_of_test();
	struct publish *p;

	p = started(&conf);
	send_numbers(p, 0, 200);
	publish_destroy(p); // Redis was never there
	p = started(&conf);
	assert_int_equal(counters_of(p).spool_events, 200);
	send_numbers(p, 200, 250);
	server_ready("--appendonly", "no");
	wait_for(10000, counters_of(p).events_published == 250);
	expect_numbers(0, 250);
	publish_destroy(p);
}

// A process that is killed at any moment, with Redis coming and going; then one that ends well.
static void a_killed_sensor_sends_what_it_spooled_once(void **) {
	struct publish_conf conf = conf_of_test();
	struct publish *p;
	int status, pipes[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	for (unsigned round = 0; round < 5; round++) {
		pid = fork();
		if (pid == 0) {
			p = started(&conf); // no Redis: all go to the spool
			if (round == 0) {
				send_numbers(p, 0, 400);
				wait_for(20000, counters_of(p).spool_events == 400);
			}
			if (write(pipes[1], "", 1) == 1)
				for (;;)
					pause();
			_exit(1);
		}
		assert_int_equal(read(pipes[0], &byte, 1), 1);
		// Redis comes; the sensor dies while it sends, or just after.
		server_ready("--appendonly", "yes");
		sleep_ms(round * 3);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		server_kill();
	}
	server_ready("--appendonly", "yes");
	p = started(&conf);
	wait_for(10000, counters_of(p).redis_up == 1 && counters_of(p).spool_events == 0);
	expect_numbers(0, 400);
	publish_destroy(p);
	close(pipes[0]);
	close(pipes[1]);
}

// The stream is ahead of our clock: a file replayed, a clock that stepped back, a restored Redis.
static void a_stream_that_is_ahead_does_not_lose_events(void **) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p = started(&conf);

	send_numbers(p, 0, 100); // with ids of now, onto the disk
	wait_for(5000, counters_of(p).spool_events == 100);
	server_ready("--appendonly", "yes");
	run_command("XADD " EVENTS " 99999999999999-7 event {\"packets\":1000}");
	wait_for(10000, counters_of(p).events_published == 100);
	run_command("XDEL " EVENTS " 99999999999999-7");
	expect_numbers(0, 100);
	server_kill();
	send_numbers(p, 100, 200);
	server_ready("--appendonly", "yes");
	wait_for(10000, counters_of(p).events_published == 200);
	expect_numbers(0, 200);
	// Another writer overtakes us while we are connected.
	run_command("XADD " EVENTS " 99999999999999-99999 event {\"packets\":200}");
	send_numbers(p, 201, 300);
	wait_for(10000, counters_of(p).events_published == 299);
	expect_numbers(0, 300);
	publish_destroy(p);
}

static void write_text(const char *path, const char *text) {
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void a_password_is_asked_and_given(void **) {
	struct publish_conf conf = conf_of_test();
	struct publish *p;
	char path[128];

	snprintf(path, sizeof(path), "%s/password", folder);
	write_text(path, "not it\n");
	server_start("--requirepass", "a secret, with blanks");
	wait_for(5000, access(socket_path, F_OK) == 0);
	p = started(&conf); // no password at all
	send_numbers(p, 0, 5);
	wait_for(5000, counters_of(p).spool_events == 5);
	publish_destroy(p);
	snprintf(conf.redis_password_file, sizeof(conf.redis_password_file), "%s", path);
	p = started(&conf);
	sleep_ms(200);
	assert_int_equal(counters_of(p).redis_up, 0);
	write_text(path, "a secret, with blanks\nsecond line\n"); // read again at each attempt
	wait_for(10000, counters_of(p).events_published == 5);
	publish_destroy(p);
}

static void a_key_of_another_type_stops_nothing_but_itself(void **) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p;

	server_ready("--appendonly", "no");
	run_command("SET " EVENTS " mine");
	p = started(&conf);
	send_numbers(p, 0, 50);
	wait_for(5000, counters_of(p).spool_events == 50);
	run_command("DEL " EVENTS);
	wait_for(15000, counters_of(p).events_published == 50);
	expect_numbers(0, 50);
	// Now one that is only a part of the event: the event itself arrives.
	run_command("DEL weir:{edge}:timeline");
	run_command("SET weir:{edge}:timeline mine");
	send_numbers(p, 50, 60);
	wait_for(5000, counters_of(p).events_published == 60);
	expect_numbers(0, 60);
	// And one that turns up under our feet.
	run_command("RENAME " EVENTS " kept");
	run_command("SET " EVENTS " mine");
	send_numbers(p, 60, 80);
	wait_for(5000, counters_of(p).spool_events == 20);
	run_command("RENAME kept " EVENTS);
	wait_for(15000, counters_of(p).events_published == 80);
	expect_numbers(0, 80);
	publish_destroy(p);
}

static void a_server_without_memory_is_waited_for(void **) {
	const struct publish_conf conf = conf_of_test();
	struct publish *p;

	server_ready("--appendonly", "no");
	p = started(&conf);
	send_numbers(p, 0, 10);
	wait_for(5000, counters_of(p).events_published == 10);
	run_command("CONFIG SET maxmemory 1");
	send_numbers(p, 10, 40);
	wait_for(5000, counters_of(p).spool_events == 30);
	run_command("CONFIG SET maxmemory 0");
	wait_for(15000, counters_of(p).events_published == 40);
	expect_numbers(0, 40);
	publish_destroy(p);
}

static void the_stream_is_bounded(void **) {
	struct publish_conf conf = conf_of_test();
	struct publish *p;

	conf.events_max = 200;
	server_ready("--appendonly", "no");
	p = started(&conf);
	send_numbers(p, 0, 2000);
	wait_for(10000, counters_of(p).events_published == 2000);
	assert_true(stream_length() >= 200);
	assert_true(stream_length() < 400); // MAXLEN ~ keeps whole nodes of 100
	publish_destroy(p);
}

static bool reply_is(const char *id, const char *ok, const char *text) {
	struct link *l = client();
	redisReply *reply = link_call(l, "XREVRANGE weir:{edge}:replies + - COUNT 1");
	bool good = false;

	assert_non_null(reply);
	if (reply->elements == 1) {
		const redisReply *f = reply->element[0]->element[1];

		good = f->elements == 6 && strcmp(f->element[1]->str, id) == 0
			&& strcmp(f->element[3]->str, ok) == 0
			&& strstr(f->element[5]->str, text) != NULL;
	}
	freeReplyObject(reply);
	link_close(l);
	return good;
}

static void commands_are_taken_and_answered(void **) {
	static const struct {
		const char *fields;
		const char *answer;
	} malformed[] = {
		{"argument x", "missing"},
		{"command \"\"", "1 to 31"},
		{"command aaaaaaaaaabbbbbbbbbbccccccccccdd", "1 to 31"},
		{"command a command b", "once"},
	};
	const struct publish_conf conf = conf_of_test();
	struct command c;
	struct publish *p;

	server_ready("--appendonly", "no");
	run_command("XADD weir:{edge}:commands 1-1 command reload"); // before our time
	p = started(&conf);
	wait_for(5000, counters_of(p).redis_up == 1);
	run_command("XADD weir:{edge}:commands 5-1 command reload argument now other field");
	wait_for(5000, publish_command_take(p, &c));
	assert_string_equal(c.id, "5-1");
	assert_string_equal(c.name, "reload");
	assert_string_equal(c.argument, "now");
	publish_reply(p, &c, true, "done");
	wait_for(5000, reply_is("5-1", "1", "done"));
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		char command[256], id[16];

		snprintf(id, sizeof(id), "6-%zu", i + 1);
		if (strstr(malformed[i].fields, "\"\"") != NULL) {
			struct link *l = client();

			freeReplyObject(
				link_call(l, "XADD weir:{edge}:commands %s command %s", id, "")
			);
			link_close(l);
		} else {
			snprintf(
				command,
				sizeof(command),
				"XADD weir:{edge}:commands %s %s",
				id,
				malformed[i].fields
			);
			run_command(command);
		}
		wait_for(5000, reply_is(id, "0", malformed[i].answer));
	}
	assert_false(publish_command_take(p, &c));
	assert_int_equal(counters_of(p).commands, 1);
	publish_destroy(p);
}

static unsigned lines_of_file(const char *path) {
	FILE *f = fopen(path, "r");
	unsigned n = 0;
	char *line = NULL;
	size_t room = 0;

	if (f == NULL)
		return 0;
	while (getline(&line, &room, f) > 0) {
		json_t *json = json_loads(line, 0, NULL);

		assert_non_null(json);
		assert_int_equal(json_integer_value(json_object_get(json, "packets")), n);
		json_decref(json);
		n++;
	}
	free(line);
	fclose(f);
	return n;
}

static struct publish_conf file_conf(const char *path) {
	struct publish_conf conf = conf_of_test();

	conf.redis_socket[0] = '\0';
	conf.spool_folder[0] = '\0';
	snprintf(conf.file, sizeof(conf.file), "%s", path);
	return conf;
}

static void without_redis_events_go_to_a_file(void **) {
	const struct publish_conf conf = file_conf(file_path);
	char moved[128];
	struct publish *p = started(&conf);

	send_numbers(p, 0, 100);
	publish_destroy(p);
	p = started(&conf); // appends
	send_numbers(p, 100, 150);
	wait_for(5000, counters_of(p).events_published == 50);
	assert_int_equal(lines_of_file(file_path), 150);
	snprintf(moved, sizeof(moved), "%s.1", file_path);
	assert_int_equal(rename(file_path, moved), 0);
	wait_for(5000, access(file_path, F_OK) == 0);
	send_numbers(p, 0, 10);
	wait_for(5000, counters_of(p).events_published == 60);
	assert_int_equal(lines_of_file(file_path), 10);
	publish_destroy(p);
}

static void a_file_that_cannot_be_written_is_counted(void **) {
	struct publish_conf conf = file_conf("/dev/full");
	char error[PUBLISH_ERROR_MAX];
	struct publish *p = started(&conf);

	send_numbers(p, 0, 20);
	wait_for(5000, counters_of(p).file_lost == 20);
	assert_int_equal(counters_of(p).events_published, 0);
	publish_destroy(p);
	strcpy(conf.file, "/proc/no/such");
	p = NULL;
	assert_int_equal(publish_create(&p, &conf, error), -ENOENT);
	assert_null(p);
	assert_non_null(strstr(error, "/proc/no/such"));
}

// Standard output into a pipe whose reader stops, and then goes.
static void a_reader_that_stops_does_not_hold_us_for_ever(void **) {
	const struct publish_conf conf = file_conf("-");
	const int out = dup(STDOUT_FILENO);
	struct publish *p;
	int pipes[2];
	uint64_t begin;

	fflush(stdout);
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], STDOUT_FILENO);
	p = started(&conf);
	for (unsigned i = 0; i < 500; i++) {
		const struct alarm a = numbered(i);

		publish_alarm(p, &a); // 500 KB into a pipe of 64 KB
	}
	sleep_ms(100);
	close(pipes[0]); // SIGPIPE, were it not blocked
	begin = wall_ns();
	publish_destroy(p);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(pipes[1]);
	assert_true(wall_ns() - begin < 5000 * MS);
}

static void settings_that_cannot_work_are_refused(void **) {
	struct publish_conf conf = conf_of_test();
	char error[PUBLISH_ERROR_MAX] = "";
	struct publish *p = NULL;

	strcpy(conf.sensor, "a}b");
	assert_int_equal(publish_create(&p, &conf, error), -EINVAL);
	assert_non_null(strstr(error, "sensor"));
	conf = conf_of_test();
	conf.flush_ms = 0;
	assert_int_equal(publish_create(&p, &conf, error), -EINVAL);
	conf = conf_of_test();
	strcpy(conf.spool_folder, "/proc/no/spool");
	assert_int_equal(publish_create(&p, &conf, error), -ENOENT);
	assert_non_null(strstr(error, "/proc/no/spool"));
	assert_null(p);
	publish_destroy(NULL);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(an_alarm_is_in_every_key),
		T(statistics_talkers_and_heartbeat),
		T(killed_servers_get_every_event_once_in_order),
		T(servers_that_lose_what_they_confirmed_get_it_again),
		T(a_server_without_a_disk_starts_from_nothing),
		T(a_hung_server_gets_every_event_once_in_order),
		T(without_a_spool_events_wait_in_memory),
		T(a_full_spool_loses_the_newest_and_counts_them),
		T(spooled_events_survive_our_restart),
		T(a_killed_sensor_sends_what_it_spooled_once),
		T(a_stream_that_is_ahead_does_not_lose_events),
		T(a_password_is_asked_and_given),
		T(a_key_of_another_type_stops_nothing_but_itself),
		T(a_server_without_memory_is_waited_for),
		T(the_stream_is_bounded),
		T(commands_are_taken_and_answered),
		T(without_redis_events_go_to_a_file),
		T(a_file_that_cannot_be_written_is_counted),
		T(a_reader_that_stops_does_not_hold_us_for_ever),
		T(settings_that_cannot_work_are_refused),
	};

	if (!have_server()) {
		fprintf(stderr, "SKIP: no redis-server: nothing was tested\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
