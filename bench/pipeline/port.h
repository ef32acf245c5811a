// The in-memory port: net_null with a queue a worker, each with the feed's receive callback.
//
// Threads    The main thread; EAL runs.
// Ownership  The port owns its pools; the feeds are the caller's and outlive it.
#ifndef WEIR_BENCH_PORT_H
#define WEIR_BENCH_PORT_H

#include "bench/pipeline/feed.h"

#define PORT_QUEUES_MAX 16
#define PORT_ERROR_MAX 256

struct rte_mempool;
struct rte_eth_rxtx_callback;

struct mem_port {
	uint16_t id;
	uint16_t queues;
	struct rte_mempool *pool[PORT_QUEUES_MAX];
	const struct rte_eth_rxtx_callback *callback[PORT_QUEUES_MAX];
};

// @return false: error says why
bool port_open(
	struct mem_port *,
	struct feed feed[],
	uint16_t queues,
	char error[static PORT_ERROR_MAX]
);
void port_silence_callback(struct mem_port *, uint16_t queue); // the bare driver from here on
// After the workers have ended: is every mbuf back, and as clean as it was?
// @return how many are not
uint32_t port_mbufs_unclean(const struct mem_port *);
void port_close(struct mem_port *);

#endif
