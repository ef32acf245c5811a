// What the sketches of a record say. On the reader's side only: there is division and log here.
#include "host/host.h"

#include <math.h>

#define RANK_MAX 59 // 64 bits less the 6 that choose the register, and one

// The estimator and its two series are from Ertl: New cardinality estimation algorithms for
// HyperLogLog sketches, arXiv 1702.01284 (2017), section 4. Unlike the original with its switch
// to linear counting it has no bias at small and middle counts, where we need it.
static double series_of_empty(double x) {
	double y = 1, sum = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = sum;
		sum += x * y;
		y += y;
	} while (sum != before);
	return sum;
}

static double series_of_full(double x) {
	double y = 1, sum = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = sum;
		y *= 0.5;
		sum -= (1 - x) * (1 - x) * y;
	} while (sum != before);
	return sum / 3;
}

double hll_estimate(const uint8_t registers[static HLL_REGISTERS]) {
	unsigned with_rank[RANK_MAX + 1] = {0};
	const double m = HLL_REGISTERS;
	double sum;

	for (unsigned i = 0; i < HLL_REGISTERS; i++)
		with_rank[registers[i] < RANK_MAX ? registers[i] : RANK_MAX]++;
	if (with_rank[0] == HLL_REGISTERS)
		return 0;
	sum = m * series_of_full(1 - with_rank[RANK_MAX] / m);
	for (unsigned k = RANK_MAX - 1; k >= 1; k--)
		sum = 0.5 * (sum + with_rank[k]);
	sum += m * series_of_empty(with_rank[0] / m);
	return m * m / (2 * M_LN2 * sum);
}

double peer_entropy(const uint32_t bins[static PEER_BINS]) {
	double total = 0, bits = 0;

	for (unsigned i = 0; i < PEER_BINS; i++)
		total += bins[i];
	for (unsigned i = 0; i < PEER_BINS; i++)
		if (bins[i] > 0)
			bits -= bins[i] / total * log2(bins[i] / total);
	return bits / log2(PEER_BINS);
}
