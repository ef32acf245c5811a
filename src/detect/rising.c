// Page's cumulative sum, a step a second.
#include "detect/rising.h"

#include <math.h>
#include <string.h>

#define RECENT_S 8
#define SUSPECT_SHARE 0.125
#define WATCH_SHARE 0.25
#define SUM_MAX_LIMITS 2 // so that what is over is forgotten soon
#define HOLD 0.5 // of the mean above the drift: less of late, and it has ended

void rising_law_of(struct rising_law *law, double location, double scale, double unit_per_s) {
	law->drift = location + fmax(RISING_DRIFT_SCALES * scale, RISING_DRIFT_SHARE * unit_per_s);
	law->limit = fmax(RISING_LIMIT_S * unit_per_s, RISING_LIMIT_SCALES * scale);
}

void rising_rest(struct rising *r) {
	const uint64_t second = r->second;

	memset(r, 0, sizeof(*r));
	r->second = second;
}

double rising_mean(const struct rising *r, uint64_t *seconds) {
	*seconds = r->since == 0 ? 0 : r->second - r->since + 1;
	return r->since == 0 ? 0 : (double)r->total / (double)*seconds;
}

static void step(struct rising *r, double per_s, const struct rising_law *law) {
	const double sum = fmax(0, r->sum + per_s - law->drift);

	r->recent += (float)((per_s - r->recent) / RECENT_S);
	if (sum <= 0 && !r->over) {
		rising_rest(r);
		return;
	}
	if (r->since == 0) {
		r->since = r->second;
		r->recent = (float)per_s;
	}
	r->sum = (float)fmin(sum, SUM_MAX_LIMITS * law->limit);
	r->total += (float)per_s;
}

static void judge(struct rising *r, const struct rising_law *law) {
	uint64_t seconds;
	const double mean = rising_mean(r, &seconds);

	if (!r->over)
		r->over = r->sum >= law->limit && seconds >= RISING_MIN_S;
	else if (r->recent < law->drift + HOLD * fmax(0, mean - law->drift))
		rising_rest(r);
}

void rising_add(struct rising *r, uint64_t second, double per_s, const struct rising_law *law) {
	const uint64_t silent_max = 1 + (uint64_t)(SUM_MAX_LIMITS * law->limit / law->drift);

	if (r->second == 0 || second > r->second + silent_max) {
		rising_rest(r);
		r->second = second - 1;
	}
	while (r->second < second) {
		r->second++;
		step(r, r->second == second ? per_s : 0, law);
		judge(r, law);
	}
}

bool rising_suspects(const struct rising *r, const struct rising_law *law) {
	return r->over || r->sum >= SUSPECT_SHARE * law->limit;
}

bool rising_watches(const struct rising *r, const struct rising_law *law) {
	return r->over || r->sum >= WATCH_SHARE * law->limit;
}
