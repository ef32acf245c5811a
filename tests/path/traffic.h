// Traffic without end, the same for the same settings: conversations over TCP and UDP that begin, go on
// and end, forged SYN, and frames of all the odd kinds that a parser meets.
//
// Threads    One.
// Memory     traffic_make() takes all; traffic_next() none, and it makes no system call.
// Ownership  The caller's until traffic_free().
#ifndef WEIR_TEST_TRAFFIC_H
#define WEIR_TEST_TRAFFIC_H

#include <stdint.h>

#define TRAFFIC_FRAME_MAX 512u

struct traffic_conf {
	uint32_t flows; // that take turns; may be lowered later, and raised again
	uint32_t life_packets; // of a flow, the last two with FIN; then another begins. 0: for ever
	uint32_t ip6_per_mille; // of flows and of forged packets
	uint32_t udp_per_mille; // of flows
	uint32_t forged_per_mille; // of packets: SYN of hosts never seen before, to one host
	uint32_t odd_per_mille; // of packets: see traffic.c
};

struct talk; // one flow

struct traffic {
	struct traffic_conf conf; // shares of packets may be changed at any time
	struct talk *talk;
	uint8_t *odd; // frames of TRAFFIC_FRAME_MAX
	uint32_t *odd_bytes;
	uint64_t random;
	uint32_t turn; // whose it is
	uint32_t odd_turn;
	uint32_t forged; // so far
};

void traffic_make(struct traffic *, const struct traffic_conf *conf, uint64_t seed);
void traffic_free(struct traffic *);
// @return bytes written to out
uint32_t traffic_next(struct traffic *, uint8_t out[static TRAFFIC_FRAME_MAX]);

#endif
