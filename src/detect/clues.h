// Clues for and against one thing, put together.
//
// Each adds the logarithm of how much likelier it is if the thing is so than if it is not; of the sum s the
// confidence is 1 / (1 + exp(-s)) (I. J. Good: Probability and the Weighing of Evidence, 1950).
//
// Threads    One owner.
// Memory     The caller's.
// Full       More clues than CLUES_MAX are a mistake of the program.
#ifndef WEIR_DETECT_CLUES_H
#define WEIR_DETECT_CLUES_H

#define CLUES_MAX 16
#define WHY_TEXT_MAX 128

struct clues { // all zero: none
	unsigned n;
	struct clue {
		double weight;
		char text[WHY_TEXT_MAX];
	} clue[CLUES_MAX];
};

__attribute__((format(printf, 3, 4))) void
clue_add(struct clues *clues, double weight, const char *format, ...);
// @param why  what speaks for the more likely of both, strongest first, as much as there is room for
// @return confidence that it is so, 0..1. The clues are used up
double clues_weigh(struct clues *clues, char why[static WHY_TEXT_MAX]);

#endif
