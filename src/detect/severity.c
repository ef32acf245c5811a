// The table of severity.
#include "detect/severity.h"

#include "detect/kinds.h"

#include <math.h>

struct step {
	double from;
	enum severity severity;
};
static const struct step by_rate[] = {
	{25000, SEVERITY_CRITICAL},
	{2500, SEVERITY_HIGH},
	{250, SEVERITY_MEDIUM},
	{0, SEVERITY_LOW},
};
static const struct step by_link[] = {
	{.9, SEVERITY_CRITICAL},
	{.5, SEVERITY_HIGH},
	{.1, SEVERITY_MEDIUM},
	{0, SEVERITY_LOW},
};
static const struct step by_loss[] = {
	{400, SEVERITY_CRITICAL},
	{40, SEVERITY_HIGH},
	{4, SEVERITY_MEDIUM},
	{0, SEVERITY_LOW},
};
#define FAR_ABOVE 4
#define LASTING_NS (60 * 1000000000ull)

static enum severity step_of(const struct step *steps, double value) {
	while (value < steps->from)
		steps++;
	return steps->severity;
}

static enum severity worse(enum severity a, enum severity b) {
	return a > b ? a : b;
}

static enum severity of_rate(const struct severity_of *of, double times) {
	const double part = share_of(fmax(0, of->bits_per_s), of->capacity_bits_per_s);
	enum severity severity
		= times < FAR_ABOVE ? SEVERITY_LOW : step_of(by_rate, fmax(0, of->value));

	if (of->lasted_ns >= LASTING_NS && severity < SEVERITY_HIGH)
		severity++;
	return worse(severity, step_of(by_link, part));
}

enum severity severity_of(const struct severity_of *of) {
	const double times = of->threshold > 0 ? of->value / of->threshold : of->value;

	switch ((enum kind_scale)kind_row(of->kind)->scale) {
	case SCALE_SCAN:
		return times >= FAR_ABOVE ? SEVERITY_MEDIUM : SEVERITY_LOW;
	case SCALE_LOSS:
		return step_of(by_loss, fmax(0, times));
	case SCALE_QUESTION:
		return times >= FAR_ABOVE && of->value >= 250 ? SEVERITY_MEDIUM : SEVERITY_LOW;
	case SCALE_HINT:
		return SEVERITY_LOW;
	case SCALE_RATE:
		break;
	}
	return of_rate(of, times);
}
