// ROC, the area under it, and calibration.
#include "curve.h"

#include <math.h>
#include <stdlib.h>

static bool grow(struct scores *s) {
	const size_t room = s->room != 0 ? s->room * 2 : 4096;
	float *more = reallocarray(s->value, room, sizeof(*more));

	if (more == NULL)
		return false;
	s->value = more;
	s->room = room;
	return true;
}

static void thin(struct scores *s) {
	for (size_t i = 0; i < s->n / 2; i++)
		s->value[i] = s->value[2 * i];
	s->n /= 2;
	s->stride *= 2;
}

void scores_put(struct scores *s, float score) {
	if (isnan(score))
		return;
	s->stride = s->stride != 0 ? s->stride : 1;
	if (s->offered++ % s->stride != 0)
		return;
	if (s->n == SCORES_MAX) {
		thin(s);
		if ((s->offered - 1) % s->stride != 0)
			return;
	}
	if (s->n == s->room && !grow(s)) {
		s->failed = true;
		return;
	}
	s->value[s->n++] = score;
}

void scores_free(struct scores *s) {
	free(s->value);
	*s = (struct scores) {0};
}

static int higher_first(const void *a, const void *b) {
	const float x = *(const float *)a, y = *(const float *)b;

	return (x < y) - (x > y);
}

static void sort(struct scores *s) {
	if (s->n > 1)
		qsort(s->value, s->n, sizeof(s->value[0]), higher_first);
}

// A point is kept where it is a step further than the last one in either direction.
static void point_add(struct curve *c, double false_share, double true_share, float score) {
	const double step = 2.0 / (ROC_POINTS_MAX - 4);
	const struct roc_point *last = c->n_points > 0 ? &c->point[c->n_points - 1] : NULL;
	const bool end = false_share >= 1 && true_share >= 1;

	if (last != NULL && !end
	    && false_share - last->false_share + true_share - last->true_share < step)
		return;
	if (c->n_points == ROC_POINTS_MAX)
		return;
	c->point[c->n_points++] = (struct roc_point) {false_share, true_share, score};
}

void curve_of(struct curve *out, struct scores *quiet, struct scores *attack) {
	size_t q = 0, a = 0;
	double area = 0;

	*out = (struct curve) {.auc = NAN};
	sort(quiet);
	sort(attack);
	if (quiet->n == 0 || attack->n == 0)
		return;
	point_add(out, 0, 0, INFINITY);
	while (q < quiet->n || a < attack->n) {
		const size_t q0 = q, a0 = a;
		const float score
			= a == attack->n || (q < quiet->n && quiet->value[q] > attack->value[a])
			? quiet->value[q]
			: attack->value[a];

		while (q < quiet->n && quiet->value[q] == score)
			q++;
		while (a < attack->n && attack->value[a] == score)
			a++;
		// Quiet rows of this score: below all attacking ones before, equal to those of now.
		area += (double)(q - q0) * ((double)a0 + (double)(a - a0) / 2);
		point_add(out, (double)q / (double)quiet->n, (double)a / (double)attack->n, score);
	}
	out->auc = area / ((double)quiet->n * (double)attack->n);
}

double scores_share_from(const struct scores *s, float score) {
	size_t low = 0, high = s->n;

	if (s->n == 0)
		return NAN;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (s->value[middle] >= score)
			low = middle + 1;
		else
			high = middle;
	}
	return (double)low / (double)s->n;
}
