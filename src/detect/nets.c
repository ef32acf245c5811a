// A table of networks, a sum of each rate for the second, and what is usual.
#include "detect/nets.h"

#include "contract/hash.h"
#include "detect/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define GIVES_WAY_NS (3600 * SECOND_NS)
#define AFTER_ALARM_NS (10 * SECOND_NS)
#define STRAY (METRIC_LEARNED + OTHER_IN_STRAY)
#define FLOOR_TIMES 8 // hosts: below so many floors of one nothing is held back

struct nets {
	struct pool *bases, *hours;
	struct net net[NETS_MAX];
};

struct nets *nets_create(void) {
	struct nets *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->bases = pool_create(sizeof(struct host_baselines), NETS_MAX);
	s->hours = pool_create(sizeof(struct hours), NETS_MAX);
	if (s->bases != NULL && s->hours != NULL)
		return s;
	nets_destroy(s);
	return NULL;
}

void nets_destroy(struct nets *s) {
	if (s == NULL)
		return;
	pool_destroy(s->bases);
	pool_destroy(s->hours);
	free(s);
}

static uint64_t place_of(const struct addr *addr, uint8_t prefix_len) {
	return hash_addr(addr, prefix_len);
}

static struct net *find(const struct nets *s, const struct addr *addr, uint8_t prefix_len) {
	const uint64_t hash = place_of(addr, prefix_len);

	for (unsigned i = 0; i < NETS_WAYS; i++) {
		const struct net *n = &s->net[(hash + i) % NETS_MAX];

		if (n->prefix_len == prefix_len && addr_equal(&n->addr, addr))
			return (struct net *)n;
	}
	return NULL;
}

const struct net *nets_find(const struct nets *s, const struct addr *addr, uint8_t prefix_len) {
	return find(s, addr, prefix_len);
}

// @return NULL: all of them are needed
static struct net *place(struct nets *s, uint64_t hash, uint64_t now_ns) {
	struct net *best = NULL;

	for (unsigned i = 0; i < NETS_WAYS; i++) {
		struct net *n = &s->net[(hash + i) % NETS_MAX];

		if (n->prefix_len == 0)
			return n;
		if (!n->named && n->seen_ns + GIVES_WAY_NS < now_ns
		    && (best == NULL || n->seen_ns < best->seen_ns))
			best = n;
	}
	return best;
}

static struct net *
make(struct nets *s, const struct addr *addr, uint8_t prefix_len, uint64_t now_ns) {
	struct net *n = place(s, place_of(addr, prefix_len), now_ns);
	struct host_baselines *base;
	struct hours *hours;

	if (n == NULL)
		return NULL;
	base = n->base != NULL ? n->base : pool_take(s->bases);
	if (base == NULL)
		return NULL;
	hours = n->base != NULL ? base->hours : NULL; // one that gave way leaves its room
	memset(base, 0, sizeof(*base));
	base->hours = hours;
	if (hours != NULL)
		memset(hours, 0, sizeof(*hours));
	*n = (struct net) {.addr = *addr, .prefix_len = prefix_len, .base = base};
	n->seen_ns = now_ns;
	return n;
}

static struct net *
get(struct nets *s, const struct addr *addr, uint8_t prefix_len, uint64_t now_ns) {
	struct net *n = find(s, addr, prefix_len);

	return n != NULL ? n : make(s, addr, prefix_len, now_ns);
}

struct net *nets_settle(struct nets *s, const struct addr *addr, uint8_t prefix_len) {
	return get(s, addr, prefix_len, 0);
}

static void
sum(struct net *n, const double per_s[static USUAL_N], bool disturbed, uint64_t now_ns) {
	if (n == NULL)
		return;
	n->seen_ns = now_ns;
	n->disturbed = n->disturbed || disturbed;
	for (unsigned i = 0; i < USUAL_N; i++)
		if (i != STRAY)
			n->per_s[i] += per_s[i];
}

void nets_add(
	struct nets *s,
	const struct host *h,
	const double per_s[static USUAL_N],
	bool disturbed,
	uint64_t now_ns
) {
	const uint8_t len = nets_prefix_len(&h->addr);
	const struct addr prefix = addr_mask(&h->addr, len);
	const struct network_conf *named = h->network;
	struct net *n;

	if (named == NULL || named->prefix_len != len)
		sum(get(s, &prefix, len, now_ns), per_s, disturbed, now_ns);
	if (named == NULL)
		return;
	n = get(s, &named->addr, named->prefix_len, now_ns);
	if (n != NULL)
		n->named = true;
	sum(n, per_s, disturbed, now_ns);
}

void nets_vain(
	struct nets *s,
	const struct addr *addr,
	uint8_t prefix_len,
	uint32_t packets,
	bool may_make,
	uint64_t now_ns
) {
	struct net *n = may_make ? get(s, addr, prefix_len, now_ns) : find(s, addr, prefix_len);

	if (n == NULL)
		return;
	n->per_s[STRAY] += packets;
	n->seen_ns = now_ns;
}

void nets_alarm(struct nets *s, const struct addr *addr, uint8_t prefix_len, uint64_t now_ns) {
	struct net *n = find(s, addr, prefix_len);

	if (n != NULL)
		n->alarm_ns = now_ns;
}

struct pool *nets_hours(struct nets *s) {
	return s->hours;
}

bool nets_usual(
	const struct net *n,
	const struct detect_conf *conf,
	unsigned rate,
	uint64_t now_ns,
	struct usual *out
) {
	if (n == NULL || n->learned_s < conf->learn_s)
		return false;
	usual_of(n->base, rate, now_ns, out);
	return true;
}

void nets_law(
	const struct net *n,
	const struct detect_conf *conf,
	uint64_t now_ns,
	struct rising_law *out
) {
	struct usual usual;

	usual_of(n->base, STRAY, now_ns, &usual);
	rising_law_of(
		out, usual.location, usual.scale, conf->kind[KIND_CARPET_BOMBING].floor_per_s
	);
}

// @return whether something rises: then nothing is learned
static bool rises(struct net *n, const struct view_source *from) {
	struct rising *r = &n->base->rising;
	const uint64_t second = from->now_ns / SECOND_NS;
	struct rising_law law;

	if (n->learned_s < from->conf->learn_s || (n->per_s[STRAY] <= 0 && r->since == 0)) {
		rising_rest(r);
		r->second = second;
		return false;
	}
	nets_law(n, from->conf, from->now_ns, &law);
	rising_add(r, second, n->per_s[STRAY], &law);
	return rising_suspects(r, &law);
}

static void floors(const struct view_source *from, double floor[static USUAL_N]) {
	for (unsigned i = 0; i < USUAL_N; i++)
		floor[i] = FLOOR_TIMES * from->learn_floor[i];
	floor[STRAY] = from->conf->kind[KIND_CARPET_BOMBING].floor_per_s;
}

void nets_second_end(struct nets *s, const struct view_source *from) {
	double floor[USUAL_N];

	floors(from, floor);
	for (unsigned i = 0; i < NETS_MAX; i++) {
		struct net *n = &s->net[i];

		if (n->prefix_len == 0)
			continue;
		if (!rises(n, from) && !n->disturbed
		    && (n->alarm_ns == 0 || n->alarm_ns + AFTER_ALARM_NS <= from->now_ns)) {
			usual_learn(n->base, from->now_ns, n->per_s, floor, s->hours);
			n->learned_s++;
		}
		memset(n->per_s, 0, sizeof(n->per_s));
		n->disturbed = false;
	}
}

const struct net *nets_next(const struct nets *s, uint32_t *at) {
	while (*at < NETS_MAX)
		if (s->net[(*at)++].prefix_len != 0)
			return &s->net[*at - 1];
	return NULL;
}
