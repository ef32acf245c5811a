// Quantiles of a rate from logarithmic bins.
#include "detect/baseline.h"

#include <math.h>
#include <string.h>

#define BINS_PER_OCTAVE 3
#define THIRD 1.2599210498948732 // 2^(1/3)
#define TWO_THIRDS 1.5874010519681994
#define NORMAL_95 1.645 // standard deviations from the median to the 95 % quantile

// 1 + floor(3 log2(per_s)), from the parts of the number: a host has some twenty rates a second.
static unsigned bin_of(double per_s) {
	uint64_t bits;
	double part;
	unsigned at;

	if (!(per_s >= 1))
		return 0;
	memcpy(&bits, &per_s, sizeof(bits));
	at = 1 + BINS_PER_OCTAVE * ((unsigned)(bits >> 52) - 1023);
	bits = (bits & ((1ull << 52) - 1)) | 1023ull << 52;
	memcpy(&part, &bits, sizeof(part));
	at += (part >= THIRD) + (part >= TWO_THIRDS);
	return at < BASELINE_BINS - 1 ? at : BASELINE_BINS - 1;
}

// The geometric middle of the bin.
static double bin_value(unsigned bin) {
	return bin == 0 ? 0 : exp2((bin - 0.5) / BINS_PER_OCTAVE);
}

void baseline_fade(struct baseline *b, unsigned by) {
	b->n = 0;
	for (unsigned i = 0; i < BASELINE_BINS; i++)
		b->n += b->bin[i] /= (uint16_t)by;
}

void baseline_learn(struct baseline *b, double per_s) {
	if (b->n >= BASELINE_FULL)
		baseline_fade(b, 2);
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

double baseline_scale_of(double location, double high) {
	return high > location ? (high - location) / NORMAL_95 : 0;
}

double baseline_scale(const struct baseline *b) {
	return baseline_scale_of(baseline_location(b), baseline_quantile(b, 0.95));
}

size_t baseline_pack(const struct baseline *b, uint8_t to[static BASELINE_PACKED_MAX]) {
	size_t n = 1;

	to[0] = 0;
	for (unsigned i = 0; i < BASELINE_BINS; i++) {
		if (b->bin[i] == 0)
			continue;
		to[n++] = (uint8_t)i;
		to[n++] = (uint8_t)b->bin[i];
		to[n++] = (uint8_t)(b->bin[i] >> 8);
		to[0]++;
	}
	return n;
}

size_t baseline_unpack(struct baseline *b, const uint8_t *from, size_t left) {
	const size_t n = left > 0 ? 1 + 3 * (size_t)from[0] : 1;
	int last = -1;

	memset(b, 0, sizeof(*b));
	if (n > left)
		return 0;
	for (size_t at = 1; at < n; at += 3) {
		if (from[at] >= BASELINE_BINS || from[at] <= last)
			return 0;
		last = from[at];
		b->bin[last] = (uint16_t)(from[at + 1] | from[at + 2] << 8);
		b->n += b->bin[last];
	}
	return b->n <= BASELINE_FULL ? n : 0;
}
