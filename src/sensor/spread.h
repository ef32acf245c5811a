// Which worker a packet belongs to, by its innermost flow.
//
// Key invariant
//            Packets that have one flow record (flow_key_from_packet()) have one worker, in both
//            directions, over every port and whatever wraps them: the order within a flow is kept, and a
//            record is never in two tables.
//
// VLAN and tunnel id are not part of it: where the directions of a link carry different ones (GTP-U
// always does, two mirror ports may), both still meet in one worker, in records of their own.
//
// Fragments  A later fragment has no ports, and so a record without ports: it goes where addresses and
//            protocol say. The first fragment has its ports, and goes with its flow.
// No flow    What is not IP, or malformed, belongs to no flow: round and round over the workers, so
//            that a flood of it is everybody's and not one worker's.
//
// Threads    Pure functions.
#ifndef WEIR_SENSOR_SPREAD_H
#define WEIR_SENSOR_SPREAD_H

#include "contract/hash.h"
#include "packet/packet.h"

#include <stdbool.h>

// One end of the flow.
static inline uint64_t spread_side(const struct addr *a, uint16_t port, uint64_t seed) {
	return hash_fold(a->w[0] ^ seed ^ HASH_K2, a->w[1] ^ port ^ HASH_K3);
}

// The same both ways: the ends are hashed by themselves, and their sum again. Not the flow table's
// hash: the flows of one worker must not crowd into a part of its buckets.
static inline uint32_t spread_hash(const struct packet *p, uint64_t seed) {
	const bool ports = p->marks & PACKET_PORTS;
	const uint64_t ends = spread_side(&p->src, ports ? p->sport : 0, seed)
		+ spread_side(&p->dst, ports ? p->dport : 0, seed);

	return (uint32_t)(hash_fold(ends ^ HASH_K0, seed ^ HASH_K1 ^ p->proto) >> 32);
}

// No division: the upper part of the product.
static inline uint32_t spread_worker(uint32_t hash, uint32_t n_workers) {
	return (uint32_t)((uint64_t)hash * n_workers >> 32);
}

#endif
