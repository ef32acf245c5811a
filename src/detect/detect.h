// The control side: windows and findings in, alarms out.
//
//     merge (workers -> one tick) -> history (10 ticks: the sliding second; 10 s) -> baseline
//       -> measure (features, kinds' rates) -> classify -> alarm life cycle -> explain -> emit
//
// Threads    One owner (the control core, or the thread of `weir analyze`).
// Memory     From the heap, bounded by the configuration; this is not the data path.
// Ownership  Windows and findings are only read during the call.
// Time       The ticks' own end_ns; no clock is read. The same windows give the same alarms, in the
//            same order.
// Full       Hosts beyond `hosts`: the quietest without an alarm gives way, else not tracked, counted.
//            Alarms beyond `alarms`: not raised, counted.
#ifndef WEIR_DETECT_H
#define WEIR_DETECT_H

#include "host/host.h"
#include "pipeline/pipeline.h"

#include <weir/event.h>
#include <weir/feature.h>
#include <weir/stats.h>

#include <stdbool.h>
#include <stdint.h>

#define DETECT_NETWORKS_MAX 256
#define DETECT_TOP_MAX 50
#define SENSOR_NAME_MAX 64
#define NETWORK_NAME_MAX 32

// When a kind may be raised. Both floors must be passed.
struct kind_conf {
	bool enabled;
	uint32_t floor_per_s; // of the kind's own metric, over one second
	uint32_t floor_ms; // for this long without a break
};

struct network_conf {
	struct addr addr;
	uint8_t prefix_len;
	bool allow; // never a target or source of an alarm
	char name[NETWORK_NAME_MAX];
	// Of its hosts, from the rate on that the operator says; 0: floor and baseline. All amplification kinds
	// hold the same value.
	uint32_t threshold_per_s[KIND_N];
};

struct detect_conf {
	char sensor[SENSOR_NAME_MAX];
	uint64_t tick_ns;
	uint32_t hosts; // tracked at once
	uint32_t alarms; // open at once
	uint32_t
		capacity_mbit_per_s; // of the link that the hosts share, for severity; 0: not known
	struct kind_conf kind[KIND_N]; // all amplification kinds hold the same values
	double baseline_factor; // a rate must also exceed this many times the host's usual rate
	double baseline_deviations; // ... and location + this many scales
	uint32_t learn_s; // a host's baseline counts once it has been watched this long
	float novelty_score; // calibrated host score from which `unknown` is considered
	uint32_t update_ms; // an open alarm is updated at most this often
	uint32_t close_ms; // closes after this long below the threshold
	uint32_t n_networks;
	struct network_conf network[DETECT_NETWORKS_MAX];
};

extern const struct detect_conf detect_defaults;

struct detect;
struct model;

// Called with each transition. The alarm is the callee's to read until it returns.
typedef void alarm_fn(void *ctx, const struct alarm *alarm);

// @param host_model  of HOST_FEATURES, or NULL: no `unknown` alarms; the caller keeps it alive
// @return 0, -EINVAL, -ENOMEM with *out untouched
int detect_create(
	struct detect **out,
	const struct detect_conf *conf,
	const struct model *host_model,
	alarm_fn *emit,
	void *ctx
);
void detect_destroy(struct detect *); // NULL is fine

// New settings from the next tick on. What must stay (tick_ns, hosts, alarms) is ignored.
void detect_reconf(struct detect *, const struct detect_conf *conf, const struct model *host_model);

void detect_finding(struct detect *, const struct finding *finding);
// One tick: the windows of all workers for it, in worker order (missing ones left out).
void detect_windows(struct detect *, struct window *const windows[], uint32_t n);
// Time passes without windows: close what is over.
void detect_clock(struct detect *, uint64_t now_ns);
// End of a capture: close every open alarm.
void detect_finish(struct detect *);
// The sensor's own losses in the last second, for sensor_loss.
void detect_losses(struct detect *, uint64_t now_ns, uint64_t lost_packets, uint64_t seen_packets);

// Told of every row that the host model would score: for training and export. NULL ends it.
typedef void host_row_fn(
	void *ctx,
	uint64_t time_ns,
	const struct addr *host,
	const float row[static HOST_FEATURE_N]
);
// How far the scores of a model are from training's (drift.h), each second. NaN: not known.
enum scored { SCORED_FLOWS, SCORED_HOSTS };
void detect_drift(struct detect *, uint64_t now_ns, enum scored what, double index);

void detect_on_row(struct detect *, host_row_fn *fn, void *ctx);

// Adds to ticks, hosts_*, alarms_* of out.
void detect_counters(const struct detect *, struct control_counters *out);
// Flows so far, by application.
void detect_apps(const struct detect *, struct app_share out[static STATS_APPS_MAX]);
// Alarms raised so far, by kind.
void detect_alarms_by_kind(const struct detect *, uint64_t by_kind[static KIND_N]);

struct host_talker { // over the last 10 s
	struct addr addr;
	double in_bytes_per_s, out_bytes_per_s;
	double in_packets_per_s, out_packets_per_s;
	float score; // calibrated, NaN without a model
};
// Busiest first. @return how many
uint32_t detect_top_hosts(const struct detect *, struct host_talker out[], uint32_t max);
uint32_t detect_top_flows(
	const struct detect *,
	struct flow_talker out[],
	uint32_t max
); // bytes, packets of 10 s

#endif
