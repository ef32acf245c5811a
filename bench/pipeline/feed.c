#include "bench/pipeline/feed.h"

#include "bench/lib/timing.h"
#include "bench/pipeline/headers.h"
#include "contract/prefetch.h"

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include <stdlib.h>
#include <string.h>

#define FORGED_SLOTS                                                                               \
	65536u // of 128 bytes, 8 MB: more than a second-level cache, as packets off an adapter
#define FORGED_SLOT_BYTES 128u
#define HANDSHAKE_STEPS 4u // at least
#define HANDSHAKE_MORE                                                                             \
	12u // up to so many more: else all flows would be due for a score in the same pass
#define SCRATCH_FRAMES 64u
// Frames are fetched so far ahead into the second-level cache: an adapter writes them into the third.
// Behind the last frame nothing is wrong with asking: a prefetch never faults.
#define FRAMES_AHEAD 96u
#define CHURNED_GROUPS                                                                             \
	(TRACE_GROUPS / 4 * 3) // flows of the others stay: who of them is kept can be told
#define AGE_SETTLED 4 // passes after its SYN a flow is surely established
#define AGE_OLD 1000000
#define SEQ4 (H_ETH + H_IP4 + 4)
#define SEQ6 (H_ETH + H_IP6 + 4)

static inline uint64_t next_random(struct feed *f) { // xorshift64, Marsaglia, 2003
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return f->random;
}

// The mbuf as the adapter's driver would fill it in. data_off was set when it left the pool.
static inline void point(struct rte_mbuf *m, const uint8_t *frame, uint32_t length) {
	m->buf_addr = (uint8_t *)(uintptr_t)frame - RTE_PKTMBUF_HEADROOM;
	m->data_len = (uint16_t)length;
	m->pkt_len = length;
}

static void group_special(struct feed_group *g) {
	static const uint8_t step[] = {
		STEP_FIN + 1, // age -2
		STEP_FIN + 1,
		STEP_SYN + 1, // age 0
		STEP_SYNACK + 1,
		STEP_ACK + 1,
	};

	g->special = g->age >= -2 && g->age <= 2 ? step[g->age + 2] : 0;
}

// Flows of whole groups end with this pass and the next, and begin anew in the one after: in a pass
// in which their frames go forward.
static void replace_flows(struct feed *f) {
	const uint64_t now = tsc_now();
	const uint64_t flows = f->trace->conf.flows;
	const uint32_t half = f->pass & 1;
	const double size = (double)flows / TRACE_GROUPS;

	if (f->churn_tsc > 0) // else the first pass, after a warm-up that does not count
		f->churn_debt += (double)(now - f->churn_tsc) * f->flows_per_tsc;
	f->churn_tsc = now;
	for (uint32_t tries = 0; f->churn_debt >= size && tries < TRACE_GROUPS / 2; tries++) {
		struct feed_group *g
			= &f->group[(f->churn_next[half]++ * 2 + half) % CHURNED_GROUPS];

		if (g->age < AGE_SETTLED)
			break; // faster than a flow's life in the trace
		f->churn_debt -= size;
		g->age = -2;
		group_special(g);
	}
	if (f->churn_debt > (double)flows)
		f->churn_debt = (double)flows;
}

static uint64_t group_flows(uint64_t flows, unsigned group) {
	return flows / TRACE_GROUPS + (group < flows % TRACE_GROUPS);
}

static void next_pass(struct feed *f) {
	const struct trace *t = f->trace;

	f->pass++;
	f->left_in_pass = t->conf.flows;
	if (f->pos == t->frames)
		f->pos = 0;
	f->seq_be = __builtin_bswap32(trace_seq(t, f->pass));
	for (unsigned i = 0; i < TRACE_GROUPS; i++) {
		struct feed_group *g = &f->group[i];

		g->age += g->age < AGE_OLD;
		if (g->age == 0) {
			g->version++;
			f->flows_begun += group_flows(t->conf.flows, i);
		}
		group_special(g);
	}
	if (f->flows_per_tsc > 0)
		replace_flows(f);
	atomic_store_explicit(&f->passes_read, f->pass - FEED_FIRST_PASS, memory_order_relaxed);
}

// Where a flow ended or began: ports, flags and numbers are written; else a data frame's number.
static inline void
renew(struct feed *f, uint8_t *frame, struct trace_note *note, const struct feed_group *g) {
	const enum step step = g->special != 0 ? (enum step)(g->special - 1) : STEP_DATA;

	trace_patch(f->trace, frame, note, g->version, step, f->pass);
}

// Up to `n` frames of this pass into m[]. Whether a frame is numbered is a coin's throw to the branch
// predictor, so the number is always written, if need be into a place where it tells nobody anything.
static inline void
take_frames(struct feed *f, struct rte_mbuf *m[], uint32_t n, const bool replacing) {
	const struct trace *t = f->trace;
	struct trace_note *const note = (struct trace_note *)t->notes.at + f->pos;
	uint8_t *frame = (uint8_t *)t->slots.at + f->pos * t->slot_bytes;
	uint8_t *const nowhere = f->scratch;
	const uint32_t seq_be = f->seq_be;

	for (uint32_t i = 0; i < n; i++, frame += t->slot_bytes) {
		const uint8_t bits = note[i].bits;
		const uintptr_t numbered = -(uintptr_t)(bits / NOTE_DATA & 1);
		const uintptr_t at = (uintptr_t)frame + SEQ4 + (bits & NOTE_IP6) * (SEQ6 - SEQ4);

		__builtin_prefetch(frame + FRAMES_AHEAD * t->slot_bytes, 1, 2);
		point(m[i], frame, note[i].length);
		memcpy((void *)(((at ^ (uintptr_t)nowhere) & numbered) ^ (uintptr_t)nowhere),
		       &seq_be,
		       4);
		if (replacing) {
			const struct feed_group *g = &f->group[note[i].group];

			if (unlikely(
				    (note[i].version != g->version)
				    | (g->special | (bits & NOTE_SPECIAL))
			    ))
				renew(f, frame, &note[i], g);
		}
	}
	f->pos += n;
	f->left_in_pass -= n;
}
static_assert(NOTE_IP6 == 1, "a factor");

static inline void trace_frames(struct feed *f, struct rte_mbuf *m[], uint32_t n) {
	while (n > 0) {
		const uint32_t now = n < f->left_in_pass ? n : (uint32_t)f->left_in_pass;

		if (f->flows_per_tsc > 0)
			take_frames(f, m, now, true);
		else
			take_frames(f, m, now, false);
		if (f->left_in_pass == 0)
			next_pass(f);
		m += now;
		n -= now;
	}
}

// No source comes twice: an odd factor maps a counter one to one.
static inline void take_forged(struct feed *f, struct rte_mbuf *m, uint64_t random) {
	const uint64_t n = f->forged_n++;
	const bool ip6 = (random >> 32) < f->forged_ip6_below;
	const uint32_t at = (uint32_t)n & (f->forged_slots - 1);
	uint8_t *frame = (uint8_t *)f->forged.at
		+ ((size_t)ip6 * f->forged_slots + at) * FORGED_SLOT_BYTES;
	const uint8_t *ahead = f->forged.at;
	const uint64_t source = n * 0x9e3779b97f4a7c15ull;
	const uint32_t source4 = (uint32_t)n * 0x9e3779b1u;

	ahead += ((n + FRAMES_AHEAD) & (f->forged_slots - 1)) * FORGED_SLOT_BYTES;
	__builtin_prefetch(ahead, 1, 2);
	if (f->forged_ip6_below > 0) // of its next frame nobody knows the family
		__builtin_prefetch(ahead + (size_t)f->forged_slots * FORGED_SLOT_BYTES, 1, 2);
	if (ip6)
		memcpy(frame + H_ETH + 8 + 8, &source, 8);
	else
		memcpy(frame + H_ETH + 12, &source4, 4);
	memcpy(frame + H_ETH + (ip6 ? H_IP6 : H_IP4), &random, 2); // source port
	point(m, frame, f->forged_length[ip6]);
	f->sent_forged++;
}

// Forged ones among the others: runs of the trace between them.
static void mixed_burst(struct feed *f, struct rte_mbuf *m[], uint16_t n) {
	uint32_t run = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint64_t random = next_random(f);

		if ((random & UINT32_MAX) >= f->forged_below) {
			run++;
			continue;
		}
		trace_frames(f, &m[i - run], run);
		run = 0;
		take_forged(f, m[i], random);
	}
	trace_frames(f, &m[n - run], run);
}

static uint32_t handshake_packets(uint64_t flow) {
	return HANDSHAKE_STEPS + (((uint32_t)flow * 0x9e3779b1u >> 16) * HANDSHAKE_MORE >> 16);
}

// Step s of the handshakes: of each flow in turn, as many steps as the longest has.
// @return 0: this flow's is shorter
static uint32_t craft_handshake(struct feed *f, uint64_t s, uint8_t *frame) {
	static const enum step tcp[] = {STEP_SYN, STEP_SYNACK, STEP_ACK};
	const uint64_t i = s / (HANDSHAKE_STEPS + HANDSHAKE_MORE);
	const unsigned k = s % (HANDSHAKE_STEPS + HANDSHAKE_MORE);
	const bool reverse = k & 1;

	if (k >= handshake_packets(i))
		return 0;
	return trace_craft(
		f->trace,
		i,
		f->group[trace_group(i)].version,
		reverse,
		k < 3 ? tcp[k] : STEP_ACK,
		0,
		frame
	);
}

// @return 0: that flow is not established just now
static uint32_t craft_probe(struct feed *f, uint64_t i, uint8_t *frame) {
	const struct feed_group *g = &f->group[trace_group(i)];

	if (g->age < AGE_SETTLED)
		return 0;
	f->probed++;
	return trace_craft(f->trace, i, g->version, false, STEP_ACK, 0, frame);
}

static uint16_t crafted_burst(struct feed *f, struct rte_mbuf *m[], uint16_t n, uint32_t phase) {
	const uint64_t flows = f->trace->conf.flows;
	const uint64_t steps
		= phase == FEED_PROBE ? flows : flows * (HANDSHAKE_STEPS + HANDSHAKE_MORE);
	uint16_t made = 0;

	while (made < n && f->step < steps) {
		uint8_t *frame = f->scratch + (size_t)made * TRACE_FRAME_MAX;
		const uint32_t length = phase == FEED_PROBE ? craft_probe(f, f->step, frame)
							    : craft_handshake(f, f->step, frame);

		f->step++;
		if (length > 0)
			point(m[made++], frame, length);
	}
	if (f->step == steps) {
		f->step = 0;
		atomic_store_explicit(&f->phase, FEED_SILENT, memory_order_relaxed);
		atomic_store_explicit(&f->done, phase, memory_order_release);
	}
	rte_pktmbuf_free_bulk(&m[made], n - made);
	return made;
}

// One clock read a burst. The first burst after `measuring` was set begins the first slice.
static inline void count_slices(struct feed *f, uint16_t n) {
	uint64_t now;

	if (!atomic_load_explicit(&f->measuring, memory_order_relaxed))
		return;
	now = tsc_now();
	if (f->n_slices == 0)
		f->slice[f->n_slices++] = (struct feed_slice) {.tsc = now};
	else if (now - f->slice[f->n_slices - 1].tsc >= f->slice_tsc && f->n_slices < FEED_SLICES_MAX)
		f->slice[f->n_slices++] = (struct feed_slice) {f->measured, now};
	f->measured += n;
}

uint16_t feed_rx(uint16_t, uint16_t, struct rte_mbuf *m[], uint16_t n, uint16_t, void *ctx) {
	struct feed *f = ctx;
	const uint32_t phase = atomic_load_explicit(&f->phase, memory_order_acquire);

	if (n == 0)
		return 0;
	switch (phase) {
	case FEED_SILENT:
		rte_pktmbuf_free_bulk(m, n);
		return 0;
	case FEED_TRACE:
		count_slices(f, n);
		if (f->forged_below > 0)
			mixed_burst(f, m, n);
		else
			trace_frames(f, m, n);
		break;
	default:
		n = crafted_burst(f, m, n, phase);
	}
	f->sent += n;
	return n;
}

static bool make_forged(struct feed *f, const struct feed_conf *conf) {
	uint8_t *slot;

	f->forged_slots = FORGED_SLOTS;
	if (!huge_alloc(&f->forged, 2ull * FORGED_SLOTS * FORGED_SLOT_BYTES))
		return false;
	slot = f->forged.at;
	for (unsigned ip6 = 0; ip6 < 2; ip6++)
		for (uint32_t i = 0; i < FORGED_SLOTS; i++, slot += FORGED_SLOT_BYTES)
			f->forged_length[ip6] = trace_craft_forged(
				ip6,
				conf->frame_bytes < FORGED_SLOT_BYTES ? conf->frame_bytes
								      : FORGED_SLOT_BYTES,
				slot
			);
	return true;
}

bool feed_make(struct feed *f, struct trace *trace, const struct feed_conf *conf) {
	memset(f, 0, sizeof(*f));
	f->trace = trace;
	f->forged_below = (uint64_t)(conf->forged_share * 4294967296.0);
	f->forged_ip6_below = (uint64_t)(conf->ipv6_share * 4294967296.0);
	f->flows_per_tsc = conf->new_per_s / 1e9 / tsc_per_ns();
	f->slice_tsc = (uint64_t)(conf->slice_s * 1e9 * tsc_per_ns());
	f->random = conf->seed * 2 + 0x9e3779b97f4a7c15ull;
	f->pass = FEED_FIRST_PASS;
	f->left_in_pass = trace->conf.flows;
	f->seq_be = __builtin_bswap32(trace_seq(trace, f->pass));
	for (unsigned i = 0; i < TRACE_GROUPS; i++)
		f->group[i].age = AGE_OLD;
	f->scratch = calloc(SCRATCH_FRAMES, TRACE_FRAME_MAX);
	return f->scratch != NULL && make_forged(f, conf);
}

void feed_free(struct feed *f) {
	free(f->scratch);
	huge_free(&f->forged);
}
