// The distributor: order and sums hold, and two mirrors of one link meet.
// It runs on DPDK's mbufs and rings, in plain memory, without any port.
#include "flow/flow.h"
#include "inner.h"
#include "pipeline/pipeline.h"
#include "scene.h"
#include "sensor/distributor.h"

#include <rte_eal.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <unistd.h>

#define POOL_MBUFS 16383u
#define WORKERS_MAX 8

static struct rte_mempool *pool;

// --- rings

static struct distributor *distributor_make(unsigned n_workers, unsigned slots, uint8_t link) {
	struct distributor *d = aligned_alloc(SHARED_ALIGN, sizeof(*d));

	memset(d, 0, sizeof(*d));
	d->packet = (struct packet_conf) {.link = link, .tunnel_depth = 4};
	d->n_workers = (uint16_t)n_workers;
	d->seed = 42;
	for (unsigned k = 0; k < n_workers; k++) {
		char name[32];

		snprintf(name, sizeof(name), "test%u", k);
		d->lane[k].ring = rte_ring_create(
			name, slots, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ
		);
		assert_non_null(d->lane[k].ring);
	}
	return d;
}

static void distributor_free(struct distributor *d) {
	for (unsigned k = 0; k < d->n_workers; k++)
		rte_ring_free(d->lane[k].ring);
	free(d);
	assert_int_equal(rte_mempool_in_use_count(pool), 0); // nothing was lost on the way
}

static struct rte_mbuf *mbuf_of(const uint8_t *data, uint32_t n, uint32_t number) {
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), data, n);
	m->hash.usr = number; // a free field: which packet of the test it is
	return m;
}

// @return packets taken out of worker k's ring; each is shown to `see`, if any, and freed
static unsigned ring_empty(
	struct distributor *d,
	unsigned k,
	void (*see)(void *ctx, unsigned k, struct rte_mbuf *m),
	void *ctx
) {
	struct rte_mbuf *m[BURST_MAX];
	unsigned n, all = 0;

	while ((n = rte_ring_sc_dequeue_burst(d->lane[k].ring, (void **)m, BURST_MAX, NULL)) > 0) {
		for (unsigned i = 0; i < n && see != NULL; i++)
			see(ctx, k, m[i]);
		rte_pktmbuf_free_bulk(m, n);
		all += n;
	}
	return all;
}

#define ORDER_FLOWS 100u

struct order {
	uint32_t next[ORDER_FLOWS]; // the flow's next packet number
	int worker[ORDER_FLOWS]; // -1: not seen
};

static void in_order(void *ctx, unsigned k, struct rte_mbuf *m) {
	struct order *o = ctx;
	const uint32_t flow = m->hash.usr % ORDER_FLOWS, number = m->hash.usr / ORDER_FLOWS;

	assert_int_equal(number, o->next[flow]);
	o->next[flow]++;
	if (o->worker[flow] >= 0)
		assert_int_equal(o->worker[flow], k);
	o->worker[flow] = (int)k;
}

static void a_flow_stays_in_order_and_with_one_worker(void **) {
	struct distributor *d = distributor_make(3, 4096, LINK_ETHERNET);
	static struct ends ends[ORDER_FLOWS];
	uint32_t state = 5, sent[ORDER_FLOWS] = {0};
	struct rte_mbuf *burst[BURST_MAX];
	static struct inner in[2];
	struct order order = {0};
	unsigned all = 0, used[3] = {0};

	inner_make(&in[0], "eth ip4 tcp=2 pay=20", false);
	inner_make(&in[1], "eth ip6 udp=4789 vxlan=9 eth ip6 tcp=2 pay=20", true);
	for (unsigned i = 0; i < ORDER_FLOWS; i++) {
		ends[i] = ends_random(&state);
		order.worker[i] = -1;
	}
	for (unsigned i = 0; i < 200; i++) {
		const unsigned n = 1 + next_random(&state) % BURST_MAX;

		for (unsigned j = 0; j < n; j++) {
			const uint32_t flow = next_random(&state) % ORDER_FLOWS;
			struct inner *made = &in[flow % 2];

			inner_hash(made, &ends[flow], next_random(&state) % 2); // either way
			burst[j] = mbuf_of(
				made->made.b, made->made.n, sent[flow]++ * ORDER_FLOWS + flow
			);
		}
		distributor_spread(d, burst, (uint16_t)n);
		all += n;
	}
	for (unsigned k = 0; k < 3; k++) {
		used[k] = ring_empty(d, k, in_order, &order);
		assert_int_equal(d->lane[k].dropped, 0);
		assert_true(used[k] > all / 6);
	}
	assert_int_equal(used[0] + used[1] + used[2], all);
	for (unsigned i = 0; i < ORDER_FLOWS; i++)
		assert_int_equal(order.next[i], sent[i]);
	distributor_free(d);
}

static void what_a_full_ring_refuses_is_counted_and_freed(void **) {
	struct distributor *d = distributor_make(2, 128, LINK_ETHERNET);
	struct rte_mbuf *burst[BURST_MAX];
	static struct inner in;
	uint32_t state = 9;
	struct ends e = ends_random(&state);
	uint64_t left = 0, dropped;
	const unsigned own
		= (inner_make(&in, "eth ip4 tcp=2", false),
		   spread_worker(inner_hash(&in, &e, 0), 2));

	for (unsigned i = 0; i < 20; i++) { // 1,000 packets of one flow into 128 slots
		for (unsigned j = 0; j < 50; j++)
			burst[j] = mbuf_of(in.made.b, in.made.n, 0);
		distributor_spread(d, burst, 50);
	}
	dropped = d->lane[own].dropped;
	assert_int_equal(dropped, 1000 - 128);
	assert_int_equal(d->lane[!own].dropped, 0); // the other worker's traffic does not suffer
	assert_int_equal(rte_mempool_in_use_count(pool), 128);
	for (unsigned k = 0; k < 2; k++)
		left += ring_empty(d, k, NULL, NULL);
	assert_int_equal(left + dropped, 1000);
	distributor_free(d);
}

static void what_has_no_flow_is_everybodys(void **) {
	struct distributor *d = distributor_make(4, 1024, LINK_ETHERNET);
	static const char *const words[] = {"eth arp", "eth ip4 tcp=2 set=14,68", "eth"};
	struct rte_mbuf *burst[BURST_MAX];
	static struct made made;

	for (size_t w = 0; w < ARRAY_LEN(words); w++) {
		print_message("  %s\n", words[w]);
		memset(&made, 0, sizeof(made));
		made_frame(&made, words[w]);
		for (unsigned i = 0; i < 40; i++)
			burst[i] = mbuf_of(made.b, made.n, 0);
		distributor_spread(d, burst, 40);
		for (unsigned k = 0; k < 4; k++)
			assert_int_equal(ring_empty(d, k, NULL, NULL), 10);
	}
	distributor_free(d);
}

// --- two ports that mirror the two directions of one link

#define CONNECTIONS 300u
#define SHOTS_MAX (CONNECTIONS * 12u)

struct shots {
	uint32_t n;
	struct timed {
		uint64_t ts_ns;
		uint32_t bytes;
		uint8_t port; // which mirror sees it
		uint8_t frame[80];
	} shot[SHOTS_MAX];
};

static void shots_add(struct shots *s, bool ip6, const struct shot *p, bool up, uint64_t ts_ns) {
	static uint8_t frame[2048];
	static struct scene scene; // with room for its alarms: too large for a stack
	struct timed *t = &s->shot[s->n++];

	scene.ip6 = ip6;
	t->bytes = shot_frame(&scene, p, frame);
	assert_true(t->bytes <= sizeof(t->frame));
	memcpy(t->frame, frame, t->bytes);
	t->port = !up;
	t->ts_ns = ts_ns;
}

static int by_time(const void *x, const void *y) {
	const struct timed *a = x, *b = y;

	return a->ts_ns < b->ts_ns ? -1 : a->ts_ns > b->ts_ns;
}

// Connections that begin at random times, and interleave.
static void shots_make(struct shots *s, bool ip6) {
	static const struct {
		bool up;
		uint8_t flags;
		uint16_t payload;
	} steps[] = {
		{true, TCP_SYN, 0},
		{false, TCP_SYN | TCP_ACK, 0},
		{true, TCP_ACK, 0},
		{true, TCP_ACK | TCP_PSH, 18},
		{false, TCP_ACK, 20},
		{false, TCP_ACK | TCP_PSH, 11},
		{true, TCP_ACK, 0},
		{false, TCP_FIN | TCP_ACK, 0},
		{true, TCP_FIN | TCP_ACK, 0},
		{false, TCP_ACK, 0},
	};
	uint32_t state = 77;

	s->n = 0;
	for (unsigned c = 0; c < CONNECTIONS; c++) {
		uint64_t ts_ns = 1000 * S + next_random(&state) % S;
		uint32_t seq[2] = {1000, 5000};
		struct shot side[2] = {
			{.src = c % 20 + 1, .dst = c % 7 + 100, .dport = 443, .proto = PROTO_TCP},
			{.src = c % 7 + 100, .dst = c % 20 + 1, .sport = 443, .proto = PROTO_TCP},
		};

		side[0].sport = side[1].dport = (uint16_t)(2000 + c);
		for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
			const unsigned me = !steps[i].up;
			struct shot *p = &side[me];

			p->flags = steps[i].flags;
			p->payload = steps[i].payload;
			p->seq = seq[me];
			p->ack = seq[!me];
			shots_add(s, ip6, p, steps[i].up, ts_ns);
			seq[me] += steps[i].payload + ((steps[i].flags & (TCP_SYN | TCP_FIN)) != 0);
			ts_ns += 1000 + next_random(&state) % 20000000;
		}
	}
	qsort(s->shot, s->n, sizeof(s->shot[0]), by_time);
}

struct ended {
	struct flow_key key;
	uint64_t packets, bytes;
	unsigned state;
	float row[FLOW_FEATURE_N];
};

struct results {
	uint32_t n;
	struct ended flow[CONNECTIONS * 2];
};

static void flow_ended(void *ctx, const struct flow *flow, uint64_t) {
	struct results *r = ctx;
	struct ended *e = &r->flow[r->n++];

	assert_true(r->n <= ARRAY_LEN(r->flow));
	memset(e, 0, sizeof(*e));
	e->key = *flow_key_of(flow);
	e->packets = flow_packets(flow);
	e->bytes = flow_bytes(flow);
	e->state = flow_state_of(flow);
	flow_features(flow, e->row);
}

static int by_key(const void *x, const void *y) {
	return memcmp(x, y, sizeof(struct flow_key));
}

struct line { // one worker's pipeline
	void *memory;
	struct pipeline *pipeline;
};

static struct line line_open(struct results *to) {
	const struct pipeline_conf pc = {
		.packet = {.link = LINK_RAW_IP},
		.flow
		= {.capacity = 4096,
		   .idle_ns = 60 * S,
		   .single_ns = 60 * S,
		   .closed_ns = 60 * S,
		   .seed = 42},
		.window = {1024, 1024, 256, 1},
		.tick_ns = TICK_NS_DEFAULT,
		.findings_slots = 256,
		.findings_per_tick = 64,
		.score_slots = 256,
		.finding_score = 2,
		.flow_end = flow_ended,
		.flow_end_ctx = to,
	};
	struct line l = {zeroed(4096, pipeline_bytes(&pc)), NULL};

	assert_int_equal(pipeline_create(&l.pipeline, &pc, l.memory), 0);
	return l;
}

static void line_take(struct line *l, const struct timed *t) {
	const struct frame f = {.data = t->frame, .captured = t->bytes, .ts_ns = t->ts_ns};

	assert_int_equal(pipeline_burst(l->pipeline, &f, 1), 1);
}

static void line_close(struct line *l, struct worker_counters *all) {
	struct worker_counters c;
	struct window *w;

	while (!pipeline_finish(l->pipeline))
		while ((w = pipeline_window_take(l->pipeline)) != NULL)
			pipeline_window_give(l->pipeline, w);
	pipeline_counters(l->pipeline, &c);
	worker_counters_add(all, &c);
	free(l->memory);
}

struct lines {
	const struct shots *shots;
	struct line line[WORKERS_MAX];
};

static void line_takes(void *ctx, unsigned k, struct rte_mbuf *m) {
	struct lines *l = ctx;

	line_take(&l->line[k], &l->shots->shot[m->hash.usr]);
}

// Bursts as two ports give them: each holds packets of one direction.
static void through_distributor(
	const struct shots *s,
	unsigned n_workers,
	struct results *r,
	struct worker_counters *all
) {
	struct distributor *d = distributor_make(n_workers, 1024, LINK_RAW_IP);
	struct lines lines = {.shots = s};
	struct rte_mbuf *burst[BURST_MAX];
	uint16_t n = 0;

	for (unsigned k = 0; k < n_workers; k++)
		lines.line[k] = line_open(r);
	for (uint32_t i = 0; i < s->n; i++) {
		burst[n++] = mbuf_of(s->shot[i].frame, s->shot[i].bytes, i);
		if (n < BURST_MAX && i + 1 < s->n && s->shot[i + 1].port == s->shot[i].port)
			continue;
		distributor_spread(d, burst, n);
		n = 0;
		if (i % 100 == 0 || i + 1 == s->n)
			for (unsigned k = 0; k < n_workers; k++)
				ring_empty(d, k, line_takes, &lines);
	}
	for (unsigned k = 0; k < n_workers; k++) {
		ring_empty(d, k, line_takes, &lines);
		line_close(&lines.line[k], all);
	}
	distributor_free(d);
}

static void the_directions_of_a_link_meet_and_the_flows_are_those_of_one_capture(void **) {
	static struct results one, many;
	static struct shots shots;

	for (unsigned ip6 = 0; ip6 < 2; ip6++)
		for (unsigned n_workers = 2; n_workers <= 3; n_workers++) {
			struct worker_counters single = {0}, spread = {0};
			struct line line = line_open(&one);

			one.n = many.n = 0;
			shots_make(&shots, ip6);
			for (uint32_t i = 0; i < shots.n; i++)
				line_take(&line, &shots.shot[i]);
			line_close(&line, &single);
			through_distributor(&shots, n_workers, &many, &spread);
			assert_int_equal(one.n, CONNECTIONS);
			assert_int_equal(many.n, CONNECTIONS);
			assert_int_equal(spread.flow_packets, single.flow_packets);
			assert_int_equal(spread.flows_new, single.flows_new);
			qsort(one.flow, one.n, sizeof(one.flow[0]), by_key);
			qsort(many.flow, many.n, sizeof(many.flow[0]), by_key);
			assert_memory_equal(one.flow, many.flow, one.n * sizeof(one.flow[0]));
			for (uint32_t i = 0; i < many.n; i++) {
				assert_int_equal(many.flow[i].packets, 10);
				assert_int_equal(
					many.flow[i].state, FLOW_CLOSING
				); // after a handshake
			}
		}
}

static int start_dpdk(void **) {
	// EAL wants them writable.
	static char args[][40]
		= {"distributor_test",
		   "--no-huge",
		   "--no-shconf",
		   "--no-pci",
		   "--no-telemetry",
		   "--log-level=error",
		   "-m",
		   "128",
		   "--lcores=0",
		   ""};
	char *argv[ARRAY_LEN(args) + 1] = {NULL};

	snprintf(
		args[ARRAY_LEN(args) - 1], sizeof(args[0]), "--file-prefix=weir-test-%d", getpid()
	);
	for (size_t i = 0; i < ARRAY_LEN(args); i++)
		argv[i] = args[i];
	if (rte_eal_init(ARRAY_LEN(args), argv) < 0)
		return -1;
	pool = rte_pktmbuf_pool_create("test", POOL_MBUFS, 0, 0, 1024, SOCKET_ID_ANY);
	return pool != NULL ? 0 : -1;
}

static int stop_dpdk(void **) {
	rte_mempool_free(pool);
	return rte_eal_cleanup();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_stays_in_order_and_with_one_worker),
		cmocka_unit_test(what_a_full_ring_refuses_is_counted_and_freed),
		cmocka_unit_test(what_has_no_flow_is_everybodys),
		cmocka_unit_test(
			the_directions_of_a_link_meet_and_the_flows_are_those_of_one_capture
		),
	};

	return cmocka_run_group_tests(tests, start_dpdk, stop_dpdk);
}
