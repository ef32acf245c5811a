// What a source asked in vain, for minutes.
#include "detect/slow.h"

#include "contract/hash.h"
#include "detect/scan.h"
#include "detect/shapes.h"

#include <math.h>
#include <string.h>

#define FEW 4.5 // hosts of a scan of ports; estimates are not sharp
#define PORTS_PER_HOST 0.25 // a peer-to-peer client has nearly as many ports as peers
#define FEW_PORTS 4 // that most of it goes to, whatever else the source does meanwhile
#define FEW_PORTS_SHARE 0.6 // by chance they are an eighth of the bins
#define PROBES_PER_HOST 8
#define ANSWERED_PORTS_MAX 0.5
#define ANSWERED_HOSTS_MAX 0.1 // of old peers of a peer-to-peer client more are still there
#define PORTS_OF_TARGET 0.5 // that others try as well, now
#define REPLIES_MAX 0.25 // of the flows opened

struct slow *slow_begin(struct slow *s) {
	if (s != NULL)
		memset(s, 0, sizeof(*s));
	return s;
}

// Resolvers and clocks ask many hosts, some of whom are gone; where the answers take another way all of
// them seem to be.
static bool is_asking_round(const struct host_record *r) {
	return r->top_proto == PROTO_UDP && (r->top_port == 53 || r->top_port == 123);
}

void slow_rest(struct slow *s) {
	slow_begin(s);
}

// Boyer and Moore: MJRTY, 1981.
static void vote(struct slow *s, uint64_t now_ns, const struct host_record *r) {
	const struct addr *peer = &r->top_peers[0].addr;

	if (r->count[HOST_FLOWS_OPENED] <= r->count[HOST_FLOWS_ANSWERED])
		return;
	s->vain = s->vain_ns == now_ns ? s->vain : 0;
	s->vain += r->count[HOST_FLOWS_OPENED] - r->count[HOST_FLOWS_ANSWERED];
	s->vain_ns = now_ns;
	if (s->votes == 0)
		s->target = *peer;
	if (!addr_equal(&s->target, peer)) {
		s->votes--;
		return;
	}
	s->votes++;
	s->asked_ns = now_ns;
}

// An answer that comes to a source that sent nothing in its tick belongs to what it asked last.
static bool counts(struct slow *s, const struct host_record *r) {
	if (r->count[HOST_FLOWS_OPENED] == 0 && r->count[HOST_FLOWS_ANSWERED] == 0)
		return false;
	if (r->count[HOST_FRAGMENTS] * 2 > r->count[HOST_PACKETS] && !is_cut_probing(r))
		return false;
	if (r->count[HOST_FLOWS_OPENED] > 0)
		s->asks_round = is_asking_round(r);
	return r->count[HOST_PACKETS] > 0 ? !is_asking_round(r) : !s->asks_round;
}

static void vote_port(struct slow_half *h, const struct host_record *r) {
	uint16_t *bin = &h->port_bins[hash_word(r->top_port, 0) % SLOW_PORT_BINS];

	if (r->count[HOST_FLOWS_OPENED] > r->count[HOST_FLOWS_ANSWERED] && *bin < UINT16_MAX)
		++*bin;
}

void slow_add(struct slow *s, uint64_t now_ns, const struct host_record *r) {
	struct slow_half *h = &s->half[0];

	if (!counts(s, r))
		return;
	if (h->since_ns == 0 || h->since_ns + SLOW_HALF_NS <= now_ns) {
		const bool near = h->since_ns + 2 * SLOW_HALF_NS > now_ns;

		s->half[1] = *h;
		if (!near)
			memset(&s->half[1], 0, sizeof(s->half[1]));
		memset(h, 0, sizeof(*h));
		h->since_ns = now_ns;
	}
	vote(s, now_ns, r);
	vote_port(h, r);
	h->opened += r->count[HOST_FLOWS_OPENED];
	h->answered += r->count[HOST_FLOWS_ANSWERED];
	h->established += r->count[HOST_ESTABLISHED];
	h->probes += span_probes(r->count);
	if (r->top_proto == PROTO_TCP)
		h->loaded += r->count[HOST_PACKETS] - r->count[HOST_SMALL];
	h->replies += r->count[HOST_SYNACK] + r->count[HOST_PSHACK];
	hll_merge(h->ports, r->ports);
	hll_merge(h->peers, r->open_peers);
}

struct slow_sum {
	uint64_t since_ns;
	double opened, answered, probes; // without what was completed
	double answered_share; // with it
	double replies, loaded;
	double ports, peers;
	double few_ports; // share of the FEW_PORTS ports asked most
};

static double few_ports(const struct slow_half *a, const struct slow_half *b) {
	uint32_t most[FEW_PORTS] = {0};
	double all = 0, sum = 0;

	for (unsigned i = 0; i < SLOW_PORT_BINS; i++) {
		uint32_t n = (uint32_t)a->port_bins[i] + b->port_bins[i];

		all += n;
		for (unsigned k = 0; k < FEW_PORTS; k++)
			if (n > most[k]) {
				const uint32_t swap = most[k];

				most[k] = n;
				n = swap;
			}
	}
	for (unsigned k = 0; k < FEW_PORTS; k++)
		sum += most[k];
	return share_of(sum, all);
}

static void sum_of(struct slow_sum *out, const struct slow *s) {
	const struct slow_half *a = &s->half[0], *b = &s->half[1];
	const double answered = (double)a->answered + b->answered;
	const double well = fmin(answered, (double)a->established + b->established);
	struct slow_half both = *a;

	hll_merge(both.ports, b->ports);
	hll_merge(both.peers, b->peers);
	out->since_ns = b->since_ns != 0 ? b->since_ns : a->since_ns;
	out->answered_share = share_of(answered, (double)a->opened + b->opened);
	out->opened = (double)a->opened + b->opened - well;
	out->answered = answered - well;
	out->probes = fmax((double)a->probes + b->probes - well, out->opened - out->answered);
	out->replies = (double)a->replies + b->replies;
	out->loaded = (double)a->loaded + b->loaded;
	out->ports = hll_estimate(both.ports);
	out->peers = hll_estimate(both.peers);
	out->few_ports = few_ports(a, b);
}

static bool tries_ports(const struct slow_sum *s, double least) {
	return s->ports >= least && s->peers <= FEW
		&& s->probes <= SCAN_PACKETS_PER_PORT * s->ports * fmax(1, s->peers)
		&& s->answered <= ANSWERED_PORTS_MAX * s->opened;
}

static bool tries_hosts(const struct slow_sum *s, double least) {
	const bool few = s->ports <= PORTS_PER_HOST * s->peers || s->few_ports >= FEW_PORTS_SHARE;

	return s->peers >= least && few && s->probes <= PROBES_PER_HOST * s->peers
		&& s->answered_share <= ANSWERED_HOSTS_MAX;
}

static bool is_allowed(const struct host *h) {
	return h->network != NULL && h->network->allow;
}

static double threshold(const struct view_source *from) {
	return kind_threshold(from->conf, KIND_SLOW_SCAN);
}

// What others send it is not seen: it talks on in flows that nobody seems to answer.
static bool is_half_seen(const struct host *h, const struct slow_sum *s, uint64_t now_ns) {
	uint64_t bytes, packets;

	span_traffic(h->span_in, now_ns - 1, &bytes, &packets);
	return packets == 0 && s->loaded * 2 > s->opened;
}

// Who takes part in a flood sends to many ports of one host as well, and again in the next one.
static bool is_flooded(const struct host *h) {
	for (uint64_t open = h->open_kinds; open != 0; open &= open - 1)
		if (kind_row((unsigned)__builtin_ctzll(open))->metric != METRIC_N)
			return true;
	return false;
}

unsigned slow_read(
	const struct view_source *from,
	struct host *h,
	struct view *view,
	struct view *target_view,
	struct reading *r
) {
	struct host *target;
	struct slow_sum s;
	double least;
	bool ports;

	if (h->slow == NULL || h->slow->vain_ns != from->now_ns
	    || !from->conf->kind[KIND_SLOW_SCAN].enabled)
		return 0;
	least = threshold(from) * HOLD_SHARE;
	if (h->slow->half[0].opened + h->slow->half[1].opened < least)
		return 0;
	target = history_find(from->history, &h->slow->target);
	if (target != NULL && is_flooded(target)) {
		slow_rest(h->slow);
		return 0;
	}
	sum_of(&s, h->slow);
	ports = h->slow->asked_ns == from->now_ns && tries_ports(&s, least);
	if (s.since_ns + SLOW_MIN_NS > from->now_ns || s.replies > REPLIES_MAX * s.opened
	    || is_half_seen(h, &s, from->now_ns) || (!ports && !tries_hosts(&s, least)))
		return 0;
	view_make(view, from, h);
	if (!ports)
		target = NULL;
	if (target != NULL && is_allowed(target))
		return 0;
	if (target != NULL)
		view_make(target_view, from, target);
	// One of many who send to changing ports: a flood.
	if (target != NULL && s.ports < PORTS_OF_TARGET * target_view->in10.ports)
		return 0;
	scan_reading(r, KIND_SLOW_SCAN, from->conf, target != NULL ? target_view : view, view);
	r->holder = h;
	r->value = round(ports ? s.ports : s.peers);
	r->start_ns = s.since_ns;
	r->interval_ns = from->now_ns - s.since_ns;
	r->tick_packets = h->slow->vain;
	r->rise_packets = (uint64_t)s.opened;
	if (!ports)
		scan_place(r, from->conf, h);
	scan_judge(r, from, s.since_ns);
	return r->holds;
}
