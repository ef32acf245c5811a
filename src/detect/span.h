// The last 10 s of one host in one role, in ten sums of a second: what scans and the lists of
// talkers need.
//
// Threads    One owner.
// Memory     The caller's; what is known of opened flows is in a pool that all hosts share.
// Full       Without memory there the seconds count as if nothing had been opened in them.
#ifndef WEIR_DETECT_SPAN_H
#define WEIR_DETECT_SPAN_H

#include "host/host.h"

#include <stdbool.h>
#include <stdint.h>

struct pool;

#define SPAN_SECONDS 10
#define SPAN_NS (SPAN_SECONDS * 1000000000ull)

// What is told apart by opened flows, for a second in which the host opened some, or had some opened to it.
struct span_flows {
	uint32_t
		replies; // packets that look like the answers of a server whose clients are not seen
	uint8_t peers[HLL_REGISTERS]; // distinct other ends of flows opened
	uint8_t ports[HLL_REGISTERS]; // distinct ports of flows opened
	struct top_peer top[TOP_PEERS];
};

// By second modulo ten. What every tick looks at comes first.
struct span {
	uint64_t second[SPAN_SECONDS]; // number of the second, from 1; 0: empty
	uint32_t opened[SPAN_SECONDS];
	struct pool *pool; // of struct span_flows
	uint64_t ttl_classes; // of its packets, until somebody takes them
	uint64_t bytes[SPAN_SECONDS];
	uint64_t packets[SPAN_SECONDS];
	uint32_t answered[SPAN_SECONDS];
	uint32_t established[SPAN_SECONDS];
	uint32_t probes[SPAN_SECONDS]; // packets that ask: SYN, odd flags, stray UDP ...
	uint32_t answers[SPAN_SECONDS]; // stray ones that answer: SYN-ACK, PSH-ACK, RST
	struct span_flows *flows[SPAN_SECONDS]; // NULL: nothing was opened
};

struct span_sum {
	uint64_t bytes;
	uint64_t packets;
	uint64_t opened;
	uint64_t answered;
	uint64_t established;
	uint64_t replies;
	uint64_t probes; // less handshakes completed; at least the flows opened and not answered
	double peers; // distinct other ends of flows opened
	double ports; // distinct ports of flows opened
	uint8_t peer_registers[HLL_REGISTERS];
};

// Packets that ask, in a record's counters.
uint32_t span_probes(const uint32_t count[static HOST_COUNTER_N]);
// @param flows  a pool of struct span_flows
void span_begin(struct span *span, struct pool *flows); // whatever was there before
void span_end(struct span *span); // NULL is fine
// @return false: no memory for what was opened
bool span_add(struct span *span, uint64_t now_ns, const struct host_record *record);
// One second. All zero for NULL, or where it is not among the last ten.
struct span_second {
	uint64_t bytes, packets, opened;
	double stray; // asks or answers that led nowhere; below 0 where earlier ones led somewhere now
};
// @param number  of the second that ends at number * 1 s
void span_second(const struct span *span, uint64_t number, struct span_second *out);
// All zero for NULL.
void span_sum(const struct span *span, uint64_t now_ns, struct span_sum *out);
void span_traffic(const struct span *span, uint64_t now_ns, uint64_t *bytes, uint64_t *packets);
uint64_t span_opened(const struct span *span, uint64_t now_ns); // 0 for NULL
// Busiest other ends of the 10 s, most first, summed by address. @return how many
uint32_t span_top(
	const struct span *span,
	uint64_t now_ns,
	struct top_peer out[static SPAN_SECONDS * TOP_PEERS]
);

// Most first; equal counts by address. Sums entries of the same address. @return how many are left
uint32_t peers_sort(struct top_peer peers[], uint32_t n);

#endif
