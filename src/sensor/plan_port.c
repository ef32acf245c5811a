// From "interface eth0" to the driver that will read it, with its arguments and why.
//
// What each driver's numbers mean, and what is added to them, is told in port_loss.h.
#include "packet/packet.h"
#include "sensor/log.h"
#include "sensor/plan.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// AF_PACKET (22.11) lays its ring out in slots of equal size that must divide a block, and the
// block is rounded up to a power of two of pages: 112 slots of 2304 bytes are 63 of 64 pages. A slot
// holds FRAME_LOOK_MAX bytes beside the kernel's header of up to about 100.
#define RING_SLOT_BYTES 2304u
#define RING_BLOCK_SLOTS 112u
#define RING_SLOTS_MIN 8192u // kernel memory; 10 ms without a CPU at 0.7 M packets/s
#define TPACKET_HEADER_SPARE 128u
_Static_assert(RING_SLOT_BYTES - TPACKET_HEADER_SPARE >= FRAME_LOOK_MAX, "a whole look fits");

#define MBUF_ROOM_DEFAULT 2304u // FRAME_LOOK_MAX and tags; a whole ring slot
#define FRAME_HEADERS_MAX 26u // Ethernet, two tags, checksum
// The AF_XDP driver wants one buffer, its headers included, within a page: 4096 less mempool
// header (64), mbuf (128), headroom (128), XDP headroom (256) and rounding.
#define AF_XDP_MTU_MAX 3400u
#define AF_XDP_DESCRIPTORS_MAX 4096u

static const char *const kind_names[] = {
	[PORT_AF_XDP] = "AF_XDP",
	[PORT_AF_PACKET] = "AF_PACKET",
	[PORT_PCAP] = "capture file",
	[PORT_PCI] = "PCI adapter",
	[PORT_VDEV] = "virtual device",
};

const char *port_kind_name(unsigned kind) {
	return kind_names[kind];
}

static uint32_t power_of_two(uint32_t n) {
	uint32_t p = 64;

	while (p < n)
		p <<= 1;
	return p;
}

static uint32_t at_least(uint32_t a, uint32_t b) {
	return a > b ? a : b;
}

const char *af_xdp_refusal(const struct netif *n, bool take_over, char *text, size_t size) {
	if (!take_over && n->default_route)
		snprintf(text, size, "%s carries the default route of this host", n->name);
	else if (!take_over && n->address[0] != '\0')
		snprintf(text, size, "%s carries the address %s", n->name, n->address);
	else if (!n->ethernet)
		snprintf(text, size, "%s is not an Ethernet interface", n->name);
	else if (n->xdp_program != 0)
		snprintf(
			text,
			size,
			"%s has an XDP program already (id %u; if it is left over: ip link set dev "
			"%s "
			"xdp off)",
			n->name,
			n->xdp_program,
			n->name
		);
	else if (n->mtu > AF_XDP_MTU_MAX)
		snprintf(
			text,
			size,
			"%s has MTU %u, AF_XDP takes up to %u",
			n->name,
			n->mtu,
			AF_XDP_MTU_MAX
		);
	else if (n->rx_queues > n->combined_queues)
		snprintf(
			text,
			size,
			"%s has %u receive queues and the driver can take %u of them (ethtool -L "
			"%s rx "
			"1)",
			n->name,
			n->rx_queues,
			n->combined_queues,
			n->name
		);
	else
		return NULL;
	return text;
}

static void use_af_xdp(struct port_plan *p, unsigned index) {
	p->kind = PORT_AF_XDP;
	p->link = LINK_ETHERNET;
	// A queue that nobody reads would be the host's again: all or none.
	p->queues = (uint16_t)p->netif.rx_queues;
	p->descriptors = (uint16_t)power_of_two(p->conf->descriptors);
	if (p->descriptors > AF_XDP_DESCRIPTORS_MAX)
		p->descriptors = AF_XDP_DESCRIPTORS_MAX;
	p->mbuf_room = at_least(MBUF_ROOM_DEFAULT, p->netif.mtu + FRAME_HEADERS_MAX);
	// busy_budget=0: with preferred busy polling every empty poll is a system call, and the
	// kernel receives nothing while we sleep.
	// Its fill ring takes 4096 buffers beside what is in flight.
	p->mbufs = at_least(8192, 4u * p->descriptors);
	snprintf(p->device, sizeof(p->device), "net_af_xdp%u", index);
	snprintf(
		p->args,
		sizeof(p->args),
		"iface=%s,start_queue=0,queue_count=%u,busy_budget=0",
		p->netif.name,
		p->queues
	);
}

static void use_af_packet(struct port_plan *p, unsigned index, uint32_t workers) {
	const uint32_t slots = at_least(p->conf->descriptors, RING_SLOTS_MIN);
	const uint32_t blocks = (slots + RING_BLOCK_SLOTS - 1) / RING_BLOCK_SLOTS;

	p->kind = PORT_AF_PACKET;
	p->link = p->netif.ethernet ? LINK_ETHERNET : LINK_RAW_IP;
	p->queues = p->conf->queues > 0 ? p->conf->queues : (uint16_t)at_least(workers, 1);
	p->descriptors = (uint16_t)(blocks * RING_BLOCK_SLOTS);
	p->mbuf_room = MBUF_ROOM_DEFAULT;
	p->mbufs = 2048; // a copy out of the ring, freed with the burst
	snprintf(p->device, sizeof(p->device), "net_af_packet%u", index);
	snprintf(
		p->args,
		sizeof(p->args),
		"iface=%s,qpairs=%u,blocksz=%u,framesz=%u,framecnt=%u,qdisc_bypass=0",
		p->netif.name,
		p->queues,
		RING_BLOCK_SLOTS * RING_SLOT_BYTES,
		RING_SLOT_BYTES,
		p->descriptors
	);
}

static int read_interface(struct port_plan *p, char error[static SENSOR_ERROR_MAX]) {
	const int got = netif_read(&p->netif, p->conf->name);
	char there[256];

	if (got == -ENODEV) {
		netif_list(there, sizeof(there));
		return fail(
			error,
			SENSOR_PORT,
			"no interface \"%s\"; there are: %s",
			p->conf->name,
			there
		);
	}
	if (got < 0)
		return fail(error, SENSOR_PORT, "interface %s: %s", p->conf->name, strerror(-got));
	if (!p->netif.up)
		return fail(
			error,
			SENSOR_PORT,
			"interface %s is down: ip link set dev %s up",
			p->netif.name,
			p->netif.name
		);
	p->numa = p->netif.numa;
	snprintf(p->label, sizeof(p->label), "%s", p->netif.name);
	return 0;
}

static int plan_interface(
	struct plan *plan,
	struct port_plan *p,
	unsigned index,
	char error[static SENSOR_ERROR_MAX]
) {
	const int wrong = read_interface(p, error);
	char refusal[256];
	const char *no;

	if (wrong != 0)
		return wrong;
	no = af_xdp_refusal(&p->netif, p->conf->take_over, refusal, sizeof(refusal));
	if (p->conf->driver == PORT_DRIVER_AF_XDP && no != NULL)
		return fail(
			error,
			SENSOR_PORT,
			"AF_XDP would take the packets of %s away from this host, or cannot be "
			"used: %s. Use "
			"\"driver\": \"af_packet\", which only copies%s",
			p->netif.name,
			no,
			p->conf->take_over ? "" : ", or say \"take_over\": true if that is meant"
		);
	if (p->conf->driver == PORT_DRIVER_AF_PACKET || no != NULL) {
		use_af_packet(p, index, plan_readers_named(plan->conf));
		snprintf(
			p->why,
			sizeof(p->why),
			"%s%s",
			no != NULL && p->conf->driver == PORT_DRIVER_AUTO ? "not AF_XDP: " : "",
			p->conf->driver == PORT_DRIVER_AUTO ? no : "as configured"
		);
	} else {
		use_af_xdp(p, index);
		snprintf(
			p->why,
			sizeof(p->why),
			"%s; the host no longer receives what comes in there",
			p->conf->driver == PORT_DRIVER_AUTO ? "the host does not use it"
							    : "as configured"
		);
	}
	if (p->netif.merges && p->kind == PORT_AF_PACKET)
		plan_note(
			plan,
			"%s merges packets before they are seen (GRO/LRO): packet counts will be "
			"below "
			"the switch's; ethtool -K %s gro off lro off",
			p->netif.name,
			p->netif.name
		);
	return 0;
}

static int plan_file(
	struct plan *plan,
	struct port_plan *p,
	unsigned index,
	char error[static SENSOR_ERROR_MAX]
) {
	char path[CONFIG_PATH_MAX];
	const int wrong = capture_read(&p->capture, p->conf->name, error);

	if (wrong != 0)
		return wrong;
	p->kind = PORT_PCAP;
	p->link = p->capture.link;
	p->queues = 1;
	p->descriptors = 512;
	p->mbufs = 4096; // a 64 KB packet takes 29 of them
	p->mbuf_room = MBUF_ROOM_DEFAULT;
	snprintf(path, sizeof(path), "%s", p->conf->name);
	snprintf(p->label, sizeof(p->label), "%.31s", basename(path));
	snprintf(p->device, sizeof(p->device), "net_pcap%u", index);
	snprintf(p->args, sizeof(p->args), "rx_pcap=%s", p->conf->name);
	snprintf(p->why, sizeof(p->why), "%lu packets to read", (unsigned long)p->capture.packets);
	plan->file = true;
	if (p->capture.cut_short)
		plan_note(
			plan,
			"%s is damaged or cut short after %lu packets (%s): those are analysed",
			p->conf->name,
			(unsigned long)p->capture.packets,
			p->capture.damage
		);
	if (p->capture.finer_than_us)
		plan_note(
			plan,
			"%s has time stamps finer than 1 us, which DPDK rounds down; `weir "
			"analyze` keeps "
			"them",
			p->conf->name
		);
	return 0;
}

static int numa_of_pci(const char *address) {
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.64s/numa_node", address);
	return numa_node_read(path);
}

static int plan_pci(struct port_plan *p, char error[static SENSOR_ERROR_MAX]) {
	char path[CONFIG_PATH_MAX + 32];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", p->conf->name);
	if (strchr(p->conf->name, '/') != NULL || access(path, F_OK) != 0)
		return fail(
			error,
			SENSOR_PORT,
			"no PCI device \"%s\"; the address is written like 0000:3b:00.0, see "
			"`lspci -D`",
			p->conf->name
		);
	p->kind = PORT_PCI;
	p->link = LINK_ETHERNET;
	p->numa = numa_of_pci(p->conf->name);
	p->queues = p->conf->queues; // 0: one a worker, filled in later
	p->descriptors = p->conf->descriptors;
	p->mbuf_room = MBUF_ROOM_DEFAULT;
	snprintf(p->label, sizeof(p->label), "%.31s", p->conf->name);
	snprintf(p->device, sizeof(p->device), "%.63s", p->conf->name);
	snprintf(p->why, sizeof(p->why), "DPDK's own driver");
	return 0;
}

// "net_null0,size=64": the device's name, then its arguments.
static int plan_vdev(struct port_plan *p, char error[static SENSOR_ERROR_MAX]) {
	const char *comma = strchr(p->conf->name, ',');
	const size_t n = comma != NULL ? (size_t)(comma - p->conf->name) : strlen(p->conf->name);

	if (n == 0 || n >= sizeof(p->device) || n >= sizeof(p->label))
		return fail(
			error,
			SENSOR_PORT,
			"virtual device \"%s\": write it as NAME,ARGUMENT=VALUE,..., NAME up to 31 "
			"characters",
			p->conf->name
		);
	p->kind = PORT_VDEV;
	p->link = LINK_ETHERNET;
	p->queues = p->conf->queues > 0 ? p->conf->queues : 1;
	p->descriptors = p->conf->descriptors;
	p->mbufs = at_least(4096, 4u * p->descriptors);
	p->mbuf_room = MBUF_ROOM_DEFAULT;
	memcpy(p->device, p->conf->name, n);
	snprintf(p->label, sizeof(p->label), "%.31s", p->device);
	snprintf(p->args, sizeof(p->args), "%s", comma != NULL ? comma + 1 : "");
	snprintf(p->why, sizeof(p->why), "as configured");
	return 0;
}

int plan_port(
	struct plan *plan,
	struct port_plan *p,
	unsigned index,
	char error[static SENSOR_ERROR_MAX]
) {
	switch (p->conf->by) {
	case PORT_BY_INTERFACE:
		return plan_interface(plan, p, index, error);
	case PORT_BY_FILE:
		return plan_file(plan, p, index, error);
	case PORT_BY_PCI:
		return plan_pci(p, error);
	default:
		return plan_vdev(p, error);
	}
}
