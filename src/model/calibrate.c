// Calibration: from a kind's raw score to the share of normal rows that score lower.
//
// A point is (share, raw): raw is the score at that rank among the held-back rows. Ranks are
// evenly spaced, at most 1/1024 apart, and closer toward the top: the next point is never further
// than 1/32 of what is left above. So 0.999 is told from 0.9990 + 3 %, 0.9999 from 0.99990 + 3 %, and
// so on down to single rows; what n rows cannot tell is a share closer to 1 than 1/n. Above the
// highest held-back row the share goes on rising in a straight line to 1 at the highest raw score the
// kind can give: stranger than all is still ranked, and 1 itself is never reached before.
#include "model/internal.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define BODY_POINTS 1024
#define TAIL_SHARE 32

static int float_compare(const void *a, const void *b) {
	const float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

void floats_sort(float *values, size_t n) {
	qsort(values, n, sizeof(*values), float_compare);
}

static size_t smaller(size_t a, size_t b) {
	return a < b ? a : b;
}

static size_t rank_step(size_t rank, size_t n) {
	const size_t step = smaller(n / BODY_POINTS, (n - rank) / TAIL_SHARE);

	return step > 0 ? step : 1;
}

// Shares must rise strictly: beyond some ten million rows float32 cannot tell neighbours apart.
static void point_add(struct calibration *c, double share, float raw) {
	if (c->n > 0 && (float)share <= c->point[c->n - 1].share)
		return;
	if (c->n < MODEL_CALIBRATION_MAX)
		c->point[c->n++] = (struct calibration_point) {(float)share, raw};
}

// Never falls as raw rises, whatever is rounded: so points of lower slices lie below raw, and those of higher ones
// above it. Not a number (0 times infinity, where all points are alike or too far apart) is slice 0.
static uint32_t slice_of(const struct calibration *c, float raw) {
	const float at = (raw - c->low) * c->slices_per_raw;

	if (at >= CALIBRATION_SLICES - 1)
		return CALIBRATION_SLICES - 1;
	return at > 0 ? (uint32_t)at : 0;
}

static void slices_make(struct calibration *c) {
	const float low = c->point[0].raw, high = c->point[c->n - 1].raw;
	uint32_t slice = 0;

	c->low = low;
	c->slices_per_raw = high > low ? CALIBRATION_SLICES / (high - low) : 0;
	for (uint32_t i = 0; i < c->n; i++)
		while (slice <= slice_of(c, c->point[i].raw))
			c->first[slice++] = (uint16_t)i;
	while (slice <= CALIBRATION_SLICES)
		c->first[slice++] = (uint16_t)c->n;
}

// Where the kind's scores have no bound: so far above the strangest row that what comes near it is stranger than all in
// any sense, and a share of 1 tells no lie that matters.
#define BEYOND_SPREADS 16

static float beyond(const float *sorted, size_t n) {
	const double high = (double)sorted[n - 1], spread = high - (double)sorted[n / 2];
	const double far = high + BEYOND_SPREADS * (spread > 0 ? spread : fabs(high) + 1);

	return far < FLT_MAX ? (float)far : FLT_MAX;
}

int calibration_make(struct calibration *out, float *raw, size_t n, float raw_max) {
	struct calibration c = {.point = calloc(MODEL_CALIBRATION_MAX, sizeof(*c.point))};

	if (c.point == NULL)
		return -ENOMEM;
	floats_sort(raw, n);
	for (size_t rank = 0; rank + 1 < n; rank += rank_step(rank, n))
		point_add(&c, (double)rank / (double)n, raw[rank]);
	if (n > 0)
		point_add(&c, (double)(n - 1) / (double)n, raw[n - 1]);
	point_add(&c, 1, isinf(raw_max) ? beyond(raw, n) : raw_max);
	slices_make(&c);
	*out = c;
	return 0;
}

static const char *point_fault(const struct calibration *c, uint32_t i) {
	const struct calibration_point p = c->point[i];

	if (!isfinite(p.raw) || !(p.share >= 0 && p.share <= 1))
		return "not finite, or a share outside 0..1";
	if (i > 0 && !(p.share > c->point[i - 1].share && p.raw >= c->point[i - 1].raw))
		return "below the point before it";
	return NULL;
}

int calibration_parse(struct calibration *out, struct reader *in, char *error) {
	const size_t n = in->left / 8;
	struct calibration c = {.n = (uint32_t)n};

	if (in->left % 8 != 0 || n < 1 || n > MODEL_CALIBRATION_MAX)
		return model_fail(
			error,
			-EBADMSG,
			"section CALB: %zu bytes: 1 to %d points of 8 bytes are allowed",
			in->left,
			MODEL_CALIBRATION_MAX
		);
	c.point = calloc(n, sizeof(*c.point));
	if (c.point == NULL)
		return model_fail(error, -ENOMEM, "section CALB: no memory");
	for (uint32_t i = 0; i < c.n; i++) {
		c.point[i].share = reader_f32(in);
		c.point[i].raw = reader_f32(in);

		const char *fault = point_fault(&c, i);

		if (fault != NULL) {
			free(c.point);
			return model_fail(
				error, -EBADMSG, "section CALB: point %" PRIu32 ": %s", i, fault
			);
		}
	}
	slices_make(&c);
	*out = c;
	return 0;
}

void calibration_write(const struct calibration *c, struct writer *out) {
	for (uint32_t i = 0; i < c->n; i++) {
		writer_f32(out, c->point[i].share);
		writer_f32(out, c->point[i].raw);
	}
}

// Rows of equal score make points of equal raw: the lowest of them is the share that is lower.
float calibration_share(const struct calibration *c, float raw) {
	const uint32_t slice = slice_of(c, raw);
	// The first point whose raw is not below lies in low..high.
	uint32_t low = c->first[slice], high = c->first[slice + 1];

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (c->point[middle].raw < raw)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return c->point[0].share;
	if (low == c->n)
		return c->point[c->n - 1].share;

	const struct calibration_point a = c->point[low - 1], b = c->point[low];
	const double part = ((double)raw - a.raw) / ((double)b.raw - a.raw);

	return (float)(a.share + part * ((double)b.share - a.share));
}

double calibration_quantile(const float *sorted, size_t n, double share) {
	const double at = share * (double)(n - 1);
	const size_t below = smaller((size_t)at, n - 1), above = smaller(below + 1, n - 1);

	return sorted[below] + (at - (double)below) * ((double)sorted[above] - sorted[below]);
}
