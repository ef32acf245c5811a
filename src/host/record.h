// What one packet adds to a host record: worked out once, added to three records.
#ifndef WEIR_HOST_RECORD_H
#define WEIR_HOST_RECORD_H

#include "flow/flow.h"
#include "host/host.h"

struct share {
	uint64_t ts_ns;
	uint32_t counters; // bit HOST_x, but for PACKETS, which always counts
	uint32_t bytes;
	uint16_t payload_bytes;
	uint16_t port; // destination's
	uint8_t proto;
	uint8_t ttl;
	uint8_t amplifier; // AMP_N: none
	bool has_ports;
	bool opened; // a flow
};
static_assert(HOST_COUNTER_N <= 32, "share.counters has a bit for each");

// @param verdict  NULL: no flow record
void share_of_packet(
	struct share *share,
	const struct packet *packet,
	const struct flow_verdict *verdict
);
void host_record_add(
	struct host_record *record,
	const struct share *share,
	const struct addr *peer,
	uint64_t seed
);
// Enter the run in the sketches.
void host_record_settle(struct host_record *record, uint64_t seed);

static inline void saturating_add(uint32_t *to, uint32_t more) {
	const uint32_t sum = *to + more;

	*to = sum < more ? UINT32_MAX : sum;
}

static inline void hll_add(uint8_t registers[static HLL_REGISTERS], uint64_t hash) {
	// 6 bits choose the register; rank: the first one among the other 58, 59 where there is none.
	const uint8_t rank = (uint8_t)(__builtin_clzll(hash << 6 | 1ull << 5) + 1);
	uint8_t *at = &registers[hash >> 58];

	if (rank > *at)
		*at = rank;
}
static_assert(HLL_REGISTERS == 64, "hll_add() takes 6 bits");

#endif
