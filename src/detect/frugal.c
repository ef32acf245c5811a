// Steps toward each value.
#include "detect/frugal.h"

#include <math.h>

#define STEP 64 // a thousandth
#define STEP_HIGH 32 // down; up 19 times that: 95 %
#define UP_FOR_95 19
#define EARLY 512 // values; so long the steps are larger, that it gets near
#define EARLY_TIMES 8

static uint16_t moved(uint16_t from, uint16_t to, int up, int down) {
	if (to > from)
		return (uint16_t)fmin(to, from + up);
	return to < from ? (uint16_t)fmax(to, from - down) : from;
}

void frugal_learn(struct frugal *f, double share) {
	const int times = f->n < EARLY ? EARLY_TIMES : 1;
	const uint16_t value = (uint16_t)round(fmin(fmax(share, 0), 1) * UINT16_MAX);

	if (f->n == 0)
		f->middle = f->high = value;
	f->middle = moved(f->middle, value, times * STEP, times * STEP);
	f->high = moved(f->high, value, times * UP_FOR_95 * STEP_HIGH, times * STEP_HIGH);
	if (f->n < UINT16_MAX)
		f->n++;
}

bool frugal_known(const struct frugal *f) {
	return f->n >= FRUGAL_KNOWN;
}

double frugal_middle(const struct frugal *f) {
	return (double)f->middle / UINT16_MAX;
}

double frugal_high(const struct frugal *f) {
	return (double)f->high / UINT16_MAX;
}
