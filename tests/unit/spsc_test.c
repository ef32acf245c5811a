// src/pipeline/spsc.h: alone and between two threads (run it under ThreadSanitizer too).
#include "pipeline/spsc.h"
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <cmocka.h>

struct element {
	uint64_t number;
	uint64_t square;
	uint8_t rest[24];
};

static struct spsc *ring_new(uint32_t slots) {
	void *memory = aligned_alloc(SPSC_ALIGN, spsc_bytes(slots, sizeof(struct element)));

	assert_non_null(memory);
	return spsc_create(memory, slots, sizeof(struct element));
}

static void holds_a_power_of_two_and_then_refuses(void **) {
	static const struct {
		uint32_t asked, holds;
	} cases[] = {{0, 2}, {1, 2}, {2, 2}, {3, 4}, {4, 4}, {100, 128}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spsc *ring = ring_new(cases[i].asked);
		struct element e = {0};
		uint32_t n = 0;

		assert_int_equal(spsc_free(ring), cases[i].holds);
		for (; spsc_put(ring, &e); n++)
			e.number = n + 1;
		assert_int_equal(n, cases[i].holds);
		assert_int_equal(spsc_free(ring), 0);
		for (uint32_t k = 0; k < n; k++) {
			assert_true(spsc_take(ring, &e));
			assert_int_equal(e.number, k);
		}
		assert_false(spsc_take(ring, &e));
		free(ring);
	}
}

static void keeps_order_over_the_end_of_its_indices(void **) {
	struct spsc *ring = ring_new(4);
	struct element e = {0};

	// As after 2^32 - 3 elements.
	atomic_store(&ring->head, UINT32_MAX - 2);
	atomic_store(&ring->tail, UINT32_MAX - 2);
	ring->tail_seen = ring->head_seen = UINT32_MAX - 2;
	for (uint64_t i = 0; i < 100; i++) {
		e.number = i;
		assert_true(spsc_put(ring, &e));
		e.number = i + 1000;
		assert_true(spsc_put(ring, &e));
		assert_true(spsc_take(ring, &e));
		assert_int_equal(e.number, i);
		assert_true(spsc_take(ring, &e));
		assert_int_equal(e.number, i + 1000);
	}
	free(ring);
}

#define ELEMENTS 300000u

static void *produce(void *arg) {
	struct spsc *ring = arg;

	for (uint64_t i = 0; i < ELEMENTS;) {
		const struct element e = {.number = i, .square = i * i};

		if (spsc_put(ring, &e))
			i++;
		else
			sched_yield();
	}
	return NULL;
}

static void hands_every_element_over_once_in_order_between_threads(void **) {
	struct spsc *ring = ring_new(64);
	struct element e;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, produce, ring), 0);
	for (uint64_t i = 0; i < ELEMENTS;) {
		if (!spsc_take(ring, &e)) {
			sched_yield();
			continue;
		}
		assert_int_equal(e.number, i);
		assert_int_equal(e.square, i * i);
		i++;
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(spsc_take(ring, &e));
	free(ring);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_a_power_of_two_and_then_refuses),
		cmocka_unit_test(keeps_order_over_the_end_of_its_indices),
		cmocka_unit_test(hands_every_element_over_once_in_order_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
