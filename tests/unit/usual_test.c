// What is usual: the sketch, the hours of the week, what an attacker can teach, and the slow rise. Weeks pass
// in a second here: time is an argument.
#include "contract/hash.h"
#include "detect/pool.h"
#include "detect/rising.h"
#include "detect/usual.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S 1000000000ull
#define HOUR_S 3600u
#define WEEK_H 168u
#define START_H 490896u // some hour of 2026
#define RATE M_SYN

static uint64_t seed = 7;

static double uniform(void) {
	seed = hash_word(seed, 1);
	return (double)(seed >> 11) / 9007199254740992.0;
}

// Knuth: The Art of Computer Programming, vol. 2, 3.4.1 F.
static unsigned poisson(double mean) {
	const double limit = exp(-mean);
	double p = uniform();
	unsigned n = 0;

	for (; p > limit; n++)
		p *= uniform();
	return n;
}

static void a_bin_is_a_third_of_an_octave(void **) {
	for (double x = 0.25; x < 5e6; x *= 1.003) {
		const int third = x < 1 ? 0 : 1 + (int)floor(3 * log2(x));
		struct baseline b = {0};

		baseline_learn(&b, x);
		assert_int_equal(b.bin[third < BASELINE_BINS - 1 ? third : BASELINE_BINS - 1], 1);
	}
}

static void a_sketch_survives_its_packing(void **) {
	uint8_t bytes[BASELINE_PACKED_MAX];
	struct baseline b = {0}, back;
	size_t n;

	for (unsigned i = 0; i < 20000; i++)
		baseline_learn(&b, exp2(22 * uniform()));
	n = baseline_pack(&b, bytes);
	assert_int_equal(baseline_unpack(&back, bytes, n), n);
	assert_memory_equal(&back, &b, sizeof(b));
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(baseline_unpack(&back, bytes, cut), 0);
	bytes[1] = BASELINE_BINS;
	assert_int_equal(baseline_unpack(&back, bytes, n), 0); // no such bin
	bytes[1] = bytes[4];
	assert_int_equal(baseline_unpack(&back, bytes, n), 0); // twice
}

static void a_code_is_within_5_percent(void **) {
	for (double x = 1; x < 2e9; x *= 1.1)
		assert_near(rate_of_code(rate_code(x)) / x, 1, 0.05);
	assert_int_equal(rate_code(0.9), 0);
	assert_int_equal(rate_code(NAN), 0);
}

struct rig {
	struct host_baselines b;
	struct pool *pool;
	double per_s[USUAL_N], floor[USUAL_N];
	uint64_t now_s;
};

static struct rig *rig_open(void) {
	struct rig *r = calloc(1, sizeof(*r));

	r->pool = pool_create(sizeof(struct hours), 1);
	r->now_s = (uint64_t)START_H * HOUR_S;
	for (unsigned i = 0; i < USUAL_N; i++)
		r->floor[i] = 60;
	return r;
}

static void rig_close(struct rig *r) {
	pool_destroy(r->pool);
	free(r);
}

static void learn(struct rig *r, double per_s) {
	r->per_s[RATE] = per_s;
	usual_learn(&r->b, r->now_s++ * S, r->per_s, r->floor, r->pool);
}

static double location_at(const struct rig *r, uint64_t at_s) {
	struct usual u;

	usual_of(&r->b, RATE, at_s * S, &u);
	return u.location;
}

static double location(const struct rig *r) {
	return location_at(r, r->now_s);
}

// 40/s by day, 5/s by night, a batch job of 55/s on one night of the week.
static double week_of(uint32_t hour) {
	if (hour % WEEK_H == 27)
		return 55;
	return hour % 24 >= 7 && hour % 24 < 19 ? 40 : 5;
}

static void learn_hour(struct rig *r) {
	const uint32_t hour = (uint32_t)(r->now_s / HOUR_S);

	for (unsigned s = 0; s < HOUR_S; s++)
		learn(r, week_of(hour) * (0.8 + 0.4 * uniform()));
}

static void the_hour_of_the_week_counts_from_the_third_week_on(void **) {
	struct rig *r = rig_open();

	for (uint32_t hour = 0; hour < 3 * WEEK_H; hour++) {
		const uint32_t now = (uint32_t)(r->now_s / HOUR_S);
		const double due = week_of(now);

		assert_int_equal(usual_by_hour(&r->b, r->now_s * S), hour >= 2 * WEEK_H);
		// At the first second of the hour, when the recent is of the hour before.
		if (hour >= 2 * WEEK_H) {
			assert_true(location(r) >= due / 2 * 0.85);
			assert_true(location(r) <= due * 2 * 1.15);
		}
		learn_hour(r);
		assert_near(location_at(r, r->now_s - 1), due, due / 4); // at its last
	}
	rig_close(r);
}

static void without_hours_the_first_second_of_a_job_is_a_surprise(void **) {
	struct rig *r = rig_open();

	while (r->now_s / HOUR_S % WEEK_H != 27)
		learn_hour(r);
	assert_true(location(r) < 10); // what the test before this one shows is the hours' doing
	rig_close(r);
}

static void a_wild_second_is_no_news(void **) {
	struct rig *r = rig_open();
	struct usual u;

	for (unsigned i = 0; i < 3000; i++)
		learn(r, i % 50 == 0 ? 1e6 : 20);
	usual_of(&r->b, RATE, r->now_s * S, &u);
	assert_near(u.location, 20, 3);
	assert_near(u.scale, 0, 1);
	rig_close(r);
}

// The worst there is: it knows the threshold and stays just below it, for ever, with a shape that never
// alarms.
static void an_attacker_who_knows_all_teaches_a_doubling_an_hour(void **) {
	struct rig *r = rig_open();
	double before;

	for (unsigned i = 0; i < 6 * HOUR_S; i++)
		learn(r, 30 * (0.8 + 0.4 * uniform()));
	before = location(r);
	for (unsigned hour = 0; hour < 12; hour++) {
		for (unsigned s = 0; s < HOUR_S; s++)
			learn(r, fmax(60, 3 * location(r)) * 0.99);
		// A bin's width of error, once.
		assert_true(location(r) <= fmax(60, before * 2) * 1.3);
		before = location(r);
	}
	rig_close(r);
}

static void a_week_teaches_the_hour_of_the_week_a_doubling(void **) {
	struct rig *r = rig_open();
	double before;

	for (uint32_t hour = 0; hour < 3 * WEEK_H; hour++)
		learn_hour(r);
	before = location(r); // at hour 0 of the week
	for (uint32_t hour = 0; hour < WEEK_H; hour++)
		for (unsigned s = 0; s < HOUR_S; s++)
			learn(r, fmax(60, 3 * location(r)) * 0.99);
	// Of what it taught in a week, at most a doubling of the hour counts, and the hour is held to that.
	assert_true(location(r) <= 4 * before * 1.3);
	rig_close(r);
}

// The slow rise -----------------------------------------------------------------------------------

#define UNIT 60.0

struct rise_rig {
	struct rising r;
	struct rising_law law;
	uint64_t second;
};

// @return the second after which it was raised, 0: never
static uint64_t rise(struct rise_rig *g, double from, double to, uint64_t seconds, double usual) {
	for (uint64_t s = 1; s <= seconds; s++) {
		const double mean = from + (to - from) * (double)s / (double)seconds;

		rising_add(
			&g->r,
			++g->second,
			poisson(mean) + (usual > 0 ? poisson(usual) : 0),
			&g->law
		);
		if (g->r.over)
			return s;
	}
	return 0;
}

static struct rise_rig rise_rig(double location, double scale) {
	struct rise_rig g = {.second = 1000};

	rising_law_of(&g.law, location, scale, UNIT);
	return g;
}

static void five_percent_of_the_floor_in_ten_minutes_is_raised(void **) {
	for (unsigned run = 0; run < 200; run++) {
		struct rise_rig g = rise_rig(0, 0);
		const uint64_t after = rise(&g, 0, 0.05 * UNIT, 600, 0);

		assert_true(after >= 380 && after <= 560); // 8 minutes by the formula
	}
}

static void five_percent_at_once_is_raised_after_two_minutes(void **) {
	for (unsigned run = 0; run < 200; run++) {
		struct rise_rig g = rise_rig(0, 0);
		const uint64_t after = rise(&g, 0.05 * UNIT, 0.05 * UNIT, 600, 0);

		assert_true(after >= 100 && after <= 160);
	}
}

static void beside_a_usual_of_30_too(void **) {
	for (unsigned run = 0; run < 100; run++) {
		struct rise_rig g = rise_rig(30, sqrt(30));

		assert_true(rise(&g, 0, 0.2 * UNIT, 600, 30) > 0);
	}
}

static void two_weeks_of_chance_raise_nothing(void **) {
	static const double usual[] = {0.3, 5, 30, 200};

	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		struct rise_rig g = rise_rig(i == 0 ? 0 : usual[i], sqrt(usual[i]));

		for (unsigned s = 0; s < 14 * 86400; s++) {
			// Sums of a Poisson of 200 are slow to make: a normal one is near enough.
			const double x = usual[i] < 50 ? poisson(usual[i])
						       : usual[i]
					+ sqrt(usual[i]) * 2
						* (uniform() + uniform() + uniform() - 1.5);

			rising_add(&g.r, ++g.second, x, &g.law);
			assert_false(g.r.over);
		}
	}
}

static void silence_takes_it_back(void **) {
	struct rise_rig g = rise_rig(0, 0);

	rise(&g, 3, 3, 60, 0);
	assert_true(rising_suspects(&g.r, &g.law));
	rising_add(&g.r, g.second + 86400, 0, &g.law);
	assert_false(rising_suspects(&g.r, &g.law));
	assert_int_equal(g.r.since, 0);
}

static void the_end_is_seen_within_half_a_minute(void **) {
	struct rise_rig g = rise_rig(0, 0);
	unsigned s = 0;

	assert_true(rise(&g, 3, 3, 600, 0) > 0);
	while (g.r.over && s < 60) {
		rising_add(&g.r, ++g.second, 0, &g.law);
		s++;
	}
	assert_true(s < 30);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bin_is_a_third_of_an_octave),
		cmocka_unit_test(a_sketch_survives_its_packing),
		cmocka_unit_test(a_code_is_within_5_percent),
		cmocka_unit_test(the_hour_of_the_week_counts_from_the_third_week_on),
		cmocka_unit_test(without_hours_the_first_second_of_a_job_is_a_surprise),
		cmocka_unit_test(a_wild_second_is_no_news),
		cmocka_unit_test(an_attacker_who_knows_all_teaches_a_doubling_an_hour),
		cmocka_unit_test(a_week_teaches_the_hour_of_the_week_a_doubling),
		cmocka_unit_test(five_percent_of_the_floor_in_ten_minutes_is_raised),
		cmocka_unit_test(five_percent_at_once_is_raised_after_two_minutes),
		cmocka_unit_test(beside_a_usual_of_30_too),
		cmocka_unit_test(two_weeks_of_chance_raise_nothing),
		cmocka_unit_test(silence_takes_it_back),
		cmocka_unit_test(the_end_is_seen_within_half_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
