#include "bench/pipeline/port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <stdio.h>
#include <string.h>

#define DEVICE "net_null0"
#define MBUFS 8191u // a queue; as many as two rings of 2,048 need, and the caches
#define POOL_CACHE 256u // as the sensor's
#define ROOM_BYTES 2048u // as the sensor's; never written here

static bool say(char error[static PORT_ERROR_MAX], const char *what, int ret) {
	snprintf(error, PORT_ERROR_MAX, "in-memory port: %s: %s", what, rte_strerror(-ret));
	return false;
}

static int set_up_queue(struct mem_port *p, struct feed *feed, uint16_t q) {
	char name[RTE_MEMPOOL_NAMESIZE];
	int ret;

	snprintf(name, sizeof(name), "bench%u", q);
	p->pool[q] = rte_pktmbuf_pool_create(
		name, MBUFS, POOL_CACHE, 0, ROOM_BYTES + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY
	);
	if (p->pool[q] == NULL)
		return -rte_errno;
	ret = rte_eth_rx_queue_setup(p->id, q, 2048, SOCKET_ID_ANY, NULL, p->pool[q]);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(p->id, q, 512, SOCKET_ID_ANY, NULL);
	if (ret != 0)
		return ret;
	p->callback[q] = rte_eth_add_rx_callback(p->id, q, feed_rx, feed);
	return p->callback[q] != NULL ? 0 : -rte_errno;
}

bool port_open(
	struct mem_port *p,
	struct feed feed[],
	uint16_t queues,
	char error[static PORT_ERROR_MAX]
) {
	const struct rte_eth_conf conf = {0};
	int ret;

	*p = (struct mem_port) {.queues = queues};
	ret = rte_eal_hotplug_add("vdev", DEVICE, "size=64,copy=0");
	if (ret != 0)
		return say(error, "net_null (package librte-net-null23) cannot be opened", ret);
	ret = rte_eth_dev_get_port_by_name(DEVICE, &p->id);
	if (ret == 0)
		ret = rte_eth_dev_configure(p->id, queues, queues, &conf);
	if (ret != 0)
		return say(error, "configuring", ret);
	for (uint16_t q = 0; q < queues; q++) {
		ret = set_up_queue(p, &feed[q], q);
		if (ret != 0)
			return say(error, "setting up a queue", ret);
	}
	ret = rte_eth_dev_start(p->id);
	return ret == 0 || say(error, "start", ret);
}

void port_silence_callback(struct mem_port *p, uint16_t q) {
	rte_eth_remove_rx_callback(p->id, q, p->callback[q]);
	p->callback[q] = NULL;
}

static void count_unclean(struct rte_mempool *pool, void *sum, void *object, unsigned) {
	const struct rte_mbuf *m = object;

	if (rte_mbuf_refcnt_read(m) != 1 || m->next != NULL || m->nb_segs != 1
	    || m->ol_flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL) || m->pool != pool)
		(*(uint32_t *)sum)++;
}

uint32_t port_mbufs_unclean(const struct mem_port *p) {
	uint32_t sum = 0;

	for (uint16_t q = 0; q < p->queues; q++) {
		sum += rte_mempool_in_use_count(p->pool[q]);
		rte_mempool_obj_iter(p->pool[q], count_unclean, &sum);
	}
	return sum;
}

void port_close(struct mem_port *p) {
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
	for (uint16_t q = 0; q < p->queues; q++)
		rte_mempool_free(p->pool[q]);
}
