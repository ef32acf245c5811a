// A distributor core: reads queues, and spreads their packets over rings to the workers.
//
// Overview   receive a burst -> parse each packet as far as its innermost flow -> spread.h says whose
//            it is -> one enqueue a worker and burst. Where a port has one queue, or a mirror's
//            encapsulation falls into one, this is what brings the other workers in.
// Life cycle Launched before the workers. Told to stop, it takes what the ports still have, and says
//            `ended`; the workers go on until their rings are empty after that.
// Threads    distributor_run() on its own lcore. Control reads `shown` and stores `stop`; workers
//            read `ended`. Each ring has one producer (this) and one consumer (its worker).
// Memory     Given by control before launch; each ring on its worker's NUMA node.
// Ownership  A packet in a ring belongs to the worker that the ring ends at.
// Full       A ring without room: what does not fit is dropped and counted, for that worker. It never
//            waits: that would make one slow worker everybody's loss, uncounted, in the port.
#ifndef WEIR_SENSOR_DISTRIBUTOR_H
#define WEIR_SENSOR_DISTRIBUTOR_H

#include "packet/packet.h"
#include "sensor/core_load.h"
#include "sensor/worker.h"

struct rte_ring;
struct rte_mbuf;

struct lane { // to one worker
	struct rte_ring *ring;
	uint64_t dropped;
	uint32_t n;
	struct rte_mbuf *mbuf[BURST_MAX]; // of the burst in hand
};

struct distributor {
	// Set before launch, then only read.
	alignas(SHARED_ALIGN) struct packet_conf packet;
	uint8_t id;
	uint8_t n_queues;
	uint16_t n_workers;
	uint32_t idle_sleep_us; // 0: never sleep
	uint64_t show_cycles; // between two copies of the counters
	uint64_t seed;
	struct worker_queue queue[WORKER_QUEUES_MAX];

	// Private to the distributor.
	alignas(SHARED_ALIGN) struct core_load load;
	struct idle idle;
	uint64_t shown_tsc; // when the counters were copied
	uint32_t turn; // for packets without a flow
	uint64_t taken[WORKER_QUEUES_MAX];
	struct lane lane[STATS_WORKERS_MAX];

	// The distributor stores, control and the workers load.
	alignas(SHARED_ALIGN) atomic_bool ended; // nothing comes into the rings any more
	struct {
		struct core_shown load;
		_Atomic uint64_t taken[WORKER_QUEUES_MAX];
		_Atomic uint64_t dropped[STATS_WORKERS_MAX];
	} shown;

	// Control stores, the distributor loads once a turn.
	alignas(SHARED_ALIGN) atomic_bool stop;
};
static_assert(offsetof(struct distributor, load) % SHARED_ALIGN == 0);
static_assert(offsetof(struct distributor, ended) % SHARED_ALIGN == 0);
static_assert(offsetof(struct distributor, stop) % SHARED_ALIGN == 0);
static_assert(sizeof(struct distributor) % SHARED_ALIGN == 0, "no neighbour shares our last line");

// For rte_eal_remote_launch(). @return 0
int distributor_run(void *distributor);

// One burst of packets, owned by the caller until now: for distributor_run() and for tests.
void distributor_spread(struct distributor *, struct rte_mbuf *mbuf[], uint16_t n);

#endif
