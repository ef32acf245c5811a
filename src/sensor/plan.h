// What the sensor is going to do, worked out from the configuration and from what the machine
// says, before anything is started or changed. `weird --check-config` prints it; starting follows it.
//
// Threads    One.
// Memory     A plan is plain data; large: keep it static or on the heap.
// Ownership  Points into the struct conf that it was made from.
#ifndef WEIR_SENSOR_PLAN_H
#define WEIR_SENSOR_PLAN_H

#include "config/config.h"
#include "sensor/capture.h"
#include "sensor/cores.h"
#include "sensor/netif.h"
#include "sensor/sensor.h"

#include <stdbool.h>
#include <stdint.h>

#define PORT_LABEL_MAX 32
#define PORT_ARGS_MAX (CONFIG_PATH_MAX + 160)
#define PLAN_NODES_MAX 8

enum port_kind { PORT_AF_XDP, PORT_AF_PACKET, PORT_PCAP, PORT_PCI, PORT_VDEV };

struct port_plan {
	const struct port_conf *conf;
	uint8_t kind; // enum port_kind
	uint8_t link; // enum link_type
	char label[PORT_LABEL_MAX]; // in statistics
	char device[64]; // name by which ethdev finds it
	char args[PORT_ARGS_MAX]; // of a virtual device
	char why[320]; // why this driver
	uint16_t queues;
	uint16_t descriptors; // a queue
	uint32_t mbufs; // a queue
	uint32_t mbuf_room; // bytes of frame that fit into the first segment
	int numa;
	struct netif netif; // of an interface
	struct capture capture; // of a file
};

struct memory_plan {
	uint64_t pipeline_bytes; // of one worker
	uint64_t packet_bytes; // all queues
	uint64_t ring_bytes; // between distributors and workers
	uint64_t node_bytes[PLAN_NODES_MAX]; // need, by NUMA node
	uint64_t node_free_huge[PLAN_NODES_MAX];
	uint64_t need_bytes;
	uint64_t free_huge_bytes;
	uint64_t available_bytes; // plain memory
	bool huge; // what will be used
	char why[256];
};

struct plan {
	const struct conf *conf;
	uint32_t n_ports;
	struct port_plan port[CONFIG_PORTS_MAX];
	bool distribute; // cores of their own read the ports: distributor.h
	char distribute_why[160];
	struct cores cores;
	struct memory_plan memory;
	uint32_t idle_sleep_us; // longest sleep of an idle worker, 0: never
	bool file; // one capture file: lossless, packet time, ends by itself
	uint8_t link; // of all ports
	char note[6][256]; // what an operator should know
	uint32_t n_notes;
};

// @return 0, or enum sensor_exit and error
int plan_make(struct plan *out, const struct conf *conf, char error[static SENSOR_ERROR_MAX]);

const char *port_kind_name(unsigned kind); // "AF_XDP" ...
__attribute__((format(printf, 2, 3))) void plan_note(struct plan *plan, const char *format, ...);

// The steps of plan_make(), each in its own file.
int plan_port(
	struct plan *plan,
	struct port_plan *port,
	unsigned index,
	char error[static SENSOR_ERROR_MAX]
); // plan_port.c
int plan_memory(struct plan *plan, char error[static SENSOR_ERROR_MAX]); // plan_memory.c
int plan_rights(const struct plan *plan, char error[static SENSOR_ERROR_MAX]); // rights.c

// Who reads queues, as far as the configuration names them: queues of an interface that the kernel
// makes follow it.
uint32_t plan_readers_named(const struct conf *conf);
void plan_distribute(struct plan *plan, const cpu_set_t *allowed); // plan_distribute.c

// AF_XDP on this interface? @return NULL if so, else why not, in text
const char *
af_xdp_refusal(const struct netif *netif, bool take_over, char *text, size_t n); // plan_port.c

#endif
