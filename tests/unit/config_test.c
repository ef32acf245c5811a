// weir.json: every kind of mistake names file, line and field; what is right arrives in its place.
#include "config/locate.h"
#include "config/models.h"
#include "config/nearest.h"
#include "config/settings.h"
#include "test.h"

#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct conf *good_at(const char *path, const char *text) {
	char error[CONFIG_ERROR_MAX] = "";
	struct conf *conf = NULL;

	if (config_parse(&conf, text, strlen(text), path, error) < 0)
		fail_msg("%s", error);
	return conf;
}

static struct conf *good(const char *text) {
	return good_at("w.json", text);
}

static struct conf *defaults(void) {
	char error[CONFIG_ERROR_MAX];
	struct conf *conf = NULL;

	assert_int_equal(config_load(&conf, NULL, error), 0);
	return conf;
}

static void mistakes_name_line_and_field(void **) {
	static const struct {
		const char *text, *start, *holds;
	} cases[] = {
		// types
		{"{\"detect\":{\n\"syn_flood\":{\n\"floor_per_s\":\n12.5}}}",
		 "w.json:3: detect.syn_flood.floor_per_s: 12.5 is not a whole number; allowed ",
		 "0..4294967295 per s"},
		{"{\"flow\":{\"capacity\":1e5}}",
		 "w.json:1: flow.capacity: 100000.0 is not a whole number",
		 "allowed 1024..134217728 flows"},
		{"{\"flow\":\n{\"capacity\":\"yes\"}}",
		 "w.json:2: flow.capacity: \"yes\" is not a number",
		 "allowed 1024.."},
		{"{\"ports\":[{\"interface\":\"a\",\n\"take_over\":\"on\"}]}",
		 "w.json:2: ports[0].take_over: \"on\" is not a truth value",
		 "allowed true or false"},
		{"{\"ports\":[{\"interface\":7}]}",
		 "w.json:1: ports[0].interface: 7 is not a text",
		 "allowed"},
		{"{\"flow\":3}", "w.json:1: flow: must be an object", ""},
		{"{\"flow\":{\"capacity\":null}}",
		 "w.json:1: flow.capacity: null is not a number",
		 ""},
		{"{\"flow\":{\"capacity\":[1]}}",
		 "w.json:1: flow.capacity: a list is not a number",
		 ""},
		{"{\"ports\":{}}", "w.json:1: ports: must be a list", ""},
		{"{\n\"ports\":[\n{\"interface\":\"a\"},\n5]}",
		 "w.json:4: ports[1]: must be an object",
		 ""},
		{"{\"detect\":{\"syn_flood\":true}}",
		 "w.json:1: detect.syn_flood: must be an object",
		 ""},
		{"{\"cores\":{\"workers\":[1,\"2\"]}}",
		 "w.json:1: cores.workers: \"2\" is not a core number",
		 "0..1023"},
		{"{\"cores\":{\"distribute\":\"off\",\"distributors\":[1]}}",
		 "w.json:1: cores.distributors: beside \"distribute\"",
		 ""},
		{"{\"cores\":{\"distributors\":[1,2,3,4,5,6,7,8,9]}}",
		 "w.json:1: cores.distributors: a list is too long",
		 "up to 8"},
		{"{\"cores\":{\"idle\":\"poll\",\"workers\":[2,3],\"distributors\":[3]}}",
		 "w.json:1: cores.distributors[0]: core 3 is one of cores.workers too",
		 ""},
		{"{\"cores\":{\"workers\":[1,1]}}",
		 "w.json:1: cores.workers: 1 is there twice",
		 ""},
		{"{\"eal\":{\"arguments\":\"-a\"}}",
		 "w.json:1: eal.arguments: \"-a\" is not a list",
		 ""},
		{"{\"eal\":{\"arguments\":[\"\"]}}",
		 "w.json:1: eal.arguments: \"\" is empty or too long",
		 ""},
		{"[]", "w.json:1: a configuration is an object", ""},
		// range
		{"{\"flow\":{\"capacity\":1023}}",
		 "w.json:1: flow.capacity: 1023 is out of range",
		 "1024..134217728"},
		{"{\"flow\":{\"capacity\":-1}}", "w.json:1: flow.capacity: -1 is out of range", ""},
		{"{\"model\":{\"finding_score\":1.01}}",
		 "w.json:1: model.finding_score: 1.01 is out of range",
		 "allowed 0..1"},
		{"{\"publish\":{\"redis\":{\"port\":70000}}}",
		 "w.json:1: publish.redis.port: 70000 is out of range",
		 "1..65535"},
		{"{\"ports\":[{\"interface\":\"a\",\"descriptors\":100}]}",
		 "w.json:1: ports[0].descriptors: 100 is not a power of two",
		 "64..32768"},
		{"{\"flow\":{\"capacity\":99999999999999999999}}", "w.json:1: ", "too big integer"},
		{"{\"model\":{\"finding_score\":1e999}}", "w.json:1: ", "real number overflow"},
		// words
		{"{\"ports\":[{\"interface\":\"a\",\"driver\":\"afxdp\"}]}",
		 "w.json:1: ports[0].driver: \"afxdp\" is not known, did you mean \"af_xdp\"?",
		 "one of \"auto\", \"af_xdp\", \"af_packet\""},
		{"{\"cores\":{\"idle\":\"busy-wait-loop\"}}",
		 "w.json:1: cores.idle: \"busy-wait-loop\" is none of them",
		 "\"adaptive\", \"poll\""},
		{"{\"sensor\":{\"name\":\"a b\"}}",
		 "w.json:1: sensor.name: \"a b\" is not a name",
		 "a-z"},
		{"{\"sensor\":{\"name\":\"\"}}", "w.json:1: sensor.name: \"\" is too short", ""},
		{"{\"sensor\":{\"state_folder\":\"a\\nb\"}}",
		 "w.json:1: sensor.state_folder: \"a\\nb\" holds a control character",
		 ""},
		{"{\"ports\":[{\"pci\":\"03:00.0\"}]}",
		 "w.json:1: ports[0].pci: \"03:00.0\" is not a PCI address",
		 ""},
		{"{\"ports\":[{\"interface\":\"a/b\"}]}",
		 "w.json:1: ports[0].interface: \"a/b\" is not the name of an interface",
		 ""},
		{"{\"ports\":[{\"interface\":\"abcdefghijklmnop\"}]}",
		 "w.json:1: ports[0].interface: \"abcdefghijklmnop\" is too long",
		 "1..15 bytes"},
		{"{\"networks\":[{\"prefix\":\"10.0.0.1/8\"}]}",
		 "w.json:1: networks[0].prefix: \"10.0.0.1/8\" has bits beyond its length",
		 "did you mean \"10.0.0.0/8\"?"},
		{"{\"networks\":[{\"prefix\":\"2001:db8::1/32\"}]}",
		 "w.json:1: networks[0].prefix: \"2001:db8::1/32\" has bits beyond its length",
		 "did you mean \"2001:db8::/32\"?"},
		{"{\"networks\":[{\"prefix\":\"10.0.0/8\"}]}",
		 "w.json:1: networks[0].prefix: \"10.0.0/8\" is not a network",
		 ""},
		{"{\"networks\":[{\"prefix\":\"::/129\"}]}",
		 "w.json:1: networks[0].prefix: \"::/129\" is not a network",
		 ""},
		{"{\"networks\":[{\"prefix\":\"10.0.0.0/8\",\n\"thresholds\":{\"syn_flood\":59}}]}",
		 "w.json:2: networks[0].thresholds.syn_flood: 59: fewer than 60 packets are never "
		 "an alarm",
		 "allowed 0 (none here) or 60..4294967295 per s"},
		{"{\"networks\":[{\"prefix\":\"10.0.0.0/8\",\"thresholds\":\n{\"syn_flood\":100,"
		 "\n\"udp_flood\":\"many\"}}]}",
		 "w.json:3: networks[0].thresholds.udp_flood: \"many\" is not a number",
		 ""},
		{"{\"networks\":[{\"prefix\":\"::/0\",\"thresholds\":{\"vertical_scan\":100}}]}",
		 "w.json:1: networks[0].thresholds.vertical_scan: this kind is no rate of one "
		 "target; detect.vertical_scan.floor_per_s is for all",
		 ""},
		{"{\"networks\":[{\"prefix\":\"::/0\",\"thresholds\":{\"syn_floods\":100}}]}",
		 "w.json:1: networks[0].thresholds.syn_floods: no such setting; did you mean "
		 "\"syn_flood\"?",
		 ""},
		{"{\"networks\":[{\"prefix\":\"::/0\",\"thresholds\":1000}]}",
		 "w.json:1: networks[0].thresholds: must be an object",
		 ""},
		// unknown keys
		{"{\"flow\":{\n\n\"capcity\":1}}",
		 "w.json:3: flow.capcity: no such setting; did you mean \"capacity\"?",
		 ""},
		{"{\"fow\":{}}", "w.json:1: fow: no such setting; did you mean \"flow\"?", ""},
		{"{\"detect\":{\"sin_flood\":{}}}",
		 "w.json:1: detect.sin_flood: no such setting; did you mean \"syn_flood\"?",
		 ""},
		{"{\"detect\":{\"syn_flood\":{\"floor_per_sec\":1}}}",
		 "w.json:1: detect.syn_flood.floor_per_sec: no such setting; did you mean "
		 "\"floor_per_s\"?",
		 ""},
		{"{\"tick_ms\":100}",
		 "w.json:1: tick_ms: no such setting here; did you mean pipeline.tick_ms?",
		 ""},
		{"{\"zzzzzzzzzzzz\":1}", "w.json:1: zzzzzzzzzzzz: no such setting", "weir.json(5)"},
		{"{\"flow.capacity\":2048}", "w.json:1: \"flow.capacity\": no such setting", ""},
		{"{\"\":1}", "w.json:1: \"\": no such setting", ""},
		{"{\"ports[]\":{\"queues\":1}}", "w.json:1: \"ports[]\": no such setting", ""},
		{"{\"detect\":{\"KIND\":{\"enabled\":true}}}",
		 "w.json:1: detect.\"KIND\": no such setting",
		 ""},
		{"{\"ports\":[{\"interface\":\"a\",\"qeues\":1}]}",
		 "w.json:1: ports[0].qeues: no such setting; did you mean \"queues\"?",
		 ""},
		{"{\"publish\":{\"redis\":{\"sokcet\":\"/x\"}}}",
		 "w.json:1: publish.redis.sokcet: no such setting; did you mean \"socket\"?",
		 ""},
		// settings that contradict each other
		{"{\"ports\":[\n{},\n{}]}", "w.json:2: ports[0]: needs exactly one of", "vdev"},
		{"{\"ports\":[{\"interface\":\"a\",\n\"pci\":\"0000:03:00.0\"}]}",
		 "w.json:2: ports[0].pci: beside interface; allowed exactly one of",
		 ""},
		{"{\"ports\":[{\"file\":\"a\"},\n{\"file\":\"a\"}]}",
		 "w.json:2: ports[1].file: \"a\" is ports[0] already",
		 ""},
		{"{\"ports\":[{\"file\":\"a\",\n\"driver\":\"af_xdp\"}]}",
		 "w.json:2: ports[0].driver: only for an interface; this port is a file",
		 ""},
		{"{\"ports\":[{\"file\":\"a\",\n\"queues\":2}]}",
		 "w.json:2: ports[0].queues: 2; a file has one queue",
		 ""},
		{"{\"ports\":[{\"interface\":\"a\",\"driver\":\"af_packet\",\"take_over\":true}]}",
		 "w.json:1: ports[0].take_over: true beside",
		 ""},
		{"{\"cores\":{\"idle\":\"poll\",\"control\":2,\"workers\":[1,\n2]}}",
		 "w.json:2: cores.workers[1]: core 2 is cores.control too",
		 ""},
		{"{\"eal\":{\"mbufs\":8}}", "w.json:1: eal.mbufs: 8 are too few; allowed 0", ""},
		{"{\"networks\":[{\"prefix\":\"10.0.0.0/8\"},\n{\"prefix\":\"10.0.0.0/8\"}]}",
		 "w.json:2: networks[1].prefix: is networks[0] already",
		 ""},
		{"{\"networks\":[{\"name\":\"a\"}]}", "w.json:1: networks[0]: needs a prefix", ""},
		{"{\"publish\":{\"redis\":{\"socket\":\"/s\",\n\"host\":\"h\"}}}",
		 "w.json:2: publish.redis.host: beside socket",
		 ""},
		{"{\"publish\":{\"redis\":{\"user\":\"u\"}}}",
		 "w.json:1: publish.redis.user: needs password_file",
		 ""},
		{"{\"pipeline\":{\"tick_ms\":500},\n\"detect\":{\"close_ms\":100}}",
		 "w.json:2: detect.close_ms: 100 is shorter than one tick",
		 "500 ms"},
		// form
		{"", "w.json:1: the file is empty", "{}"},
		{" \n\t", "w.json:1: the file is empty", ""},
		{"{\"flow\":{},\n\"flow\":{}}",
		 "w.json:2: column ",
		 "duplicate object key near '\"flow\"'; a setting may be there once only"},
		{"{}\n{}", "w.json:2: column 1: end of file expected", "follows the closing brace"},
		{"{} x", "w.json:1: ", "follows the closing brace"},
		{"{\"flow\":{\n", "w.json:2: ", "closing brace, bracket or quote is missing"},
		{"{\"flow\":{\"capacity\":2048,\n}}",
		 "w.json:2: ",
		 "comma before the closing brace"},
		{"{ // why\n}", "w.json:1: ", "JSON has no comments"},
		{"{ # why\n}", "w.json:1: ", "JSON has no comments"},
		{"{\"sensor\":{\"name\":\"\xff\"}}", "w.json:1: ", "must be UTF-8"},
		{"\xef\xbb\xbf{}", "w.json:1: starts with a byte order mark", ""},
		{"{'a':1}", "w.json:1: ", "string or '}' expected"},
		{"{\"flow\":{\"capacity\":010}}", "w.json:1: ", "invalid token"},
		{"{\"flow\":{\"capacity\":yes}}", "w.json:1: ", "invalid token near 'yes'"},
		{"{\"sensor\":{\"name\":\"a\\u0000b\"}}", "w.json:1: ", "NUL"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char error[CONFIG_ERROR_MAX] = "";
		struct conf *conf = (void *)&cases;

		print_message("  %s\n", cases[i].start);
		assert_int_equal(
			config_parse(&conf, cases[i].text, strlen(cases[i].text), "w.json", error),
			-EINVAL
		);
		assert_ptr_equal(conf, &cases); // untouched
		if (strncmp(error, cases[i].start, strlen(cases[i].start)) != 0
		    || strstr(error, cases[i].holds) == NULL || strchr(error, '\n') != NULL)
			fail_msg("%s\nis not\n%s ... %s", error, cases[i].start, cases[i].holds);
	}
}

static void bytes_of_the_file_cannot_reach_the_terminal(void **) {
	static const char *const texts[] = {
		"{\"\x1b[2J\":1}",
		"{\"a\\u001b[2J\":1}",
		"{\"flow\":{\"\\u009b2J\":1}}",
		"{\"cores\":{\"idle\":\"\\u001b[2J\"}}",
		"{\"sensor\":{\"name\":\"\x7f\"}}",
		"\x1b[2J",
		"{\"a\":\"x\n\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char error[CONFIG_ERROR_MAX] = "";
		struct conf *conf;

		assert_int_equal(
			config_parse(&conf, texts[i], strlen(texts[i]), "w.json", error), -EINVAL
		);
		for (const char *at = error; *at != '\0'; at++)
			if (*at < 0x20 || *at > 0x7e)
				fail_msg("byte 0x%02x in: %s", (unsigned char)*at, error);
	}
}

static void too_deep_and_too_large_are_refused(void **) {
	char *text = malloc((1 << 20) + 2);
	char error[CONFIG_ERROR_MAX];
	struct conf *conf;

	memset(text, '[', 100000);
	assert_int_equal(config_parse(&conf, text, 100000, "w.json", error), -EINVAL);
	assert_non_null(strstr(error, "w.json:1: nested deeper than 16 levels"));
	memset(text, ' ', (1 << 20) + 1);
	memcpy(text, "{}", 2);
	assert_int_equal(config_parse(&conf, text, (1 << 20) + 1, "w.json", error), -EINVAL);
	assert_non_null(strstr(error, "w.json:1: the file is too large; allowed 0..1048576 bytes"));
	assert_int_equal(config_parse(&conf, text, 1 << 20, "w.json", error), 0);
	config_free(conf);
	free(text);
}

static void too_many_entries_are_refused(void **) {
	char text[4096] = "{\"ports\":[", error[CONFIG_ERROR_MAX];
	struct conf *conf;

	for (unsigned i = 0; i <= CONFIG_PORTS_MAX; i++)
		sprintf(&text[strlen(text)], "%s{\"interface\":\"e%u\"}", i > 0 ? "," : "", i);
	strcat(text, "]}");
	assert_int_equal(config_parse(&conf, text, strlen(text), "w.json", error), -EINVAL);
	assert_string_equal(error, "w.json:1: ports: 17 ports; allowed 0..16");
}

static void a_long_path_keeps_the_reason_visible(void **) {
	char path[CONFIG_PATH_MAX + 64], error[CONFIG_ERROR_MAX];
	struct conf *conf;

	memset(path, 'd', sizeof(path));
	strcpy(&path[200], "/w.json");
	assert_int_equal(config_parse(&conf, "{\"fow\":1}", 9, path, error), -EINVAL);
	assert_non_null(strstr(error, "/w.json:1: fow: no such setting; did you mean \"flow\"?"));
}

static void what_is_right_arrives(void **) {
	struct conf *conf = good_at(
		"conf/w.json",
		"{\"sensor\":{\"name\":\"edge-1\",\"state_folder\":\"state\"},"
		"\"ports\":[{\"interface\":\"eth1\",\"driver\":\"af_xdp\",\"take_over\":true,"
		"\"queues\":2,\"promiscuous\":false,\"descriptors\":512},"
		"{\"pci\":\"0000:03:00.1\"},{\"file\":\"x.pcap\"},{\"vdev\":\"net_ring0\"}],"
		"\"cores\":{\"control\":0,\"workers\":[3,1],\"idle\":\"poll\",\"idle_sleep_us\":7,"
		"\"distribute\":\"on\",\"distributors\":[4,2],\"ring_slots\":256},"
		"\"eal\":{\"huge_pages\":\"off\",\"mbufs\":8192,\"arguments\":[\"--log-level=8\"]},"
		"\"packet\":{\"tunnel_depth\":2},"
		"\"flow\":{\"capacity\":4096,\"idle_s\":3,\"single_s\":4,\"closed_s\":5,\"seed\":"
		"9007199254740991},"
		"\"host\":{\"targets\":128,\"sources\":256,\"prefixes\":512},"
		"\"model\":{\"flow\":\"m/f\",\"host\":\"/abs/h\",\"finding_score\":0.25},"
		"\"pipeline\":{\"tick_ms\":50},"
		"\"detect\":{\"hosts\":777,\"baseline_factor\":2.5,\"close_ms\":3000,"
		"\"syn_flood\":{\"floor_per_s\":42,\"floor_ms\":7},"
		"\"amplification\":{\"enabled\":false,\"floor_per_s\":9}},"
		"\"networks\":[{\"prefix\":\"192.0.2.0/"
		"24\",\"name\":\"b\xc3\xbcro\",\"allow\":true},"
		"{\"prefix\":\"2001:db8::/32\",\"thresholds\":{\"syn_flood\":2000,"
		"\"amplification\":700}}],"
		"\"publish\":{\"redis\":{\"host\":\"::1\",\"port\":6380,\"db\":3},\"file\":\"e."
		"jsonl\","
		"\"spool\":{\"folder\":\"/var/spool/x\",\"size_mib\":3}}}"
	);
	const struct kind_conf *kind = conf->detect.kind;

	assert_string_equal(conf->sensor, "edge-1");
	assert_string_equal(conf->detect.sensor, "edge-1");
	assert_string_equal(conf->publish.sensor, "edge-1");
	assert_string_equal(conf->state_folder, "conf/state");
	assert_int_equal(conf->n_ports, 4);
	assert_int_equal(conf->port[0].by, PORT_BY_INTERFACE);
	assert_string_equal(conf->port[0].name, "eth1");
	assert_int_equal(conf->port[0].driver, PORT_DRIVER_AF_XDP);
	assert_true(conf->port[0].take_over);
	assert_false(conf->port[0].promiscuous);
	assert_int_equal(conf->port[0].queues, 2);
	assert_int_equal(conf->port[0].descriptors, 512);
	assert_int_equal(conf->port[1].by, PORT_BY_PCI);
	assert_true(conf->port[1].promiscuous
	); // an entry starts from its defaults, not from a zero
	assert_int_equal(conf->port[2].by, PORT_BY_FILE);
	assert_string_equal(conf->port[2].name, "conf/x.pcap");
	assert_int_equal(conf->port[3].by, PORT_BY_VDEV);
	assert_string_equal(conf->port[3].name, "net_ring0");
	assert_int_equal(conf->control_core, 0);
	assert_int_equal(conf->workers.n, 2);
	assert_int_equal(conf->workers.cpu[0], 3);
	assert_int_equal(conf->workers.cpu[1], 1);
	assert_int_equal(conf->distribute, DISTRIBUTE_ON);
	assert_int_equal(conf->distributors.n, 2);
	assert_int_equal(conf->distributors.cpu[0], 4);
	assert_int_equal(conf->distributors.cpu[1], 2);
	assert_int_equal(conf->ring_slots, 256);
	assert_int_equal(conf->idle, IDLE_POLL);
	assert_int_equal(conf->huge_pages, HUGE_OFF);
	assert_int_equal(conf->n_eal_args, 1);
	assert_string_equal(conf->eal_arg[0], "--log-level=8");
	assert_int_equal(conf->pipeline.packet.tunnel_depth, 2);
	assert_int_equal(conf->pipeline.flow.idle_ns, 3000000000ull);
	assert_int_equal(conf->pipeline.flow.seed, 9007199254740991ull);
	assert_int_equal(conf->pipeline.window.prefixes, 512);
	assert_string_equal(conf->flow_model, "conf/m/f");
	assert_string_equal(conf->host_model, "/abs/h");
	assert_near(conf->pipeline.finding_score, 0.25, 0);
	assert_int_equal(conf->pipeline.tick_ns, 50000000);
	assert_int_equal(conf->detect.tick_ns, 50000000);
	assert_int_equal(conf->detect.hosts, 777);
	assert_near(conf->detect.baseline_factor, 2.5, 0);
	assert_int_equal(kind[KIND_SYN_FLOOD].floor_per_s, 42);
	assert_int_equal(kind[KIND_SYN_FLOOD].floor_ms, 7);
	assert_int_equal(
		kind[KIND_SYN_FLOOD].enabled, detect_defaults.kind[KIND_SYN_FLOOD].enabled
	);
	for (unsigned k = KIND_AMP_FIRST; k < KIND_N; k++) {
		assert_false(kind[k].enabled);
		assert_int_equal(kind[k].floor_per_s, 9);
	}
	assert_int_equal(
		kind[KIND_UDP_FLOOD].floor_per_s, detect_defaults.kind[KIND_UDP_FLOOD].floor_per_s
	);
	assert_int_equal(conf->detect.n_networks, 2);
	assert_int_equal(conf->detect.network[0].prefix_len, 24);
	assert_string_equal(conf->detect.network[0].name, "b\xc3\xbcro");
	assert_true(conf->detect.network[0].allow);
	assert_int_equal(conf->detect.network[1].prefix_len, 32);
	assert_int_equal(conf->detect.network[0].threshold_per_s[KIND_SYN_FLOOD], 0);
	assert_int_equal(conf->detect.network[1].threshold_per_s[KIND_SYN_FLOOD], 2000);
	assert_int_equal(conf->detect.network[1].threshold_per_s[KIND_UDP_FLOOD], 0);
	for (unsigned k = KIND_AMP_FIRST; k < KIND_N; k++)
		assert_int_equal(conf->detect.network[1].threshold_per_s[k], 700);
	assert_string_equal(conf->publish.redis_host, "::1");
	assert_int_equal(conf->publish.redis_port, 6380);
	assert_string_equal(conf->publish.file, "conf/e.jsonl");
	assert_string_equal(conf->publish.spool_folder, "/var/spool/x");
	assert_int_equal(conf->publish.spool_bytes, 3 << 20);
	config_free(conf);
}

static void without_a_file_events_go_to_standard_output(void **) {
	struct conf *conf = defaults();

	assert_string_equal(conf->path, "");
	assert_string_equal(conf->publish.redis_socket, "");
	assert_string_equal(conf->publish.redis_host, "");
	assert_string_equal(conf->publish.file, "-");
	assert_int_equal(conf->n_ports, 0);
	config_free(conf);
	conf = good("{\"publish\":{\"redis\":{\"socket\":\"/s\"}}}");
	assert_string_equal(conf->publish.file, ""); // Redis has them
	assert_string_equal(conf->publish.spool_folder, "");
	config_free(conf);
}

static void what_outlives_a_restart_lies_in_the_state_folder(void **) {
	struct conf *conf = good("{\"sensor\":{\"state_folder\":\"/s\"},"
				 "\"publish\":{\"redis\":{\"host\":\"h\"}}}");

	assert_string_equal(conf->publish.spool_folder, "/s/spool");
	config_free(conf);
	conf = good("{\"sensor\":{\"state_folder\":\"/s\"}}");
	assert_string_equal(conf->publish.spool_folder, ""); // nothing waits for standard output
	config_free(conf);
}

// Every number of the table: default, minimum and maximum fit the field and come back as they were.
static void the_table_is_sound(void **) {
	struct conf *conf = defaults();

	for (size_t i = 0; i < settings_n; i++) {
		const struct setting *s = &settings[i];
		char copy[sizeof(struct conf) + 1], text[1024];
		const void *base = setting_default_base(s, conf);

		print_message("  %s\n", s->path);
		assert_true(strlen(s->help) > 10);
		assert_ptr_equal(setting_find(s->path), s); // once only
		assert_true(
			s->of == OF_CONF || s->of == OF_PORT || s->reload
		); // reload.c rests on it
		setting_text(s, base, text, sizeof(text));
		if (s->type != SETTING_WHOLE && s->type != SETTING_REAL)
			continue;
		assert_true(setting_number(s, base) >= s->min);
		assert_true(setting_number(s, base) <= s->max);
		for (unsigned k = 0; k < 2; k++) {
			memset(copy, 0xaa, sizeof(copy));
			setting_number_set(s, copy, k == 0 ? s->min : s->max);
			assert_near(setting_number(s, copy), k == 0 ? s->min : s->max, 0);
			assert_int_equal((uint8_t)copy[s->offset + s->size], 0xaa);
		}
	}
	config_free(conf);
}

static char *printed(void (*print)(FILE *)) {
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	print(out);
	fclose(out);
	return text;
}

static void the_shipped_models_are_the_default(void **) {
	char file[CONFIG_PATH_MAX], error[MODELS_ERROR_MAX] = "";
	struct conf *conf = good_at("conf/w.json", "{}");
	struct models models;

	assert_string_equal(conf->flow_model, MODEL_SHIPPED);
	assert_non_null(strstr(models_flow_file(conf, file), "/models/flow.weir"));
	assert_int_equal(file[0], '/');
	assert_non_null(strstr(models_host_file(conf, file), "/models/host.weir"));
	assert_int_equal(models_load(&models, conf, error), 0);
	assert_non_null(models.flow);
	assert_non_null(models.host);
	models_free(&models);
	config_free(conf);

	conf = good_at("conf/w.json", "{\"model\":{\"flow\":\"\",\"host\":\"shipped\"}}");
	assert_string_equal(models_flow_file(conf, file), "");
	assert_string_equal(conf->host_model, MODEL_SHIPPED);
	assert_int_equal(models_load(&models, conf, error), 0);
	assert_null(models.flow);
	assert_non_null(models.host);
	models_free(&models);
	config_free(conf);

	// A model of hosts is none of flows.
	conf = good("{}");
	models_host_file(conf, conf->flow_model);
	assert_true(models_load(&models, conf, error) < 0);
	assert_null(models.host);
	assert_non_null(strstr(error, "host.weir: "));
	config_free(conf);
}

static void printed_defaults_read_back_as_the_defaults(void **) {
	char *text = printed(config_print_defaults_json), differ[1024];
	struct conf *conf = good(text), *wanted = defaults();

	assert_int_equal(config_needs_restart(wanted, conf, differ, sizeof(differ)), 0);
	assert_memory_equal(&conf->detect, &wanted->detect, sizeof(conf->detect));
	assert_memory_equal(&conf->publish, &wanted->publish, sizeof(conf->publish));
	assert_memory_equal(&conf->pipeline, &wanted->pipeline, sizeof(conf->pipeline));
	assert_string_equal(conf->flow_model, wanted->flow_model);
	assert_string_equal(conf->host_model, wanted->host_model);
	config_free(wanted);
	config_free(conf);
	free(text);
}

static void every_setting_is_in_the_manual(void **) {
	char *man = printed(config_print_man), *text = printed(config_print_text);
	const char *name;
	unsigned kind;

	for (size_t i = 0; i < settings_n; i++) {
		char item[128];

		snprintf(item, sizeof(item), ".It Cm %s\n", settings[i].path);
		assert_non_null(strstr(man, item));
		assert_non_null(strstr(text, settings[i].path));
	}
	for (unsigned i = 0; (name = kind_entry(i, &kind)) != NULL; i++)
		assert_non_null(strstr(man, name));
	free(text);
	free(man);
}

static void a_reload_says_what_needs_a_restart(void **) {
	struct conf *a = good("{\"ports\":[{\"interface\":\"a\"}],\"flow\":{\"capacity\":2048}}");
	struct conf *b = good("{\"ports\":[{\"interface\":\"a\"}],\"flow\":{\"capacity\":4096},"
			      "\"sensor\":{\"name\":\"b\"},\"cores\":{\"workers\":[1]}}");
	struct conf *c = good("{\"ports\":[{\"interface\":\"a\",\"queues\":1}],"
			      "\"flow\":{\"capacity\":2048}}");
	struct conf *d = good("{\"ports\":[{\"interface\":\"a\"}],\"flow\":{\"capacity\":2048},"
			      "\"networks\":[{\"prefix\":\"10.0.0.0/8\"}],"
			      "\"detect\":{\"syn_flood\":{\"floor_per_s\":1},\"learn_s\":1},"
			      "\"model\":{\"flow\":\"f\"}}");
	char text[256], little[8];

	assert_int_equal(config_needs_restart(a, a, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(config_needs_restart(a, b, text, sizeof(text)), 3);
	assert_string_equal(text, "sensor.name, cores.workers, flow.capacity");
	assert_int_equal(config_needs_restart(a, c, text, sizeof(text)), 1);
	assert_string_equal(text, "ports");
	assert_int_equal(config_needs_restart(a, d, text, sizeof(text)), 0);
	assert_int_equal(config_needs_restart(a, b, little, sizeof(little)), 3);
	assert_true(strlen(little) < sizeof(little));
	config_free(a);
	config_free(b);
	config_free(c);
	config_free(d);
}

static void lines_are_found(void **) {
	static const char text[] = "\n{ \"a\" : [ 1,\n [2, \"x\\\"]\", {}],\n\"y\"\n] ,\n"
				   "\"b{\" : {\"c\":true,\n\n\"d\"\n:\n{\n\"e\":0}}}";
	static const struct {
		size_t at[4];
		unsigned levels, line;
	} cases[] = {
		{{0}, 0, 2},
		{{0}, 1, 2},
		{{0, 0}, 2, 2},
		{{0, 1}, 2, 3},
		{{0, 1, 2}, 3, 3},
		{{0, 2}, 2, 4},
		{{1}, 1, 6},
		{{1, 0}, 2, 6},
		{{1, 1}, 2, 8},
		{{1, 1, 0}, 3, 11},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			locate_line(text, strlen(text), cases[i].at, cases[i].levels), cases[i].line
		);
	assert_int_equal(locate_too_deep("[[[", 3, 2), 1);
	assert_int_equal(locate_too_deep("[\n[\n[]]]", 8, 2), 3);
	assert_int_equal(locate_too_deep("[[\"[[[[\"]]", 10, 2), 0);
}

static void near_words_are_found(void **) {
	struct nearest best = {.wanted = "hlep"};
	char tall[NEAREST_WORD_MAX + 2];

	assert_int_equal(word_distance("", ""), 0);
	assert_int_equal(word_distance("abc", ""), 3);
	assert_int_equal(word_distance("abc", "abd"), 1);
	assert_int_equal(word_distance("abc", "acb"), 1);
	assert_int_equal(word_distance("kitten", "sitting"), 3);
	assert_int_equal(word_distance("ca", "abc"), 3);
	memset(tall, 'a', sizeof(tall));
	tall[sizeof(tall) - 1] = '\0';
	assert_true(word_distance(tall, "a") == UINT32_MAX);
	nearest_offer(&best, "show");
	assert_null(best.word);
	nearest_offer(&best, "heap");
	nearest_offer(&best, "help");
	assert_string_equal(best.word, "help");
}

static void files_that_cannot_be_read_say_why(void **) {
	char folder[] = "/tmp/weir-config-XXXXXX", path[64], error[CONFIG_ERROR_MAX];
	char tall[CONFIG_PATH_MAX + 1];
	struct conf *conf;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/w.json", folder);
	assert_int_equal(config_load(&conf, path, error), -ENOENT);
	assert_non_null(strstr(error, "w.json: No such file or directory; "));
	assert_int_equal(config_load(&conf, folder, error), -EISDIR);
	assert_non_null(strstr(error, "Is a directory"));
	memset(tall, 'a', sizeof(tall));
	tall[CONFIG_PATH_MAX] = '\0';
	assert_int_equal(config_load(&conf, tall, error), -ENAMETOOLONG);

	file = fopen(path, "w");
	fputs("{\n\"model\":{\"flow\":\"f.model\"}}", file);
	fclose(file);
	assert_int_equal(config_load(&conf, path, error), 0);
	assert_string_equal(conf->path, path);
	assert_memory_equal(conf->flow_model, folder, strlen(folder));
	config_free(conf);
	unlink(path);
	rmdir(folder);
}

static void paths_that_do_not_fit_are_refused(void **) {
	char path[CONFIG_PATH_MAX], error[CONFIG_ERROR_MAX], text[512];
	struct conf *conf;

	memset(path, 'd', sizeof(path));
	strcpy(&path[200], "/w.json");
	snprintf(text, sizeof(text), "{\"model\":{\"flow\":\"%.*s\"}}", 60, path);
	assert_int_equal(config_parse(&conf, text, strlen(text), path, error), -EINVAL);
	assert_non_null(strstr(error, "is too long with the configuration's folder"));
}

// Whatever bytes come: an answer, one line, no crash. The same seed, the same bytes.
static void mutations_never_crash(void **) {
	char *seed = printed(config_print_defaults_json);
	const size_t n = strlen(seed);
	char *text = malloc(n + 8);
	uint64_t random = 1;
	unsigned refused = 0;

	for (unsigned round = 0; round < 20000; round++) {
		char error[CONFIG_ERROR_MAX] = "";
		struct conf *conf = NULL;
		size_t length = n;

		memcpy(text, seed, n);
		for (unsigned k = 0; k < 1 + round % 4; k++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			const size_t at = (size_t)(random >> 33) % n;

			if (random & 0x100)
				text[at] = "{}[]\",:0-.\\/e\n\xff"[(random >> 12) % 15];
			else if (random & 0x200)
				length = at;
			else
				memmove(&text[at], &text[at + 1], n - at - 1);
		}
		if (config_parse(&conf, text, length, "w.json", error) == 0) {
			config_free(conf);
			continue;
		}
		refused++;
		assert_memory_equal(error, "w.json:", 7);
		assert_null(strchr(error, '\n'));
	}
	assert_true(refused > 10000);
	free(text);
	free(seed);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_name_line_and_field),
		cmocka_unit_test(bytes_of_the_file_cannot_reach_the_terminal),
		cmocka_unit_test(too_deep_and_too_large_are_refused),
		cmocka_unit_test(too_many_entries_are_refused),
		cmocka_unit_test(a_long_path_keeps_the_reason_visible),
		cmocka_unit_test(what_is_right_arrives),
		cmocka_unit_test(without_a_file_events_go_to_standard_output),
		cmocka_unit_test(what_outlives_a_restart_lies_in_the_state_folder),
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(the_shipped_models_are_the_default),
		cmocka_unit_test(printed_defaults_read_back_as_the_defaults),
		cmocka_unit_test(every_setting_is_in_the_manual),
		cmocka_unit_test(a_reload_says_what_needs_a_restart),
		cmocka_unit_test(lines_are_found),
		cmocka_unit_test(near_words_are_found),
		cmocka_unit_test(files_that_cannot_be_read_say_why),
		cmocka_unit_test(paths_that_do_not_fit_are_refused),
		cmocka_unit_test(mutations_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
