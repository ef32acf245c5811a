// The data path's main loop. Read this, then src/pipeline/.
//
// No allocation, lock, log. No system call either, with one exception: an idle worker with the
// adaptive policy sleeps.
#include "sensor/worker.h"

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define IDLE_SPINS 256u // empty polls before the first sleep: a gap inside a stream costs no sleep
#define IDLE_SLEEP_FIRST_US 10u
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

static inline bool burst_receive(const struct worker_queue *from, struct burst *b) {
	b->n = rte_eth_rx_burst(from->port, from->queue, b->mbuf, BURST_MAX);
	return b->n > 0;
}

// A frame longer than its first segment: the pipeline looks at FRAME_LOOK_MAX bytes, which every
// pool of ours holds in one segment. Buffers of another program's (net_ring, memif) can be
// shorter: such a frame is shown as far as its first segment goes, and counts as truncated.
static inline uint32_t frame_length(const struct rte_mbuf *m) {
	const uint32_t whole = rte_pktmbuf_pkt_len(m), first = rte_pktmbuf_data_len(m);

	return first >= RTE_MIN(whole, (uint32_t)FRAME_LOOK_MAX) ? whole : first;
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
		b->frame[i] = (struct frame) {
			.data = rte_pktmbuf_mtod(m, const uint8_t *),
			.captured = frame_length(m),
			.ts_ns = w->file ? file_time_ns(w, m) : b->now_ns,
		};
	}
}

// Release: who sees this time finds the windows that ended before it in the ring.
static inline void show(struct worker *w, uint64_t time_ns) {
	atomic_store_explicit(&w->shown.clock_ns, time_ns, memory_order_release);
}

// Once a tick, not once a burst: the line is read by another core. The stream's time is told, as
// the windows have it; before the first packet there is none, and no window either.
static inline void show_new_tick(struct worker *w, uint64_t now_ns) {
	const uint64_t stream_ns = pipeline_now_ns(w->pipeline);

	if (likely(now_ns / w->tick_ns == w->last_tick))
		return;
	w->last_tick = now_ns / w->tick_ns;
	show(w, stream_ns > 0 ? stream_ns : now_ns);
}

// A file waits: control may need some time to take windows and findings.
static bool burst_account_whole(struct worker *w, const struct burst *b) {
	uint16_t done = 0;

	for (;;) {
		done += pipeline_burst(w->pipeline, &b->frame[done], b->n - done);
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

static inline uint16_t worker_burst(struct worker *w, const struct worker_queue *from) {
	struct burst b;

	if (!burst_receive(from, &b))
		return 0;
	b.now_ns = w->file ? 0 : clock_at(w->clock, rte_rdtsc());
	burst_frames(w, &b);
	burst_account(w, &b);
	rte_pktmbuf_free_bulk(b.mbuf, b.n);
	return b.n;
}

static inline uint16_t worker_poll(struct worker *w) {
	uint16_t n = 0;

	for (uint8_t i = 0; i < w->n_queues; i++)
		n += worker_burst(w, &w->queue[i]);
	return n;
}

static void nap(struct worker *w) {
	const struct timespec t = {.tv_nsec = (long)w->sleep_us * 1000};

	nanosleep(&t, NULL);
	w->sleep_us = RTE_MIN(w->sleep_us * 2, w->idle_sleep_us);
}

// Nothing came. Let time pass for the pipeline, then rest: at once a pause, after a while a sleep
// that doubles up to idle_sleep_us. A sleep must stay far below the time in which a queue fills.
static inline void worker_idle(struct worker *w) {
	if (!w->file) {
		const uint64_t now_ns = clock_at(w->clock, rte_rdtsc());

		pipeline_clock(w->pipeline, now_ns);
		show_new_tick(w, now_ns);
	}
	rte_pause();
	w->idle_streak++;
	if (w->idle_sleep_us > 0 && w->idle_streak >= IDLE_SPINS)
		nap(w);
}

static inline void worker_busy(struct worker *w) {
	w->idle_streak = 0;
	w->sleep_us = RTE_MIN(IDLE_SLEEP_FIRST_US, w->idle_sleep_us);
}

static inline bool worker_goes_on(const struct worker *w) {
	if (atomic_load_explicit(&w->stop, memory_order_relaxed))
		return false;
	// The driver tells no end of file; the records were counted before (capture.h). Should the file
	// have become shorter since, it goes silent.
	return !w->file || (w->received < w->file_packets && w->idle_streak < FILE_SILENT_POLLS);
}

// What has been received by the driver but not polled when the stop came.
static void worker_drain(struct worker *w) {
	if (w->file)
		return;
	for (uint8_t i = 0; i < w->n_queues; i++)
		for (uint32_t turn = 0; turn < DRAIN_BURSTS_MAX; turn++)
			if (worker_burst(w, &w->queue[i]) == 0)
				break;
}

// Where others run on this CPU, they wait for us and not we for them; a sleep ends when it was asked
// to. Both are wishes: without the right to have them things go on, a little worse.
static void be_prompt(void) {
	setpriority(PRIO_PROCESS, (id_t)rte_gettid(), -20);
	prctl(PR_SET_TIMERSLACK, 1000ul); // [ns]; else each sleep lasts 50 us longer
}

int worker_run(void *arg) {
	struct worker *w = arg;

	be_prompt();
	worker_busy(w);
	while (worker_goes_on(w)) {
		if (worker_poll(w) > 0)
			worker_busy(w);
		else
			worker_idle(w);
	}
	worker_drain(w);
	while (!pipeline_finish(w->pipeline)) // control takes windows and findings meanwhile
		rte_pause();
	pipeline_show(w->pipeline);
	show(w, WORKER_ENDED);
	return 0;
}
