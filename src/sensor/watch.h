// Taps on the models in use: what they score is watched for drift, and sampled while a baseline is taken.
//
// Each worker has a tap of its own around the flow model; control has one around the host model. They come with
// the model by the swap of a pointer that there is (pipeline_models_set()), and one row in WATCH_EVERY is
// counted: what it costs a worker is the calibration of that row.
//
// Threads    A worker calls its tap: it adds to `bin` and `lost`, puts rows on its ring and loads `sampling`. All
//            else is control's.
// Memory     At start: a ring of WATCH_ROWS rows for each worker (100 KB).
// Full       The ring: the row is left out of the sample, counted.
#ifndef WEIR_SENSOR_WATCH_H
#define WEIR_SENSOR_WATCH_H

#include "config/models.h"
#include "detect/drift.h"
#include "pipeline/spsc.h"

#include <weir/feature.h>
#include <weir/stats.h>

#include <stdalign.h>

#define WATCH_EVERY 4
#define WATCH_ROWS 1024
#define WATCH_DRIFT_S 600 // an index is made of the rows of so long

struct watch_tap {
	// The worker adds, control loads.
	alignas(128) _Atomic uint64_t bin[DRIFT_BINS];
	_Atomic uint64_t lost;
	uint32_t turn; // the worker's
	// Control stores, the worker loads.
	alignas(128) atomic_bool sampling;
	// Set at the start.
	alignas(128) struct spsc *rows; // the worker puts, control takes; NULL: control's own tap
	struct model *tap; // control's: what the worker scores with; NULL: it scores nothing
};

struct watch_drift {
	uint64_t before[DRIFT_BINS]; // at the last index
	double index; // NaN: too few rows yet
};

struct watch {
	struct watch_tap flow[STATS_WORKERS_MAX];
	struct watch_tap host;
	uint32_t n_workers;
	struct watch_drift flow_drift, host_drift;
	uint64_t next_ns; // monotonic: of the next index
};

// @return 0, -ENOMEM
int watch_begin(struct watch *watch, uint32_t n_workers, uint64_t now_ns);
void watch_end(struct watch *watch);

// Taps around these models: the caller swaps them in, then frees the old ones. @return 0, -ENOMEM and nothing
// has changed
struct watch_taps {
	struct model *flow[STATS_WORKERS_MAX];
	struct model *host;
};
int watch_wrap(struct watch *watch, const struct models *models, struct watch_taps *old);
void watch_taps_free(struct watch_taps *taps);

void watch_sample(struct watch *watch, bool on);
// The next flow row of any worker. @return false: there is none
bool watch_row_take(struct watch *watch, float row[static FLOW_FEATURE_N]);
uint64_t watch_rows_lost(const struct watch *watch);

// Once a turn. @return true: there are new indices
bool watch_turn(struct watch *watch, uint64_t now_ns);

#endif
