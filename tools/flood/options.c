// The command line: an option is a row, its help is made from it.
#include "options.h"

#include "fast.h"
#include "scenes.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define START_S 1767571200 // 2026-01-05T00:00:00Z, a Monday
#define SECONDS_DEFAULT 10
#define SNAP_DEFAULT 65535
#define MEMORY_MB_DEFAULT 64
#define FRAME_MIN 60
#define FRAME_MOST 1514

static bool take_double(const char *text, double low, double high, double *out) {
	char *end;
	const double v = strtod(text, &end);

	if (end == text || *end != 0 || !(v >= low && v <= high))
		return false;
	*out = v;
	return true;
}

static bool take_whole(const char *text, double low, double high, uint64_t *out) {
	double v;

	if (!take_double(text, low, high, &v) || v != (double)(uint64_t)v)
		return false;
	*out = (uint64_t)v;
	return true;
}

static bool take_range(const char *text, struct range *out) {
	if (addr_parse(&out->addr, &out->prefix_len, text) < 0)
		return false;
	out->addr = addr_mask(&out->addr, out->prefix_len);
	return true;
}

static bool set_output(struct settings *s, const char *v) {
	s->output = v;
	return *v != 0;
}

static bool set_device(struct settings *s, const char *v) {
	s->port = v;
	return *v != 0;
}

static bool set_rate(struct settings *s, const char *v) {
	if (strcmp(v, "max") == 0) {
		s->packets_per_s = RATE_MAX;
		return true;
	}
	return take_double(v, 0.001, 1e9, &s->packets_per_s);
}

static bool set_seconds(struct settings *s, const char *v) {
	return take_double(v, 1e-9, 1e8, &s->seconds);
}

static bool set_packets(struct settings *s, const char *v) {
	return take_whole(v, 1, 1e15, &s->packets);
}

static bool set_target(struct settings *s, const char *v) {
	return s->has_target = take_range(v, &s->target);
}

static bool set_source(struct settings *s, const char *v) {
	return s->has_source = take_range(v, &s->source);
}

static bool set_target_port(struct settings *s, const char *v) {
	uint64_t port;

	if (!take_whole(v, 1, 65535, &port))
		return false;
	s->target_port = (uint16_t)port;
	return true;
}

static bool set_sources(struct settings *s, const char *v) {
	uint64_t n = 1;

	if (strcmp(v, "forged") == 0)
		n = FORGED;
	else if (strcmp(v, "fixed") != 0 && !take_whole(v, 1, 1e9, &n))
		return false;
	s->sources = (uint32_t)n;
	return true;
}

static bool set_flows(struct settings *s, const char *v) {
	return take_whole(v, 1, 1e11, &s->flows);
}

static bool set_ip6_share(struct settings *s, const char *v) {
	return take_double(v, 0, 1, &s->ip6_share);
}

static bool set_fast(struct settings *s, const char *) {
	return s->fast = true;
}

static bool set_drop(struct settings *s, const char *) {
	return s->drop = true;
}

static bool set_json(struct settings *s, const char *) {
	return s->json = true;
}

static bool set_memory(struct settings *s, const char *v) {
	uint64_t mb;

	if (!take_whole(v, 1, 4095, &mb))
		return false;
	s->memory_mb = (uint32_t)mb;
	return true;
}

static bool set_forged(struct settings *s, const char *) {
	s->sources = FORGED;
	return true;
}

static bool set_ip6(struct settings *s, const char *) {
	return s->ip6 = true;
}

static bool set_size(struct settings *s, const char *v) {
	uint64_t n;

	if (!take_whole(v, FRAME_MIN, FRAME_MOST, &n))
		return false;
	s->size = (uint16_t)n;
	return true;
}

static bool set_snap(struct settings *s, const char *v) {
	uint64_t n;

	if (!take_whole(v, 14, SNAP_DEFAULT, &n))
		return false;
	s->snap = (uint32_t)n;
	return true;
}

static bool set_seed(struct settings *s, const char *v) {
	return take_whole(v, 0, 9e15, &s->seed);
}

static bool set_start(struct settings *s, const char *v) {
	struct tm tm = {0};
	double seconds;
	const char *const end = strptime(v, "%Y-%m-%dT%H:%M:%S", &tm);

	if (end != NULL && (*end == 0 || strcmp(end, "Z") == 0))
		seconds = (double)timegm(&tm);
	else if (!take_double(v, 0, 4e9, &seconds))
		return false;
	s->start_ns = (uint64_t)seconds * SECOND_NS
		+ (uint64_t)((seconds - (double)(uint64_t)seconds) * SECOND_NS);
	return seconds >= 0;
}

static bool set_normal(struct settings *s, const char *v) {
	return take_double(v, 0, 1000, &s->normal);
}

static bool set_delay(struct settings *s, const char *v) {
	return take_double(v, 0, 1e8, &s->delay_s);
}

static bool set_attack(struct settings *s, const char *v) {
	return take_double(v, 1e-9, 1e8, &s->attack_s);
}

static bool set_answered(struct settings *s, const char *v) {
	return take_double(v, 0, 1, &s->answered);
}

static bool set_truth(struct settings *s, const char *v) {
	s->truth = v;
	return *v != 0;
}

static const struct row {
	char letter;
	const char *name, *value; // value NULL: none
	const char *help, *allowed;
	bool (*set)(struct settings *, const char *);
} rows[] = {
	{'o',
	 "output",
	 "FILE",
	 "write a pcap file with nanosecond stamps; - is standard output",
	 "a path",
	 set_output},
	{'D',
	 "device",
	 "DEVICE",
	 "send out of a DPDK device instead, at the scene's pace: a vdev or PCI address",
	 "a device",
	 set_device},
	{'r',
	 "rate",
	 "PPS",
	 "packets a second; ordinary scenes keep to it on average; max with --fast",
	 "0.001 to 1e9, or max",
	 set_rate},
	{'s', "seconds", "S", "length of the scene (10)", "above 0, to 1e8", set_seconds},
	{'n',
	 "packets",
	 "N",
	 "stop after this many packets, whatever the time",
	 "1 to 1e15",
	 set_packets},
	{'t',
	 "target",
	 "ADDRESS",
	 "who is hit: a host, or a network (203.0.113.0/24)",
	 "an IP address or network",
	 set_target},
	{'p', "port", "PORT", "port of the target", "1 to 65535", set_target_port},
	{'S',
	 "source",
	 "ADDRESS",
	 "who sends: a host, or a network",
	 "an IP address or network",
	 set_source},
	{'N',
	 "sources",
	 "N",
	 "number of senders; fixed is 1, forged another for each packet",
	 "1 to 1e9, fixed or forged",
	 set_sources},
	{'f', "forged", NULL, "each packet from another sender, made up", "", set_forged},
	{'F', "flows", "N", "just so many flows, one packet each in turn", "1 to 1e11", set_flows},
	{'6', "ipv6", NULL, "IPv6 only", "", set_ip6},
	{'i', "ipv6-share", "SHARE", "this share of the packets is IPv6", "0 to 1", set_ip6_share},
	{'b',
	 "size",
	 "BYTES",
	 "frame size of the attack, headers included",
	 "60 to 1514",
	 set_size},
	{'a',
	 "answered",
	 "SHARE",
	 "share of the attack that the target answers",
	 "0 to 1",
	 set_answered},
	{'m',
	 "normal",
	 "SHARE",
	 "normal traffic below: its packets per packet of the scene",
	 "0 to 1000",
	 set_normal},
	{'d', "delay", "S", "seconds before the attack begins", "0 to 1e8", set_delay},
	{'l', "length", "S", "length of the attack (until the end)", "above 0, to 1e8", set_attack},
	{'x',
	 "fast",
	 NULL,
	 "made beforehand and varied as they go: millions a second",
	 "",
	 set_fast},
	{'M',
	 "memory",
	 "MB",
	 "for the frames that --fast makes beforehand (64)",
	 "1 to 4095",
	 set_memory},
	{'X',
	 "drop",
	 NULL,
	 "with --fast: what a full device does not take is lost, and counted",
	 "",
	 set_drop},
	{'j', "json", NULL, "the summary as JSON on standard output", "", set_json},
	{'w', "snap", "BYTES", "keep this much of each frame (65535)", "14 to 65535", set_snap},
	{'e', "seed", "N", "same seed, same bytes (1)", "a whole number to 9e15", set_seed},
	{'T',
	 "start",
	 "TIME",
	 "of the first stamp: 2026-01-05T00:00:00Z, or seconds since 1970",
	 "a time",
	 set_start},
	{'g',
	 "truth",
	 "FILE",
	 "write what is an attack: kind, target, start, end ...",
	 "a path",
	 set_truth},
};

static void help(void) {
	puts("Usage: weir-flood SCENE -o FILE [OPTION...]\n"
	     "       weir-flood --list\n"
	     "Make traffic: an attack, an ordinary day, or what only looks like an attack. The "
	     "same seed\n"
	     "gives the same bytes.\n");
	for (unsigned i = 0; i < N(rows); i++) {
		char option[40];

		snprintf(
			option,
			sizeof(option),
			"--%s %s",
			rows[i].name,
			rows[i].value ? rows[i].value : ""
		);
		printf("  -%c, %-18s %s\n", rows[i].letter, option, rows[i].help);
	}
	puts("      --list             the scenes, one a line\n"
	     "      --help             this\n\n"
	     "Examples:\n"
	     "  weir-flood normal -o day.pcap --seconds 60\n"
	     "  weir-flood syn_flood -o syn.pcap --rate 50000 --seconds 5\n"
	     "  weir-flood dns_amplification -o amp.pcap --normal 0.1 --delay 20 --seconds 30 "
	     "--truth amp.csv\n"
	     "  weir-flood udp_flood -o - --target 203.0.113.0/24 | weir analyze -\n"
	     "  weir-flood syn_flood -D 0000:3b:00.0 --fast --rate 14.88e6 --size 60 --seconds "
	     "60\n\n"
	     "A file is written as fast as the disk takes it; its stamps have the scene's pace.\n"
	     "Send floods into networks of your own only.");
}

static void list(void) {
	const struct scene *s;

	for (unsigned i = 0; (s = scene_at(i)) != NULL; i++)
		printf("%-24s %s\n", s->name, s->what);
}

static enum wish wrong(const char *what, const char *value, const char *next) {
	fprintf(stderr, "weir-flood: %s%s%s: %s\n", what, value ? " " : "", value ? value : "", next
	);
	return WISH_WRONG;
}

static enum wish take_option(struct settings *settings, const struct row *row, const char *value) {
	char what[40], next[80];

	if (row->set(settings, value))
		return WISH_RUN;
	snprintf(what, sizeof(what), "--%s", row->name);
	snprintf(next, sizeof(next), "allowed is %s", row->allowed);
	return wrong(what, value, next);
}

// What --fast does not do, and what only it does. @return what is wrong, or NULL
static const char *wrong_with_fast(const struct settings *s) {
	if (!s->fast && s->packets_per_s >= RATE_MAX)
		return "--rate max is for --fast out of a device";
	if (!s->fast && s->drop)
		return "--drop is for --fast out of a device";
	if (!s->fast)
		return NULL;
	if (s->port == NULL && (s->packets_per_s >= RATE_MAX || s->drop))
		return "a file has no --rate max and no --drop";
	if (s->delay_s > 0 || s->attack_s > 0 || s->truth != NULL)
		return "--fast knows no --delay, --length and --truth: the attack is all there is";
	return NULL;
}

static const char *wrong_with_flows(const struct settings *s) {
	const struct scene *const scene = s->scene;
	struct range from;

	if (s->flows == 0)
		return NULL;
	if (scene->step != flood_step && scene->step != fragment_step)
		return "--flows is for floods";
	if (s->sources > 0)
		return "--flows says how many senders there are: leave --sources and --forged out";
	if (scene->sport != 0 && (scene->dport != 0 || s->target_port != 0) && s->flows > 1)
		return "both ports are given: leave --port out, for flows differ by theirs";
	from = scene_source(s);
	if ((s->flows - 1) / FLOW_PORTS > range_mask(&from))
		return "a sender has 1024 of the --flows: name a wider --source";
	return NULL;
}

static const char *wrong_with_families(const struct settings *s) {
	if (s->has_target && s->has_source
	    && addr_is_ip4(&s->target.addr) != addr_is_ip4(&s->source.addr))
		return "--target and --source are of different families: give both as IPv4 or both "
		       "as "
		       "IPv6";
	if (s->ip6 && s->has_target && addr_is_ip4(&s->target.addr))
		return "--ipv6, and the target is an IPv4 address: give an IPv6 one";
	if (s->ip6 && s->ip6_share >= 0)
		return "--ipv6 and --ipv6-share: one of them";
	return NULL;
}

static enum wish check(struct settings *s) {
	const char *no;

	if (s->output == NULL && s->port == NULL)
		return wrong(
			"where to", NULL, "name a file with -o FILE, or - for standard output"
		);
	if (s->output != NULL && strcmp(s->output, "-") == 0 && s->json)
		return wrong(
			"--json", NULL, "standard output has the capture already: name a file"
		);
	if ((no = wrong_with_families(s)) != NULL || (no = wrong_with_fast(s)) != NULL)
		return wrong(no, NULL, "see --help");
	if (s->ip6_share < 0 && s->has_target)
		s->ip6 |= !addr_is_ip4(&s->target.addr);
	if (s->ip6_share < 0 && s->has_source)
		s->ip6 |= !addr_is_ip4(&s->source.addr);
	if ((no = wrong_with_flows(s)) != NULL)
		return wrong(no, NULL, "see --help");
	if (s->packets > 0 && s->seconds == 0)
		s->seconds = 1e8;
	if (s->seconds == 0)
		s->seconds = SECONDS_DEFAULT;
	if (s->delay_s >= s->seconds)
		return wrong(
			"--delay",
			NULL,
			"the scene ends before the attack begins: make --seconds longer"
		);
	return WISH_RUN;
}

enum wish options_parse(struct settings *settings, int argc, char **argv) {
	struct option longs[N(rows) + 3] = {0};
	char shorts[2 * N(rows) + 2], *p = shorts;
	enum wish wish = WISH_RUN;

	*p++ = ':';
	for (unsigned i = 0; i < N(rows); i++) {
		longs[i] = (struct option
		) {.name = rows[i].name, .has_arg = rows[i].value != NULL, .val = rows[i].letter};
		*p++ = rows[i].letter;
		if (rows[i].value)
			*p++ = ':';
	}
	*p = 0;
	longs[N(rows)] = (struct option) {.name = "help", .val = 'h'};
	longs[N(rows) + 1] = (struct option) {.name = "list", .val = 'L'};
	*settings = (struct settings) {
		.seed = 1,
		.snap = SNAP_DEFAULT,
		.answered = -1,
		.ip6_share = -1,
		.memory_mb = MEMORY_MB_DEFAULT,
		.start_ns = START_S * SECOND_NS};

	for (int c; wish == WISH_RUN && (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
		if (c == 'h' || c == 'L') {
			c == 'h' ? help() : list();
			return WISH_DONE;
		}
		if (c == '?' || c == ':')
			return wrong(
				argv[optind - 1],
				NULL,
				c == ':' ? "needs a value: see --help"
					 : "no such option: see --help"
			);
		for (unsigned i = 0; i < N(rows); i++)
			if (rows[i].letter == c)
				wish = take_option(settings, &rows[i], optarg);
	}
	if (wish != WISH_RUN)
		return wish;
	if (optind != argc - 1)
		return wrong(
			argc == optind ? "which scene" : argv[optind + 1],
			NULL,
			argc == optind ? "name one: see --list" : "only one scene at a time"
		);
	settings->scene = scene_find(argv[optind]);
	if (settings->scene == NULL)
		return wrong("scene", argv[optind], "there is none of that name: see --list");
	return check(settings);
}
