// Networks that get a little at each of many hosts.
#include "detect/areas.h"

#include "contract/hash.h"
#include "host/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX4 24
#define PREFIX6 48
#define WAYS 8
#define HOST_BITS 256
#define COOL_SHARE 0.25 // of the threshold: no longer hot
#define HOSTS_MIN 8
#define ONE_HOST_SHARE 0.5 // more: a flood of that host
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

static uint8_t prefix_of(const struct addr *a) {
	return addr_is_ip4(a) ? PREFIX4 : PREFIX6;
}

// @return NULL: no room
static struct area *area_get(struct areas *s, const struct addr *host) {
	const uint8_t len = prefix_of(host);
	const struct addr network = addr_mask(host, len);
	const uint64_t hash = hash_addr(&network, len);
	struct area *place = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		struct area *a = &s->area[(hash + i) % AREAS_MAX];

		if (a->prefix_len == len && addr_equal(&a->addr, &network))
			return a;
		if (place == NULL && a->prefix_len == 0)
			place = a;
	}
	if (place != NULL) {
		*place = (struct area) {.addr = network, .prefix_len = len};
		memset(&s->tick[(size_t)(place - s->area) * s->ticks],
		       0,
		       s->ticks * sizeof(s->tick[0]));
	}
	return place;
}

static void
hot_add(struct areas *s, struct hot *hot, const struct host_record *r, uint64_t end_ns) {
	const uint64_t second = (end_ns - 1) / 1000000000ull;
	const unsigned bit
		= addr_is_ip4(&r->addr) ? r->addr.b[15] : hash_addr(&r->addr, 0) % HOST_BITS;

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

void areas_add(struct areas *s, const struct window *w, uint64_t end_ns) {
	const struct host_record *r;

	for (uint32_t at = 0; (r = host_table_next(w->targets, &at)) != NULL;) {
		const uint32_t packets = in_vain(r);
		struct area *a = packets == 0 ? NULL : area_get(s, &r->addr);

		if (a == NULL)
			continue;
		a->count += packets;
		if (a->hot != NULL)
			hot_add(s, a->hot, r, end_ns);
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

static double threshold(const struct view_source *from) {
	return from->conf->kind[KIND_CARPET_BOMBING].floor_per_s;
}

static void area_tick_end(struct areas *s, struct area *a, const struct view_source *from) {
	uint32_t *tick = &s->tick[(size_t)(a - s->area) * s->ticks + s->at];
	const double part = HOLD_SHARE * threshold(from) / s->ticks;

	a->sum += (uint64_t)a->count - *tick;
	*tick = a->count;
	a->risen = a->count > 0 && a->count >= part ? a->risen + 1 : 0;
	a->count = 0;
	if (a->hot != NULL)
		second_advance(a->hot->host.in);
	if (a->hot == NULL && (double)a->sum >= HOLD_SHARE * threshold(from))
		heat(s, a);
	else if (a->hot != NULL && (double)a->sum < COOL_SHARE * threshold(from))
		cool(s, a);
	if (a->sum == 0)
		a->prefix_len = 0;
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

			if (hot->area == NULL)
				continue;
			network = addr_mask(&h->addr, prefix_of(&h->addr));
			if (addr_equal(&network, &hot->host.addr))
				hot->most = fmax(hot->most, (double)rates_sum(h->rates, M_UNUSUAL));
		}
	}
}

void areas_tick_end(struct areas *s, const struct view_source *from) {
	if (!from->conf->kind[KIND_CARPET_BOMBING].enabled)
		return;
	for (unsigned i = 0; i < AREAS_MAX; i++)
		if (s->area[i].prefix_len != 0)
			area_tick_end(s, &s->area[i], from);
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

unsigned areas_read(
	struct areas *s,
	uint32_t at,
	const struct view_source *from,
	struct view *view,
	struct reading *r
) {
	const struct kind_conf *conf = &from->conf->kind[KIND_CARPET_BOMBING];
	struct hot *hot = &s->hot[at];
	uint64_t bytes;

	if (hot->area == NULL || second_packets(hot->host.in) == 0)
		return 0;
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
		.threshold = threshold(from),
		.baseline = NAN,
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
	return r->holds;
}

bool areas_cover(const struct areas *s, const struct host *h) {
	const struct addr network = addr_mask(&h->addr, prefix_of(&h->addr));

	for (unsigned i = 0; s->n_hot > 0 && i < AREAS_HOT_MAX; i++)
		if (s->hot[i].told && addr_equal(&s->hot[i].host.addr, &network))
			return true;
	return false;
}
