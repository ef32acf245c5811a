// One measurement of the pipeline: warm-up, measured time, what was kept, what it cost beside the
// memory's limit.
//
// Threads    The main thread, which is control.
// Memory     As its parts; all is given back but what the result holds.
#ifndef WEIR_BENCH_MEASURE_H
#define WEIR_BENCH_MEASURE_H

#include "bench/pipeline/rig.h"

#include <weir/stats.h>

#define MEASURE_SLICES_MAX 4096

struct measure_conf {
	struct rig_conf rig;
	uint64_t flows;
	double new_per_s;
	double forged_share;
	double ipv6_share;
	double udp_share;
	uint32_t frame_bytes; // without checksum
	uint32_t hosts, peers;
	double seconds;
	double slice_s;
	uint64_t seed;
	uint64_t trace_bytes; // a worker, at least
	unsigned limit_lines; // that a packet touches of its flow
	uint32_t limit_record_bytes;
};

struct measure {
	// Rates.
	uint32_t n_slices;
	double slice_mpps[MEASURE_SLICES_MAX]; // all workers
	double median_mpps, best_mpps;
	double median_ns, best_ns; // a packet, of one worker
	double worker_mpps[RIG_WORKERS_MAX];
	double mean_frame_bytes;
	double measured_s;
	// A packet, of one worker, by stage of the pipeline; means of the measured time.
	double stage_ns[PIPELINE_STAGE_N];
	// The port alone, on the same core.
	double rx_and_free_ns; // driver, callback, free
	double driver_ns; // driver and free, no callback
	// The memory alone, on the same core.
	double limit_before_ns, limit_after_ns;
	double memory_ratio; // median_ns over the lower of both
	double memory_ratio_best; // best_ns, likewise
	// What happened.
	struct worker_counters during; // in the measured time, to a tick
	struct worker_counters total; // all of it, exact
	uint64_t sent; // packets that the port handed over, all of it
	uint64_t sent_forged;
	uint64_t flows_begun; // replaced during the run
	uint64_t flows_used, flows_capacity;
	uint64_t established; // flows in the table before the measured time
	uint64_t established_refused; // never found a place in the warm-up
	uint64_t probed; // established and due to be there after it
	uint64_t lost; // of them
	double kept_share;
	struct rig_records records; // with keep_records
	uint64_t sent_established; // packets of flows that are not forged
	bool sums_exact;
	uint32_t mbufs_unclean;
	uint64_t windows, findings, alarms;
	// Memory.
	size_t rss_before, rss_after; // of the measured time
	size_t pipeline_bytes; // a worker, computed
	size_t trace_bytes;
	enum huge_kind pipeline_kind, trace_kind;
	double pipeline_huge_share, trace_huge_share;
};

// @return false: error says why
bool measure_run(
	struct measure *out,
	const struct measure_conf *conf,
	char error[static RIG_ERROR_MAX]
);

#endif
