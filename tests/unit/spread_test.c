// Whose a packet is: the innermost flow decides, both ways alike, and evenly.
#include "flow/flow.h"
#include "inner.h"

#define WORKERS_MAX 8

static void the_innermost_flow_decides_both_ways_whatever_wraps_it(void **) {
	static const struct {
		const char *words;
		bool ip6;
	} cases[] = {
		{"eth ip4 tcp=2 pay=40", false},
		{"eth vlan=7 ip4 tcp=2 pay=40", false},
		{"eth qinq=9 vlan=7 ip4 tcp=2 pay=40", false},
		{"eth mpls=16 mpls=17 ip4 tcp=2 pay=40", false},
		{"eth pppoe=5 ip4 tcp=2 pay=40", false},
		{"eth ip4 gre=0,0 ip4 tcp=2 pay=40", false},
		{"eth ip4 gre=8192,77 ip4 tcp=2 pay=40", false},
		{"eth ip4 gre=4096,0 erspan2=100 eth ip4 tcp=2 pay=40", false},
		{"eth ip4 udp=4789 vxlan=1234 eth ip4 tcp=2 pay=40", false},
		{"eth ip4 udp=6081 geneve=55,2 eth ip4 tcp=2 pay=40", false},
		{"eth ip4 udp=2152 gtpu=9,2 ip4 tcp=2 pay=40", false},
		{"eth ip4 ip4 tcp=2 pay=40", false},
		{"eth ip6 ip4 tcp=2 pay=40", false},
		{"eth ip6 tcp=2 pay=40", true},
		{"eth vlan=7 ip6 tcp=2 pay=40", true},
		{"eth mpls=16 ip6 tcp=2 pay=40", true},
		{"eth pppoe=5 ip6 tcp=2 pay=40", true},
		{"eth ip6 udp=4789 vxlan=1234 eth ip6 tcp=2 pay=40", true},
		{"eth ip4 gre=0,0 ip6 tcp=2 pay=40", true},
		{"eth ip6 ip6 tcp=2 pay=40", true},
	};
	static struct inner bare[2], in;
	uint32_t state = 7;

	inner_make(&bare[0], cases[0].words, false);
	inner_make(&bare[1], "eth ip6 tcp=2 pay=40", true);
	for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
		print_message("  %s\n", cases[c].words);
		inner_make(&in, cases[c].words, cases[c].ip6);
		for (unsigned i = 0; i < 200; i++) {
			const struct ends e = ends_random(&state);
			const uint32_t plain = inner_hash(&bare[cases[c].ip6], &e, 0);

			assert_int_equal(inner_hash(&in, &e, 0), plain);
			assert_int_equal(inner_hash(&in, &e, 1), plain);
		}
	}
}

static void flows_spread_evenly_over_any_number_of_workers(void **) {
	static const unsigned counts[] = {2, 3, 5, 8};
	static struct inner in;

	for (unsigned ip6 = 0; ip6 < 2; ip6++)
		for (size_t c = 0; c < ARRAY_LEN(counts); c++) {
			unsigned n[WORKERS_MAX] = {0};
			struct ends e
				= {.addr = {{0x20, 1}, {0x20, 2}}, .port = {{0x80, 1}, {0x90, 1}}};

			inner_make(&in, ip6 ? "eth ip6 tcp=2" : "eth ip4 tcp=2", ip6);
			for (unsigned i = 0; i < 20000;
			     i++) { // neighbours, as scans and NAT make them
				e.port[0][1] = (uint8_t)i;
				e.addr[0][3] = (uint8_t)(i >> 8);
				n[spread_worker(inner_hash(&in, &e, 0), counts[c])]++;
			}
			for (unsigned k = 0; k < counts[c]; k++)
				assert_near(n[k], 20000.0 / counts[c], 20000.0 / counts[c] * 0.1);
		}
}

static void later_fragments_go_together_and_the_first_with_its_flow(void **) {
	static struct inner whole, first, later, last;
	uint32_t state = 3;

	inner_make(&whole, "eth ip4 tcp=2 pay=40", false);
	inner_make(&first, "eth ip4f=0,1 tcp=2 pay=40", false);
	inner_make(&later, "eth ip4f=64,1 put=0,64", false);
	inner_make(&last, "eth ip4f=128,0 put=1,64", false);
	for (unsigned i = 0; i < 200; i++) {
		const struct ends e = ends_random(&state);
		const struct ends other_ports = {.addr = {{0}}, .port = {{1, 2}, {3, 4}}};
		struct ends mixed = e;

		memcpy(mixed.port, other_ports.port, sizeof(mixed.port)); // payload, not ports
		assert_int_equal(inner_hash(&first, &e, 0), inner_hash(&whole, &e, 0));
		assert_int_equal(inner_hash(&later, &e, 0), inner_hash(&last, &e, 0));
		assert_int_equal(inner_hash(&later, &e, 0), inner_hash(&later, &mixed, 1));
	}
}

static void a_workers_flows_use_all_of_its_table(void **) {
	// Not the flow table's hash: the buckets of one worker would be crowded.
	static struct inner in;
	unsigned low_bits[8] = {0}, n = 0;
	uint32_t state = 11;

	inner_make(&in, "eth ip4 tcp=2 pay=40", false);
	for (unsigned i = 0; i < 32000; i++) {
		const struct ends e = ends_random(&state);
		struct flow_key key;
		struct packet p;
		const uint32_t hash = inner_hash(&in, &e, 0);
		const struct frame frame = {.data = in.made.b, .captured = in.made.n};

		packet_parse(&ethernet, &frame, &p);
		flow_key_from_packet(&key, &p);
		if (spread_worker(hash, 8) != 3)
			continue;
		low_bits[flow_key_hash(&key, 42) & 7]++;
		n++;
	}
	for (unsigned b = 0; b < 8; b++)
		assert_near(low_bits[b], n / 8.0, n / 8.0 * 0.2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_innermost_flow_decides_both_ways_whatever_wraps_it),
		cmocka_unit_test(flows_spread_evenly_over_any_number_of_workers),
		cmocka_unit_test(later_fragments_go_together_and_the_first_with_its_flow),
		cmocka_unit_test(a_workers_flows_use_all_of_its_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
