// Are the source addresses of a flood forged? A sum of clues, and what they were.
//
// Clues (clues.h) of how much likelier it is with forged senders than with real ones. The weights are judgements in
// steps of a half, and say so here:
//
//     clue                                                                  weight
//     a part of the handshakes is completed                                   -3
//     no handshake is completed, and both directions are seen                 +0.5
//     all of it comes from 3 addresses or fewer                               -2.5
//     100 sources or more: below 3 packets from each in the second            +2
//     ... 10 packets/s or more from each                                      -1.5
//     ... one distance (TTL) for all                                          +1.5
//     ... TTLs that no system's packets arrive with                           +1.5
//     ... most of the distances were never seen at this host before           +0.5
//     of 50 sources or more 2 % have addresses that nobody can have           +3
//     100 sources or more: as even over the address space as by chance        +1.5
//     ... in few blocks of it                                                 -1
//
// Below 0.7 either way it is not known.
#include "detect/accused.h"
#include "detect/clues.h"
#include "detect/explain.h"
#include "detect/origins.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#define FEW_SOURCES 3
#define MANY_SOURCES 100
#define GENTLE 3
#define HARD_PER_S 10
#define COMPLETED 0.05
#define NOBODY_SHARE 0.02
#define NOBODY_SOURCES 50
#define EVEN_SHARE 0.85 // of the blocks that chance would fill
#define BUNCHED_SHARE 0.5
#define SURE 0.7
#define WALKS_PER_TICK 2 // over all sources of a tick, which may be many

// Systems begin at 32, 64, 128 or 255 and few paths are longer than 40 hops, so what arrives lies in
// 1 - 64, 88 - 128 or 215 - 255. Bit TTL / 4.
#define TTLS_IMPOSSIBLE (0x001ffffe00000000ull | 0x3e0000ull)

static void handshake_clues(struct clues *c, const struct reading *r) {
	const struct view *v = r->view;

	if (r->kind != KIND_SYN_FLOOD)
		return;
	if (v->row[MEASURE_ESTABLISHED] > (float)COMPLETED)
		clue_add(c, -3, "a part of the handshakes is completed");
	else if (v->in->count[HOST_ESTABLISHED] == 0 && !is_one_way(v))
		clue_add(c, .5, "no handshake is completed");
}

static void ttl_clues(struct clues *c, const struct view *v) {
	const uint64_t seen = v->in->ttl_classes, usual = distances_usual(&v->host->in_ttls);
	const int n = __builtin_popcountll(seen), fresh = __builtin_popcountll(seen & ~usual);

	if (n <= 2)
		clue_add(c, 1.5, "all from the same distance (TTL)");
	if (__builtin_popcountll(seen & TTLS_IMPOSSIBLE) >= 2)
		clue_add(c, 1.5, "TTLs that no system's packets arrive with");
	if (usual != 0 && fresh * 2 > n)
		clue_add(c, .5, "from distances never seen here before");
}

static void rate_clues(struct clues *c, const struct reading *r) {
	const struct view *v = r->view;
	const double each = (double)r->rise_packets / fmax(1, v->sources);
	const double per_s = r->value / fmax(1, v->sources);

	if (v->sources <= FEW_SOURCES) {
		clue_add(c, -2.5, "all of it comes from a few addresses");
		return;
	}
	if (v->sources < MANY_SOURCES)
		return;
	if (each < GENTLE)
		clue_add(c, 2, "about %.1f packets from each source", each);
	else if (per_s >= HARD_PER_S)
		clue_add(c, -1.5, "%.0f packets/s from each of many sources", per_s);
	ttl_clues(c, v);
}

static void place_clues(struct clues *c, const struct view *v) {
	struct origins o;
	double nobody;

	if (*v->walks >= WALKS_PER_TICK || v->sources < NOBODY_SOURCES)
		return;
	++*v->walks;
	origins_of(&o, v->windows, v->n_windows, &v->host->addr);
	nobody = share_of(o.nobody, o.sources);
	if (o.sources >= NOBODY_SOURCES && nobody >= NOBODY_SHARE)
		clue_add(c, 3, "%.0f %% have addresses that nobody can have", nobody * 100);
	if (o.sources < MANY_SOURCES)
		return;
	if (o.blocks >= EVEN_SHARE * o.even)
		clue_add(c, 1.5, "spread evenly over the address space");
	else if (o.blocks < BUNCHED_SHARE * o.even && o.blocks > 1)
		clue_add(c, -1, "in few blocks of the address space");
}

static void verdict(struct alarm *a, enum forged forged, double confidence, const char *why) {
	a->forged = (uint8_t)forged;
	a->forged_confidence = (float)confidence;
	snprintf(a->forged_why, sizeof(a->forged_why), "%s", why);
}
static_assert(sizeof(((struct alarm *)0)->forged_why) == WHY_TEXT_MAX);

static void weigh(struct alarm *a, const struct reading *r) {
	struct clues c = {.n = 0};
	char why[WHY_TEXT_MAX];
	double yes;

	handshake_clues(&c, r);
	rate_clues(&c, r);
	place_clues(&c, r->view);
	yes = clues_weigh(&c, why);
	if (yes >= SURE)
		verdict(a, FORGED_YES, yes, why);
	else if (yes <= 1 - SURE)
		verdict(a, FORGED_NO, 1 - yes, why);
	else
		verdict(a,
			FORGED_UNKNOWN,
			0,
			r->view->sources < MANY_SOURCES ? "too few sources to tell"
							: "the signs do not agree");
}

static void accuse(struct alarm *a, const struct accusation *of) {
	if (of->forged <= 1 - SURE)
		verdict(a, FORGED_NO, 1 - of->forged, of->why);
	else
		verdict(a, FORGED_UNKNOWN, 0, "the signs do not agree");
}

void explain_forged(struct alarm *a, const struct reading *r) {
	if (r->accusation != NULL)
		accuse(a, r->accusation);
	else if (r->scanner != NULL)
		verdict(a, FORGED_NO, .9, "a scanner must receive the answers");
	else if (kind_row(r->kind)->is_reflected)
		verdict(a,
			FORGED_NO,
			.8,
			"the senders are real: they answer what was forged in the target's name");
	else
		weigh(a, r);
}
