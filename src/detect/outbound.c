// One sender's targets as one host.
#include "detect/outbound.h"

#include "detect/own.h"
#include "detect/row.h"
#include "detect/scan.h"
#include "detect/threshold.h"

#include <math.h>
#include <string.h>

#define EACH_PER_S 10 // to each target: less is a scan, or a crowd of peers that are gone
#define EACH_ONE_WAY_PER_S                                                                         \
	30 // ... where nothing comes back: a resolver or server of which half is seen
#define ONE_TARGET_SHARE 0.5
#define SERVICE_SHARE 0.5 // from the port of a service: answers to questions that are not seen
#define PROBING_NS 1000000000ull
#define FORGED_MAX 0.5

static const uint8_t kinds[] = {
	KIND_SYN_FLOOD,
	KIND_ACK_FLOOD,
	KIND_PSHACK_FLOOD,
	KIND_FIN_FLOOD,
	KIND_SYNFIN_FLOOD,
	KIND_XMAS_FLOOD,
	KIND_NULL_FLOOD,
	KIND_BADFLAGS_FLOOD,
	KIND_UDP_FLOOD,
	KIND_ICMP_FLOOD,
};

static uint32_t times(uint32_t floor, uint32_t by) {
	return floor <= UINT32_MAX / by ? floor * by : UINT32_MAX;
}

void outbound_conf(struct outbound *o, const struct detect_conf *conf) {
	o->conf = *conf;
	for (unsigned k = 0; k < KIND_N; k++)
		o->conf.kind[k].enabled = false;
	for (unsigned i = 0; i < sizeof(kinds); i++) {
		struct kind_conf *k = &o->conf.kind[kinds[i]];

		*k = conf->kind[kinds[i]];
		k->floor_per_s = times(k->floor_per_s, OUTBOUND_TIMES);
	}
}

// What it always asks for in vain lifts the threshold, unless the operator set one.
static void
threshold_lift(const struct view_source *from, const struct host *h, struct reading *r) {
	const struct detect_conf *conf = from->conf;
	struct usual usual;

	if (r->set_by != NULL || h->base == NULL || h->learned_s < conf->learn_s)
		return;
	usual_of(h->base, METRIC_LEARNED + OTHER_OUT_STRAY, from->now_ns, &usual);
	r->baseline = usual.location;
	r->threshold
		= fmax(r->threshold,
		       fmax(conf->baseline_factor * usual.location,
			    usual.location + conf->baseline_deviations * usual.scale));
	r->above = r->above && r->value >= r->threshold;
	r->holds = r->value >= HOLD_SHARE * r->threshold;
}

// The most of this kind that one of its targets gets.
static double most_of_one(const struct view *v, unsigned kind) {
	double most = 0;

	for (unsigned i = 0; i < TOP_PEERS; i++) {
		const struct top_peer *top = &v->in->top_peers[i];
		const struct host *h
			= top->count == 0 ? NULL : history_find(v->history, &top->addr);

		if (h != NULL && h->rates != NULL)
			most
				= fmax(most,
				       fmin((double)top->count,
					    (double)rates_sum(h->rates, kind_row(kind)->metric)));
	}
	return most;
}

static bool is_service(const struct view *v) {
	double sum = 0;

	for (unsigned i = 0; i < AMP_N; i++)
		sum += v->in->amplified[i];
	return sum >= SERVICE_SHARE * v->in->count[HOST_UDP_STRAY];
}

// Of ACK and the like half of every conversation consists.
static bool is_half_seen(const struct view *v, unsigned kind) {
	if (kind == KIND_UDP_FLOOD)
		return is_service(v);
	return (kind == KIND_ACK_FLOOD || kind == KIND_PSHACK_FLOOD || kind == KIND_FIN_FLOOD)
		&& is_one_way(v);
}

static bool is_outbound(const struct view *v, const struct reading *r) {
	const double each
		= is_one_way(v) && r->kind == KIND_UDP_FLOOD ? EACH_ONE_WAY_PER_S : EACH_PER_S;

	return v->sources >= OUTBOUND_TARGETS && r->value >= each * v->sources
		&& most_of_one(v, r->kind) < ONE_TARGET_SHARE * (double)r->rise_packets
		&& !is_half_seen(v, r->kind);
}

static bool scans(const struct host *h, uint64_t now_ns) {
	const kind_set scan_kinds = KIND_BIT(KIND_VERTICAL_SCAN) | KIND_BIT(KIND_HORIZONTAL_SCAN);

	return ((h->open_kinds | h->sent_kinds) & scan_kinds) != 0
		|| (h->probing.seen_ns != 0 && h->probing.seen_ns + PROBING_NS > now_ns);
}

static void mirror_make(struct host *mirror, const struct host *sender) {
	*mirror = (struct host) {
		.addr = sender->addr,
		.in = sender->out,
		.out = sender->in,
		.rates = sender->sent,
		.span_in = sender->span_out,
		.network = sender->network,
		.open_kinds = sender->sent_kinds,
		.score = NAN,
	};
}

static void about_sender(
	struct outbound *o,
	const struct view_source *from,
	struct host *h,
	struct reading *r
) {
	r->role = ROLE_SOURCE;
	r->holder = h;
	r->accusation = &o->accusation;
	scanned_network(h, &r->other, &r->other_prefix_len);
	threshold_lift(from, h, r);
	if (r->above && !(h->sent_kinds >> r->kind & 1))
		r->above = is_outbound(r->view, r) && !scans(h, from->now_ns)
			&& o->accusation.forged < FORGED_MAX;
}

unsigned outbound_read(
	struct outbound *o,
	const struct view_source *from,
	struct host *h,
	struct view *view,
	struct reading out[static READINGS_MAX]
) {
	const uint64_t asked = rates_sum(h->sent, M_UNUSUAL) + rates_sum(h->sent, M_SYN);
	struct view_source source = *from;
	unsigned n;

	if ((h->network != NULL && h->network->allow) || (h->sent_kinds == 0 && asked < VOLUME_MIN))
		return 0;
	source.conf = &o->conf;
	mirror_make(&o->mirror, h);
	view_make(view, &source, &o->mirror);
	n = classify_target(view, out);
	if (n == 0)
		return 0;
	host_features(view->row, view->out, view->in, 1);
	accused_weigh(&o->accusation, from->history, h, view);
	for (unsigned i = 0; i < n; i++)
		about_sender(o, from, h, &out[i]);
	return n;
}

bool outbound_covers(const struct view *target, const struct reading *r) {
	const kind_set kinds_of = kind_row(r->kind)->of_network ? ~(kind_set)0 : KIND_BIT(r->kind);
	double sum = 0;

	for (unsigned i = 0; i < TOP_PEERS && history_senders(target->history) > 0; i++) {
		const struct top_peer *top = &target->in->top_peers[i];
		const struct host *h
			= top->count == 0 ? NULL : history_find(target->history, &top->addr);

		if (h != NULL && (h->sent_kinds & kinds_of) != 0)
			sum += (double)top->count;
	}
	return sum > 0 && sum >= ONE_TARGET_SHARE * (double)r->rise_packets;
}

static uint8_t whole(const struct addr *addr) {
	return addr_is_ip4(addr) ? 32 : 128;
}

void outbound_turn(const struct detect_conf *conf, struct reading *r) {
	struct host *scanner = r->scanner->host;

	if (addr_equal(&r->target, &scanner->addr)) {
		r->role = ROLE_SOURCE;
		return;
	}
	if (!scanner->inside || own_is(network_of(conf, &r->target), &r->target))
		return;
	r->role = ROLE_SOURCE;
	r->other = r->target;
	r->other_prefix_len = r->prefix_len;
	r->target = scanner->addr;
	r->prefix_len = whole(&r->target);
	r->holder = scanner;
}
