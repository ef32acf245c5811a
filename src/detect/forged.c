// Are the source addresses of a flood forged? A sum of clues, and what they were.
//
// Clues (clues.h) of how much likelier it is with forged senders than with real ones. The weights are judgements in
// steps of a half, and say so here:
//
//     clue                                                                  weight
//     SYN: a part of the handshakes is completed                              -3
//     ... the senders refuse the target's answers (RST)                       -3.5
//     ... a third or more is answered, and no answer is taken up              +1
//     ... no handshake is completed, and both directions are seen             +0.5
//     all of it comes from 3 addresses or fewer                               -2.5
//     100 sources or more: below 3 packets from each in the second            +2
//     ... 10 packets/s or more from each                                      -1.5
//     ... one distance (TTL) for all                                          +1.5
//     ... one that all of this host's senders have, by its history            -0.5
//     ... TTLs that no system's packets arrive with                           +1.5
//     ... most of the distances were not seen at this host of late            +0.5
//     ... entropy of the sources above the host's 95 % quantile               +0.5
//     ... not above it                                                        -0.5
//     ... a part of them have completed handshakes, with whomever             -2, a half of them -4
//     ... none of them ever has, and both directions are seen                 +0.5
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
#define ANSWERED 0.3
#define REFUSED 0.3 // RST of SYN
#define ALIVE_MIN 0.05
#define ALIVE_MANY 0.5
#define ENTROPY_MARGIN 0.1
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
	else if (v->in->count[HOST_RST_ALL] >= REFUSED * v->in->count[HOST_SYN])
		clue_add(c, -3.5, "the senders refuse the answers: they are there");
	else if (v->in->count[HOST_ESTABLISHED] == 0 && v->row[HOST_FEATURE_IN_ANSWERED] >= (float)ANSWERED)
		clue_add(
			c,
			1,
			"%.0f %% is answered and no answer taken up",
			100 * (double)v->row[HOST_FEATURE_IN_ANSWERED]
		);
	else if (v->in->count[HOST_ESTABLISHED] == 0 && !is_one_way(v))
		clue_add(c, .5, "no handshake is completed");
}

static void ttl_clues(struct clues *c, const struct view *v) {
	const uint64_t seen = v->in->ttl_classes, usual = distances_usual(&v->host->in_ttls);
	const int n = __builtin_popcountll(seen), fresh = __builtin_popcountll(seen & ~usual);

	if (n <= 2 && fresh == 0 && __builtin_popcountll(usual) <= 2)
		clue_add(c, -.5, "from the distance of all others (TTL)");
	else if (n <= 2)
		clue_add(c, 1.5, "all from the same distance (TTL)");
	if (__builtin_popcountll(seen & TTLS_IMPOSSIBLE) >= 2)
		clue_add(c, 1.5, "TTLs that no system's packets arrive with");
	if (usual != 0 && fresh * 2 > n)
		clue_add(c, .5, "from distances never seen here before");
}

static void entropy_clues(struct clues *c, const struct view *v) {
	const struct frugal *usual = &v->host->entropy;
	const double now = (double)v->row[HOST_FEATURE_IN_PEER_ENTROPY];

	if (!frugal_known(usual))
		return;
	if (now > frugal_high(usual) + ENTROPY_MARGIN)
		clue_add(
			c,
			.5,
			"more even than ever here (entropy %.2f, usually %.2f)",
			now,
			frugal_middle(usual)
		);
	else if (now <= frugal_high(usual))
		clue_add(c, -.5, "as even as usual (entropy %.2f)", now);
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
	entropy_clues(c, v);
}

// Their handshakes with anybody that we see, not with the target alone.
static void alive_clues(struct clues *c, const struct view *v, const struct origins *o) {
	const double alive = share_of(o->alive, o->asked);

	if (alive >= ALIVE_MIN)
		clue_add(
			c,
			alive >= ALIVE_MANY ? -4 : -2,
			"%.0f %% of them have completed handshakes",
			alive * 100
		);
	else if (o->alive == 0 && !is_one_way(v))
		clue_add(c, .5, "none of them ever completed a handshake");
}

static void place_clues(struct clues *c, const struct view *v) {
	struct origins o;
	double nobody;

	if (*v->walks >= WALKS_PER_TICK || v->sources < NOBODY_SOURCES)
		return;
	++*v->walks;
	origins_of(&o, v->history, v->windows, v->n_windows, &v->host->addr);
	nobody = share_of(o.nobody, o.sources);
	if (o.sources >= NOBODY_SOURCES && nobody >= NOBODY_SHARE)
		clue_add(c, 3, "%.0f %% have addresses that nobody can have", nobody * 100);
	if (o.sources < MANY_SOURCES)
		return;
	alive_clues(c, v, &o);
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
