#include "sensor/port.h"

#include "sensor/log.h"
#include "sensor/rss.h"

#include <bpf/libbpf.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define POOL_CACHE 256u

static int make_device(struct port *p, char error[static SENSOR_ERROR_MAX]) {
	const struct port_plan *plan = p->plan;
	int ret;

	if (plan->kind != PORT_PCI) {
		ret = rte_eal_hotplug_add("vdev", plan->device, plan->args);
		if (ret != 0)
			return fail(
				error,
				SENSOR_PORT,
				"%s: %s cannot be opened through %s (%s)",
				plan->label,
				port_kind_name(plan->kind),
				plan->device,
				rte_strerror(-ret)
			);
	}
	if (rte_eth_dev_get_port_by_name(plan->device, &p->id) != 0)
		return fail(
			error,
			SENSOR_PORT,
			"%s: DPDK did not take the device%s",
			plan->label,
			plan->kind == PORT_PCI ? ": bind it to vfio-pci (dpdk-devbind.py), and "
						 "check that its driver "
						 "is installed"
					       : ""
		);
	p->made = true;
	return 0;
}

static int make_pool(struct port *p, uint16_t queue, char error[static SENSOR_ERROR_MAX]) {
	const struct port_plan *plan = p->plan;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "p%u_q%u", p->id, queue);
	p->pool[queue] = rte_pktmbuf_pool_create(
		name,
		plan->mbufs,
		POOL_CACHE,
		0,
		(uint16_t)(plan->mbuf_room + RTE_PKTMBUF_HEADROOM),
		plan->numa
	);
	if (p->pool[queue] == NULL)
		return fail(
			error,
			SENSOR_RESOURCES,
			"%s: no memory for %u packet buffers of queue %u on NUMA node %d (%s)",
			plan->label,
			plan->mbufs,
			queue,
			plan->numa,
			rte_strerror(rte_errno)
		);
	// The AF_XDP driver registers one piece of memory with the kernel and no more.
	if (plan->kind == PORT_AF_XDP && p->pool[queue]->nb_mem_chunks != 1)
		return fail(
			error,
			SENSOR_RESOURCES,
			"%s: packet buffers for AF_XDP lie in %u pieces and must lie in one: lower "
			"eal.mbufs, or use larger huge pages",
			plan->label,
			p->pool[queue]->nb_mem_chunks
		);
	return 0;
}

static int
port_failed(const struct port *p, const char *what, int ret, char error[static SENSOR_ERROR_MAX]) {
	return fail(error, SENSOR_PORT, "%s: %s: %s", p->plan->label, what, rte_strerror(-ret));
}

// A sensor sends nothing, but some drivers want as many queues each way: AF_XDP and tap insist, and memif
// hangs up on a peer that brings a receive ring for which there is no queue here.
static bool wants_tx_queues(const struct port_plan *plan) {
	static const char *const devices[] = {"net_memif", "net_tap"};

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (plan->kind == PORT_VDEV
		    && strncmp(plan->device, devices[i], strlen(devices[i])) == 0)
			return true;
	return plan->kind == PORT_AF_XDP;
}

static uint16_t tx_queues(const struct port *p) {
	return wants_tx_queues(p->plan) ? p->queues : 0;
}

static int
set_up_queues(struct port *p, uint16_t descriptors, char error[static SENSOR_ERROR_MAX]) {
	for (uint16_t q = 0; q < p->queues; q++) {
		const int wrong = make_pool(p, q, error);
		int ret = 0;

		if (wrong != 0)
			return wrong;
		ret = rte_eth_rx_queue_setup(
			p->id, q, descriptors, (unsigned)p->plan->numa, NULL, p->pool[q]
		);
		if (ret == 0 && q < tx_queues(p))
			ret = rte_eth_tx_queue_setup(
				p->id, q, descriptors, (unsigned)p->plan->numa, NULL
			);
		if (ret != 0)
			return port_failed(p, "setting up a queue", ret, error);
	}
	return 0;
}

static int configure(struct port *p, char error[static SENSOR_ERROR_MAX]) {
	uint8_t key[RSS_KEY_BYTES_MAX];
	struct rte_eth_conf conf = {0};
	uint16_t rx_descriptors = p->plan->descriptors, tx_descriptors = 0;
	struct rte_eth_dev_info info;
	int ret = rte_eth_dev_info_get(p->id, &info);

	if (ret != 0)
		return port_failed(p, "asking the driver", ret, error);
	p->queues = p->plan->queues;
	if (p->queues > info.max_rx_queues) {
		log_line(
			LOG_WARNING,
			"%s has %u receive queues, not %u; for more workers: \"distribute\": "
			"\"on\"",
			p->plan->label,
			info.max_rx_queues,
			p->queues
		);
		p->queues = info.max_rx_queues;
	}
	if (p->queues > 1)
		rss_request(&conf, &info, key);
	ret = rte_eth_dev_configure(p->id, p->queues, tx_queues(p), &conf);
	if (ret != 0)
		return port_failed(p, "configuring the adapter", ret, error);
	// Drivers of virtual devices take any number and use their own.
	if (p->plan->kind == PORT_PCI) {
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx_descriptors, &tx_descriptors);
		if (ret != 0)
			return port_failed(p, "descriptors", ret, error);
	}
	return set_up_queues(p, rx_descriptors, error);
}

static void describe_hash(struct port *p) {
	struct rte_eth_dev_info info;
	const char *wrong;

	if (p->queues == 1)
		snprintf(p->hash, sizeof(p->hash), "one queue, nothing to spread");
	else if (p->plan->kind == PORT_AF_PACKET)
		snprintf(p->hash, sizeof(p->hash), "the kernel's fan-out, symmetric");
	else if (p->plan->kind == PORT_AF_XDP)
		snprintf(
			p->hash,
			sizeof(p->hash),
			"the adapter's own, %ssymmetric",
			p->plan->netif.symmetric_hash ? "" : "not "
		);
	else if (rte_eth_dev_info_get(p->id, &info) != 0 || info.flow_type_rss_offloads == 0)
		snprintf(
			p->hash, sizeof(p->hash), "the driver has no hash: both directions may part"
		);
	else if ((wrong = rss_verify(p->id, info.hash_key_size > 0 ? info.hash_key_size : 40u)) != NULL)
		snprintf(p->hash, sizeof(p->hash), "NOT symmetric: %s", wrong);
	else
		snprintf(p->hash, sizeof(p->hash), "symmetric, verified with the key in use");
}

static void read_spread(struct port *p) {
	struct spread *s = &p->spread;

	*s = (struct spread) {.by = SPREAD_UNKNOWN, .queues = p->queues};
	if (p->queues == 1)
		s->by = SPREAD_NONE;
	else if (p->plan->kind == PORT_AF_PACKET)
		s->by = SPREAD_KERNEL;
	else if (p->plan->kind == PORT_PCI || p->plan->kind == PORT_VDEV)
		rss_read(p->id, s);
}

static void set_promiscuous(struct port *p) {
	p->was_promiscuous = p->plan->netif.promiscuous;
	if (p->plan->conf->promiscuous && rte_eth_promiscuous_enable(p->id) != 0
	    && p->plan->kind != PORT_PCAP && p->plan->kind != PORT_VDEV)
		log_line(
			LOG_WARNING,
			"%s: cannot receive what is addressed to others (promiscuous)",
			p->plan->label
		);
}

static void find_sockets(struct port *p, const struct fd_list *before) {
	struct fd_list now;

	fds_of_family(&now, before->family);
	fds_subtract(&now, before);
	port_loss_start(&p->loss, &now, p->plan->netif.index);
}

int port_start(struct port *p, const struct port_plan *plan, char error[static SENSOR_ERROR_MAX]) {
	struct fd_list before;
	int wrong, ret;

	*p = (struct port) {.plan = plan};
	fds_of_family(&before, plan->kind == PORT_AF_XDP ? AF_XDP : AF_PACKET);
	wrong = make_device(p, error);
	if (wrong == 0)
		wrong = configure(p, error);
	if (wrong != 0)
		return wrong;
	set_promiscuous(p);
	ret = rte_eth_dev_start(p->id);
	if (ret != 0)
		return port_failed(p, "start", ret, error);
	p->started = true;
	find_sockets(p, &before);
	describe_hash(p);
	read_spread(p);
	return 0;
}

void port_stop(struct port *p) {
	if (!p->made)
		return;
	if (p->plan->conf->promiscuous && !p->was_promiscuous)
		rte_eth_promiscuous_disable(p->id);
	if (p->started)
		rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
	for (uint16_t q = 0; q < CONFIG_CORES_MAX; q++)
		rte_mempool_free(p->pool[q]);
	*p = (struct port) {.plan = p->plan};
}

void port_abandon(struct port *p) {
	if (p->made && p->plan->kind == PORT_AF_XDP)
		bpf_xdp_detach((int)p->plan->netif.index, 0, NULL);
}

// memif forgets its counters when its peer hangs up.
static void add_before(struct port *p, struct port_counters *now) {
	uint64_t *out = (uint64_t *)now, *before = (uint64_t *)&p->before;
	const uint64_t *last = (const uint64_t *)&p->driver;
	const struct port_counters told = *now;

	for (unsigned i = 0; i < PORT_COUNTER_N; i++) {
		if (out[i] < last[i])
			before[i] += last[i];
		out[i] += before[i];
	}
	p->driver = told;
}

static void read_driver(struct port *p, struct port_counters *out) {
	struct rte_eth_stats s;

	*out = (struct port_counters) {0};
	if (rte_eth_stats_get(p->id, &s) != 0)
		return;
	*out = (struct port_counters) {
		.port_packets = s.ipackets,
		.port_bytes = s.ibytes,
		.port_missed = s.imissed,
		.port_no_mbuf = s.rx_nombuf,
		.port_errors = s.ierrors,
	};
	add_before(p, out);
}

static void add_loss(const struct port *p, struct port_counters *out) {
	out->port_missed += p->loss.missed;
	out->port_errors += p->loss.errors;
}

void port_counters(struct port *p, struct port_counters *out) {
	read_driver(p, out);
	port_loss_read(&p->loss);
	add_loss(p, out);
}

void port_counters_final(struct port *p, struct port_counters *out) {
	read_driver(p, out);
	port_loss_finish(&p->loss, out->port_packets);
	add_loss(p, out);
}
