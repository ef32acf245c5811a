// weir evaluate's parts: labels that are doubted, truth from loose words, verdicts, curves.
#include "../../tools/cli/curve.h"
#include "../../tools/cli/labels.h"
#include "../../tools/cli/verdict.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#define S 1000000000ull

static char path[] = "/tmp/weir-labels-XXXXXX";

static void write_labels(const char *text, size_t n) {
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int read_text(struct labels *labels, const char *text, char error[static CSV_ERROR_MAX]) {
	write_labels(text, strlen(text));
	*labels = (struct labels) {0};
	return labels_read(labels, path, error);
}

static void labels_are_read_by_name(void **) {
	char error[CSV_ERROR_MAX];
	struct labels labels;

	assert_int_equal(
		read_text(
			&labels,
			"x,type,file,class,start,end,top_dst_share,packet_rule\n"
			"1,\"SYN flood, big\",a/b.pcap,mixed,+1.5,+3,0.5,all\n"
			"2,,c.pcap,benign,,,,\n",
			error
		),
		0
	);
	assert_int_equal(labels.n, 2);
	assert_string_equal(labels.label[0].type, "SYN flood, big");
	assert_string_equal(labels.label[0].file, "a/b.pcap");
	assert_int_equal(labels.label[0].class, LABEL_MIXED);
	assert_int_equal(labels.label[0].line, 2);
	assert_int_equal(labels.label[0].start.from, TIME_IN_FILE);
	assert_int_equal(labels.label[0].start.ns, 3 * S / 2);
	assert_near(labels.label[0].top_share, 0.5, 1e-12);
	assert_int_equal(labels.label[1].class, LABEL_BENIGN);
	assert_int_equal(labels.label[1].start.from, TIME_UNTOLD);
	assert_string_equal(labels.label[1].target, "");
	labels_free(&labels);
}

static void without_a_class_a_type_makes_an_attack(void **) {
	char error[CSV_ERROR_MAX];
	struct labels labels;

	assert_int_equal(read_text(&labels, "file,type\na,syn flood\nb,\n", error), 0);
	assert_int_equal(labels.label[0].class, LABEL_ATTACK);
	assert_int_equal(labels.label[1].class, LABEL_BENIGN);
	labels_free(&labels);
}

static void a_later_table_replaces_what_it_tells_of(void **) {
	char error[CSV_ERROR_MAX];
	struct labels labels;

	assert_int_equal(
		read_text(&labels, "file,type\na,syn flood\nb,udp flood\na,ack flood\nc,\n", error),
		0
	);
	write_labels("type,file\nport scan,a\n,d\n", 25);
	assert_int_equal(labels_read(&labels, path, error), 0);
	assert_int_equal(labels.n, 4);
	assert_string_equal(labels.label[0].file, "b");
	assert_string_equal(labels.label[1].file, "c");
	assert_string_equal(labels.label[2].type, "port scan");
	assert_int_equal(labels.label[2].line, 2);
	assert_string_equal(labels.label[3].file, "d");
	labels_free(&labels);
}

static void mistakes_are_named_with_their_place(void **) {
	static const struct {
		const char *text, *place, *what;
	} cases[] = {
		{"", ":1", "empty"},
		{"class,type\nattack,x\n", ":1", "no column \"file\""},
		{"file,size\na,1\n", ":1", "no column \"class\""},
		{"file,class,file\na,attack,b\n", ":1:3", "twice"},
		{"file,class\n", ":2", "no row"},
		{"file,class\na,attack\nb,assault\n", ":3:2", "class \"assault\""},
		{"file,class\na\n", ":2", ""},
		{"file,class\na,benign,c\n", ":2", ""},
		{"file,class\n,attack\n", ":2:1", "no file"},
		{"file,class\n/etc/passwd,attack\n", ":2:1", "outside"},
		{"file,class\n../x,attack\n", ":2:1", "outside"},
		{"file,class\na/../../x,attack\n", ":2:1", "outside"},
		{"file,class\na/..,attack\n", ":2:1", "outside"},
		{"file,class,start\na,attack,soon\n", ":2:3", "\"soon\""},
		{"file,class,start\na,attack,-1\n", ":2:3", "\"-1\""},
		{"file,class,start\na,attack,nan\n", ":2:3", "\"nan\""},
		{"file,class,start\na,attack,1e300\n", ":2:3", "\"1e300\""},
		{"file,class,start,end\na,attack,5,4\n", ":2:4", "before the start"},
		{"file,class,top_dst_share\na,attack,1.5\n", ":2:3", "0 to 1"},
		{"file,class\n\"a,attack\n", ":2", ""},
	};
	char error[CSV_ERROR_MAX], place[128];
	struct labels labels;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("  %s\n", cases[i].text);
		assert_int_equal(read_text(&labels, cases[i].text, error), -1);
		snprintf(place, sizeof(place), "%s%s", path, cases[i].place);
		if (strncmp(error, place, strlen(place)) != 0
		    || strstr(error, cases[i].what) == NULL)
			fail_msg("\"%s\" is not at %s: %s", error, place, cases[i].what);
		labels_free(&labels);
		assert_null(strchr(error, '\n'));
	}
	unlink(path);
	labels = (struct labels) {0};
	assert_int_equal(labels_read(&labels, path, error), -1);
	assert_non_null(strstr(error, path));
}

static void text_of_labels_carries_no_escapes(void **) {
	char error[CSV_ERROR_MAX];
	struct labels labels;

	assert_int_equal(
		read_text(&labels, "file,class,type\na\x1b[2J,attack,b\x1b\x07\n", error), 0
	);
	assert_string_equal(labels.label[0].file, "a?[2J");
	assert_string_equal(labels.label[0].type, "b??");
	labels_free(&labels);
	assert_int_equal(read_text(&labels, "file,class\na,\x1b[2J\n", error), -1);
	labels_free(&labels);
	assert_null(strchr(error, '\x1b'));
}

// A label as labels_read() makes it; its strings live on.
static struct label label_of(const char *type, const char *rule, const char *top, double share) {
	return (struct label) {
		.path = "l.csv",
		.line = 7,
		.class = LABEL_ATTACK,
		.file = (char *)"dir/some_file.pcap",
		.type = (char *)type,
		.kind = (char *)"",
		.target = (char *)"",
		.source = (char *)"",
		.rule = (char *)rule,
		.top_dst = (char *)top,
		.exclude = (char *)"",
		.top_share = share,
	};
}

static struct truth truth_one(const struct label *label) {
	struct truth truth[TRUTH_PARTS_MAX];
	char error[CSV_ERROR_MAX];

	assert_int_equal(truth_of(truth, label, error), 1);
	return truth[0];
}

static void loose_words_become_kinds(void **) {
	static const struct {
		const char *type;
		int kind; // that is right; -1: excluded
		int wrong; // that is not
	} cases[] = {
		{"syn_flood", KIND_SYN_FLOOD, KIND_ACK_FLOOD},
		{"SYN flood", KIND_SYN_FLOOD, KIND_UDP_FLOOD},
		{"flood (SYN, single source)", KIND_SYN_FLOOD, KIND_UDP_FLOOD},
		{"synFlood", KIND_SYN_FLOOD, KIND_UDP_FLOOD},
		{"syn_ack_flood", KIND_SYNACK_FLOOD, KIND_SYN_FLOOD},
		{"psh-ack flood", KIND_PSHACK_FLOOD, KIND_SYN_FLOOD},
		{"SYN-FIN flood", KIND_SYNFIN_FLOOD, KIND_SYN_FLOOD},
		{"udp flood 1400 B", KIND_UDP_FLOOD, KIND_SYN_FLOOD},
		{"ping flood", KIND_ICMP_FLOOD, KIND_SYN_FLOOD},
		{"tcp reflection", KIND_SYNACK_FLOOD, KIND_AMP_DNS},
		{"NTP amplification", KIND_AMP_NTP, KIND_AMP_DNS},
		{"bacnet47808_dvr37810_amplification", KIND_AMP_BACNET, KIND_AMP_NTP},
		{"bacnet47808_dvr37810_amplification", KIND_AMP_DVR, KIND_UDP_FLOOD},
		{"reflection attack", KIND_AMP_SSDP, KIND_SYN_FLOOD},
		{"nmap -sS", KIND_VERTICAL_SCAN, KIND_SYN_FLOOD},
		{"Portscan", KIND_VERTICAL_SCAN, KIND_SYN_FLOOD},
		{"icmp scan", KIND_HORIZONTAL_SCAN, KIND_ICMP_FLOOD},
		{"telnet worm", KIND_HORIZONTAL_SCAN, KIND_VERTICAL_SCAN},
		{"DDoS", KIND_SYN_FLOOD, KIND_VERTICAL_SCAN},
		{"DoH tunnel", -1, KIND_SYN_FLOOD},
		{"modbus commands", -1, KIND_SYN_FLOOD},
		{"benign", -1, KIND_SYN_FLOOD},
		{"something else altogether", -1, KIND_SYN_FLOOD},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct truth truth = {0};

		print_message("  %s\n", cases[i].type);
		truth_classify(&truth, cases[i].type);
		assert_non_null(truth.group);
		assert_int_equal(truth.excluded != NULL, cases[i].kind < 0);
		if (cases[i].kind >= 0)
			assert_true(truth.right[cases[i].kind]);
		assert_false(truth.right[cases[i].wrong]);
	}
}

static void our_own_names_are_exact(void **) {
	for (unsigned kind = 0; kind < KIND_N; kind++) {
		struct truth truth = {0};

		truth_classify(&truth, event_kind_name(kind));
		assert_true(truth.right[kind]);
		assert_int_equal(truth.n_right, 1);
		assert_string_equal(truth.group, event_kind_name(kind));
	}
}

static void a_slash_joins_what_is_right(void **) {
	struct truth truth = {0};

	truth_classify(&truth, "ack_flood/pshack_flood/no_such_thing");
	assert_int_equal(truth.n_right, 2);
	assert_true(truth.right[KIND_ACK_FLOOD] && truth.right[KIND_PSHACK_FLOOD]);
	assert_string_equal(truth.group, "ack_flood");
	assert_null(truth.excluded);
	truth = (struct truth) {0};
	truth_classify(&truth, "ack_flood/ack flood");
	assert_string_equal(truth.wanted, "ack_flood"); // once
}

static void every_row_of_the_table_is_whole(void **) {
	struct truth_type type;
	size_t n = 0;

	for (; truth_type_get(n, &type); n++) {
		assert_true(type.group[0] != '\0' && type.words[0] != '\0');
		// What is counted has kinds.
		assert_true(type.kinds[0] != '\0' || type.excluded != NULL);
	}
	assert_true(n > 20);
}

static void a_plus_makes_two_attacks(void **) {
	const struct label label = label_of("port scan+udp flood", "", "", 0);
	struct truth truth[TRUTH_PARTS_MAX];
	char error[CSV_ERROR_MAX];

	assert_int_equal(truth_of(truth, &label, error), 2);
	assert_true(truth[0].right[KIND_VERTICAL_SCAN]);
	assert_true(truth[1].right[KIND_UDP_FLOOD]);
	assert_false(truth[1].right[KIND_VERTICAL_SCAN]);
}

static void the_files_name_is_read_where_the_type_says_so(void **) {
	struct label label = label_of("flood (type in name)", "", "", 0);
	struct truth truth;

	label.file = (char *)"udp_dir/day_syn_flood.pcap";
	truth = truth_one(&label);
	assert_true(truth.right[KIND_SYN_FLOOD]);
	assert_false(truth.right[KIND_UDP_FLOOD]);
}

static struct alarm alarm_on(unsigned kind, const char *target, const char *source) {
	struct alarm alarm = {.kind = (uint8_t)kind, .severity = SEVERITY_HIGH};

	assert_int_equal(addr_parse(&alarm.target, &alarm.target_prefix_len, target), 0);
	if (source != NULL) {
		alarm.n_sources = 1;
		assert_int_equal(addr_parse(&alarm.sources[0].addr, NULL, source), 0);
	}
	return alarm;
}

static void targets_are_taken_from_where_they_are_told(void **) {
	static const struct {
		const char *rule, *top;
		double share;
		const char *from; // NULL: not judged
		const char *on, *by; // an alarm on that host, and its first source
		bool about;
	} cases[] = {
		{"all; victim 10.0.0.1:80", "10.9.9.9", 1, "packet_rule", "10.0.0.1", NULL, true},
		{"all; victim 10.0.0.1:80", "10.9.9.9", 1, "packet_rule", "10.9.9.9", NULL, false},
		{"10.0.0.2 -> 10.0.0.1:80.", "", 0, "packet_rule", "10.0.0.1", NULL, true},
		{"10.0.0.2 -> 10.0.0.1", "", 0, "packet_rule", "10.0.0.2", NULL, true},
		{"10.0.0.2 -> 10.0.0.1", "", 0, "packet_rule", "10.0.0.3", "10.0.0.2", false},
		{"infected 10.0.0.2", "", 0, "packet_rule", "172.16.5.0/24", "10.0.0.2", true},
		{"infected 10.0.0.2", "", 0, "packet_rule", "172.16.5.0/24", "10.0.0.3", false},
		{"target 2001:db8::1, all", "", 0, "packet_rule", "2001:db8::1", NULL, true},
		{"target 2001:db8::1, all", "", 0, "packet_rule", "2001:db8::2", NULL, false},
		{"target 2001:db8::1, all", "", 0, "packet_rule", "2001:db8::/64", NULL, true},
		{"all packets", "10.0.0.1", 0.9, "top_dst", "10.0.0.1", "10.0.0.2", true},
		{"all packets", "10.0.0.1", 0.9, "top_dst", "10.0.0.2", "10.0.0.1", false},
		{"all packets", "10.0.0.1", 0.5, "top_dst", "10.0.0.2", "10.0.0.1", true},
		{"all packets", "10.0.0.1", 0.5, "top_dst", "10.0.0.0/24", NULL, true},
		{"all packets", "-", 0, NULL, "10.0.0.1", NULL, false},
		{"victim in file", "v6", 1, NULL, "2001:db8::1", NULL, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct label label
			= label_of("syn flood", cases[i].rule, cases[i].top, cases[i].share);
		const struct alarm alarm = alarm_on(KIND_SYN_FLOOD, cases[i].on, cases[i].by);
		const struct truth truth = truth_one(&label);

		print_message("  %s, %s: %s\n", cases[i].rule, cases[i].top, cases[i].on);
		if (cases[i].from == NULL)
			assert_null(truth.target_from);
		else
			assert_string_equal(truth.target_from, cases[i].from);
		assert_int_equal(truth_about(&truth, &alarm), cases[i].about);
	}
}

static void ports_that_both_tell_must_agree(void **) {
	struct label label = label_of("syn flood", "", "", 0);
	struct alarm alarm = alarm_on(KIND_SYN_FLOOD, "2001:db8::1", NULL);
	struct truth truth;

	label.target = (char *)"[2001:db8::1]:80|10.0.0.0/8";
	truth = truth_one(&label);
	assert_int_equal(truth.target.n, 2);
	assert_true(truth_about(&truth, &alarm));
	alarm.has_port = 1;
	alarm.port = 80;
	assert_true(truth_about(&truth, &alarm));
	alarm.port = 81;
	assert_false(truth_about(&truth, &alarm));
	alarm = alarm_on(KIND_SYN_FLOOD, "10.7.0.0/16", NULL);
	assert_true(truth_about(&truth, &alarm));
}

static void wrong_kinds_and_targets_are_errors(void **) {
	struct label label = label_of("x", "", "", 0);
	struct truth truth[TRUTH_PARTS_MAX];
	char error[CSV_ERROR_MAX];

	label.kind = (char *)"syn_flood|sin_flood";
	assert_int_equal(truth_of(truth, &label, error), -1);
	assert_string_equal(
		error, "l.csv:7: there is no such kind of alarm in \"syn_flood|sin_flood\""
	);
	label.kind = (char *)"syn_flood|udp_flood";
	assert_int_equal(truth_of(truth, &label, error), 1);
	assert_true(truth[0].right[KIND_SYN_FLOOD] && truth[0].right[KIND_UDP_FLOOD]);
	label.target = (char *)"10.0.0.1|ten";
	assert_int_equal(truth_of(truth, &label, error), -1);
	assert_non_null(strstr(error, "l.csv:7: "));
	for (const char *const *bad = (const char *const[]
	     ) {"[::1", "10.0.0.1:", "10.0.0.1:99999", "10.0.0.1:8x", ":80", NULL};
	     *bad != NULL;
	     bad++) {
		label.target = (char *)*bad;
		assert_int_equal(truth_of(truth, &label, error), -1);
	}
}

static struct seen_alarm *
raise(struct seen *seen, struct alarm alarm, uint64_t from_ns, uint64_t to_ns) {
	alarm.id = seen->n + 1;
	alarm.state = ALARM_OPEN;
	alarm.start_ns = from_ns;
	alarm.time_ns = from_ns + S / 2;
	alarm.end_ns = alarm.time_ns;
	seen_put(seen, &alarm);
	alarm.state = ALARM_CLOSE;
	alarm.severity = SEVERITY_MEDIUM;
	alarm.time_ns = to_ns + 3 * S;
	alarm.end_ns = to_ns;
	seen_put(seen, &alarm);
	return &seen->alarm[seen->n - 1];
}

static void transitions_are_one_alarm(void **) {
	struct seen seen = {0};
	const struct seen_alarm *one
		= raise(&seen, alarm_on(KIND_SYN_FLOOD, "10.0.0.1", NULL), 10 * S, 20 * S);

	assert_int_equal(seen.n, 1);
	assert_int_equal(one->opened_ns, 10 * S + S / 2);
	assert_int_equal(one->severity, SEVERITY_HIGH); // its highest
	assert_int_equal(one->alarm.end_ns, 20 * S);
	seen_free(&seen);
}

static void verdicts(void **) {
	static const struct {
		unsigned kind;
		const char *on;
		uint64_t from_s, to_s;
		const char *word;
	} cases[] = {
		{KIND_SYN_FLOOD, "10.0.0.1", 101, 109, "right"},
		{KIND_SYN_FLOOD, "10.0.0.2", 101, 109, "wrong target"},
		{KIND_UDP_FLOOD, "10.0.0.1", 101, 109, "wrong name"},
		{KIND_UDP_FLOOD, "10.0.0.2", 101, 109, "missed"},
		{KIND_SYN_FLOOD, "10.0.0.1", 50, 98, "missed"}, // over before
		{KIND_SYN_FLOOD, "10.0.0.1", 112, 120, "missed"}, // begins after
		{KIND_SYN_FLOOD, "10.0.0.1", 50, 100, "right"},
		{KIND_SYN_FLOOD, "10.0.0.1", 111, 120, "right"}, // within the margin
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct label label = label_of("syn flood", "victim 10.0.0.1", "", 0);
		struct verdict v = {.packets = 1000};
		struct seen seen = {0};

		print_message("  %zu: %s\n", i, cases[i].word);
		label.start = (struct label_time) {TIME_IN_FILE, 100 * S};
		label.end = (struct label_time) {TIME_IN_FILE, 110 * S};
		v.truth = truth_one(&label);
		v.span = span_of(&v.truth, 0, 1000 * S);
		raise(&seen,
		      alarm_on(cases[i].kind, cases[i].on, NULL),
		      cases[i].from_s * S,
		      cases[i].to_s * S);
		verdict_find(&v, &seen);
		assert_string_equal(verdict_word(&v), cases[i].word);
		assert_int_equal(v.right, strcmp(cases[i].word, "right") == 0);
		assert_int_equal(v.detected, strcmp(cases[i].word, "missed") != 0);
		assert_int_equal(seen.alarm[0].belongs, v.detected);
		seen_free(&seen);
	}
}

static void the_first_right_alarm_tells_the_delay(void **) {
	const struct label label = label_of("syn flood", "victim 10.0.0.1", "", 0);
	struct verdict v = {.packets = 1000, .truth = truth_one(&label)};
	struct seen seen = {0};

	v.span = span_of(&v.truth, 100 * S, 200 * S);
	raise(&seen, alarm_on(KIND_UDP_FLOOD, "10.0.0.1", NULL), 101 * S, 105 * S);
	raise(&seen, alarm_on(KIND_SYN_FLOOD, "10.0.0.1", NULL), 102 * S, 110 * S);
	raise(&seen, alarm_on(KIND_SYN_FLOOD, "10.0.0.1", NULL), 120 * S, 130 * S);
	raise(&seen, alarm_on(KIND_ACK_FLOOD, "10.0.0.9", NULL), 120 * S, 130 * S);
	verdict_find(&v, &seen);
	assert_int_equal(v.delay_ns, 2 * S + S / 2);
	assert_int_equal(v.alarms, 2);
	assert_int_equal(v.others, 1);
	assert_ptr_equal(v.best, &seen.alarm[1]);
	assert_false(seen.alarm[3].belongs);
	seen_free(&seen);
}

static void a_mixed_file_without_times_tells_no_delay(void **) {
	struct label label = label_of("syn flood", "victim 10.0.0.1", "", 0);
	struct verdict v = {.packets = 1000};
	struct seen seen = {0};

	label.class = LABEL_MIXED;
	v.truth = truth_one(&label);
	v.span = span_of(&v.truth, 100 * S, 200 * S);
	raise(&seen, alarm_on(KIND_SYN_FLOOD, "10.0.0.1", NULL), 102 * S, 110 * S);
	verdict_find(&v, &seen);
	assert_true(v.right);
	assert_true(v.delay_ns == UINT64_MAX);
	seen_free(&seen);
}

static void where_no_target_is_known_the_name_decides(void **) {
	const struct label label = label_of("syn flood", "", "", 0);
	struct verdict v = {.packets = 1000, .truth = truth_one(&label)};
	struct seen seen = {0};

	v.span = span_of(&v.truth, 0, 200 * S);
	raise(&seen, alarm_on(KIND_UDP_FLOOD, "10.0.0.1", NULL), 101 * S, 105 * S);
	verdict_find(&v, &seen);
	assert_string_equal(verdict_word(&v), "beside");
	raise(&seen, alarm_on(KIND_SYN_FLOOD, "10.0.0.1", NULL), 102 * S, 110 * S);
	verdict_find(&v, &seen);
	assert_string_equal(verdict_word(&v), "right");
	seen_free(&seen);
}

static void small_attacks_are_excluded_with_the_reason(void **) {
	const struct label label = label_of("syn flood", "", "", 0);
	struct verdict v = {.packets = TRUTH_PACKETS_MIN - 1, .truth = truth_one(&label)};
	struct seen seen = {0};

	verdict_find(&v, &seen);
	assert_string_equal(verdict_word(&v), "excluded");
	assert_string_equal(v.excluded, "fewer than 250 packets");
	v = (struct verdict) {.packets = TRUTH_PACKETS_MIN, .truth = truth_one(&label)};
	verdict_find(&v, &seen);
	assert_string_equal(verdict_word(&v), "missed");
}

static void put_all(struct scores *s, const float *value, size_t n) {
	for (size_t i = 0; i < n; i++)
		scores_put(s, value[i]);
}

static void the_area_counts_pairs(void **) {
	static const struct {
		float quiet[4], attack[4];
		size_t n_quiet, n_attack;
		double auc; // pairs in the right order, ties half
	} cases[] = {
		{{1, 2}, {3, 4}, 2, 2, 1},
		{{3, 4}, {1, 2}, 2, 2, 0},
		{{1, 1}, {1, 1}, 2, 2, 0.5},
		{{1, 2, 3, 4}, {2.5f, 2}, 4, 2, 3.5 / 8},
		{{0.5f}, {0.5f, 0.75f}, 1, 2, 0.75},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scores quiet = {0}, attack = {0};
		struct curve curve;

		put_all(&quiet, cases[i].quiet, cases[i].n_quiet);
		put_all(&attack, cases[i].attack, cases[i].n_attack);
		curve_of(&curve, &quiet, &attack);
		assert_near(curve.auc, cases[i].auc, 1e-12);
		assert_near(curve.point[0].false_share + curve.point[0].true_share, 0, 0);
		assert_near(curve.point[curve.n_points - 1].false_share, 1, 0);
		assert_near(curve.point[curve.n_points - 1].true_share, 1, 0);
		scores_free(&quiet);
		scores_free(&attack);
	}
}

static void many_scores_make_a_curve_that_rises(void **) {
	struct scores quiet = {0}, attack = {0};
	uint64_t state = 1;
	struct curve curve;

	for (unsigned i = 0; i < 100000; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		const float u = (float)(state >> 40) / (float)(1 << 24);

		scores_put(i % 2 != 0 ? &attack : &quiet, i % 2 != 0 ? sqrtf(u) : u);
	}
	curve_of(&curve, &quiet, &attack);
	// P(sqrt(V) > U) for two uniform numbers is 2/3.
	assert_near(curve.auc, 2.0 / 3, 0.01);
	assert_true(curve.n_points > ROC_POINTS_MAX / 2 && curve.n_points <= ROC_POINTS_MAX);
	for (unsigned i = 1; i < curve.n_points; i++) {
		assert_true(curve.point[i].false_share >= curve.point[i - 1].false_share);
		assert_true(curve.point[i].true_share >= curve.point[i - 1].true_share);
	}
	assert_near(scores_share_from(&quiet, 0.9f), 0.1, 0.01);
	scores_free(&quiet);
	scores_free(&attack);
}

static void without_rows_of_both_sorts_there_is_no_area(void **) {
	struct scores quiet = {0}, attack = {0};
	struct curve curve;

	scores_put(&quiet, 1);
	scores_put(&quiet, NAN); // not taken
	curve_of(&curve, &quiet, &attack);
	assert_int_equal(quiet.n, 1);
	assert_true(isnan(curve.auc));
	assert_int_equal(curve.n_points, 0);
	assert_true(isnan(scores_share_from(&attack, 0)));
	scores_free(&quiet);
}

static void a_full_list_becomes_an_even_sample(void **) {
	struct scores s = {0};

	for (unsigned i = 0; i < 3 * SCORES_MAX; i++)
		scores_put(&s, (float)i);
	assert_int_equal(s.offered, 3 * SCORES_MAX);
	assert_int_equal(s.stride, 4);
	assert_int_equal(s.n, 3 * SCORES_MAX / 4);
	for (size_t i = 0; i < s.n; i += 1000)
		assert_near(s.value[i], 4.0 * (double)i, 0.6); // float has 24 bits
	scores_free(&s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_read_by_name),
		cmocka_unit_test(without_a_class_a_type_makes_an_attack),
		cmocka_unit_test(a_later_table_replaces_what_it_tells_of),
		cmocka_unit_test(mistakes_are_named_with_their_place),
		cmocka_unit_test(text_of_labels_carries_no_escapes),
		cmocka_unit_test(loose_words_become_kinds),
		cmocka_unit_test(our_own_names_are_exact),
		cmocka_unit_test(a_slash_joins_what_is_right),
		cmocka_unit_test(every_row_of_the_table_is_whole),
		cmocka_unit_test(a_plus_makes_two_attacks),
		cmocka_unit_test(the_files_name_is_read_where_the_type_says_so),
		cmocka_unit_test(targets_are_taken_from_where_they_are_told),
		cmocka_unit_test(ports_that_both_tell_must_agree),
		cmocka_unit_test(wrong_kinds_and_targets_are_errors),
		cmocka_unit_test(transitions_are_one_alarm),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(the_first_right_alarm_tells_the_delay),
		cmocka_unit_test(a_mixed_file_without_times_tells_no_delay),
		cmocka_unit_test(where_no_target_is_known_the_name_decides),
		cmocka_unit_test(small_attacks_are_excluded_with_the_reason),
		cmocka_unit_test(the_area_counts_pairs),
		cmocka_unit_test(many_scores_make_a_curve_that_rises),
		cmocka_unit_test(without_rows_of_both_sorts_there_is_no_area),
		cmocka_unit_test(a_full_list_becomes_an_even_sample),
	};
	int fd = mkstemp(path), ret;

	if (fd < 0)
		return 1;
	close(fd);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return ret;
}
