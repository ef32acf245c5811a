// A sum of weights, and its words.
#include "detect/clues.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void clue_add(struct clues *c, double weight, const char *format, ...) {
	struct clue *one = &c->clue[c->n++];
	va_list args;

	assert(c->n <= CLUES_MAX);
	one->weight = weight;
	va_start(args, format);
	vsnprintf(one->text, sizeof(one->text), format, args);
	va_end(args);
}

// Those that agree with the sum.
static struct clue *strongest(struct clues *c, double sum) {
	struct clue *best = NULL;

	for (unsigned i = 0; i < c->n; i++)
		if (c->clue[i].weight * sum > 0
		    && (best == NULL || fabs(c->clue[i].weight) > fabs(best->weight)))
			best = &c->clue[i];
	return best;
}

static void why_text(char why[static WHY_TEXT_MAX], struct clues *c, double sum) {
	struct clue *best;
	size_t n = 0;

	why[0] = '\0';
	while ((best = strongest(c, sum)) != NULL && n + 2 + strlen(best->text) < WHY_TEXT_MAX) {
		n += (size_t
		)snprintf(&why[n], WHY_TEXT_MAX - n, "%s%s", n > 0 ? ", " : "", best->text);
		best->weight = 0;
	}
}

double clues_weigh(struct clues *c, char why[static WHY_TEXT_MAX]) {
	double sum = 0;

	for (unsigned i = 0; i < c->n; i++)
		sum += c->clue[i].weight;
	why_text(why, c, sum);
	return 1 / (1 + exp(-sum));
}
