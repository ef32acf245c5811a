// Where the packets go: a capture file, or a port.
#ifndef WEIR_FLOOD_OUTPUT_H
#define WEIR_FLOOD_OUTPUT_H

#include "world.h"

// A pcap file with nanosecond stamps, Ethernet. @param path  "-" is standard output
// @return NULL and errno
struct output *pcap_output(const char *path, uint32_t snap);

// A DPDK device, at the pace of the packets' own times. NULL: errno, and error says why.
struct output *port_output(const char *device, char error[static 256]);

#endif
