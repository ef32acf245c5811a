// What follows from a configuration and a machine, without either being touched: cores, queues,
// the choice of a driver, EAL's arguments, the hash key, the clock, the log's limit.
#include "sensor/clock.h"
#include "sensor/cores.h"
#include "sensor/eal.h"
#include "sensor/log.h"
#include "sensor/meet.h"
#include "sensor/plan.h"
#include "sensor/rss.h"
#include "test.h"

#include <string.h>

static cpu_set_t cpus(unsigned n) {
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned i = 0; i < n; i++)
		CPU_SET(i, &set);
	return set;
}

static void cores_are_chosen_so_that_control_and_workers_do_not_meet(void **) {
	static const struct {
		const char *what;
		unsigned n_cpus, wanted;
		int control;
		uint32_t n_named;
		uint16_t named[4];
		const char *lcores;
		bool shared;
	} cases[] = {
		{"two CPUs", 2, 1, -1, 0, {0}, "0@0,1@1", false},
		{"two CPUs, four queues", 2, 4, -1, 0, {0}, "0@0,1@1", false},
		{"one CPU", 1, 1, -1, 0, {0}, "0@0,1@0", true},
		{"eight CPUs, four queues", 8, 4, -1, 0, {0}, "0@0,1@1,2@2,3@3,4@4", false},
		{"control named", 4, 3, 2, 0, {0}, "0@2,1@0,2@1,3@3", false},
		{"workers named, first CPU free", 4, 9, -1, 2, {2, 3}, "0@0,1@2,2@3", false},
		{"workers named on the first", 4, 9, -1, 2, {0, 1}, "0@2,1@0,2@1", false},
		{"more lcores than CPUs", 2, 9, -1, 3, {0, 1, 1}, "0@0,1@0,2@1,3@1", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf conf = {
			.control_core = cases[i].control,
			.workers = {.n = cases[i].n_named},
		};
		const cpu_set_t allowed = cpus(cases[i].n_cpus);
		char error[SENSOR_ERROR_MAX], text[LCORES_TEXT_MAX];
		struct cores c;

		print_message("  %s\n", cases[i].what);
		memcpy(conf.workers.cpu, cases[i].named, sizeof(cases[i].named));
		assert_int_equal(
			cores_choose(&c, &conf, &allowed, cases[i].wanted, false, error), 0
		);
		assert_string_equal(cores_text(&c, text), cases[i].lcores);
		assert_int_equal(c.shared, cases[i].shared);
	}
}

static void a_core_that_is_not_there_is_named(void **) {
	struct conf conf = {.path = "w.json", .control_core = -1, .workers = {.n = 1}};
	const cpu_set_t allowed = cpus(2);
	char error[SENSOR_ERROR_MAX];
	struct cores c;

	conf.workers.cpu[0] = 7;
	assert_int_equal(cores_choose(&c, &conf, &allowed, 1, false, error), SENSOR_RESOURCES);
	assert_non_null(strstr(error, "CPU 7"));
	conf = (struct conf) {.control_core = 9};
	assert_int_equal(cores_choose(&c, &conf, &allowed, 1, false, error), SENSOR_RESOURCES);
	assert_non_null(strstr(error, "cores.control"));
	conf = (struct conf) {.control_core = -1, .distributors = {.n = 1, .cpu = {5}}};
	assert_int_equal(cores_choose(&c, &conf, &allowed, 1, true, error), SENSOR_RESOURCES);
	assert_non_null(strstr(error, "cores.distributors: CPU 5"));
}

static void a_distributor_has_a_core_of_its_own_or_the_one_that_was_named(void **) {
	static const struct {
		const char *what;
		unsigned n_cpus;
		struct core_list workers, distributors;
		const char *lcores; // NULL: refused
		bool shared;
	} cases[] = {
		{"eight CPUs", 8, {0}, {0}, "0@0,1@2,2@3,3@4,4@5,5@6,6@7,7@1", false},
		{"four CPUs", 4, {0}, {0}, "0@0,1@2,2@3,3@1", false},
		{"three CPUs", 3, {0}, {0}, NULL, false},
		{"workers named", 4, {2, {2, 3}}, {0}, "0@0,1@2,2@3,3@1", false},
		{"workers named, none left", 2, {1, {1}}, {0}, NULL, false},
		{"two distributors", 6, {0}, {2, {4, 5}}, "0@0,1@1,2@2,3@3,4@4,5@5", false},
		{"all share two CPUs", 2, {2, {0, 1}}, {1, {0}}, "0@0,1@0,2@1,3@0", true},
		{"distributors named, none left", 2, {0}, {1, {1}}, NULL, false},
		{"control's and the only other", 3, {1, {1}}, {1, {2}}, "0@0,1@1,2@2", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct conf conf = {
			.path = "w.json",
			.control_core = -1,
			.workers = cases[i].workers,
			.distributors = cases[i].distributors,
		};
		const cpu_set_t allowed = cpus(cases[i].n_cpus);
		char error[SENSOR_ERROR_MAX], text[LCORES_TEXT_MAX];
		struct cores c;
		int ret;

		print_message("  %s\n", cases[i].what);
		ret = cores_choose(&c, &conf, &allowed, 1, true, error);
		assert_int_equal(ret, cases[i].lcores != NULL ? 0 : SENSOR_RESOURCES);
		if (cases[i].lcores == NULL) {
			assert_non_null(strstr(error, "cores.distribute"));
			continue;
		}
		assert_string_equal(cores_text(&c, text), cases[i].lcores);
		assert_int_equal(c.shared, cases[i].shared);
	}
}

static void distributing_helps_where_workers_would_have_no_queue(void **) {
	static const struct {
		const char *what;
		uint8_t distribute, kind;
		uint16_t queues;
		bool symmetric;
		uint32_t workers;
		unsigned cpus;
		bool file, is_on, noted;
	} cases[] = {
		{"one queue, two workers",
		 DISTRIBUTE_AUTO,
		 PORT_VDEV,
		 1,
		 false,
		 2,
		 4,
		 false,
		 true,
		 false},
		{"two of each", DISTRIBUTE_AUTO, PORT_VDEV, 2, false, 2, 4, false, false, false},
		{"nobody named workers",
		 DISTRIBUTE_AUTO,
		 PORT_VDEV,
		 1,
		 false,
		 0,
		 4,
		 false,
		 false,
		 false},
		{"no core is left", DISTRIBUTE_AUTO, PORT_VDEV, 1, false, 2, 3, false, false, true},
		{"an adapter makes queues",
		 DISTRIBUTE_AUTO,
		 PORT_PCI,
		 0,
		 false,
		 2,
		 4,
		 false,
		 false,
		 false},
		{"AF_XDP, asymmetric",
		 DISTRIBUTE_AUTO,
		 PORT_AF_XDP,
		 2,
		 false,
		 2,
		 4,
		 false,
		 true,
		 false},
		{"AF_XDP, symmetric",
		 DISTRIBUTE_AUTO,
		 PORT_AF_XDP,
		 2,
		 true,
		 2,
		 4,
		 false,
		 false,
		 false},
		{"off", DISTRIBUTE_OFF, PORT_VDEV, 1, false, 2, 4, false, false, false},
		{"on", DISTRIBUTE_ON, PORT_VDEV, 4, false, 2, 4, false, true, false},
		{"on, a file", DISTRIBUTE_ON, PORT_PCAP, 1, false, 2, 4, true, false, true},
	};
	static struct plan plan;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct conf conf = {
			.control_core = 0,
			.distribute = cases[i].distribute,
			.workers = {.n = cases[i].workers, .cpu = {1, 2}},
		};
		const cpu_set_t allowed = cpus(cases[i].cpus);

		print_message("  %s\n", cases[i].what);
		plan = (struct plan) {.conf = &conf, .n_ports = 1, .file = cases[i].file};
		plan.port[0].kind = cases[i].kind;
		plan.port[0].queues = cases[i].queues;
		plan.port[0].netif.symmetric_hash = cases[i].symmetric;
		plan_distribute(&plan, &allowed);
		assert_int_equal(plan.distribute, cases[i].is_on);
		assert_int_equal(plan.n_notes > 0, cases[i].noted);
		assert_int_equal(
			plan.distribute_why[0] != '\0',
			cases[i].is_on || (cases[i].noted && !cases[i].file)
		);
	}
}

static struct netif quiet_interface(void) {
	return (struct netif) {
		.name = "eth9",
		.index = 9,
		.ethernet = true,
		.up = true,
		.mtu = 1500,
		.rx_queues = 1,
		.combined_queues = 1,
	};
}

static void af_xdp_never_takes_an_interface_that_the_host_uses(void **) {
	struct netif n = quiet_interface();
	char text[256];

	assert_null(af_xdp_refusal(&n, false, text, sizeof(text)));
	n.default_route = true;
	assert_non_null(af_xdp_refusal(&n, false, text, sizeof(text)));
	assert_null(af_xdp_refusal(&n, true, text, sizeof(text)));
	n = quiet_interface();
	strcpy(n.address, "192.0.2.1");
	assert_non_null(strstr(af_xdp_refusal(&n, false, text, sizeof(text)), "192.0.2.1"));
	assert_null(af_xdp_refusal(&n, true, text, sizeof(text)));
}

static void af_xdp_is_refused_where_it_would_not_work_whatever_is_said(void **) {
	struct netif n = quiet_interface();
	char text[256];

	n.xdp_program = 17;
	assert_non_null(strstr(af_xdp_refusal(&n, true, text, sizeof(text)), "17"));
	n = quiet_interface();
	n.mtu = 9000;
	assert_non_null(strstr(af_xdp_refusal(&n, true, text, sizeof(text)), "9000"));
	n = quiet_interface();
	n.rx_queues = 4;
	assert_non_null(strstr(af_xdp_refusal(&n, true, text, sizeof(text)), "4 receive queues"));
	n = quiet_interface();
	n.ethernet = false;
	assert_non_null(af_xdp_refusal(&n, true, text, sizeof(text)));
}

static bool has_argument(const struct eal_args *a, const char *wanted) {
	for (int i = 0; i < a->n; i++)
		if (strcmp(a->arg[i], wanted) == 0)
			return true;
	return false;
}

static void eal_is_told_what_an_operator_never_types(void **) {
	static struct conf conf = {.sensor = "north 1", .n_eal_args = 1};
	static struct plan plan = {.conf = &conf, .n_ports = 1};
	static struct eal_args a;

	strcpy(conf.eal_arg[0], "--iova-mode=pa");
	plan.cores = (struct cores) {.control_cpu = 0, .n_workers = 1, .worker_cpu = {1}};
	plan.port[0].kind = PORT_AF_XDP;
	plan.memory = (struct memory_plan) {.huge = true};
	eal_args_make(&a, &plan);
	assert_true(has_argument(&a, "--file-prefix=weir-north_1"));
	assert_true(has_argument(&a, "--lcores=0@0,1@1"));
	assert_true(has_argument(&a, "--no-pci"));
	assert_true(has_argument(&a, "--in-memory"));
	assert_false(has_argument(&a, "--no-huge"));
	assert_string_equal(a.arg[a.n - 1], "--iova-mode=pa"); // theirs last
	assert_null(a.arg[a.n]);

	plan.port[0].kind = PORT_PCI;
	strcpy(plan.port[0].device, "0000:03:00.0");
	plan.memory = (struct memory_plan) {.huge = false, .need_bytes = 800u << 20};
	eal_args_make(&a, &plan);
	assert_true(has_argument(&a, "--allow=0000:03:00.0"));
	assert_false(has_argument(&a, "--no-pci"));
	assert_true(has_argument(&a, "--no-huge"));
	assert_false(has_argument(&a, "--in-memory")); // EAL refuses both
	assert_true(has_argument(&a, "900"));
}

static void the_hash_key_is_symmetric_and_the_usual_one_is_not(void **) {
	// The default key of Microsoft's RSS specification, "Verifying the RSS Hash Calculation".
	static const uint8_t usual[40] = {
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
		0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
		0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
	};
	// Its test vector: 66.9.149.187:2794 -> 161.142.100.80:1766
	static const uint8_t vector[12]
		= {66, 9, 149, 187, 161, 142, 100, 80, 0x0a, 0xea, 0x06, 0xe6};
	uint8_t key[52];

	assert_int_equal(rss_toeplitz(usual, 40, vector, 12), 0x51ccc178);
	assert_int_equal(rss_toeplitz(usual, 40, vector, 8), 0x323e8fc2);
	assert_false(rss_key_is_symmetric(usual, 40));
	rss_key_fill(key, 52);
	assert_true(rss_key_is_symmetric(key, 40));
	assert_true(rss_key_is_symmetric(key, 52));
	key[31] ^= 1;
	assert_false(rss_key_is_symmetric(key, 52));
}

static struct spread table_spread(uint32_t n, uint16_t queues) {
	struct spread s
		= {.by = SPREAD_TABLE, .symmetric = true, .queues = queues, .functions = 6, .n = n};

	for (uint32_t i = 0; i < n; i++)
		s.table[i] = (uint16_t)(i % queues);
	return s;
}

static void two_ports_meet_where_every_hash_has_the_same_worker(void **) {
	const struct spread one = {.by = SPREAD_NONE, .queues = 1};
	const struct spread kernel = {.by = SPREAD_KERNEL, .queues = 4};
	const struct spread kernel2 = {.by = SPREAD_KERNEL, .queues = 2};
	const struct spread unknown = {.by = SPREAD_UNKNOWN, .queues = 4};
	static struct spread a, b;

	assert_null(spread_differs(&one, &one, 4));
	assert_non_null(spread_differs(&one, &kernel, 4));
	assert_null(spread_differs(&one, &kernel, 1));
	assert_null(spread_differs(&kernel, &kernel, 4));
	assert_non_null(spread_differs(&kernel, &kernel2, 4));
	assert_non_null(spread_differs(&unknown, &unknown, 4));
	a = table_spread(128, 4);
	b = table_spread(512, 4);
	assert_null(spread_differs(&a, &b, 4)); // 4 divides both: 128 entries four times over
	a = table_spread(128, 3);
	b = table_spread(512, 3);
	assert_string_equal(spread_differs(&a, &b, 3), "their hash tables have different sizes");
	a = table_spread(128, 3);
	b = table_spread(128, 3);
	assert_null(spread_differs(&a, &b, 3));
	b.table[77] = 0;
	b.table[76] = 0;
	assert_string_equal(spread_differs(&a, &b, 3), "their hash tables differ");
	b = a;
	b.symmetric = false;
	assert_string_equal(spread_differs(&a, &b, 3), "the hash of one is not symmetric");
	b = a;
	b.functions = 2;
	assert_string_equal(spread_differs(&a, &b, 3), "they hash different parts of a packet");
	a = table_spread(64, 2);
	b = table_spread(192, 2); // not a power of two, but a multiple
	assert_null(spread_differs(&a, &b, 2));
	b = table_spread(128, 2);
	a = table_spread(192, 2);
	assert_non_null(spread_differs(&a, &b, 2));
}

static void the_clock_follows_without_a_jump(void **) {
	const uint64_t hz = 2600000000, s = 1000000000;
	uint64_t tsc = 1000, before, after, real = 100 * s;
	struct tsc_clock c;

	memset(&c, 0xff, sizeof(c)); // as a stack or a recycled page may be: an odd sequence
	clock_start(&c, hz, tsc, real);
	assert_near((double)(clock_at(&c, tsc + hz) - real), 1e9, 2);
	assert_int_equal(clock_at(&c, tsc - 500), real); // a read from before the base
	for (int i = 0; i < 120; i++) { // the host's clock runs 40 ppm faster, after a jump of 1 ms
		tsc += hz;
		real += s + 40000 + (i == 0 ? 1000000 : 0);
		before = clock_at(&c, tsc);
		clock_correct(&c, tsc, real);
		after = clock_at(&c, tsc);
		assert_int_equal(before, after);
		assert_true(clock_at(&c, tsc + 1000000) >= after);
	}
	// 40 ppm against a loop that settles over 16 s leaves 40 us x 16.
	assert_near((double)clock_at(&c, tsc) - (double)real, -40000.0 * CLOCK_SETTLE_S, 60000);
}

static void the_log_says_how_much_it_held_back(void **) {
	struct log_limit l = {0};
	uint64_t swallowed = 99;

	for (int i = 0; i < LOG_LINES_PER_S; i++)
		assert_true(log_limit_pass(&l, 5, &swallowed));
	assert_int_equal(swallowed, 0);
	for (int i = 0; i < 7; i++)
		assert_false(log_limit_pass(&l, 5, &swallowed));
	assert_true(log_limit_pass(&l, 6, &swallowed));
	assert_int_equal(swallowed, 7);
	assert_true(log_limit_pass(&l, 6, &swallowed));
	assert_int_equal(swallowed, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cores_are_chosen_so_that_control_and_workers_do_not_meet),
		cmocka_unit_test(a_core_that_is_not_there_is_named),
		cmocka_unit_test(a_distributor_has_a_core_of_its_own_or_the_one_that_was_named),
		cmocka_unit_test(distributing_helps_where_workers_would_have_no_queue),
		cmocka_unit_test(af_xdp_never_takes_an_interface_that_the_host_uses),
		cmocka_unit_test(af_xdp_is_refused_where_it_would_not_work_whatever_is_said),
		cmocka_unit_test(eal_is_told_what_an_operator_never_types),
		cmocka_unit_test(the_hash_key_is_symmetric_and_the_usual_one_is_not),
		cmocka_unit_test(two_ports_meet_where_every_hash_has_the_same_worker),
		cmocka_unit_test(the_clock_follows_without_a_jump),
		cmocka_unit_test(the_log_says_how_much_it_held_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
