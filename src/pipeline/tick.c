// Ticks and steps: windows handed over, flows expired, counters shown, all at stream times that do
// not depend on how packets come in bursts.
#include "pipeline/worker_state.h"

static void window_open(struct pipeline *pl) {
	pl->window->start_ns = pl->clock.tick_start_ns;
	pl->window->ticks = 1;
	pl->window->worker = pl->conf.worker;
	pl->window_number++;
	pl->content_end_ns = pl->clock.tick_end_ns;
}

// The window goes to the other side; the owner has none until it takes another.
void window_leaves(struct pipeline *pl) {
	pl->window->end_ns = pl->content_end_ns;
	window_close(pl->window);
	pl->hosts_refused += pl->window->refused;
	pl->sources_refused += pl->window->sources_refused;
	pl->prefixes_refused += pl->window->prefixes_refused;
	for (unsigned kind = 0; kind < NOTE_KIND_N; kind++)
		pl->live.notes_missed += pl->window->notes->missed[kind];
	pl->live.notes += pl->window->notes->n;
	pl->live.windows++;
	spsc_put(pl->ready, &pl->window);
	pl->window = NULL;
}

// Of the buffers that came back the last: its lines are the ones most likely to be near.
static struct window *window_spare(struct pipeline *pl) {
	while (pl->n_spare < WINDOW_BUFFERS && spsc_take(pl->empty, &pl->spare[pl->n_spare]))
		pl->n_spare++;
	return pl->n_spare > 0 ? pl->spare[--pl->n_spare] : NULL;
}

// @return false: no buffer is free
bool window_hand_over(struct pipeline *pl) {
	struct window *fresh;

	pl->tell_fn(pl);
	// A tick begins only with room for all the findings it may make.
	if (pl->conf.lossless && spsc_free(pl->findings) < pl->conf.findings_per_tick)
		return false;
	fresh = window_spare(pl);
	if (fresh == NULL)
		return false;
	window_leaves(pl);
	pl->window = fresh;
	pl->late = false;
	return true;
}

// A packet meets a window of a tick that is over: hand it over now, or share it.
void window_late(struct pipeline *pl) {
	if (window_hand_over(pl)) {
		window_open(pl);
		return;
	}
	pl->late = false;
	pl->window->ticks++;
	pl->live.windows_merged++;
	pl->content_end_ns = pl->clock.tick_end_ns;
}

static void tick_set(struct pipeline *pl, uint64_t now_ns) {
	pl->clock.tick_start_ns = now_ns - now_ns % pl->conf.tick_ns;
	pl->clock.tick_end_ns = pl->clock.tick_start_ns + pl->conf.tick_ns;
}

static bool tick_change(struct pipeline *pl, uint64_t now_ns) {
	pl->tell_fn(pl);
	if (pl->conf.lossless)
		rows_score_all(pl);
	else
		rows_score(pl, TICK_BATCHES_MAX);
	if (window_has_content(pl->window) && !window_hand_over(pl)) {
		if (pl->conf.lossless)
			return false;
		pl->late = true;
	}
	if (pl->conf.lossless && spsc_free(pl->findings) < pl->conf.findings_per_tick)
		return false; // a tick of findings without packets
	tick_set(pl, now_ns);
	pl->findings_in_tick = 0;
	if (!pl->late)
		window_open(pl);
	pipeline_show(pl);
	return true;
}

// The sweep stands at bucket `buckets x (t mod SWEEP_NS) / SWEEP_NS` at time t.
static uint64_t sweep_position(const struct pipeline *pl, uint64_t t_ns) {
	return t_ns % SWEEP_NS * pl->buckets / SWEEP_NS;
}

static void sweep(struct pipeline *pl, uint64_t until_ns) {
	const uint64_t from = sweep_position(pl, pl->clock.swept_ns);
	const uint64_t to = sweep_position(pl, until_ns);
	uint64_t buckets = to >= from ? to - from : to + pl->buckets - from;

	if (until_ns - pl->clock.swept_ns >= SWEEP_NS)
		buckets = pl->buckets;
	pl->clock.swept_ns = until_ns;
	flow_table_expire(pl->flows, until_ns, (uint32_t)buckets);
}

static void start(struct pipeline *pl, uint64_t now_ns) {
	tick_set(pl, now_ns);
	pl->clock.started = true;
	pl->clock.now_ns = now_ns;
	pl->clock.swept_ns = pl->clock.tick_start_ns;
	window_open(pl);
}

bool tick_advance(struct pipeline *pl, uint64_t now_ns) {
	uint64_t step_start_ns;

	if (!pl->clock.started)
		start(pl, now_ns);
	else if (now_ns >= pl->clock.tick_end_ns && !tick_change(pl, now_ns))
		return false;
	step_start_ns = now_ns - (now_ns - pl->clock.tick_start_ns) % pl->step_ns;
	pl->clock.next_step_ns = step_start_ns + pl->step_ns;
	if (pl->clock.next_step_ns > pl->clock.tick_end_ns)
		pl->clock.next_step_ns = pl->clock.tick_end_ns;
	sweep(pl, step_start_ns);
	return true;
}
