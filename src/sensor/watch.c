#include "sensor/watch.h"

#include "model/model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000ull

// One thread adds: no locked instruction.
static void add(_Atomic uint64_t *to, uint64_t more) {
	atomic_store_explicit(
		to, atomic_load_explicit(to, memory_order_relaxed) + more, memory_order_relaxed
	);
}

static void count(struct watch_tap *t, const struct model *inner, const float *raw, uint32_t n) {
	for (; t->turn < n; t->turn += WATCH_EVERY)
		add(&t->bin[drift_bin(model_calibrate(inner, raw[t->turn]))], 1);
	t->turn -= n;
}

// A model_tap_fn, on the thread that has the rows scored.
static void
tell(void *ctx,
     const struct model *inner,
     const float *rows,
     uint32_t stride_floats,
     uint32_t n,
     const float *raw) {
	struct watch_tap *t = ctx;

	if (inner != NULL)
		count(t, inner, raw, n);
	if (t->rows == NULL || !atomic_load_explicit(&t->sampling, memory_order_relaxed))
		return;
	for (uint32_t i = 0; i < n; i++)
		if (!spsc_put(t->rows, &rows[(size_t)i * stride_floats]))
			add(&t->lost, 1);
}

int watch_begin(struct watch *w, uint32_t n_workers, uint64_t now_ns) {
	const uint32_t bytes = FLOW_FEATURE_N * sizeof(float);

	memset(w, 0, sizeof(*w));
	w->n_workers = n_workers;
	w->next_ns = now_ns + WATCH_DRIFT_S * NS_PER_S;
	w->flow_drift.index = w->host_drift.index = NAN;
	for (uint32_t i = 0; i < n_workers; i++) {
		void *memory = aligned_alloc(SPSC_ALIGN, spsc_bytes(WATCH_ROWS, bytes));

		if (memory == NULL)
			return -ENOMEM;
		memset(memory, 0, spsc_bytes(WATCH_ROWS, bytes)); // the worker finds its pages
		w->flow[i].rows = spsc_create(memory, WATCH_ROWS, bytes);
	}
	return 0;
}

void watch_end(struct watch *w) {
	for (uint32_t i = 0; i < w->n_workers; i++) {
		model_destroy(w->flow[i].tap);
		free(w->flow[i].rows);
	}
	model_destroy(w->host.tap);
	memset(w, 0, sizeof(*w));
}

void watch_taps_free(struct watch_taps *taps) {
	for (uint32_t i = 0; i < STATS_WORKERS_MAX; i++)
		model_destroy(taps->flow[i]);
	model_destroy(taps->host);
	*taps = (struct watch_taps) {0};
}

// While a baseline is taken there are rows without a model, too.
static bool wants_flow_tap(const struct watch *w, const struct models *models) {
	return models->flow != NULL || atomic_load(&w->flow[0].sampling);
}

static int make(struct watch *w, const struct models *models, struct watch_taps *taps) {
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && wants_flow_tap(w, models) && i < w->n_workers; i++)
		ret = model_tap(&taps->flow[i], models->flow, FLOW_FEATURE_N, tell, &w->flow[i]);
	if (ret == 0 && models->host != NULL)
		ret = model_tap(&taps->host, models->host, HOST_FEATURE_N, tell, &w->host);
	return ret;
}

int watch_wrap(struct watch *w, const struct models *models, struct watch_taps *old) {
	struct watch_taps taps = {0};
	int ret = make(w, models, &taps);

	if (ret < 0) {
		watch_taps_free(&taps);
		return ret;
	}
	*old = (struct watch_taps) {.host = w->host.tap};
	w->host.tap = taps.host;
	for (uint32_t i = 0; i < w->n_workers; i++) {
		old->flow[i] = w->flow[i].tap;
		w->flow[i].tap = taps.flow[i];
	}
	return 0;
}

void watch_sample(struct watch *w, bool on) {
	float row[FLOW_FEATURE_N];

	for (uint32_t i = 0; i < w->n_workers; i++)
		atomic_store(&w->flow[i].sampling, on);
	while (on && watch_row_take(w, row)) // of the last time
		;
}

bool watch_row_take(struct watch *w, float row[static FLOW_FEATURE_N]) {
	for (uint32_t i = 0; i < w->n_workers; i++)
		if (spsc_take(w->flow[i].rows, row))
			return true;
	return false;
}

uint64_t watch_rows_lost(const struct watch *w) {
	uint64_t lost = 0;

	for (uint32_t i = 0; i < w->n_workers; i++)
		lost += atomic_load_explicit(&w->flow[i].lost, memory_order_relaxed);
	return lost;
}

static void index_make(struct watch_drift *d, const struct watch_tap taps[], uint32_t n) {
	uint64_t now[DRIFT_BINS] = {0}, since[DRIFT_BINS];

	for (uint32_t i = 0; i < n; i++)
		for (unsigned b = 0; b < DRIFT_BINS; b++)
			now[b] += atomic_load_explicit(&taps[i].bin[b], memory_order_relaxed);
	for (unsigned b = 0; b < DRIFT_BINS; b++)
		since[b] = now[b] - d->before[b];
	if (isnan(drift_index(since)))
		return; // too few: together with those to come
	d->index = drift_index(since);
	memcpy(d->before, now, sizeof(now));
}

bool watch_turn(struct watch *w, uint64_t now_ns) {
	if (now_ns < w->next_ns)
		return false;
	w->next_ns = now_ns + WATCH_DRIFT_S * NS_PER_S;
	index_make(&w->flow_drift, w->flow, w->n_workers);
	index_make(&w->host_drift, &w->host, 1);
	return true;
}
