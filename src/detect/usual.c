// The recent and the hour of the week, put together.
#include "detect/usual.h"

#include "detect/pool.h"

#include <math.h>
#include <string.h>

#define HOUR_FADES_BY 4 // so that most of a sketch at the end of an hour is of this hour
#define HOUR_FADE_MIN_S 1200 // learned in the hour; less does not make up for it
#define HOUR_NEAR 2 // the recent is held within this factor of the hour's

static const struct baseline *sketch(const struct host_baselines *b, unsigned rate) {
	return usual_sketch((struct host_baselines *)b, rate);
}

static void hour_commit(struct host_baselines *b, struct pool *pool) {
	struct hour_rate rates[USUAL_N];

	if (b->hours == NULL) {
		b->hours = pool_take(pool);
		if (b->hours == NULL)
			return; // no memory: the recent is all there is
		memset(b->hours, 0, sizeof(*b->hours));
	}
	for (unsigned i = 0; i < USUAL_N; i++)
		rates[i] = (struct hour_rate) {
			rate_code(baseline_quantile(sketch(b, i), 0.5)),
			rate_code(baseline_quantile(sketch(b, i), 0.95)),
		};
	hours_learn(b->hours, b->hour, rates);
}

static void hour_over(struct host_baselines *b, struct pool *pool) {
	if (b->hour_s >= USUAL_HOUR_MIN_S)
		hour_commit(b, pool);
	for (unsigned i = 0; i < USUAL_N; i++) {
		b->anchor[i] = rate_code(baseline_location(sketch(b, i)));
		if (b->hour_s >= HOUR_FADE_MIN_S)
			baseline_fade(usual_sketch(b, i), HOUR_FADES_BY);
	}
	b->anchored = b->anchored || b->hour_s >= USUAL_HOUR_MIN_S;
}

// In the first hour nothing is known that a rate could be held to but the floors of the kinds.
static double ceiling_of(const struct host_baselines *b, unsigned rate, double floor) {
	if (rate >= METRIC_LEARNED && !b->anchored)
		return INFINITY;
	return fmax(floor, USUAL_GROWTH * rate_of_code(b->anchor[rate]));
}

void usual_learn(
	struct host_baselines *b,
	uint64_t now_ns,
	const double per_s[static USUAL_N],
	const double floor[static USUAL_N],
	struct pool *pool
) {
	const uint32_t hour = (uint32_t)(now_ns / HOUR_NS);

	if (b->hour != hour) {
		if (b->hour != 0)
			hour_over(b, pool);
		b->hour = hour;
		b->hour_s = 0;
	}
	b->hour_s++;
	for (unsigned i = 0; i < USUAL_N; i++) {
		double value = per_s[i];

		if (value > floor[i])
			value = fmin(value, ceiling_of(b, i, floor[i]));
		baseline_learn(usual_sketch(b, i), value);
	}
}

static double held(double recent, uint8_t code) {
	const double hour = rate_of_code(code);

	return fmin(fmax(recent, hour / HOUR_NEAR), hour * HOUR_NEAR);
}

bool usual_by_hour(const struct host_baselines *b, uint64_t now_ns) {
	return hours_known(b->hours, (uint32_t)(now_ns / HOUR_NS));
}

void usual_of(const struct host_baselines *b, unsigned rate, uint64_t now_ns, struct usual *out) {
	const unsigned at = hour_of_week((uint32_t)(now_ns / HOUR_NS));
	double location = baseline_quantile(sketch(b, rate), 0.5);
	double high = baseline_quantile(sketch(b, rate), 0.95);

	if (usual_by_hour(b, now_ns)) {
		location = held(location, b->hours->rate[at][rate].location);
		high = held(high, b->hours->rate[at][rate].high);
	}
	out->location = location;
	out->scale = baseline_scale_of(location, high);
}
