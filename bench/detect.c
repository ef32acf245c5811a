// bench/run detect: what a tick costs the control core, by the number of hosts that are busy in it.
//
// The windows are real: packets of made-up flows went through a pipeline, on the other side of the clock. Each
// target is busy: it gets packets in every tick, and sends some back.
#include "detect/detect.h"

#include "bench/lib/machine.h"
#include "bench/lib/options.h"
#include "contract/pages.h"
#include "model/model.h"
#include "pipeline/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND_NS 1000000000ull
#define TICK_NS TICK_NS_DEFAULT
#define FRAME_BYTES 46
#define TICKS_MAX 1000
#define LADDER_MAX 8

static struct {
	uint64_t hosts, packets, ticks, flood;
	bool no_score;
} wish = {.packets = 8, .ticks = 30};

static const struct option_row rows[] = {
	{"hosts",
	 OPTION_COUNT,
	 &wish.hosts,
	 16,
	 1u << 20,
	 "busy targets; 0: 1, 4, 13 and 52 thousand"},
	{"packets",
	 OPTION_COUNT,
	 &wish.packets,
	 1,
	 1000,
	 "to each in a tick; half as many come back"},
	{"flood", OPTION_COUNT, &wish.flood, 0, 1u << 20, "of the targets are under a flood"},
	{"ticks", OPTION_COUNT, &wish.ticks, 12, TICKS_MAX, "ticks measured, after the first"},
	{"no-score", OPTION_FLAG, &wish.no_score, 0, 0, "without the host model"},
};

struct rig {
	uint64_t hosts;
	uint64_t now_ns;
	uint32_t alarms;
	void *memory;
	size_t memory_bytes;
	struct pipeline *pipeline;
	struct detect *detect;
	double ms; // of the windows in this tick
};

struct result {
	uint64_t hosts;
	double first_ms, median_ms, worst_ms, silent_ms;
	uint64_t tracked;
	uint32_t alarms;
};

static void fail(const char *what) {
	fprintf(stderr, "bench detect: %s\n", what);
	exit(1);
}

static void no_alarm(void *ctx, const struct alarm *) {
	struct rig *rig = ctx;

	rig->alarms++;
}

static void rig_make(struct rig *rig, uint64_t hosts, const struct model *model) {
	struct detect_conf detect = detect_defaults;
	const struct pipeline_conf pipeline = {
		.packet = {.link = LINK_RAW_IP},
		.flow = {
			.capacity = (uint32_t)(hosts * 32),
			.idle_ns = 60 * SECOND_NS,
			.single_ns = 10 * SECOND_NS,
			.closed_ns = 2 * SECOND_NS,
			.seed = 1,
		},
		.window = {(uint32_t)hosts * 8, (uint32_t)hosts * 8, 4096, 1},
		.tick_ns = TICK_NS,
		.findings_slots = 64,
		.findings_per_tick = 64,
		.score_slots = 64,
		.finding_score = 2,
		.lossless = true,
	};

	*rig = (struct rig) {.hosts = hosts, .now_ns = 1000 * SECOND_NS};
	rig->memory_bytes = pages_round_up(pipeline_bytes(&pipeline));
	rig->memory = pages_map(rig->memory_bytes, true);
	if (rig->memory == NULL || pipeline_create(&rig->pipeline, &pipeline, rig->memory) < 0)
		fail("no memory for that many hosts");
	detect.hosts = (uint32_t)(hosts * 8);
	if (detect_create(&rig->detect, &detect, model, no_alarm, rig) < 0)
		fail("no memory for that many hosts");
}

static void rig_free(struct rig *rig) {
	detect_destroy(rig->detect);
	pages_unmap(rig->memory, rig->memory_bytes);
}

// Of this thread alone: what else the machine does is not ours.
static double now_ms(void) {
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void take(struct rig *rig) {
	struct finding finding;
	struct window *window;

	while (pipeline_finding_take(rig->pipeline, &finding))
		;
	while ((window = pipeline_window_take(rig->pipeline)) != NULL) {
		const double start = now_ms();

		detect_windows(rig->detect, &window, 1);
		rig->ms += now_ms() - start;
		pipeline_window_give(rig->pipeline, window);
	}
}

static void put16(uint8_t *at, uint64_t v) {
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint64_t v) {
	put16(at, v >> 16);
	put16(at + 2, v);
}

// TCP of IPv4, with six bytes of payload where it is not a SYN.
static void say(struct rig *rig, uint64_t src, uint64_t dst, uint64_t ports, uint8_t flags) {
	uint8_t f[FRAME_BYTES] = {[0] = 0x45, [8] = 64, [9] = 6, [32] = 0x50, [33] = flags};
	const struct frame frame = {.data = f, .captured = FRAME_BYTES, .ts_ns = rig->now_ns};

	put16(&f[2], flags == TCP_SYN ? 40 : FRAME_BYTES);
	put32(&f[12], src);
	put32(&f[16], dst);
	put32(&f[20], ports);
	while (pipeline_burst(rig->pipeline, &frame, 1) == 0)
		take(rig);
}

// A tick's packets: each target has four clients, who stay and have other targets too; some have strangers
// besides.
static void tick_packets(struct rig *rig, uint64_t tick) {
	const uint64_t step_ns = TICK_NS / (rig->hosts + 1);

	for (uint64_t h = 0; h < rig->hosts; h++) {
		const uint64_t server = 0x0a000000 + h;

		rig->now_ns += step_ns;
		for (uint64_t i = 0; i < wish.packets; i++) {
			const uint64_t client = 0xc0000000 + (h * 7 + i % 4) % (rig->hosts / 4);
			const uint64_t port = 1024 + i % 4;
			const uint8_t flags = tick == 0 && i < 4 ? TCP_SYN : TCP_ACK | TCP_PSH;

			if (h < wish.flood)
				say(rig,
				    rig->now_ns * 2654435761u + i,
				    server,
				    port << 16 | 443,
				    TCP_SYN);
			say(rig, client, server, port << 16 | 443, flags);
			if (i % 2 == 0)
				say(rig, server, client, 443 << 16 | port, TCP_ACK | TCP_PSH);
		}
	}
}

static int by_size(const void *x, const void *y) {
	const double *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

// The window of a tick is judged as the next one begins.
static double next_tick_ms(struct rig *rig, uint64_t tick) {
	rig->ms = 0;
	rig->now_ns = (rig->now_ns / TICK_NS + 1) * TICK_NS;
	pipeline_clock(rig->pipeline, rig->now_ns);
	take(rig);
	tick_packets(rig, tick);
	return rig->ms;
}

static double silence_ms(struct rig *rig) {
	double start;

	pipeline_clock(rig->pipeline, rig->now_ns + 2 * TICK_NS);
	take(rig);
	start = now_ms();
	for (unsigned i = 0; i < 5; i++)
		detect_clock(rig->detect, (rig->now_ns / TICK_NS + 3 + i) * TICK_NS);
	return (now_ms() - start) / 5;
}

static struct result measure(uint64_t hosts, const struct model *model) {
	struct control_counters counters = {0};
	struct result r = {.hosts = hosts};
	static double ms[TICKS_MAX];
	struct rig rig;

	rig_make(&rig, hosts, model);
	next_tick_ms(&rig, 0);
	r.first_ms = next_tick_ms(&rig, 1); // holds the window of the tick before
	for (uint64_t i = 0; i < wish.ticks; i++)
		ms[i] = next_tick_ms(&rig, 2 + i);
	r.silent_ms = silence_ms(&rig);
	detect_counters(rig.detect, &counters);
	r.tracked = counters.hosts_tracked;
	r.alarms = rig.alarms;
	rig_free(&rig);
	qsort(ms, wish.ticks, sizeof(ms[0]), by_size);
	r.median_ms = ms[wish.ticks / 2];
	r.worst_ms = ms[wish.ticks - 1];
	return r;
}

static double ns_each(const struct result *r, double ms) {
	return ms * 1e6 / (double)r->tracked;
}

static void print_people(const struct result results[], unsigned n, bool scored) {
	printf("\nA tick of 100 ms on the control core, %llu packets to each busy target in it%s.\n"
	       "first: all hosts are new; silent: nobody says anything in it. A core keeps up "
	       "while a tick\n"
	       "takes less than 100 ms.\n\n",
	       (unsigned long long)wish.packets,
	       scored ? "; hosts scored once a second" : "");
	printf("%10s %10s %10s %10s %10s %10s %14s %8s\n",
	       "targets",
	       "tracked",
	       "first ms",
	       "median ms",
	       "worst ms",
	       "silent ms",
	       "ns/host, tick",
	       "alarms");
	for (unsigned i = 0; i < n; i++)
		printf("%10llu %10llu %10.2f %10.2f %10.2f %10.2f %14.0f %8u\n",
		       (unsigned long long)results[i].hosts,
		       (unsigned long long)results[i].tracked,
		       results[i].first_ms,
		       results[i].median_ms,
		       results[i].worst_ms,
		       results[i].silent_ms,
		       ns_each(&results[i], results[i].median_ms),
		       results[i].alarms);
}

static json_t *result_json(const struct result *r) {
	return json_pack(
		"{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I}",
		"targets",
		(json_int_t)r->hosts,
		"hosts_tracked",
		(json_int_t)r->tracked,
		"first_tick_ms",
		r->first_ms,
		"median_tick_ms",
		r->median_ms,
		"worst_tick_ms",
		r->worst_ms,
		"silent_tick_ms",
		r->silent_ms,
		"ns_per_host_and_tick",
		ns_each(r, r->median_ms),
		"alarm_transitions",
		(json_int_t)r->alarms
	);
}

static struct model *shipped_model(void) {
	char error[MODEL_ERROR_MAX];
	struct model *model;

	if (wish.no_score)
		return NULL;
	if (model_load(&model, "conf/models/host.weir", error) < 0)
		fail("conf/models/host.weir: not read: start in the project's folder, or use "
		     "--no-score");
	return model;
}

int main(int argc, char **argv) {
	static const uint64_t ladder[] = {1000, 4000, 13000, 52000};
	struct options options = {
		.bench = "detect",
		.about = "What a tick costs the control core, by the number of busy hosts.",
		.row = rows,
		.n = sizeof(rows) / sizeof(rows[0]),
	};
	struct result results[LADDER_MAX];
	struct model *model;
	json_t *list;
	unsigned n = 0;

	options_parse(&options, argc, argv);
	model = shipped_model();
	if (wish.hosts != 0)
		results[n++] = measure(wish.hosts, model);
	for (unsigned i = 0; wish.hosts == 0 && i < sizeof(ladder) / sizeof(ladder[0]); i++)
		results[n++] = measure(ladder[i], model);
	if (!options.json) {
		json_t *machine = machine_json();

		machine_print(stdout, machine);
		json_decref(machine);
		print_people(results, n, model != NULL);
		model_destroy(model);
		return 0;
	}
	list = json_array();
	for (unsigned i = 0; i < n; i++)
		json_array_append_new(list, result_json(&results[i]));
	bench_print_json(
		"detect",
		machine_json(),
		options_settings(&options),
		json_pack("{s:o}", "ticks", list)
	);
	model_destroy(model);
	return 0;
}
