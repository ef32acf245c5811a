// A worker's pipeline: made, shown to others, finished.
#include "pipeline/worker_state.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static pipeline_burst_fn *const burst_of[ISA_N] = {
	[ISA_SCALAR] = pipeline_burst_scalar,
#ifdef __x86_64__
	[ISA_AVX2] = pipeline_burst_avx2,
	[ISA_AVX512] = pipeline_burst_avx512,
#endif
};
static pipeline_tell_fn *const tell_of[ISA_N] = {
	[ISA_SCALAR] = pipeline_tell_scalar,
#ifdef __x86_64__
	[ISA_AVX2] = pipeline_tell_avx2,
	[ISA_AVX512] = pipeline_tell_avx512,
#endif
};

// Sections of the caller's memory, each on a pair of lines.
static size_t section(size_t bytes) {
	return (bytes + SHARED_ALIGN - 1) & ~(size_t)(SHARED_ALIGN - 1);
}

static uint8_t *carve(uint8_t **memory, size_t bytes) {
	uint8_t *const at = *memory;

	*memory += section(bytes);
	return at;
}

static uint32_t queue_slots(const struct pipeline_conf *conf) {
	return spsc_slots(
		conf->score_slots > 2 * MODEL_BATCH_MAX ? conf->score_slots : 2 * MODEL_BATCH_MAX
	);
}

static uint32_t finding_slots(const struct pipeline_conf *conf) {
	return conf->findings_slots > conf->findings_per_tick ? conf->findings_slots
							      : conf->findings_per_tick;
}

size_t pipeline_bytes(const struct pipeline_conf *conf) {
	const size_t slots = queue_slots(conf);

	return section(sizeof(struct pipeline)) + section(flow_table_bytes(&conf->flow))
		+ WINDOW_BUFFERS * section(window_bytes(&conf->window))
		+ 2 * section(spsc_bytes(WINDOW_BUFFERS, sizeof(struct window *)))
		+ section(spsc_bytes(finding_slots(conf), sizeof(struct finding)))
		+ section(slots * sizeof(float[FLOW_FEATURE_N]))
		+ section(slots * sizeof(struct row_slot))
		+ (conf->lossless ? 0 : section(DUE_SLOTS * sizeof(struct due_slot)))
		+ (conf->flow_end != NULL ? section(slots * flow_bytes_of_record()) : 0);
}

static int windows_create(struct pipeline *pl, uint8_t **memory) {
	pl->ready = spsc_create(
		carve(memory, spsc_bytes(WINDOW_BUFFERS, sizeof(struct window *))),
		WINDOW_BUFFERS,
		sizeof(struct window *)
	);
	pl->empty = spsc_create(
		carve(memory, spsc_bytes(WINDOW_BUFFERS, sizeof(struct window *))),
		WINDOW_BUFFERS,
		sizeof(struct window *)
	);
	for (unsigned i = 0; i < WINDOW_BUFFERS; i++) {
		struct window *window;
		const int ret = window_create(
			&window, &pl->conf.window, carve(memory, window_bytes(&pl->conf.window))
		);

		if (ret < 0)
			return ret;
		if (i == 0)
			pl->window = window;
		else
			spsc_put(pl->empty, &window);
	}
	return 0;
}

static void queue_create(struct pipeline *pl, uint8_t **memory) {
	const size_t slots = queue_slots(&pl->conf);

	pl->queue.mask = (uint32_t)slots - 1;
	pl->queue.rows = (float *)(void *)carve(memory, slots * sizeof(float[FLOW_FEATURE_N]));
	pl->queue.slots = (struct row_slot *)(void *)carve(memory, slots * sizeof(struct row_slot));
	if (!pl->conf.lossless)
		pl->due.slots = (struct due_slot *)(void *)carve(
			memory, DUE_SLOTS * sizeof(struct due_slot)
		);
	if (pl->conf.flow_end != NULL)
		pl->queue.ended = carve(memory, slots * flow_bytes_of_record());
}

int pipeline_create(struct pipeline **out, const struct pipeline_conf *conf, void *memory) {
	uint8_t *rest = memory;
	struct pipeline *pl;
	int ret;

	if (memory == NULL || (uintptr_t)memory % SHARED_ALIGN != 0
	    || conf->tick_ns < STEPS_PER_TICK || conf->tick_offset_ns != 0
	    || conf->score_slots > 1u << 24 || conf->findings_slots > 1u << 24
	    || conf->findings_per_tick > 1u << 24 || (unsigned)conf->isa >= ISA_N
	    || burst_of[conf->isa] == NULL || !isa_supported(conf->isa))
		return -EINVAL;
	pl = (struct pipeline *)(void *)carve(&rest, sizeof(*pl));
	memset(pl, 0, sizeof(*pl));
	pl->conf = *conf;
	pl->conf.flow.tell_singles = conf->flow_end != NULL;
	pl->burst_fn = burst_of[conf->isa];
	pl->tell_fn = tell_of[conf->isa];
	pl->step_ns = conf->tick_ns / STEPS_PER_TICK;
	ret = flow_table_create(
		&pl->flows,
		&pl->conf.flow,
		carve(&rest, flow_table_bytes(&conf->flow)),
		row_at_end,
		pl
	);
	if (ret < 0)
		return ret;
	pl->buckets = flow_table_buckets(pl->flows);
	ret = windows_create(pl, &rest);
	if (ret < 0)
		return ret;
	pl->findings = spsc_create(
		carve(&rest, spsc_bytes(finding_slots(conf), sizeof(struct finding))),
		finding_slots(conf),
		sizeof(struct finding)
	);
	queue_create(pl, &rest);
	*out = pl;
	return 0;
}

static void models_look(struct pipeline *pl) {
	const uint64_t generation
		= atomic_load_explicit(&pl->model_generation, memory_order_acquire);

	if (generation == atomic_load_explicit(&pl->models_seen, memory_order_relaxed))
		return;
	pl->model = atomic_load_explicit(&pl->model_next, memory_order_acquire);
	atomic_store_explicit(&pl->models_seen, generation, memory_order_release);
}

uint16_t pipeline_burst(struct pipeline *pl, const struct frame *frames, uint16_t n) {
	assert(n <= BURST_MAX && !pl->finished);
	if (n == 0)
		return 0;
	models_look(pl);
	rows_earn(pl, n);
	return pl->burst_fn(pl, frames, n);
}

void pipeline_clock(struct pipeline *pl, uint64_t now_ns) {
	if (pl->finished)
		return;
	models_look(pl);
	pl->live.idle_polls++;
	rows_earn(pl, 0);
	if (pl->told.n > 0)
		pl->tell_fn(pl);
	now_ns += pl->clock.offset_ns;
	if (!pl->clock.started || now_ns < pl->clock.now_ns)
		return;
	if (pl->late)
		window_hand_over(pl);
	if (now_ns >= pl->clock.next_step_ns && !tick_advance(pl, now_ns))
		return;
	pl->clock.now_ns = now_ns;
	if (!pl->conf.lossless)
		rows_live(pl);
	else
		rows_score(pl, 1);
}

bool pipeline_finish(struct pipeline *pl) {
	if (pl->finished)
		return true;
	pl->tell_fn(pl);
	while (pl->due.next > pl->due.first) { // live: what waits is scored at last
		rows_earn(pl, 0);
		rows_live(pl);
	}
	// Ends count toward the last tick, whose findings have their places already.
	flow_table_flush(pl->flows, pl->clock.now_ns);
	rows_score_all(pl);
	if (pl->late || (pl->clock.started && window_has_content(pl->window)))
		window_leaves(pl);
	pl->finished = true;
	pipeline_show(pl);
	return true;
}

void pipeline_models_set(struct pipeline *pl, const struct model *flow_model, uint64_t generation) {
	atomic_store_explicit(&pl->model_next, flow_model, memory_order_release);
	atomic_store_explicit(&pl->model_generation, generation, memory_order_release);
}

uint64_t pipeline_models_seen(const struct pipeline *pl) {
	return atomic_load_explicit(&pl->models_seen, memory_order_acquire);
}

struct window *pipeline_window_take(struct pipeline *pl) {
	struct window *window;

	return spsc_take(pl->ready, &window) ? window : NULL;
}

void pipeline_window_give(struct pipeline *pl, struct window *window) {
	window_reset(window, 0); // here, not on the worker's way
	spsc_put(pl->empty, &window);
}

bool pipeline_finding_take(struct pipeline *pl, struct finding *finding) {
	return spsc_take(pl->findings, finding);
}

static void live_complete(struct pipeline *pl) {
	const struct flow_events *events = flow_table_events(pl->flows);

	pl->live.flows_new = events->made;
	pl->live.flows_expired = events->expired;
	pl->live.flows_evicted_single = events->evicted_single;
	pl->live.flows_evicted_idle = events->evicted_idle;
	pl->live.flows_refused = events->refused;
	pl->live.hosts_untold = events->untold;
	pl->live.hosts_refused = pl->hosts_refused;
	pl->live.sources_refused = pl->sources_refused;
	pl->live.prefixes_refused = pl->prefixes_refused;
	if (pl->window == NULL)
		return;
	window_close(pl->window);
	pl->live.hosts_refused += pl->window->refused;
	pl->live.sources_refused += pl->window->sources_refused;
	pl->live.prefixes_refused += pl->window->prefixes_refused;
}

// Each word is stored with release and loaded with acquire (free on x86): whoever has read a new
// word also sees the odd version before it, and reads again.
void pipeline_show(struct pipeline *pl) {
	const uint64_t version = atomic_load_explicit(&pl->shown_version, memory_order_relaxed);
	uint64_t words[COUNTER_WORDS];

	live_complete(pl);
	memcpy(words, &pl->live, sizeof(words));
	atomic_store_explicit(&pl->shown_version, version + 1, memory_order_release);
	for (unsigned i = 0; i < COUNTER_WORDS; i++)
		atomic_store_explicit(&pl->shown[i], words[i], memory_order_release);
	atomic_store_explicit(&pl->shown_version, version + 2, memory_order_release);
	atomic_store_explicit(
		&pl->shown_flows_used, flow_table_used(pl->flows), memory_order_relaxed
	);
}

void pipeline_counters(const struct pipeline *pl, struct worker_counters *out) {
	uint64_t words[COUNTER_WORDS], before, after;

	do {
		before = atomic_load_explicit(&pl->shown_version, memory_order_acquire);
		for (unsigned i = 0; i < COUNTER_WORDS; i++)
			words[i] = atomic_load_explicit(&pl->shown[i], memory_order_acquire);
		after = atomic_load_explicit(&pl->shown_version, memory_order_acquire);
	} while (before != after || before % 2 != 0);
	memcpy(out, words, sizeof(*out));
}

uint32_t pipeline_flows_used(const struct pipeline *pl) {
	return atomic_load_explicit(&pl->shown_flows_used, memory_order_relaxed);
}

uint64_t pipeline_now_ns(const struct pipeline *pl) {
	return pl->clock.now_ns;
}
