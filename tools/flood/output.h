// Where the packets go: a capture file, or a port.
#ifndef WEIR_FLOOD_OUTPUT_H
#define WEIR_FLOOD_OUTPUT_H

#include "world.h"

// A pcap file with nanosecond stamps, Ethernet. @param path  "-" is standard output
// @return NULL and errno
struct output *pcap_output(const char *path, uint32_t snap);

// The DPDK device of settings->port, at the pace of the packets' own times. NULL: error says why.
struct output *port_output(const struct settings *settings, char error[static 256]);

#endif
