// The traffic of one worker: its flows, and their frames in huge pages as an adapter would have
// written them.
//
// Overview  A trace is an even number of passes. Each pass holds one frame of every flow, in an order of its
//           own; a flow's frames go one way and the other in turn. It is read over and over; what
//           must differ from one reading to the next (sequence numbers; ports and flags of flows
//           that end and begin) is written into the frame just before it is handed over.
// Threads   Made by one thread, then the worker's own.
// Memory    One piece of frames, one of notes.
#ifndef WEIR_BENCH_TRACE_H
#define WEIR_BENCH_TRACE_H

#include "bench/lib/huge.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define TRACE_GROUPS 256 // flows of a group end and begin together
#define TRACE_SLOT_LINE 64u
#define TRACE_FORGED_PORT 8080u // of the victim; no flow of the trace has it
#define TRACE_SEQ_BASE 1000000u
#define TRACE_FRAME_MAX 1536u

struct trace_conf {
	uint64_t flows;
	uint64_t first_flow; // number of the first, where several workers share
	uint64_t seed;
	uint32_t frame_bytes; // without checksum
	uint32_t hosts; // inside
	uint32_t peers; // outside
	double ipv6_share;
	double udp_share;
	uint64_t bytes_min; // of frames, so that no cache holds them
};

// What there is to know of a frame before it is touched. Read in sequence, eight bytes each.
struct trace_note {
	uint16_t port; // of the client, in version 0, less 1024
	uint16_t version; // of the flow that is written in the frame
	uint16_t length;
	uint8_t group;
	uint8_t bits;
};
static_assert(sizeof(struct trace_note) == 8);

#define NOTE_IP6 0x01
#define NOTE_UDP 0x02
#define NOTE_REVERSE 0x04 // from the server
#define NOTE_DATA 0x08 // TCP with payload: takes up sequence space
#define NOTE_SPECIAL 0x10 // a handshake or an end is written in it

struct trace {
	struct huge slots;
	struct huge notes;
	struct trace_conf conf;
	uint32_t slot_bytes;
	uint32_t passes;
	uint32_t payload; // bytes of a data frame
	uint64_t frames;
};

// Which packet of a flow.
enum step { STEP_SYN, STEP_SYNACK, STEP_ACK, STEP_DATA, STEP_FIN };

// @return false: no memory
bool trace_make(struct trace *out, const struct trace_conf *conf);
void trace_free(struct trace *);
double trace_mean_frame_bytes(const struct trace *);

// A whole frame of flow i (0 .. flows) at @p out (TRACE_FRAME_MAX bytes). @return its length
uint32_t trace_craft(
	const struct trace *trace,
	uint64_t i,
	uint16_t version,
	bool reverse,
	enum step step,
	uint32_t pass,
	uint8_t *out
);
uint8_t trace_group(uint64_t i);
bool trace_flow_is_udp(const struct trace *trace, uint64_t i);

// Rewrites what differs in a frame: ports of that version, flags and numbers of that step.
void trace_patch(
	const struct trace *trace,
	uint8_t *frame,
	struct trace_note *note,
	uint16_t version,
	enum step step,
	uint32_t pass
);

// Numbers rise by a data frame every second pass.
static inline uint32_t trace_seq(const struct trace *trace, uint32_t pass) {
	return TRACE_SEQ_BASE + (pass >> 1) * trace->payload;
}

// A forged SYN to the one victim; its source is written by whoever sends it.
uint32_t trace_craft_forged(bool ip6, uint32_t frame_bytes, uint8_t *out);

#endif
