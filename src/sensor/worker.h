// One worker core: takes packets from its queues, or from the rings of the distributors, and runs the
// pipeline to completion, burst by burst.
//
// Threads    worker_run() on its own lcore. Control reads `shown` and stores `stop`; nothing else
//            is shared but what pipeline.h and distributor.h say.
// Memory     Given by control before launch, on the worker's NUMA node, in huge pages if there are any.
// Ownership  Mbufs belong to the burst and are freed with it.
// Full       A live port never waits: the pipeline says what it gives up. A file waits for control.
#ifndef WEIR_SENSOR_WORKER_H
#define WEIR_SENSOR_WORKER_H

#include "pipeline/pipeline.h"
#include "sensor/clock.h"
#include "sensor/core_load.h"
#include "sensor/idle.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Memory that another core reads or writes gets a pair of lines to itself: x86 cores also fetch
// the neighbour of the line they ask for.
#define SHARED_ALIGN 128
#define WORKER_QUEUES_MAX 52 // as many as fit into the lines that are only read

#define WORKER_RINGS_MAX STATS_DISTRIBUTORS_MAX

#define WORKER_ENDED UINT64_MAX // as clock_ns: the last window has been handed over

struct worker_queue {
	uint16_t port;
	uint16_t queue;
};

struct worker_ring {
	struct rte_ring *ring;
	const atomic_bool *ended; // its producer's last packet is in it
};

struct worker {
	// Set before launch, then only read.
	alignas(SHARED_ALIGN) struct pipeline *pipeline; // owned by control
	const struct tsc_clock *clock;
	uint64_t file_packets; // to read, where `file`
	uint64_t tick_ns;
	int32_t time_offset; // of the driver's time stamp in the mbuf, where `file`
	uint32_t idle_sleep_us; // 0: never sleep
	bool file;
	uint8_t id;
	uint8_t n_queues; // or rings
	bool from_rings;
	union {
		struct worker_queue queue[WORKER_QUEUES_MAX];
		struct worker_ring ring[WORKER_RINGS_MAX];
	};

	// Private to the worker, written on every burst.
	alignas(SHARED_ALIGN) uint64_t received;
	uint64_t tick_start_ns; // of the tick that clock_ns was stored in
	struct idle idle;
	struct core_load load;
	uint64_t taken[WORKER_QUEUES_MAX]; // packets, by queue or ring

	// Worker stores, control loads.
	alignas(SHARED_ALIGN) struct {
		_Atomic uint64_t
			clock_ns; // packet time; windows that end before it are in the ring
		struct core_shown load; // a tick old
		_Atomic uint64_t taken[WORKER_QUEUES_MAX];
	} shown;

	// Control stores, worker loads once a turn.
	alignas(SHARED_ALIGN) atomic_bool stop;
};
static_assert(offsetof(struct worker, received) % SHARED_ALIGN == 0);
static_assert(
	offsetof(struct worker, received) == 2 * SHARED_ALIGN,
	"read-mostly: two pairs of lines"
);
static_assert(offsetof(struct worker, shown) - offsetof(struct worker, received) >= SHARED_ALIGN);
static_assert(offsetof(struct worker, stop) - offsetof(struct worker, shown) >= SHARED_ALIGN);
static_assert(sizeof(struct worker) % SHARED_ALIGN == 0, "no neighbour shares our last line");

// For rte_eal_remote_launch(). @return 0
int worker_run(void *worker);

#endif
