// 168 hours, each halfway toward what it was last.
#include "detect/hours.h"

#include <math.h>

#define STEPS_PER_OCTAVE 8

uint8_t rate_code(double per_s) {
	if (!(per_s >= 1))
		return 0;
	return (uint8_t)fmin(UINT8_MAX, 1 + round(STEPS_PER_OCTAVE * log2(per_s)));
}

double rate_of_code(uint8_t code) {
	return code == 0 ? 0 : exp2((code - 1) / (double)STEPS_PER_OCTAVE);
}

// Halfway, and no further up than an octave.
static uint8_t toward(uint8_t from, uint8_t to) {
	const int half = (int)to - from >= 0 ? (to - from + 1) / 2 : -((from - to + 1) / 2);

	return (uint8_t)(from + (half > STEPS_PER_OCTAVE ? STEPS_PER_OCTAVE : half));
}

void hours_learn(struct hours *h, uint32_t hour, const struct hour_rate rates[static USUAL_N]) {
	const unsigned at = hour_of_week(hour);

	for (unsigned i = 0; i < USUAL_N; i++) {
		struct hour_rate *r = &h->rate[at][i];

		if (h->weeks[at] == 0) {
			*r = rates[i];
			continue;
		}
		r->location = toward(r->location, rates[i].location);
		r->high = toward(r->high, rates[i].high);
	}
	if (h->weeks[at] < UINT8_MAX)
		h->weeks[at]++;
}

bool hours_known(const struct hours *h, uint32_t hour) {
	return h != 0 && h->weeks[hour_of_week(hour)] >= HOURS_WEEKS_MIN;
}
