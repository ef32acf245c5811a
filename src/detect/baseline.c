// Quantiles of a rate from logarithmic bins.
#include "detect/baseline.h"

#include <math.h>

#define BINS_PER_OCTAVE 3
#define NORMAL_95 1.645 // standard deviations from the median to the 95 % quantile

static unsigned bin_of(double per_s) {
	double at;

	if (!(per_s >= 1))
		return 0;
	at = 1 + floor(BINS_PER_OCTAVE * log2(per_s));
	return at < BASELINE_BINS - 1 ? (unsigned)at : BASELINE_BINS - 1;
}

// The geometric middle of the bin.
static double bin_value(unsigned bin) {
	return bin == 0 ? 0 : exp2((bin - 0.5) / BINS_PER_OCTAVE);
}

void baseline_learn(struct baseline *b, double per_s) {
	if (b->n >= BASELINE_FULL) {
		b->n = 0;
		for (unsigned i = 0; i < BASELINE_BINS; i++)
			b->n += b->bin[i] /= 2;
	}
	b->bin[bin_of(per_s)]++;
	b->n++;
}

double baseline_quantile(const struct baseline *b, double q) {
	const double wanted = q * b->n;
	uint32_t sum = 0;

	for (unsigned i = 0; i < BASELINE_BINS; i++) {
		sum += b->bin[i];
		if (sum > 0 && sum >= wanted)
			return bin_value(i);
	}
	return 0;
}

double baseline_location(const struct baseline *b) {
	return baseline_quantile(b, 0.5);
}

double baseline_scale(const struct baseline *b) {
	return (baseline_quantile(b, 0.95) - baseline_location(b)) / NORMAL_95;
}
