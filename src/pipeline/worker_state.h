// The pipeline's inside: private to pipeline/.
//
// Synchronization
//     Windows go round: the owner puts a full one on `ready`, the other side gives it back, clean, on
//     `empty`. There are WINDOW_BUFFERS of them and both rings hold that many, so a put never fails.
//     Findings go one way, on a ring. The model is stored by the other side (pointer, then generation)
//     and loaded by the owner (generation, then pointer) once a burst. Counters are copied once
//     a tick under a version that is odd while they are being copied (a seqlock), so that a reader's
//     sums are exact.
#ifndef WEIR_PIPELINE_WORKER_STATE_H
#define WEIR_PIPELINE_WORKER_STATE_H

#include "host/window.h"
#include "model/model.h"
#include "pipeline/pipeline.h"
#include "pipeline/spsc.h"

#include <stdalign.h>
#include <stdatomic.h>

#define SHARED_ALIGN 128 // x86 cores also fetch the neighbour of the line they ask for

#define COUNTER_WORDS (sizeof(struct worker_counters) / sizeof(uint64_t))

// Housekeeping goes on in steps of this share of a tick, at the same stream times however the
// packets are cut into bursts.
#define STEPS_PER_TICK 64
#define SWEEP_NS 1000000000ull // the flow table is swept once in this time

// After a flow table bucket refused, new flows are not tried until the stream's next span of 65.5 us:
// about one burst of 64 at a million packets a second.
#define REFUSED_SPAN_SHIFT 16

// Year 2262: room above it for any stream to go on, so that no sum of times below wraps.
#define CLOCK_LIMIT_NS (1ull << 63)

// Live: batches of flow rows scored at the end of a tick at most; what is left waits on.
#define TICK_BATCHES_MAX 4

// How far ahead of their use frames are fetched, and how far behind its bucket a record is. Measured over
// 100 k and 1 M flows on a Zen 5: 8, 16, 32 and 63 frames ahead differ by 4 %, 16 the best by a hair; a
// distance of 16, 32 and 64 for the records by 6 % (100 k flows: 32 the best) and 7 % (1 M: 64).
#define FRAMES_AHEAD 16
#define MATCH_BEHIND 32
#define MATCH_BEHIND_LARGE BURST_MAX // of tables whose buckets no cache holds
#define LARGE_TABLE_BUCKETS (1u << 18)

// Live: packets that earn a row while bursts come full. A row, with its features, costs about as much
// as ten packets, so this bounds scoring to a quarter of the time. Rows that may be saved up while there
// is time; flows that may wait to be scored; rows that are made and scored together.
#define ROW_PACKETS 32
#define ROWS_SAVED_MAX 1024
#define DUE_SLOTS 65536u
#define DUE_TOGETHER 16

struct clock {
	uint64_t now_ns; // of the stream; never goes back
	uint64_t offset_ns; // added to each stamp, modulo 2^64: the steps taken out
	uint64_t tick_start_ns;
	uint64_t tick_end_ns;
	uint64_t next_step_ns; // housekeeping is due from then on
	uint64_t swept_ns; // up to here
	bool started;
};

// A row that waits for its score, beside its features in `rows`.
struct row_slot {
	struct flow *flow; // may have ended since: `serial` tells
	uint64_t serial;
	uint64_t ts_ns;
	struct flow_key key;
	bool initiator_is_hi;
	bool at_end;
	bool marked; // at_end: the flow had been reported before
};

// Rows first .. last (numbers that only rise) wait; number n lies in slot (n & mask).
struct row_queue {
	float *rows; // FLOW_FEATURE_N floats each
	struct row_slot *slots;
	uint8_t *ended; // copies of records that flow_end is still to be told of, or NULL
	uint64_t first;
	uint64_t next;
	uint32_t mask;
};

// Live: flows whose row is due. The row is made when it is scored, from what the flow is by then. Numbers
// as those of rows.
struct due_slot {
	struct flow *flow; // may have ended since: flow_is_of() tells
	uint64_t hash;
};
struct due_queue {
	struct due_slot *slots;
	uint64_t first;
	uint64_t next;
};

struct burst {
	uint64_t hash[BURST_MAX];
	struct flow_key key[BURST_MAX];
	struct packet packet[BURST_MAX];
	bool from_hi[BURST_MAX];
	uint32_t at[BURST_MAX]; // flow records fetched, to be tried first
};

typedef uint16_t pipeline_burst_fn(struct pipeline *, const struct frame *, uint16_t n);
typedef void pipeline_tell_fn(struct pipeline *); // those in the queue
// burst.c, for each set of instructions; the last ones where the machine is an x86
pipeline_burst_fn pipeline_burst_scalar, pipeline_burst_avx2, pipeline_burst_avx512;
pipeline_tell_fn pipeline_tell_scalar, pipeline_tell_avx2, pipeline_tell_avx512;

// A packet whose hosts are to be told.
struct told {
	struct flow *
		flow; // whose sums lack what is told here; NULL: they have it, or there is no record
	struct packet packet;
	struct flow_verdict verdict;
	uint64_t hash; // of its flow
	struct window_key host;
};

// They wait until there are enough to make it worth while, or the burst was not full, or the window is
// over: no reader of a window misses one.
#define TELL_TOGETHER 32
struct told_queue {
	unsigned n;
	unsigned folded; // of those from here on their flows' sums lack what is told
	struct told slot[TELL_TOGETHER + BURST_MAX];
};

struct pipeline {
	// Set at creation, then only read.
	alignas(SHARED_ALIGN) struct pipeline_conf conf;
	pipeline_burst_fn *burst_fn;
	pipeline_tell_fn *tell_fn;
	struct flow_table *flows;
	struct spsc *ready; // windows to control
	struct spsc *empty; // windows back
	struct spsc *findings;
	uint32_t buckets;
	uint64_t step_ns;

	// The owner's.
	alignas(SHARED_ALIGN) struct clock clock;
	const struct model *model;
	struct window *window; // being filled
	struct window *spare[WINDOW_BUFFERS]; // free ones, taken off `empty`
	unsigned n_spare;
	uint16_t window_number; // rises by one for each, and wraps
	uint64_t content_end_ns; // end of the last tick that the window has packets of
	bool late; // the window belongs to a tick that is over, and no buffer was free
	bool finished;
	uint32_t findings_in_tick;
	uint32_t row_credit; // packets not spent on rows
	uint64_t refused_span; // stream time >> REFUSED_SPAN_SHIFT of the last refusal, + 1
	uint64_t hosts_refused; // of the windows handed over
	uint64_t sources_refused;
	uint64_t prefixes_refused;
	struct row_queue queue;
	struct due_queue due;
	struct worker_counters live;
	struct burst burst;
	struct told_queue told;

	// The owner stores, anyone loads.
	alignas(SHARED_ALIGN) _Atomic uint64_t shown_version;
	_Atomic uint64_t shown[COUNTER_WORDS];
	_Atomic uint32_t shown_flows_used;
	_Atomic uint64_t models_seen; // the other side loads

	// The other side stores, the owner loads.
	alignas(SHARED_ALIGN) _Atomic(const struct model *) model_next;
	_Atomic uint64_t model_generation;
};
static_assert(offsetof(struct pipeline, model_next) % SHARED_ALIGN == 0);
static_assert(sizeof(struct worker_counters) % sizeof(uint64_t) == 0, "copied as words");

// clock.c: the stamp goes back, or leaps beyond all time, or is the first
uint64_t clock_stamp_odd(struct pipeline *pl, uint64_t ts_ns);

// What the stamp means. The caller sets now_ns once it has advanced; a packet that is shown again
// because the burst stopped short gets the same answer and counts nothing twice.
static inline uint64_t clock_stamp(struct pipeline *pl, uint64_t ts_ns) {
	const uint64_t stamp_ns = ts_ns + pl->clock.offset_ns;

	if (__builtin_expect(
		    stamp_ns >= pl->clock.now_ns && stamp_ns <= CLOCK_LIMIT_NS && pl->clock.started,
		    1
	    ))
		return stamp_ns;
	return clock_stamp_odd(pl, ts_ns);
}

// tick.c: @p packet: because a packet came. @return false: no buffer, lossless; nothing changed
bool tick_advance(struct pipeline *pl, uint64_t now_ns);
bool window_hand_over(struct pipeline *pl);
void window_leaves(struct pipeline *pl);
void window_late(struct pipeline *pl);

// notes.c
void note_not_ip(struct pipeline *pl, const struct packet *packet, const struct frame *frame);
void note_packet(
	struct pipeline *pl,
	const struct packet *packet,
	const struct frame *frame,
	const struct flow *flow,
	uint16_t bits_before,
	uint8_t state_before
);
void note_flow_end(struct pipeline *pl, const struct flow *flow, uint64_t now_ns);

// rows.c
void told_fold(struct pipeline *pl); // so that flows' sums can be read
void row_due(struct pipeline *pl, struct flow *flow, uint64_t hash, uint64_t now_ns);
void row_at_end(void *pipeline, const struct flow *flow, uint64_t now_ns); // a flow_end_fn
void rows_score(struct pipeline *pl, uint32_t batches);
void rows_score_all(struct pipeline *pl);
void rows_earn(struct pipeline *pl, uint16_t burst); // so many packets came
void rows_live(struct pipeline *pl); // live: score what has been earned

static inline struct told *told_next(struct pipeline *pl) {
	return &pl->told.slot[pl->told.n];
}

static inline uint64_t rows_waiting(const struct pipeline *pl) {
	return pl->queue.next - pl->queue.first;
}

#endif
