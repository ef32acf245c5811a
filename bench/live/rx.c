// The ceiling of a path: what a loop that only receives and frees gets out of a device. weird in the same
// place is measured against it.
//
// usage: bench_live_rx DEVICE SECONDS    DEVICE: a vdev with its arguments, or a PCI address
//
// Counts from the first packet until none has come for a while, at most SECONDS in all; one JSON object. The
// while is shorter than weir-flood's before it hangs up: DPDK 22.11's memif driver can crash in a receive
// call during which its peer hangs up (the region is unmapped by another thread).
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BURST 64
#define DESCRIPTORS 1024
#define BUFFERS 16383 // one less than a power of two: mempools like it
#define BUFFER_CACHE 256
#define SILENCE_MS 100

static int begin(uint16_t *port, const char *device) {
	char name[] = "rx", log[] = "--log-level=error", telemetry[] = "--no-telemetry";
	char in_memory[] = "--in-memory", no_pci[] = "--no-pci", va[] = "--iova-mode=va";
	char vdev[256], prefix[64];
	char *argv[] = {name, log, telemetry, in_memory, prefix, vdev, no_pci, va};
	const bool virtual = strncmp(device, "net_", 4) == 0;
	cpu_set_t allowed;
	int ret;

	snprintf(prefix, sizeof(prefix), "--file-prefix=live-rx-%d", (int)getpid());
	snprintf(vdev, sizeof(vdev), "%s=%s", virtual ? "--vdev" : "--allow", device);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	ret = rte_eal_init(virtual ? 8 : 6, argv);
	sched_setaffinity(0, sizeof(allowed), &allowed);
	setpriority(PRIO_PROCESS, 0, -20); // as the sensor's workers have it
	if (ret < 0)
		return -1;
	RTE_ETH_FOREACH_DEV (*port)
		return 0;
	return -1;
}

static int start(uint16_t port) {
	struct rte_mempool *const pool = rte_pktmbuf_pool_create(
		"rx", BUFFERS, BUFFER_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY
	);
	const struct rte_eth_conf conf = {0};

	if (pool == NULL || rte_eth_dev_configure(port, 1, 1, &conf) != 0
	    || rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, pool) != 0
	    || rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL) != 0)
		return -1;
	return rte_eth_dev_start(port);
}

struct counts {
	uint64_t packets, bytes, first_tsc, last_tsc;
};

static void count(uint16_t port, uint64_t end_tsc, struct counts *c) {
	const uint64_t silence = rte_get_tsc_hz() / 1000 * SILENCE_MS;
	struct rte_mbuf *burst[BURST];

	for (uint64_t now = rte_rdtsc(); now < end_tsc; now = rte_rdtsc()) {
		const uint16_t n = rte_eth_rx_burst(port, 0, burst, BURST);

		if (n == 0 && c->packets > 0 && now - c->last_tsc > silence)
			return;
		if (n == 0)
			continue;
		if (c->packets == 0)
			c->first_tsc = now;
		c->last_tsc = now;
		c->packets += n;
		for (uint16_t i = 0; i < n; i++)
			c->bytes += rte_pktmbuf_pkt_len(burst[i]);
		rte_pktmbuf_free_bulk(burst, n);
	}
}

int main(int argc, char **argv) {
	struct counts c = {0};
	uint16_t port = 0;

	if (argc != 3 || atof(argv[2]) <= 0) {
		fprintf(stderr, "usage: bench_live_rx DEVICE SECONDS\n");
		return 2;
	}
	if (begin(&port, argv[1]) != 0 || start(port) != 0) {
		fprintf(stderr, "bench_live_rx: %s: cannot be opened\n", argv[1]);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	count(port, rte_rdtsc() + (uint64_t)(atof(argv[2]) * (double)rte_get_tsc_hz()), &c);
	const double seconds = (double)(c.last_tsc - c.first_tsc) / (double)rte_get_tsc_hz();

	printf("{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"seconds\":%.6f}\n",
	       c.packets,
	       c.bytes,
	       seconds);
	rte_eth_dev_stop(port);
	rte_eth_dev_close(port);
	rte_eal_cleanup();
	return 0;
}
