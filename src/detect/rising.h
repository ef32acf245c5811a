// The slow rise: a cumulative sum of what a host gets in a second that asks and leads nowhere.
//
//     S = max(0, S + x - drift), raised at S >= limit
//     drift = usual + max(scale / 2, unit / 100)        [packets/s]
//     limit = max(5 s * unit, 30 * scale)               [packets]
//
// x is what was asked less what came of it (SYN without a handshake, stray TCP and UDP ...; span.h), so that
// more of ordinary traffic moves it little. `unit` is the lowest floor of a flood on that host. A flood that
// rises over T seconds to a share p of the unit reaches the limit when (p - 1 %)^2 T / 2p >= 5 s, without a
// scale: to 5 % in ten minutes after eight of them, to 5 % at once after 125 s; below 1 % never. With
// half a deviation of drift and 30 of limit chance alone gets there in no time that matters
// (Siegmund's approximation: exp(30) samples).
//
// While the sum is above an eighth of its limit nothing is learned of the host: a rise must not become usual
// while it is being looked at. From a quarter on the host's seconds are kept, however quiet it is, to
// tell the kind.
//
// Source: Page: Continuous Inspection Schemes, Biometrika 41, 1954; drift of half a deviation after
// Siegmund: Sequential Analysis, 1985, II.6.
//
// Threads    One owner.
// Memory     The caller's. All zero is at rest.
#ifndef WEIR_DETECT_RISING_H
#define WEIR_DETECT_RISING_H

#include "detect/metrics.h"

#include <stdbool.h>
#include <stdint.h>

#define RISING_DRIFT_SHARE 0.01 // of the unit
#define RISING_DRIFT_SCALES 0.5
#define RISING_LIMIT_S 5.0
#define RISING_LIMIT_SCALES 30.0
#define RISING_MIN_S 30 // it lasted for this long, or it is for the floors to judge

struct rising {
	uint64_t second; // number of the last that was taken in (span.h); 0: none
	uint64_t since; // second in which the sum left zero; 0: it is zero
	float sum; // S [packets]
	float total; // of x since then
	float recent; // x of late: mean over about 8 s
	bool over; // it reached the limit, and goes on
	float by_metric[METRIC_LEARNED]; // packets above the usual since the host is watched
	float refused; // answers of the host that say no, likewise
};

struct rising_law {
	double drift; // packets/s
	double limit; // packets
};

void rising_law_of(struct rising_law *law, double location, double scale, double unit_per_s);
// The next second. Those between the last one and it were silent.
void rising_add(struct rising *rising, uint64_t second, double per_s, const struct rising_law *law);
bool rising_suspects(const struct rising *rising, const struct rising_law *law); // do not learn
bool rising_watches(const struct rising *rising, const struct rising_law *law); // keep seconds
// Mean of x since it began to rise, and over how many seconds. @return 0: at rest
double rising_mean(const struct rising *rising, uint64_t *seconds);
void rising_rest(struct rising *rising); // from the beginning

#endif
