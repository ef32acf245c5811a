// src/pipeline: every packet accounted for, ticks and clock, hand-over, scores; and that it does not
// matter how the packets were cut into bursts. The hand-over tests use a second thread: run this
// under ThreadSanitizer too.
#include "contract/hash.h"
#include "model/model.h"
#include "pipeline/pipeline.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull
#define S 1000000000ull
#define YEAR (365 * 86400 * S)
#define TICK TICK_NS_DEFAULT
#define FRAME_MAX 128

// --- Traffic: real frames, for the real parser.

struct traffic {
	uint32_t n;
	uint32_t max;
	struct frame *frame;
	uint8_t (*bytes)[FRAME_MAX];
};

static struct traffic *traffic_new(uint32_t max) {
	struct traffic *t = calloc(1, sizeof(*t));

	t->max = max;
	t->frame = calloc(max, sizeof(*t->frame));
	t->bytes = calloc(max, sizeof(*t->bytes));
	return t;
}

static void traffic_free(struct traffic *t) {
	free(t->frame);
	free(t->bytes);
	free(t);
}

static void put16(uint8_t *at, uint32_t value) {
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
	put16(at, value >> 16);
	put16(at + 2, value);
}

struct made {
	uint32_t src, dst; // last 32 bits of the address
	uint16_t sport, dport;
	uint8_t proto, flags; // flags: the type of ICMP
	bool ip6;
	uint8_t payload;
	uint32_t seq, ack;
};

static uint8_t *put_ip(uint8_t *f, const struct made *m, uint32_t length) {
	put16(&f[12], m->ip6 ? 0x86dd : 0x0800);
	f += 14;
	if (m->ip6) {
		f[0] = 0x60;
		put16(&f[4], length);
		f[6] = m->proto;
		f[7] = 64;
		f[8] = f[24] = 0x20;
		put32(&f[20], m->src);
		put32(&f[36], m->dst);
		return f + 40;
	}
	f[0] = 0x45;
	put16(&f[2], length + 20);
	f[8] = 64;
	f[9] = m->proto;
	put32(&f[12], m->src);
	put32(&f[16], m->dst);
	return f + 20;
}

static void traffic_bytes(struct traffic *t, uint64_t ts_ns, uint32_t n) {
	assert_true(t->n < t->max && n <= FRAME_MAX);
	t->frame[t->n] = (struct frame) {t->bytes[t->n], n, ts_ns};
	t->n++;
}

static void traffic_add(struct traffic *t, uint64_t ts_ns, const struct made *m) {
	const uint32_t head = m->proto == PROTO_TCP ? 20 : 8;
	uint8_t *const f = t->bytes[t->n];
	uint8_t *at = put_ip(f, m, head + m->payload);

	if (m->proto == PROTO_TCP || m->proto == PROTO_UDP) {
		put16(&at[0], m->sport);
		put16(&at[2], m->dport);
	}
	if (m->proto == PROTO_TCP) {
		put32(&at[4], m->seq);
		put32(&at[8], m->ack);
		at[12] = 0x50;
		at[13] = m->flags;
		at[14] = 1;
	} else if (m->proto == PROTO_UDP) {
		put16(&at[4], head + m->payload);
	} else {
		at[0] = m->flags;
	}
	for (uint32_t i = 0; i < m->payload; i++)
		at[head + i] = (uint8_t)(i * 7);
	traffic_bytes(t, ts_ns, (uint32_t)(at - f) + head + m->payload);
}

static uint64_t random_next(uint64_t *state) {
	return hash_word(++*state, 99);
}

// Conversations of a few packets to thousands, floods, fragments, errors, ARP and noise, over some
// seconds with silences.
static struct traffic *traffic_mixed(uint32_t n, uint64_t seed) {
	struct traffic *t = traffic_new(n);
	uint64_t random = seed, ts_ns = 1700000000 * S;

	while (t->n < n) {
		const uint64_t r = random_next(&random), q = random_next(&random);
		const uint32_t who = (uint32_t)(q % 97) * (uint32_t)(q % 97) / 97;
		struct made m = {
			.src = 0x0a000000 + who,
			.dst = 0x0a010000 + who % 7,
			.sport = (uint16_t)(2000 + who),
			.dport = 80,
			.proto = (r >> 20) % 3 == 0 ? PROTO_UDP : PROTO_TCP,
			.flags = TCP_ACK,
			.ip6 = who % 2,
			.payload = (uint8_t)((r >> 24) % 40),
		};

		ts_ns += (r >> 32) % (200 * 1000);
		if ((r >> 44) % 2000 == 0)
			ts_ns += (r >> 50) % 3 * S;
		switch (r % 16) {
		case 0:
			m.src = (uint32_t)q; // forged
			m.flags = TCP_SYN;
			m.proto = PROTO_TCP;
			break;
		case 1:
			put16(&t->bytes[t->n][12], 0x0806);
			t->bytes[t->n][15] = 1;
			t->bytes[t->n][16] = 8;
			traffic_bytes(t, ts_ns, 60);
			continue;
		case 2:
			for (unsigned i = 0; i < 100; i++)
				t->bytes[t->n][i] = (uint8_t)random_next(&random);
			traffic_bytes(t, ts_ns, (uint32_t)(q % 100));
			continue;
		case 3:
			m.flags = (uint8_t)(q >> 8);
			m.proto = PROTO_TCP;
			break;
		case 4:
			m.proto = m.ip6 ? PROTO_ICMP6 : PROTO_ICMP;
			m.flags = m.ip6 ? 128 : (uint8_t)(q % 12);
			break;
		}
		if ((r >> 4) % 2) {
			const struct made forward = m;

			m.src = forward.dst;
			m.dst = forward.src;
			m.sport = forward.dport;
			m.dport = forward.sport;
		}
		traffic_add(t, ts_ns, &m);
		if (r % 16 == 5 && !m.ip6) // of the second fragment, where there is no header
			put16(&t->bytes[t->n - 1][20], 0x2010);
	}
	return t;
}

// --- A pipeline and what comes out of it.

static struct pipeline_conf small_conf(void) {
	return (struct pipeline_conf) {
		.packet = {LINK_ETHERNET, TUNNEL_DEPTH_DEFAULT},
		.flow
		= {.capacity = 1024,
		   .idle_ns = 30 * S,
		   .single_ns = 2 * S,
		   .closed_ns = S,
		   .seed = 3},
		.window = {256, 256, 64, 3},
		.tick_ns = TICK,
		.findings_slots = 64,
		.findings_per_tick = 20,
		.score_slots = 256,
		.finding_score = 0.6f,
		.worker = 5,
		.lossless = true,
	};
}

static struct pipeline *pipeline_new(const struct pipeline_conf *conf, void **memory) {
	struct pipeline *pl = NULL;

	*memory = zeroed(128, pipeline_bytes(conf));
	assert_non_null(*memory);
	assert_int_equal(pipeline_create(&pl, conf, *memory), 0);
	return pl;
}

struct outcome {
	uint64_t windows; // digests
	uint64_t findings;
	uint64_t ends;
	uint64_t rows;
	uint64_t n_windows;
	uint64_t n_findings;
	uint64_t n_ends;
	uint64_t n_rows;
	uint64_t window_packets;
	uint64_t notes, notes_missed;
	uint64_t window_ticks;
	uint64_t refused, sources_refused, prefixes_refused;
	uint64_t end_packets;
	uint64_t unscored; // flows of 4 packets and more that ended without a score
	uint64_t last_end_ns;
	struct worker_counters counters;
};

static uint64_t digest(uint64_t so_far, const void *data, size_t n) {
	const uint8_t *at = data;

	for (; n >= 8; n -= 8, at += 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		so_far = hash_word(word, so_far);
	}
	for (; n > 0; n--)
		so_far = hash_word(*at++, so_far);
	return so_far;
}

static uint64_t digest_table(uint64_t so_far, const struct host_table *table) {
	const struct host_record *r;
	uint32_t at = 0;

	while ((r = host_table_next(table, &at)) != NULL)
		so_far = digest(so_far, r, sizeof(*r));
	return so_far;
}

static uint64_t packets_in(const struct host_table *table) {
	const struct host_record *r;
	uint64_t sum = 0;
	uint32_t at = 0;

	while ((r = host_table_next(table, &at)) != NULL)
		sum += r->count[HOST_PACKETS];
	return sum;
}

static void outcome_notes(struct outcome *o, const struct notes *notes) {
	for (uint32_t i = 0; i < notes->n; i++) {
		const struct note *note = &notes->slot[i];

		o->windows = digest(o->windows, note, offsetof(struct note, data));
		if (note->kind == NOTE_CLOSED)
			o->windows = digest(o->windows, &note->connection, sizeof(uint64_t[7]));
		else
			o->windows = digest(o->windows, note->data, note->n_data);
	}
	for (unsigned kind = 0; kind < NOTE_KIND_N; kind++) {
		assert_in_range(notes->of[kind], 0, note_limit[kind]);
		o->notes_missed += notes->missed[kind];
	}
	o->notes += notes->n;
}

static void outcome_window(struct outcome *o, const struct window *w) {
	const uint64_t head[]
		= {w->start_ns, w->end_ns, w->ticks, w->worker, w->refused, w->packets, w->bytes};

	assert_true(w->start_ns >= o->last_end_ns);
	assert_true(w->end_ns > w->start_ns);
	o->last_end_ns = w->end_ns;
	assert_int_equal(packets_in(w->targets) + w->refused, w->packets);
	assert_int_equal(packets_in(w->sources) + w->sources_refused, w->packets);
	assert_int_equal(packets_in(w->prefixes) + w->prefixes_refused, w->refused);
	o->refused += w->refused;
	o->sources_refused += w->sources_refused;
	o->prefixes_refused += w->prefixes_refused;
	o->windows = digest(o->windows, head, sizeof(head));
	o->windows = digest_table(o->windows, w->targets);
	o->windows = digest_table(o->windows, w->sources);
	o->windows = digest_table(o->windows, w->prefixes);
	o->windows = digest(o->windows, w->talkers, sizeof(w->talkers));
	outcome_notes(o, w->notes);
	o->n_windows++;
	o->window_packets += w->packets;
	o->window_ticks += w->ticks;
}

static void drain(struct pipeline *pl, struct outcome *o) {
	struct window *w;
	struct finding finding;

	while ((w = pipeline_window_take(pl)) != NULL) {
		outcome_window(o, w);
		pipeline_window_give(pl, w);
	}
	while (pipeline_finding_take(pl, &finding)) {
		o->findings = digest(o->findings, &finding.ts_ns, sizeof(finding.ts_ns));
		o->findings = digest(o->findings, &finding.key, sizeof(finding.key));
		o->findings = digest(o->findings, &finding.score, sizeof(finding.score));
		o->findings = digest(o->findings, finding.row, sizeof(finding.row));
		o->n_findings++;
	}
}

static void note_end(void *ctx, const struct flow *flow, uint64_t) {
	struct outcome *o = ctx;
	float row[FLOW_FEATURE_N];
	const float score = flow_score_of(flow);

	flow_features(flow, row);
	o->ends = digest(o->ends, flow_key_of(flow), sizeof(struct flow_key));
	o->ends = digest(o->ends, row, sizeof(row));
	o->ends = digest(o->ends, &score, sizeof(score));
	o->n_ends++;
	o->end_packets += flow_packets(flow);
	o->unscored += flow_packets(flow) >= FLOW_SCORE_MIN_PACKETS && isnan(score);
}

static void note_row(void *ctx, const struct flow *, const float row[static FLOW_FEATURE_N]) {
	struct outcome *o = ctx;

	o->rows = digest(o->rows, row, sizeof(float[FLOW_FEATURE_N]));
	o->n_rows++;
}

typedef uint16_t cut_fn(uint64_t *random);

static uint16_t by_64(uint64_t *) {
	return BURST_MAX;
}

static uint16_t by_1(uint64_t *) {
	return 1;
}

static uint16_t by_chance(uint64_t *random) {
	return (uint16_t)(1 + random_next(random) % BURST_MAX);
}

static void feed(struct pipeline *pl, const struct traffic *t, cut_fn *cut, struct outcome *o) {
	uint64_t random = 5;

	for (uint32_t i = 0; i < t->n;) {
		uint16_t n = cut(&random), done;

		if (n > t->n - i)
			n = (uint16_t)(t->n - i);
		done = pipeline_burst(pl, &t->frame[i], n);
		if (done < n)
			drain(pl, o);
		else if (random_next(&random) % 4 == 0)
			drain(pl, o); // not each time: the rings are to fill
		i += done;
	}
	assert_true(pipeline_finish(pl));
	drain(pl, o);
	pipeline_counters(pl, &o->counters);
}

static struct outcome
run(struct pipeline_conf conf, const struct traffic *t, cut_fn *cut, const struct model *model) {
	struct outcome o = {0};
	struct pipeline *pl;
	void *memory;

	conf.flow_end = note_end;
	conf.flow_end_ctx = &o;
	conf.flow_row = note_row;
	conf.flow_row_ctx = &o;
	pl = pipeline_new(&conf, &memory);
	pipeline_models_set(pl, model, 1);
	feed(pl, t, cut, &o);
	free(memory);
	return o;
}

static struct model *model_new(uint64_t seed) {
	enum { ROWS = 500 };
	struct forest_options options = forest_defaults;
	const char *names[FLOW_FEATURE_N];
	float *rows = malloc(sizeof(float[ROWS][FLOW_FEATURE_N]));
	char error[MODEL_ERROR_MAX];
	struct model *model = NULL;

	for (unsigned i = 0; i < FLOW_FEATURE_N; i++)
		names[i] = flow_feature_info[i].name;
	for (unsigned i = 0; i < ROWS * FLOW_FEATURE_N; i++)
		rows[i] = (float)(random_next(&seed) % 1000) / 10;
	options.trees = 10;
	options.sample = 64;
	if (forest_train(&model, rows, ROWS, names, FLOW_FEATURE_N, &options, error) != 0)
		fail_msg("%s", error);
	free(rows);
	return model;
}

// --- Accounting.

static void assert_accounted(const struct outcome *o, uint64_t packets) {
	const struct worker_counters *c = &o->counters;
	uint64_t by_reason = 0;

	for (unsigned i = 0; i < MALFORMED_N; i++)
		by_reason += c->malformed_by[i];
	assert_int_equal(c->rx_packets, packets);
	assert_int_equal(c->rx_packets, c->flow_packets + c->host_only + c->not_ip + c->malformed);
	assert_int_equal(c->malformed, by_reason);
	assert_int_equal(o->window_packets + c->hosts_untold, c->flow_packets + c->host_only);
	assert_int_equal(o->n_windows, c->windows);
	assert_int_equal(o->notes, c->notes);
	assert_int_equal(o->notes_missed, c->notes_missed);
	assert_int_equal(o->refused, c->hosts_refused);
	assert_int_equal(o->sources_refused, c->sources_refused);
	assert_int_equal(o->prefixes_refused, c->prefixes_refused);
	assert_int_equal(o->n_ends, c->flows_new);
	assert_int_equal(o->end_packets, c->flow_packets);
	assert_int_equal(o->n_findings, c->findings);
	assert_int_equal(c->findings_lost, 0);
}

static struct traffic *traffic_established(uint32_t flows) {
	struct traffic *t = traffic_new(flows * 4);

	for (uint32_t i = 0; i < flows; i++) {
		struct made c
			= {.src = 0x0a000000 + i,
			   .dst = 0x0b000001,
			   .sport = 999 + (i & 1),
			   .dport = 999,
			   .proto = PROTO_UDP};
		struct made s = c;

		s.src = c.dst;
		s.dst = c.src;
		s.sport = c.dport;
		s.dport = c.sport;
		for (unsigned k = 0; k < 4; k++)
			traffic_add(t, S + i * 1000, k % 2 ? &s : &c);
	}
	return t;
}

static struct traffic *traffic_noise(uint32_t n) {
	struct traffic *t = traffic_new(n);
	uint64_t random = 4;

	while (t->n < n) {
		for (unsigned i = 0; i < FRAME_MAX; i++)
			t->bytes[t->n][i] = (uint8_t)random_next(&random);
		if (random_next(&random) % 2)
			put16(&t->bytes[t->n][12], random_next(&random) % 2 ? 0x0800 : 0x86dd);
		traffic_bytes(
			t, random_next(&random), (uint32_t)(random_next(&random) % FRAME_MAX)
		);
	}
	return t;
}

static void every_packet_leaves_by_one_counted_way(void **) {
	struct traffic *mixed = traffic_mixed(40000, 1), *noise = traffic_noise(20000);
	struct traffic *full = traffic_established(3000);
	struct model *model = model_new(1);
	struct outcome o;

	o = run(small_conf(), mixed, by_chance, model);
	assert_accounted(&o, mixed->n);
	assert_true(o.counters.not_ip > 0 && o.counters.malformed > 0);
	assert_true(o.counters.flows_evicted_single > 0);
	assert_true(o.counters.hosts_refused > 0);
	assert_true(o.counters.sources_refused > 0);
	assert_true(o.n_findings > 0);
	o = run(small_conf(), noise, by_chance, model); // stamps of every size, too
	assert_accounted(&o, noise->n);
	o = run(small_conf(), full, by_chance, model);
	assert_accounted(&o, full->n);
	assert_true(o.counters.host_only > 0);
	assert_true(o.counters.flows_refused > 0);
	assert_true(o.counters.flows_skipped > 0);
	assert_int_equal(o.counters.flows_refused + o.counters.flows_skipped, o.counters.host_only);
	model_destroy(model);
	traffic_free(mixed);
	traffic_free(noise);
	traffic_free(full);
}

static void assert_same(const struct outcome *a, const struct outcome *b) {
	struct worker_counters x = a->counters, y = b->counters;

	x.bursts = y.bursts = 0;
	assert_memory_equal(&x, &y, sizeof(x));
	assert_int_equal(a->windows, b->windows);
	assert_int_equal(a->findings, b->findings);
	assert_int_equal(a->ends, b->ends);
	assert_int_equal(a->rows, b->rows);
}

static void neither_bursts_nor_instructions_change_results(void **) {
	struct traffic *const kinds[]
		= {traffic_mixed(30000, 2), traffic_established(3000), traffic_noise(5000)};
	struct model *model = model_new(2);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct outcome whole = run(small_conf(), kinds[i], by_64, model);
		const struct outcome single = run(small_conf(), kinds[i], by_1, model);
		const struct outcome chance = run(small_conf(), kinds[i], by_chance, model);

		assert_same(&whole, &single);
		assert_same(&whole, &chance);
		for (unsigned isa = 0; isa < ISA_N; isa++) {
			struct pipeline_conf conf = small_conf();
			struct outcome other;

			conf.isa = (enum isa)isa;
			if (!isa_supported(conf.isa)) {
				print_message("  SKIPPED: no %s here\n", isa_name(conf.isa));
				continue;
			}
			other = run(conf, kinds[i], by_64, model);
			assert_same(&whole, &other);
		}
		traffic_free(kinds[i]);
	}
	model_destroy(model);
}

// --- Time.

static struct made syn(uint32_t src) {
	return (struct made) {
		.src = src,
		.dst = 0x0b000001,
		.sport = 1000,
		.dport = 80,
		.proto = PROTO_TCP,
		.flags = TCP_SYN,
	};
}

static struct traffic *traffic_at(const uint64_t *ts_ns, uint32_t n) {
	struct traffic *t = traffic_new(n);

	for (uint32_t i = 0; i < n; i++) {
		const struct made m = syn(0x0a000000 + i);

		traffic_add(t, ts_ns[i], &m);
	}
	return t;
}

static void a_tick_ends_inside_a_burst(void **) {
	static const uint64_t at[] = {5 * TICK, 6 * TICK - 1, 6 * TICK, 6 * TICK, 7 * TICK - 1};
	static const struct {
		uint64_t start_ns, packets;
	} windows[] = {{5 * TICK, 2}, {6 * TICK, 3}};
	struct traffic *t = traffic_at(at, ARRAY_LEN(at));
	const struct pipeline_conf conf = small_conf();
	void *memory;
	struct pipeline *pl = pipeline_new(&conf, &memory);

	assert_int_equal(pipeline_burst(pl, t->frame, (uint16_t)t->n), t->n);
	assert_true(pipeline_finish(pl));
	for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
		struct window *w = pipeline_window_take(pl);

		assert_non_null(w);
		assert_int_equal(w->start_ns, windows[i].start_ns);
		assert_int_equal(w->end_ns, windows[i].start_ns + TICK);
		assert_int_equal(w->packets, windows[i].packets);
		assert_int_equal(w->ticks, 1);
		assert_int_equal(w->worker, 5);
		pipeline_window_give(pl, w);
	}
	assert_null(pipeline_window_take(pl));
	free(memory);
	traffic_free(t);
}

static void any_clock_gives_a_stream_that_never_goes_back(void **) {
	static const struct {
		const char *what;
		uint64_t at[6];
		uint64_t windows, back, steps;
	} cases[] = {
		{"all zero", {0, 0, 0, 0, 0, 0}, 1, 0, 0},
		{"all equal", {S, S, S, S, S, S}, 1, 0, 0},
		{"a little back", {S, S - MS, S, S - 500 * MS, S, S + 1}, 1, 2, 0},
		{"a second back", {10 * S, 9 * S, 10 * S, 10 * S, 10 * S, 10 * S}, 1, 1, 0},
		{"a step back",
		 {10 * S, 5 * S, 5 * S + 1, 5 * S + 2, 5 * S + 3, 5 * S + TICK},
		 2,
		 1,
		 1},
		{"years ahead and back",
		 {S, S + 50 * YEAR, 2 * S, 2 * S + 1, 2 * S + 2, 3 * S},
		 3,
		 1,
		 1},
		// 0 is one after UINT64_MAX, and a limit is as good as any other time.
		{"all but wrapping",
		 {UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, 0, UINT64_MAX, 1},
		 1,
		 2,
		 1},
		// The first leap goes beyond the limit and is taken out, the last ends at it.
		{"to the end and back again",
		 {0, UINT64_MAX, 0, UINT64_MAX, 0, UINT64_MAX / 2},
		 2,
		 1,
		 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct traffic *t = traffic_at(cases[i].at, 6);
		const struct outcome o = run(small_conf(), t, by_1, NULL);

		print_message("  %s\n", cases[i].what);
		assert_accounted(&o, 6);
		assert_int_equal(o.n_windows, cases[i].windows);
		assert_int_equal(o.counters.clock_back, cases[i].back);
		assert_int_equal(o.counters.clock_steps, cases[i].steps);
		traffic_free(t);
	}
}

static void silence_makes_no_windows(void **) {
	static const uint64_t at[] = {S, S + 3600 * S, S + 3600 * S + 1, S + 7 * YEAR};
	struct traffic *t = traffic_at(at, ARRAY_LEN(at));
	const struct outcome o = run(small_conf(), t, by_64, NULL);

	assert_int_equal(o.n_windows, 3);
	assert_int_equal(o.window_ticks, 3);
	assert_int_equal(o.counters.flows_expired, 3);
	traffic_free(t);
}

static void time_alone_closes_a_window_and_expires_flows(void **) {
	static const uint64_t at[] = {S};
	struct traffic *t = traffic_at(at, 1);
	struct pipeline_conf conf = small_conf();
	struct outcome o = {0};
	void *memory;
	struct pipeline *pl;

	conf.lossless = false;
	pl = pipeline_new(&conf, &memory);
	pipeline_clock(pl, S); // before any packet
	assert_int_equal(pipeline_burst(pl, t->frame, 1), 1);
	pipeline_clock(pl, S + TICK - 1);
	assert_null(pipeline_window_take(pl));
	pipeline_clock(pl, S + TICK);
	drain(pl, &o);
	assert_int_equal(o.n_windows, 1);
	assert_int_equal(o.last_end_ns, S + TICK);
	pipeline_clock(pl, 30 * S);
	pipeline_show(pl);
	assert_int_equal(pipeline_flows_used(pl), 0);
	drain(pl, &o);
	assert_int_equal(o.n_windows, 1);
	pipeline_clock(pl, S); // never back
	assert_int_equal(pipeline_now_ns(pl), 30 * S);
	assert_true(pipeline_finish(pl));
	drain(pl, &o);
	assert_int_equal(o.n_windows, 1);
	free(memory);
	traffic_free(t);
}

// --- Windows that nobody takes.

static struct traffic *traffic_ticks(uint32_t ticks, uint32_t each) {
	struct traffic *t = traffic_new(ticks * each);

	for (uint32_t i = 0; i < ticks * each; i++) {
		const struct made m = syn(0x0a000000 + i);

		traffic_add(t, S + i / each * TICK, &m);
	}
	return t;
}

static void a_file_waits_for_the_reader(void **) {
	struct traffic *t = traffic_ticks(20, 3);
	const struct pipeline_conf conf = small_conf();
	struct outcome o = {0};
	void *memory;
	struct pipeline *pl = pipeline_new(&conf, &memory);
	uint16_t done;

	done = pipeline_burst(pl, t->frame, 60);
	assert_int_equal(done, WINDOW_BUFFERS * 3); // the last buffer waits for a successor
	assert_int_equal(pipeline_burst(pl, &t->frame[done], 10), 0);
	drain(pl, &o);
	assert_int_equal(o.n_windows, WINDOW_BUFFERS - 1);
	for (uint32_t at = done; at < t->n;) {
		at += pipeline_burst(pl, &t->frame[at], (uint16_t)(t->n - at));
		drain(pl, &o);
	}
	assert_true(pipeline_finish(pl));
	drain(pl, &o);
	pipeline_counters(pl, &o.counters);
	assert_int_equal(o.n_windows, 20);
	assert_int_equal(o.window_packets, 60);
	assert_int_equal(o.counters.rx_packets, 60);
	assert_int_equal(o.counters.windows_merged, 0);
	free(memory);
	traffic_free(t);
}

static void live_ticks_share_a_window_when_control_is_late(void **) {
	struct traffic *t = traffic_ticks(20, 3);
	struct pipeline_conf conf = small_conf();
	struct outcome o = {0};
	void *memory;
	struct pipeline *pl;

	conf.lossless = false;
	pl = pipeline_new(&conf, &memory);
	assert_int_equal(pipeline_burst(pl, t->frame, 60), 60);
	pipeline_clock(pl, S + 20 * TICK); // nobody took one: it waits
	pipeline_clock(pl, S + 25 * TICK);
	drain(pl, &o);
	assert_int_equal(o.n_windows, WINDOW_BUFFERS - 1);
	pipeline_clock(pl, S + 26 * TICK); // now there are buffers
	drain(pl, &o);
	assert_int_equal(o.n_windows, WINDOW_BUFFERS);
	assert_int_equal(o.window_packets, 60);
	assert_int_equal(o.window_ticks, 20);
	assert_int_equal(o.last_end_ns, S + 20 * TICK); // not the silence behind it
	assert_true(pipeline_finish(pl));
	pipeline_counters(pl, &o.counters);
	assert_int_equal(o.counters.windows_merged, 20 - WINDOW_BUFFERS);
	free(memory);
	traffic_free(t);
}

// --- Scores.

static void a_file_scores_every_flow_before_its_end_is_told(void **) {
	struct traffic *t = traffic_mixed(20000, 3);
	struct model *model = model_new(3);
	const struct outcome o = run(small_conf(), t, by_chance, model);

	assert_int_equal(o.unscored, 0);
	assert_int_equal(o.counters.scores, o.n_rows);
	assert_int_equal(o.counters.scores_dropped, 0);
	assert_true(o.n_rows > 100);
	assert_true(o.counters.findings_limited > 0);
	model_destroy(model);
	traffic_free(t);
}

static void live_rows_are_scored_or_dropped_oldest_first_and_counted(void **) {
	struct traffic *t = traffic_mixed(20000, 3);
	struct model *model = model_new(3);
	struct pipeline_conf conf = small_conf();
	struct outcome o;

	conf.lossless = false;
	conf.score_slots = 1;
	conf.flow.single_ns = conf.flow.idle_ns = conf.flow.closed_ns = 10 * MS;
	o = run(conf, t, by_64, model);
	assert_int_equal(o.counters.scores + o.counters.scores_dropped, o.n_rows);
	assert_int_equal(o.n_ends, o.counters.flows_new);
	model_destroy(model);
	traffic_free(t);
}

static void without_a_model_nothing_is_scored_but_rows_are_told(void **) {
	struct traffic *t = traffic_mixed(20000, 3);
	struct model *model = model_new(3);
	const struct outcome with = run(small_conf(), t, by_64, model);
	const struct outcome without = run(small_conf(), t, by_64, NULL);

	assert_int_equal(without.counters.scores, 0);
	assert_int_equal(without.n_findings, 0);
	assert_int_equal(without.n_rows, with.n_rows);
	assert_int_equal(without.rows, with.rows);
	model_destroy(model);
	traffic_free(t);
}

static void a_strange_flow_is_reported_once_and_marks_its_hosts(void **) {
	struct traffic *t = traffic_new(300);
	struct model *model = model_new(3);
	struct pipeline_conf conf = small_conf();
	struct finding finding;
	struct window *w;
	const struct host_record *r;
	uint32_t at = 0;
	void *memory;
	struct pipeline *pl;

	conf.finding_score = 0; // all are
	pl = pipeline_new(&conf, &memory);
	pipeline_models_set(pl, model, 1);
	for (unsigned i = 0; i < 300; i++) {
		const struct made m = syn(0x0a000001);

		traffic_add(t, S + i, &m);
	}
	for (unsigned i = 0; i < 300; i += 60)
		assert_int_equal(pipeline_burst(pl, &t->frame[i], 60), 60);
	assert_true(pipeline_finish(pl));
	assert_true(pipeline_finding_take(pl, &finding));
	assert_int_equal(finding.ts_ns, S + 3); // at its 4th packet
	assert_int_equal(finding.worker, 5);
	assert_false(finding.at_end);
	assert_near(finding.row[FLOW_FEATURE_PACKETS], 4, 0);
	assert_true(finding.score >= 0 && finding.score <= 1);
	assert_false(pipeline_finding_take(pl, &finding));
	w = pipeline_window_take(pl);
	r = host_table_next(w->targets, &at);
	assert_int_equal(r->strange_flows, 1);
	free(memory);
	model_destroy(model);
	traffic_free(t);
}

static void a_model_is_taken_over_and_away(void **) {
	struct traffic *t = traffic_new(12);
	struct model *model = model_new(3);
	const struct pipeline_conf conf = small_conf();
	struct worker_counters c;
	void *memory;
	struct pipeline *pl = pipeline_new(&conf, &memory);

	for (uint32_t i = 0; i < 12; i++) {
		const struct made m = syn(0x0a000001 + i / 4);

		traffic_add(t, S, &m);
	}
	pipeline_burst(pl, &t->frame[0], 4);
	pipeline_models_set(pl, model, 7);
	assert_int_equal(pipeline_models_seen(pl), 0);
	pipeline_burst(pl, &t->frame[4], 4);
	assert_int_equal(pipeline_models_seen(pl), 7);
	pipeline_models_set(pl, NULL, 8);
	pipeline_burst(pl, &t->frame[8], 4);
	assert_int_equal(pipeline_models_seen(pl), 8);
	model_destroy(model); // nobody uses it any more: a sanitizer would see it
	assert_true(pipeline_finish(pl));
	pipeline_counters(pl, &c);
	assert_int_equal(c.scores, 0);
	assert_int_equal(c.scores_dropped, 1); // was waiting when its model went
	free(memory);
	traffic_free(t);
}

// --- What a flood is to its target, through parser, flow and host together.

static void a_flood_counts_in_full_at_its_target_though_it_answers(void **) {
	static const struct {
		const char *what;
		uint8_t flags;
		unsigned counter;
		bool fixed_port, answers;
	} cases[] = {
		{"SYN", TCP_SYN, HOST_SYN, false, true},
		{"SYN, one port", TCP_SYN, HOST_SYN, true, true},
		{"ACK", TCP_ACK, HOST_ACK, false, true},
		{"ACK, one port", TCP_ACK, HOST_ACK, true, true},
		{"PSH-ACK", TCP_PSH | TCP_ACK, HOST_PSHACK, false, true},
		{"FIN", TCP_FIN, HOST_FIN, false, true},
		{"FIN, open port", TCP_FIN, HOST_FIN, true, false},
		{"RST", TCP_RST, HOST_RST, false, false},
		{"SYN-ACK", TCP_SYN | TCP_ACK, HOST_SYNACK, false, true},
		{"SYN-FIN", TCP_SYN | TCP_FIN, HOST_SYNFIN, false, true},
		{"XMAS", TCP_FIN | TCP_PSH | TCP_URG, HOST_XMAS, true, true},
		{"NULL", 0, HOST_NULL_FLAGS, false, true},
	};
	enum { SENT = 2000 };

	for (size_t i = 0; i < ARRAY_LEN(cases) * 2; i++) {
		const unsigned k = (unsigned)(i / 2);
		struct traffic *t = traffic_new(SENT * 2);
		struct pipeline_conf conf = small_conf();
		uint64_t counted = 0, resets = 0;
		const struct host_record *r;
		struct window *w;
		uint32_t at = 0;
		void *memory;
		struct pipeline *pl;

		print_message("  %s\n", cases[k].what);
		for (uint32_t n = 0; n < SENT; n++) {
			struct made m = syn(0x0a000001), back = m;

			m.ip6 = i % 2;
			m.flags = cases[k].flags;
			m.sport = cases[k].fixed_port ? 4444 : (uint16_t)(2000 + n);
			m.seq = (uint32_t)hash_word(n, 1);
			traffic_add(t, S + n, &m);
			back = m;
			back.src = m.dst;
			back.dst = m.src;
			back.sport = m.dport;
			back.dport = m.sport;
			back.flags = TCP_RST | TCP_ACK;
			back.seq = 0;
			if (cases[k].answers)
				traffic_add(t, S + n, &back);
		}
		pl = pipeline_new(&conf, &memory);
		for (uint32_t n = 0; n < t->n; n += 50)
			assert_int_equal(pipeline_burst(pl, &t->frame[n], 50), 50);
		assert_true(pipeline_finish(pl));
		w = pipeline_window_take(pl);
		while ((r = host_table_next(w->targets, &at)) != NULL) {
			if (r->count[HOST_RST_ALL] > 0 && cases[k].answers)
				resets += r->count[HOST_RST]; // of the answers: none stray
			else
				counted += r->count[cases[k].counter];
		}
		assert_int_equal(counted, SENT);
		assert_int_equal(resets, 0);
		free(memory);
		traffic_free(t);
	}
}

// --- Two threads.

struct control {
	struct pipeline *pl;
	struct model *model[2];
	struct outcome outcome;
	atomic_bool stop;
};

static void control_once(struct control *c, uint64_t *generation) {
	struct worker_counters k;

	drain(c->pl, &c->outcome);
	pipeline_counters(c->pl, &k);
	if (k.rx_packets != k.flow_packets + k.host_only + k.not_ip + k.malformed)
		fail_msg("a torn copy: rx %lu", (unsigned long)k.rx_packets);
	if (pipeline_models_seen(c->pl) == *generation) {
		++*generation;
		pipeline_models_set(c->pl, c->model[*generation % 2], *generation);
	}
}

static void *control_run(void *arg) {
	struct control *c = arg;
	uint64_t generation = 0;

	while (!atomic_load(&c->stop)) {
		control_once(c, &generation);
		sched_yield();
	}
	control_once(c, &generation);
	return NULL;
}

static void another_thread_takes_windows_and_findings_and_changes_models(void **) {
	struct traffic *t = traffic_mixed(60000, 9);
	struct pipeline_conf conf = small_conf();
	struct control c = {.model = {model_new(1), model_new(2)}};
	struct worker_counters k;
	void *memory;
	pthread_t thread;

	c.pl = pipeline_new(&conf, &memory);
	assert_int_equal(pthread_create(&thread, NULL, control_run, &c), 0);
	for (uint32_t i = 0; i < t->n;) {
		const uint16_t n = t->n - i < BURST_MAX ? (uint16_t)(t->n - i) : BURST_MAX;
		const uint16_t done = pipeline_burst(c.pl, &t->frame[i], n);

		i += done;
		if (done < n)
			sched_yield();
	}
	assert_true(pipeline_finish(c.pl));
	atomic_store(&c.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pipeline_counters(c.pl, &k);
	assert_int_equal(k.rx_packets, t->n);
	assert_int_equal(c.outcome.window_packets + k.hosts_untold, k.flow_packets + k.host_only);
	assert_int_equal(c.outcome.n_windows, k.windows);
	assert_int_equal(c.outcome.n_findings, k.findings);
	assert_true(k.findings > 0);
	assert_true(pipeline_models_seen(c.pl) > 1);
	model_destroy(c.model[0]);
	model_destroy(c.model[1]);
	free(memory);
	traffic_free(t);
}

static void refuses_a_bad_configuration(void **) {
	struct pipeline_conf conf = small_conf();
	void *memory = zeroed(128, pipeline_bytes(&conf));
	struct pipeline *pl = memory;

	conf.tick_ns = 0;
	assert_int_equal(pipeline_create(&pl, &conf, memory), -EINVAL);
	conf = small_conf();
	conf.tick_offset_ns = 1;
	assert_int_equal(pipeline_create(&pl, &conf, memory), -EINVAL);
	conf = small_conf();
	assert_int_equal(pipeline_create(&pl, &conf, (uint8_t *)memory + 64), -EINVAL);
	conf.flow.capacity = 0;
	assert_int_equal(pipeline_create(&pl, &conf, memory), -EINVAL);
	conf = small_conf();
	conf.window.sources = 0;
	assert_int_equal(pipeline_create(&pl, &conf, memory), -EINVAL);
	assert_ptr_equal(pl, memory);
	free(memory);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_leaves_by_one_counted_way),
		cmocka_unit_test(neither_bursts_nor_instructions_change_results),
		cmocka_unit_test(a_tick_ends_inside_a_burst),
		cmocka_unit_test(any_clock_gives_a_stream_that_never_goes_back),
		cmocka_unit_test(silence_makes_no_windows),
		cmocka_unit_test(time_alone_closes_a_window_and_expires_flows),
		cmocka_unit_test(a_file_waits_for_the_reader),
		cmocka_unit_test(live_ticks_share_a_window_when_control_is_late),
		cmocka_unit_test(a_file_scores_every_flow_before_its_end_is_told),
		cmocka_unit_test(live_rows_are_scored_or_dropped_oldest_first_and_counted),
		cmocka_unit_test(without_a_model_nothing_is_scored_but_rows_are_told),
		cmocka_unit_test(a_strange_flow_is_reported_once_and_marks_its_hosts),
		cmocka_unit_test(a_model_is_taken_over_and_away),
		cmocka_unit_test(a_flood_counts_in_full_at_its_target_though_it_answers),
		cmocka_unit_test(another_thread_takes_windows_and_findings_and_changes_models),
		cmocka_unit_test(refuses_a_bad_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
