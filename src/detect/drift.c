#include "detect/drift.h"

#include <math.h>

double drift_index(const uint64_t rows[static DRIFT_BINS]) {
	const double q = 1.0 / DRIFT_BINS;
	double sum = 0, psi = 0;

	for (unsigned i = 0; i < DRIFT_BINS; i++)
		sum += (double)rows[i];
	if (sum < DRIFT_ROWS_MIN)
		return NAN;
	for (unsigned i = 0; i < DRIFT_BINS; i++) {
		const double p = fmax((double)rows[i], 0.5) / sum; // an empty bin is no infinity

		psi += (p - q) * log(p / q);
	}
	return psi;
}
