// The JSON form: it keeps to the schema, has the same bytes on every run, and its text is safe to show.
// Exits with 77 where python3-jsonschema is missing: the schema then was not checked.
#include "publish/json.h"
#include "publish/text.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define S 1000000000ull
#define NOON (1772366400ull * S) // 2026-03-01T12:00:00Z

static bool schema_unchecked;

static struct alarm sample(void) {
	struct alarm a = {
		.id = 0x00c0ffee12345678,
		.revision = 1,
		.kind = KIND_SYN_FLOOD,
		.severity = SEVERITY_HIGH,
		.state = ALARM_OPEN,
		.proto = 6,
		.start_ns = NOON + 2 * S,
		.time_ns = NOON + 3 * S + S / 10,
		.end_ns = NOON + 3 * S + S / 10,
		.target_prefix_len = 32,
		.has_port = 1,
		.port = 80,
		.forged = FORGED_YES,
		.n_sources = 2,
		.n_evidence = 2,
		.forged_confidence = 0.9f,
		.score = 0.999f,
		.metric = "syn_per_s",
		.value = 41200,
		.threshold = 1000,
		.baseline = NAN,
		.interval_ns = S,
		.peak = 41200.25,
		.packets = 123456,
		.bytes = 7407360,
		.distinct_sources = 39000,
		.evidence
		= {{"in_syn", 41200, NAN, 0.75f, NAN}, {"in_answered", 0.1f, 0.98f, 0.25f, NAN}},
		.forged_why = "39,000 senders, 2 packets each, TTLs all over",
		.words = "10.0.0.5:80 gets 41,200 SYN/s, usually 12.",
		.mitigation = "Turn on SYN cookies.",
	};

	addr_parse(&a.target, NULL, "10.0.0.5");
	addr_parse(&a.sources[0].addr, NULL, "192.0.2.7");
	a.sources[0].packets = 17;
	addr_parse(&a.sources[1].addr, NULL, "2001:db8::7");
	a.sources[1].packets = 3;
	return a;
}

static char *line_of(const struct alarm *a) {
	json_t *json = alarm_json("edge", a);
	char *line;

	assert_non_null(json);
	line = json_line(json);
	assert_non_null(line);
	json_decref(json);
	return line;
}

static void an_alarm_is_these_bytes(void **) {
	static const char want[]
		= "{\"type\":\"alarm\",\"version\":1,\"id\":\"00c0ffee12345678\",\"sensor\":"
		  "\"edge\","
		  "\"revision\":1,\"state\":\"open\",\"kind\":\"syn_flood\",\"title\":\"SYN "
		  "flood\","
		  "\"severity\":\"high\",\"time\":\"2026-03-01T12:00:03.100Z\","
		  "\"start\":\"2026-03-01T12:00:02.000Z\",\"end\":\"2026-03-01T12:00:03.100Z\","
		  "\"time_ns\":1772366403100000000,\"start_ns\":1772366402000000000,"
		  "\"end_ns\":1772366403100000000,\"target\":\"10.0.0.5\",\"role\":\"target\","
		  "\"toward\":null,\"port\":80,"
		  "\"protocol\":\"tcp\",\"metric\":\"syn_per_s\",\"value\":41200.0,"
		  "\"threshold\":1000.0,\"baseline\":null,\"interval_ms\":1000.0,\"peak\":41200.2,"
		  "\"score\":0.999,\"packets\":123456,\"bytes\":7407360,\"distinct_sources\":39000,"
		  "\"sources\":[{\"address\":\"192.0.2.7\",\"packets\":17},"
		  "{\"address\":\"2001:db8::7\",\"packets\":3}],\"forged\":\"yes\","
		  "\"forged_confidence\":0.9,"
		  "\"forged_why\":\"39,000 senders, 2 packets each, TTLs all over\","
		  "\"evidence\":[{\"name\":\"in_syn\",\"unit\":\"packets/s\",\"value\":41200.0,"
		  "\"baseline\":null,\"weight\":0.75,\"contribution\":null},{\"name\":\"in_"
		  "answered\",\"unit\":\"1\","
		  "\"value\":0.1,\"baseline\":0.98,\"weight\":0.25,\"contribution\":null}],"
		  "\"words\":\"10.0.0.5:80 gets 41,200 SYN/s, usually 12.\","
		  "\"mitigation\":\"Turn on SYN cookies.\"}";
	const struct alarm a = sample();
	char *line = line_of(&a);

	assert_string_equal(line, want);
	free(line);
}

static void reals_have_six_digits_and_no_noise(void **) {
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0, "0.0"},
		{0.1f, "0.1"},
		{1.0 / 3, "0.333333"},
		{41200.25, "41200.2"},
		{123456789.4, "123456789.0"},
		{1e9 / 8, "125000000.0"},
		{-2.5, "-2.5"},
		{1e-9, "1e-9"},
		{NAN, "null"},
		{INFINITY, "null"},
		{-INFINITY, "null"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *json = real_json(cases[i].value);
		char *line = json_line(json);

		assert_string_equal(line, cases[i].text);
		free(line);
		json_decref(json);
	}
}

static void a_string_cut_inside_a_character_stays_json(void **) {
	struct alarm a = sample();
	char *line;

	memset(a.words, 'x', sizeof(a.words)); // not even terminated
	strcpy(a.mitigation, "Netz \xc3"); // half of U+00FC
	line = line_of(&a);
	assert_non_null(strstr(line, "\"mitigation\":\"Netz ?\""));
	free(line);
}

static struct stats full_stats(void) {
	struct stats s
		= {.time_ns = NOON,
		   .uptime_ns = 90 * S,
		   .n_ports = 2,
		   .n_workers = 2,
		   .n_distributors = 1,
		   .app = {[0] = {.flows = 4}, [1] = {5, 2, 3000}}};

	for (unsigned w = 0; w < 2; w++) {
		s.worker[w].rx_packets = 100;
		s.worker[w].flow_packets = 80;
		s.worker[w].host_only = 10;
		s.worker[w].not_ip = 7;
		s.worker[w].malformed = 3;
		s.worker[w].malformed_by[MALFORMED_SHORT_TCP] = 3;
		s.worker[w].protocol[PROTOCOL_TCP] = 90;
		s.port[w].port_missed = 5 + w;
		s.core[w].distributor_dropped = 2;
		s.second[w].n_flows = 1;
		s.second[w].flow[0] = (struct big_flow) {.proto = 6, .packets = 60, .bytes = 9000};
		s.queue[s.n_queues++]
			= (struct queue_counters) {.port = (uint16_t)w, .packets = 50};
		strcpy(s.port_name[w], w == 0 ? "veth0" : "veth1");
	}
	return s;
}

static json_int_t at(const json_t *o, const char *key) {
	return json_integer_value(json_object_get(o, key));
}

static void the_accounting_adds_up(void **) {
	const struct stats s = full_stats();
	json_t *json = stats_json("edge", &s);
	const json_t *a = json_object_get(json, "accounting");

	assert_int_equal(at(a, "seen"), 215);
	assert_int_equal(at(a, "analysed"), 194);
	assert_int_equal(
		at(a, "seen"),
		at(a, "analysed") + at(a, "malformed") + at(a, "port_missed")
			+ at(a, "port_no_mbuf") + at(a, "port_errors")
			+ at(a, "distributor_dropped")
	);
	assert_int_equal(json_array_size(json_object_get(json, "workers")), 2);
	assert_int_equal(
		at(json_object_get(json_object_get(json, "total"), "malformed_by"), "short_tcp"), 6
	);
	assert_int_equal(
		at(json_object_get(json_object_get(json, "applications"), "http"), "ended_bytes"),
		3000
	);
	assert_int_equal(json_object_size(json_object_get(json, "applications")), 2);
	json_decref(json);
}

// Each line is validated; a key that the schema does not name is an error too.
static const char checker[]
	= "import json, sys\n"
	  "try:\n"
	  "    import jsonschema\n"
	  "except ImportError:\n"
	  "    sys.exit(77)\n"
	  "schema = json.load(open(sys.argv[1]))\n"
	  "jsonschema.Draft202012Validator.check_schema(schema)\n"
	  "def part(name):\n"
	  "    return jsonschema.Draft202012Validator({'$ref': '#/$defs/' + name, '$defs': "
	  "schema['$defs']})\n"
	  "whole = jsonschema.Draft202012Validator(schema)\n"
	  "n = 0\n"
	  "for line in open(sys.argv[2]):\n"
	  "    name, text = line.split(' ', 1)\n"
	  "    value = json.loads(text)\n"
	  "    (whole if name in ('alarm', 'stats') else part(name)).validate(value)\n"
	  "    want = schema['$defs'][name]\n"
	  "    assert list(value) == list(want['properties']), (name, list(value))\n"
	  "    assert all(p.get('description') or 'const' in p or 'items' in p\n"
	  "               for p in want['properties'].values()), name\n"
	  "    n += 1\n"
	  "broken = dict(value, type='alarm')\n"
	  "assert not whole.is_valid(broken)\n"
	  "kinds = [l for l in open(sys.argv[2]) if l.startswith('alarm')]\n"
	  "named = schema['$defs']['alarm']['properties']['kind']['enum']\n"
	  "assert [json.loads(k.split(' ', 1)[1])['kind'] for k in kinds] == named\n"
	  "print(n, 'values keep to the schema')\n";

static void write_line(FILE *f, const char *what, json_t *json) {
	char *line;

	assert_non_null(json);
	line = json_line(json);
	fprintf(f, "%s %s\n", what, line);
	free(line);
	json_decref(json);
}

static void evidence_has_a_unit_even_where_it_is_no_feature(void **) {
	static const char *const known[][2] = {
		{"syn_per_s", "\"unit\":\"syn/s\""},
		{"packets_per_source", "\"unit\":\"packets/source\""},
		{"established_share", "\"unit\":\"1\""},
		{"in_size", "\"unit\":\"bytes\""},
		{"something", "\"unit\":null"},
		{"thirty_one_characters_per_second", "\"unit\":\"thirty_one_characters/secon\""},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct alarm a = sample();
		char *line;

		a.n_evidence = 1;
		snprintf(a.evidence[0].name, sizeof(a.evidence[0].name), "%s", known[i][0]);
		line = line_of(&a);
		if (strstr(line, known[i][1]) == NULL)
			fail_msg("no %s in %s", known[i][1], line);
		free(line);
	}
}

static void write_samples(FILE *f) {
	const struct stats stats = full_stats();
	struct host_talker host = {.in_bytes_per_s = 1e6 / 3, .score = NAN};
	struct flow_talker flow = {.bytes = 12345, .packets = 7, .proto = 17, .dport = 53};
	struct alarm a = sample();

	strcpy(a.evidence[0].name, "syn_per_s"); // a measure that is no feature
	for (unsigned kind = 0; kind < KIND_N; kind++) {
		a.kind = (uint8_t)kind;
		a.severity = kind % SEVERITY_N;
		a.state = kind % ALARM_STATE_N;
		a.forged = kind % FORGED_N;
		a.has_port = kind % 2;
		a.proto = kind % 3 == 0 ? 0 : 17;
		a.baseline = kind % 2 ? 3.25 : (double)NAN;
		write_line(f, "alarm", alarm_json("edge", &a));
	}
	write_line(f, "stats", stats_json("edge", &stats));
	addr_parse(&host.addr, NULL, "2001:db8::1");
	write_line(f, "host", host_talker_json(&host));
	write_line(f, "flow", flow_talker_json(&flow));
}

static void everything_keeps_to_the_schema(void **) {
	const char *schema = getenv("EVENT_SCHEMA");
	char path[] = "/tmp/weir-json-XXXXXX";
	const int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	int status;
	pid_t pid;

	assert_non_null(f);
	write_samples(f);
	fclose(f);
	if (schema == NULL || access(schema, R_OK) != 0)
		fail_msg("EVENT_SCHEMA: the schema is not there; run it with meson test");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execlp("python3",
		       "python3",
		       "-W",
		       "ignore",
		       "-c",
		       checker,
		       schema,
		       path,
		       (char *)NULL);
		_exit(77);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(path);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		schema_unchecked = true;
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

static void one_line_says_what_happens(void **) {
	struct alarm a = sample();
	json_t *json = alarm_json("edge", &a);
	char *line = alarm_line_text(json, false);

	assert_string_equal(
		line,
		"12:00:03.100 00c0ffee OPEN   high     SYN flood            10.0.0.5:80           "
		"10.0.0.5:80 gets 41,200 SYN/s, usually 12.\n"
	);
	free(line);
	json_decref(json);
	addr_parse(&a.target, NULL, "2001:db8::5");
	a.target_prefix_len = 128;
	json = alarm_json("edge", &a);
	line = alarm_line_text(json, false);
	assert_non_null(strstr(line, " [2001:db8::5]:80 "));
	free(line);
	json_decref(json);
}

static void the_full_text_holds_evidence_sources_and_advice(void **) {
	static const char *const parts[] = {
		"SYN flood at 10.0.0.5:80  high, OPEN\n",
		"measured     41,200 syn/s over 1,000 ms; threshold 1,000, usual not known yet",
		"in_syn                           41,200              -     75%  packets/s\n",
		"in_answered                         0.1           0.98     25%  share\n",
		"192.0.2.7 ",
		"39,000 distinct",
		"forged       yes (confidence 0.9): 39,000 senders",
		"last seen    2026-03-01T12:00:03.100Z (after 1.1 s)",
		"what to do\nTurn on SYN cookies.\n",
	};
	const struct alarm a = sample();
	json_t *json = alarm_json("edge", &a);
	char *text = alarm_full_text(json, false);

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strstr(text, parts[i]) == NULL)
			fail_msg("\"%s\" is not in:\n%s", parts[i], text);
	free(text);
	json_decref(json);
}

static void hostile_json_cannot_move_a_cursor_or_crash(void **) {
	static const char *const cases[] = {
		"null",
		"[]",
		"{}",
		"{\"time\":1,\"state\":[],\"severity\":{},\"title\":null,\"target\":4,\"port\":[]}",
		"{\"time\":\"\\u001b[2J\",\"words\":\"a\\u001b]0;x\\u0007\\u0085\\u202eb\\nc\"}",
		"{\"target\":\"\\u009b31m\",\"port\":-9223372036854775808,\"title\":\"\\r\\t\"}",
		"{\"sources\":{},\"evidence\":[1,{},{\"name\":\"\\u001b\",\"weight\":1e308}]}",
		"{\"sources\":[1,null],\"value\":-1e308,\"bytes\":1e308,\"start_ns\":-1e300}",
		"{\"time\":\"9999-99-99T99:99:99.999Z\",\"metric\":\"_per_\\u001b\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *json = json_loads(cases[i], JSON_DECODE_ANY, NULL);
		char *texts[2] = {alarm_line_text(json, false), alarm_full_text(json, false)};

		assert_non_null(json);
		for (unsigned k = 0; k < 2; k++) {
			assert_non_null(texts[k]);
			for (const char *c = texts[k]; *c != '\0'; c++)
				assert_true(
					*c == '\n' || (*c & 0x80) != 0 || (*c >= ' ' && *c < 0x7f)
				);
			assert_null(strstr(texts[k], "\xc2\x85"));
			assert_null(strstr(texts[k], "\xc2\x9b"));
			assert_null(strstr(texts[k], "\xe2\x80\xae"));
			free(texts[k]);
		}
		json_decref(json);
	}
}

static void numbers_are_grouped_for_people(void **) {
	char t[NUMBER_TEXT_MAX];

	assert_string_equal(number_text(41200, t), "41,200");
	assert_string_equal(number_text(999, t), "999");
	assert_string_equal(number_text(0.03125, t), "0.0312");
	assert_string_equal(number_text(1234567.6, t), "1,234,568");
	assert_string_equal(number_text(NAN, t), "-");
	assert_string_equal(count_text(UINT64_MAX, t), "18,446,744,073,709,551,615");
	assert_string_equal(scaled_text(1250000000.0, "B", t), "1.25 GB");
	assert_string_equal(scaled_text(999.7, "B/s", t), "1 kB/s");
	assert_string_equal(duration_text(3.25, t), "3.2 s");
	assert_string_equal(duration_text(90061, t), "1 d 1 h");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_alarm_is_these_bytes),
		cmocka_unit_test(reals_have_six_digits_and_no_noise),
		cmocka_unit_test(a_string_cut_inside_a_character_stays_json),
		cmocka_unit_test(the_accounting_adds_up),
		cmocka_unit_test(evidence_has_a_unit_even_where_it_is_no_feature),
		cmocka_unit_test(everything_keeps_to_the_schema),
		cmocka_unit_test(one_line_says_what_happens),
		cmocka_unit_test(the_full_text_holds_evidence_sources_and_advice),
		cmocka_unit_test(hostile_json_cannot_move_a_cursor_or_crash),
		cmocka_unit_test(numbers_are_grouped_for_people),
	};
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (failed == 0 && schema_unchecked) {
		fprintf(stderr, "SKIP: no python3-jsonschema: the schema was not checked\n");
		return 77;
	}
	return failed;
}
