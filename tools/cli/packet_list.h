// Wireshark's packet list, exported as CSV, as frames: what its columns tell of each packet, put into headers.
//
// Overview
//     Addresses, protocol and length are there of each packet; ports, flags, sequence numbers and window in the
//     Info of TCP and UDP; of what is carried by them only its name ("DNS", "TLSv1.2"). For those the ports
//     are taken from an earlier packet between the same two hosts, else the protocol's own port and one that
//     stands in for the client's. The frames have headers only; their length is that of the IP header, as in a
//     capture cut short.
//
// Threads    One.
// Memory     Fixed at create.
// Ownership  Columns and reader stay the caller's. Frames point into the list's own buffer, until the next
//            packet_list_burst().
// Full       PACKET_LIST_PAIRS pairs of hosts are remembered; a newer one takes an older one's place.
#ifndef WEIR_CLI_PACKET_LIST_H
#define WEIR_CLI_PACKET_LIST_H

#include "columns.h"
#include "packet/packet.h"

#include <stdint.h>

#define PACKET_LIST_BURST 64
#define PACKET_LIST_PAIRS 65536
#define PACKET_LIST_NAME_MAX 24
#define PACKET_LIST_NAMES 8

struct packet_list;

struct packet_list_told {
	uint64_t packets;
	uint64_t ports_told; // in Info or columns
	uint64_t ports_remembered; // of an earlier packet
	uint64_t ports_assumed; // the protocol's own, and a stand-in
	uint64_t no_transport; // between IP addresses, of a protocol that is not known here
	uint64_t no_address; // names or hardware addresses: not IP
	char name[PACKET_LIST_NAMES][PACKET_LIST_NAME_MAX]; // of no_transport, the first few
};

struct packet_list *packet_list_create(struct csv_in *in, const struct columns *columns);
void packet_list_destroy(struct packet_list *); // NULL is fine

// @return how many, 0 at the end
uint16_t packet_list_burst(struct packet_list *, struct frame frames[static PACKET_LIST_BURST]);
const struct packet_list_told *packet_list_told(const struct packet_list *);

#endif
