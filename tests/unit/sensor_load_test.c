// How busy a core is, and which flows make it so.
#include "sensor/big_flows.h"
#include "sensor/core_load.h"
#include "test.h"

#include <string.h>

static void time_belongs_to_what_began_it(void **) {
	struct core_counters told;
	struct core_shown shown = {0};
	struct core_load l;

	core_load_start(&l, 1000);
	core_load_mark(&l, 1500, false); // 500 idle before anything came
	core_load_burst(&l, 1600, 64); // 100 idle until the burst
	core_load_burst(&l, 1900, 32); // 300 on the first burst
	core_load_mark(&l, 2000, false); // 100 on the second
	core_load_mark(&l, 5000, false);
	assert_int_equal(l.cycles[0], 500 + 100 + 3000);
	assert_int_equal(l.cycles[1], 400);
	assert_int_equal(l.cycles[0] + l.cycles[1], 4000); // nothing is left out
	core_load_show(&shown, &l);
	core_load_read(&shown, 100, &told);
	assert_int_equal(told.core_packets, 96);
	assert_int_equal(told.core_bursts, 2);
	assert_int_equal(told.busy_us, 4);
	assert_int_equal(told.idle_us, 36);
	assert_int_equal(told.distributor_dropped, 0);
}

static struct flow_talker talker(uint64_t hash, uint64_t packets, uint64_t bytes) {
	return (struct flow_talker) {
		.hash = hash, .packets = packets, .bytes = bytes, .dport = (uint16_t)hash};
}

static void an_elephant_is_first_and_mice_are_not_told(void **) {
	static struct window w;
	struct big_flows b = {0};
	struct worker_second second;

	for (unsigned tick = 0; tick < 10; tick++) { // one second
		memset(&w, 0, sizeof(w));
		w.packets = 10000;
		w.bytes = 5000000;
		w.talkers[5] = talker(7, 8000, 512000); // most packets, few bytes
		w.talkers[9] = talker(8, 1000, 1500000); // most bytes
		for (unsigned i = 20; i < 60; i++)
			w.talkers[i] = talker(1000 + tick * 100 + i, 10, 700);
		big_flows_add(&b, &w);
	}
	big_flows_take(&b, &second);
	assert_int_equal(second.packets, 100000);
	assert_int_equal(second.bytes, 50000000);
	assert_int_equal(second.n_flows, 2);
	assert_int_equal(second.flow[0].dport, 7);
	assert_int_equal(second.flow[0].packets, 80000);
	assert_int_equal(second.flow[1].dport, 8);
	assert_int_equal(second.flow[1].bytes, 15000000);
	big_flows_take(&b, &second); // the next second begins empty
	assert_int_equal(second.packets, 0);
	assert_int_equal(second.n_flows, 0);
}

static void the_smallest_gives_way_when_there_are_many(void **) {
	static struct window w;
	struct big_flows b = {0};
	struct worker_second second;

	w.packets = 1000;
	for (unsigned i = 0; i < TOP_FLOWS; i++)
		w.talkers[i] = talker(1 + i, 20 + i, 100);
	big_flows_add(&b, &w);
	big_flows_take(&b, &second);
	assert_int_equal(second.n_flows, STATS_BIG_FLOWS_MAX);
	for (unsigned i = 0; i < STATS_BIG_FLOWS_MAX; i++)
		assert_int_equal(second.flow[i].packets, 20 + TOP_FLOWS - 1 - i);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_belongs_to_what_began_it),
		cmocka_unit_test(an_elephant_is_first_and_mice_are_not_told),
		cmocka_unit_test(the_smallest_gives_way_when_there_are_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
