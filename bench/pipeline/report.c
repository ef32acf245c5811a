#include "bench/pipeline/report.h"

#include "bench/lib/timing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *counters_json(const struct worker_counters *c) {
	json_t *all = json_object();

	for (unsigned i = 0; i < WORKER_COUNTER_N; i++)
		json_object_set_new(
			all, worker_counter_info[i].name, json_integer((json_int_t)counter_at(c, i))
		);
	return all;
}

static json_t *rates_json(const struct measure_conf *conf, const struct measure *m) {
	json_t *slices = json_array(), *workers = json_array();

	for (uint32_t s = 0; s < m->n_slices; s++)
		json_array_append_new(slices, json_real(m->slice_mpps[s]));
	for (uint32_t k = 0; k < conf->rig.workers; k++)
		json_array_append_new(workers, json_real(m->worker_mpps[k]));
	return json_pack(
		"{s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:o}",
		"mpps",
		m->median_mpps,
		"mpps_best",
		m->best_mpps,
		"ns_per_packet",
		m->median_ns,
		"ns_per_packet_best",
		m->best_ns,
		"tsc_cycles_per_packet",
		m->median_ns * tsc_per_ns(),
		"mean_frame_bytes",
		m->mean_frame_bytes,
		"slices_mpps",
		slices,
		"workers_mpps",
		workers
	);
}

static json_t *port_json(const struct measure *m) {
	return json_pack(
		"{s:f, s:f, s:f}",
		"rx_and_free_ns",
		m->rx_and_free_ns,
		"driver_and_free_ns",
		m->driver_ns,
		"rx_ns",
		m->rx_and_free_ns - m->driver_ns
	);
}

static double new_per_s(const struct measure *m) {
	return (double)m->during.flows_new / m->measured_s;
}

static json_t *flows_json(const struct measure *m) {
	return json_pack(
		"{s:f, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:f}",
		"new_per_second",
		new_per_s(m),
		"used",
		(json_int_t)m->flows_used,
		"capacity",
		(json_int_t)m->flows_capacity,
		"fill",
		(double)m->flows_used / (double)m->flows_capacity,
		"begun",
		(json_int_t)m->flows_begun,
		"established",
		(json_int_t)m->established,
		"refused_in_warm_up",
		(json_int_t)m->established_refused,
		"probed",
		(json_int_t)m->probed,
		"established_lost",
		(json_int_t)m->lost,
		"established_kept",
		m->kept_share
	);
}

static json_t *memory_json(const struct measure *m) {
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:s, s:f, s:s, s:f, s:s}",
		"rss_before",
		(json_int_t)m->rss_before,
		"rss_after",
		(json_int_t)m->rss_after,
		"pipeline_bytes_computed",
		(json_int_t)m->pipeline_bytes,
		"trace_bytes",
		(json_int_t)m->trace_bytes,
		"pipeline_pages",
		huge_kind_name(m->pipeline_kind),
		"pipeline_huge_share",
		m->pipeline_huge_share,
		"trace_pages",
		huge_kind_name(m->trace_kind),
		"trace_huge_share",
		m->trace_huge_share,
		"eal",
		rig_eal_memory()
	);
}

static json_t *limit_json(const struct measure_conf *conf, const struct measure *m) {
	return json_pack(
		"{s:i, s:I, s:f, s:f, s:f}",
		"lines",
		(int)conf->limit_lines,
		"records",
		(json_int_t)(conf->flows / conf->rig.workers),
		"before_ns",
		m->limit_before_ns,
		"after_ns",
		m->limit_after_ns,
		"memory_ratio",
		m->memory_ratio
	);
}

static json_t *sums_json(const struct measure_conf *conf, const struct measure *m) {
	json_t *sums = json_pack(
		"{s:I, s:I, s:b, s:I, s:I, s:I, s:I}",
		"sent",
		(json_int_t)m->sent,
		"sent_forged",
		(json_int_t)m->sent_forged,
		"exact",
		m->sums_exact,
		"mbufs_unclean",
		(json_int_t)m->mbufs_unclean,
		"windows_taken",
		(json_int_t)m->windows,
		"findings_taken",
		(json_int_t)m->findings,
		"alarms",
		(json_int_t)m->alarms
	);

	if (conf->rig.keep_records) {
		json_object_set_new(
			sums, "record_flows", json_integer((json_int_t)m->records.flows)
		);
		json_object_set_new(
			sums, "record_packets", json_integer((json_int_t)m->records.packets)
		);
		json_object_set_new(
			sums, "sent_established", json_integer((json_int_t)m->sent_established)
		);
	}
	return sums;
}

static const char *const stage_name[PIPELINE_STAGE_N] = {
	[PIPELINE_PARSE] = "parse",
	[PIPELINE_KEY] = "key and hash",
	[PIPELINE_TICK] = "tick and sweep",
	[PIPELINE_FLOW] = "flow",
	[PIPELINE_HOST] = "host",
	[PIPELINE_SCORE] = "score",
};

static double stages_sum(const struct measure *m) {
	double sum = 0;

	for (unsigned i = 0; i < PIPELINE_STAGE_N; i++)
		sum += m->stage_ns[i];
	return sum;
}

// What is left is the port: driver, callback, the worker's frames, free.
static double port_ns(const struct measure *m) {
	return fmax(0, m->median_ns - stages_sum(m));
}

static json_t *stages_json(const struct measure *m) {
	json_t *all = json_array();

	for (unsigned i = 0; i < PIPELINE_STAGE_N; i++)
		json_array_append_new(
			all, json_pack("{s:s, s:f}", "stage", stage_name[i], "ns", m->stage_ns[i])
		);
	json_array_append_new(
		all, json_pack("{s:s, s:f}", "stage", "receive and free", "ns", port_ns(m))
	);
	return all;
}

json_t *measure_json(const struct measure_conf *conf, const struct measure *m) {
	json_t *all = rates_json(conf, m);

	if (conf->rig.profile)
		json_object_set_new(all, "stages", stages_json(m));
	json_object_set_new(all, "port", port_json(m));
	json_object_set_new(all, "flows", flows_json(m));
	json_object_set_new(all, "memory", memory_json(m));
	json_object_set_new(all, "memory_limit", limit_json(conf, m));
	json_object_set_new(all, "memory_ratio", json_real(m->memory_ratio));
	json_object_set_new(all, "memory_ratio_best", json_real(m->memory_ratio_best));
	json_object_set_new(all, "established_kept", json_real(m->kept_share));
	json_object_set_new(all, "sums", sums_json(conf, m));
	json_object_set_new(all, "counters", counters_json(&m->during));
	json_object_set_new(all, "counters_total", counters_json(&m->total));
	return all;
}

static void print_rate(const struct measure_conf *conf, const struct measure *m) {
	printf("\n%-26s %10s %10s\n", "", "median", "best");
	printf("%-26s %10.2f %10.2f\n", "Mpps", m->median_mpps, m->best_mpps);
	printf("%-26s %10.2f %10.2f\n", "ns a packet and worker", m->median_ns, m->best_ns);
	printf("%-26s %10.1f %10.1f\n",
	       "TSC cycles",
	       m->median_ns * tsc_per_ns(),
	       m->best_ns * tsc_per_ns());
	for (uint32_t k = 0; conf->rig.workers > 1 && k < conf->rig.workers; k++)
		printf("  worker %-3u on CPU %-6u %10.2f Mpps\n",
		       k,
		       conf->rig.cpu[k + 1],
		       m->worker_mpps[k]);
	printf("\n%-26s %10.2f ns: the callback that points mbufs at frames, alone\n",
	       "rx_ns",
	       m->rx_and_free_ns - m->driver_ns);
	printf("%-26s %10.2f ns: net_null and the pool, alone\n", "driver and free", m->driver_ns);
}

static void print_stages(const struct measure *m) {
	putchar('\n');
	for (unsigned i = 0; i < PIPELINE_STAGE_N; i++)
		printf("  %-24s %10.2f ns\n", stage_name[i], m->stage_ns[i]);
	printf("  %-24s %10.2f ns\n", "receive and free", port_ns(m));
}

static void print_limit(const struct measure_conf *conf, const struct measure *m) {
	printf("\n%-26s %10.2f ns before, %.2f after: %u lines of %llu records of %u bytes\n",
	       "memory limit",
	       m->limit_before_ns,
	       m->limit_after_ns,
	       conf->limit_lines,
	       (unsigned long long)(conf->flows / conf->rig.workers),
	       conf->limit_record_bytes);
	printf("%-26s %10.2f %10.2f = ns a packet / memory limit\n",
	       "memory_ratio",
	       m->memory_ratio,
	       m->memory_ratio_best);
}

static void print_flows(const struct measure *m) {
	printf("\n%-26s %10llu of %llu (%.0f %%)\n",
	       "flow table",
	       (unsigned long long)m->flows_used,
	       (unsigned long long)m->flows_capacity,
	       100.0 * (double)m->flows_used / (double)m->flows_capacity);
	printf("%-26s %10llu; %llu found no place in the warm-up\n",
	       "established before",
	       (unsigned long long)m->established,
	       (unsigned long long)m->established_refused);
	printf("%-26s %9.4f %%: %llu of %llu lost\n",
	       "established_kept",
	       100 * m->kept_share,
	       (unsigned long long)m->lost,
	       (unsigned long long)m->probed);
	if (m->flows_begun > 0)
		printf("%-26s %10.0f a second in the measured time; %llu replaced in all\n",
		       "new flows",
		       new_per_s(m),
		       (unsigned long long)m->flows_begun);
}

static void print_counters(const struct measure *m) {
	printf("\n%-26s %14s  of the measured time, to a tick\n", "counter", "");
	for (unsigned i = 0; i < WORKER_COUNTER_N; i++)
		if (counter_at(&m->during, i) > 0)
			printf("  %-24s %14llu  %s\n",
			       worker_counter_info[i].name,
			       (unsigned long long)counter_at(&m->during, i),
			       worker_counter_info[i].meaning);
	printf("%-26s %14s  rx_packets = flow_packets + host_only + not_ip + malformed = "
	       "packets sent (%llu); unclean mbufs: %u\n",
	       "sum of it all",
	       m->sums_exact ? "exact" : "WRONG",
	       (unsigned long long)m->sent,
	       m->mbufs_unclean);
}

static void print_memory(const struct measure *m) {
	printf("\n%-26s %10zu MB computed a worker, %s pages (%.0f %% huge)\n",
	       "pipeline",
	       m->pipeline_bytes >> 20,
	       huge_kind_name(m->pipeline_kind),
	       100 * m->pipeline_huge_share);
	printf("%-26s %10zu MB, %s pages (%.0f %% huge); mean frame %.1f bytes\n",
	       "trace",
	       m->trace_bytes >> 20,
	       huge_kind_name(m->trace_kind),
	       100 * m->trace_huge_share,
	       m->mean_frame_bytes);
	printf("%-26s %10zu MB before the measured time, %zu after\n",
	       "resident",
	       m->rss_before >> 20,
	       m->rss_after >> 20);
}

void measure_print(const struct measure_conf *conf, const struct measure *m) {
	print_rate(conf, m);
	if (conf->rig.profile)
		print_stages(m);
	print_limit(conf, m);
	print_flows(m);
	print_counters(m);
	print_memory(m);
}
