// What detection says of scenes: attacks have their name and target within a second, false friends stay
// silent. IPv4 and IPv6 alike.
#include "detect/kinds.h"
#include "detect/severity.h"
#include "model/model.h"
#include "scene.h"
#include "test.h"

#define VICTIM 5
#define ATTACKER 0x030201
#define PORT 80

#define SPORTS 1 // another source port each time
#define DPORTS 2 // another destination port
#define BY_RST 4 // the target answers by RST
#define ANY_TARGET 8 // not one host
#define ANY_FLAGS 16 // another set of TCP flags each time

// One attack: a shot a step, at a rate.
struct attack {
	const char *what;
	unsigned kind;
	uint32_t per_s;
	struct shot shot; // src 0: forged; dst 0: another each time
	unsigned how;
	enum forged forged;
	double part; // of the packets that count; 0: all
};

#define TCP(flags_)                                                                                \
	{ .dst = VICTIM, .proto = PROTO_TCP, .flags = (flags_), .dport = PORT }
#define TCP_FROM(src_, flags_)                                                                     \
	{                                                                                          \
		.src = (src_), .dst = VICTIM, .proto = PROTO_TCP, .flags = (flags_),               \
		.sport = 40000, .dport = PORT                                                      \
	}
#define UDP(sport_, dport_, payload_)                                                              \
	{                                                                                          \
		.dst = VICTIM, .proto = PROTO_UDP, .sport = (sport_), .dport = (dport_),           \
		.payload = (payload_)                                                              \
	}

static const struct attack attacks[] = {
	{"SYN, forged", KIND_SYN_FLOOD, 5000, TCP(TCP_SYN), .how = SPORTS, .forged = FORGED_YES},
	{"SYN, forged, low", KIND_SYN_FLOOD, 150, TCP(TCP_SYN), .how = SPORTS},
	{"SYN, one source",
	 KIND_SYN_FLOOD,
	 5000,
	 TCP_FROM(ATTACKER, TCP_SYN),
	 .how = SPORTS,
	 .forged = FORGED_NO},
	{"SYN, closed port",
	 KIND_SYN_FLOOD,
	 5000,
	 TCP_FROM(ATTACKER, TCP_SYN),
	 .how = SPORTS | BY_RST,
	 .forged = FORGED_NO},
	{"SYN, forged, all ports",
	 KIND_SYN_FLOOD,
	 5000,
	 TCP(TCP_SYN),
	 .how = SPORTS | DPORTS,
	 .forged = FORGED_YES},
	{"SYN-ACK", KIND_SYNACK_FLOOD, 5000, TCP(TCP_SYN | TCP_ACK), .how = SPORTS},
	{"ACK", KIND_ACK_FLOOD, 5000, TCP(TCP_ACK), .how = SPORTS},
	{"ACK, one source",
	 KIND_ACK_FLOOD,
	 5000,
	 TCP_FROM(ATTACKER, TCP_ACK),
	 .how = SPORTS | BY_RST},
	{"PSH-ACK", KIND_PSHACK_FLOOD, 5000, TCP(TCP_PSH | TCP_ACK), .how = SPORTS},
	{"PSH-ACK, one source",
	 KIND_PSHACK_FLOOD,
	 5000,
	 TCP_FROM(ATTACKER, TCP_PSH | TCP_ACK),
	 .how = SPORTS | BY_RST},
	{"FIN", KIND_FIN_FLOOD, 5000, TCP(TCP_FIN), .how = SPORTS},
	{"FIN, one source",
	 KIND_FIN_FLOOD,
	 5000,
	 TCP_FROM(ATTACKER, TCP_FIN),
	 .how = SPORTS | BY_RST},
	{"RST", KIND_RST_FLOOD, 5000, TCP(TCP_RST), .how = SPORTS},
	{"RST, one source", KIND_RST_FLOOD, 5000, TCP_FROM(ATTACKER, TCP_RST), .how = SPORTS},
	{"SYN-FIN", KIND_SYNFIN_FLOOD, 5000, TCP(TCP_SYN | TCP_FIN), .how = SPORTS},
	{"XMAS", KIND_XMAS_FLOOD, 5000, TCP(TCP_FIN | TCP_PSH | TCP_URG), .how = SPORTS},
	{"NULL", KIND_NULL_FLOOD, 5000, TCP(0), .how = SPORTS},
	{"UDP, forged", KIND_UDP_FLOOD, 5000, UDP(0, 9, 0), .how = SPORTS, .forged = FORGED_YES},
	{"UDP, one source, source port rises",
	 KIND_UDP_FLOOD,
	 5000,
	 {.src = ATTACKER, .dst = VICTIM, .proto = PROTO_UDP, .dport = 9},
	 .how = SPORTS,
	 .forged = FORGED_NO},
	{"UDP, one tiny flow",
	 KIND_UDP_FLOOD,
	 20000,
	 {.src = ATTACKER, .dst = VICTIM, .proto = PROTO_UDP, .sport = 7, .dport = 9, .payload = 1},
	 .how = 0},
	{"UDP, one slow empty flow",
	 KIND_UDP_FLOOD,
	 100,
	 {.src = ATTACKER, .dst = VICTIM, .proto = PROTO_UDP, .sport = 53, .dport = 53},
	 .how = 0},
	{"UDP, large, all ports, one source",
	 KIND_UDP_FLOOD,
	 5000,
	 {.src = ATTACKER, .dst = VICTIM, .proto = PROTO_UDP, .sport = 7, .payload = 1000},
	 .how = DPORTS},
	{"ICMP, forged",
	 KIND_ICMP_FLOOD,
	 5000,
	 {.dst = VICTIM, .proto = PROTO_ICMP, .flags = 8},
	 .how = 0},
	{"ICMP, one source",
	 KIND_ICMP_FLOOD,
	 5000,
	 {.src = ATTACKER, .dst = VICTIM, .proto = PROTO_ICMP, .flags = 8, .payload = 56},
	 .how = 0},
	{"fragments",
	 KIND_FRAGMENT_FLOOD,
	 5000,
	 {.dst = VICTIM, .proto = PROTO_UDP, .payload = 400, .fragment = 0x2000 | 100},
	 .how = 0},
	{"SYN-RST", KIND_BADFLAGS_FLOOD, 5000, TCP(TCP_SYN | TCP_RST), .how = SPORTS},
	// Of 64 sets 38 are impossible.
	{"flags by chance",
	 KIND_BADFLAGS_FLOOD,
	 5000,
	 TCP(0),
	 .how = SPORTS | ANY_FLAGS,
	 .part = 38. / 64},
	{"flags by chance, one source",
	 KIND_BADFLAGS_FLOOD,
	 5000,
	 TCP_FROM(ATTACKER, 0),
	 .how = SPORTS | ANY_FLAGS,
	 .part = 38. / 64},
	{"ESP, forged",
	 KIND_PROTOCOL_FLOOD,
	 3000,
	 {.dst = VICTIM, .proto = 50, .payload = 200},
	 .how = 0},
	{"IP protocol 99, one source, small",
	 KIND_PROTOCOL_FLOOD,
	 5000,
	 {.src = ATTACKER, .dst = VICTIM, .proto = 99, .payload = 20},
	 .how = 0,
	 .forged = FORGED_NO},
	{"Jenkins amplification", KIND_AMP_JENKINS, 2000, UDP(33848, 4000, 300), .how = 0},
	{"DNS amplification", KIND_AMP_DNS, 2000, UDP(53, 4000, 1200), .how = 0},
	{"NTP amplification", KIND_AMP_NTP, 2000, UDP(123, 4000, 440), .how = 0},
	{"memcached amplification", KIND_AMP_MEMCACHED, 2000, UDP(11211, 4000, 1400), .how = 0},
	{"port scan",
	 KIND_VERTICAL_SCAN,
	 1000,
	 TCP_FROM(ATTACKER, TCP_SYN),
	 .how = DPORTS | BY_RST,
	 .forged = FORGED_NO},
	{"port scan, no answers",
	 KIND_VERTICAL_SCAN,
	 1000,
	 TCP_FROM(ATTACKER, TCP_SYN),
	 .how = DPORTS},
	{"port scan by FIN", KIND_VERTICAL_SCAN, 1000, TCP_FROM(ATTACKER, TCP_FIN), .how = DPORTS},
	{"port scan by UDP",
	 KIND_VERTICAL_SCAN,
	 500,
	 {.src = ATTACKER, .dst = VICTIM, .proto = PROTO_UDP, .sport = 5555},
	 .how = DPORTS},
	{"host scan",
	 KIND_HORIZONTAL_SCAN,
	 500,
	 {.src = ATTACKER, .sport = 5555, .dport = 22, .proto = PROTO_TCP, .flags = TCP_SYN},
	 .how = ANY_TARGET,
	 .forged = FORGED_NO},
};

static void fire(struct scene *s, const struct attack *a, uint32_t i) {
	struct shot p = a->shot;

	if (p.src == 0)
		p.src = 0x400000 + scene_random(s) % 0x3fffff;
	if (p.dst == 0)
		p.dst = 0x010000 + i;
	if (a->how & SPORTS)
		p.sport = (uint16_t)(1024 + i % 60000);
	if (a->how & DPORTS)
		p.dport = (uint16_t)(1 + i % 65000);
	if (a->how & ANY_FLAGS)
		p.flags = scene_random(s) & 0x3f;
	p.seq = scene_random(s);
	shoot(s, p);
	if (a->how & BY_RST)
		shoot(s,
		      (struct shot) {
			      .src = p.dst,
			      .dst = p.src,
			      .sport = p.dport,
			      .dport = p.sport,
			      .proto = PROTO_TCP,
			      .flags = TCP_RST | TCP_ACK});
}

// @return when it began
static uint64_t attack_for(struct scene *s, const struct attack *a, uint64_t ns) {
	const uint64_t began_ns = s->now_ns, gap_ns = S / a->per_s;

	for (uint32_t i = 0; s->now_ns < began_ns + ns; i++) {
		fire(s, a, i);
		s->now_ns += gap_ns;
	}
	return began_ns;
}

static void check_explained(const struct alarm *a) {
	float weights = 0;

	assert_true(a->n_evidence > 0);
	for (unsigned i = 0; i < a->n_evidence; i++) {
		weights += a->evidence[i].weight;
		assert_true(i == 0 || a->evidence[i].weight <= a->evidence[i - 1].weight);
	}
	assert_near(weights, 1, 1e-3);
	assert_true(a->value >= a->threshold);
	assert_true(a->words[0] != '\0' && strlen(a->words) < sizeof(a->words) - 1);
	assert_true(a->mitigation[0] != '\0' && strlen(a->mitigation) < sizeof(a->mitigation) - 1);
	assert_true(a->forged_why[0] != '\0');
	assert_true(a->distinct_sources > 0);
}

static void check_attack(const struct attack *a, bool ip6) {
	struct scene *s = scene_open(ip6, &detect_defaults);
	const struct addr victim = scene_addr(s, VICTIM), attacker = scene_addr(s, ATTACKER);
	const struct alarm *open, *last;
	uint64_t began_ns;
	double packets;

	print_message("  %s, IPv%u\n", a->what, ip6 ? 6 : 4);
	connection(s, 9, 4000, VICTIM, 443, 10);
	scene_wait(s, 2 * S);
	began_ns = attack_for(s, a, 2 * S);
	scene_finish(s);
	if (scene_opened(s, KIND_N) != 1)
		scene_print(s);
	assert_int_equal(scene_opened(s, KIND_N), 1);
	open = scene_find(s, a->kind, ALARM_OPEN);
	assert_non_null(open);
	assert_true(open->time_ns - began_ns < S);
	assert_true(open->start_ns <= began_ns + 200 * MS && open->start_ns + 100 * MS >= began_ns);
	if (!(a->how & ANY_TARGET))
		assert_true(addr_equal(&open->target, &victim));
	if (a->shot.src == ATTACKER) {
		assert_int_equal(open->n_sources, 1);
		assert_true(addr_equal(&open->sources[0].addr, &attacker));
	}
	check_explained(open);
	last = &s->alarm[s->n - 1];
	assert_int_equal(last->state, ALARM_CLOSE);
	assert_int_equal(last->id, open->id);
	packets = 2.0 * a->per_s * (a->part > 0 ? a->part : 1);
	assert_near((double)last->packets, packets, 0.1 * packets);
	for (uint32_t i = 0; i < s->n; i++)
		if (s->alarm[i].state == ALARM_UPDATE && a->forged != FORGED_UNKNOWN)
			assert_int_equal(s->alarm[i].forged, a->forged);
	scene_close(s);
}

static void attacks_are_named_within_a_second(void **) {
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		check_attack(&attacks[i], false);
		check_attack(&attacks[i], true);
	}
}

// False friends: a step each 1/per_s of a second, for 5 s.
static void download(struct scene *s, uint32_t i) {
	struct shot down = {7, 8, 443, 5000, PROTO_TCP, TCP_ACK, 1400, .seq = 10 + i * 1400};
	struct shot up = {8, 7, 5000, 443, PROTO_TCP, TCP_ACK, .seq = 10, .ack = down.seq};

	if (i == 0)
		up.flags = TCP_SYN;
	if (i <= 1)
		shoot(s, up);
	shoot(s, down);
	if (i % 2 == 0)
		shoot(s, up);
}

static void upload(struct scene *s, uint32_t i) {
	struct shot up
		= {8, 7, 5000, 443, PROTO_TCP, TCP_ACK | TCP_PSH, 1400, .seq = 10 + i * 1400};
	struct shot down = {7, 8, 443, 5000, PROTO_TCP, TCP_ACK, .seq = 10, .ack = up.seq};

	shoot(s, up); // from its middle on: no handshake was seen
	if (i % 2 == 1)
		shoot(s, down);
}

static void one_way_download(struct scene *s, uint32_t i) {
	shoot(s, (struct shot) {7, 8, 443, 5000, PROTO_TCP, TCP_ACK, 1400, .seq = i * 1400});
}

static void udp_speed_test(struct scene *s, uint32_t) {
	shoot(s, (struct shot) {7, 8, 6000, 5201, PROTO_UDP, .payload = 1400});
}

static void flash_crowd(struct scene *s, uint32_t i) {
	connection(s, 0x100000 + i, (uint16_t)(2000 + i % 50000), VICTIM, PORT, 4);
}

static void one_client_that_closes(struct scene *s, uint32_t i) {
	connection(s, 77, (uint16_t)(2000 + i % 60000), VICTIM, PORT, 1);
}

static void resolver(struct scene *s, uint32_t i) {
	const uint32_t client = 0x100 + i % 200, server = 0x200000 + i % 3000;
	const uint16_t sport = (uint16_t)(2000 + i % 60000);

	shoot(s, (struct shot) {client, 53, sport, 53, PROTO_UDP, .payload = 40});
	shoot(s, (struct shot) {53, server, sport, 53, PROTO_UDP, .payload = 40});
	shoot(s, (struct shot) {server, 53, 53, sport, PROTO_UDP, .payload = 200});
	shoot(s, (struct shot) {53, client, 53, sport, PROTO_UDP, .payload = 200});
}

static void ping(struct scene *s, uint32_t) {
	shoot(s, (struct shot) {7, 8, .proto = PROTO_ICMP, .flags = 8, .payload = 56});
	shoot(s, (struct shot) {8, 7, .proto = PROTO_ICMP, .flags = 0, .payload = 56});
}

static void voice(struct scene *s, uint32_t i) {
	const uint32_t call = i % 40; // one direction only, as a mirror may see it

	shoot(s,
	      (struct shot) {
		      0x100 + call,
		      9,
		      (uint16_t)(16384 + call),
		      (uint16_t)(30000 + call),
		      PROTO_UDP,
		      .payload = 172});
}

static void browser(struct scene *s, uint32_t i) {
	if (i % 100 < 60) // sixty servers in a moment, then reading
		connection(s, 7, (uint16_t)(3000 + i), 0x300000 + i % 60 * 0x1234, 443, 6);
}

static void vpn(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      7, 8, 51820, 51820, PROTO_UDP, .payload = (uint16_t)(i % 3 ? 1400 : 80)});
	if (i % 40 == 0)
		shoot(s, (struct shot) {8, 7, 51820, 51820, PROTO_UDP, .payload = 80});
}

static void cameras(struct scene *s, uint32_t i) {
	const uint32_t camera = i % 64;

	shoot(s,
	      (struct shot
	      ) {0x100 + camera, 9, 5000, (uint16_t)(6000 + camera), PROTO_UDP, .payload = 1300});
}

static void large_datagrams(struct scene *s, uint32_t i) {
	const uint16_t offset = (uint16_t)(i % 6 * 180);

	shoot(s,
	      (struct shot) {
		      .src = 7,
		      .dst = 8,
		      .sport = 900,
		      .dport = 2049,
		      .proto = PROTO_UDP,
		      .payload = offset == 0 ? 1432 : 1440,
		      .fragment = offset | (i % 6 < 5 ? 0x2000 : 0)});
}

static void backscatter(struct scene *s, uint32_t i) {
	const uint32_t forged = 0x500000 + i * 37;

	// To each of the forged senders goes one answer that it never asked for.
	shoot(s, (struct shot) {VICTIM, forged, 80, 4000, PROTO_TCP, TCP_SYN | TCP_ACK, .seq = i});
}

static void one_way_tunnel(struct scene *s, uint32_t i) {
	shoot(s, (struct shot) {7, 8, .proto = 50, .payload = i % 4 == 0 ? 80 : 1400});
}

// A mirror begins to see connections of one client behind NAT in their middle: the server's packets
// to many ports come first.
static void from_the_middle(struct scene *s, uint32_t i) {
	const uint16_t sport = (uint16_t)(20000 + i % 400);
	const uint32_t seq = 10 + i / 400 * 1400;
	struct shot down = {7, 8, 443, sport, PROTO_TCP, TCP_ACK, .seq = seq, .ack = 5};
	struct shot up = {8, 7, sport, 443, PROTO_TCP, TCP_ACK, .seq = 5, .ack = seq};

	if (i % 3 != 0)
		down.payload = 1400;
	shoot(s, down);
	if (i % 2 == 0)
		shoot(s, up);
}

static void from_the_middle_one_way(struct scene *s, uint32_t i) {
	struct shot p = {7, 8, 443, (uint16_t)(20000 + i % 400), PROTO_TCP, TCP_ACK, .ack = 5};

	p.seq = 10 + i / 400 * 1400;
	p.payload = i % 3 != 0 ? 1400 : 0;
	shoot(s, p);
}

static const struct friend {
	const char *what;
	uint32_t per_s;
	void (*step)(struct scene * s, uint32_t i);
}
friends[] = {
	{"download", 3000, download},
	{"upload from its middle on", 3000, upload},
	{"download, one direction seen", 1500, one_way_download},
	{"UDP speed test, 100 Mbit/s", 9000, udp_speed_test},
	{"flash crowd", 500, flash_crowd},
	{"one client that closes each connection", 1000, one_client_that_closes},
	{"DNS resolver", 2000, resolver},
	{"ping", 10, ping},
	{"voice, one direction seen", 2000, voice},
	{"browser", 100, browser},
	{"VPN", 3000, vpn},
	{"connections from their middle on", 1000, from_the_middle},
	{"connections from their middle on, one way", 190, from_the_middle_one_way},
	{"cameras to a recorder", 8000, cameras},
	{"NFS over UDP, in fragments", 5000, large_datagrams},
	{"answers to forged SYN", 1000, backscatter},
	{"ESP, one direction seen", 4000, one_way_tunnel},
};

static void false_friends_stay_silent(void **) {
	for (size_t i = 0; i < 2 * ARRAY_LEN(friends); i++) {
		const struct friend *f = &friends[i / 2];
		struct scene *s = scene_open(i % 2 == 1, &detect_defaults);

		print_message("  %s, IPv%u\n", f->what, i % 2 == 1 ? 6 : 4);
		for (uint32_t j = 0; j < 5 * f->per_s; j++) {
			f->step(s, j);
			s->now_ns += S / f->per_s;
		}
		scene_finish(s);
		scene_print(s);
		assert_int_equal(scene_opened(s, KIND_N), 0);
		scene_close(s);
	}
}

// Carpets ----------------------------------------------------------------------------------------

#define CARPET 0x010200 // hosts of one network, a little to each

static void udp_carpet(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      0x400000 + scene_random(s) % 0x3fffff,
		      CARPET + i * 7 % 250,
		      (uint16_t)(1024 + i % 60000),
		      9,
		      PROTO_UDP,
		      .payload = 200});
}

static void syn_carpet(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      0x400000 + scene_random(s) % 0x3fffff,
		      CARPET + i * 7 % 250,
		      (uint16_t)(1024 + i % 60000),
		      80,
		      PROTO_TCP,
		      TCP_SYN,
		      .seq = i});
}

static void dns_carpet(struct scene *s, uint32_t i) {
	shoot(s,
	      (struct shot) {
		      0x200000 + i % 300 * 77,
		      CARPET + i * 7 % 250,
		      53,
		      (uint16_t)(1024 + i % 60000),
		      PROTO_UDP,
		      .payload = 1200});
}

// Downloads of a network's clients, of which only the servers' packets are seen.
static void one_way_quic(struct scene *s, uint32_t i) {
	const uint32_t k = i % 120;

	shoot(s,
	      (struct shot) {
		      0x300000 + k * 77,
		      CARPET + k,
		      443,
		      (uint16_t)(2000 + k),
		      PROTO_UDP,
		      .payload = 1300});
}

static void one_way_clients_of_a_farm(struct scene *s, uint32_t i) {
	struct shot p = {0x300000 + i / 8 * 77, CARPET + i / 8 % 200, .dport = 443};

	p.sport = (uint16_t)(2000 + i / 8 % 60000);
	p.proto = PROTO_TCP;
	p.flags = i % 8 == 0 ? TCP_SYN : TCP_ACK;
	p.seq = 10 + i % 8;
	p.ack = i % 8 == 0 ? 0 : 5;
	shoot(s, p);
}

static void a_carpet_is_one_alarm_of_its_network(void **) {
	static const struct {
		const char *what;
		uint32_t per_s;
		void (*step)(struct scene *s, uint32_t i);
		bool carpet;
	} cases[] = {
		{"UDP", 4000, udp_carpet, true},
		{"UDP, many times the floor of a host", 20000, udp_carpet, true},
		{"SYN", 4000, syn_carpet, true},
		{"DNS amplification", 4000, dns_carpet, true},
		{"downloads, one direction seen", 6000, one_way_quic, false},
		{"clients of a farm, one direction seen", 4000, one_way_clients_of_a_farm, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene *s = scene_open(false, &detect_defaults);
		const uint64_t began_ns = s->now_ns;
		const struct addr host = scene_addr(s, CARPET);
		const struct addr network = addr_mask(&host, 24);
		const struct alarm *open;

		print_message("  %s\n", cases[i].what);
		for (uint32_t j = 0; j < 3 * cases[i].per_s; j++) {
			cases[i].step(s, j);
			s->now_ns += S / cases[i].per_s;
		}
		scene_finish(s);
		scene_print(s);
		assert_int_equal(scene_opened(s, KIND_N), cases[i].carpet);
		open = scene_find(s, KIND_CARPET_BOMBING, ALARM_OPEN);
		assert_int_equal(open != NULL, cases[i].carpet);
		if (open != NULL) {
			check_explained(open);
			assert_true(open->time_ns - began_ns < S);
			assert_true(addr_equal(&open->target, &network));
			assert_int_equal(open->target_prefix_len, 24);
		}
		scene_close(s);
	}
}

// Slow scans and guessing ------------------------------------------------------------------------

static void one_port_a_second(struct scene *s, uint32_t i) {
	const uint16_t port = (uint16_t)(7000 + i);

	shoot(s, (struct shot) {ATTACKER, VICTIM, 40000, port, PROTO_TCP, TCP_SYN, .seq = i});
	shoot(s,
	      (struct shot) {VICTIM, ATTACKER, port, 40000, PROTO_TCP, TCP_RST | TCP_ACK, .ttl = 64}
	);
}

static void one_host_in_two_seconds(struct scene *s, uint32_t i) {
	struct shot p = {ATTACKER, 0x010000 + i, 40000, 23, PROTO_TCP, TCP_SYN, .seq = i};

	if (i % 2 == 0)
		shoot(s, p);
}

static void guesses(struct scene *s, uint32_t i) {
	connection(s, ATTACKER, (uint16_t)(30000 + i), VICTIM, 22, 3);
}

// One after the other to port 2222, where something says these words first.
static void connections_that_hear(struct scene *s, uint32_t i, const char *words) {
	const uint16_t sport = (uint16_t)(30000 + i);
	struct shot up = {ATTACKER, VICTIM, sport, 2222, PROTO_TCP, TCP_SYN, .seq = 10};
	struct shot down = {VICTIM, ATTACKER, 2222, sport, PROTO_TCP, TCP_SYN | TCP_ACK, .seq = 50};

	down.ack = 11;
	shoot(s, up);
	shoot(s, down);
	up.flags = TCP_ACK;
	up.seq = 11;
	up.ack = down.seq = 51;
	shoot(s, up);
	down.flags = TCP_ACK | TCP_PSH;
	down.words = words;
	down.payload = 40;
	shoot(s, down);
	down.words = NULL;
	down.payload = 0;
	up.payload = 60;
	up.ack = 91;
	for (; up.seq < 251; up.seq += up.payload)
		shoot(s, up);
	up.payload = 0;
	down.flags = up.flags = TCP_FIN | TCP_ACK;
	down.seq = 91;
	down.ack = up.seq;
	shoot(s, down);
	up.ack = 92;
	shoot(s, up);
}

static void guesses_where_ssh_is_not_at_home(struct scene *s, uint32_t i) {
	connections_that_hear(s, i, "SSH-2.0-OpenSSH_9.2p1\r\n");
}

static void what_is_no_login(struct scene *s, uint32_t i) {
	connections_that_hear(s, i, "220 mail.example.com ESMTP ready\r\n");
}

static void handshake(struct scene *s, uint32_t client, uint16_t sport, uint16_t payload) {
	struct shot up = {client, VICTIM, sport, PORT, PROTO_TCP, TCP_SYN, .seq = 10};
	struct shot down = {VICTIM, client, PORT, sport, PROTO_TCP, TCP_SYN | TCP_ACK, .seq = 50};

	down.ack = 11;
	shoot(s, up);
	shoot(s, down);
	up.flags = TCP_ACK;
	up.seq = 11;
	up.ack = 51;
	shoot(s, up);
	up.flags = TCP_ACK | TCP_PSH;
	up.payload = payload;
	if (payload > 0)
		shoot(s, up);
}

static void silent_connections(struct scene *s, uint32_t i) {
	handshake(s, ATTACKER, (uint16_t)(2000 + i), 0);
}

static void crowd_that_stays(struct scene *s, uint32_t i) {
	handshake(s, 0x100000 + i, (uint16_t)(2000 + i), 300);
}

// A client of which only its own packets are seen: each request goes on after its SYN.
static void one_way_client(struct scene *s, uint32_t i) {
	struct shot p
		= {7, 0x300000 + i * 77, (uint16_t)(2000 + i), 443, PROTO_TCP, TCP_SYN, .seq = 10};

	shoot(s, p);
	p.flags = TCP_ACK;
	p.seq = 11;
	p.ack = 5;
	shoot(s, p);
	p.flags = TCP_ACK | TCP_PSH;
	p.payload = 300;
	for (unsigned k = 0; k < 4; k++) {
		shoot(s, p);
		p.seq += 300;
	}
}

// The same four controllers, one of them switched off, for ever.
static void polling(struct scene *s, uint32_t i) {
	struct shot p = {7, 24, (uint16_t)(2000 + i), 502, PROTO_TCP, TCP_SYN, .seq = i};

	if (i % 4 == 0)
		shoot(s, p);
	else
		connection(s, 7, (uint16_t)(2000 + i), 20 + i % 4, 502, 1);
}

static void resolver_one_way(struct scene *s, uint32_t i) {
	struct shot p = {53, 0x200000 + i * 3, (uint16_t)(2000 + i), 53, PROTO_UDP, .payload = 40};

	shoot(s, p);
}

static void configuration_of_many_machines(struct scene *s, uint32_t i) {
	connection(s, 7, (uint16_t)(2000 + i), 0x100 + i % 40, 22, 10);
}

static void web_client_of_one_server(struct scene *s, uint32_t i) {
	connection(s, 7, (uint16_t)(2000 + i), VICTIM, 443, 3);
}

static void what_takes_its_time_is_told(void **) {
	static const struct {
		const char *what;
		unsigned per_s, seconds;
		void (*step)(struct scene *s, uint32_t i);
		unsigned kind; // KIND_N: none
		unsigned within_s;
	} cases[] = {
		{"a port every second", 1, 90, one_port_a_second, KIND_SLOW_SCAN, 45},
		{"a host every two seconds", 1, 150, one_host_in_two_seconds, KIND_SLOW_SCAN, 90},
		{"guessing of passwords", 3, 30, guesses, KIND_PASSWORD_GUESSING, 12},
		{"guessing of passwords, port 2222",
		 3,
		 30,
		 guesses_where_ssh_is_not_at_home,
		 KIND_PASSWORD_GUESSING,
		 12},
		{"as many mails, port 2222", 3, 30, what_is_no_login, KIND_N, 0},
		{"connections that say nothing",
		 300,
		 4,
		 silent_connections,
		 KIND_CONNECTION_EXHAUSTION,
		 2},
		{"a crowd that keeps its connections", 300, 4, crowd_that_stays, KIND_N, 0},
		{"a client, one direction seen", 1, 120, one_way_client, KIND_N, 0},
		{"polling with one controller off", 2, 120, polling, KIND_N, 0},
		{"a resolver, one direction seen", 4, 60, resolver_one_way, KIND_N, 0},
		{"ssh to many machines", 4, 60, configuration_of_many_machines, KIND_N, 0},
		{"a web client of one server", 5, 60, web_client_of_one_server, KIND_N, 0},
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		const unsigned c = (unsigned)i / 2;
		struct scene *s = scene_open(i % 2 == 1, &detect_defaults);
		const uint64_t began_ns = s->now_ns;
		const struct alarm *open;

		print_message("  %s, IPv%u\n", cases[c].what, i % 2 == 1 ? 6 : 4);
		for (uint32_t j = 0; j < cases[c].per_s * cases[c].seconds; j++) {
			cases[c].step(s, j);
			scene_wait(s, S / cases[c].per_s);
		}
		scene_finish(s);
		scene_print(s);
		assert_int_equal(scene_opened(s, KIND_N), cases[c].kind != KIND_N);
		open = scene_find(s, cases[c].kind, ALARM_OPEN);
		assert_true((open != NULL) == (cases[c].kind != KIND_N));
		if (open != NULL) {
			check_explained(open);
			assert_true(open->time_ns - began_ns <= cases[c].within_s * S);
		}
		scene_close(s);
	}
}

// Forged or not ----------------------------------------------------------------------------------

// Any 32 bits, as a flooding tool draws them: of a hundred addresses thirteen are nobody's.
static struct shot from_any_address(struct scene *s, uint32_t) {
	return (struct shot) {.src = scene_random(s), .sport = 1024, .ttl = 57, .anywhere = true};
}

// Only addresses that somebody may have, each with a distance of its own.
static struct shot from_routed_addresses(struct scene *s, uint32_t) {
	const uint32_t first = 1 + scene_random(s) % 222, rest = scene_random(s) & 0xffffff;
	const uint32_t src = (first == 127 ? 128 : first) << 24 | rest;

	return (struct shot) {
		.src = src, .sport = 1024, .ttl = (uint8_t)(44 + src % 20), .anywhere = true};
}

// 400 machines of a few providers, each at its distance and with its own rate.
static struct shot from_bots(struct scene *s, uint32_t i) {
	static const uint8_t providers[] = {24, 31, 59, 77, 79, 82, 93, 109, 178, 188, 203};
	const uint32_t bot = scene_random(s) % 400;

	return (struct shot) {
		.src = (uint32_t)providers[bot % sizeof(providers)] << 24 | bot * 40503u % 0xffffff,
		.sport = (uint16_t)(1024 + i % 60000),
		.ttl = (uint8_t)(40 + bot % 24),
		.anywhere = true};
}

static void forged_is_told_with_its_reasons(void **) {
	static const struct {
		const char *what;
		struct shot (*from)(struct scene *, uint32_t i);
		enum forged forged;
		float sure;
		const char *why;
	} cases[] = {
		{"any address", from_any_address, FORGED_YES, .99f, "that nobody can have"},
		{"any routed address", from_routed_addresses, FORGED_YES, .9f, "spread evenly"},
		{"bots", from_bots, FORGED_NO, .8f, "packets/s from each of many sources"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene *s = scene_open(false, &detect_defaults);
		const struct alarm *a;

		print_message("  %s\n", cases[i].what);
		for (uint32_t j = 0; j < 12000; j++) {
			struct shot p = cases[i].from(s, j);

			p.dst = VICTIM;
			p.dport = PORT;
			p.proto = PROTO_TCP;
			p.flags = TCP_SYN;
			shoot(s, p);
			s->now_ns += S / 6000;
		}
		scene_finish(s);
		a = scene_find(s, KIND_SYN_FLOOD, ALARM_UPDATE);
		assert_non_null(a);
		print_message(
			"    %s %.3f %s\n",
			forged_name(a->forged),
			(double)a->forged_confidence,
			a->forged_why
		);
		assert_int_equal(a->forged, cases[i].forged);
		assert_true(a->forged_confidence >= cases[i].sure);
		assert_non_null(strstr(a->forged_why, cases[i].why));
		scene_close(s);
	}
}

// Life cycle -------------------------------------------------------------------------------------

static const struct attack syn = {"SYN", KIND_SYN_FLOOD, 2000, TCP(TCP_SYN), .how = SPORTS};

static void an_alarm_opens_updates_and_closes(void **) {
	struct scene *s = scene_open(false, &detect_defaults);
	uint64_t before_ns = 0;

	attack_for(s, &syn, 5 * S);
	scene_wait(s, 20 * S);
	assert_true(s->n >= 5 && s->n <= 9); // an update a second, some more as it gets severe
	for (uint32_t i = 0; i < s->n; i++) {
		assert_int_equal(s->alarm[i].id, s->alarm[0].id);
		assert_int_equal(s->alarm[i].revision, i + 1);
		assert_true(s->alarm[i].time_ns > before_ns);
		assert_true(i == 0 || s->alarm[i].packets >= s->alarm[i - 1].packets);
		before_ns = s->alarm[i].time_ns;
	}
	assert_int_equal(s->alarm[0].state, ALARM_OPEN);
	assert_int_equal(s->alarm[s->n - 1].state, ALARM_CLOSE);
	// The flood ended at 1005 s; its last second fades below the threshold at 1005.9 s.
	assert_int_equal(s->alarm[s->n - 1].end_ns, 1005 * S);
	assert_true(s->alarm[s->n - 1].time_ns <= 1010 * S);
	scene_close(s);
}

static void a_sudden_flood_is_not_waited_for(void **) {
	static const struct attack sudden
		= {"SYN", KIND_SYN_FLOOD, 20000, TCP(TCP_SYN), .how = SPORTS};
	static const struct {
		const char *what;
		uint64_t begins_ns, lasts_ns, told_ns;
	} cases[] = {
		{"1,200 packets in the first tick", 40 * MS, 500 * MS, 100 * MS},
		{"too few in the first tick, 20,000/s in the next", 70 * MS, 500 * MS, 200 * MS},
		{"900 packets and no more: the floor of time", 10 * MS, 45 * MS, 300 * MS},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *s = scene_open(i % 2 == 1, &detect_defaults);
		const struct alarm *open;

		print_message("  %s\n", cases[i].what);
		s->now_ns += cases[i].begins_ns;
		attack_for(s, &sudden, cases[i].lasts_ns);
		scene_finish(s);
		open = scene_find(s, KIND_SYN_FLOOD, ALARM_OPEN);
		assert_non_null(open);
		assert_int_equal(open->time_ns, 1000 * S + cases[i].told_ns);
		scene_close(s);
	}
}

static void words_and_value_say_the_same(void **) {
	struct scene *s = scene_open(false, &detect_defaults);
	const struct alarm *open, *closed;

	attack_for(s, &syn, 1950 * MS); // 2000/s
	scene_finish(s);
	open = scene_find(s, KIND_SYN_FLOOD, ALARM_OPEN);
	closed = scene_find(s, KIND_SYN_FLOOD, ALARM_CLOSE);
	assert_non_null(open);
	assert_non_null(closed);
	assert_int_equal(open->interval_ns, 300 * MS);
	assert_int_equal(
		open->packets, 600
	); // those of the interval, and the value is made of them
	assert_near(open->value, (double)open->packets * S / (double)open->interval_ns, 1e-9);
	assert_non_null(strstr(open->words, "10.0.0.5:80 gets 2,000 SYN/s (over 0.3 s) from about ")
	);
	assert_non_null(strstr(open->words, "; threshold 60/s."));
	assert_ptr_equal(closed->words, strstr(closed->words, "Over after 2.0 s: "));
	assert_non_null(strstr(closed->words, "3,900 packets, at most 2,000 SYN/s, from about "));
	for (uint32_t i = 0; i < s->n; i++) {
		assert_true(s->alarm[i].value >= s->alarm[i].threshold);
		assert_true(s->alarm[i].peak <= 2000);
		assert_true(s->alarm[i].state == ALARM_CLOSE || s->alarm[i].time_ns <= 1002 * S);
		if (s->alarm[i].state == ALARM_UPDATE && s->alarm[i].interval_ns == S)
			assert_non_null(strstr(s->alarm[i].words, "(over the last second)"));
	}
	scene_close(s);
}

// The flood is over, ordinary traffic between half and the whole threshold goes on: nothing to tell.
static void what_only_holds_is_not_told(void **) {
	const struct attack half = {"", KIND_SYN_FLOOD, 45, TCP(TCP_SYN), .how = SPORTS};
	struct scene *s = scene_open(false, &detect_defaults);
	uint32_t n;

	attack_for(s, &syn, 2 * S);
	attack_for(s, &half, 2 * S);
	n = s->n;
	attack_for(s, &half, 6 * S);
	assert_int_equal(s->n, n);
	scene_finish(s);
	assert_int_equal(s->n, n + 1);
	scene_close(s);
}

static void services_are_spelled_as_usual(void **) {
	static const struct attack dns = {"", KIND_AMP_DNS, 3000, UDP(53, 4000, 1200), .how = 0};
	struct scene *s = scene_open(true, &detect_defaults);

	attack_for(s, &dns, S);
	assert_non_null(strstr(scene_find(s, KIND_AMP_DNS, ALARM_OPEN)->words, " DNS answers/s ("));
	scene_close(s);
}

static enum severity severity(unsigned kind, double value, double threshold) {
	return severity_of(&(struct severity_of) {
		.kind = (uint8_t)kind, .value = value, .threshold = threshold});
}

// 10, 50 and 90 % of the link, whatever is usual here; without a link only the rate counts.
static void severity_follows_the_share_of_the_link(void **) {
	static const struct {
		double bits_per_s, capacity_bits_per_s;
		enum severity severity;
	} cases[] = {
		{1e8, 0, SEVERITY_LOW},
		{0.9e8, 1e9, SEVERITY_LOW},
		{1e8, 1e9, SEVERITY_MEDIUM},
		{5e8, 1e9, SEVERITY_HIGH},
		{9.5e8, 1e9, SEVERITY_CRITICAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			severity_of(&(struct severity_of) {
				.kind = KIND_UDP_FLOOD,
				.value = 20000,
				.threshold = 19000,
				.bits_per_s = cases[i].bits_per_s,
				.capacity_bits_per_s = cases[i].capacity_bits_per_s}),
			cases[i].severity
		);
}

static void severity_is_the_same_for_the_same_rate(void **) {
	static const struct {
		double value, threshold;
		uint64_t lasted_s;
		enum severity severity;
	} cases[] = {
		{240, 50, 0, SEVERITY_LOW},
		{300, 60, 0, SEVERITY_MEDIUM},
		{3000, 200, 0, SEVERITY_HIGH},
		{28000, 200, 0, SEVERITY_CRITICAL},
		{28000, 10000, 0, SEVERITY_LOW}, // hardly more than usual
		{300, 60, 60, SEVERITY_HIGH},
		{3000, 60, 60, SEVERITY_HIGH},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (unsigned kind = KIND_SYN_FLOOD; kind < KIND_N; kind++) {
			if (kind_row(kind)->scale != SCALE_RATE)
				continue;
			assert_int_equal(
				severity_of(&(struct severity_of) {
					.kind = (uint8_t)kind,
					.value = cases[i].value,
					.threshold = cases[i].threshold,
					.lasted_ns = cases[i].lasted_s * S}),
				cases[i].severity
			);
		}
	assert_int_equal(severity(KIND_UNKNOWN, 1e6, 500), SEVERITY_MEDIUM);
	assert_int_equal(severity(KIND_SENSOR_LOSS, 500, 1000), SEVERITY_LOW);
	assert_int_equal(severity(KIND_SENSOR_LOSS, 50000, 1000), SEVERITY_HIGH);
	assert_int_equal(severity(KIND_VERTICAL_SCAN, 60000, 50), SEVERITY_MEDIUM);
	assert_int_equal(severity(KIND_VERTICAL_SCAN, 199, 50), SEVERITY_LOW);
}

// Control was late: a worker's window holds the packets of many ticks.
static void a_rate_is_of_the_true_time(void **) {
	static const uint64_t late_ms[] = {400, 700, 2500};

	for (size_t i = 0; i < ARRAY_LEN(late_ms); i++) {
		struct scene *s = scene_open(false, &detect_defaults);

		print_message("  %u ms late\n", (unsigned)late_ms[i]);
		attack_for(s, &syn, 1000 * MS);
		s->late = true;
		attack_for(s, &syn, late_ms[i] * MS);
		s->late = false;
		scene_drain(s);
		attack_for(s, &syn, 2000 * MS);
		scene_finish(s);
		assert_true(s->ticks_max >= late_ms[i] / 100 - 3);
		for (uint32_t j = 0; j < s->n; j++) {
			assert_true(s->alarm[j].value <= 2000 * 1.05);
			assert_true(s->alarm[j].peak <= 2000 * 1.05);
		}
		assert_int_equal(scene_opened(s, KIND_N), 1);
		scene_close(s);
	}
}

static void a_flood_that_pauses_is_one_alarm(void **) {
	struct scene *s = scene_open(false, &detect_defaults);

	for (unsigned i = 0; i < 5; i++) {
		attack_for(s, &syn, S);
		scene_wait(s, 2 * S);
	}
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_N), 1);
	scene_close(s);
}

static void half_the_threshold_keeps_it_open(void **) {
	const struct attack half = {"", KIND_SYN_FLOOD, 45, TCP(TCP_SYN), .how = SPORTS};
	struct scene *s = scene_open(false, &detect_defaults);

	attack_for(s, &half, 5 * S);
	assert_int_equal(scene_opened(s, KIND_N), 0); // too little to open
	attack_for(s, &syn, S);
	attack_for(s, &half, 8 * S);
	assert_null(scene_find(s, KIND_SYN_FLOOD, ALARM_CLOSE)); // enough to stay
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_N), 1);
	scene_close(s);
}

static void a_handful_of_packets_is_no_attack(void **) {
	struct scene *s = scene_open(false, &detect_defaults);

	for (uint32_t i = 0; i < 50; i++)
		fire(s, &syn, i); // at once: an immense rate
	scene_wait(s, 5 * S);
	attack_for(
		s, &(struct attack) {"", KIND_SYN_FLOOD, 23, TCP(TCP_SYN), .how = SPORTS}, 10 * S
	);
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_N), 0);
	scene_close(s);
}

static void silence_and_a_gap_of_years_end_it(void **) {
	struct scene *s = scene_open(false, &detect_defaults);
	const struct alarm *closed;

	attack_for(s, &syn, 2 * S);
	s->now_ns += 5 * 365 * 86400 * S;
	attack_for(s, &syn, 2 * S);
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 2);
	closed = scene_find(s, KIND_SYN_FLOOD, ALARM_CLOSE);
	assert_non_null(closed);
	assert_true(closed->time_ns < 1010 * S);
	scene_close(s);
}

static void a_scan_that_goes_on_and_on_over_the_same_ports_is_a_flood(void **) {
	const struct attack round
		= {"", KIND_SYN_FLOOD, 4000, TCP_FROM(ATTACKER, TCP_SYN), .how = SPORTS | DPORTS};
	struct scene *s = scene_open(false, &detect_defaults);

	for (uint32_t i = 0; i < 16000; i++) {
		fire(s, &round, i % 200); // 200 ports, 80 packets to each
		s->now_ns += S / 4000;
	}
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 1);
	scene_close(s);
}

// Scans and floods -------------------------------------------------------------------------------

#define CLIENT 77
#define OPEN_PORTS 50 // one port in so many is open

// One probe of a scan, and what the target says to it.
static void probe(struct scene *s, struct shot p, bool filtered) {
	const uint32_t scanner = p.src;
	const uint16_t port = p.dport;
	const uint8_t flags = p.flags;
	struct shot answer = {VICTIM, scanner, port, p.sport, PROTO_TCP, .ack = 78, .seq = 9};

	shoot(s, p);
	if (filtered)
		return;
	if (port % OPEN_PORTS != 0) {
		answer.flags = TCP_RST | TCP_ACK;
		shoot(s, answer);
	} else if (flags == TCP_SYN) {
		answer.flags = TCP_SYN | TCP_ACK;
		shoot(s, answer);
		p.flags = TCP_RST;
		p.seq = 78;
		shoot(s, p);
	}
}

struct scan_case {
	const char *what;
	uint32_t per_s;
	uint32_t ports;
	uint8_t flags;
	uint8_t times; // each port
	bool filtered;
	bool busy; // ordinary load from the scanner and from others
	bool after_flood; // of the target, by forged sources and by the scanner, until 2 s ago
	uint8_t decoys;
	uint16_t sport; // 0: a high one
};

static void ordinary_load(struct scene *s, uint32_t i) {
	const uint32_t client = i % 2 == 0 ? ATTACKER : CLIENT;
	const uint16_t sport = (uint16_t)(2000 + i % 40000);

	connection(s, client, sport, VICTIM, i % 3 == 0 ? 443 : 80, 2);
	shoot(s, (struct shot) {client, VICTIM, sport, 53, PROTO_UDP, .payload = 40});
	shoot(s, (struct shot) {VICTIM, client, 53, sport, PROTO_UDP, .payload = 200});
}

static void play_scan(struct scene *s, const struct scan_case *c) {
	const uint32_t all = c->ports * c->times;

	for (uint32_t i = 0; i < all; i++) {
		// A stride that is prime to the number of ports: each once a round, not in order.
		const uint64_t step = c->decoys > 0 ? i / c->decoys : i;
		const uint16_t port = (uint16_t)(1 + step * 7919 % c->ports);

		probe(s,
		      (struct shot) {
			      ATTACKER + (c->decoys > 0 ? i % c->decoys : 0),
			      VICTIM,
			      c->sport != 0 ? c->sport : 44321,
			      port,
			      PROTO_TCP,
			      .flags = c->flags,
			      .seq = 77},
		      c->filtered);
		if (c->busy && i % (c->per_s / 300) == 0)
			ordinary_load(s, i);
		s->now_ns += S / c->per_s;
	}
}

static void check_scan(const struct scan_case *c, bool ip6) {
	static const struct attack forged
		= {"", KIND_SYN_FLOOD, 20000, TCP(TCP_SYN | TCP_FIN), .how = SPORTS};
	static const struct attack own
		= {"", KIND_SYN_FLOOD, 20000, TCP_FROM(ATTACKER, TCP_SYN | TCP_FIN), .how = SPORTS};
	struct scene *s = scene_open(ip6, &detect_defaults);
	unsigned before;

	print_message("  %s, IPv%u\n", c->what, ip6 ? 6 : 4);
	for (uint32_t i = 0; c->busy && i < 3000; i++) {
		ordinary_load(s, i);
		s->now_ns += S / 300;
	}
	if (c->after_flood) {
		attack_for(s, &forged, S);
		attack_for(s, &own, S);
		scene_wait(s, 2 * S);
	}
	before = s->n == 0 ? 0 : scene_opened(s, KIND_N);
	assert_int_equal(before, c->after_flood ? 1 : 0);
	play_scan(s, c);
	scene_finish(s);
	if (scene_opened(s, KIND_N) != before + 1)
		scene_print(s);
	assert_int_equal(scene_opened(s, KIND_VERTICAL_SCAN), 1);
	assert_int_equal(scene_opened(s, KIND_N), before + 1);
	scene_close(s);
}

static void a_scan_is_never_a_flood(void **) {
	static const struct scan_case cases[] = {
		{"5,000/s", 5000, 20000, TCP_SYN, .times = 1},
		{"30,000/s, all ports", 30000, 65535, TCP_SYN, .times = 1},
		{"all ports, each twice in a row",
		 30000,
		 65535,
		 TCP_SYN,
		 .times = 2,
		 .filtered = true},
		{"filtered, again", 5000, 5000, TCP_SYN, .times = 2, .filtered = true},
		{"slow", 100, 1000, TCP_SYN, .times = 1},
		{"a thousand ports at once", 20000, 1000, TCP_SYN, .times = 2},
		{"below an ordinary load", 5000, 20000, TCP_SYN, .times = 1, .busy = true},
		{"slow, below an ordinary load", 300, 1500, TCP_SYN, .times = 1, .busy = true},
		{"after floods", 5000, 20000, TCP_SYN, .times = 1, .after_flood = true},
		{"after floods, below a load",
		 5000,
		 20000,
		 TCP_SYN,
		 1,
		 .busy = true,
		 .after_flood = true},
		{"FIN", 5000, 20000, TCP_FIN, .times = 1},
		{"FIN, filtered", 5000, 20000, TCP_FIN, .times = 2, .filtered = true},
		{"NULL", 5000, 20000, 0, .times = 1},
		{"XMAS", 5000, 20000, TCP_FIN | TCP_PSH | TCP_URG, .times = 1},
		{"ACK", 5000, 20000, TCP_ACK, .times = 1},
		{"ACK after floods", 5000, 20000, TCP_ACK, .times = 1, .after_flood = true},
		{"FIN from port 53", 5000, 20000, TCP_FIN, .times = 1, .sport = 53},
		{"NULL from port 20", 2000, 20000, 0, .times = 1, .filtered = true, .sport = 20},
		{"XMAS from port 80",
		 5000,
		 20000,
		 TCP_FIN | TCP_PSH | TCP_URG,
		 .times = 1,
		 .sport = 80},
		{"ACK from port 443", 5000, 20000, TCP_ACK, .times = 1, .sport = 443},
		{"with decoys", 5000, 1000, TCP_SYN, .times = 10, .decoys = 10},
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++)
		check_scan(&cases[i / 2], i % 2 == 1);
}

// A flood is a flood while somebody scans, be it the same host.
static void a_flood_beside_a_scan_is_told(void **) {
	for (uint32_t i = 0; i < 4; i++) {
		const uint32_t flooder = i / 2 == 0 ? ATTACKER + 1 : 0;
		struct scene *s = scene_open(i % 2 == 1, &detect_defaults);
		const struct alarm *flood;

		for (uint32_t j = 0; j < 16000; j++) {
			if (j % 4 == 0)
				probe(s,
				      (struct shot) {
					      ATTACKER,
					      VICTIM,
					      44321,
					      (uint16_t)(1 + j % 60000),
					      PROTO_TCP,
					      .flags = TCP_SYN},
				      false);
			if (j % 2 == 0 && j >= 8000)
				shoot(s,
				      (struct shot
				      ) {flooder ? flooder : 0x400000 + scene_random(s) % 0x3fffff,
					 VICTIM,
					 (uint16_t)(1024 + j),
					 PORT,
					 PROTO_TCP,
					 .flags = TCP_SYN});
			s->now_ns += S / 4000;
		}
		scene_finish(s);
		scene_print(s);
		assert_int_equal(scene_opened(s, KIND_VERTICAL_SCAN), 1);
		assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 1);
		assert_int_equal(scene_opened(s, KIND_N), 2);
		flood = scene_find(s, KIND_SYN_FLOOD, ALARM_OPEN);
		assert_true(flood->start_ns >= 1002 * S - 200 * MS);
		assert_near(scene_find(s, KIND_SYN_FLOOD, ALARM_CLOSE)->peak, 2000, 400);
		scene_close(s);
	}
}

static void a_flood_over_all_ports_is_one_once_they_are_done(void **) {
	static const struct attack round
		= {"", KIND_SYN_FLOOD, 28000, TCP_FROM(ATTACKER, TCP_SYN), .how = DPORTS};
	struct scene *s = scene_open(false, &detect_defaults);

	attack_for(s, &round, 8 * S);
	assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 0);
	attack_for(s, &round, 8 * S);
	scene_finish(s);
	scene_print(s);
	// The estimate of its ports is off by up to an eighth, either way: while packets cross the
	// limit of so many a port the flood may be taken for the scan once more.
	assert_in_range(scene_opened(s, KIND_SYN_FLOOD), 1, 2);
	assert_int_equal(scene_opened(s, KIND_VERTICAL_SCAN), 1);
	assert_int_equal(scene_opened(s, KIND_N), 1 + scene_opened(s, KIND_SYN_FLOOD));
	scene_close(s);
}

// Who tries many ports of many hosts does not hide a flood of his at one of them.
static void a_busy_peer_of_many_floods_one(void **) {
	struct scene *s = scene_open(false, &detect_defaults);

	for (uint32_t i = 0; i < 15000; i++) {
		if (i % 50 == 0)
			shoot(s,
			      (struct shot) {
				      ATTACKER,
				      0x20000 + i,
				      40000,
				      (uint16_t)(2000 + i),
				      PROTO_TCP,
				      .flags = TCP_SYN});
		shoot(s,
		      (struct shot
		      ) {ATTACKER, VICTIM, (uint16_t)(1024 + i), PORT, PROTO_TCP, .flags = TCP_SYN}
		);
		s->now_ns += S / 5000;
	}
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 1);
	assert_int_equal(scene_opened(s, KIND_VERTICAL_SCAN), 0);
	scene_close(s);
}

static void amplification_takes_over_from_udp_flood(void **) {
	static const struct attack dns = {"", KIND_AMP_DNS, 3000, UDP(53, 4000, 1200), .how = 0};
	static const struct attack udp = {"", KIND_UDP_FLOOD, 500, UDP(0, 9, 0), .how = SPORTS};
	struct scene *s = scene_open(false, &detect_defaults);

	attack_for(s, &udp, S);
	attack_for(s, &dns, 2 * S);
	assert_int_equal(scene_opened(s, KIND_UDP_FLOOD), 1);
	assert_int_equal(scene_opened(s, KIND_AMP_DNS), 1);
	assert_non_null(scene_find(s, KIND_UDP_FLOOD, ALARM_CLOSE)); // while the other is open
	assert_null(scene_find(s, KIND_AMP_DNS, ALARM_CLOSE));
	scene_finish(s);
	scene_close(s);
}

// Settings ---------------------------------------------------------------------------------------

static struct detect_conf *conf_with_allowed(const struct scene *s, uint32_t host) {
	struct detect_conf *c = malloc(sizeof(*c));

	*c = detect_defaults;
	c->n_networks = 1;
	c->network[0] = (struct network_conf) {
		.addr = scene_addr(s, host), .prefix_len = s->ip6 ? 128 : 32, .allow = true};
	return c;
}

static void allowed_networks_are_neither_target_nor_source(void **) {
	static const struct {
		uint32_t allowed;
		uint32_t attack;
	} cases[] = {{VICTIM, 0}, {ATTACKER, 2}};

	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		struct scene *s = scene_open(i % 2 == 1, &detect_defaults);
		struct detect_conf *c = conf_with_allowed(s, cases[i / 2].allowed);

		detect_reconf(s->detect, c, NULL);
		attack_for(s, &attacks[cases[i / 2].attack], 2 * S);
		scene_finish(s);
		assert_int_equal(scene_opened(s, KIND_N), 0);
		free(c);
		scene_close(s);
	}
}

static void a_kind_that_is_off_is_not_raised(void **) {
	struct detect_conf c = detect_defaults;
	struct scene *s;

	c.kind[KIND_SYN_FLOOD].enabled = false;
	s = scene_open(false, &c);
	attack_for(s, &syn, 2 * S);
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_N), 0);
	scene_close(s);
}

static void the_floor_is_what_was_set(void **) {
	struct detect_conf c = detect_defaults;
	struct scene *s;

	c.kind[KIND_SYN_FLOOD].floor_per_s = 3000;
	s = scene_open(false, &c);
	attack_for(s, &syn, 2 * S); // 2000/s
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_N), 0);
	scene_close(s);
}

static void a_usual_rate_lifts_the_threshold_and_is_told(void **) {
	const struct attack usual
		= {"", KIND_SYN_FLOOD, 50, TCP_FROM(ATTACKER, TCP_SYN), .how = SPORTS};
	const struct attack more
		= {"", KIND_SYN_FLOOD, 100, TCP_FROM(ATTACKER, TCP_SYN), .how = SPORTS};
	struct scene *s = scene_open(false, &detect_defaults);
	const struct alarm *open;

	attack_for(s, &usual, 100 * S);
	attack_for(s, &more, 5 * S); // above the floor of 60, not three times the usual
	assert_int_equal(scene_opened(s, KIND_N), 0);
	attack_for(s, &syn, 2 * S);
	open = scene_find(s, KIND_SYN_FLOOD, ALARM_OPEN);
	assert_non_null(open);
	assert_near(open->baseline, 50, 10);
	assert_true(open->threshold >= 120 && open->threshold <= 200);
	scene_finish(s);
	scene_close(s);
}

static void a_flood_does_not_become_usual(void **) {
	struct scene *s = scene_open(false, &detect_defaults);

	attack_for(s, &syn, 200 * S);
	scene_wait(s, 30 * S);
	attack_for(s, &syn, 2 * S);
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 2);
	scene_close(s);
}

// Novelty ----------------------------------------------------------------------------------------

#define ROWS_MAX 20000
#define LEARN_S 30

struct rows {
	size_t n;
	float row[ROWS_MAX][HOST_FEATURE_N];
};

static void
keep_row(void *ctx, uint64_t, const struct addr *, const float row[static HOST_FEATURE_N]) {
	struct rows *rows = ctx;

	if (rows->n < ROWS_MAX)
		memcpy(rows->row[rows->n++], row, sizeof(rows->row[0]));
}

// What these hosts do every day; the rate swings.
static void everyday(struct scene *s, uint64_t ns) {
	const uint64_t until_ns = s->now_ns + ns;

	for (uint32_t i = 0; s->now_ns < until_ns; i++) {
		const uint32_t client = 0x100 + scene_random(s) % 20;
		const uint16_t sport = (uint16_t)(2000 + scene_random(s) % 50000);

		connection(s, client, sport, VICTIM, PORT, scene_random(s) % 12);
		shoot(s, (struct shot) {client, 53, sport, 53, PROTO_UDP, .payload = 40});
		shoot(s, (struct shot) {53, client, 53, sport, PROTO_UDP, .payload = 200});
		if (i % 7 == 0)
			ping(s, i);
		s->now_ns += S / (20 + scene_random(s) % 60);
	}
}

static struct model *model_of_everyday(bool ip6) {
	static const char *names[HOST_FEATURE_N];
	static struct rows rows;
	struct scene *s = scene_open(ip6, &detect_defaults);
	struct forest_options options = forest_defaults;
	char error[MODEL_ERROR_MAX];
	struct model *model = NULL;

	rows.n = 0;
	detect_on_row(s->detect, keep_row, &rows);
	everyday(s, 120 * S);
	for (uint32_t i = 0; i < 60000; i++) { // a busy minute is ordinary, too
		download(s, i);
		s->now_ns += MS;
	}
	everyday(s, 120 * S);
	scene_finish(s);
	assert_int_equal(scene_opened(s, KIND_N), 0);
	scene_close(s);
	assert_true(rows.n > 1000);
	for (unsigned i = 0; i < HOST_FEATURE_N; i++)
		names[i] = host_feature_info[i].name;
	assert_int_equal(
		forest_train(
			&model, &rows.row[0][0], rows.n, names, HOST_FEATURE_N, &options, error
		),
		0
	);
	return model;
}

static void esp_download(struct scene *s, uint32_t i) {
	shoot(s, (struct shot) {9, VICTIM, .proto = 50, .payload = 1400});
	if (i % 3 == 0)
		shoot(s, (struct shot) {VICTIM, 9, .proto = 50, .payload = 60});
}

static void backup(struct scene *s, uint32_t i) {
	struct shot up = {VICTIM, 8, 45000, 873, PROTO_TCP, TCP_ACK, 1400, .seq = 10 + i * 1400};
	struct shot down = {8, VICTIM, 873, 45000, PROTO_TCP, TCP_ACK, .seq = 10, .ack = up.seq};

	if (i == 0) {
		up.flags = TCP_SYN;
		up.payload = 0;
	}
	shoot(s, up);
	if (i % 2 == 0)
		shoot(s, down);
}

static void speed_test(struct scene *s, uint32_t i) {
	if (i == 1)
		shoot(s, (struct shot) {VICTIM, 7, 5201, 6000, PROTO_UDP, .payload = 4});
	shoot(s, (struct shot) {7, VICTIM, 6000, 5201, PROTO_UDP, .payload = 1400});
}

static void garbage_of_99(struct scene *s, uint32_t) {
	shoot(s, (struct shot) {ATTACKER, VICTIM, .proto = 99, .payload = 600});
}

static const struct {
	const char *what;
	uint32_t per_s;
	void (*step)(struct scene *s, uint32_t i);
	bool unknown;
} novelties[] = {
	{"IP protocol 99", 3000, garbage_of_99, true},
	{"download", 3000, download, false},
	{"backup", 3000, backup, false},
	{"UDP speed test", 3000, speed_test, false},
	{"download through a tunnel", 3000, esp_download, false},
};

static void what_is_really_new_is_unknown(void **) {
	struct detect_conf c = detect_defaults;

	c.learn_s = LEARN_S / 6;
	for (unsigned ip6 = 0; ip6 < 2; ip6++) {
		struct model *model = model_of_everyday(ip6);

		for (size_t i = 0; i < ARRAY_LEN(novelties); i++) {
			struct scene *s = scene_open_with(ip6, &c, model);
			const struct addr victim = scene_addr(s, VICTIM);
			const struct alarm *open;

			print_message("  %s, IPv%u\n", novelties[i].what, ip6 ? 6 : 4);
			everyday(s, LEARN_S * S);
			for (uint32_t j = 0; j < 6 * novelties[i].per_s; j++) {
				novelties[i].step(s, j);
				s->now_ns += S / novelties[i].per_s;
			}
			scene_finish(s);
			open = scene_find(s, KIND_UNKNOWN, ALARM_OPEN);
			scene_print(s);
			assert_int_equal(scene_opened(s, KIND_N), novelties[i].unknown);
			assert_int_equal(open != NULL, novelties[i].unknown);
			if (open != NULL) {
				check_explained(open);
				assert_true(addr_equal(&open->target, &victim));
				assert_true(open->score > 0.5f); // calibrated by the model
				assert_near(open->value, 3000, 300);
				assert_int_equal(open->severity, SEVERITY_MEDIUM);
			}
			scene_close(s);
		}
		model_destroy(model);
	}
}

// Bounds -----------------------------------------------------------------------------------------

static void a_full_table_of_hosts_still_sees_the_attack(void **) {
	struct detect_conf c = detect_defaults;
	struct control_counters n = {0};
	struct scene *s;

	c.hosts = 64;
	s = scene_open(false, &c);
	for (uint32_t i = 0; i < 3000; i++) {
		ping(s, 0);
		connection(s, 0x1000 + i, 4000, 0x8000 + i, 80, 4);
		s->now_ns += MS;
	}
	scene_wait(s, 2 * S); // the quiet ones give way
	attack_for(s, &syn, 2 * S);
	scene_finish(s);
	detect_counters(s->detect, &n);
	assert_true(n.hosts_tracked <= 64);
	assert_true(n.hosts_dropped > 0);
	assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 1);
	scene_close(s);
}

static void alarms_beyond_the_limit_are_counted(void **) {
	struct detect_conf c = detect_defaults;
	struct control_counters n = {0};
	struct scene *s;

	c.alarms = 2;
	s = scene_open(false, &c);
	for (uint32_t i = 0; i < 20000; i++) {
		struct shot p = syn.shot;

		p.src = 0x400000 + scene_random(s) % 0x3fffff;
		p.dst = 100 + i % 5;
		p.sport = (uint16_t)i;
		shoot(s, p);
		s->now_ns += S / 10000;
	}
	scene_finish(s);
	detect_counters(s->detect, &n);
	assert_int_equal(scene_opened(s, KIND_SYN_FLOOD), 2);
	assert_true(n.alarms_suppressed > 0);
	scene_close(s);
}

static void nonsense_settings_are_refused(void **) {
	struct detect_conf c = detect_defaults;
	struct detect *d = NULL;

	c.tick_ns = 0;
	assert_int_equal(detect_create(&d, &c, NULL, scene_keep, NULL), -EINVAL);
	c = detect_defaults;
	c.hosts = 0;
	assert_int_equal(detect_create(&d, &c, NULL, scene_keep, NULL), -EINVAL);
	assert_null(d);
}

static void losses_of_the_sensor_are_an_alarm_after_two_seconds(void **) {
	struct scene *s = scene_open(false, &detect_defaults);

	detect_losses(s->detect, 1001 * S, 50, 100000); // 0.05 %
	detect_losses(s->detect, 1002 * S, 500, 100000);
	assert_int_equal(s->n, 0);
	detect_losses(s->detect, 1003 * S, 500, 100000);
	assert_int_equal(scene_opened(s, KIND_SENSOR_LOSS), 1);
	assert_near(s->alarm[0].value, 500, 0);
	scene_finish(s);
	scene_close(s);
}

static void the_same_packets_give_the_same_alarms(void **) {
	struct scene *s[2];

	for (unsigned i = 0; i < 2; i++) {
		s[i] = scene_open(false, &detect_defaults);
		for (size_t j = 0; j < ARRAY_LEN(attacks); j++)
			attack_for(s[i], &attacks[j], S);
		scene_finish(s[i]);
	}
	assert_true(s[0]->n > 20);
	assert_int_equal(s[0]->n, s[1]->n);
	assert_memory_equal(s[0]->alarm, s[1]->alarm, s[0]->n * sizeof(struct alarm));
	scene_close(s[0]);
	scene_close(s[1]);
}

static void the_busiest_hosts_and_flows_are_told(void **) {
	struct scene *s = scene_open(false, &detect_defaults);
	const struct addr server = scene_addr(s, 7), client = scene_addr(s, 8);
	struct host_talker hosts[3];
	struct flow_talker flows[3];

	for (uint32_t i = 0; i < 3000; i++) {
		download(s, i);
		if (i % 10 == 0)
			ping(s, i);
		s->now_ns += MS;
	}
	scene_wait(s, S);
	assert_int_equal(detect_top_hosts(s->detect, hosts, 3), 2);
	assert_true(addr_equal(&hosts[0].addr, &server) || addr_equal(&hosts[0].addr, &client));
	assert_true(hosts[0].in_bytes_per_s + hosts[0].out_bytes_per_s > 700 * 1400); // over 4 s
	assert_true(detect_top_flows(s->detect, flows, 3) >= 1);
	assert_int_equal(flows[0].dport, 443);
	assert_true(flows[0].bytes > 3000 * 1400);
	scene_close(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attacks_are_named_within_a_second),
		cmocka_unit_test(false_friends_stay_silent),
		cmocka_unit_test(a_carpet_is_one_alarm_of_its_network),
		cmocka_unit_test(what_takes_its_time_is_told),
		cmocka_unit_test(forged_is_told_with_its_reasons),
		cmocka_unit_test(an_alarm_opens_updates_and_closes),
		cmocka_unit_test(a_sudden_flood_is_not_waited_for),
		cmocka_unit_test(words_and_value_say_the_same),
		cmocka_unit_test(what_only_holds_is_not_told),
		cmocka_unit_test(services_are_spelled_as_usual),
		cmocka_unit_test(severity_is_the_same_for_the_same_rate),
		cmocka_unit_test(severity_follows_the_share_of_the_link),
		cmocka_unit_test(a_rate_is_of_the_true_time),
		cmocka_unit_test(a_flood_that_pauses_is_one_alarm),
		cmocka_unit_test(half_the_threshold_keeps_it_open),
		cmocka_unit_test(a_handful_of_packets_is_no_attack),
		cmocka_unit_test(silence_and_a_gap_of_years_end_it),
		cmocka_unit_test(a_scan_that_goes_on_and_on_over_the_same_ports_is_a_flood),
		cmocka_unit_test(a_scan_is_never_a_flood),
		cmocka_unit_test(a_flood_beside_a_scan_is_told),
		cmocka_unit_test(a_flood_over_all_ports_is_one_once_they_are_done),
		cmocka_unit_test(a_busy_peer_of_many_floods_one),
		cmocka_unit_test(amplification_takes_over_from_udp_flood),
		cmocka_unit_test(allowed_networks_are_neither_target_nor_source),
		cmocka_unit_test(a_kind_that_is_off_is_not_raised),
		cmocka_unit_test(the_floor_is_what_was_set),
		cmocka_unit_test(a_usual_rate_lifts_the_threshold_and_is_told),
		cmocka_unit_test(a_flood_does_not_become_usual),
		cmocka_unit_test(what_is_really_new_is_unknown),
		cmocka_unit_test(a_full_table_of_hosts_still_sees_the_attack),
		cmocka_unit_test(alarms_beyond_the_limit_are_counted),
		cmocka_unit_test(nonsense_settings_are_refused),
		cmocka_unit_test(losses_of_the_sensor_are_an_alarm_after_two_seconds),
		cmocka_unit_test(the_same_packets_give_the_same_alarms),
		cmocka_unit_test(the_busiest_hosts_and_flows_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
