// Do ports that mirror the two directions of one link meet in the same worker?
//
// Overview   Queue k of every port goes to worker k. So the directions meet if every port gives a hash
//            the same worker: the same hash functions, a symmetric key, and tables that agree. Here a
//            port's spread is what decides over its queue, and two spreads are compared for all
//            values that a hash can have.
// Threads    Pure functions.
#ifndef WEIR_SENSOR_MEET_H
#define WEIR_SENSOR_MEET_H

#include "sensor/sensor.h"

#include <stdbool.h>
#include <stdint.h>

#define SPREAD_TABLE_MAX 2048 // entries of an adapter's table

enum spread_by {
	SPREAD_NONE, // one queue
	SPREAD_KERNEL, // AF_PACKET's fan-out: the same symmetric hash on every interface
	SPREAD_TABLE, // an adapter whose table was read
	SPREAD_UNKNOWN,
};

struct spread {
	uint8_t by; // enum spread_by
	bool symmetric; // the key was read back, and both directions hash alike
	uint16_t queues;
	uint64_t functions; // of the hash: RTE_ETH_RSS_x
	uint32_t n; // of the table
	uint16_t table[SPREAD_TABLE_MAX]; // queue, by hash % n
};

// @return NULL: a packet's worker is the same from both; else why not
const char *spread_differs(const struct spread *a, const struct spread *b, uint16_t n_workers);

#endif
