// Flow rows: snapshotted when due, scored in batches, reported where they are strange.
//
// Where nothing may be lost a batch is scored as soon as it is full, and all at the end of a tick,
// so both depend on the stream alone. Live, packets go first: while bursts come full, each row must
// be earned by ROW_PACKETS packets. Flows that are due wait for that, and cost nothing meanwhile; when
// too many wait, the oldest is dropped. The row at a flow's end cannot wait: it is earned or dropped.
#include "flow/path.h"
#include "pipeline/worker_state.h"

#include <math.h>
#include <string.h>

void told_fold(struct pipeline *pl) {
	for (; pl->told.folded < pl->told.n; pl->told.folded++) {
		const struct told *t = &pl->told.slot[pl->told.folded];

		if (t->flow != NULL)
			flow_fold(t->flow, &t->verdict);
	}
}

static uint32_t slot_of(const struct row_queue *q, uint64_t number) {
	return (uint32_t)number & q->mask;
}

static void tell_end(struct pipeline *pl, const struct flow *flow, uint64_t now_ns) {
	if (pl->conf.flow_end != NULL)
		pl->conf.flow_end(pl->conf.flow_end_ctx, flow, now_ns);
}

static struct flow *ended_copy(const struct pipeline *pl, uint32_t slot) {
	if (pl->queue.ended == NULL)
		return NULL;
	return (struct flow *)(void *)&pl->queue.ended[slot * flow_bytes_of_record()];
}

static void report(struct pipeline *pl, uint32_t slot, float raw, float score) {
	const struct row_slot *s = &pl->queue.slots[slot];
	const struct addr *initiator = s->initiator_is_hi ? &s->key.hi : &s->key.lo;
	const struct addr *responder = s->initiator_is_hi ? &s->key.lo : &s->key.hi;
	struct finding finding = {
		.ts_ns = s->ts_ns,
		.key = s->key,
		.initiator_is_hi = s->initiator_is_hi,
		.at_end = s->at_end,
		.worker = (uint16_t)pl->conf.worker,
		.score = score,
		.raw = raw,
	};

	pl->tell_fn(pl); // in the order of the stream
	window_mark_strange(pl->window, responder, initiator);
	if (pl->findings_in_tick >= pl->conf.findings_per_tick) {
		pl->live.findings_limited++;
		return;
	}
	pl->findings_in_tick++;
	memcpy(finding.row, &pl->queue.rows[(size_t)slot * FLOW_FEATURE_N], sizeof(finding.row));
	if (spsc_put(pl->findings, &finding))
		pl->live.findings++;
	else
		pl->live.findings_lost++;
}

static void row_done(struct pipeline *pl, uint32_t slot, float raw, float score) {
	const struct row_slot *s = &pl->queue.slots[slot];
	const bool lives = !s->at_end && flow_serial(s->flow) == s->serial;
	const bool marked = lives ? flow_marked(s->flow) : s->marked;

	if (lives)
		flow_score_set(s->flow, score);
	if (score >= pl->conf.finding_score && !marked) {
		if (lives)
			flow_mark(s->flow);
		report(pl, slot, raw, score);
	}
}

static void row_leaves(struct pipeline *pl, uint32_t slot, float score) {
	const struct row_slot *s = &pl->queue.slots[slot];
	struct flow *copy = ended_copy(pl, slot);

	if (!s->at_end || copy == NULL)
		return;
	if (!isnan(score))
		flow_score_set(copy, score);
	tell_end(pl, copy, s->ts_ns);
}

static void drop_oldest(struct pipeline *pl) {
	pl->live.scores_dropped++;
	row_leaves(pl, slot_of(&pl->queue, pl->queue.first++), NAN);
}

// One batch: as many as wait, as a model takes, and as lie in one piece.
static void score_batch(struct pipeline *pl) {
	struct row_queue *q = &pl->queue;
	const uint32_t at = slot_of(q, q->first);
	uint32_t n = q->mask + 1 - at;
	float raw[MODEL_BATCH_MAX];

	if (n > rows_waiting(pl))
		n = (uint32_t)rows_waiting(pl);
	if (n > MODEL_BATCH_MAX)
		n = MODEL_BATCH_MAX;
	model_score(pl->model, &q->rows[(size_t)at * FLOW_FEATURE_N], FLOW_FEATURE_N, n, raw);
	pl->live.scores += n;
	for (uint32_t i = 0; i < n; i++) {
		const float score = model_calibrate(pl->model, raw[i]);

		row_done(pl, at + i, raw[i], score);
		row_leaves(pl, at + i, score);
	}
	q->first += n;
}

void rows_score(struct pipeline *pl, uint32_t batches) {
	while (rows_waiting(pl) > 0 && batches-- > 0) {
		if (pl->model != NULL)
			score_batch(pl);
		else
			drop_oldest(pl); // the model was taken away while they waited
	}
}

void rows_score_all(struct pipeline *pl) {
	rows_score(pl, UINT32_MAX);
}

static void
row_put(struct pipeline *pl, const struct flow *flow, bool at_end, bool marked, uint64_t now_ns) {
	struct row_queue *q = &pl->queue;
	struct row_slot *s;
	uint32_t slot;

	if (rows_waiting(pl) > q->mask)
		drop_oldest(pl); // never where nothing may be lost: see row_added()
	slot = slot_of(q, q->next++);
	s = &q->slots[slot];
	s->flow = NULL;
	s->serial = flow_serial(flow);
	s->ts_ns = now_ns;
	s->key = *flow_key_of(flow);
	s->initiator_is_hi = flow_initiator_is_hi(flow);
	s->at_end = at_end;
	s->marked = marked;
	flow_features(flow, &q->rows[(size_t)slot * FLOW_FEATURE_N]);
}

static void row_added(struct pipeline *pl) {
	if (pl->conf.lossless && rows_waiting(pl) >= MODEL_BATCH_MAX)
		rows_score_all(pl);
}

// Live and under load: has the row been earned?
static bool row_is_earned(struct pipeline *pl) {
	if (pl->conf.lossless)
		return true;
	if (pl->row_credit < ROW_PACKETS) {
		pl->live.scores_dropped++;
		return false;
	}
	pl->row_credit -= ROW_PACKETS;
	return true;
}

void rows_earn(struct pipeline *pl, uint16_t burst) {
	const uint32_t most = ROW_PACKETS * ROWS_SAVED_MAX;

	pl->row_credit = burst < BURST_MAX || pl->row_credit + burst > most
		? most
		: pl->row_credit + burst;
}

static void tell_row(struct pipeline *pl, const struct flow *flow) {
	float row[FLOW_FEATURE_N];

	if (pl->conf.flow_row == NULL)
		return;
	flow_features(flow, row);
	pl->conf.flow_row(pl->conf.flow_row_ctx, flow, row);
}

static void due_put(struct pipeline *pl, struct flow *flow, uint64_t hash) {
	struct due_queue *q = &pl->due;

	if (q->next - q->first == DUE_SLOTS) {
		q->first++;
		pl->live.scores_dropped++;
	}
	q->slots[q->next++ % DUE_SLOTS] = (struct due_slot) {flow, hash};
}

static void row_now(struct pipeline *pl, struct flow *flow, uint64_t now_ns) {
	row_put(pl, flow, false, false, now_ns);
	pl->queue.slots[slot_of(&pl->queue, pl->queue.next - 1)].flow = flow;
	flow_row_set(flow, pl->queue.next);
	row_added(pl);
}

void row_due(struct pipeline *pl, struct flow *flow, uint64_t hash, uint64_t now_ns) {
	if (pl->conf.flow_row != NULL || pl->conf.lossless)
		told_fold(pl);
	tell_row(pl, flow);
	if (pl->model == NULL)
		return;
	if (pl->conf.lossless)
		row_now(pl, flow, now_ns);
	else
		due_put(pl, flow, hash);
}

// The flows that waited longest, as many as were earned.
static void due_take(struct pipeline *pl, unsigned n) {
	struct due_queue *q = &pl->due;

	told_fold(pl);
	for (unsigned i = 0; i < n; i++)
		flow_fetch(q->slots[(q->first + i) % DUE_SLOTS].flow);
	for (unsigned i = 0; i < n; i++) {
		const struct due_slot *s = &q->slots[q->first++ % DUE_SLOTS];

		if (!flow_is_of(pl->flows, s->flow, s->hash))
			pl->live.scores_dropped++; // it ended meanwhile
		else if (row_is_earned(pl))
			row_now(pl, s->flow, pl->clock.now_ns);
	}
}

void rows_live(struct pipeline *pl) {
	const uint64_t waiting = pl->due.next - pl->due.first;
	const uint32_t earned = pl->row_credit / ROW_PACKETS;
	unsigned n = waiting < DUE_TOGETHER ? (unsigned)waiting : DUE_TOGETHER;

	if (pl->model == NULL)
		pl->due.first = pl->due.next; // taken away while they waited
	else if (n > 0 && earned >= n)
		due_take(pl, n);
	if (rows_waiting(pl) > 0)
		rows_score(pl, 1);
}

// Its last packet was its 4th, 16th ...: the row at the end would be one that was due already.
static bool ends_as_it_was(const struct pipeline *pl, const struct flow *flow) {
	return flow_row_is_due(flow_packets(flow)) && (pl->model == NULL || flow_row(flow) != 0);
}

static void row_put_at_end(struct pipeline *pl, const struct flow *flow, uint64_t now_ns) {
	struct flow *copy;

	row_put(pl, flow, true, flow_marked(flow), now_ns);
	copy = ended_copy(pl, slot_of(&pl->queue, pl->queue.next - 1));
	if (copy != NULL)
		memcpy(copy, flow, flow_bytes_of_record());
	row_added(pl);
}

void row_at_end(void *pipeline, const struct flow *flow, uint64_t now_ns) {
	struct pipeline *pl = pipeline;

	told_fold(pl);
	note_flow_end(pl, flow, now_ns);
	// Rows of this flow that still wait decide whether it was reported before.
	if (pl->conf.lossless && flow_row(flow) > pl->queue.first)
		rows_score_all(pl);
	if (flow_packets(flow) < FLOW_SCORE_MIN_PACKETS || ends_as_it_was(pl, flow)) {
		tell_end(pl, flow, now_ns);
		return;
	}
	tell_row(pl, flow);
	if (pl->model != NULL && row_is_earned(pl))
		row_put_at_end(pl, flow, now_ns); // the end is told once it is scored
	else
		tell_end(pl, flow, now_ns);
}
