// bench/run pipeline: the worker's burst path over an in-memory port.
#include "bench/lib/machine.h"
#include "bench/lib/options.h"
#include "bench/pipeline/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLOWS_MAX 100000000u
#define FCS_BYTES 4u // of the size on the wire, not in the buffer
#define CONTROL_SLEEP_US 5000u // as the sensor's control

struct wishes {
	uint64_t flows, new_per_second, size, workers, hosts, peers, seed, capacity, trace_mb;
	uint64_t lines, record_bytes, targets, sources, prefixes;
	double forged_share, ipv6, udp, seconds, slice;
	const char *control, *cpus, *isa;
	bool no_score, no_stages, records, no_reserved;
};

static struct wishes wish = {
	.flows = 100000,
	.size = 64,
	.workers = 1,
	.hosts = 1000,
	.peers = 8000,
	.seed = 1,
	.trace_mb = 256,
	.lines = 3,
	.record_bytes = 256,
	.udp = 0.2,
	.seconds = 5,
	.slice = 0.5,
	.control = "drain",
	.cpus = "",
	.isa = "",
};

static const struct option_row rows[] = {
	{"flows", OPTION_COUNT, &wish.flows, 256, FLOWS_MAX, "flows alive at a time"},
	{"new-per-second",
	 OPTION_COUNT,
	 &wish.new_per_second,
	 0,
	 FLOWS_MAX,
	 "flows that end, and as many that begin"},
	{"forged-share",
	 OPTION_SHARE,
	 &wish.forged_share,
	 0,
	 0,
	 "share of packets that are SYN of sources never seen again, to one host"},
	{"size", OPTION_COUNT, &wish.size, 64, 1518, "frame on the wire [bytes, with checksum]"},
	{"ipv6", OPTION_SHARE, &wish.ipv6, 0, 0, "share of flows, and of forged SYN"},
	{"udp", OPTION_SHARE, &wish.udp, 0, 0, "share of flows"},
	{"workers", OPTION_COUNT, &wish.workers, 1, RIG_WORKERS_MAX, "worker cores"},
	{"seconds", OPTION_SECONDS, &wish.seconds, 0, 0, "measured, after the warm-up"},
	{"slice", OPTION_SECONDS, &wish.slice, 0, 0, "median and best are of slices this long [s]"},
	{"hosts",
	 OPTION_COUNT,
	 &wish.hosts,
	 1,
	 60000,
	 "inside hosts that the flows are spread over"},
	{"peers", OPTION_COUNT, &wish.peers, 1, 4000000, "outside hosts, likewise"},
	{"seed", OPTION_COUNT, &wish.seed, 0, 1000000000, "of the traffic"},
	{"capacity",
	 OPTION_COUNT,
	 &wish.capacity,
	 0,
	 1u << 28,
	 "flow records of all workers; 0: power of two above 1.5 x flows"},
	{"targets", OPTION_COUNT, &wish.targets, 0, 1u << 22, "a window's records; 0: default"},
	{"sources", OPTION_COUNT, &wish.sources, 0, 1u << 22, "likewise"},
	{"prefixes", OPTION_COUNT, &wish.prefixes, 0, 1u << 22, "likewise"},
	{"trace-mb", OPTION_COUNT, &wish.trace_mb, 1, 65536, "frames of a worker, at least"},
	{"lines",
	 OPTION_COUNT,
	 &wish.lines,
	 1,
	 8,
	 "lines of its flow that a packet touches, bucket included: for memory_ratio"},
	{"record-bytes", OPTION_COUNT, &wish.record_bytes, 64, 4096, "record of the memory limit"},
	{"control",
	 OPTION_TEXT,
	 &wish.control,
	 0,
	 0,
	 "drain: windows are given back; detect: judged"},
	{"cpus", OPTION_TEXT, &wish.cpus, 0, 0, "control, worker 0, worker 1 ...; empty: 0, 1 ..."},
	{"isa", OPTION_TEXT, &wish.isa, 0, 0, "scalar, avx2, avx512; empty: the best there is"},
	{"no-reserved", OPTION_FLAG, &wish.no_reserved, 0, 0, "leave reserved huge pages alone"},
	{"no-score", OPTION_FLAG, &wish.no_score, 0, 0, "without the flow model"},
	{"no-stages",
	 OPTION_FLAG,
	 &wish.no_stages,
	 0,
	 0,
	 "without the time by stage, which costs about 1 ns"},
	{"records",
	 OPTION_FLAG,
	 &wish.records,
	 0,
	 0,
	 "add up the flows' own counts as they end (costs time with forged packets)"},
};

static void fail_usage(const char *what) {
	fprintf(stderr, "bench pipeline: %s\n", what);
	exit(2);
}

// "0,1,2", or control first and the workers behind, round and round.
static void choose_cpus(struct rig_conf *rig) {
	const uint32_t online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	const char *at = wish.cpus;

	for (uint32_t i = 0; i <= rig->workers; i++) {
		char *end;

		if (wish.cpus[0] == '\0') {
			rig->cpu[i] = i % online;
			continue;
		}
		rig->cpu[i] = (uint32_t)strtoul(at, &end, 10);
		if (end == at || rig->cpu[i] >= online || (*end != ',' && i < rig->workers))
			fail_usage("--cpus: one for control and one a worker are wanted, as 0,1");
		at = end + (*end == ',');
	}
}

static uint64_t capacity(void) {
	const uint64_t each = wish.flows / wish.workers;
	uint64_t n = 1024;

	if (wish.capacity > 0)
		return wish.capacity / wish.workers;
	while (n < each + each / 2)
		n *= 2;
	return n;
}

static enum isa choose_isa(void) {
	char error[ISA_ERROR_MAX] = "";
	enum isa isa;

	if (isa_choose(&isa, wish.isa[0] != '\0' ? wish.isa : getenv(ISA_VARIABLE), error) < 0)
		fail_usage(error);
	wish.isa = isa_name(isa);
	return isa;
}

static void choose(struct measure_conf *c) {
	if (strcmp(wish.control, "drain") != 0 && strcmp(wish.control, "detect") != 0)
		fail_usage("--control: drain or detect is wanted");
	if (wish.flows / wish.workers < 256)
		fail_usage("--flows: at least 256 a worker are wanted");
	*c = (struct measure_conf) {
		.rig = {
			.workers = (uint32_t)wish.workers,
			.flow_capacity = capacity(),
			.targets = (uint32_t)wish.targets,
			.sources = (uint32_t)wish.sources,
			.prefixes = (uint32_t)wish.prefixes,
			.control_sleep_us = CONTROL_SLEEP_US,
			.detect = strcmp(wish.control, "detect") == 0,
			.score = !wish.no_score,
			.profile = !wish.no_stages,
			.keep_records = wish.records,
		},
		.flows = wish.flows,
		.new_per_s = (double)wish.new_per_second,
		.forged_share = wish.forged_share,
		.ipv6_share = wish.ipv6,
		.udp_share = wish.udp,
		.frame_bytes = (uint32_t)wish.size - FCS_BYTES,
		.hosts = (uint32_t)wish.hosts,
		.peers = (uint32_t)wish.peers,
		.seconds = wish.seconds,
		.slice_s = wish.slice < wish.seconds / 2 ? wish.slice : wish.seconds / 2,
		.seed = wish.seed,
		.trace_bytes = wish.trace_mb << 20,
		.limit_lines = (unsigned)wish.lines,
		.limit_record_bytes = (uint32_t)wish.record_bytes,
	};
	choose_cpus(&c->rig);
	c->rig.isa = choose_isa();
}

static void print_head(const struct measure_conf *c, const json_t *machine) {
	machine_print(stdout, machine);
	printf("%llu flows, %.0f new a second, %.0f %% forged SYN, %.0f %% IPv6, %u byte frames, "
	       "%u worker%s on CPU %u.., control (%s) on CPU %u, forest %s, %s, seed %llu\n",
	       (unsigned long long)c->flows,
	       c->new_per_s,
	       100 * c->forged_share,
	       100 * c->ipv6_share,
	       c->frame_bytes + FCS_BYTES,
	       c->rig.workers,
	       c->rig.workers == 1 ? "" : "s",
	       c->rig.cpu[1],
	       c->rig.detect ? "detect" : "drain",
	       c->rig.cpu[0],
	       c->rig.score ? "on" : "off",
	       isa_name(c->rig.isa),
	       (unsigned long long)c->seed);
}

int main(int argc, char **argv) {
	struct options options = {
		.bench = "pipeline",
		.about
		= "The worker's burst path over an in-memory port: receive, parse, flow, host, "
		  "due scores, windows, free.",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	static struct measure m;
	char error[RIG_ERROR_MAX] = "";
	struct measure_conf conf;
	json_t *machine;

	options_parse(&options, argc, argv);
	choose(&conf);
	machine = machine_json();
	if (wish.no_reserved)
		huge_reserved_leave();
	if (!options.json)
		print_head(&conf, machine);
	if (!measure_run(&m, &conf, error)) {
		fprintf(stderr, "bench pipeline: %s\n", error);
		return 1;
	}
	if (options.json) {
		bench_print_json(
			"pipeline", machine, options_settings(&options), measure_json(&conf, &m)
		);
	} else {
		measure_print(&conf, &m);
		json_decref(machine);
	}
	return m.sums_exact && m.mbufs_unclean == 0 ? 0 : 1;
}
