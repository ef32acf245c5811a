// The data path's main loop. Read this, then src/pipeline/.
//
// No allocation, lock, log. No system call either, with one exception: an idle worker with the
// adaptive policy sleeps.
#include "sensor/worker.h"

#include "sensor/burst_frames.h"

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>
#include <rte_pause.h>
#include <rte_prefetch.h>
#include <rte_ring.h>

#define DRAIN_BURSTS_MAX 4096u // at stop, a queue: more than any ring holds
#define PREFETCH_AHEAD 4u
#define FILE_SILENT_POLLS 1000u // the driver reads the file as it is polled: there is no waiting

// One burst on its way through. Lives on the stack, dies with the burst.
struct burst {
	uint64_t now_ns; // live: one clock read for all packets
	uint16_t n;
	struct rte_mbuf *mbuf[BURST_MAX]; // owned
	struct frame frame[BURST_MAX];
};

// Where packets come from is decided once, at launch: each way has a loop of its own, made from the
// same text.
typedef uint16_t receive_fn(const struct worker *w, uint8_t i, struct rte_mbuf *mbuf[]);

static inline uint16_t receive_queue(const struct worker *w, uint8_t i, struct rte_mbuf *mbuf[]) {
	return rte_eth_rx_burst(w->queue[i].port, w->queue[i].queue, mbuf, BURST_MAX);
}

static inline uint16_t receive_ring(const struct worker *w, uint8_t i, struct rte_mbuf *mbuf[]) {
	return (uint16_t)rte_ring_sc_dequeue_burst(w->ring[i].ring, (void **)mbuf, BURST_MAX, NULL);
}

static inline uint64_t file_time_ns(const struct worker *w, const struct rte_mbuf *m) {
	return *RTE_MBUF_DYNFIELD(m, w->time_offset, const rte_mbuf_timestamp_t *) * 1000; // us
}

static inline void burst_frames(const struct worker *w, struct burst *b) {
	for (uint16_t i = 0; i < RTE_MIN(b->n, PREFETCH_AHEAD); i++)
		rte_prefetch0(b->mbuf[i]);
	for (uint16_t i = 0; i < b->n; i++) {
		const struct rte_mbuf *m = b->mbuf[i];

		if (i + PREFETCH_AHEAD < b->n)
			rte_prefetch0(b->mbuf[i + PREFETCH_AHEAD]);
		b->frame[i] = frame_of(m, w->file ? file_time_ns(w, m) : b->now_ns);
	}
}

// Release: who sees this time finds the windows that ended before it in the ring.
static inline void show(struct worker *w, uint64_t time_ns) {
	atomic_store_explicit(&w->shown.clock_ns, time_ns, memory_order_release);
}

static void show_load(struct worker *w) {
	core_load_show(&w->shown.load, &w->load);
	for (uint8_t i = 0; i < w->n_queues; i++)
		atomic_store_explicit(&w->shown.taken[i], w->taken[i], memory_order_relaxed);
}

// Once a tick, not once a burst: the line is read by another core. The stream's time is told, as
// the windows have it; before the first packet there is none, and no window either.
static inline void show_new_tick(struct worker *w, uint64_t now_ns) {
	const uint64_t stream_ns = pipeline_now_ns(w->pipeline);

	if (likely(now_ns - w->tick_start_ns < w->tick_ns))
		return;
	w->tick_start_ns = now_ns - now_ns % w->tick_ns;
	show_load(w);
	show(w, stream_ns > 0 ? stream_ns : now_ns);
}

// A file waits: control may need some time to take windows and findings.
static bool burst_account_whole(struct worker *w, const struct burst *b) {
	uint16_t done = 0;

	for (;;) {
		done += pipeline_burst(w->pipeline, &b->frame[done], b->n - done);
		show_load(w);
		show(w, pipeline_now_ns(w->pipeline));
		if (done == b->n)
			return true;
		if (atomic_load_explicit(&w->stop, memory_order_relaxed))
			return false;
		rte_pause();
	}
}

static inline void burst_account(struct worker *w, const struct burst *b) {
	w->received += b->n;
	if (w->file) {
		burst_account_whole(w, b);
		return;
	}
	pipeline_burst(w->pipeline, b->frame, b->n);
	show_new_tick(w, b->now_ns);
}

static inline uint16_t worker_burst(struct worker *w, uint8_t i, receive_fn *receive) {
	struct burst b;
	uint64_t tsc;

	b.n = receive(w, i, b.mbuf);
	if (b.n == 0)
		return 0;
	tsc = rte_rdtsc();
	core_load_burst(&w->load, tsc, b.n);
	w->taken[i] += b.n;
	b.now_ns = w->file ? 0 : clock_at(w->clock, tsc);
	burst_frames(w, &b);
	burst_account(w, &b);
	rte_pktmbuf_free_bulk(b.mbuf, b.n);
	return b.n;
}

static inline uint16_t worker_poll(struct worker *w, receive_fn *receive) {
	uint16_t n = 0;

	w->load.polls++;
	for (uint8_t i = 0; i < w->n_queues; i++)
		n += worker_burst(w, i, receive);
	return n;
}

// Nothing came. Let time pass for the pipeline, then rest.
static inline void worker_idle(struct worker *w) {
	const uint64_t tsc = rte_rdtsc();

	core_load_mark(&w->load, tsc, false);
	if (!w->file) {
		const uint64_t now_ns = clock_at(w->clock, tsc);

		pipeline_clock(w->pipeline, now_ns);
		show_new_tick(w, now_ns);
	}
	idle_rest(&w->idle, w->idle_sleep_us);
}

static inline bool worker_goes_on(const struct worker *w) {
	if (atomic_load_explicit(&w->stop, memory_order_relaxed))
		return false;
	// The driver tells no end of file; the records were counted before (capture.h). Should the file
	// have become shorter since, it goes silent.
	return !w->file || (w->received < w->file_packets && w->idle.streak < FILE_SILENT_POLLS);
}

static inline __attribute__((always_inline)) void
worker_loop(struct worker *w, receive_fn *receive) {
	while (worker_goes_on(w)) {
		if (worker_poll(w, receive) > 0)
			idle_over(&w->idle, w->idle_sleep_us);
		else
			worker_idle(w);
	}
}

// What has been received by the driver but not polled when the stop came.
static void drain_queues(struct worker *w) {
	for (uint8_t i = 0; i < w->n_queues; i++)
		for (uint32_t turn = 0; turn < DRAIN_BURSTS_MAX; turn++)
			if (worker_burst(w, i, receive_queue) == 0)
				break;
}

static bool rings_ended(const struct worker *w) {
	for (uint8_t i = 0; i < w->n_queues; i++)
		if (!atomic_load_explicit(w->ring[i].ended, memory_order_acquire))
			return false;
	return true;
}

// The distributors end first. Who saw that they did before he looks finds all that they left.
static void drain_rings(struct worker *w) {
	bool ended;

	do {
		ended = rings_ended(w);
		if (worker_poll(w, receive_ring) > 0)
			ended = false;
		else
			idle_rest(&w->idle, w->idle_sleep_us);
	} while (!ended);
}

int worker_run(void *arg) {
	struct worker *w = arg;

	be_prompt();
	idle_over(&w->idle, w->idle_sleep_us);
	core_load_start(&w->load, rte_rdtsc());
	if (w->from_rings) {
		worker_loop(w, receive_ring);
		drain_rings(w);
	} else {
		worker_loop(w, receive_queue);
		if (!w->file)
			drain_queues(w);
	}
	while (!pipeline_finish(w->pipeline)) // control takes windows and findings meanwhile
		rte_pause();
	pipeline_show(w->pipeline);
	show_load(w);
	show(w, WORKER_ENDED);
	return 0;
}
