// Packets and alarms by time, target and shape.
#include "scores_alarms.h"

#include "detect/kinds.h"

#include <stdbool.h>
#include <stdlib.h>

#define TCP_SET (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG)

struct scores_alarms {
	size_t n;
	size_t next; // not begun yet, in by_start
	size_t n_up;
	const struct alarm **by_start;
	const struct alarm **up;
};

static uint64_t start_of(const struct alarm *a) {
	// The value that opened it was measured over the interval before.
	return a->start_ns > a->interval_ns ? a->start_ns - a->interval_ns : 0;
}

static int earlier_first(const void *a, const void *b) {
	const struct alarm *x = *(const struct alarm *const *)a;
	const struct alarm *y = *(const struct alarm *const *)b;
	const uint64_t from = start_of(x), to = start_of(y);

	return from != to ? (from > to) - (from < to) : (x->id > y->id) - (x->id < y->id);
}

struct scores_alarms *scores_alarms_create(const struct alarm_list *alarms) {
	struct scores_alarms *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->n = alarms->n;
	s->by_start = calloc(s->n + 1, sizeof(*s->by_start));
	s->up = calloc(s->n + 1, sizeof(*s->up));
	if (s->by_start == NULL || s->up == NULL) {
		scores_alarms_destroy(s);
		return NULL;
	}
	for (size_t i = 0; i < s->n; i++)
		s->by_start[i] = &alarms->alarm[i];
	qsort(s->by_start, s->n, sizeof(*s->by_start), earlier_first);
	return s;
}

void scores_alarms_destroy(struct scores_alarms *s) {
	if (s == NULL)
		return;
	free(s->by_start);
	free(s->up);
	free(s);
}

// Of floods by TCP flags: which flags are looked at, and which of these are set.
static const struct {
	uint8_t kind, mask, set;
} flag_kinds[] = {
	{KIND_SYN_FLOOD, TCP_SYN | TCP_ACK, TCP_SYN},
	{KIND_SYNACK_FLOOD, TCP_SYN | TCP_ACK, TCP_SYN | TCP_ACK},
	{KIND_ACK_FLOOD, TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN, TCP_ACK},
	{KIND_PSHACK_FLOOD, TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN, TCP_ACK},
	{KIND_FIN_FLOOD, TCP_SYN | TCP_FIN, TCP_FIN},
	{KIND_RST_FLOOD, TCP_RST, TCP_RST},
	{KIND_SYNFIN_FLOOD, TCP_SYN | TCP_FIN, TCP_SYN | TCP_FIN},
	{KIND_XMAS_FLOOD, TCP_FIN | TCP_PSH | TCP_URG, TCP_FIN | TCP_PSH | TCP_URG},
	{KIND_NULL_FLOOD, TCP_SET, 0},
};

static bool flags_fit(const struct alarm *a, const struct packet *p) {
	for (size_t i = 0; i < sizeof(flag_kinds) / sizeof(flag_kinds[0]); i++)
		if (flag_kinds[i].kind == a->kind)
			return p->proto == PROTO_TCP
				&& (p->tcp_flags & flag_kinds[i].mask) == flag_kinds[i].set;
	return true;
}

static bool port_fits(const struct alarm *a, const struct packet *p) {
	static const uint16_t port[AMP_N][2] = {
#define X(id, name, first, second) [AMP_##id] = {first, second},
		AMPLIFIERS(X)
#undef X
	};
	const int amplifier = (int)a->kind - KIND_AMP_FIRST;

	if (amplifier < 0 || amplifier >= AMP_N || (p->marks & PACKET_PORTS) == 0)
		return true; // of a later fragment no port is known
	return p->sport == port[amplifier][0]
		|| (port[amplifier][1] != 0 && p->sport == port[amplifier][1]);
}

static bool proto_fits(const struct alarm *a, const struct packet *p) {
	if (a->kind == KIND_ICMP_FLOOD)
		return p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6;
	if (a->kind == KIND_FRAGMENT_FLOOD)
		return (p->marks & (PACKET_FRAGMENT_FIRST | PACKET_FRAGMENT_LATER)) != 0;
	return a->proto == 0 || a->proto == p->proto;
}

static bool is_inside(const struct alarm *a, const struct addr *addr) {
	const struct addr net = addr_mask(addr, a->target_prefix_len);

	return addr_is_ip4(addr) == addr_is_ip4(&a->target) && addr_equal(&net, &a->target);
}

// What its target gets, or sends. Of the unknown either may be it.
static bool is_aimed(const struct alarm *a, const struct packet *p) {
	if (kind_of_sensor(a->kind))
		return false;
	if (a->role == ROLE_SOURCE)
		return is_inside(a, &p->src);
	return is_inside(a, &p->dst) || (a->kind == KIND_UNKNOWN && is_inside(a, &p->src));
}

static void move_on(struct scores_alarms *s, uint64_t now_ns) {
	size_t kept = 0;

	while (s->next < s->n && start_of(s->by_start[s->next]) <= now_ns)
		s->up[s->n_up++] = s->by_start[s->next++];
	for (size_t i = 0; i < s->n_up; i++)
		if (s->up[i]->end_ns >= now_ns)
			s->up[kept++] = s->up[i];
	s->n_up = kept;
}

// Does its kind say of each packet whether it is one of it?
static bool is_plain(const struct alarm *a) {
	for (size_t i = 0; i < sizeof(flag_kinds) / sizeof(flag_kinds[0]); i++)
		if (flag_kinds[i].kind == a->kind)
			return true;
	return a->kind == KIND_ICMP_FLOOD || a->kind == KIND_FRAGMENT_FLOOD
		|| a->kind == KIND_UDP_FLOOD
		|| (a->kind >= KIND_AMP_FIRST && a->kind < KIND_AMP_FIRST + AMP_N);
}

uint64_t scores_alarms_of(struct scores_alarms *s, const struct packet *p, uint64_t now_ns) {
	uint64_t other = 0;

	move_on(s, now_ns);
	for (size_t i = 0; i < s->n_up; i++) {
		const struct alarm *a = s->up[i];

		if (!is_aimed(a, p) || !proto_fits(a, p) || !flags_fit(a, p) || !port_fits(a, p))
			continue;
		if (is_plain(a))
			return a->id;
		other = other != 0 ? other : a->id;
	}
	return other;
}
