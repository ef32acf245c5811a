// ln and 2^-x from + - * / alone, which IEEE 754 fixes to the last bit. A C library's log() and
// exp2() may differ in it between versions and between processors with and without FMA; then the
// same model file would give two scores. Compiled with -ffp-contract=off for the same reason.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_MODEL_EXACT_H
#define WEIR_MODEL_EXACT_H

#include <math.h>
#include <stdint.h>
#include <string.h>

// x >= 1, finite. ln m = 2 atanh((m-1)/(m+1)) with |argument| <= 0.172: the first term left
// out (25) is below 2e-20.
static inline double exact_ln(double x) {
	const double sqrt_half = 0x1.6a09e667f3bcdp-1, ln_2 = 0x1.62e42fefa39efp-1;
	int exponent;
	double m = frexp(x, &exponent);

	if (m < sqrt_half) {
		m *= 2;
		exponent--;
	}

	const double s = (m - 1) / (m + 1);
	double sum = 0;

	for (int k = 23; k >= 1; k -= 2)
		sum = sum * (s * s) + 1.0 / k;
	return 2 * s * sum + exponent * ln_2;
}

// 2^-x, 0 <= x < 1000. The fraction is brought to |f| <= 1/2; Taylor's term 15 of e^(f ln 2)
// is below 1e-19.
static inline double exact_exp2_minus(double x) {
	static const double c[] = {
		1.0 / 87178291200,
		1.0 / 6227020800,
		1.0 / 479001600,
		1.0 / 39916800,
		1.0 / 3628800,
		1.0 / 362880,
		1.0 / 40320,
		1.0 / 5040,
		1.0 / 720,
		1.0 / 120,
		1.0 / 24,
		1.0 / 6,
		1.0 / 2,
		1.0,
		1.0,
	};
	const int whole = (int)(x + 0.5);
	const double y = (whole - x) * 0x1.62e42fefa39efp-1;
	double sum = 0;

	for (unsigned i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		sum = sum * y + c[i];

	// 2^-whole by its bits: a call of ldexp() for each row was a tenth of its score.
	const uint64_t bits = (uint64_t)(1023 - whole) << 52;
	double power;

	memcpy(&power, &bits, sizeof(power));
	return sum * power;
}

#endif
