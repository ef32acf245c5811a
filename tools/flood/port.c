// Out of a DPDK device, at the pace of the packets' own times.
//
// Packets gather in a burst until it is full or until the next one is not due yet. A device that is full
// is asked again: the scene then takes longer than its own clock says, and the end tells by how much.
#include "output.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST 32
#define DESCRIPTORS 1024
#define BUFFERS 4095
#define BUFFER_CACHE 128
#define STUCK_S 2 // without one packet taken: the device is gone or its link is down
#define MEMORY_MB "64"

struct port {
	struct output output;
	struct rte_mempool *pool;
	struct rte_mbuf *burst[BURST];
	uint16_t id, n;
	bool begun;
	uint64_t first_ns; // the scene's clock
	uint64_t first_tsc, hz;
	uint64_t sent;
};

static int flush(struct port *p) {
	uint64_t last_tsc = rte_get_tsc_cycles();
	uint16_t done = 0;

	while (done < p->n) {
		const uint16_t sent = rte_eth_tx_burst(p->id, 0, &p->burst[done], p->n - done);

		done += sent;
		if (sent > 0)
			last_tsc = rte_get_tsc_cycles();
		else if (rte_get_tsc_cycles() - last_tsc > STUCK_S * p->hz)
			break;
	}
	p->sent += done;
	if (done < p->n)
		rte_pktmbuf_free_bulk(&p->burst[done], p->n - done);
	const int result = done == p->n ? 0 : -ENETDOWN;

	p->n = 0;
	return result;
}

static uint64_t due_tsc(const struct port *p, uint64_t time_ns) {
	return p->first_tsc + (uint64_t)((double)(time_ns - p->first_ns) * (double)p->hz / 1e9);
}

// A buffer comes back when the device has sent it.
static struct rte_mbuf *buffer(struct port *p) {
	const uint64_t until_tsc = rte_get_tsc_cycles() + STUCK_S * p->hz;
	struct rte_mbuf *m;

	while ((m = rte_pktmbuf_alloc(p->pool)) == NULL && rte_get_tsc_cycles() < until_tsc)
		rte_eth_tx_done_cleanup(p->id, 0, 0);
	return m;
}

static int put(struct output *output, const uint8_t *frame, uint32_t n, uint64_t time_ns) {
	struct port *const p = (struct port *)output;
	int result = 0;

	if (!p->begun) {
		p->begun = true;
		p->first_ns = time_ns;
		p->first_tsc = rte_get_tsc_cycles();
	}
	const uint64_t due = due_tsc(p, time_ns);

	if (p->n == BURST || (p->n > 0 && rte_get_tsc_cycles() < due))
		result = flush(p);
	while (rte_get_tsc_cycles() < due)
		rte_pause();
	struct rte_mbuf *const m = result < 0 ? NULL : buffer(p);

	if (m == NULL)
		return result < 0 ? result : -ENOBUFS;
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), frame, n);
	p->burst[p->n++] = m;
	return 0;
}

static void tell_pace(const struct port *p) {
	const double seconds = (double)(rte_get_tsc_cycles() - p->first_tsc) / (double)p->hz;

	if (p->begun && seconds > 0)
		fprintf(stderr,
			"weir-flood: %llu packets sent in %.3f s, %.0f packets/s\n",
			(unsigned long long)p->sent,
			seconds,
			(double)p->sent / seconds);
}

static int close_port(struct output *output) {
	struct port *const p = (struct port *)output;
	const int result = flush(p);

	tell_pace(p);
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
	rte_eal_cleanup();
	free(p);
	return result;
}

static bool huge_pages_are_free(void) {
	FILE *const f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
	unsigned long pages = 0;

	if (f == NULL)
		return false;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * 2 > (unsigned long)atoi(MEMORY_MB);
}

// A PCI address has colons before anything else that a vdev has.
static bool is_pci(const char *device) {
	unsigned domain, bus, slot, function;

	return sscanf(device, "%x:%x:%x.%x", &domain, &bus, &slot, &function) == 4
		|| sscanf(device, "%x:%x.%x", &bus, &slot, &function) == 3;
}

static int eal_begin(const char *device) {
	char name[] = "weir-flood", log[] = "--log-level=error", telemetry[] = "--no-telemetry";
	char memory[] = "-m", mb[] = MEMORY_MB, in_memory[] = "--in-memory";
	char no_huge[] = "--no-huge", no_shconf[] = "--no-shconf", no_pci[] = "--no-pci";
	char arg[256];
	char *argv[12] = {name, log, telemetry, memory, mb};
	int argc = 5;

	snprintf(arg, sizeof(arg), "%s=%s", is_pci(device) ? "--allow" : "--vdev", device);
	argv[argc++] = arg;
	if (!is_pci(device))
		argv[argc++] = no_pci;
	if (huge_pages_are_free()) {
		argv[argc++] = in_memory;
	} else {
		argv[argc++] = no_huge;
		argv[argc++] = no_shconf;
	}
	return rte_eal_init(argc, argv) < 0 ? -rte_errno : 0;
}

static int port_begin(struct port *p) {
	const struct rte_eth_conf conf = {0};
	int result = -ENODEV;

	RTE_ETH_FOREACH_DEV (p->id)
		break;
	if (p->id >= RTE_MAX_ETHPORTS)
		return result;
	p->pool = rte_pktmbuf_pool_create(
		"flood", BUFFERS, BUFFER_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY
	);
	if (p->pool == NULL)
		return -rte_errno;
	result = rte_eth_dev_configure(p->id, 1, 1, &conf);
	if (result == 0) // some drivers do not start without a receive side
		result = rte_eth_rx_queue_setup(
			p->id, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, p->pool
		);
	if (result == 0)
		result = rte_eth_tx_queue_setup(p->id, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL);
	return result == 0 ? rte_eth_dev_start(p->id) : result;
}

struct output *port_output(const char *device, char error[static 256]) {
	struct port *const p = calloc(1, sizeof(*p));
	int result;

	if (p == NULL) {
		snprintf(error, 256, "no memory");
		return NULL;
	}
	p->output = (struct output) {.put = put, .close = close_port};
	result = eal_begin(device);
	if (result == 0)
		result = port_begin(p);
	if (result == 0) {
		p->hz = rte_get_tsc_hz();
		return &p->output;
	}
	snprintf(
		error,
		256,
		"%s: run as root; a PCI device must be bound to a DPDK driver, a vdev reads like "
		"net_af_packet0,iface=eth1",
		strerror(-result)
	);
	free(p);
	return NULL;
}
