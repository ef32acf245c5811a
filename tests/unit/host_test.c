// src/host: what a window counts, what it gives up, and what its sketches say.
#include "flow/flow.h"
#include "host/host.h"
#include "test.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct window *window_seeded(uint32_t records, uint64_t seed) {
	const struct window_conf conf = {records, records, records, seed};
	void *memory = zeroed(64, window_bytes(&conf));
	struct window *window = NULL;

	assert_non_null(memory);
	assert_int_equal(window_create(&window, &conf, memory), 0);
	window_reset(window, 0);
	return window;
}

static struct window *window_new(uint32_t records) {
	return window_seeded(records, 7);
}

static struct addr ip(const char *text) {
	struct addr a;

	assert_int_equal(addr_parse(&a, NULL, text), 0);
	return a;
}

static struct addr nth(uint32_t n) {
	const uint8_t b[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return addr_from_ip4(b);
}

static struct packet tcp(const char *src, const char *dst, uint8_t flags) {
	return (struct packet) {
		.src = ip(src),
		.dst = ip(dst),
		.sport = 40000,
		.dport = 80,
		.proto = PROTO_TCP,
		.tcp_flags = flags,
		.marks = PACKET_PORTS,
		.class = PACKET_FLOW,
		.ttl = 60,
		.bytes = 60,
	};
}

static const struct host_record *target(const struct window *w, const char *addr) {
	const struct addr a = ip(addr);
	const struct host_record *r = host_table_find(w->targets, &a);

	assert_non_null(r);
	return r;
}

static void counts_each_flag_set_as_its_name_says(void **) {
	static const struct {
		uint8_t flags;
		uint16_t payload;
		bool stray;
		unsigned counter; // HOST_COUNTER_N: none of the patterns
	} cases[] = {
		{TCP_SYN, 0, false, HOST_SYN},
		{TCP_SYN | TCP_ACK, 0, true, HOST_SYNACK},
		{TCP_SYN | TCP_ACK, 0, false, HOST_COUNTER_N},
		{TCP_ACK, 0, true, HOST_ACK},
		{TCP_ACK, 10, true, HOST_PSHACK},
		{TCP_ACK | TCP_PSH, 0, true, HOST_PSHACK},
		{TCP_ACK | TCP_PSH, 10, false, HOST_COUNTER_N},
		{TCP_FIN, 0, true, HOST_FIN},
		{TCP_FIN | TCP_ACK, 0, true, HOST_FIN},
		{TCP_FIN | TCP_ACK, 0, false, HOST_COUNTER_N},
		{TCP_RST, 0, true, HOST_RST},
		{TCP_RST | TCP_ACK, 0, true, HOST_RST},
		{TCP_RST | TCP_ACK, 0, false, HOST_COUNTER_N},
		{TCP_SYN | TCP_FIN, 0, false, HOST_SYNFIN},
		{TCP_SYN | TCP_FIN | TCP_ACK, 0, true, HOST_SYNFIN},
		{TCP_FIN | TCP_PSH | TCP_URG, 0, false, HOST_XMAS},
		{0, 0, true, HOST_NULL_FLAGS},
		{0, 0, false, HOST_NULL_FLAGS},
		{TCP_SYN | TCP_RST, 0, false, HOST_ODD_FLAGS},
		{TCP_FIN | TCP_RST, 0, false, HOST_ODD_FLAGS},
		{TCP_URG, 0, false, HOST_ODD_FLAGS},
		{TCP_PSH, 0, true, HOST_ODD_FLAGS},
	};
	static const unsigned patterns[] = {
		HOST_SYN,
		HOST_SYNACK,
		HOST_ACK,
		HOST_PSHACK,
		HOST_FIN,
		HOST_RST,
		HOST_SYNFIN,
		HOST_XMAS,
		HOST_NULL_FLAGS,
		HOST_ODD_FLAGS,
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct window *w = window_new(16);
		struct packet p = tcp("10.0.0.1", "10.0.0.2", cases[i].flags);
		const struct flow_verdict verdict = {.stray = cases[i].stray};

		print_message("  flags %#x stray %d\n", cases[i].flags, cases[i].stray);
		p.payload_bytes = cases[i].payload;
		window_add(w, &p, &verdict);
		for (size_t k = 0; k < ARRAY_LEN(patterns); k++)
			assert_int_equal(
				target(w, "10.0.0.2")->count[patterns[k]],
				patterns[k] == cases[i].counter
			);
		assert_int_equal(
			target(w, "10.0.0.2")->count[HOST_RST_ALL], (cases[i].flags & TCP_RST) != 0
		);
		free(w);
	}
}

static void without_a_flow_record_nothing_is_stray_but_a_syn_opens(void **) {
	struct window *w = window_new(16);
	struct packet p = tcp("10.0.0.1", "10.0.0.2", TCP_ACK);
	const struct host_record *r;

	window_add(w, &p, NULL);
	p.tcp_flags = TCP_SYN;
	window_add(w, &p, NULL);
	r = target(w, "10.0.0.2");
	assert_int_equal(r->count[HOST_PACKETS], 2);
	assert_int_equal(r->count[HOST_ACK], 0);
	assert_int_equal(r->count[HOST_SYN], 1);
	assert_int_equal(r->count[HOST_FLOWS_OPENED], 1);
	assert_near(hll_estimate(r->ports), 1, 0.1);
	free(w);
}

static void a_packet_is_counted_at_its_target_and_its_source(void **) {
	static const struct {
		const char *src, *dst;
	} cases[] = {
		{"192.0.2.1", "198.51.100.77"},
		{"2001:db8::1", "2001:db8:1:2::3"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct window *w = window_new(16);
		const struct packet p = tcp(cases[i].src, cases[i].dst, TCP_SYN);
		const struct addr src = ip(cases[i].src);

		window_add(w, &p, NULL);
		assert_int_equal(target(w, cases[i].dst)->prefix_len, UINT8_MAX);
		assert_true(addr_equal(&target(w, cases[i].dst)->top_peers[0].addr, &src));
		assert_non_null(host_table_find(w->sources, &src));
		assert_null(host_table_find(w->targets, &src));
		assert_int_equal(host_table_used(w->prefixes), 0);
		free(w);
	}
}

// Targets that stay fill the table; the network of the next one takes its packets.
static void a_packet_without_a_place_is_counted_at_its_prefix(void **) {
	static const struct {
		const char *busy, *dst, *prefix;
		uint8_t prefix_len;
	} cases[] = {
		{"198.51.100.1", "198.51.100.77", "198.51.100.0", 24},
		{"2001:db8:1::1", "2001:db8:1:2::3", "2001:db8:1::", 48},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct window *w = window_new(1); // one bucket
		struct packet p = tcp("192.0.2.1", cases[i].busy, TCP_SYN);
		const struct addr prefix = ip(cases[i].prefix);
		const struct host_record *net;

		for (unsigned k = 0; k < WINDOW_WAYS; k++, p.dst.b[15]++)
			for (unsigned n = 0; n < 3; n++)
				window_add(w, &p, NULL);
		assert_int_equal(w->refused, 0);
		p.dst = ip(cases[i].dst);
		window_add(w, &p, NULL);
		assert_int_equal(w->refused, 1);
		net = host_table_find(w->prefixes, &prefix);
		assert_non_null(net);
		assert_int_equal(net->prefix_len, cases[i].prefix_len);
		assert_int_equal(net->count[HOST_SYN], 1);
		free(w);
	}
}

static void an_answer_counts_at_the_host_that_was_asked(void **) {
	struct window *w = window_new(16);
	const struct packet p = tcp("10.0.0.2", "10.0.0.1", TCP_SYN | TCP_ACK);
	const struct flow_verdict verdict = {.answered_now = true};
	const struct addr client = ip("10.0.0.1");

	window_add(w, &p, &verdict);
	assert_int_equal(target(w, "10.0.0.2")->count[HOST_FLOWS_ANSWERED], 1);
	assert_int_equal(target(w, "10.0.0.2")->count[HOST_PACKETS], 0);
	assert_int_equal(target(w, "10.0.0.1")->count[HOST_FLOWS_ANSWERED], 0);
	assert_int_equal(host_table_find(w->sources, &client)->count[HOST_FLOWS_ANSWERED], 1);
	free(w);
}

static void errors_answers_and_discovery_open_nothing(void **) {
	static const struct {
		uint8_t proto, flags, type, marks;
		bool opens;
	} cases[] = {
		{PROTO_TCP, TCP_ACK, 0, PACKET_PORTS, true},
		{PROTO_TCP, TCP_RST, 0, PACKET_PORTS, false},
		{PROTO_ICMP, 0, 8, 0, true},
		{PROTO_ICMP, 0, 3, 0, false},
		{PROTO_ICMP6, 0, 128, 0, true},
		{PROTO_ICMP6, 0, 1, 0, false},
		{PROTO_ICMP6, 0, 135, 0, false},
		{PROTO_UDP, 0, 0, PACKET_FRAGMENT_LATER, false},
	};
	const struct flow_verdict verdict = {.first = true, .from_initiator = true, .stray = true};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct window *w = window_new(16);
		struct packet p = tcp("10.0.0.1", "10.0.0.2", cases[i].flags);

		p.proto = cases[i].proto;
		p.icmp_type = cases[i].type;
		p.marks = cases[i].marks;
		window_add(w, &p, &verdict);
		assert_int_equal(target(w, "10.0.0.2")->count[HOST_FLOWS_OPENED], cases[i].opens);
		assert_int_equal(
			target(w, "10.0.0.2")->count[HOST_ICMP_STRAY],
			cases[i].type == 8 || cases[i].type == 128
		);
		free(w);
	}
}

static void stray_udp_from_an_amplifier_is_named(void **) {
	static const struct {
		uint16_t sport;
		unsigned amplifier;
	} cases[] = {
		{53, AMP_DNS},
		{4500, AMP_ISAKMP},
		{500, AMP_ISAKMP},
		{11211, AMP_MEMCACHED},
		{0, AMP_N},
		{54, AMP_N},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct window *w = window_new(16);
		struct packet p = tcp("10.0.0.1", "10.0.0.2", 0);
		const struct flow_verdict stray = {.stray = true}, answer = {0};

		p.proto = PROTO_UDP;
		p.sport = cases[i].sport;
		p.bytes = 1000;
		window_add(w, &p, &stray);
		window_add(w, &p, &answer);
		for (unsigned a = 0; a < AMP_N; a++)
			assert_int_equal(
				target(w, "10.0.0.2")->amplified[a], a == cases[i].amplifier
			);
		assert_int_equal(
			target(w, "10.0.0.2")->amplified_bytes,
			cases[i].amplifier == AMP_N ? 0 : 1000
		);
		assert_int_equal(target(w, "10.0.0.2")->count[HOST_UDP_STRAY], 1);
		free(w);
	}
}

static uint64_t packets_in(const struct host_table *table) {
	const struct host_record *r;
	uint64_t sum = 0;
	uint32_t at = 0;

	while ((r = host_table_next(table, &at)) != NULL)
		sum += r->count[HOST_PACKETS];
	assert_int_equal(at, host_table_used(table));
	return sum;
}

static void forged_sources_do_not_push_out_busy_hosts_and_every_packet_is_accounted(void **) {
	struct window *w = window_new(64);
	struct packet p = tcp("10.0.0.1", "10.0.0.2", TCP_SYN);
	uint32_t at = 0;

	for (unsigned i = 0; i < 10; i++)
		window_add(w, &p, NULL);
	for (uint32_t i = 0; i < 100000; i++) {
		p.src = nth(i);
		p.dst = nth(i ^ 0x5555);
		window_add(w, &p, NULL);
	}
	assert_true(target(w, "10.0.0.2")->count[HOST_PACKETS] >= 10);
	assert_int_equal(w->packets, 100010);
	assert_true(w->refused > 0);
	assert_true(w->sources_refused > 0);
	assert_true(w->prefixes_refused > 0);
	assert_int_equal(packets_in(w->targets) + w->refused, w->packets);
	assert_int_equal(packets_in(w->sources) + w->sources_refused, w->packets);
	assert_int_equal(packets_in(w->prefixes) + w->prefixes_refused, w->refused);
	window_reset(w, 5);
	assert_int_equal(w->refused + w->sources_refused + w->prefixes_refused, 0);
	assert_int_equal(host_table_used(w->targets), 0);
	assert_null(host_table_next(w->targets, &at));
	assert_null(host_table_find(w->targets, &p.dst));
	free(w);
}

static void runs_are_entered_before_a_reader_looks(void **) {
	struct window *w = window_new(64);
	struct packet p = tcp("10.0.0.1", "10.0.0.2", TCP_SYN);
	const struct host_record *r;
	uint32_t at = 0;

	for (unsigned i = 0; i < 3; i++)
		window_add(w, &p, NULL);
	p.src = ip("10.0.0.9");
	p.dport = 81;
	window_add(w, &p, NULL);
	p.dport = 82;
	window_add(w, &p, NULL);
	r = host_table_next(w->targets, &at);
	assert_non_null(r);
	assert_int_equal(r->top_peers[0].count, 3);
	assert_int_equal(r->top_peers[1].count, 2);
	assert_near(hll_estimate(r->peers), 2, 0.2);
	assert_near(hll_estimate(r->open_peers), 2, 0.2);
	assert_near(hll_estimate(r->ports), 3, 0.3);
	free(w);
}

static double distinct_of(uint32_t n, uint64_t seed) {
	struct window *w = window_seeded(4, seed);
	struct packet p = tcp("10.0.0.1", "10.0.0.2", TCP_SYN);
	double estimate;

	for (uint32_t k = 0; k < n; k++) {
		p.src = nth(k);
		window_add(w, &p, NULL);
	}
	estimate = hll_estimate(target(w, "10.0.0.2")->peers);
	free(w);
	return estimate;
}

#define SEEDS 16

// One estimate has a standard error of 13 %, the mean of SEEDS a quarter of that.
static void distinct_counts_have_no_bias_at_any_size(void **) {
	static const uint32_t sizes[] = {1, 5, 20, 50, 100, 200, 400, 1000, 10000};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		double sum = 0;

		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			sum += distinct_of(sizes[i], seed);
		print_message("  %u: %.1f\n", sizes[i], sum / SEEDS);
		assert_near(sum / SEEDS / sizes[i], 1, 3 * 0.13 / 4);
	}
}

static void entropy_tells_one_peer_from_many(void **) {
	uint32_t bins[PEER_BINS] = {0};

	assert_near(peer_entropy(bins), 0, 0);
	bins[3] = 100;
	assert_near(peer_entropy(bins), 0, 1e-12);
	bins[4] = 100;
	assert_near(peer_entropy(bins), 0.2, 1e-12); // 1 bit of 5
	for (unsigned i = 0; i < PEER_BINS; i++)
		bins[i] = 7;
	assert_near(peer_entropy(bins), 1, 1e-12);
}

static void the_heaviest_peer_and_port_come_through(void **) {
	struct window *w = window_new(16);
	struct packet p = tcp("10.0.0.1", "10.0.0.2", TCP_ACK);
	const struct addr heavy = ip("10.0.0.1");
	const struct host_record *r;
	uint64_t best = 0;
	unsigned at = TOP_PEERS;

	for (uint32_t i = 0; i < 9000; i++) { // 40 % from one, 60 % to one port
		p.src = i % 5 < 2 ? heavy : nth(1000 + i);
		p.dport = i % 5 < 3 ? 443 : (uint16_t)(2000 + i);
		window_add(w, &p, NULL);
	}
	r = target(w, "10.0.0.2");
	for (unsigned i = 0; i < TOP_PEERS; i++) {
		if (r->top_peers[i].count > best) {
			best = r->top_peers[i].count;
			at = i;
		}
	}
	assert_true(at < TOP_PEERS && addr_equal(&r->top_peers[at].addr, &heavy));
	assert_true(best <= 3600 && best >= 3600 - 9000 / (TOP_PEERS + 1));
	assert_int_equal(r->top_port, 443);
	assert_true(r->top_port_count > 0 && r->top_port_count <= 5400);
	free(w);
}

static void merging_two_workers_equals_one_that_saw_all(void **) {
	struct window *all = window_new(16), *a = window_new(16), *b = window_new(16);
	struct host_record merged;
	const struct host_record *one;

	for (uint32_t i = 0; i < 5000; i++) {
		struct packet p = tcp("10.0.0.1", "10.0.0.2", i % 3 ? TCP_ACK : TCP_SYN);
		const struct flow_verdict verdict
			= {.stray = i % 2, .first = i % 7 == 0, .from_initiator = true};

		p.src = nth(i % 300);
		p.ttl = (uint8_t)(40 + i % 50);
		p.bytes = 60 + i % 900;
		p.ts_ns = 1000 + i;
		window_add(all, &p, &verdict);
		window_add(i % 300 < 150 ? a : b, &p, &verdict);
	}
	merged = *target(a, "10.0.0.2");
	host_record_merge(&merged, target(b, "10.0.0.2"));
	one = target(all, "10.0.0.2");
	assert_memory_equal(merged.count, one->count, sizeof(merged.count));
	assert_memory_equal(merged.peers, one->peers, sizeof(merged.peers));
	assert_memory_equal(merged.ports, one->ports, sizeof(merged.ports));
	assert_memory_equal(merged.open_peers, one->open_peers, sizeof(merged.open_peers));
	assert_memory_equal(merged.peer_bins, one->peer_bins, sizeof(merged.peer_bins));
	assert_int_equal(merged.bytes, one->bytes);
	assert_int_equal(merged.first_ns, one->first_ns);
	assert_int_equal(merged.ttl_classes, one->ttl_classes);
	free(all);
	free(a);
	free(b);
}

static void merged_top_peers_stay_lower_bounds(void **) {
	struct host_record into = {0}, from = {0};

	for (unsigned i = 0; i < TOP_PEERS; i++) {
		into.top_peers[i] = (struct top_peer) {nth(i), 100 + i};
		from.top_peers[i] = (struct top_peer) {nth(i + 3), 50 + i};
	}
	host_record_merge(&into, &from); // 3 is in both: 103 + 50, then 102, 101, 100, and 53
	assert_int_equal(into.top_peers[0].count, 153 - 53);
	assert_int_equal(into.top_peers[1].count, 102 - 53);
	assert_int_equal(into.top_peers[3].count, 100 - 53);
}

static void counters_saturate(void **) {
	struct host_record into = {0}, from = {0};

	into.count[HOST_PACKETS] = UINT32_MAX - 1;
	from.count[HOST_PACKETS] = 5;
	host_record_merge(&into, &from);
	assert_int_equal(into.count[HOST_PACKETS], UINT32_MAX);
}

static void a_heavy_flow_keeps_its_slot_among_small_ones(void **) {
	struct window *w = window_new(4);
	const struct flow_talker heavy = {.bytes = 1500, .packets = 1, .src = ip("10.0.0.1")};
	const struct flow_talker light = {.bytes = 60, .packets = 1, .src = ip("10.0.0.2")};
	const uint64_t slot = 5ull << 32;

	for (uint32_t i = 0; i < 1000; i++) {
		window_add_talker(w, slot | 2, &heavy);
		window_add_talker(w, slot | (i + 2) * 2, &light); // another flow each time
	}
	assert_true(addr_equal(&w->talkers[5].src, &heavy.src));
	assert_true(w->talkers[5].bytes > 1000 * 1400 && w->talkers[5].bytes <= 1000 * 1500);
	free(w);
}

static void marks_count_at_both_ends(void **) {
	struct window *w = window_new(16);
	const struct addr a = ip("10.0.0.1"), b = ip("10.0.0.2");

	window_mark_strange(w, &b, &a);
	assert_int_equal(host_table_find(w->targets, &b)->strange_flows, 1);
	assert_int_equal(host_table_find(w->sources, &a)->strange_flows, 1);
	free(w);
}

static void refuses_a_configuration_without_records(void **) {
	const struct window_conf conf = {0, 16, 16, 0};
	struct window *w = (struct window *)&conf;
	alignas(64) uint8_t memory[64];

	assert_int_equal(window_create(&w, &conf, memory), -EINVAL);
	assert_ptr_equal(w, &conf);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_flag_set_as_its_name_says),
		cmocka_unit_test(without_a_flow_record_nothing_is_stray_but_a_syn_opens),
		cmocka_unit_test(a_packet_is_counted_at_its_target_and_its_source),
		cmocka_unit_test(a_packet_without_a_place_is_counted_at_its_prefix),
		cmocka_unit_test(an_answer_counts_at_the_host_that_was_asked),
		cmocka_unit_test(errors_answers_and_discovery_open_nothing),
		cmocka_unit_test(stray_udp_from_an_amplifier_is_named),
		cmocka_unit_test(
			forged_sources_do_not_push_out_busy_hosts_and_every_packet_is_accounted
		),
		cmocka_unit_test(runs_are_entered_before_a_reader_looks),
		cmocka_unit_test(distinct_counts_have_no_bias_at_any_size),
		cmocka_unit_test(entropy_tells_one_peer_from_many),
		cmocka_unit_test(the_heaviest_peer_and_port_come_through),
		cmocka_unit_test(merging_two_workers_equals_one_that_saw_all),
		cmocka_unit_test(merged_top_peers_stay_lower_bounds),
		cmocka_unit_test(counters_saturate),
		cmocka_unit_test(a_heavy_flow_keeps_its_slot_among_small_ones),
		cmocka_unit_test(marks_count_at_both_ends),
		cmocka_unit_test(refuses_a_configuration_without_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
