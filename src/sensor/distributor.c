// The distributor's loop. The rules are the worker's: no allocation, lock, log; no system call but an
// idle one's sleep.
#include "sensor/distributor.h"

#include "contract/prefetch.h"
#include "sensor/burst_frames.h"
#include "sensor/spread.h"

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#define DRAIN_BURSTS_MAX 4096u // at stop, a queue: more than any ring holds
#define PREFETCH_AHEAD 4u

static inline uint32_t lane_of(struct distributor *d, const struct rte_mbuf *m) {
	const struct frame frame = frame_of(m, 0);
	struct packet packet;

	packet_parse(&d->packet, &frame, &packet);
	if (likely(packet.class == PACKET_FLOW))
		return spread_worker(spread_hash(&packet, d->seed), d->n_workers);
	d->turn = d->turn + 1 < d->n_workers ? d->turn + 1 : 0;
	return d->turn;
}

static inline void lane_put(struct lane *lane, struct rte_mbuf *m) {
	lane->mbuf[lane->n++] = m;
}

static inline void lane_flush(struct lane *lane) {
	const uint32_t sent
		= rte_ring_sp_enqueue_burst(lane->ring, (void **)lane->mbuf, lane->n, NULL);

	if (unlikely(sent < lane->n)) {
		lane->dropped += lane->n - sent;
		rte_pktmbuf_free_bulk(&lane->mbuf[sent], lane->n - sent);
	}
	lane->n = 0;
}

void distributor_spread(struct distributor *d, struct rte_mbuf *mbuf[], uint16_t n) {
	for (uint16_t i = 0; i < RTE_MIN(n, PREFETCH_AHEAD); i++)
		prefetch(rte_pktmbuf_mtod(mbuf[i], const void *));
	for (uint16_t i = 0; i < n; i++) {
		if (i + PREFETCH_AHEAD < n)
			prefetch(rte_pktmbuf_mtod(mbuf[i + PREFETCH_AHEAD], const void *));
		lane_put(&d->lane[lane_of(d, mbuf[i])], mbuf[i]);
	}
	for (uint16_t k = 0; k < d->n_workers; k++)
		if (d->lane[k].n > 0)
			lane_flush(&d->lane[k]);
}

static void show(struct distributor *d, uint64_t tsc) {
	d->shown_tsc = tsc;
	core_load_show(&d->shown.load, &d->load);
	for (uint8_t i = 0; i < d->n_queues; i++)
		atomic_store_explicit(&d->shown.taken[i], d->taken[i], memory_order_relaxed);
	for (uint16_t k = 0; k < d->n_workers; k++)
		atomic_store_explicit(
			&d->shown.dropped[k], d->lane[k].dropped, memory_order_relaxed
		);
}

static inline void show_when_due(struct distributor *d, uint64_t tsc) {
	if (unlikely(tsc - d->shown_tsc >= d->show_cycles))
		show(d, tsc);
}

static inline uint16_t distributor_burst(struct distributor *d, uint8_t i) {
	struct rte_mbuf *mbuf[BURST_MAX];
	const uint16_t n = rte_eth_rx_burst(d->queue[i].port, d->queue[i].queue, mbuf, BURST_MAX);
	uint64_t tsc;

	if (n == 0)
		return 0;
	tsc = rte_rdtsc();
	core_load_burst(&d->load, tsc, n);
	d->taken[i] += n;
	distributor_spread(d, mbuf, n);
	show_when_due(d, tsc);
	return n;
}

static inline uint16_t distributor_poll(struct distributor *d) {
	uint16_t n = 0;

	d->load.polls++;
	for (uint8_t i = 0; i < d->n_queues; i++)
		n += distributor_burst(d, i);
	return n;
}

static inline void distributor_idle(struct distributor *d) {
	const uint64_t tsc = rte_rdtsc();

	core_load_mark(&d->load, tsc, false);
	show_when_due(d, tsc);
	idle_rest(&d->idle, d->idle_sleep_us);
}

static void drain(struct distributor *d) {
	for (uint8_t i = 0; i < d->n_queues; i++)
		for (uint32_t turn = 0; turn < DRAIN_BURSTS_MAX; turn++)
			if (distributor_burst(d, i) == 0)
				break;
}

int distributor_run(void *arg) {
	struct distributor *d = arg;

	be_prompt();
	idle_over(&d->idle, d->idle_sleep_us);
	core_load_start(&d->load, rte_rdtsc());
	while (!atomic_load_explicit(&d->stop, memory_order_relaxed)) {
		if (distributor_poll(d) > 0)
			idle_over(&d->idle, d->idle_sleep_us);
		else
			distributor_idle(d);
	}
	drain(d);
	show(d, rte_rdtsc());
	atomic_store_explicit(&d->ended, true, memory_order_release);
	return 0;
}
