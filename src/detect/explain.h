// Why: words, evidence, sources, forged or not, what to do.
//
// Threads    Pure functions of their arguments.
// Memory     None taken.
#ifndef WEIR_DETECT_EXPLAIN_H
#define WEIR_DETECT_EXPLAIN_H

#include "detect/reading.h"

// Fill all that explains the alarm. Its identity, times, sums and severity are there already.
void explain(struct alarm *alarm, const struct reading *reading);
// It is over: say so in the words.
void explain_end(struct alarm *alarm);

// "41,200"; one decimal below 10 where there is one
#define NUMBER_TEXT_MAX 32
const char *words_number(double value, char text[static NUMBER_TEXT_MAX]);
// "0.1 %", "37 %"
#define PERCENT_TEXT_MAX 16
const char *words_percent(double share, char text[static PERCENT_TEXT_MAX]);

// Parts, each in its own file.
// One more, while there is room and its weight is above 0.
void evidence_add(
	struct alarm *alarm,
	const char *name,
	double value,
	double baseline,
	double weight
);
// Of `unknown`: what the host model says. @return false: there is none, or it cannot tell
bool explain_novelty(struct alarm *alarm, const struct view *view);
void explain_evidence(struct alarm *alarm, const struct reading *reading);
void explain_sources(struct alarm *alarm, const struct reading *reading);
void explain_forged(struct alarm *alarm, const struct reading *reading);
void explain_words(struct alarm *alarm, const struct reading *reading);

#endif
