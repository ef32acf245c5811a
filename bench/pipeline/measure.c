#include "bench/pipeline/measure.h"

#include "bench/lib/memory_limit.h"
#include "bench/lib/timing.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 0.4
#define RX_SECONDS 0.4
#define RX_SLICES 16
#define SETTLE_S 0.5
#define COUNTERS_WAIT_S 5.0
#define HANDSHAKE_ROUNDS_MAX 4
#define RX_BURST 64
#define STUCK_S 20.0

struct run {
	const struct measure_conf *conf;
	struct measure *out;
	struct rig rig;
	struct memory_limit limit;
	struct trace trace[RIG_WORKERS_MAX];
	struct feed *feeds; // in one piece
};

static double now_s(void) {
	return (double)tsc_now() / tsc_per_ns() * 1e-9;
}

// On a terminal only.
__attribute__((format(printf, 1, 2))) static void progress(const char *format, ...) {
	va_list args;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fflush(stderr);
}

struct limit_task {
	const struct memory_limit *limit;
	unsigned lines;
	double ns;
};

static int limit_on_core(void *arg) {
	struct limit_task *t = arg;

	t->ns = memory_limit_ns(t->limit, t->lines, LIMIT_SECONDS);
	return 0;
}

static double measure_limit(const struct run *r) {
	struct limit_task t = {.limit = &r->limit, .lines = r->conf->limit_lines};

	progress("memory alone ...");
	rig_on_worker_core(limit_on_core, &t);
	return t.ns;
}

static bool make_traffic(struct run *r, char error[static RIG_ERROR_MAX]) {
	const struct measure_conf *c = r->conf;
	const uint64_t each = c->flows / c->rig.workers;
	const struct feed_conf feed = {
		.forged_share = c->forged_share,
		.ipv6_share = c->ipv6_share,
		.new_per_s = c->new_per_s / c->rig.workers,
		.slice_s = c->slice_s,
		.frame_bytes = c->frame_bytes,
		.seed = c->seed,
	};

	for (uint32_t k = 0; k < c->rig.workers; k++) {
		const struct trace_conf trace = {
			.flows = each,
			.first_flow = k * each,
			.seed = c->seed,
			.frame_bytes = c->frame_bytes,
			.hosts = c->hosts,
			.peers = c->peers,
			.ipv6_share = c->ipv6_share,
			.udp_share = c->udp_share,
			.bytes_min = c->trace_bytes,
		};
		struct feed_conf mine = feed;

		progress("trace of worker %u ...", k);
		mine.seed += k;
		if (!trace_make(&r->trace[k], &trace)
		    || !feed_make(&r->feeds[k], &r->trace[k], &mine)) {
			snprintf(
				error,
				RIG_ERROR_MAX,
				"no memory for the trace: lower --flows or --trace-mb"
			);
			return false;
		}
	}
	return true;
}

static void set_phase(struct run *r, enum feed_phase phase) {
	for (uint32_t k = 0; k < r->conf->rig.workers; k++) {
		atomic_store_explicit(&r->feeds[k].done, FEED_SILENT, memory_order_relaxed);
		atomic_store_explicit(&r->feeds[k].phase, phase, memory_order_release);
	}
}

static bool phase_ended(const struct run *r, enum feed_phase phase) {
	for (uint32_t k = 0; k < r->conf->rig.workers; k++)
		if (atomic_load_explicit(&r->feeds[k].done, memory_order_acquire) != phase)
			return false;
	return true;
}

static void sum_counters(const struct run *r, struct worker_counters *sum) {
	struct worker_counters one;

	memset(sum, 0, sizeof(*sum));
	for (uint32_t k = 0; k < r->conf->rig.workers; k++) {
		rig_counters(&r->rig, k, &one);
		worker_counters_add(sum, &one);
	}
}

static uint64_t sent(const struct run *r) {
	uint64_t sum = 0;

	for (uint32_t k = 0; k < r->conf->rig.workers; k++)
		sum += r->feeds[k].sent;
	return sum;
}

// The port is silent: counters are shown once a tick, so they are all there when they hold every
// packet.
static void wait_for_counters(struct run *r, struct worker_counters *sum) {
	const double end_s = now_s() + COUNTERS_WAIT_S;

	do {
		rig_control_turn(&r->rig);
		sum_counters(r, sum);
	} while (sum->rx_packets != sent(r) && now_s() < end_s);
}

static void run_phase(struct run *r, enum feed_phase phase, struct worker_counters *after) {
	uint64_t sent_before = 0;
	double moved_s = now_s();

	set_phase(r, phase);
	while (!phase_ended(r, phase)) {
		const uint64_t now = sent(r);

		moved_s = now != sent_before ? now_s() : moved_s;
		sent_before = now;
		if (now_s() - moved_s > STUCK_S) {
			fprintf(stderr, "bench pipeline: a worker has stopped taking packets\n");
			exit(1);
		}
		rig_control_turn(&r->rig);
	}
	wait_for_counters(r, after);
}

static uint64_t probed(const struct run *r) {
	uint64_t sum = 0;

	for (uint32_t k = 0; k < r->conf->rig.workers; k++)
		sum += r->feeds[k].probed;
	return sum;
}

// A packet of every established flow: one whose record is gone makes a new one, or finds no place.
// @return how many were gone
static uint64_t probe(struct run *r, uint64_t *asked) {
	struct worker_counters before, after;
	const uint64_t asked_before = probed(r);

	wait_for_counters(r, &before);
	run_phase(r, FEED_PROBE, &after);
	*asked = probed(r) - asked_before;
	return after.flows_new - before.flows_new + after.host_only - before.host_only;
}

static void warm_up(struct run *r) {
	struct worker_counters counters;
	uint64_t asked = 0, gone = 0;

	for (unsigned round = 1; round <= HANDSHAKE_ROUNDS_MAX; round++) {
		progress(
			"handshakes of %llu flows, round %u ...",
			(unsigned long long)r->conf->flows,
			round
		);
		run_phase(r, FEED_HANDSHAKE, &counters);
		gone = probe(r, &asked);
		if (gone * 1000 <= asked)
			break;
	}
	r->out->established = asked - gone;
	r->out->established_refused = gone;
}

// Every flow was seen; where flows are replaced, the first of them have ended and begun.
static bool settled(const struct run *r) {
	const uint32_t passes = r->conf->forged_share == 1 ? 0 : r->conf->new_per_s > 0 ? 5 : 1;

	for (uint32_t k = 0; k < r->conf->rig.workers; k++)
		if (atomic_load_explicit(&r->feeds[k].passes_read, memory_order_relaxed) < passes)
			return false;
	return true;
}

static void set_measuring(struct run *r, bool on) {
	for (uint32_t k = 0; k < r->conf->rig.workers; k++)
		atomic_store_explicit(&r->feeds[k].measuring, on, memory_order_relaxed);
}

static void subtract(struct worker_counters *from, const struct worker_counters *what) {
	uint64_t *to = (uint64_t *)from;

	for (size_t i = 0; i < sizeof(*from) / sizeof(uint64_t); i++)
		to[i] -= counter_at(what, (unsigned)i);
}

// What the workers have spent so far. They write it as they go: what is read is a burst old.
static void sum_stages(const struct run *r, double spent[static PIPELINE_STAGE_N]) {
	for (unsigned i = 0; i < PIPELINE_STAGE_N; i++) {
		spent[i] = 0;
		for (uint32_t k = 0; k < r->conf->rig.workers; k++)
			spent[i] += (double)*(volatile const uint64_t *)&r->rig.profile[k].spent[i];
	}
}

static void measured_time(struct run *r) {
	const double settle_until_s = now_s() + SETTLE_S;
	double stages[PIPELINE_STAGE_N];
	struct worker_counters before;
	double start_s;

	set_phase(r, FEED_TRACE);
	while (now_s() < settle_until_s || !settled(r)) {
		progress("settling ...");
		rig_control_turn(&r->rig);
	}
	r->out->rss_before = memory_resident_bytes();
	sum_counters(r, &before);
	sum_stages(r, stages);
	set_measuring(r, true);
	start_s = now_s();
	while (now_s() - start_s < r->conf->seconds) {
		progress("measuring %.0f of %.0f s ...", now_s() - start_s, r->conf->seconds);
		rig_control_turn(&r->rig);
	}
	set_measuring(r, false);
	r->out->measured_s = now_s() - start_s;
	sum_counters(r, &r->out->during);
	subtract(&r->out->during, &before);
	sum_stages(r, r->out->stage_ns);
	for (unsigned i = 0; i < PIPELINE_STAGE_N; i++)
		r->out->stage_ns[i] = (r->out->stage_ns[i] - stages[i])
			/ (tsc_per_ns() * (double)r->out->during.rx_packets);
	r->out->rss_after = memory_resident_bytes();
	r->out->flows_used = rig_flows_used(&r->rig);
	set_phase(r, FEED_SILENT);
}

static int ascending(const void *a, const void *b) {
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double slice_rate(const struct feed *f, uint32_t s) {
	return (double)(f->slice[s + 1].packets - f->slice[s].packets) * 1e3
		/ ((double)(f->slice[s + 1].tsc - f->slice[s].tsc) / tsc_per_ns());
}

static void rates(struct run *r) {
	struct measure *out = r->out;
	double sorted[MEASURE_SLICES_MAX];
	const uint32_t workers = r->conf->rig.workers;

	out->n_slices = MEASURE_SLICES_MAX;
	for (uint32_t k = 0; k < workers; k++) {
		const struct feed *f = &r->feeds[k];
		const uint32_t n = f->n_slices > 0 ? f->n_slices - 1 : 0;

		out->n_slices = n < out->n_slices ? n : out->n_slices;
		if (n > 0)
			out->worker_mpps[k] = (double)f->slice[n].packets * 1e3
				/ ((double)(f->slice[n].tsc - f->slice[0].tsc) / tsc_per_ns());
	}
	for (uint32_t s = 0; s < out->n_slices; s++)
		for (uint32_t k = 0; k < workers; k++)
			out->slice_mpps[s] += slice_rate(&r->feeds[k], s);
	if (out->n_slices == 0)
		return;
	memcpy(sorted, out->slice_mpps, out->n_slices * sizeof(sorted[0]));
	qsort(sorted, out->n_slices, sizeof(sorted[0]), ascending);
	out->median_mpps = (sorted[out->n_slices / 2] + sorted[(out->n_slices - 1) / 2]) / 2;
	out->best_mpps = sorted[out->n_slices - 1];
	out->median_ns = 1e3 * workers / out->median_mpps;
	out->best_ns = 1e3 * workers / out->best_mpps;
}

struct rx_task {
	uint16_t port;
	double ns; // a packet
};

static double rx_slice_ns(uint16_t port) {
	const uint64_t start = tsc_now();
	const uint64_t until = start + (uint64_t)(RX_SECONDS * 1e9 / RX_SLICES * tsc_per_ns());
	struct rte_mbuf *m[RX_BURST];
	uint64_t packets = 0;

	while (tsc_now() < until) {
		const uint16_t n = rte_eth_rx_burst(port, 0, m, RX_BURST);

		rte_pktmbuf_free_bulk(m, n);
		packets += n;
	}
	return (double)(tsc_now() - start) / tsc_per_ns() / (double)packets;
}

// Receive and free on the first worker's core, with nothing between: the best slice.
static int rx_only(void *arg) {
	struct rx_task *t = arg;

	t->ns = rx_slice_ns(t->port);
	for (unsigned s = 1; s < RX_SLICES; s++)
		t->ns = fmin(t->ns, rx_slice_ns(t->port));
	return 0;
}

static double rx_ns(const struct run *r) {
	struct rx_task t = {.port = r->rig.port.id};

	rig_on_worker_core(rx_only, &t);
	return t.ns;
}

static void port_alone(struct run *r) {
	progress("the port alone ...");
	set_phase(r, FEED_TRACE);
	r->out->rx_and_free_ns = rx_ns(r);
	set_phase(r, FEED_SILENT);
	port_silence_callback(&r->rig.port, 0);
	r->out->driver_ns = rx_ns(r);
}

static bool sums_are_exact(const struct measure *m) {
	const struct worker_counters *c = &m->total;

	return c->rx_packets == m->sent
		&& c->rx_packets == c->flow_packets + c->host_only + c->not_ip + c->malformed;
}

static void sum_up(struct run *r) {
	struct measure *out = r->out;

	sum_counters(r, &out->total);
	out->sent = sent(r);
	for (uint32_t k = 0; k < r->conf->rig.workers; k++) {
		out->sent_forged += r->feeds[k].sent_forged;
		out->flows_begun += r->feeds[k].flows_begun;
		out->records.flows += r->rig.records[k].flows;
		out->records.packets += r->rig.records[k].packets;
		out->trace_bytes += r->trace[k].slots.bytes + r->trace[k].notes.bytes;
	}
	out->sent_established = out->sent - out->sent_forged;
	out->sums_exact = sums_are_exact(out);
	out->windows = r->rig.windows;
	out->findings = r->rig.findings;
	out->alarms = r->rig.alarms;
	out->mean_frame_bytes = trace_mean_frame_bytes(&r->trace[0]);
	out->pipeline_bytes = r->rig.pipeline_bytes;
	out->pipeline_kind = r->rig.memory[0].kind;
	out->pipeline_huge_share = r->rig.memory[0].huge_share;
	out->trace_kind = r->trace[0].slots.kind;
	out->trace_huge_share = r->trace[0].slots.huge_share;
	out->flows_capacity = r->rig.conf.flow_capacity * r->conf->rig.workers;
}

// Flows that found no place in the warm-up have none now and are not lost; where flows were replaced,
// as large a share of those that came.
static void kept(struct run *r) {
	struct measure *out = r->out;
	uint64_t gone, never;

	progress("probing ...");
	gone = probe(r, &out->probed);
	never = (uint64_t
	)((double)out->established_refused * (double)out->probed
	  / (double)(out->established + out->established_refused));
	out->lost = gone > never ? gone - never : 0;
	out->kept_share
		= out->probed > never ? 1 - (double)out->lost / (double)(out->probed - never) : 0;
}

static void measure_all(struct run *r) {
	struct measure *out = r->out;
	double limit_ns;

	warm_up(r);
	measured_time(r);
	kept(r);
	progress("finishing ...");
	rig_finish(&r->rig);
	rates(r);
	sum_up(r);
	port_alone(r);
	out->mbufs_unclean = port_mbufs_unclean(&r->rig.port);
	out->limit_after_ns = measure_limit(r);
	limit_ns = fmin(out->limit_before_ns, out->limit_after_ns); // a disturbed one would flatter
	out->memory_ratio = out->median_ns / limit_ns;
	out->memory_ratio_best = out->best_ns / limit_ns;
	progress("%s", "");
}

bool measure_run(
	struct measure *out,
	const struct measure_conf *conf,
	char error[static RIG_ERROR_MAX]
) {
	static struct run r;
	const uint64_t each = conf->flows / conf->rig.workers;

	memset(out, 0, sizeof(*out));
	r = (struct run) {.conf = conf, .out = out};
	r.feeds = aligned_alloc(128, conf->rig.workers * sizeof(struct feed));
	if (r.feeds == NULL
	    || !memory_limit_make(&r.limit, each, conf->limit_record_bytes, conf->seed)) {
		snprintf(error, RIG_ERROR_MAX, "no memory for the memory's own measurement");
		return false;
	}
	if (!rig_eal(&conf->rig, error))
		return false;
	out->limit_before_ns = measure_limit(&r);
	if (!make_traffic(&r, error) || !rig_start(&r.rig, &conf->rig, r.feeds, error))
		return false;
	measure_all(&r);
	rig_free(&r.rig);
	for (uint32_t k = 0; k < conf->rig.workers; k++) {
		feed_free(&r.feeds[k]);
		trace_free(&r.trace[k]);
	}
	memory_limit_free(&r.limit);
	free(r.feeds);
	return true;
}
