// Windows of many workers become ticks, in order, and none is waited for in vain.
#include "sensor/ticks.h"
#include "test.h"

#define MS 1000000ull
#define TICK (100 * MS)
#define GRACE (50 * MS)

static struct window window_of(uint32_t worker, uint64_t tick, uint32_t ticks) {
	return (struct window) {
		.worker = worker,
		.start_ns = (tick - ticks + 1) * TICK,
		.end_ns = (tick + 1) * TICK,
		.ticks = ticks,
	};
}

static void a_tick_waits_for_every_workers_clock(void **) {
	struct window a = window_of(0, 5, 1), b = window_of(1, 5, 1), *out[8];
	uint64_t clock_ns[2] = {6 * TICK, 5 * TICK + 99 * MS};
	struct ticks t;

	ticks_init(&t, 2, TICK, GRACE);
	ticks_put(&t, 0, &a, 0);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 0);
	ticks_put(&t, 1, &b, 1 * MS);
	clock_ns[1] = 6 * TICK;
	assert_int_equal(ticks_take(&t, clock_ns, 1 * MS, out), 2);
	assert_ptr_equal(out[0], &a);
	assert_ptr_equal(out[1], &b);
	assert_true(ticks_empty(&t));
}

static void a_silent_worker_holds_nothing_up_once_its_clock_has_passed(void **) {
	struct window a = window_of(1, 5, 1), *out[8];
	const uint64_t clock_ns[2] = {6 * TICK, 6 * TICK};
	struct ticks t;

	ticks_init(&t, 2, TICK, GRACE);
	ticks_put(&t, 1, &a, 0);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 1);
	assert_ptr_equal(out[0], &a);
}

static void a_stuck_worker_holds_a_live_tick_up_for_the_grace_only(void **) {
	struct window a = window_of(0, 5, 1), *out[8];
	const uint64_t clock_ns[2] = {9 * TICK, 0};
	struct ticks t;

	ticks_init(&t, 2, TICK, GRACE);
	ticks_put(&t, 0, &a, 7 * MS);
	assert_int_equal(ticks_take(&t, clock_ns, 7 * MS + GRACE - 1, out), 0);
	assert_int_equal(ticks_take(&t, clock_ns, 7 * MS + GRACE, out), 1);
}

static void a_file_waits_for_as_long_as_it_takes(void **) {
	struct window a = window_of(0, 5, 1), *out[8];
	uint64_t clock_ns[1] = {5 * TICK};
	struct ticks t;

	ticks_init(&t, 1, TICK, TICKS_NO_GRACE);
	ticks_put(&t, 0, &a, 0);
	assert_int_equal(ticks_take(&t, clock_ns, 1000000 * TICK, out), 0);
	clock_ns[0] = UINT64_MAX; // ended
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 1);
}

static void ticks_come_oldest_first(void **) {
	struct window a5 = window_of(0, 5, 1), a7 = window_of(0, 7, 1), b6 = window_of(1, 6, 1);
	const uint64_t clock_ns[2] = {UINT64_MAX, UINT64_MAX};
	struct window *out[8];
	struct ticks t;

	ticks_init(&t, 2, TICK, GRACE);
	ticks_put(&t, 0, &a5, 0);
	ticks_put(&t, 0, &a7, 0);
	ticks_put(&t, 1, &b6, 0);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 1);
	assert_ptr_equal(out[0], &a5);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 1);
	assert_ptr_equal(out[0], &b6);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 1);
	assert_ptr_equal(out[0], &a7);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 0);
}

static void a_merged_window_meets_the_tick_in_which_it_ends(void **) {
	struct window a = window_of(0, 6, 2), b5 = window_of(1, 5, 1), b6 = window_of(1, 6, 1);
	const uint64_t clock_ns[2] = {UINT64_MAX, UINT64_MAX};
	struct window *out[8];
	struct ticks t;

	ticks_init(&t, 2, TICK, GRACE);
	ticks_put(&t, 0, &a, 0);
	ticks_put(&t, 1, &b5, 0);
	ticks_put(&t, 1, &b6, 0);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 1);
	assert_ptr_equal(out[0], &b5);
	assert_int_equal(ticks_take(&t, clock_ns, 0, out), 2);
	assert_ptr_equal(out[0], &a);
	assert_ptr_equal(out[1], &b6);
}

static void a_worker_has_room_for_all_its_windows_and_no_more(void **) {
	struct window w[WINDOW_BUFFERS];
	struct ticks t;

	ticks_init(&t, 1, TICK, GRACE);
	for (uint32_t i = 0; i < WINDOW_BUFFERS; i++) {
		w[i] = window_of(0, i, 1);
		assert_true(ticks_room(&t, 0));
		ticks_put(&t, 0, &w[i], 0);
	}
	assert_false(ticks_room(&t, 0));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_waits_for_every_workers_clock),
		cmocka_unit_test(a_silent_worker_holds_nothing_up_once_its_clock_has_passed),
		cmocka_unit_test(a_stuck_worker_holds_a_live_tick_up_for_the_grace_only),
		cmocka_unit_test(a_file_waits_for_as_long_as_it_takes),
		cmocka_unit_test(ticks_come_oldest_first),
		cmocka_unit_test(a_merged_window_meets_the_tick_in_which_it_ends),
		cmocka_unit_test(a_worker_has_room_for_all_its_windows_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
