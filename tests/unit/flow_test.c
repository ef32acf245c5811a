// src/flow: keys, the table's overload rules, TCP state and strays, features, Community ID.
#include "flow/insert.h"
#include "test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull
#define S 1000000000ull

struct ended {
	uint64_t count;
	uint64_t packets;
};

static void note_end(void *ctx, const struct flow *flow, uint64_t) {
	struct ended *ended = ctx;

	ended->count++;
	ended->packets += flow_packets(flow);
}

static struct flow_table *table_new(uint32_t capacity, struct ended *ended) {
	const struct flow_table_conf conf = {
		.capacity = capacity,
		.idle_ns = 60 * S,
		.single_ns = 10 * S,
		.closed_ns = 2 * S,
		.seed = 1,
		.tell_singles = true,
	};
	void *memory = zeroed(64, flow_table_bytes(&conf));
	struct flow_table *table = NULL;

	assert_non_null(memory);
	assert_int_equal(
		flow_table_create(&table, &conf, memory, ended != NULL ? note_end : NULL, ended), 0
	);
	return table;
}

static struct addr ip(const char *text) {
	struct addr a;

	assert_int_equal(addr_parse(&a, NULL, text), 0);
	return a;
}

static struct addr nth(uint32_t n) {
	const uint8_t b[4]
		= {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return addr_from_ip4(b);
}

// A client and a server; what one says to the other.
static struct packet client(uint8_t proto, uint8_t flags) {
	return (struct packet) {
		.src = ip("10.0.0.9"),
		.dst = ip("10.0.0.2"),
		.sport = 40000,
		.dport = 80,
		.proto = proto,
		.tcp_flags = flags,
		.marks = PACKET_PORTS,
		.class = PACKET_FLOW,
		.ttl = 60,
		.bytes = 60,
		.tcp_window = 1000,
	};
}

static struct packet back(struct packet p) {
	const struct packet forward = p;

	p.src = forward.dst;
	p.dst = forward.src;
	p.sport = forward.dport;
	p.dport = forward.sport;
	return p;
}

static struct flow *enter_data(
	struct flow_table *t,
	const struct packet *p,
	const uint8_t *frame_data,
	struct flow_verdict *v
) {
	struct flow_key key;
	const bool from_hi = flow_key_from_packet(&key, p);
	struct flow *flow = flow_table_get(t, &key, flow_key_hash(&key, 1), p->ts_ns, true);

	if (flow == NULL)
		return NULL;
	if (flow_reopened_by(flow, p))
		flow_table_renew(t, flow, p->ts_ns);
	*v = (struct flow_verdict) {0};
	flow_update(t, flow, p, frame_data, from_hi, 0, v);
	return flow;
}

static struct flow *enter(struct flow_table *t, const struct packet *p, struct flow_verdict *v) {
	return enter_data(t, p, NULL, v);
}

// A script of packets: "c" from the client, "s" from the server, then the flags, by their letters;
// "U" and "I" are UDP and ICMP of a type.
struct step {
	const char *what;
	bool stray;
	bool answered;
	bool established;
};

static uint8_t flags_of(const char *letters) {
	static const char names[] = "FSRPAU";
	uint8_t flags = 0;

	for (; *letters != '\0'; letters++)
		flags |= (uint8_t)(1 << (strchr(names, *letters) - names));
	return flags;
}

static void plays_out(const struct step *steps, size_t n, uint8_t proto) {
	struct flow_table *t = table_new(1024, NULL);
	uint32_t seq[2] = {1000, 5000000};

	for (size_t i = 0; i < n; i++) {
		const bool server = steps[i].what[0] == 's';
		struct packet p = client(proto, 0);
		struct flow_verdict v;

		print_message("    %s\n", steps[i].what);
		if (server)
			p = back(p);
		if (proto == PROTO_TCP)
			p.tcp_flags = flags_of(&steps[i].what[2]);
		if (proto == PROTO_ICMP) {
			p.icmp_type = (uint8_t)atoi(&steps[i].what[2]);
			p.marks = 0;
		}
		p.tcp_seq = seq[server];
		p.tcp_ack = seq[!server];
		seq[server] += (p.tcp_flags & TCP_SYN) + (p.tcp_flags & TCP_FIN) ? 1 : 0;
		p.ts_ns = S + i * MS;
		assert_non_null(enter(t, &p, &v));
		assert_int_equal(v.first, i == 0);
		assert_int_equal(v.stray, steps[i].stray);
		assert_int_equal(v.answered_now, steps[i].answered);
		assert_int_equal(v.established_now, steps[i].established);
	}
	free(t);
}

#define PLAY(proto, ...)                                                                           \
	do {                                                                                       \
		static const struct step steps[] = {__VA_ARGS__};                                  \
                                                                                                   \
		plays_out(steps, ARRAY_LEN(steps), proto);                                         \
	} while (0)

static void a_connection_from_syn_to_close_has_no_stray_packet(void **) {
	PLAY(PROTO_TCP,
	     {.what = "c S"},
	     {.what = "s SA", .answered = true},
	     {.what = "c A", .established = true},
	     {.what = "c PA"},
	     {.what = "s PA"},
	     {.what = "s FA"},
	     {.what = "c FA"},
	     {.what = "c FA"}, // sent again after the close
	     {.what = "s A"});
}

static void a_refused_syn_is_not_answered_and_its_rst_is_not_stray(void **) {
	PLAY(PROTO_TCP, {.what = "c S"}, {.what = "s RA"});
}

static void a_half_open_scan_has_no_stray_packet(void **) {
	PLAY(PROTO_TCP, {.what = "c S"}, {.what = "s SA", .answered = true}, {.what = "c R"});
}

static void each_packet_of_a_stray_flood_is_stray_though_the_target_resets(void **) {
	static const char *const floods[] = {"c A", "c PA", "c FA", "c F", "c R", "c SA"};

	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		struct step steps[20];

		memset(steps, 0, sizeof(steps));
		for (size_t k = 0; k < ARRAY_LEN(steps); k += 2) {
			steps[k] = (struct step) {floods[i], .stray = true};
			steps[k + 1] = (struct step) {.what = "s RA", .stray = floods[i][2] == 'R'};
		}
		print_message("  %s\n", floods[i]);
		plays_out(steps, ARRAY_LEN(steps), PROTO_TCP);
	}
}

static void in_the_middle_a_flow_is_stray_until_the_other_side_is_seen(void **) {
	PLAY(PROTO_TCP,
	     {.what = "c PA", .stray = true},
	     {.what = "c PA", .stray = true},
	     {.what = "s A", .answered = true},
	     {.what = "c PA"},
	     {.what = "s FA"},
	     {.what = "c R"});
}

static void a_synack_without_its_syn_is_stray(void **) {
	PLAY(PROTO_TCP, {.what = "s SA", .stray = true}, {.what = "c R"});
	PLAY(PROTO_TCP, {.what = "s SA", .stray = true}, {.what = "s SA", .stray = true});
}

static void one_way_a_syn_and_what_follows_in_sequence_is_no_stray(void **) {
	PLAY(PROTO_TCP, {.what = "c S"}, {.what = "c A"}, {.what = "c PA"}, {.what = "c FA"});
}

static void udp_is_stray_until_answered(void **) {
	PLAY(PROTO_UDP,
	     {.what = "c", .stray = true},
	     {.what = "c", .stray = true},
	     {.what = "s", .answered = true},
	     {.what = "c"});
}

static void nothing_sent_to_a_group_is_stray(void **) {
	static const struct {
		const char *dst;
		bool stray;
	} cases[] = {
		{"224.0.0.251", false},
		{"239.255.255.250", false},
		{"255.255.255.255", false},
		{"ff02::fb", false},
		{"223.255.255.250", true},
		{"240.0.0.1", true},
		{"fe80::1", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct flow_table *t = table_new(1024, NULL);
		struct packet p = client(PROTO_UDP, 0);
		struct flow_verdict v;

		p.dst = ip(cases[i].dst);
		for (unsigned k = 0; k < 3; k++) {
			enter(t, &p, &v);
			assert_int_equal(v.stray, cases[i].stray);
		}
		free(t);
	}
}

static void an_echo_is_answered_by_its_reply_not_by_an_error(void **) {
	PLAY(PROTO_ICMP,
	     {.what = "c 8", .stray = true},
	     {.what = "s 3"},
	     {.what = "c 8", .stray = true},
	     {.what = "s 0", .answered = true},
	     {.what = "c 8"});
}

static void a_syn_on_a_closed_connection_begins_a_new_flow(void **) {
	struct ended ended = {0};
	struct flow_table *t = table_new(1024, &ended);
	static const char *const script[] = {"S", "SA", "A", "FA", "FA"};
	struct flow_verdict v;
	struct packet p;

	for (size_t i = 0; i < ARRAY_LEN(script); i++) {
		p = client(PROTO_TCP, flags_of(script[i]));
		if (i % 2 == 1)
			p = back(p);
		p.ts_ns = S;
		enter(t, &p, &v);
	}
	p = client(PROTO_TCP, TCP_SYN);
	p.ts_ns = S;
	assert_int_equal(flow_packets(enter(t, &p, &v)), 1);
	assert_true(v.first);
	assert_int_equal(ended.count, 1);
	assert_int_equal(ended.packets, 5);
	free(t);
}

static void a_blind_rst_does_not_close_an_established_flow(void **) {
	struct flow_table *t = table_new(1024, NULL);
	struct flow_verdict v;
	struct packet p = client(PROTO_TCP, TCP_SYN);

	p.tcp_seq = 100;
	enter(t, &p, &v);
	p = back(client(PROTO_TCP, TCP_SYN | TCP_ACK));
	p.tcp_seq = 900;
	enter(t, &p, &v);
	p = client(PROTO_TCP, TCP_ACK);
	p.tcp_seq = 101;
	p.tcp_ack = 901;
	assert_int_equal(flow_state_of(enter(t, &p, &v)), FLOW_ESTABLISHED);
	p.tcp_flags = TCP_RST;
	p.tcp_seq = 0x80000000;
	assert_int_equal(flow_state_of(enter(t, &p, &v)), FLOW_ESTABLISHED);
	p.tcp_seq = 101;
	assert_int_equal(flow_state_of(enter(t, &p, &v)), FLOW_CLOSING);
	free(t);
}

static void a_guessed_ack_does_not_establish(void **) {
	struct flow_table *t = table_new(1024, NULL);
	struct flow_verdict v;
	struct packet p = client(PROTO_TCP, TCP_SYN);

	enter(t, &p, &v);
	p = back(client(PROTO_TCP, TCP_SYN | TCP_ACK));
	p.tcp_seq = 0x12345678;
	enter(t, &p, &v);
	p = client(PROTO_TCP, TCP_ACK);
	p.tcp_ack = 0x92345678;
	assert_int_equal(flow_state_of(enter(t, &p, &v)), FLOW_SYNACK);
	assert_false(v.established_now);
	free(t);
}

static void the_initiator_is_who_asked(void **) {
	static const struct {
		const char *what;
		uint8_t proto, flags;
		uint16_t sport, dport;
		bool sender;
		uint16_t payload;
	} cases[] = {
		{"SYN", PROTO_TCP, TCP_SYN, 80, 40000, true, 0},
		{"SYN-ACK", PROTO_TCP, TCP_SYN | TCP_ACK, 40000, 80, false, 0},
		{"data from a server's port", PROTO_TCP, TCP_ACK, 80, 40000, false, 100},
		{"end from a server's port", PROTO_TCP, TCP_FIN | TCP_ACK, 80, 40000, false, 0},
		{"ACK probe from a server's port", PROTO_TCP, TCP_ACK, 80, 40000, true, 0},
		{"FIN probe from a server's port", PROTO_TCP, TCP_FIN, 53, 40000, true, 0},
		{"NULL probe from a server's port", PROTO_TCP, 0, 20, 40000, true, 0},
		{"to a server's port", PROTO_TCP, TCP_ACK, 40000, 80, true, 100},
		{"neither", PROTO_TCP, TCP_ACK, 40000, 8080, true, 100},
		{"both", PROTO_UDP, 0, 53, 123, true, 100},
		{"UDP from a server's port", PROTO_UDP, 0, 53, 40000, false, 100},
		{"empty UDP from a server's port", PROTO_UDP, 0, 53, 40000, true, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct flow_table *t = table_new(1024, NULL);
		struct packet p = client(cases[i].proto, cases[i].flags);
		struct flow_verdict v;

		print_message("  %s\n", cases[i].what);
		p.sport = cases[i].sport;
		p.dport = cases[i].dport;
		p.payload_bytes = cases[i].payload;
		enter(t, &p, &v);
		assert_int_equal(v.from_initiator, cases[i].sender);
		assert_int_equal(v.stray, !(cases[i].flags == TCP_SYN));
		p = back(p);
		p.tcp_flags = TCP_ACK;
		enter(t, &p, &v);
		assert_int_equal(v.answered_now, cases[i].sender);
		free(t);
	}
}

static void both_directions_have_one_key_and_each_part_counts(void **) {
	struct packet p = client(PROTO_TCP, 0), q = back(p);
	struct flow_key a, b;

	assert_true(flow_key_from_packet(&a, &p)); // 10.0.0.9 is above 10.0.0.2
	assert_false(flow_key_from_packet(&b, &q));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(flow_key_hash(&a, 5), flow_key_hash(&b, 5));
	assert_true(flow_key_hash(&a, 5) != flow_key_hash(&a, 6));
	for (unsigned i = 0; i < 7; i++) {
		q = p;
		switch (i) {
		case 0:
			q.src.b[15] ^= 1;
			break;
		case 1:
			q.dst.b[3] ^= 1;
			break;
		case 2:
			q.sport ^= 1;
			break;
		case 3:
			q.dport ^= 1;
			break;
		case 4:
			q.vlan = 7;
			break;
		case 5:
			q.tunnel_id = 7;
			break;
		case 6:
			q.proto = PROTO_UDP;
			break;
		}
		flow_key_from_packet(&b, &q);
		assert_memory_not_equal(&a, &b, sizeof(a));
		assert_true(flow_key_hash(&a, 5) != flow_key_hash(&b, 5));
	}
	p.marks = PACKET_FRAGMENT_LATER;
	flow_key_from_packet(&a, &p);
	assert_int_equal(a.lo_port | a.hi_port, 0);
}

// All 2^16 low values of the hash of a lattice of keys: no bucket far from its share.
static void hashes_of_similar_keys_spread(void **) {
	enum { BINS = 1 << 12, KEYS = 1 << 18 };
	uint32_t *low = calloc(BINS, sizeof(*low)), *high = calloc(BINS, sizeof(*high));
	double chi_low = 0, chi_high = 0;
	const double share = (double)KEYS / BINS;

	for (uint32_t i = 0; i < KEYS; i++) {
		struct packet p = client(PROTO_TCP, TCP_SYN);
		struct flow_key key;
		uint64_t h;

		p.src = nth(0x0a000000 + (i >> 6));
		p.sport = (uint16_t)(1024 + (i & 63));
		flow_key_from_packet(&key, &p);
		h = flow_key_hash(&key, 1);
		low[h % BINS]++;
		high[h >> 52]++;
	}
	for (uint32_t i = 0; i < BINS; i++) {
		chi_low += (low[i] - share) * (low[i] - share) / share;
		chi_high += (high[i] - share) * (high[i] - share) / share;
	}
	// Chi squared of 4095 degrees: mean 4095, deviation 90; six deviations.
	assert_true(chi_low < 4095 + 6 * 90.5);
	assert_true(chi_high < 4095 + 6 * 90.5);
	free(low);
	free(high);
}

static void timeouts_end_flows_by_their_state(void **) {
	static const struct {
		const char *what;
		const char *script[4];
		uint64_t lives_ns, over_ns;
	} cases[] = {
		{"never answered", {"c S"}, 9 * S, 11 * S},
		{"established", {"c S", "s SA", "c A"}, 59 * S, 61 * S},
		{"closed", {"c S", "s RA"}, 1 * S, 3 * S},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ended ended = {0};
		struct flow_table *t = table_new(1024, &ended);
		struct flow_verdict v;

		print_message("  %s\n", cases[i].what);
		for (size_t k = 0; k < 4 && cases[i].script[k] != NULL; k++) {
			struct packet p = client(PROTO_TCP, flags_of(&cases[i].script[k][2]));

			if (cases[i].script[k][0] == 's')
				p = back(p);
			enter(t, &p, &v);
		}
		flow_table_expire(t, cases[i].lives_ns, flow_table_buckets(t));
		assert_int_equal(ended.count, 0);
		assert_int_equal(flow_table_used(t), 1);
		flow_table_expire(t, cases[i].over_ns, flow_table_buckets(t));
		assert_int_equal(ended.count, 1);
		assert_int_equal(flow_table_used(t), 0);
		assert_int_equal(flow_table_events(t)->expired, 1);
		free(t);
	}
}

static void a_late_packet_begins_a_new_flow_though_no_sweep_came_by(void **) {
	struct ended ended = {0};
	struct flow_table *t = table_new(1024, &ended);
	struct packet p = client(PROTO_UDP, 0);
	struct flow_verdict v;

	p.ts_ns = S;
	enter(t, &p, &v);
	p.ts_ns = S + 10 * S;
	enter(t, &p, &v);
	assert_false(v.first); // exactly the time-out: still the same
	p.ts_ns += 10 * S + 1;
	enter(t, &p, &v);
	assert_true(v.first);
	assert_int_equal(ended.count, 1);
	assert_int_equal(ended.packets, 2);
	free(t);
}

static void a_sweep_in_parts_sees_every_bucket_once(void **) {
	struct ended ended = {0};
	struct flow_table *t = table_new(4096, &ended);
	struct flow_verdict v;

	for (uint32_t i = 0; i < 2000; i++) {
		struct packet p = client(PROTO_UDP, 0);

		p.src = nth(i);
		enter(t, &p, &v);
	}
	for (uint32_t left = flow_table_buckets(t); left > 0;) {
		const uint32_t part = left < 37 ? left : 37;

		flow_table_expire(t, 20 * S, part);
		left -= part;
	}
	assert_int_equal(flow_table_used(t), 0);
	assert_int_equal(ended.count, flow_table_events(t)->made);
	free(t);
}

static void establish(struct flow_table *t, uint32_t n, uint64_t now_ns, bool v6) {
	static const uint8_t script[] = {TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK};
	struct flow_verdict v;

	for (unsigned i = 0; i < ARRAY_LEN(script); i++) {
		struct packet p = client(PROTO_TCP, script[i]);

		p.src = nth(0xc0000000 + n);
		if (v6)
			p.src.b[0] = 0x20;
		p.tcp_seq = i == 0 ? 9 : 10;
		p.tcp_ack = i == 0 ? 0 : 10;
		if (i == 1) {
			p = back(p);
			p.tcp_seq = 9;
		}
		p.ts_ns = now_ns;
		assert_non_null(enter(t, &p, &v));
	}
	assert_true(v.established_now);
}

// The overload rule that everything else rests on: a flood of new flows pushes out none that is
// established, whatever it is made of.
static void established_flows_survive_a_flood(void **) {
	enum { KEPT = 100000, FLOOD = 3000000 };
	struct flow_table *t = table_new(1 << 20, NULL);
	uint64_t now_ns = S, random = 88172645463325252ull;
	struct flow_verdict v;

	for (uint32_t i = 0; i < KEPT; i++)
		establish(t, i, now_ns, i % 2);
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct packet p = client(i % 4 == 3 ? PROTO_UDP : PROTO_TCP, TCP_SYN);

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		p.src = nth((uint32_t)random & 0x7fffffff);
		p.sport = (uint16_t)(random >> 32);
		p.ts_ns = now_ns += 1000;
		enter(t, &p, &v); // may be refused, must not push out
	}
	for (uint32_t i = 0; i < KEPT; i++) {
		struct packet p = client(PROTO_TCP, TCP_ACK);

		p.src = nth(0xc0000000 + i);
		if (i % 2)
			p.src.b[0] = 0x20;
		p.ts_ns = now_ns;
		enter(t, &p, &v);
		assert_false(v.first);
		assert_false(v.stray);
	}
	assert_true(flow_table_events(t)->evicted_single > FLOOD / 2);
	free(t);
}

static void a_bucket_of_established_flows_refuses_and_counts(void **) {
	struct flow_table *t = table_new(1024, NULL);
	struct flow_verdict v;
	uint32_t refused = 0;

	for (uint32_t i = 0; flow_table_used(t) < 1024 && i < 100000; i++) {
		struct packet p = client(PROTO_TCP, TCP_SYN);

		p.src = nth(0xc0000000 + i);
		p.ts_ns = S;
		if (enter(t, &p, &v) == NULL)
			refused++;
		else
			establish(t, i, S, false);
	}
	assert_int_equal(flow_table_used(t), 1024);
	assert_true(refused > 0);
	assert_int_equal(flow_table_events(t)->refused, refused);
	assert_int_equal(flow_table_events(t)->evicted_idle, 0);
	free(t);
}

static void half_answered_flows_give_way_to_established_ones(void **) {
	struct flow_table *t = table_new(1024, NULL);
	struct flow_verdict v;

	// A sender of forged queries gets one answer to each: no protection.
	for (uint32_t i = 0; i < 20000; i++) {
		struct packet p = client(PROTO_UDP, 0), q;

		p.src = nth(i);
		p.ts_ns = S;
		q = back(p);
		assert_non_null(enter(t, &p, &v));
		assert_non_null(enter(t, &q, &v));
	}
	assert_int_equal(flow_table_events(t)->refused, 0);
	assert_true(flow_table_events(t)->evicted_idle > 0);
	free(t);
}

static void rows_are_due_at_powers_of_four(void **) {
	struct flow_table *t = table_new(1024, NULL);
	uint32_t due = 0;

	for (uint32_t i = 1; i <= 5000; i++) {
		struct packet p = client(PROTO_UDP, 0);
		struct flow_verdict v;

		due += flow_row_is_due(flow_packets(enter(t, &p, &v)));
		assert_int_equal(
			flow_row_is_due(i),
			i == 4 || i == 16 || i == 64 || i == 256 || i == 1024 || i == 4096
		);
	}
	assert_int_equal(due, 6);
	free(t);
}

// The same by the definitions in feature.h, in floating point, for a flow of known packets.
static void features_are_what_their_definitions_say(void **) {
	static const struct {
		uint64_t at_ms;
		uint32_t bytes;
		bool reply;
		uint8_t flags, ttl;
	} packets[] = {
		{0, 60, false, TCP_SYN, 64},
		{10, 60, true, TCP_SYN | TCP_ACK, 50},
		{30, 52, false, TCP_ACK, 64},
		{40, 500, false, TCP_ACK | TCP_PSH, 62},
		{140, 1500, true, TCP_ACK, 50},
		{141, 52, false, TCP_ACK | TCP_FIN | TCP_URG, 64},
	};
	const double n = ARRAY_LEN(packets);
	double sum = 0, square = 0, gap_square = 0;
	struct flow_table *t = table_new(1024, NULL);
	float row[FLOW_FEATURE_N];
	struct flow_verdict v;
	struct flow *flow = NULL;

	for (size_t i = 0; i < ARRAY_LEN(packets); i++) {
		struct packet p = client(PROTO_TCP, packets[i].flags);
		const double gap
			= i > 0 ? (double)(packets[i].at_ms - packets[i - 1].at_ms) / 1e3 : 0;

		if (packets[i].reply)
			p = back(p);
		p.bytes = packets[i].bytes;
		p.payload_bytes = (uint16_t)(packets[i].bytes >= 500 ? packets[i].bytes - 52 : 0);
		p.ttl = packets[i].ttl;
		p.ts_ns = S + packets[i].at_ms * MS;
		flow = enter(t, &p, &v);
		sum += packets[i].bytes;
		square += (double)packets[i].bytes * packets[i].bytes;
		gap_square += gap * gap;
	}
	flow_features(flow, row);
	assert_near(row[FLOW_FEATURE_DURATION], 0.141, 1e-6);
	assert_near(row[FLOW_FEATURE_PACKETS], 6, 0);
	assert_near(row[FLOW_FEATURE_FWD_PACKETS], 4, 0);
	assert_near(row[FLOW_FEATURE_REV_PACKETS], 2, 0);
	assert_near(row[FLOW_FEATURE_FWD_BYTES], 664, 0);
	assert_near(row[FLOW_FEATURE_REV_BYTES], 1560, 0);
	assert_near(row[FLOW_FEATURE_FWD_PAYLOAD], 448, 0);
	assert_near(row[FLOW_FEATURE_REV_PAYLOAD], 1448, 0);
	assert_near(row[FLOW_FEATURE_PACKET_RATE], 6 / 0.141, 1e-4);
	assert_near(row[FLOW_FEATURE_BYTE_RATE], 2224 / 0.141, 1e-2);
	assert_near(row[FLOW_FEATURE_SIZE_MEAN], sum / n, 1e-3);
	assert_near(row[FLOW_FEATURE_SIZE_DEV], sqrt(square / n - sum / n * sum / n), 1e-3);
	assert_near(row[FLOW_FEATURE_SIZE_MIN], 52, 0);
	assert_near(row[FLOW_FEATURE_SIZE_MAX], 1500, 0);
	assert_near(row[FLOW_FEATURE_GAP_MEAN], 0.141 / 5, 1e-7);
	assert_near(row[FLOW_FEATURE_GAP_DEV], sqrt(gap_square / 5 - 0.141 / 5 * 0.141 / 5), 1e-7);
	assert_near(row[FLOW_FEATURE_GAP_MIN], 0.001, 1e-9);
	assert_near(row[FLOW_FEATURE_GAP_MAX], 0.1, 1e-7);
	assert_near(row[FLOW_FEATURE_SYN_SHARE], 2 / n, 1e-6);
	assert_near(row[FLOW_FEATURE_ACK_SHARE], 5 / n, 1e-6);
	assert_near(row[FLOW_FEATURE_PSH_SHARE], 1 / n, 1e-6);
	assert_near(row[FLOW_FEATURE_FIN_SHARE], 1 / n, 1e-6);
	assert_near(row[FLOW_FEATURE_URG_SHARE], 1 / n, 1e-6);
	assert_near(row[FLOW_FEATURE_RST_SHARE], 0, 0);
	assert_near(row[FLOW_FEATURE_TTL_MIN], 62, 0);
	assert_near(row[FLOW_FEATURE_TTL_RANGE], 2, 0);
	assert_near(row[FLOW_FEATURE_DOWN_UP], 1560 / 2224.0, 1e-6);
	assert_near(row[FLOW_FEATURE_IS_TCP], 1, 0);
	assert_near(row[FLOW_FEATURE_IS_UDP] + row[FLOW_FEATURE_IS_ICMP], 0, 0);
	assert_near(row[FLOW_FEATURE_LOW_PORT], 1, 0);
	free(t);
}

static void a_steady_stream_has_no_deviation(void **) {
	struct flow_table *t = table_new(1024, NULL);
	float row[FLOW_FEATURE_N];
	struct flow *flow = NULL;

	for (uint64_t i = 0; i < 100000; i++) {
		struct packet p = client(PROTO_UDP, 0);
		struct flow_verdict v;

		p.bytes = 1500;
		p.ts_ns = S + i * 20 * MS;
		flow = enter(t, &p, &v);
	}
	flow_features(flow, row);
	assert_near(row[FLOW_FEATURE_SIZE_DEV], 0, 0);
	assert_near(row[FLOW_FEATURE_GAP_DEV], 0, 0);
	assert_near(row[FLOW_FEATURE_GAP_MEAN], 0.02, 1e-9);
	free(t);
}

static void sequence_numbers_tell_what_was_sent_again_and_what_is_missing(void **) {
	static const struct {
		uint32_t seq;
		uint16_t payload;
	} segments[] = {
		{0xfffffff0, 0x20}, // wraps
		{0x10, 100},
		{0x10, 100}, // again
		{0x10 + 300, 100}, // beyond a gap
		{0x10 + 400, 0}, // an ACK counts as neither
	};
	struct flow_table *t = table_new(1024, NULL);
	float row[FLOW_FEATURE_N];
	struct flow *flow = NULL;

	for (size_t i = 0; i < ARRAY_LEN(segments); i++) {
		struct packet p = client(PROTO_TCP, TCP_ACK);
		struct flow_verdict v;

		p.tcp_seq = segments[i].seq;
		p.payload_bytes = segments[i].payload;
		p.tcp_window = i == 4 ? 0 : 100;
		flow = enter(t, &p, &v);
	}
	flow_features(flow, row);
	assert_near(row[FLOW_FEATURE_RETRANSMIT_SHARE], 1 / 5.0, 1e-6);
	assert_near(row[FLOW_FEATURE_OUT_OF_ORDER_SHARE], 1 / 5.0, 1e-6);
	assert_near(row[FLOW_FEATURE_ZERO_WINDOW_SHARE], 1 / 5.0, 1e-6);
	free(t);
}

static void entropy_is_of_the_first_payload_alone(void **) {
	static const struct {
		unsigned n, distinct;
		double bits;
	} cases[] = {{64, 1, 0}, {64, 2, 1}, {128, 128, 7}, {1000, 256, 7}, {3, 3, 1.5849625}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct flow_table *t = table_new(1024, NULL);
		uint8_t data[1100] = {0};
		float row[FLOW_FEATURE_N];
		struct packet p = client(PROTO_UDP, 0);
		struct flow_key key;
		struct flow_verdict v;
		const bool from_hi = flow_key_from_packet(&key, &p);
		struct flow *flow = flow_table_get(t, &key, flow_key_hash(&key, 1), 0, true);

		for (unsigned k = 0; k < cases[i].n; k++)
			data[42 + k] = (uint8_t)(k % cases[i].distinct);
		p.payload_offset = 42;
		p.payload_captured = (uint16_t)cases[i].n;
		flow_update(t, flow, &p, data, from_hi, 0, &v);
		memset(data, 1, sizeof(data));
		flow_update(t, flow, &p, data, from_hi, 0, &v);
		flow_features(flow, row);
		assert_near(row[FLOW_FEATURE_ENTROPY], cases[i].bits, 1e-5);
		free(t);
	}
}

// A conversation tells its hosts of several packets at once, and of each exactly once.
static void what_hosts_are_told_adds_up(void **) {
	struct flow_table *t = table_new(1024, NULL);
	uint64_t told[2] = {0}, bytes[2] = {0}, payload[2] = {0}, small[2] = {0};
	uint64_t sent[2] = {0}, sent_bytes[2] = {0}, sent_payload[2] = {0}, sent_small[2] = {0};
	uint32_t calls = 0, most = 0;

	for (uint32_t i = 0; i < 19999; i++) {
		struct packet p = client(PROTO_TCP, i == 0 ? TCP_SYN : TCP_ACK);
		const unsigned d = i % 3 == 1;
		struct flow_verdict v = {0};
		struct flow_key key;
		struct flow *flow;

		p.tcp_flags = i == 1 ? TCP_SYN | TCP_ACK
			: i == 19998 ? TCP_ACK | TCP_RST
				     : p.tcp_flags;
		p.payload_bytes = i % 5 == 4 ? 100 : 0;
		p.bytes = 60 + p.payload_bytes + i % 7;
		p.ts_ns = i * MS;
		p = d ? back(p) : p;
		sent[d]++;
		sent_bytes[d] += p.bytes;
		sent_payload[d] += p.payload_bytes;
		sent_small[d] += p.payload_bytes == 0;
		const bool from_hi = flow_key_from_packet(&key, &p);

		flow = flow_table_get(t, &key, flow_key_hash(&key, 1), p.ts_ns, true);
		if (!flow_update(t, flow, &p, NULL, from_hi, (uint16_t)(i / 100), &v))
			continue;
		calls++;
		assert_int_equal(v.from_initiator, !d);
		most = v.told_packets > most ? v.told_packets : most;
		told[d] += v.told_packets;
		bytes[d] += v.told_bytes;
		payload[d] += v.told_payload_bytes;
		small[d] += v.told_small;
	}
	print_message("  told %u times of %u packets, at most %u at once\n", calls, 19999, most);
	assert_int_equal(most, FLOW_TELL_PACKETS);
	assert_true(calls < 20000 / 8);
	for (unsigned d = 0; d < 2; d++) {
		assert_true(told[d] <= sent[d] && sent[d] - told[d] < FLOW_TELL_PACKETS);
		if (d == 0) { // the last packet, a RST, tells all
			assert_int_equal(told[d], sent[d]);
			assert_int_equal(bytes[d], sent_bytes[d]);
			assert_int_equal(payload[d], sent_payload[d]);
			assert_int_equal(small[d], sent_small[d]);
		}
	}
	flow_table_flush(t, 0);
	assert_int_equal(flow_table_events(t)->untold, sent[1] - told[1]);
	free(t);
}

// Of the rules, each alone: 16 in one tick; 4 in a later one; one after ten ticks.
static void a_slow_conversation_is_told_of_soon(void **) {
	struct flow_table *t = table_new(1024, NULL);
	static const struct {
		uint16_t tick;
		uint32_t told;
	} cases[]
		= {{0, 1},
		   {0, 0},
		   {1, 0},
		   {1, 0},
		   {2, 4},
		   {2, 0},
		   {12, 2},
		   {13, 0},
		   {14, 0},
		   {15, 0},
		   {15, 4}};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct packet p = client(PROTO_UDP, 0);
		struct flow_verdict v = {0};
		struct flow_key key;

		p.payload_bytes = 10;
		p.ts_ns = i;
		if (i == 0) { // the conversation begins
			struct packet q = p;

			enter(t, &q, &v);
			q = back(q);
			enter(t, &q, &v);
			v.told_packets = 1;
		} else {
			const bool from_hi = flow_key_from_packet(&key, &p);
			struct flow *flow
				= flow_table_get(t, &key, flow_key_hash(&key, 1), p.ts_ns, true);

			flow_update(t, flow, &p, NULL, from_hi, cases[i].tick, &v);
		}
		print_message("  packet %u in tick %u: %u\n", i, cases[i].tick, v.told_packets);
		assert_int_equal(v.told_packets, cases[i].told);
	}
	free(t);
}

// Two buckets a key: at five eighths of the capacity, all of it established, nothing is refused.
static void a_table_takes_five_eighths_of_its_capacity(void **) {
	struct flow_table *t = table_new(1 << 16, NULL);
	struct flow_verdict v;
	uint32_t found = 0;

	for (uint32_t i = 0; i < 5 << 13; i++) {
		struct packet p = client(PROTO_UDP, 0);

		p.src = nth(i);
		for (unsigned k = 0; k < 4; k++) {
			assert_non_null(enter(t, &p, &v));
			p = back(p);
		}
	}
	assert_int_equal(flow_table_used(t), 5 << 13);
	assert_int_equal(flow_table_events(t)->evicted_idle, 0);
	assert_int_equal(flow_table_events(t)->evicted_single, 0);
	for (unsigned sweep = 0; sweep < 3; sweep++) // what points to second buckets is rebuilt
		flow_table_expire(t, 1000, flow_table_buckets(t));
	for (uint32_t i = 0; i < 5 << 13; i++) {
		struct packet p = client(PROTO_UDP, 0);
		struct flow_key key;

		p.src = nth(i);
		flow_key_from_packet(&key, &p);
		found += flow_table_get(t, &key, flow_key_hash(&key, 1), 1000, false) != NULL;
	}
	assert_int_equal(found, 5 << 13);
	free(t);
}

// The examples of the specification's own baseline (community-id-spec/baseline).
static void community_ids_are_those_of_the_specification(void **) {
	static const struct {
		const char *src, *dst;
		uint16_t sport, dport;
		uint8_t proto;
		const char *id;
	} cases[] = {
		{"128.232.110.120",
		 "66.35.250.204",
		 34855,
		 80,
		 PROTO_TCP,
		 "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"192.168.1.52", "8.8.8.8", 54585, 53, PROTO_UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
	};
	char text[COMMUNITY_ID_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct packet p = client(cases[i].proto, 0), q;
		struct flow_key key;
		bool from_hi;

		p.src = ip(cases[i].src);
		p.dst = ip(cases[i].dst);
		p.sport = cases[i].sport;
		p.dport = cases[i].dport;
		from_hi = flow_key_from_packet(&key, &p);
		assert_string_equal(flow_community_id(&key, from_hi, 0, text), cases[i].id);
		q = back(p);
		flow_key_from_packet(&key, &q);
		assert_string_equal(flow_community_id(&key, from_hi, 0, text), cases[i].id);
	}
}

// What floods are made of has a way of its own: it must leave the same record and say the same.
static void a_syn_is_written_down_as_any_packet_is(void **) {
	struct flow_table *t = table_new(1024, NULL);
	uint64_t random = 0x9e3779b97f4a7c15ull;

	for (unsigned i = 0; i < 20000; i++) {
		struct packet p = client(PROTO_TCP, TCP_SYN);
		struct flow_verdict by_one, by_all;
		struct flow_key key;
		struct flow *flow, fresh, all;
		bool from_hi;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		p.src.d[3] = (uint32_t)(random >> 32);
		p.tcp_flags |= (uint8_t)(random >> 24) & (TCP_PSH | TCP_URG | 0xc0);
		p.ttl = (uint8_t)(random >> 16);
		p.bytes = i % 7 == 0 ? (uint32_t)(random >> 40) : (uint32_t)(random >> 54);
		p.tcp_window = i % 3 == 0 ? 0 : (uint16_t)random;
		p.tcp_seq = (uint32_t)(random >> 20);
		p.ts_ns = i * MS;
		from_hi = flow_key_from_packet(&key, &p);
		flow = flow_table_get(t, &key, flow_key_hash(&key, 1), p.ts_ns, true);
		assert_non_null(flow);
		if (!flow_opens_by_syn(flow, &p))
			fail_msg("packet %u is not taken for a SYN", i);
		fresh = *flow;
		assert_true(
			flow_account(t, flow, &p, NULL, from_hi, 7, flow_seen_of(t, flow), &by_all)
		);
		all = *flow;
		*flow = fresh;
		flow_account_syn(flow, &p, from_hi, 7, &by_one);
		assert_memory_equal(flow, &all, (size_t)FLOW_LINES_HOT * FLOW_LINE);
		assert_memory_equal(&by_one, &by_all, sizeof(by_one));
	}
	free(t);
}

static const uint8_t payload[2000] = {1, 2, 3};

static void is_the_same_both_ways(
	struct flow_table *t,
	struct flow *flow,
	const struct packet *p,
	bool from_hi,
	uint16_t tick
) {
	struct flow_verdict by_one = {0}, by_all = {0};
	const struct flow before = *flow;
	uint32_t *seen_at = flow_seen_of(t, flow);
	const uint32_t seen_before = *seen_at;
	const bool told_all = flow_account(t, flow, p, payload, from_hi, tick, seen_at, &by_all);
	const struct flow all = *flow;
	const uint32_t seen_all = *seen_at;

	*flow = before;
	*seen_at = seen_before;
	assert_int_equal(flow_account_steady(flow, p, from_hi, tick, seen_at, &by_one), told_all);
	assert_memory_equal(flow, &all, sizeof(all));
	assert_int_equal(*seen_at, seen_all);
	assert_memory_equal(&by_one, &by_all, sizeof(by_one));
	if (told_all)
		flow_fold(flow, &by_one);
}

// The middle of a conversation has a way of its own, too. Packets at random; those that it takes must do to
// the record what the long way does, and it must take most.
static void a_steady_packet_is_accounted_as_any_packet_is(void **) {
	static const char *const handshake[] = {"cS", "sSA", "cA", "cPA", "sPA"};

	for (unsigned udp = 0; udp < 2; udp++) {
		struct flow_table *t = table_new(1024, NULL);
		uint32_t seq[2] = {1000, 5000000}, steady = 0;
		uint64_t random = 0x9e3779b97f4a7c15ull + udp, now_ns = S;
		struct flow *flow = NULL;

		for (unsigned i = 0; i < 30000; i++) {
			const bool opening = i < sizeof(handshake) / sizeof(handshake[0]);
			const bool server = opening ? handshake[i][0] == 's' : random >> 63;
			const uint8_t flags = opening ? flags_of(&handshake[i][1])
				: random >> 40 & 7 ? (uint8_t)(TCP_ACK | (random >> 20 & TCP_PSH))
						   : (uint8_t)(random >> 24 & 0x30);
			struct packet p = client(udp ? PROTO_UDP : PROTO_TCP, udp ? 0 : flags);
			struct flow_verdict v;
			struct flow_key key;
			bool from_hi;

			random = random * 6364136223846793005ull + 1442695040888963407ull;
			now_ns += random >> 50;
			p.ts_ns = now_ns;
			p.payload_bytes = udp ? 1 + (random >> 44 & 1023) : random >> 44 & 15;
			p.payload_bytes *= !opening || udp;
			p.payload_captured = p.payload_bytes;
			p.bytes = 60 + p.payload_bytes;
			p.ttl = (uint8_t)(60 + (random >> 33 & 3));
			p.tcp_window = udp ? 0 : (uint16_t)(random >> 30 & 7);
			p.tcp_seq = udp ? 0 : seq[server] - (random >> 36 & 31 ? 0 : 3);
			p.tcp_ack = udp ? 0 : seq[!server];
			seq[server] += p.payload_bytes + ((flags & TCP_SYN) != 0);
			if (server)
				p = back(p);
			from_hi = flow_key_from_packet(&key, &p);
			if (flow == NULL || !flow_is_steady(flow, &p)) {
				flow = enter_data(t, &p, payload, &v);
				continue;
			}
			is_the_same_both_ways(t, flow, &p, from_hi, (uint16_t)(i / 40));
			steady++;
		}
		assert_in_range(steady, 20000, 29999);
		free(t);
	}
}

static void others_are_not_taken_for_a_syn(void **) {
	struct flow flow = {0};
	struct packet p = client(PROTO_TCP, TCP_SYN);

	assert_true(flow_opens_by_syn(&flow, &p));
	flow.n_packets = 1;
	assert_false(flow_opens_by_syn(&flow, &p));
	flow.n_packets = 0;
	p.payload_bytes = 1;
	assert_false(flow_opens_by_syn(&flow, &p));
	p = client(PROTO_UDP, TCP_SYN);
	assert_false(flow_opens_by_syn(&flow, &p));
	p = client(PROTO_TCP, TCP_SYN);
	p.marks |= PACKET_FRAGMENT_FIRST;
	assert_false(flow_opens_by_syn(&flow, &p));
	for (unsigned more = 0; more < 3; more++) {
		static const uint8_t flag[] = {TCP_ACK, TCP_FIN, TCP_RST};

		p = client(PROTO_TCP, TCP_SYN | flag[more]);
		assert_false(flow_opens_by_syn(&flow, &p));
	}
}

// Its lines behind the first two are written with the second packet; whoever asks before that is told the
// same as after.
static void a_flow_of_one_packet_can_be_read_though_half_of_it_is_not_written(void **) {
	struct flow_table *t = table_new(1024, NULL);
	struct packet p = client(PROTO_TCP, TCP_ACK | TCP_PSH);
	float row[FLOW_FEATURE_N];
	struct flow_verdict v;
	struct flow *flow;

	p.ts_ns = 5 * S;
	p.payload_bytes = 20;
	p.tcp_window = 0;
	flow = enter(t, &p, &v);
	memset(flow->packets, 0xee, sizeof(*flow) - (size_t)FLOW_LINES_HOT * FLOW_LINE);
	assert_int_equal(flow_packets(flow), 1);
	assert_int_equal(flow_bytes(flow), 60);
	assert_int_equal(flow_first_ns(flow), 5 * S);
	assert_int_equal(flow_row(flow), 0);
	assert_int_equal(flow_serial(flow), 0);
	assert_true(isnan(flow_score_of(flow)));
	flow_features(flow, row);
	assert_true(row[FLOW_FEATURE_PACKETS] == 1 && row[FLOW_FEATURE_FWD_PAYLOAD] == 20);
	assert_true(row[FLOW_FEATURE_ACK_SHARE] == 1 && row[FLOW_FEATURE_PSH_SHARE] == 1);
	assert_true(row[FLOW_FEATURE_ZERO_WINDOW_SHARE] == 1 && row[FLOW_FEATURE_SYN_SHARE] == 0);
	p.ts_ns = 6 * S;
	p.payload_bytes = 0;
	p.tcp_flags = TCP_ACK;
	p.tcp_window = 9;
	assert_ptr_equal(enter(t, &p, &v), flow);
	flow_features(flow, row);
	assert_int_equal(flow_first_ns(flow), 5 * S);
	assert_int_equal(flow_bytes(flow), 120);
	assert_int_not_equal(flow_serial(flow), 0);
	assert_true(row[FLOW_FEATURE_PACKETS] == 2 && row[FLOW_FEATURE_FWD_PAYLOAD] == 20);
	assert_true(row[FLOW_FEATURE_GAP_MEAN] == 1 && row[FLOW_FEATURE_GAP_MIN] == 1);
	assert_true(row[FLOW_FEATURE_PSH_SHARE] == 0.5f);
	assert_true(row[FLOW_FEATURE_ZERO_WINDOW_SHARE] == 0.5f);
	free(t);
}

// The squares of gaps are summed in 128 bits, though only 64 of them lie where every packet comes by.
static void squares_of_long_gaps_do_not_wrap(void **) {
	struct flow_table *t = table_new(1024, NULL);
	struct packet p = client(PROTO_UDP, 0), q;
	static const uint64_t gap_s[] = {1, 9, 5, 5, 9, 1, 1, 9};
	float row[FLOW_FEATURE_N];
	struct flow_verdict v;
	struct flow *flow = NULL;

	p.payload_bytes = 10;
	q = back(p);
	p.ts_ns = S;
	enter(t, &p, &v);
	for (unsigned i = 0; i < 8; i++) {
		struct packet *next = i % 2 == 0 ? &q : &p;

		p.ts_ns = q.ts_ns = p.ts_ns + gap_s[i] * S;
		flow = enter(t, next, &v);
	}
	flow_features(flow, row);
	// mean 5, deviations 4 4 0 0 4 4 4 4: sqrt(96 / 8)
	assert_float_equal(row[FLOW_FEATURE_GAP_MEAN], 5, 1e-6);
	assert_float_equal(row[FLOW_FEATURE_GAP_DEV], sqrt(12), 1e-6);
	free(t);
}

static void refuses_a_bad_configuration(void **) {
	struct flow_table_conf conf = {.idle_ns = 1, .single_ns = 1, .closed_ns = 1};
	struct flow_table *t = (struct flow_table *)&conf;
	void *memory = aligned_alloc(64, 1 << 20);

	assert_int_equal(flow_table_create(&t, &conf, memory, NULL, NULL), -EINVAL);
	conf.capacity = 1024;
	conf.idle_ns = 0;
	assert_int_equal(flow_table_create(&t, &conf, memory, NULL, NULL), -EINVAL);
	conf.idle_ns = 1;
	assert_int_equal(flow_table_create(&t, &conf, (uint8_t *)memory + 8, NULL, NULL), -EINVAL);
	assert_ptr_equal(t, &conf);
	free(memory);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_from_syn_to_close_has_no_stray_packet),
		cmocka_unit_test(a_refused_syn_is_not_answered_and_its_rst_is_not_stray),
		cmocka_unit_test(a_half_open_scan_has_no_stray_packet),
		cmocka_unit_test(each_packet_of_a_stray_flood_is_stray_though_the_target_resets),
		cmocka_unit_test(in_the_middle_a_flow_is_stray_until_the_other_side_is_seen),
		cmocka_unit_test(a_synack_without_its_syn_is_stray),
		cmocka_unit_test(one_way_a_syn_and_what_follows_in_sequence_is_no_stray),
		cmocka_unit_test(udp_is_stray_until_answered),
		cmocka_unit_test(nothing_sent_to_a_group_is_stray),
		cmocka_unit_test(an_echo_is_answered_by_its_reply_not_by_an_error),
		cmocka_unit_test(a_syn_on_a_closed_connection_begins_a_new_flow),
		cmocka_unit_test(a_blind_rst_does_not_close_an_established_flow),
		cmocka_unit_test(a_guessed_ack_does_not_establish),
		cmocka_unit_test(the_initiator_is_who_asked),
		cmocka_unit_test(both_directions_have_one_key_and_each_part_counts),
		cmocka_unit_test(hashes_of_similar_keys_spread),
		cmocka_unit_test(timeouts_end_flows_by_their_state),
		cmocka_unit_test(a_late_packet_begins_a_new_flow_though_no_sweep_came_by),
		cmocka_unit_test(a_sweep_in_parts_sees_every_bucket_once),
		cmocka_unit_test(established_flows_survive_a_flood),
		cmocka_unit_test(a_bucket_of_established_flows_refuses_and_counts),
		cmocka_unit_test(half_answered_flows_give_way_to_established_ones),
		cmocka_unit_test(rows_are_due_at_powers_of_four),
		cmocka_unit_test(features_are_what_their_definitions_say),
		cmocka_unit_test(a_steady_stream_has_no_deviation),
		cmocka_unit_test(sequence_numbers_tell_what_was_sent_again_and_what_is_missing),
		cmocka_unit_test(entropy_is_of_the_first_payload_alone),
		cmocka_unit_test(what_hosts_are_told_adds_up),
		cmocka_unit_test(a_slow_conversation_is_told_of_soon),
		cmocka_unit_test(a_table_takes_five_eighths_of_its_capacity),
		cmocka_unit_test(community_ids_are_those_of_the_specification),
		cmocka_unit_test(a_syn_is_written_down_as_any_packet_is),
		cmocka_unit_test(others_are_not_taken_for_a_syn),
		cmocka_unit_test(a_steady_packet_is_accounted_as_any_packet_is),
		cmocka_unit_test(a_flow_of_one_packet_can_be_read_though_half_of_it_is_not_written),
		cmocka_unit_test(squares_of_long_gaps_do_not_wrap),
		cmocka_unit_test(refuses_a_bad_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
