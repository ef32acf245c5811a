// What callgrind counts: one kind of traffic through pipeline_burst(), in full bursts.
//
//     valgrind --tool=callgrind --toggle-collect=counted_burst path_count KIND
//
// Prints how many packets the counted bursts held. Flows are made, and tables filled, before that.
#include "config/models.h"
#include "contract/isa.h"
#include "pipeline/pipeline.h"
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 1u
#define STEP_NS 1000u // between packets: a million a second
#define START_NS 1700000000000000000ull
#define CAPACITY 16384u
#define MEMORY_ALIGN 4096u

static const struct kind {
	const char *name;
	struct traffic_conf traffic;
	uint32_t warm_bursts, bursts;
	bool model;
} kinds[] = {
	{"established", {.flows = 4096}, 4096 / BURST_MAX * 20, 3125, false},
	{"established_ip6",
	 {.flows = 4096, .ip6_per_mille = 1000},
	 4096 / BURST_MAX * 20,
	 3125,
	 false},
	{"forged_syn",
	 {.flows = 1, .forged_per_mille = 1000},
	 2 * CAPACITY / BURST_MAX,
	 1600,
	 false},
	{"mixed_with_model",
	 {.flows = 4096,
	  .life_packets = 40,
	  .ip6_per_mille = 400,
	  .udp_per_mille = 200,
	  .forged_per_mille = 100,
	  .odd_per_mille = 50},
	 4096 / BURST_MAX * 20,
	 3125,
	 true},
};

struct run {
	struct traffic traffic;
	struct conf *conf;
	struct models models;
	struct pipeline *pipeline;
	void *memory;
	uint64_t now_ns;
	uint8_t bytes[BURST_MAX][TRAFFIC_FRAME_MAX];
	struct frame frame[BURST_MAX];
};

static void fail(const char *what) {
	fprintf(stderr, "path_count: %s\n", what);
	exit(1);
}

static void control(struct run *r) {
	struct finding finding;
	struct window *w;

	while ((w = pipeline_window_take(r->pipeline)) != NULL)
		pipeline_window_give(r->pipeline, w);
	while (pipeline_finding_take(r->pipeline, &finding)) {}
}

static void fill(struct run *r) {
	for (unsigned i = 0; i < BURST_MAX; i++) {
		r->now_ns += STEP_NS;
		r->frame[i] = (struct frame) {
			.data = r->bytes[i],
			.captured = traffic_next(&r->traffic, r->bytes[i]),
			.ts_ns = r->now_ns,
		};
	}
}

// Its name is what callgrind looks for.
__attribute__((noinline)) void counted_burst(struct run *r);
void counted_burst(struct run *r) {
	pipeline_burst(r->pipeline, r->frame, BURST_MAX);
}

static void make(struct run *r, const struct kind *kind) {
	char error[CONFIG_ERROR_MAX + MODELS_ERROR_MAX];
	struct pipeline_conf pc;
	size_t bytes;

	if (isa_use(ISA_AVX2) < 0)
		fail("this machine has no AVX2");
	if (config_load(&r->conf, NULL, error) < 0 || models_load(&r->models, r->conf, error) < 0)
		fail(error);
	pc = r->conf->pipeline;
	pc.flow.capacity = CAPACITY;
	pc.flow.seed = pc.window.seed = SEED;
	pc.isa = ISA_AVX2;
	bytes = (pipeline_bytes(&pc) + MEMORY_ALIGN - 1) / MEMORY_ALIGN * MEMORY_ALIGN;
	r->memory = aligned_alloc(MEMORY_ALIGN, bytes);
	if (r->memory == NULL)
		fail("no memory");
	memset(r->memory, 0, bytes);
	if (pipeline_create(&r->pipeline, &pc, r->memory) < 0)
		fail("the pipeline refuses its settings");
	pipeline_models_set(r->pipeline, kind->model ? r->models.flow : NULL, 1);
	traffic_make(&r->traffic, &kind->traffic, SEED);
	r->now_ns = START_NS;
}

// It was the traffic that it is meant to be.
static void check(const struct run *r, const struct kind *kind) {
	struct worker_counters c;

	pipeline_show(r->pipeline);
	pipeline_counters(r->pipeline, &c);
	if (kind->model && (c.scores == 0 || c.malformed == 0 || c.flows_evicted_single == 0))
		fail("the mix held no rows, no malformed frames, or too few flows");
	if (kind->traffic.forged_per_mille == 1000 && c.flows_evicted_single * 2 < c.rx_packets)
		fail("the forged packets evicted nobody");
	if (kind->traffic.life_packets == 0 && kind->traffic.forged_per_mille == 0
	    && (c.flows_new != kind->traffic.flows || c.flow_packets != c.rx_packets))
		fail("established flows did not stay");
}

static int run(const struct kind *kind) {
	struct run *r = calloc(1, sizeof(*r));

	if (r == NULL)
		fail("no memory");
	make(r, kind);
	for (uint32_t i = 0; i < kind->warm_bursts; i++) {
		fill(r);
		pipeline_burst(r->pipeline, r->frame, BURST_MAX);
		control(r);
	}
	for (uint32_t i = 0; i < kind->bursts; i++) {
		fill(r);
		counted_burst(r);
		control(r);
	}
	check(r, kind);
	printf("%u\n", kind->bursts * BURST_MAX);
	traffic_free(&r->traffic);
	models_free(&r->models);
	config_free(r->conf);
	free(r->memory);
	free(r);
	return 0;
}

int main(int argc, char **argv) {
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (argc == 1)
			printf("%s\n", kinds[i].name);
		else if (strcmp(argv[1], kinds[i].name) == 0)
			return run(&kinds[i]);
	}
	if (argc > 1)
		fail("no such kind; without an argument they are listed");
	return 0;
}
