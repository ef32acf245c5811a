// Networks that get a little at each of many hosts.
#include "detect/areas.h"

#include "contract/hash.h"
#include "detect/nets.h"
#include "detect/own.h"
#include "detect/threshold.h"
#include "host/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 8
#define HOST_BITS 256
#define COOL_SHARE 0.25 // of the threshold: no longer hot
#define HOSTS_MIN 8
#define ONE_HOST_SHARE 0.5 // more: a flood of that host
#define PART_SHARE 0.5
#define SOURCES_MANY 32
#define FLOW_PACKETS 8 // more packets to a flow: streams of which one direction is seen
#define EACH_PER_S 60 // of few sources: as much at each host as a flood

struct hot {
	struct host host; // the network as if it were one: address, second
	struct area *area; // NULL: free
	uint64_t hosts[2]
		      [HOST_BITS / 64]; // those of this and of the last second, by their last bits
	uint64_t second;
	double most; // that one host got in the second
	bool told; // an alarm is raised or held
};

struct area {
	struct addr addr;
	uint8_t prefix_len; // 0: free
	bool own; // the operator's: what is usual is learned, whoever is there
	struct area *wide; // the network of the configuration around it, NULL: none
	uint64_t part; // of that: the most that one within has in the second
	uint32_t count; // packets that lead nowhere, in the tick that goes on
	uint32_t risen; // ticks in a row with half of the threshold's part
	uint64_t sum; // of the second
	struct hot *hot;
};

struct areas {
	uint32_t ticks, at;
	uint32_t n_hot;
	uint32_t *tick; // AREAS_MAX times `ticks`
	struct seconds *seconds;
	struct area area[AREAS_MAX];
	struct hot hot[AREAS_HOT_MAX];
	struct host_record one; // a target's, under the network's address
};

struct areas *areas_create(uint32_t ticks) {
	struct areas *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ticks = ticks;
	s->tick = calloc(AREAS_MAX, ticks * sizeof(s->tick[0]));
	s->seconds = seconds_create(ticks, AREAS_HOT_MAX);
	if (s->tick != NULL && s->seconds != NULL)
		return s;
	areas_destroy(s);
	return NULL;
}

void areas_destroy(struct areas *s) {
	if (s == NULL)
		return;
	seconds_destroy(s->seconds);
	free(s->tick);
	free(s);
}

// Requests that lead nowhere. Half of a conversation (stray ACK and the like) is none of it: where one
// direction is mirrored, whole networks of clients get only that.
static uint32_t in_vain(const struct host_record *r) {
	const uint32_t *c = r->count;
	const uint32_t syn
		= c[HOST_SYN] > c[HOST_ESTABLISHED] ? c[HOST_SYN] - c[HOST_ESTABLISHED] : 0;

	return (c[HOST_SYN] * 2 >= c[HOST_TCP] ? syn : 0) + unanswered_udp(c) + c[HOST_ICMP_STRAY]
		+ c[HOST_SYNFIN] + c[HOST_XMAS] + c[HOST_NULL_FLAGS] + c[HOST_ODD_FLAGS];
}

// The longest that holds more than this.
static const struct network_conf *
network_around(const struct detect_conf *conf, const struct addr *addr, uint8_t prefix_len) {
	const struct network_conf *best = NULL;

	for (uint32_t i = 0; i < conf->n_networks; i++) {
		const struct network_conf *n = &conf->network[i];
		const struct addr masked = addr_mask(addr, n->prefix_len);

		if (n->prefix_len < prefix_len && addr_is_ip4(addr) == addr_is_ip4(&n->addr)
		    && addr_equal(&masked, &n->addr)
		    && (best == NULL || n->prefix_len > best->prefix_len))
			best = n;
	}
	return best == NULL || best->allow ? NULL : best;
}

// @return NULL: no room
static struct area *
area_at(struct areas *s, const struct addr *network, uint8_t len, const struct detect_conf *conf) {
	const uint64_t hash = hash_addr(network, len);
	const struct network_conf *around;
	struct area *place = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		struct area *a = &s->area[(hash + i) % AREAS_MAX];

		if (a->prefix_len == len && addr_equal(&a->addr, network))
			return a;
		if (place == NULL && a->prefix_len == 0)
			place = a;
	}
	if (place == NULL)
		return NULL;
	*place = (struct area) {.addr = *network, .prefix_len = len};
	place->own = own_is(network_of(conf, network), network);
	memset(&s->tick[(size_t)(place - s->area) * s->ticks], 0, s->ticks * sizeof(s->tick[0]));
	around = len == nets_prefix_len(network) ? network_around(conf, network, len) : NULL;
	if (around != NULL)
		place->wide = area_at(s, &around->addr, around->prefix_len, conf);
	return place;
}

static void
hot_add(struct areas *s, struct hot *hot, const struct host_record *r, uint64_t end_ns) {
	const uint64_t second = (end_ns - 1) / 1000000000ull;
	const unsigned bit = hot->area->prefix_len == NETS_PREFIX4 && addr_is_ip4(&r->addr)
		? r->addr.b[15]
		: hash_addr(&r->addr, 0) % HOST_BITS;

	if (hot->second != second) {
		memcpy(hot->hosts[1], hot->hosts[0], sizeof(hot->hosts[0]));
		memset(hot->hosts[0], 0, sizeof(hot->hosts[0]));
		hot->second = second;
	}
	hot->hosts[0][bit / 64] |= 1ull << bit % 64;
	s->one = *r;
	s->one.addr = hot->host.addr;
	second_add(hot->host.in, &s->one);
}

static void area_add(
	struct areas *s,
	struct area *a,
	const struct host_record *r,
	uint32_t packets,
	uint64_t end_ns
) {
	a->count += packets;
	if (a->hot != NULL)
		hot_add(s, a->hot, r, end_ns);
}

void areas_add(
	struct areas *s,
	const struct window *w,
	const struct detect_conf *conf,
	uint64_t end_ns
) {
	const struct host_record *r;

	for (uint32_t at = 0; (r = host_table_next(w->targets, &at)) != NULL;) {
		const uint32_t packets = in_vain(r);
		const uint8_t len = nets_prefix_len(&r->addr);
		const struct addr network = addr_mask(&r->addr, len);
		struct area *a = packets == 0 ? NULL : area_at(s, &network, len, conf);

		if (a == NULL)
			continue;
		area_add(s, a, r, packets, end_ns);
		if (a->wide != NULL)
			area_add(s, a->wide, r, packets, end_ns);
	}
}

static void cool(struct areas *s, struct area *a) {
	second_destroy(a->hot->host.in);
	memset(a->hot, 0, sizeof(*a->hot));
	a->hot = NULL;
	s->n_hot--;
}

static void heat(struct areas *s, struct area *a) {
	for (unsigned i = 0; i < AREAS_HOT_MAX && a->hot == NULL; i++) {
		struct hot *hot = &s->hot[i];

		if (hot->area != NULL)
			continue;
		hot->host = (struct host) {.addr = a->addr, .score = NAN};
		hot->host.in = second_create(s->seconds, 0);
		if (hot->host.in == NULL)
			return;
		hot->area = a;
		a->hot = hot;
		s->n_hot++;
	}
}

static void
area_threshold(const struct area *a, const struct view_source *from, struct threshold *out) {
	const struct network_conf *set_by = network_of(from->conf, &a->addr);
	const uint32_t set = set_by == NULL ? 0 : set_by->threshold_per_s[KIND_CARPET_BOMBING];
	const struct net *net = nets_find(from->nets, &a->addr, a->prefix_len);
	const unsigned rate = METRIC_LEARNED + OTHER_IN_STRAY;
	struct usual usual;

	*out = (struct threshold) {
		.per_s = from->conf->kind[KIND_CARPET_BOMBING].floor_per_s,
		.baseline = NAN,
	};
	if (nets_usual(net, from->conf, rate, from->now_ns, &usual)) {
		out->baseline = usual.location;
		out->per_s
			= fmax(out->per_s,
			       fmax(from->conf->baseline_factor * usual.location,
				    usual.location + from->conf->baseline_deviations * usual.scale)
			);
	}
	if (set == 0)
		return;
	out->per_s = set;
	out->set_by = set_by;
}

// Ticks in a row that hold their part.
static void rise(const struct areas *s, struct area *a, double held_per_s) {
	a->risen = a->count > 0 && a->count >= held_per_s / s->ticks ? a->risen + 1 : 0;
}

static void area_tick_end(struct areas *s, struct area *a, const struct view_source *from) {
	uint32_t *tick = &s->tick[(size_t)(a - s->area) * s->ticks + s->at];
	const double least = threshold_least(from->conf, KIND_CARPET_BOMBING);
	struct threshold threshold;

	nets_vain(from->nets, &a->addr, a->prefix_len, a->count, a->own, from->now_ns);
	a->sum += (uint64_t)a->count - *tick;
	*tick = a->count;
	if (a->wide != NULL && a->wide->part < a->sum)
		a->wide->part = a->sum;
	if (a->hot != NULL)
		second_advance(a->hot->host.in);
	if (a->hot != NULL || (double)a->sum >= HOLD_SHARE * least
	    || a->count >= HOLD_SHARE * least / s->ticks) {
		area_threshold(a, from, &threshold);
		rise(s, a, HOLD_SHARE * threshold.per_s);
		if (a->hot == NULL && (double)a->sum >= HOLD_SHARE * threshold.per_s)
			heat(s, a);
		else if (a->hot != NULL && (double)a->sum < COOL_SHARE * threshold.per_s)
			cool(s, a);
	} else {
		a->risen = 0;
	}
	a->count = 0;
}

// The most that one host of each hot network got.
static void most_of(struct areas *s, const struct view_source *from) {
	for (uint32_t i = 0; i < history_active(from->history); i++) {
		const struct host *h = history_active_at(from->history, i);

		if (h->rates == NULL)
			continue;
		for (unsigned k = 0; k < AREAS_HOT_MAX; k++) {
			struct hot *hot = &s->hot[k];
			struct addr network;

			if (hot->area == NULL
			    || addr_is_ip4(&h->addr) != addr_is_ip4(&hot->host.addr))
				continue;
			network = addr_mask(&h->addr, hot->area->prefix_len);
			if (addr_equal(&network, &hot->host.addr))
				hot->most = fmax(hot->most, (double)rates_sum(h->rates, M_UNUSUAL));
		}
	}
}

void areas_tick_end(struct areas *s, const struct view_source *from) {
	if (!from->conf->kind[KIND_CARPET_BOMBING].enabled)
		return;
	for (unsigned i = 0; i < AREAS_MAX; i++)
		s->area[i].part = 0;
	for (unsigned i = 0; i < AREAS_MAX; i++)
		if (s->area[i].prefix_len != 0)
			area_tick_end(s, &s->area[i], from);
	// What is around others gets what they get: it goes when they do.
	for (unsigned i = 0; i < AREAS_MAX; i++)
		if (s->area[i].sum == 0)
			s->area[i].prefix_len = 0;
	s->at = s->at + 1 < s->ticks ? s->at + 1 : 0;
	for (unsigned i = 0; i < AREAS_HOT_MAX; i++)
		s->hot[i].most = 0;
	if (s->n_hot > 0)
		most_of(s, from);
}

uint32_t areas_hot(const struct areas *s) {
	return s->n_hot == 0 ? 0 : AREAS_HOT_MAX;
}

static double hosts_of(const struct hot *hot) {
	unsigned last = 0, now = 0;

	for (unsigned i = 0; i < HOST_BITS / 64; i++) {
		now += (unsigned)__builtin_popcountll(hot->hosts[0][i]);
		last += (unsigned)__builtin_popcountll(hot->hosts[1][i]);
	}
	return now > last ? now : last;
}

static bool is_carpet(const struct view *v, const struct hot *hot, double hosts) {
	const uint32_t *in = v->in->count;
	const double sum = (double)hot->area->sum;
	double amplified = 0;

	for (unsigned i = 0; i < AMP_N; i++)
		amplified += v->in->amplified[i];
	if (hosts < HOSTS_MIN || hot->most >= ONE_HOST_SHARE * sum)
		return false;
	if (amplified >= 0.5 * sum)
		return true;
	if (in[HOST_FLOWS_OPENED] * (double)FLOW_PACKETS < in[HOST_PACKETS])
		return false;
	return v->sources >= SOURCES_MANY || sum >= EACH_PER_S * hosts;
}

// Nothing is learned of it, of what is within, and of what is around.
static void no_learning(struct areas *s, const struct area *told, const struct view_source *from) {
	for (unsigned i = 0; i < AREAS_MAX; i++) {
		const struct area *a = &s->area[i];

		if (a->prefix_len != 0 && (a == told || a->wide == told || told->wide == a))
			nets_alarm(from->nets, &a->addr, a->prefix_len, from->now_ns);
	}
}

// The smallest network that gets half of it is told of.
static bool is_the_one(const struct area *a) {
	if (a->wide != NULL && a->wide->hot != NULL && a->wide->hot->told)
		return false;
	return (double)a->part < PART_SHARE * (double)a->sum;
}

unsigned areas_read(
	struct areas *s,
	uint32_t at,
	const struct view_source *from,
	struct view *view,
	struct reading *r
) {
	const struct kind_conf *conf = &from->conf->kind[KIND_CARPET_BOMBING];
	struct hot *hot = &s->hot[at];
	struct threshold threshold;
	uint64_t bytes;

	if (hot->area == NULL || second_packets(hot->host.in) == 0)
		return 0;
	if (!is_the_one(hot->area)) {
		hot->told = false;
		return 0;
	}
	area_threshold(hot->area, from, &threshold);
	view_make(view, from, &hot->host);
	bytes = (uint64_t
	)share_of((double)view->in->bytes * (double)hot->area->sum, view->in->count[HOST_PACKETS]);
	*r = (struct reading) {
		.kind = KIND_CARPET_BOMBING,
		.target = hot->host.addr,
		.prefix_len = hot->area->prefix_len,
		.view = view,
		.holder = &hot->host,
		.hosts = hosts_of(hot),
		.value = (double)hot->area->sum,
		.threshold = threshold.per_s,
		.baseline = threshold.baseline,
		.set_by = threshold.set_by,
		.bits_per_s = 8. * (double)bytes,
		.interval_ns = s->ticks * from->conf->tick_ns,
		.start_ns = from->now_ns
			- (hot->area->risen < s->ticks ? hot->area->risen : s->ticks)
				* from->conf->tick_ns,
		.score = NAN,
		.tick_packets = s
					->tick[(size_t)(hot->area - s->area) * s->ticks
					       + (s->at + s->ticks - 1) % s->ticks],
		.rise_packets = hot->area->sum,
		.rise_bytes = bytes,
	};
	r->tick_bytes = (uint64_t
	)share_of((double)bytes * (double)r->tick_packets, (double)r->rise_packets);
	r->holds = r->value >= HOLD_SHARE * r->threshold && is_carpet(view, hot, r->hosts);
	r->above = r->holds && r->value >= r->threshold
		&& hot->area->risen * from->conf->tick_ns >= conf->floor_ms * 1000000ull;
	hot->told = r->above || (hot->told && r->holds);
	if (hot->told)
		no_learning(s, hot->area, from);
	return r->holds;
}

bool areas_cover(const struct areas *s, const struct host *h) {
	for (unsigned i = 0; s->n_hot > 0 && i < AREAS_HOT_MAX; i++) {
		const struct hot *hot = &s->hot[i];
		struct addr network;

		if (!hot->told || addr_is_ip4(&h->addr) != addr_is_ip4(&hot->host.addr))
			continue;
		network = addr_mask(&h->addr, hot->area->prefix_len);
		if (addr_equal(&hot->host.addr, &network))
			return true;
	}
	return false;
}
