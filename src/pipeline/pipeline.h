// The pipeline of one worker: packet, flow, host and model in order. One burst in; findings and
// windows out.
//
// Life cycle
//     pipeline_create() in memory of the caller; then, on the owner's thread,
//     pipeline_burst() with packets and pipeline_clock() without; pipeline_finish() at the end of a
//     capture. The other side (control) takes windows and findings, and gives windows back.
//
// Threads    One owner calls burst, clock, finish. One other thread (or the same) calls
//            pipeline_window_take/give and pipeline_finding_take. pipeline_models_set() may be called by
//            that other thread at any time. pipeline_counters() by anyone.
// Memory     pipeline_bytes() from the caller, once. Nothing is allocated afterwards.
// Time       The packets' own. Ticks are the multiples of tick_ns of that clock. A time stamp that goes
//            back by up to CLOCK_BACK_MAX_NS counts as "now"; a larger step back is taken out of the
//            clock for good (counted), so that the stream's time never goes back. A window never
//            spans a silence: it covers the tick that its packets fell into.
// Full       A window is due and no buffer is free: with `lossless` the burst stops short and the caller
//            drains and goes on; without it the window goes on into the next tick (`ticks` says so).
//            Findings beyond findings_per_tick, or on a full ring, are counted, not kept; with
//            `lossless` a tick begins only with room for all of them, so none is lost.
//            The flow table refuses a new flow: none is tried for the rest of that 65.5 us of the
//            stream (not of the burst: how packets come in bursts changes nothing).
// Scores     A flow's row is taken at packet 4, 16, 64 ... and at its end if it has 4 packets, unless
//            its last row says the same. With `lossless` every row is scored within its tick. Live,
//            while bursts come full one row for 32 packets, so that scoring takes no more than about
//            a quarter of the time; rows beyond that are dropped, counted.
#ifndef WEIR_PIPELINE_H
#define WEIR_PIPELINE_H

#include "contract/isa.h"
#include "flow/flow.h"
#include "host/host.h"
#include "packet/packet.h"

#include <weir/feature.h>
#include <weir/stats.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BURST_MAX 64
#define TICK_NS_DEFAULT 100000000ull
#define CLOCK_BACK_MAX_NS 1000000000ull
#define WINDOW_BUFFERS 4

struct model; // model/model.h

// Told of every row that the flow model scores or, where there is none, would score: a flow at its
// packet 4, 16, 64 ... and at its end. For training and export; never on a sensor's data path.
typedef void
flow_row_fn(void *ctx, const struct flow *flow, const float row[static FLOW_FEATURE_N]);

// Where the time of bursts goes; for measurement only. Rows are made in PIPELINE_FLOW, and scored there,
// too, where a batch fills at once; a tick's rows, sweep and hand-over are PIPELINE_TICK.
enum pipeline_stage {
	PIPELINE_PARSE,
	PIPELINE_KEY,
	PIPELINE_TICK,
	PIPELINE_FLOW,
	PIPELINE_HOST,
	PIPELINE_SCORE,
	PIPELINE_STAGE_N,
};

struct pipeline_profile {
	uint64_t (*clock)(void); // any that rises; its unit is that of `spent`
	uint64_t spent[PIPELINE_STAGE_N]; // added to by the owner
};

struct pipeline_conf {
	struct packet_conf packet;
	struct flow_table_conf flow;
	struct window_conf window;
	uint64_t tick_ns;
	uint32_t findings_slots; // ring to control
	uint32_t findings_per_tick;
	uint32_t score_slots; // rows that may wait for a batch
	float finding_score; // calibrated score from which a flow is a finding
	uint32_t worker;
	enum isa isa; // results are the same for all
	bool lossless; // a file: wait for the reader rather than merge or lose
	uint64_t tick_offset_ns; // reserved for staggering; 0
	flow_end_fn *flow_end; // NULL, or told of every flow that ends, after its last score
	void *flow_end_ctx;
	struct pipeline_profile *profile; // NULL, or see above; the caller's
	flow_row_fn *flow_row; // NULL, or see above
	void *flow_row_ctx;
};

// A flow that the model marked. Fixed size: it crosses a ring.
struct finding {
	uint64_t ts_ns;
	struct flow_key key;
	uint8_t initiator_is_hi;
	uint8_t at_end; // scored at the flow's end
	uint16_t worker;
	float score; // calibrated, 0..1
	float raw;
	float row[FLOW_FEATURE_N];
};

struct pipeline;

size_t pipeline_bytes(const struct pipeline_conf *conf);
// @param memory  pipeline_bytes() bytes, all zero, 128-byte aligned (huge pages if you have them)
// @return 0, or -EINVAL with *out untouched
int pipeline_create(struct pipeline **out, const struct pipeline_conf *conf, void *memory);

// Process frames[0 .. n), n <= BURST_MAX. Not lossless: always all.
// @return how many were processed; fewer than n: drain windows and findings, then go on
uint16_t pipeline_burst(struct pipeline *, const struct frame *frames, uint16_t n);
// Time passes without packets: close ticks that are over, expire flows.
void pipeline_clock(struct pipeline *, uint64_t now_ns);
// End of a capture: end all flows, close the last window. @return false: drain and call again.
bool pipeline_finish(struct pipeline *);

// The flow model in use; NULL scores nothing. The caller keeps the old one alive until
// pipeline_models_seen() returns the generation that it set.
void pipeline_models_set(struct pipeline *, const struct model *flow_model, uint64_t generation);
uint64_t pipeline_models_seen(const struct pipeline *);

// Control's side. A taken window must be given back; it is reset there, off the data path.
struct window *pipeline_window_take(struct pipeline *);
void pipeline_window_give(struct pipeline *, struct window *);
bool pipeline_finding_take(struct pipeline *, struct finding *);

// A copy at most one tick old; exact after pipeline_finish() and after pipeline_show().
void pipeline_counters(const struct pipeline *, struct worker_counters *out);
void pipeline_show(struct pipeline *); // owner: publish the counters now
uint32_t pipeline_flows_used(const struct pipeline *);
uint64_t pipeline_now_ns(const struct pipeline *); // the stream's time, owner's side

#endif
