// What the kernel says of a network interface, before anything touches it.
//
// Threads    Any one thread; only reads, through sockets that it closes.
// Memory     None kept.
#ifndef WEIR_SENSOR_NETIF_H
#define WEIR_SENSOR_NETIF_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETIF_ADDRESS_MAX 46

struct netif {
	char name[IF_NAMESIZE]; // the kernel's own, where an alternative name was given
	unsigned index;
	bool ethernet; // frames start with an Ethernet header (loopback's do too)
	bool up;
	bool promiscuous;
	bool merges; // GRO or LRO is on: several packets can arrive as one
	bool default_route;
	bool symmetric_hash; // the adapter's RSS key repeats every 16 bits
	char address
		[NETIF_ADDRESS_MAX]; // one that it carries, "" none; link-local IPv6 not counted
	uint32_t mtu; // bytes, without the link header
	uint32_t rx_queues; // in use now
	uint32_t combined_queues; // as the AF_XDP driver reads it
	uint32_t xdp_program; // id of the attached one, 0 none
	int numa; // node, 0 where the kernel does not know
	char driver[32];
};

// @return 0, or -ENODEV (no such interface), -errno
int netif_read(struct netif *out, const char *name);
// "eth0, lo, veth1", for errors.
void netif_list(char *text, size_t n);

// @param path  a numa_node file of sysfs. @return the node, 0 where none is told
int numa_node_read(const char *path);

#endif
