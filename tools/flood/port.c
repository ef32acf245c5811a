// Out of a DPDK device, at the pace of the packets' own times.
//
// Packets gather in a burst until it is full or until the next one is not due yet. A device that is full
// is asked again: the scene then takes longer than its own clock says, and the end tells by how much.
#include "fast.h"
#include "output.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define BURST 32
#define ROOM 64 // many at a time
#define DESCRIPTORS 1024
#define BUFFERS 4095
#define BUFFER_CACHE 256
#define STUCK_S 2 // without one packet taken: the device is gone or its link is down
#define LINK_S 10 // an adapter's link comes up in some seconds, memif's when its peer is there
#define LINGER_MS 200
#define DEPTH_NS                                                                                   \
	1000000 // of the token bucket: what we are late by more than this is not made up for
#define WAKE_EARLY_NS 20000 // a sleep ends some microseconds late
#define SLEEP_US_MAX 100000u // a signal is looked for after it
#define MEMORY_MB "64"

struct port {
	struct output output;
	const struct settings *settings;
	struct rte_mempool *pool;
	struct rte_mbuf *burst[ROOM];
	uint16_t id, n;
	bool begun, as_fast_as_it_goes;
	bool attacks; // a packet of the attack is in the burst
	uint64_t first_ns; // the scene's clock
	uint64_t first_tsc, hz; // first_tsc moves when the pace falls behind
	uint64_t begun_tsc, last_tsc;
	double tsc_per_ns;
	uint64_t behind_tsc;
	uint64_t attack_began_ns;
};

static void begin(struct port *p, uint64_t time_ns) {
	if (p->begun)
		return;
	p->begun = true;
	p->first_ns = time_ns;
	p->first_tsc = p->begun_tsc = rte_get_tsc_cycles();
}

static void note_attack(struct port *p) {
	struct timespec t;

	if (!p->attacks || p->attack_began_ns > 0)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	p->attack_began_ns = (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

// Hand over burst[0 .. n-1]. @return how many went: with `patient` all, or the device is stuck
static uint16_t transmit(struct port *p, uint16_t n, bool patient) {
	uint64_t last_tsc = rte_get_tsc_cycles();
	uint16_t done = 0;

	note_attack(p);
	do {
		const uint16_t sent = rte_eth_tx_burst(p->id, 0, &p->burst[done], n - done);

		done += sent;
		if (done == n || !patient)
			break;
		if (sent > 0)
			last_tsc = rte_get_tsc_cycles();
	} while (rte_get_tsc_cycles() - last_tsc < STUCK_S * p->hz);
	if (done < n)
		rte_pktmbuf_free_bulk(&p->burst[done], n - done);
	p->last_tsc = rte_get_tsc_cycles();
	return done;
}

static int flush(struct port *p) {
	const uint16_t n = p->n, done = n > 0 ? transmit(p, n, true) : 0;

	p->n = 0;
	return done == n ? 0 : -ENETDOWN;
}

static uint64_t due_tsc(const struct port *p, uint64_t time_ns) {
	return p->first_tsc + (uint64_t)((double)(time_ns - p->first_ns) * p->tsc_per_ns);
}

// A long wait leaves the CPU to others: on a bench of one machine they are the sensor and its Redis.
static void wait_until(const struct port *p, uint64_t tsc) {
	const uint64_t early_tsc = p->hz / (SECOND_NS / WAKE_EARLY_NS);

	for (uint64_t now; (now = rte_get_tsc_cycles()) < tsc && !world_interrupted();)
		if (tsc - now > 2 * early_tsc)
			rte_delay_us_sleep((unsigned
			)RTE_MIN((tsc - now - early_tsc) / (p->hz / 1000000), SLEEP_US_MAX));
		else
			rte_pause();
}

// A buffer comes back when the device has sent it.
static uint16_t buffers(struct port *p, struct rte_mbuf *out[], uint16_t n) {
	const uint64_t until_tsc = rte_get_tsc_cycles() + STUCK_S * p->hz;

	while (rte_pktmbuf_alloc_bulk(p->pool, out, n) != 0) {
		if (rte_get_tsc_cycles() > until_tsc)
			return 0;
		rte_eth_tx_done_cleanup(p->id, 0, 0);
	}
	return n;
}

static int put(struct output *output, const uint8_t *frame, uint32_t n, uint64_t time_ns) {
	struct port *const p = (struct port *)output;
	struct rte_mbuf *m;
	int result = 0;

	begin(p, time_ns);
	const uint64_t due = due_tsc(p, time_ns);

	if (p->n == BURST || (p->n > 0 && rte_get_tsc_cycles() < due))
		result = flush(p);
	wait_until(p, due);
	if (result < 0)
		return result;
	if (buffers(p, &m, 1) == 0)
		return -ENOBUFS;
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), frame, n);
	p->burst[p->n++] = m;
	p->attacks |= output->part == PART_ATTACK;
	return 0;
}

static uint16_t room(struct output *output, uint8_t *frame[], uint16_t n) {
	struct port *const p = (struct port *)output;
	const uint16_t there = buffers(p, p->burst, n < ROOM ? n : ROOM);

	for (uint16_t i = 0; i < there; i++)
		frame[i] = rte_pktmbuf_mtod(p->burst[i], uint8_t *);
	return there;
}

// The token bucket: packets are due at their times; a delay is made up for if it was short.
static void keep_pace(struct port *p, uint64_t time_ns) {
	const uint64_t due = due_tsc(p, time_ns), now = rte_get_tsc_cycles();
	const uint64_t depth = p->hz / (SECOND_NS / DEPTH_NS);

	if (now < due) {
		wait_until(p, due);
	} else if (now - due > depth) {
		p->first_tsc += now - due - depth;
		p->behind_tsc += now - due - depth;
	}
}

static int
send_burst(struct output *output, const uint16_t length[], const uint64_t time_ns[], uint16_t n) {
	struct port *const p = (struct port *)output;
	uint16_t sent;

	for (uint16_t i = 0; i < n; i++)
		p->burst[i]->data_len = length[i];
	for (uint16_t i = 0; i < n; i++)
		p->burst[i]->pkt_len = length[i];
	p->attacks |= output->part == PART_ATTACK;
	begin(p, time_ns[0]);
	if (!p->as_fast_as_it_goes)
		keep_pace(p, time_ns[0]);
	sent = transmit(p, n, !p->settings->drop);
	return sent == n || p->settings->drop ? sent : -ENETDOWN;
}

static void tell(const struct port *p, struct tally *tally) {
	struct rte_eth_stats stats = {0};

	if (rte_eth_stats_get(p->id, &stats) == 0)
		tally->port_errors = stats.oerrors;
	if (p->begun)
		tally->seconds = (double)(p->last_tsc - p->begun_tsc) / (double)p->hz;
	tally->behind_s = (double)p->behind_tsc / (double)p->hz;
	tally->attack_began_ns = p->attack_began_ns;
}

static int close_port(struct output *output, struct tally *tally) {
	struct port *const p = (struct port *)output;
	const int result = flush(p);

	tell(p, tally);
	// What lies in a ring yet is for the other end to take: memif throws it away with the connection.
	rte_delay_us_sleep(LINGER_MS * 1000);
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

static int wait_for_link(const struct port *p) {
	const uint64_t until_tsc = rte_get_tsc_cycles() + LINK_S * p->hz;
	struct rte_eth_link link = {0};

	do {
		if (rte_eth_link_get_nowait(p->id, &link) != 0
		    || link.link_status == RTE_ETH_LINK_UP)
			return 0;
		rte_delay_us_sleep(1000);
	} while (rte_get_tsc_cycles() < until_tsc && !world_interrupted());
	return -ENETDOWN;
}

// EAL binds us to the first CPU, whoever runs there; where we may run is for taskset(1) to say. A pace is
// kept best by who need not wait: a wish, without the right to it things go on, a little worse.
static void be_prompt(const cpu_set_t *allowed) {
	sched_setaffinity(0, sizeof(*allowed), allowed);
	setpriority(PRIO_PROCESS, 0, -20);
	prctl(PR_SET_TIMERSLACK, 1000ul); // [ns]; else each sleep lasts 50 us longer
}

static int open_port(struct port *p) {
	cpu_set_t allowed;
	int result;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	result = eal_begin(p->settings->port);
	be_prompt(&allowed);
	if (result == 0)
		result = port_begin(p);
	p->hz = rte_get_tsc_hz();
	p->tsc_per_ns = (double)p->hz / (double)SECOND_NS;
	return result == 0 ? wait_for_link(p) : result;
}

struct output *port_output(const struct settings *settings, char error[static 256]) {
	struct port *const p = calloc(1, sizeof(*p));
	int result;

	if (p == NULL) {
		snprintf(error, 256, "no memory");
		return NULL;
	}
	p->output = (struct output) {
		.put = put, .room = room, .send = send_burst, .close = close_port};
	p->settings = settings;
	p->as_fast_as_it_goes = settings->packets_per_s >= RATE_MAX;
	result = open_port(p);
	if (result == 0)
		return &p->output;
	if (result == -ENETDOWN)
		snprintf(
			error,
			256,
			"its link did not come up in %u s: is the other end there?",
			LINK_S
		);
	else
		snprintf(
			error,
			256,
			"%s: run as root; a PCI device must be bound to a DPDK driver, a vdev "
			"reads like "
			"net_af_packet0,iface=eth1",
			strerror(-result)
		);
	free(p);
	return NULL;
}
