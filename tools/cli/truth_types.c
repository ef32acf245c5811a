// Words that people label attacks with, and the kinds of alarm that are right for them. One table.
//
// The first row that fits decides, so what is special stands before what is general. A text is cut into words at
// everything that is no letter or digit, between a letter and a digit, and where a capital stands between small letters; a
// word of the table that ends in "*" fits every word that begins so.
#include "truth.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 512
#define N(a) (sizeof(a) / sizeof((a)[0]))

#define SCANS "vertical_scan|horizontal_scan|distributed_scan|slow_scan"
#define ANY_AMPLIFICATION "any_amplification"
#define PAYLOAD "not visible in headers, rates or sizes: "

static const struct truth_type types[] = {
	// Not attacks, or not ours to see.
	{"none", "teaching", "", NULL, "the label tells of no attack"},
	{"none", "misconf*", "", NULL, "a mistake of the network's owner, not an attack"},
	{"doh_tunnel",
	 "doh|dns over https",
	 "dns_tunnel|beaconing|exfiltration",
	 NULL,
	 PAYLOAD "queries inside TLS to a resolver, beside ordinary ones"},
	{"none", "benign|normal|background", "", NULL, "the label calls it normal"},
	{"ics_intrusion",
	 "ics|modbus|scada|plc",
	 "",
	 NULL,
	 PAYLOAD "commands inside Modbus connections that stay open"},
	{"web_attack",
	 "sql injection|xss|web attack|traversal",
	 "",
	 NULL,
	 PAYLOAD "what is in a request"},
	{"exploit",
	 "exploit|heartbleed|overflow|infiltration|aurora",
	 "",
	 NULL,
	 PAYLOAD "what is in a request"},

	// Below IP.
	{"arp_spoofing", "arp spoof*|arp poison*|mitm", "arp_spoofing", NULL, NULL},
	{"arp_sweep", "arp scan|arp sweep|arp flood", "arp_sweep|horizontal_scan", NULL, NULL},
	{"dhcp_starvation", "dhcp", "dhcp_starvation", NULL, NULL},

	// Tunnels and what else leaves quietly.
	{"icmp_tunnel", "icmp tunnel|ptunnel|hans", "icmp_tunnel", NULL, NULL},
	{"dns_tunnel",
	 "dns tunnel*|iodine|dnscat|dns exfil*|dns 2 tcp|dns malware",
	 "dns_tunnel|exfiltration|beaconing",
	 "a tunnel, what it carries out, and its calls home are one thing in DNS",
	 NULL},
	{"beaconing", "beacon*|c 2|rat|cc|command control|botnet", "beaconing", NULL, NULL},
	{"exfiltration", "exfil*|upload", "exfiltration|dns_tunnel", NULL, NULL},

	{"password_guessing",
	 "brute*|patator|hydra|ncrack|medusa|password*|guess*|crack|telnet login|bad ssh",
	 "password_guessing|connection_exhaustion",
	 "a new connection for every guess",
	 NULL},

	// Slow ones, and floods of requests.
	{"slow_http",
	 "slowloris|slow http*|slow body|slow read|slow headers|rudy|slowhttptest|ad slow",
	 "slow_http|connection_exhaustion|syn_flood",
	 "connections held open; where the server refuses more, their SYNs repeat",
	 NULL},
	{"http_flood",
	 "http flood|goldeneye|golden eye|hulk|loic|hoic|wrk flood|get flood",
	 "http_flood|connection_exhaustion|tcp_flood|syn_flood",
	 "a flood of requests is one of connections too",
	 NULL},
	{"connection_exhaustion",
	 "connection exhaust*|connection flood|tcp connect flood",
	 "connection_exhaustion|http_flood",
	 NULL,
	 NULL},

	// Amplification: the service by its name (see below), else any.
	{"synack_flood",
	 "tcp amp*|tcp reflect*|synack flood|syn ack flood|syn ack reflect*",
	 "synack_flood|tcp_reflection",
	 NULL,
	 NULL},
	{"amplification",
	 "middlebox",
	 "tcp_middlebox_amplification|middlebox_amplification|synack_flood|pshack_flood|rst_flood",
	 NULL,
	 NULL},

	{"amplification",
	 "amplif*|reflect*|drdos",
	 ANY_AMPLIFICATION,
	 "the label does not tell the service",
	 NULL},

	// Floods.
	{"carpet_bombing", "carpet", "carpet_bombing", NULL, NULL},
	{"synfin_flood", "syn fin flood|synfin", "synfin_flood", NULL, NULL},
	{"pshack_flood", "psh ack flood|pshack", "pshack_flood|ack_flood", NULL, NULL},
	{"xmas_flood", "xmas flood", "xmas_flood", NULL, NULL},
	{"null_flood", "null flood", "null_flood", NULL, NULL},
	{"fin_flood", "fin flood", "fin_flood", NULL, NULL},
	{"rst_flood", "rst flood|reset flood", "rst_flood", NULL, NULL},
	{"icmp_flood",
	 "icmpv 6 flood|icmp 6 flood",
	 "icmpv6_flood|icmp_flood|fragment_flood",
	 "behind extension headers it may come in fragments",
	 NULL},
	{"ack_flood", "ack flood", "ack_flood", NULL, NULL},
	{"syn_flood", "syn flood|neptune|syn dos", "syn_flood", NULL, NULL},
	{"udp_flood", "udp flood|udp dos", "udp_flood", NULL, NULL},
	{"icmp_flood",
	 "icmp flood|ping flood|smurf|ping death",
	 "icmp_flood|icmpv6_flood|fragment_flood",
	 NULL,
	 NULL},
	{"fragment_flood", "fragment* flood|frag flood|teardrop", "fragment_flood", NULL, NULL},
	{"protocol_flood",
	 "gre flood|ip flood|protocol flood|esp flood",
	 "protocol_flood|ip_protocol_flood|fragment_flood",
	 NULL,
	 NULL},

	// Scans.
	{"protocol_scan",
	 "protocol scan",
	 "protocol_scan|vertical_scan",
	 "of one host, as of its ports",
	 NULL},
	{"horizontal_scan", "distributed scan", "distributed_scan|horizontal_scan", NULL, NULL},
	{"horizontal_scan",
	 "ssh scan|telnet scan|mirai|worm|icmp scan|ping sweep|sweep",
	 "horizontal_scan|distributed_scan|slow_scan",
	 NULL,
	 NULL},
	{"horizontal_scan",
	 "host scan|hs",
	 "horizontal_scan|arp_sweep|protocol_scan",
	 "of hosts by any probe: ARP, ICMP, TCP, UDP, IP protocols",
	 NULL},
	{"vertical_scan",
	 "port scan*|portscan*|portsweep|ps|syn scan|fin scan|null scan|xmas scan|ack scan|udp "
	 "scan|sctp scan|connect scan|nmap|masscan|zmap",
	 SCANS,
	 "of one host or of few: the tools scan both ways",
	 NULL},
	{"vertical_scan",
	 "scan|probe|satan|ipsweep",
	 SCANS,
	 "the label does not tell which scan",
	 NULL},

	// The general ones at last.
	{"flood",
	 "ddos|dos|flood|attack",
	 "syn_flood|udp_flood|icmp_flood|ack_flood|http_flood|fragment_flood|carpet_bombing",
	 "the label tells a flood, but not which",
	 NULL},
};

bool truth_type_get(size_t i, struct truth_type *out) {
	if (i >= N(types))
		return false;
	*out = types[i];
	return true;
}

// Before c, which stands between these two?
static bool splits(unsigned char before, unsigned char c, unsigned char after) {
	return (isalpha(before) && isdigit(c)) || (isdigit(before) && isalpha(c))
		|| (islower(before) && isupper(c) && islower(after)); // not in "DDoS"
}

// " syn flood " : small letters, one space around each word.
static void cut(const char *text, char out[static TEXT_MAX]) {
	unsigned char before = ' ';
	size_t n = 0;

	out[n++] = ' ';
	for (; *text != '\0' && n < TEXT_MAX - 4; text++) {
		const unsigned char c = (unsigned char)*text;

		if (splits(before, c, (unsigned char)text[1]) || (!isalnum(c) && out[n - 1] != ' '))
			out[n++] = ' ';
		if (isalnum(c))
			out[n++] = (char)tolower(c);
		before = c;
	}
	if (out[n - 1] != ' ')
		out[n++] = ' ';
	out[n] = '\0';
}

static bool has_word(const char *words, const char *word, size_t n) {
	char wanted[64];

	if (n + 3 > sizeof(wanted))
		return false;
	if (word[n - 1] == '*')
		snprintf(wanted, sizeof(wanted), " %.*s", (int)n - 1, word);
	else
		snprintf(wanted, sizeof(wanted), " %.*s ", (int)n, word);
	return strstr(words, wanted) != NULL;
}

// Do all words of an alternative stand in the text, anywhere?
static bool fits_one(const char *words, const char *wanted, size_t n) {
	const char *const end = wanted + n;

	while (wanted < end) {
		const size_t word = strcspn(wanted, " |");

		if (!has_word(words, wanted, word))
			return false;
		wanted += word;
		wanted += wanted < end;
	}
	return true;
}

static bool fits(const char *words, const char *alternatives) {
	while (*alternatives != '\0') {
		const size_t n = strcspn(alternatives, "|");

		if (fits_one(words, alternatives, n))
			return true;
		alternatives += n;
		alternatives += *alternatives == '|';
	}
	return false;
}

static void set_right(struct truth *t, unsigned kind) {
	t->n_right += !t->right[kind];
	t->right[kind] = true;
}

// Is the name in "a|b|c"?
static bool is_wanted(const char *wanted, const char *name) {
	const size_t n = strlen(name);

	for (const char *at = wanted; *at != '\0'; at += *at == '|') {
		const size_t length = strcspn(at, "|");

		if (length == n && strncmp(at, name, n) == 0)
			return true;
		at += length;
	}
	return false;
}

static void add_kind(struct truth *t, const char *name, size_t n) {
	const size_t used = strlen(t->wanted);
	char one[64];
	int kind;

	snprintf(one, sizeof(one), "%.*s", (int)n, name);
	kind = event_kind_parse(one);
	if (is_wanted(t->wanted, one))
		return;
	if (kind >= 0)
		set_right(t, (unsigned)kind);
	for (unsigned i = 0; i < AMP_N && strcmp(one, ANY_AMPLIFICATION) == 0; i++)
		set_right(t, KIND_AMP_FIRST + i);
	snprintf(&t->wanted[used], sizeof(t->wanted) - used, "%s%s", used > 0 ? "|" : "", one);
}

static void add_kinds(struct truth *t, const char *kinds) {
	while (*kinds != '\0') {
		const size_t n = strcspn(kinds, "|");

		if (n > 0)
			add_kind(t, kinds, n);
		kinds += n;
		kinds += *kinds == '|';
	}
}

// "ntp amplification", "bacnet47808_dvr37810_amplification": each service that is named.
static bool add_amplifiers(struct truth *t, const char *words) {
	if (!fits(words, "amp*|reflect*|drdos"))
		return false;
	for (unsigned i = 0; i < AMP_N; i++) {
		const char *name = amplifier_name(i), *kind = event_kind_name(KIND_AMP_FIRST + i);

		if (!has_word(words, name, strlen(name)))
			continue;
		add_kind(t, kind, strlen(kind));
		t->group = t->group != NULL ? t->group : "amplification";
	}
	return t->n_right > 0;
}

static void classify_part(struct truth *out, const char *part) {
	char words[TEXT_MAX];

	cut(part, words);
	if (add_amplifiers(out, words))
		return;
	for (size_t i = 0; i < N(types); i++) {
		if (!fits(words, types[i].words))
			continue;
		add_kinds(out, types[i].kinds);
		out->group = out->group != NULL ? out->group : types[i].group;
		out->note = out->note != NULL ? out->note : types[i].note;
		out->excluded = out->excluded != NULL ? out->excluded : types[i].excluded;
		return;
	}
}

// One of our own names is exact.
static bool classify_name(struct truth *out, const char *name) {
	const int kind = event_kind_parse(name);

	if (kind < 0)
		return false;
	add_kinds(out, name);
	out->group = out->group != NULL ? out->group : event_kind_name((unsigned)kind);
	return true;
}

void truth_classify(struct truth *out, const char *text) {
	char part[TEXT_MAX];

	while (*text != '\0') {
		const size_t n = strcspn(text, "/");

		snprintf(
			part,
			sizeof(part),
			"%.*s",
			(int)(n < sizeof(part) ? n : sizeof(part) - 1),
			text
		);
		if (!classify_name(out, part))
			classify_part(out, part);
		text += n;
		text += *text == '/';
	}
	if (out->group != NULL)
		return;
	out->group = "unnamed";
	out->excluded = "its type is in none of the words that are known: give a kind, or a row of "
			"the table";
}
