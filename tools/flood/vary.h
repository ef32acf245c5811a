// A frame of a trace -> a frame like it and not the same: other sender, other ports, other sequence
// numbers, with right checksums, in some nanoseconds.
//
// Overview   Of an attack each packet is made anew: its sender by the scene's rule (the same few, a
//            network's, forged, or --flows in turn), a host of the target's network, the ports that the
//            scene leaves open, sequence numbers, IP identification, TTL. What is said before and after
//            it keeps to itself: where the attack is answered, and in ordinary traffic, both directions
//            must still fit, so from one round through the trace to the next only the clients' ports
//            change (32768 and above; any function of a port does, as it has the same result both ways).
// Threads    One owner.
// Memory     The caller's, and a table of the senders where they are few.
//
// The checksum: RFC 1071. Its parts may be summed in any order and any width, so what never changes is
// summed once, when the trace is made, and the words that do change are added here.
#ifndef WEIR_FLOOD_VARY_H
#define WEIR_FLOOD_VARY_H

#include "trace.h"

#define VARY_FEW 8192u // senders that have a table; more are all alike often
#define ROUND_PORT_FIRST 0x8000u // clients' ports begin here
#define ROUND_PORTS 0x4000u // rounds that differ

enum senders {
	SENDERS_AS_MADE,
	SENDERS_FEW,
	SENDERS_MANY,
	SENDERS_NETWORK,
	SENDERS_FORGED,
	SENDERS_FLOWS
};

struct vary { // of one family of an attack
	const struct settings *settings; // of that family
	uint8_t senders;
	bool targets, sport, dport; // change
	uint32_t n_senders;
	struct addr sender, target; // networks
	uint64_t sender_mask, target_mask;
	uint64_t flow; // the next
	uint64_t *few; // hosts, some of them often
};

// @return 0 or -ENOMEM
int vary_create(struct vary *, const struct settings *settings);
void vary_destroy(struct vary *);

// `frame` is a copy of the trace's and becomes another packet of the attack.
void vary_attack(struct vary *, struct rng *, const struct trace_frame *, uint8_t *frame);
// The same conversation, a round later. @param round  0: nothing changes
void vary_round(const struct trace_frame *, uint64_t round, uint8_t *frame);

uint32_t vary_fixed_sum(const struct trace *, const struct trace_frame *);

#endif
