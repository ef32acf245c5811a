// The worker's path asks the kernel for nothing and allocates nothing once it runs: src/sensor/worker.c
// itself, over a port in memory, through all that traffic and control can do to it.
//
//     path_quiet [--provoke | --model FILE]     WEIR_ISA chooses the instructions; exit code 77: cannot run here
//
// --model scores flows with another than the shipped model. --provoke makes the worker call getpid() and
// malloc(), and fails unless both are found.
//
// The one call that a worker may make is left out by its own setting: idle and adaptive, it sleeps
// (idle_sleep_us, src/sensor/idle.h).
#include "config/models.h"
#include "contract/isa.h"
#include "sensor/clock.h"
#include "sensor/worker.h"
#include "traffic.h"
#include "watch.h"

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull
#define SKIPPED 77
#define SEED 5u
#define MBUFS 4095u
#define MEMORY_ALIGN 4096u
#define CONTROL_TURN_US 2000u
#define CAPACITY 8192u
#define FLOWS 3000u
#define FLOWS_CROWD 12000u // more than the table has records
#define ENDED_MAX_MS 20000u

// What comes, for how long, and whether control looks after its windows meanwhile.
static const struct phase {
	const char *name;
	uint32_t ms;
	uint16_t forged_per_mille, odd_per_mille;
	bool silent, control_sleeps, watched, other_model, crowd;
} phases[] = {
	{"warm-up", 300, 50, 50, .watched = false},
	{"silence", 300, .silent = true},
	{"all kinds", 500, 100, 100, .watched = true},
	{"forged flood", 400, 950, 0, .watched = true},
	{"established alone", 300, 0, 0, .watched = true},
	{"more flows than records", 400, 20, 20, .watched = true, .crowd = true},
	{"slow control", 800, 300, 20, .watched = true, .control_sleeps = true},
	{"another model", 300, 20, 20, .watched = true, .other_model = true},
	{"silence: expiry", 700, .silent = true, .watched = true},
	{"all kinds again", 300, 100, 100, .watched = true},
};
#define PHASES (sizeof(phases) / sizeof(phases[0]))

static struct {
	struct conf *settings;
	struct models models;
	const char *flow_model; // a file, or NULL: the shipped one
	struct tsc_clock clock;
	struct worker worker;
	struct traffic traffic;
	bool provoke;
	// Control stores, the worker loads.
	_Atomic unsigned phase;
	// The worker stores.
	_Atomic bool ended;
	_Atomic int refused; // the kernel's errno
} rig;

// At once: the worker does not end by itself. DPDK would leave an empty folder behind.
static void leave(int code) {
	fflush(stdout);
	rmdir(rte_eal_get_runtime_dir());
	_exit(code);
}

static void fail(const char *what) {
	printf("FAILED: %s\n", what);
	leave(1);
}

static void skip(const char *what, int err) {
	printf("SKIP: %s: %s\n", what, strerror(err));
	leave(SKIPPED);
}

static void provoke(void) {
	void *kept;

	syscall(SYS_getpid);
	kept = malloc(100);
	__asm__ volatile("" : : "r"(kept)); // else the compiler leaves it out
}

static void enter_phase(const struct phase *now) {
	static unsigned provoked;

	rig.traffic.conf.forged_per_mille = now->forged_per_mille;
	rig.traffic.conf.odd_per_mille = now->odd_per_mille;
	rig.traffic.conf.flows = now->crowd ? FLOWS_CROWD : FLOWS;
	if (!now->watched)
		return;
	if (!watch_is_on()) {
		const int ret = watch_this_thread();

		atomic_store(&rig.refused, -ret);
	}
	if (rig.provoke && watch_is_on() && provoked++ == 0)
		provoke();
}

// The port's receive callback, part of rte_eth_rx_burst(): net_null's empty mbufs become packets.
static uint16_t feed(uint16_t, uint16_t, struct rte_mbuf *m[], uint16_t n, uint16_t, void *) {
	const struct phase *now = &phases[atomic_load_explicit(&rig.phase, memory_order_acquire)];
	static const struct phase *last;

	if (now != last)
		enter_phase(now);
	last = now;
	if (now->silent) {
		rte_pktmbuf_free_bulk(m, n);
		return 0;
	}
	for (uint16_t i = 0; i < n; i++) {
		const uint32_t bytes
			= traffic_next(&rig.traffic, rte_pktmbuf_mtod(m[i], uint8_t *));

		m[i]->data_len = (uint16_t)bytes;
		m[i]->pkt_len = bytes;
	}
	return n;
}

static void start_dpdk(void) {
	static char args[][40]
		= {"path_quiet",
		   "--no-huge",
		   "--no-shconf",
		   "--no-pci",
		   "--no-telemetry",
		   "--iova-mode=va",
		   "--log-level=error",
		   "-m",
		   "64",
		   "--lcores=0",
		   "--vdev=net_null0,size=64,copy=0",
		   ""};
	char *argv[sizeof(args) / sizeof(args[0]) + 1] = {NULL};
	const int n = sizeof(args) / sizeof(args[0]);

	snprintf(args[n - 1], sizeof(args[0]), "--file-prefix=weir-quiet-%d", (int)getpid());
	for (int i = 0; i < n; i++)
		argv[i] = args[i];
	if (rte_eal_init(n, argv) < 0)
		fail("DPDK did not start");
}

static uint16_t open_port(void) {
	const struct rte_eth_conf conf = {0};
	struct rte_mempool *pool
		= rte_pktmbuf_pool_create("quiet", MBUFS, 256, 0, 2048 + 128, SOCKET_ID_ANY);
	uint16_t port = 0;

	if (pool == NULL || rte_eth_dev_get_port_by_name("net_null0", &port) != 0
	    || rte_eth_dev_configure(port, 1, 1, &conf) != 0
	    || rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL, pool) != 0
	    || rte_eth_tx_queue_setup(port, 0, 512, SOCKET_ID_ANY, NULL) != 0
	    || rte_eth_add_rx_callback(port, 0, feed, NULL) == NULL || rte_eth_dev_start(port) != 0)
		fail("the port in memory (net_null) cannot be opened");
	return port;
}

// Another than the shipped one, where a file was named.
static void flow_model_choose(void) {
	char error[MODEL_ERROR_MAX];
	struct model *other;

	if (rig.flow_model == NULL)
		return;
	if (model_load(&other, rig.flow_model, error) < 0)
		fail(error);
	model_destroy(rig.models.flow);
	rig.models.flow = other;
}

// Small tables and short times: all of them are filled, and all time-outs met, in seconds.
static void make_pipeline(enum isa isa) {
	char error[CONFIG_ERROR_MAX + MODELS_ERROR_MAX];
	struct pipeline_conf pc;
	void *memory;
	size_t bytes;

	if (config_load(&rig.settings, NULL, error) < 0
	    || models_load(&rig.models, rig.settings, error) < 0)
		fail(error);
	pc = rig.settings->pipeline;
	pc.flow.capacity = CAPACITY;
	pc.flow.idle_ns = 300 * MS;
	pc.flow.single_ns = 150 * MS;
	pc.flow.closed_ns = 100 * MS;
	pc.window.targets = pc.window.sources = 512;
	pc.window.prefixes = 64;
	pc.finding_score = 0; // every row is a finding
	pc.isa = isa;
	bytes = (pipeline_bytes(&pc) + MEMORY_ALIGN - 1) / MEMORY_ALIGN * MEMORY_ALIGN;
	memory = aligned_alloc(MEMORY_ALIGN, bytes);
	if (memory == NULL)
		fail("no memory");
	memset(memory, 0, bytes);
	if (pipeline_create(&rig.worker.pipeline, &pc, memory) < 0)
		fail("the pipeline refuses its settings");
	flow_model_choose();
	pipeline_models_set(rig.worker.pipeline, rig.models.flow, 1);
	rig.worker.tick_ns = pc.tick_ns;
}

static void make_worker(enum isa isa) {
	const struct traffic_conf traffic = {
		.flows = FLOWS_CROWD,
		.life_packets = 90,
		.ip6_per_mille = 400,
		.udp_per_mille = 200,
	};
	struct timespec t;

	make_pipeline(isa);
	traffic_make(&rig.traffic, &traffic, SEED);
	clock_gettime(CLOCK_REALTIME, &t);
	clock_start(
		&rig.clock,
		rte_get_tsc_hz(),
		rte_rdtsc(),
		(uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec
	);
	rig.worker.clock = &rig.clock;
	rig.worker.queue[rig.worker.n_queues++] = (struct worker_queue) {open_port(), 0};
}

// A watched thread cannot end: that is a system call. The program's end takes it along.
static void *work(void *) {
	if (rte_thread_register()
	    < 0) // a number, and with it a cache of mbufs, as the sensor's have
		fail("DPDK does not know the worker's thread");
	worker_run(&rig.worker);
	atomic_store(&rig.ended, true);
	for (;;)
		rte_pause();
	return NULL;
}

static void control_turn(void) {
	struct worker_counters counters;
	struct finding finding;
	struct window *w;

	while ((w = pipeline_window_take(rig.worker.pipeline)) != NULL)
		pipeline_window_give(rig.worker.pipeline, w);
	while (pipeline_finding_take(rig.worker.pipeline, &finding)) {}
	pipeline_counters(rig.worker.pipeline, &counters);
	usleep(CONTROL_TURN_US);
}

static uint64_t now_ms(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / MS;
}

static void play(unsigned i) {
	const struct phase *now = &phases[i];
	const uint64_t end_ms = now_ms() + now->ms;

	if (now->other_model) // of the same features
		pipeline_models_set(rig.worker.pipeline, rig.models.flow, i + 1);
	atomic_store_explicit(&rig.phase, i, memory_order_release);
	while (now_ms() < end_ms)
		if (now->control_sleeps)
			usleep(CONTROL_TURN_US);
		else
			control_turn();
	if (atomic_load(&rig.refused) != 0)
		skip("this kernel does not let a thread filter its system calls",
		     atomic_load(&rig.refused));
	if (now->other_model && pipeline_models_seen(rig.worker.pipeline) != i + 1)
		fail("the worker did not take the other model");
}

static void stop(void) {
	const uint64_t end_ms = now_ms() + ENDED_MAX_MS;

	// Silent first: the last thing that a worker does is to empty its queues.
	atomic_store(&rig.worker.stop, true);
	while (!atomic_load(&rig.ended)) {
		control_turn();
		if (now_ms() > end_ms)
			fail("the worker does not end");
	}
}

// All that the traffic was meant to do to the worker has happened.
static void check_happened(void) {
	struct worker_counters c;
	unsigned missing = 0;

	pipeline_counters(rig.worker.pipeline, &c);
	const struct {
		const char *what;
		uint64_t n;
	} happened[] = {
		{"flows made", c.flows_new},
		{"flows expired", c.flows_expired},
		{"one-packet flows evicted", c.flows_evicted_single},
		{"flows refused", c.flows_refused},
		{"packets of hosts alone", c.host_only},
		{"rows scored", c.scores},
		{"rows dropped under load", c.scores_dropped},
		{"findings", c.findings},
		{"findings beyond a tick's limit", c.findings_limited},
		{"windows", c.windows},
		{"windows merged: control was late", c.windows_merged},
		{"targets refused", c.hosts_refused},
		{"sources refused", c.sources_refused},
		{"malformed frames", c.malformed},
		{"frames that are not IP", c.not_ip},
		{"IPv4", c.protocol[PROTOCOL_IP4]},
		{"IPv6", c.protocol[PROTOCOL_IP6]},
		{"TCP", c.protocol[PROTOCOL_TCP]},
		{"UDP", c.protocol[PROTOCOL_UDP]},
		{"first fragments", c.protocol[PROTOCOL_FRAGMENT_FIRST]},
		{"later fragments", c.protocol[PROTOCOL_FRAGMENT_LATER]},
		{"tunnels", c.protocol[PROTOCOL_TUNNEL]},
		{"polls that found nothing", rig.worker.load.polls - c.bursts},
	};

	for (size_t i = 0; i < sizeof(happened) / sizeof(happened[0]); i++) {
		printf("%-36s %12lu\n", happened[i].what, (unsigned long)happened[i].n);
		missing += happened[i].n == 0;
	}
	if (missing > 0)
		fail("not all happened that was to be watched");
	if (c.rx_packets != c.flow_packets + c.host_only + c.not_ip + c.malformed)
		fail("packets do not add up");
}

static void judge(void) {
	const unsigned found = watch_report();

	printf("%u system calls and allocations on the worker's thread\n", found);
	// Not alone: that malloc() asks the kernel for memory.
	if (rig.provoke && (!watch_found("getpid") || !watch_found("malloc")))
		fail("getpid() and malloc() were called, but not found");
	if (!rig.provoke && found > 0)
		fail("the worker's path is not quiet");
	leave(0);
}

int main(int argc, char **argv) {
	char error[ISA_ERROR_MAX];
	pthread_t worker;
	enum isa isa;

	rig.provoke = argc > 1 && strcmp(argv[1], "--provoke") == 0;
	if (argc == 3 && strcmp(argv[1], "--model") == 0)
		rig.flow_model = argv[2];
	switch (isa_choose(&isa, getenv(ISA_VARIABLE), error)) {
	case 0:
		break;
	case -ENOTSUP:
		skip(error, ENOTSUP);
		break;
	default:
		fail(error);
	}
	isa_use(isa);
	watch_prepare();
	start_dpdk();
	make_worker(isa);
	if (pthread_create(&worker, NULL, work, NULL) != 0)
		fail("no thread for the worker");
	for (unsigned i = 0; i < PHASES; i++)
		play(i);
	stop();
	check_happened();
	judge();
}
