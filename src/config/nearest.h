// The word that a person probably meant: for "did you mean" in error lines.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_CONFIG_NEAREST_H
#define WEIR_CONFIG_NEAREST_H

#include <stdint.h>

#define NEAREST_WORD_MAX 64 // longer words are nobody's typing error

// Insertions, deletions, substitutions and swaps of neighbours that turn a into b.
// @return the number of edits, UINT32_MAX where a word is too long
uint32_t word_distance(const char *a, const char *b);

// Candidates are offered one by one; the nearest that is close enough stays.
struct nearest {
	const char *wanted;
	const char *word; // the best so far; NULL: none is close
	uint32_t edits;
};

void nearest_offer(struct nearest *best, const char *candidate);

#endif
