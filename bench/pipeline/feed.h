// What stands behind the in-memory port: it points the driver's mbufs at the next frames of the trace.
//
// Overview  net_null hands out empty mbufs; a receive callback of ethdev, which is part of
//           rte_eth_rx_burst(), makes packets of them: buffer address, data length and packet length as an
//           adapter's descriptor would tell them. Nothing is copied. Freed, an mbuf goes back to its pool;
//           the next burst points it anew.
// Threads   feed_rx() on the worker; the phase and `measuring` are stored by control, `done` and
//           `passes_read` by the worker.
// Memory    A ring of forged SYN, and frames for warm-up.
#ifndef WEIR_BENCH_FEED_H
#define WEIR_BENCH_FEED_H

#include "bench/pipeline/trace.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

struct rte_mbuf;

#define FEED_SLICES_MAX 8192
#define FEED_FIRST_PASS 2u // passes before it are the warm-up's

enum feed_phase {
	FEED_SILENT, // nothing comes
	FEED_HANDSHAKE, // 4 to 15 packets of each flow, that make it established
	FEED_PROBE, // one packet of each established flow
	FEED_TRACE, // the trace, over and over
};

// Of one group of flows: which version of them is alive, and in which pass it began.
struct feed_group {
	int32_t age; // passes since its SYN; negative: its FIN are on their way
	uint16_t version;
	uint8_t special; // handshake or end: enum step + 1 of this pass; 0 none
};

struct feed_slice {
	uint64_t packets;
	uint64_t tsc;
};

struct feed {
	// Set before the start.
	struct trace *trace;
	uint64_t forged_below; // of 2^32
	uint64_t forged_ip6_below;
	double flows_per_tsc; // that end and begin
	uint64_t slice_tsc;
	struct huge forged; // slots of SYN, IPv4 and IPv6 apart
	uint32_t forged_slots; // of each; a power of two
	uint32_t forged_length[2];

	// The worker's.
	alignas(128) uint64_t pos; // in the trace
	uint64_t left_in_pass;
	uint32_t pass; // absolute
	uint32_t seq_be; // of this pass's data frames, as it stands in them
	uint64_t random;
	uint64_t forged_n;
	uint64_t churn_tsc; // up to here flows have been replaced; 0 before the first pass ended
	double churn_debt; // flows
	uint32_t churn_next[2]; // group of each half
	uint64_t step; // of a handshake or probe
	struct feed_group group[TRACE_GROUPS];
	uint8_t *scratch; // frames made on the spot
	uint64_t sent; // packets, all
	uint64_t sent_forged;
	uint64_t flows_begun; // by replacing
	uint64_t probed;
	struct feed_slice slice[FEED_SLICES_MAX]; // sums so far, at each slice's end
	uint32_t n_slices;
	uint64_t measured; // packets

	// Control stores.
	alignas(128) _Atomic uint32_t phase;
	_Atomic uint32_t measuring;
	// The worker stores.
	alignas(128) _Atomic uint32_t done; // phase that came to its end
	_Atomic uint32_t passes_read;
};

struct feed_conf {
	double forged_share;
	double ipv6_share;
	double new_per_s;
	double slice_s;
	uint32_t frame_bytes;
	uint64_t seed;
};

// @return false: no memory
bool feed_make(struct feed *, struct trace *trace, const struct feed_conf *conf);
void feed_free(struct feed *);

// An ethdev receive callback; ctx is the feed.
uint16_t
feed_rx(uint16_t port, uint16_t queue, struct rte_mbuf *m[], uint16_t n, uint16_t max, void *ctx);

#endif
