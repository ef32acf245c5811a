// What the control side keeps of a host: sliding sums against sums made anew, records without their zeros,
// objects that come and go.
#include "contract/hash.h"
#include "detect/packed.h"
#include "detect/pool.h"
#include "detect/rates.h"
#include "detect/second.h"
#include "detect/span.h"
#include "host/host.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 5000
#define TICKS_MAX 25
#define S 1000000000ull

static uint64_t seed;

static uint32_t next(uint32_t below) {
	seed = hash_word(seed, 1);
	return (uint32_t)(seed >> 20) % below;
}

// A tick's record: numbers, a few of all counters, distinct counts, busiest peers.
static struct host_record any_record(void) {
	struct host_record r = {.prefix_len = UINT8_MAX};

	r.count[HOST_PACKETS] = 1 + next(1000);
	r.bytes = r.count[HOST_PACKETS] * 100ull;
	r.first_ns = 1 + next(1000000);
	for (unsigned i = next(6); i > 0; i--)
		r.count[1 + next(HOST_COUNTER_N - 1)] = next(50);
	for (unsigned i = next(5); i > 0; i--)
		r.peers[next(HLL_REGISTERS)] = (uint8_t)(1 + next(20));
	for (unsigned i = next(3); i > 0; i--)
		r.peer_bins[next(PEER_BINS)] = next(9);
	for (unsigned i = 0; i < 2; i++)
		r.top_peers[i] = (struct top_peer) {.addr.w = {0, 1 + next(5)}, .count = next(20)};
	return r;
}

// What does not hang on the order in which records are merged.
static void same_sum(const struct host_record *got, const struct host_record *want) {
	assert_int_equal(got->bytes, want->bytes);
	for (unsigned i = 0; i < HOST_COUNTER_N; i++)
		assert_int_equal(got->count[i], want->count[i]);
	assert_memory_equal(got->peers, want->peers, sizeof(want->peers));
	assert_memory_equal(got->peer_bins, want->peer_bins, sizeof(want->peer_bins));
}

static void
sum_anew(struct host_record *sum, const struct host_record ticks[], const bool used[], uint32_t n) {
	memset(sum, 0, sizeof(*sum));
	for (uint32_t i = 0; i < n; i++)
		if (used[i])
			host_record_merge(sum, &ticks[i]);
}

// Asked in every tick, often, seldom: what is kept from one question to the next must not matter.
static void second_of(uint32_t ticks, uint32_t phase, uint32_t asked_one_in) {
	static struct host_record past[TICKS_MAX];
	struct seconds *all = seconds_create(ticks, 4);
	struct second *s = second_create(all, phase);
	bool used[TICKS_MAX] = {false};
	struct host_record want, one;

	assert_non_null(s);
	for (uint32_t step = 0; step < STEPS; step++) {
		const uint32_t at = step % ticks;

		used[at] = next(3) > 0;
		past[at] = any_record();
		if (used[at]) {
			assert_true(second_add(s, &past[at]));
			assert_memory_equal(second_tick(s, &one), &past[at], sizeof(one));
		} else {
			assert_null(second_tick(s, &one));
		}
		second_advance(s);
		if (next(asked_one_in) > 0)
			continue;
		sum_anew(&want, past, used, ticks);
		same_sum(second_sum(s), &want);
		assert_int_equal(second_packets(s), want.count[HOST_PACKETS]);
	}
	second_destroy(s);
	seconds_destroy(all);
}

static void a_second_is_the_sum_of_its_ticks(void **) {
	static const uint32_t ticks[] = {1, 2, 3, 10, TICKS_MAX};
	static const uint32_t asked_one_in[] = {1, 2, 10, 40};

	for (unsigned i = 0; i < ARRAY_LEN(ticks); i++)
		for (unsigned j = 0; j < ARRAY_LEN(asked_one_in); j++)
			second_of(ticks[i], next(40), asked_one_in[j]);
}

// How often it is asked changes nothing, to the last byte: also where merges do not commute.
static void questions_change_no_answer(void **) {
	struct seconds *all = seconds_create(10, 4);
	struct second *often = second_create(all, 3), *seldom = second_create(all, 3);

	for (uint32_t step = 0; step < STEPS; step++) {
		const struct host_record r = any_record();

		if (next(3) > 0) {
			second_add(often, &r);
			second_add(seldom, &r);
		}
		second_advance(often);
		second_advance(seldom);
		second_sum(often);
		if (next(7) == 0)
			assert_memory_equal(second_sum(often), second_sum(seldom), sizeof(r));
	}
	seconds_destroy(all);
}

static void two_workers_records_become_one(void **) {
	struct seconds *all = seconds_create(10, 1);
	struct second *s = second_create(all, 0);
	struct host_record a = any_record(), b = any_record(), got;

	second_add(s, &a);
	second_add(s, &b);
	host_record_merge(&a, &b);
	assert_memory_equal(second_tick(s, &got), &a, sizeof(a));
	seconds_destroy(all);
}

// For a few hosts the pools are as good as endless; a host that goes gives all back.
static void seconds_that_go_leave_their_memory(void **) {
	struct seconds *all = seconds_create(10, 2);

	for (uint32_t round = 0; round < 1000; round++) {
		struct second *s[] = {second_create(all, round), second_create(all, 0)};

		assert_non_null(s[1]);
		assert_null(second_create(all, 0));
		for (uint32_t step = 0; step < 30; step++) {
			const struct host_record r = any_record();

			for (unsigned i = 0; i < 2; i++) {
				assert_true(second_add(s[i], &r));
				second_advance(s[i]);
				assert_true(second_sum(s[i])->count[HOST_PACKETS] > 0);
			}
		}
		second_destroy(s[0]);
		second_destroy(s[1]);
	}
	seconds_destroy(all);
}

static void packed_records_come_back_whole(void **) {
	struct packings *all = packings_create(1);
	struct packed p = {0};
	struct host_record from, to;

	for (uint32_t step = 0; step < STEPS; step++) {
		uint8_t *bytes = (uint8_t *)&from;

		memset(&from, 0, sizeof(from));
		for (uint32_t i = next(2) ? next(40) : next(4000); i > 0; i--)
			bytes[next(sizeof(from))] = (uint8_t)next(256);
		assert_true(packed_put(all, &p, &from));
		packed_get(&p, &to);
		assert_memory_equal(&to, &from, sizeof(from));
	}
	packed_drop(all, &p);
	assert_null(p.words);
	packings_destroy(all);
}

static void rates_of(uint32_t ticks) {
	static uint32_t past[STEPS + 200][METRIC_N];
	struct rates *r = malloc(rates_bytes(ticks));

	memset(past, 0, sizeof(past));
	memset(r, 0xa5, rates_bytes(ticks)); // recycled memory
	rates_begin(r, ticks);
	for (uint32_t step = 100; step < STEPS; step++) {
		const uint32_t spread = next(20) == 0 ? 1 + next(2 * ticks) : next(2);
		const bool amplifies = step / 300 % 2 == 1; // for a while, then nothing for a while
		uint32_t metric[METRIC_N];

		metric[M_AMPLIFIED] = 0;
		for (unsigned m = METRIC_N; m-- > 0;) {
			if (m != M_AMPLIFIED)
				metric[m] = next(4) ? next(1000) : 0;
			if (m >= M_AMP_FIRST && (!amplifies || next(3) > 0))
				metric[m] = 0;
			if (m >= M_AMP_FIRST)
				metric[M_AMPLIFIED] += metric[m];
		}
		for (unsigned m = 0; m < METRIC_N; m++) {
			const uint64_t parts = spread == 0 ? 1 : spread;

			for (uint64_t back = 0; back < parts && back < ticks; back++)
				past[step - back][m] += (uint32_t
				)(metric[m] * (back + 1) / parts - metric[m] * back / parts);
		}
		rates_advance(r, metric, spread);
		for (unsigned m = 0; m < METRIC_N; m++) {
			uint64_t want = 0;

			for (uint32_t back = 0; back < ticks; back++)
				want += past[step - back][m];
			assert_int_equal(rates_sum(r, m), want);
			assert_int_equal(rates_tick(r, m), past[step][m]);
		}
	}
	free(r);
}

static void rates_are_the_sum_of_their_ticks(void **) {
	rates_of(1);
	rates_of(10);
	rates_of(TICKS_MAX);
}

static void a_span_is_the_sum_of_ten_seconds(void **) {
	static uint64_t opened[STEPS], packets[STEPS];
	struct pool *flows = pool_create(sizeof(struct span_flows), SPAN_SECONDS);
	struct span *span = malloc(sizeof(*span));
	struct span_sum sum;

	memset(span, 0xa5, sizeof(*span));
	span_begin(span, flows);
	for (uint32_t second = 0; second < STEPS; second++) {
		uint64_t want_opened = 0, want_packets = 0;

		for (unsigned i = next(3); i > 0; i--) {
			struct host_record r = any_record();

			r.count[HOST_FLOWS_OPENED] = next(2) ? next(9) : 0;
			assert_true(span_add(span, second * S + next(1000), &r));
			opened[second] += r.count[HOST_FLOWS_OPENED];
			packets[second] += r.count[HOST_PACKETS];
		}
		for (uint32_t back = 0; back < SPAN_SECONDS && back <= second; back++) {
			want_opened += opened[second - back];
			want_packets += packets[second - back];
		}
		span_sum(span, second * S + S - 1, &sum);
		assert_int_equal(sum.opened, want_opened);
		assert_int_equal(sum.packets, want_packets);
		assert_int_equal(span_opened(span, second * S + S - 1), want_opened);
	}
	span_end(span);
	for (unsigned i = 0; i < SPAN_SECONDS; i++)
		assert_non_null(pool_take(flows));
	assert_null(pool_take(flows));
	free(span);
	pool_destroy(flows);
}

static void a_pool_gives_as_many_as_it_was_told_of(void **) {
	enum { N = 100000 };
	static uint64_t *object[N];
	struct pool *p = pool_create(100, N);

	for (unsigned round = 0; round < 3; round++) {
		const uint64_t bytes = pool_bytes(p);

		for (uint32_t i = 0; i < N; i++) {
			object[i] = pool_take(p);
			assert_non_null(object[i]);
			assert_int_equal((uintptr_t)object[i] % 64, 0);
			*object[i] = i;
		}
		assert_null(pool_take(p));
		for (uint32_t i = 0; i < N; i++) {
			assert_int_equal(*object[i], i);
			pool_give(p, object[i]);
		}
		assert_true(round == 0 || pool_bytes(p) == bytes);
	}
	pool_destroy(p);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_is_the_sum_of_its_ticks),
		cmocka_unit_test(questions_change_no_answer),
		cmocka_unit_test(two_workers_records_become_one),
		cmocka_unit_test(seconds_that_go_leave_their_memory),
		cmocka_unit_test(packed_records_come_back_whole),
		cmocka_unit_test(rates_are_the_sum_of_their_ticks),
		cmocka_unit_test(a_span_is_the_sum_of_ten_seconds),
		cmocka_unit_test(a_pool_gives_as_many_as_it_was_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
