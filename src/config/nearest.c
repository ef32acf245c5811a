#include "config/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static uint32_t least(uint32_t a, uint32_t b) {
	return a < b ? a : b;
}

// Optimal string alignment: Damerau, CACM 7(3), 1964, without edits inside a swapped pair.
uint32_t word_distance(const char *a, const char *b) {
	uint32_t rows[3][NEAREST_WORD_MAX + 1];
	const size_t n = strnlen(a, NEAREST_WORD_MAX + 1), m = strnlen(b, NEAREST_WORD_MAX + 1);

	if (n > NEAREST_WORD_MAX || m > NEAREST_WORD_MAX)
		return UINT32_MAX;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (uint32_t)j;
	for (size_t i = 1; i <= n; i++) {
		uint32_t *row = rows[i % 3];
		const uint32_t *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = (uint32_t)i;
		for (size_t j = 1; j <= m; j++) {
			const bool same = a[i - 1] == b[j - 1];

			row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void nearest_offer(struct nearest *best, const char *candidate) {
	// A third of the word may be wrong: more would suggest things that nobody meant.
	const uint32_t allowed = 1 + (uint32_t)strlen(best->wanted) / 3;
	const uint32_t edits = word_distance(best->wanted, candidate);

	if (edits > allowed || (best->word != NULL && edits >= best->edits))
		return;
	best->word = candidate;
	best->edits = edits;
}
