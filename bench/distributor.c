// bench/run distributor: what it costs to spread packets over rings, beside a worker that polls the port.
//
// Four set-ups take turns over the same in-memory port and trace:
//
//     receive   one core receives and frees: what the port itself takes
//     hop       the distributor, and cores that only take out of the rings and free
//     direct    one worker polls the port: the whole pipeline, no distributor
//     rings     the distributor, and workers that take from rings: the whole pipeline; the port gives
//               PACE of what so many workers took at the port, so that nothing is dropped for good
//
// Costs are each core's own busy cycles by packets (src/sensor/core_load.h): who waits for whom does not
// count, nor do other programs on its CPU: cycles are scaled by the share of the time that the core was on
// its CPU, as if it was interrupted while busy and while idle alike. They are taken in slices of SLICE_S;
// each figure is the median over all slices of all rounds; "low" is the lower quartile, which others disturb
// less, and what the ratios are of.
#include "sensor/distributor.h"

#include "bench/lib/machine.h"
#include "bench/lib/options.h"
#include "bench/lib/timing.h"
#include "bench/pipeline/rig.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_ring.h>

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FCS_BYTES 4u // of the size on the wire, not in the buffer
#define ROUNDS_MAX 50
#define WORKERS_MAX 8
#define SETTLE_S 0.6
#define SLICE_S 0.01 // and a turn of control: windows are given back, as the sensor's does
#define SHARE_MIN 0.7 // of a slice on its CPU, or it tells nothing
#define SLICES_MAX 20000
#define PACE 0.6

enum mode { RECEIVE, HOP, DIRECT, RINGS, MODES };
static const char *const mode_names[MODES] = {"receive", "hop", "direct", "rings"};

static uint64_t flows = 100000, workers = 1, size = 64, slots = 2048, rounds = 5, seed = 1;
static double seconds = 0.6, ipv6;
static const char *cpus = "";

static const struct option_row rows[] = {
	{"flows", OPTION_COUNT, &flows, 256, 100000000, "flows alive at a time"},
	{"workers", OPTION_COUNT, &workers, 1, WORKERS_MAX, "workers behind the distributor"},
	{"size", OPTION_COUNT, &size, 64, 1518, "frame on the wire [bytes, with checksum]"},
	{"ipv6", OPTION_SHARE, &ipv6, 0, 0, "share of flows"},
	{"slots", OPTION_COUNT, &slots, 128, 2048, "of each ring, in all at most 2048 x 2"},
	{"rounds", OPTION_COUNT, &rounds, 1, ROUNDS_MAX, "of the four set-ups"},
	{"seconds", OPTION_SECONDS, &seconds, 0, 0, "measured, a set-up and round"},
	{"seed", OPTION_COUNT, &seed, 0, 1000000000, "of the traffic"},
	{"cpus",
	 OPTION_TEXT,
	 &cpus,
	 0,
	 0,
	 "distributor (and control), worker 0, worker 1 ...; empty: 0, 1 ... round and round"},
};

// What one core did.
struct work {
	double ns; // busy, a packet: the median
	double low_ns;
	double mpps; // over busy and idle time
	double fill; // packets a burst
	double busy; // share of the time
};

// Of one core in one set-up: each slice of each round.
struct slices {
	uint32_t n;
	struct work at[SLICES_MAX];
};

#define CORES_MAX                                                                                  \
	(WORKERS_MAX + 1) // the distributor, or who polls the port; then those behind rings

struct result {
	struct slices slices[CORES_MAX];
	uint64_t taken, dropped; // by the distributor
	struct work core[CORES_MAX];
};

// A core that does nothing with packets but to free them.
struct bare {
	const struct mem_port *port; // NULL: from the ring
	struct rte_ring *ring;
	const atomic_bool *ended;
	struct core_load load;
	alignas(SHARED_ALIGN) atomic_bool stop;
};

// Packets come at a rate: a receive callback before the feed's gives back what is too early.
struct pace {
	double tsc_per_packet; // 0: as fast as they are taken
	double due_tsc;
};

struct bench {
	struct rig_conf cores; // for EAL
	struct pace pace;
	struct mem_port port;
	struct trace trace;
	struct feed *feed;
	struct conf *conf;
	struct models models;
	struct tsc_clock clock;
	struct distributor *distributor;
	struct worker *worker[WORKERS_MAX];
	struct huge memory[WORKERS_MAX];
	struct bare *bare[WORKERS_MAX]; // [0] polls the port in `receive`
	clockid_t cpu_time[WORKERS_MAX + 2]; // by lcore
	bool exact; // packets handed over = analysed or freed + dropped
};

static void fail(const char *what, const char *more) {
	fprintf(stderr, "bench distributor: %s%s%s\n", what, more[0] != '\0' ? ": " : "", more);
	exit(1);
}

static void *zalloc(size_t bytes) {
	void *at = rte_zmalloc("bench", bytes, SHARED_ALIGN);

	if (at == NULL)
		fail("no memory", "");
	return at;
}

static uint16_t pace_rx(uint16_t, uint16_t, struct rte_mbuf *m[], uint16_t n, uint16_t, void *ctx) {
	struct pace *p = ctx;
	const double now = (double)rte_rdtsc();

	if (p->tsc_per_packet <= 0)
		return n;
	if (now < p->due_tsc) {
		rte_pktmbuf_free_bulk(m, n);
		return 0;
	}
	p->due_tsc += n * p->tsc_per_packet;
	if (p->due_tsc
	    < now - 1000 * p->tsc_per_packet) // held up: an adapter's queue is not endless
		p->due_tsc = now;
	return n;
}

// --- the cores

static uint16_t bare_take(const struct bare *b, struct rte_mbuf *m[]) {
	if (b->port != NULL)
		return rte_eth_rx_burst(b->port->id, 0, m, BURST_MAX);
	return (uint16_t)rte_ring_sc_dequeue_burst(b->ring, (void **)m, BURST_MAX, NULL);
}

static uint16_t bare_turn(struct bare *b) {
	struct rte_mbuf *m[BURST_MAX];
	const uint16_t n = bare_take(b, m);
	const uint64_t tsc = rte_rdtsc();

	if (n > 0)
		core_load_burst(&b->load, tsc, n);
	else
		core_load_mark(&b->load, tsc, false);
	rte_pktmbuf_free_bulk(m, n);
	return n;
}

static int bare_run(void *arg) {
	struct bare *b = arg;
	bool ended;

	be_prompt();
	core_load_start(&b->load, rte_rdtsc());
	while (!atomic_load_explicit(&b->stop, memory_order_relaxed))
		bare_turn(b);
	do
		ended = b->ended == NULL || atomic_load_explicit(b->ended, memory_order_acquire);
	while (bare_turn(b) > 0 || !ended);
	return 0;
}

static void make_distributor(struct bench *b) {
	struct distributor *d = zalloc(sizeof(*d));

	d->packet = (struct packet_conf) {
		.link = LINK_ETHERNET, .tunnel_depth = TUNNEL_DEPTH_DEFAULT};
	d->n_workers = (uint16_t)workers;
	d->queue[d->n_queues++] = (struct worker_queue) {b->port.id, 0};
	d->show_cycles = rte_get_tsc_hz() / 10;
	for (uint16_t k = 0; k < workers; k++) {
		char name[32];

		snprintf(name, sizeof(name), "bench%u", k);
		d->lane[k].ring = rte_ring_create(
			name,
			(unsigned)slots,
			SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ
		);
		if (d->lane[k].ring == NULL)
			fail("no memory for a ring", "");
	}
	b->distributor = d;
}

static void free_distributor(struct bench *b) {
	for (uint16_t k = 0; b->distributor != NULL && k < workers; k++)
		rte_ring_free(b->distributor->lane[k].ring);
	rte_free(b->distributor);
	b->distributor = NULL;
}

static uint32_t capacity(unsigned n) {
	uint32_t records = 1024;

	while (records < flows / n + flows / n / 2)
		records *= 2;
	return records;
}

static void make_worker(struct bench *b, unsigned k, unsigned n) {
	struct pipeline_conf conf = b->conf->pipeline;
	struct worker *w = zalloc(sizeof(*w));

	conf.worker = k;
	conf.flow.capacity = capacity(n);
	if (!huge_alloc(&b->memory[k], pipeline_bytes(&conf))
	    || pipeline_create(&w->pipeline, &conf, b->memory[k].at) < 0)
		fail("no memory for a pipeline", "lower --flows");
	pipeline_models_set(w->pipeline, b->models.flow, 1);
	w->clock = &b->clock;
	w->id = (uint8_t)k;
	w->tick_ns = conf.tick_ns;
	w->from_rings = b->distributor != NULL;
	if (w->from_rings)
		w->ring[w->n_queues++] = (struct worker_ring) {
			b->distributor->lane[k].ring, &b->distributor->ended};
	else
		w->queue[w->n_queues++] = (struct worker_queue) {b->port.id, 0};
	b->worker[k] = w;
}

static void make_bare(struct bench *b, unsigned k) {
	struct bare *one = zalloc(sizeof(*one));

	if (b->distributor != NULL) {
		one->ring = b->distributor->lane[k].ring;
		one->ended = &b->distributor->ended;
	} else {
		one->port = &b->port;
	}
	b->bare[k] = one;
}

static unsigned distributor_lcore(void) {
	return 1 + (unsigned)workers;
}

static void launch(int (*fn)(void *), void *arg, unsigned lcore) {
	if (rte_eal_remote_launch(fn, arg, lcore) != 0)
		fail("a core does not start", "");
}

static void start(struct bench *b, enum mode mode) {
	const unsigned n = mode == HOP || mode == RINGS ? (unsigned)workers : 1;

	if (mode == HOP || mode == RINGS) {
		make_distributor(b);
		launch(distributor_run, b->distributor, distributor_lcore());
	}
	for (unsigned k = 0; k < n; k++)
		if (mode == DIRECT || mode == RINGS) {
			make_worker(b, k, n);
			launch(worker_run, b->worker[k], 1 + k);
		} else {
			make_bare(b, k);
			launch(bare_run, b->bare[k], 1 + k);
		}
}

static void give_windows(struct bench *b) {
	struct finding finding;
	struct window *w;

	for (unsigned k = 0; k < WORKERS_MAX && b->worker[k] != NULL; k++) {
		while (pipeline_finding_take(b->worker[k]->pipeline, &finding))
			;
		while ((w = pipeline_window_take(b->worker[k]->pipeline)) != NULL)
			pipeline_window_give(b->worker[k]->pipeline, w);
	}
}

static bool all_ended(const struct bench *b) {
	for (unsigned k = 0; k < WORKERS_MAX && b->worker[k] != NULL; k++)
		if (atomic_load_explicit(&b->worker[k]->shown.clock_ns, memory_order_acquire)
		    != WORKER_ENDED)
			return false;
	return true;
}

// What became of each packet that the port handed over in this round.
static void check_sum(struct bench *b, uint64_t sent_before) {
	uint64_t sum = 0;

	for (unsigned k = 0; k < WORKERS_MAX; k++) {
		struct worker_counters c = {0};

		if (b->worker[k] != NULL)
			pipeline_counters(b->worker[k]->pipeline, &c);
		sum += c.flow_packets + c.host_only + c.not_ip + c.malformed;
		sum += b->bare[k] != NULL ? b->bare[k]->load.packets : 0;
		sum += b->distributor != NULL ? b->distributor->lane[k].dropped : 0;
	}
	if (sum != b->feed->sent - sent_before || port_mbufs_unclean(&b->port) > 0)
		b->exact = false;
}

static void stop(struct bench *b) {
	if (b->distributor != NULL)
		atomic_store(&b->distributor->stop, true);
	for (unsigned k = 0; k < WORKERS_MAX; k++) {
		if (b->worker[k] != NULL)
			atomic_store(&b->worker[k]->stop, true);
		if (b->bare[k] != NULL)
			atomic_store(&b->bare[k]->stop, true);
	}
	while (!all_ended(b))
		give_windows(b);
	rte_eal_mp_wait_lcore();
}

static void free_round(struct bench *b) {
	for (unsigned k = 0; k < WORKERS_MAX; k++) {
		if (b->worker[k] != NULL)
			huge_free(&b->memory[k]);
		rte_free(b->worker[k]);
		rte_free(b->bare[k]);
		b->worker[k] = NULL;
		b->bare[k] = NULL;
	}
	free_distributor(b);
}

// --- measuring

struct marks {
	struct core_load at[CORES_MAX];
	uint64_t cpu_ns[CORES_MAX]; // time on its CPU
	uint64_t tsc;
};

// The core goes on writing: each number is whole, and one burst is the most that they differ by.
static void read_load(const struct core_load *from, struct core_load *to) {
	to->packets = __atomic_load_n(&from->packets, __ATOMIC_RELAXED);
	to->bursts = __atomic_load_n(&from->bursts, __ATOMIC_RELAXED);
	to->cycles[0] = __atomic_load_n(&from->cycles[0], __ATOMIC_RELAXED);
	to->cycles[1] = __atomic_load_n(&from->cycles[1], __ATOMIC_RELAXED);
}

static uint64_t cpu_time_ns(clockid_t clock) {
	struct timespec t = {0};

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void mark(const struct bench *b, struct marks *m) {
	const bool spread = b->distributor != NULL;

	memset(m, 0, sizeof(*m));
	m->tsc = rte_rdtsc();
	if (spread)
		m->cpu_ns[0] = cpu_time_ns(b->cpu_time[distributor_lcore()]);
	for (unsigned k = 0; k < workers; k++)
		m->cpu_ns[spread + k] = cpu_time_ns(b->cpu_time[1 + k]);
	if (spread)
		read_load(&b->distributor->load, &m->at[0]);
	for (unsigned k = 0; k < WORKERS_MAX; k++) {
		if (b->worker[k] != NULL)
			read_load(&b->worker[k]->load, &m->at[spread + k]);
		if (b->bare[k] != NULL)
			read_load(&b->bare[k]->load, &m->at[spread + k]);
	}
}

// @param share  of the time on its CPU
static struct work
work_between(const struct core_load *a, const struct core_load *b, double share) {
	const double packets = (double)(b->packets - a->packets);
	const double busy = (double)(b->cycles[1] - a->cycles[1]) / tsc_per_ns() * share;
	const double idle = (double)(b->cycles[0] - a->cycles[0]) / tsc_per_ns() * share;

	return (struct work) {
		.ns = busy / packets,
		.mpps = packets / (busy + idle) * 1e3,
		.fill = packets / (double)(b->bursts - a->bursts),
		.busy = busy / (busy + idle),
	};
}

static void keep_slice(struct result *r, const struct marks *a, const struct marks *b) {
	const double whole_ns = (double)(b->tsc - a->tsc) / tsc_per_ns();

	for (unsigned i = 0; i < CORES_MAX; i++) {
		const double share = (double)(b->cpu_ns[i] - a->cpu_ns[i]) / whole_ns;
		struct slices *s = &r->slices[i];

		if (b->at[i].bursts > a->at[i].bursts && s->n < SLICES_MAX && share >= SHARE_MIN)
			s->at[s->n++] = work_between(&a->at[i], &b->at[i], fmin(share, 1));
	}
}

static void control(struct bench *b, double for_s, struct result *keep) {
	const uint64_t until = rte_rdtsc() + (uint64_t)(for_s * (double)rte_get_tsc_hz());
	const struct timespec turn = {.tv_nsec = (long)(SLICE_S * 1e9)};
	struct marks before, after;

	mark(b, &before);
	while (rte_rdtsc() < until) {
		nanosleep(&turn, NULL);
		mark(b, &after);
		if (keep != NULL)
			keep_slice(keep, &before, &after);
		before = after;
		give_windows(b);
	}
}

static int ascending(const void *x, const void *y) {
	const double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

static double quantile(const struct slices *s, size_t offset, double q) {
	static double v[SLICES_MAX];

	if (s->n == 0)
		return 0;
	for (uint32_t i = 0; i < s->n; i++)
		memcpy(&v[i], (const char *)&s->at[i] + offset, sizeof(v[i]));
	qsort(v, s->n, sizeof(v[0]), ascending);
	return v[(uint32_t)(q * (s->n - 1))];
}

// @param direct  what the worker at the port did so far
static void set_pace(struct bench *b, enum mode mode, const struct result *direct) {
	const double ns = quantile(&direct->slices[0], offsetof(struct work, ns), 0.5);

	b->pace = (struct pace) {0};
	if (mode == RINGS)
		b->pace.tsc_per_packet = ns / PACE / (double)workers * tsc_per_ns();
}

static void
run_round(struct bench *b, enum mode mode, struct result *r, const struct result *direct) {
	const uint64_t sent_before = b->feed->sent;

	set_pace(b, mode, direct);
	start(b, mode);
	atomic_store(&b->feed->phase, FEED_TRACE);
	control(b, SETTLE_S, NULL);
	control(b, seconds, r);
	atomic_store(&b->feed->phase, FEED_SILENT);
	stop(b);
	check_sum(b, sent_before);
	for (unsigned k = 0; b->distributor != NULL && k < workers; k++)
		r->dropped += b->distributor->lane[k].dropped;
	if (b->distributor != NULL)
		r->taken += b->distributor->load.packets;
	free_round(b);
}

static void sum_up(struct result *r) {
	for (unsigned i = 0; i < CORES_MAX; i++) {
		const struct slices *s = &r->slices[i];

		r->core[i] = (struct work) {
			.ns = quantile(s, offsetof(struct work, ns), 0.5),
			.low_ns = quantile(s, offsetof(struct work, ns), 0.25),
			.mpps = quantile(s, offsetof(struct work, mpps), 0.5),
			.fill = quantile(s, offsetof(struct work, fill), 0.5),
			.busy = quantile(s, offsetof(struct work, busy), 0.5),
		};
	}
}

// --- telling

static struct work behind_all(const struct result *r) { // means, and the sum of the rates
	struct work all = {0};

	for (unsigned k = 1; k <= workers; k++) {
		all.ns += r->core[k].ns / (double)workers;
		all.low_ns += r->core[k].low_ns / (double)workers;
		all.fill += r->core[k].fill / (double)workers;
		all.busy += r->core[k].busy / (double)workers;
		all.mpps += r->core[k].mpps;
	}
	return all;
}

static void print_work(const char *mode, const char *core, const struct work *w) {
	if (w->ns <= 0) {
		printf("  %-8s %-22s not measured: others had this CPU\n", mode, core);
		return;
	}
	printf("  %-8s %-22s %8.2f %8.2f %8.2f %6.1f %7.1f %%\n",
	       mode,
	       core,
	       w->ns,
	       w->low_ns,
	       w->mpps,
	       w->fill,
	       100 * w->busy);
}

struct ratios {
	double distributor_ns, taker_ns, hop_ns, worker, fed;
};

// Of the lower quartiles: the medians are printed beside them.
static double ratio(double a, double b) {
	return b > 0 ? a / b : 0; // 0: not measured
}

static struct ratios ratios_of(const struct result r[MODES]) {
	const double receive = r[RECEIVE].core[0].low_ns, direct = r[DIRECT].core[0].low_ns;
	const double distributor = r[HOP].core[0].low_ns;
	const struct work taker = behind_all(&r[HOP]), behind = behind_all(&r[RINGS]);

	return (struct ratios) {
		.distributor_ns = distributor - receive,
		.taker_ns = taker.low_ns,
		.hop_ns = distributor - receive + taker.low_ns,
		.worker = ratio(behind.low_ns, direct),
		.fed = ratio(behind.low_ns, distributor),
	};
}

static double dropped_share(const struct result *r) {
	return r->taken > 0 ? (double)r->dropped / (double)r->taken : 0;
}

static void print(const struct result r[MODES]) {
	const struct work hop = behind_all(&r[HOP]), rings = behind_all(&r[RINGS]);
	const struct ratios q = ratios_of(r);

	printf("\n  %-8s %-22s %8s %8s %8s %6s %9s\n",
	       "",
	       "",
	       "ns",
	       "low ns",
	       "Mpps",
	       "fill",
	       "busy");
	print_work("receive", "port, free", &r[RECEIVE].core[0]);
	print_work("hop", "distributor", &r[HOP].core[0]);
	print_work("", workers > 1 ? "takers, mean and sum" : "taker, free", &hop);
	print_work("direct", "worker", &r[DIRECT].core[0]);
	print_work("rings", "distributor", &r[RINGS].core[0]);
	print_work("", workers > 1 ? "workers, mean and sum" : "worker", &rings);
	printf("\n  hop_ns             %6.2f ns a packet: %.2f in the distributor beyond "
	       "receiving, %.2f "
	       "to take and free\n",
	       q.hop_ns,
	       q.distributor_ns,
	       q.taker_ns);
	printf("  worker_ratio       %6.2f = ns of a worker behind a ring / at the port\n",
	       q.worker);
	printf("  workers_fed        %6.2f = ns of such a worker / ns of the distributor\n", q.fed);
	printf("  dropped            %6.1f %% of what the distributor took (hop: %.1f %%)\n",
	       100 * dropped_share(&r[RINGS]),
	       100 * dropped_share(&r[HOP]));
}

static json_t *work_json(const struct work *w) {
	return json_pack(
		"{s:f, s:f, s:f, s:f, s:f}",
		"ns_per_packet",
		w->ns,
		"ns_per_packet_low",
		w->low_ns,
		"mpps",
		w->mpps,
		"fill",
		w->fill,
		"busy",
		w->busy
	);
}

static json_t *results_json(const struct result r[MODES], bool exact) {
	const struct ratios q = ratios_of(r);
	json_t *o = json_object();

	for (unsigned i = 0; i < MODES; i++) {
		json_t *one = json_object(), *behind = json_array();

		json_object_set_new(one, "front", work_json(&r[i].core[0]));
		for (unsigned k = 1; k <= workers && (i == HOP || i == RINGS); k++)
			json_array_append_new(behind, work_json(&r[i].core[k]));
		json_object_set_new(one, "behind", behind);
		json_object_set_new(one, "dropped_share", json_real(dropped_share(&r[i])));
		json_object_set_new(o, mode_names[i], one);
	}
	json_object_set_new(o, "hop_ns", json_real(q.hop_ns));
	json_object_set_new(o, "distributor_ns", json_real(q.distributor_ns));
	json_object_set_new(o, "taker_ns", json_real(q.taker_ns));
	json_object_set_new(o, "worker_ratio", json_real(q.worker));
	json_object_set_new(o, "workers_fed", json_real(q.fed));
	json_object_set_new(o, "sums_exact", json_boolean(exact));
	return o;
}

// --- setting up

static void choose_cpus(struct bench *b) {
	const uint32_t online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	const char *at = cpus;

	b->cores.workers = (uint32_t)workers + 1; // the last one distributes
	for (uint32_t i = 0; i <= workers; i++) {
		b->cores.cpu[i] = i % online;
		if (cpus[0] != '\0') {
			char *end;

			b->cores.cpu[i] = (uint32_t)strtoul(at, &end, 10);
			if (end == at || b->cores.cpu[i] >= online)
				fail("--cpus", "one for the distributor and one a worker: 0,1");
			at = end + (*end == ',');
		}
	}
	b->cores.cpu[distributor_lcore()] = b->cores.cpu[0];
}

static int tell_clock(void *clock) {
	return pthread_getcpuclockid(pthread_self(), clock);
}

static void find_clocks(struct bench *b) {
	for (unsigned lcore = 1; lcore <= distributor_lcore(); lcore++) {
		launch(tell_clock, &b->cpu_time[lcore], lcore);
		if (rte_eal_wait_lcore(lcore) != 0)
			fail("no clock of a core's CPU time", "");
	}
}

static void set_up(struct bench *b) {
	const struct trace_conf trace = {
		.flows = flows,
		.seed = seed,
		.frame_bytes = (uint32_t)size - FCS_BYTES,
		.hosts = 1000,
		.peers = 8000,
		.ipv6_share = ipv6,
		.udp_share = 0.2,
		.bytes_min = 128u << 20,
	};
	const struct feed_conf feed = {
		.ipv6_share = ipv6, .slice_s = 1, .frame_bytes = trace.frame_bytes, .seed = seed};
	char error[CONFIG_ERROR_MAX + MODELS_ERROR_MAX + RIG_ERROR_MAX] = "";
	struct timespec now;

	choose_cpus(b);
	if (!rig_eal(&b->cores, error))
		fail(error, "");
	b->feed = calloc(1, sizeof(*b->feed));
	if (!trace_make(&b->trace, &trace) || b->feed == NULL
	    || !feed_make(b->feed, &b->trace, &feed))
		fail("no memory for the trace", "lower --flows");
	if (config_load(&b->conf, NULL, error) < 0 || models_load(&b->models, b->conf, error) < 0
	    || !port_open(&b->port, b->feed, 1, error))
		fail(error, "");
	if (rte_eth_add_first_rx_callback(b->port.id, 0, pace_rx, &b->pace) == NULL)
		fail("no receive callback", "");
	find_clocks(b);
	be_prompt();
	clock_gettime(CLOCK_REALTIME, &now);
	clock_start(
		&b->clock,
		rte_get_tsc_hz(),
		rte_rdtsc(),
		(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec
	);
	b->exact = true;
}

int main(int argc, char **argv) {
	struct options options = {
		.bench = "distributor",
		.about
		= "Packets by way of a distributor's rings, beside a worker that polls the port.",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	static struct result r[MODES];
	static struct bench b;
	json_t *machine;

	options_parse(&options, argc, argv);
	machine = machine_json();
	set_up(&b);
	if (!options.json) {
		machine_print(stdout, machine);
		printf("%llu flows, %llu byte frames, %.0f %% IPv6, rings of %llu, distributor on "
		       "CPU "
		       "%u, worker 0 on CPU %u; %llu rounds\n",
		       (unsigned long long)flows,
		       (unsigned long long)size,
		       100 * ipv6,
		       (unsigned long long)slots,
		       b.cores.cpu[0],
		       b.cores.cpu[1],
		       (unsigned long long)rounds);
	}
	for (unsigned i = 0; i < rounds; i++)
		for (unsigned mode = 0; mode < MODES; mode++)
			run_round(&b, mode, &r[mode], &r[DIRECT]);
	for (unsigned mode = 0; mode < MODES; mode++)
		sum_up(&r[mode]);
	if (options.json) {
		bench_print_json(
			"distributor", machine, options_settings(&options), results_json(r, b.exact)
		);
	} else {
		print(r);
		json_decref(machine);
	}
	if (!b.exact)
		fprintf(stderr, "bench distributor: packets are missing from the sum\n");
	return b.exact ? 0 : 1;
}
