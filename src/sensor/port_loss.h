// Losses that happen in the kernel before a driver of DPDK sees the packet.
//
// What the drivers' own numbers mean (DPDK 22.11), and what is added here:
//
//   driver      its own imissed                    not counted by it, added here as missed
//   AF_PACKET   always 0                           tp_drops of each socket (PACKET_STATISTICS): the
//                                                  ring was full; and what still lay in the ring when
//                                                  the port stopped: tp_packets - tp_drops - received
//   AF_XDP      no mbuf for the fill ring, and     rx_ring_full (XDP_STATISTICS): the kernel found
//               XDP_STATISTICS rx_dropped          no room in the receive ring
//   others      the adapter's                      -
//
// For an interface of the kernel the adapter's own losses are added too (rtnl_link_stats64, the
// change since the start): rx_missed_errors as missed, rx_errors as errors. With AF_PACKET also
// rx_dropped: the kernel's backlog was full before the socket. (With AF_XDP rx_dropped holds what the
// socket refused, which is counted already.)
//
// AF_PACKET sees what the interface sends, too: on the host's own interface both directions are
// wanted. So its packets are the interface's rx + tx.
//
// The drivers do not hand out their sockets, but the sockets are ours: those of the right family
// that appear while a port is made are the port's.
//
// Threads    One (control). Reading PACKET_STATISTICS resets it, so there must be one reader.
// Memory     Fixed.
#ifndef WEIR_SENSOR_PORT_LOSS_H
#define WEIR_SENSOR_PORT_LOSS_H

#include "config/config.h"

#include <stdint.h>

struct fd_list {
	int family; // AF_PACKET or AF_XDP
	uint32_t n;
	int fd[CONFIG_CORES_MAX * 4];
};

void fds_of_family(struct fd_list *out, int family);
void fds_subtract(struct fd_list *from, const struct fd_list *known);

struct link_counters { // of the interface
	uint64_t missed;
	uint64_t dropped;
	uint64_t errors;
};

struct port_loss {
	struct fd_list sockets;
	unsigned interface; // index, 0: not one of the kernel's
	struct link_counters at_start;
	uint64_t passed; // AF_PACKET: handed to the sockets and not dropped
	uint64_t ring_drops; // AF_PACKET: the ring was full
	// Since the start
	uint64_t missed;
	uint64_t errors;
};

void port_loss_start(struct port_loss *, const struct fd_list *sockets, unsigned interface);
void port_loss_read(struct port_loss *);
// After the workers have ended: what no one took out of the rings. Before the sockets close.
void port_loss_finish(struct port_loss *, uint64_t received);

#endif
