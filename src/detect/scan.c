// Scans, from the side of the source: whom it opened flows to over 10 s, and who answered.
#include "detect/scan.h"

#include "detect/classify.h"
#include "detect/guessing.h"
#include "detect/own.h"
#include "detect/probing.h"
#include "detect/shapes.h"
#include "detect/slow.h"

#include <math.h>
#include <string.h>

// A client gets answers; a scanner of closed ports, or of hosts that are not there, does not.
#define ANSWERED_PORTS_MAX 0.5
#define ANSWERED_HOSTS_MAX 0.3
// A server whose clients' packets are not seen seems to open flows to all of their ports.
#define REPLIES_MAX 0.25
#define PROBES_PER_HOST 8
#define PORTS_PER_HOST 0.5 // more: a peer-to-peer client, where each peer has its own port
// Many ports of many hosts: each port of several hosts, each host at several ports.
#define BLOCK_PORTS 20
#define BLOCK_FLOWS 4 // for each port, and for each host
#define BLOCK_HOSTS 0.2 // of the hosts that a scan for one port takes
#define PORTS_OF_TARGET 0.5
#define ONE_WAY 50 // packets out for one in
#define MOST 0.8 // of the hosts remembered, to name their network
#define AFTER_TICKS 5 // a burst of probes is looked at for this long after its end
#define TARGET_SHARE 0.1 // of the source's packets, to be one of its targets

static double least(const struct view_source *from, unsigned kind) {
	return kind_threshold(from->conf, kind) * HOLD_SHARE;
}

static bool has_replies(const struct span_sum *s) {
	return (double)s->replies > REPLIES_MAX * (double)s->opened;
}

static bool looks_like_a_scanner_of_hosts(const struct span_sum *s) {
	return (double)s->answered <= ANSWERED_HOSTS_MAX * (double)s->opened && !has_replies(s);
}

// What else it does, and completes, is not held against it.
static bool looks_like_a_scanner_of_ports(const struct span_sum *s, double ports_min) {
	const double well = (double)(s->established < s->answered ? s->established : s->answered);
	const double opened = (double)s->opened - well;

	return opened >= ports_min && (double)s->answered - well <= ANSWERED_PORTS_MAX * opened
		&& !has_replies(s);
}

void scan_reading(
	struct reading *r,
	unsigned kind,
	const struct detect_conf *conf,
	const struct view *target,
	const struct view *scanner
) {
	const struct host_record *second
		= scanner->host->out == NULL ? NULL : second_sum(scanner->host->out);

	*r = (struct reading) {.kind = (uint8_t)kind, .view = target, .scanner = scanner};
	r->target = target->host->addr;
	r->holder = target->host;
	r->prefix_len = addr_is_ip4(&r->target) ? 32 : 128;
	r->threshold = kind_threshold(conf, kind);
	r->baseline = NAN;
	r->interval_ns = SPAN_NS;
	r->score = scanner->host->score;
	if (second != NULL) {
		r->rise_packets = second->count[HOST_PACKETS];
		r->rise_bytes = second->bytes;
		r->tick_packets = scanner->host->sent_packets;
		r->tick_bytes = scanner->host->sent_bytes;
	}
	r->start_ns = scanner->now_ns - conf->tick_ns;
	if (second != NULL && second->first_ns < r->start_ns)
		r->start_ns = second->first_ns;
}

// Answers take their time: it must look like a scan for a while.
void scan_judge(struct reading *r, const struct view_source *from, uint64_t since_ns) {
	const uint64_t floor_ns = from->conf->kind[r->kind].floor_ms * 1000000ull;

	r->above = r->value >= r->threshold && since_ns + floor_ns <= from->now_ns;
	r->holds = r->value >= r->threshold * HOLD_SHARE;
}

// Remember since when. @return @p now for what it is given
static bool keep_since(uint64_t *since_ns, bool now, const struct view_source *from) {
	if (!now)
		*since_ns = 0;
	else if (*since_ns == 0)
		*since_ns = from->now_ns - from->conf->tick_ns;
	return now;
}

static bool is_allowed(const struct host *h) {
	return h->network != NULL && h->network->allow;
}

// Where many hosts send to many ports of one, it is a flood to changing ports: a scanner has tried most
// of the ports itself, unless they are few.
static bool
is_scan_of(const struct view *scanner, const struct span_sum *source, const struct view *target) {
	const uint32_t *out = scanner->out->count;

	if (!target->scan_like && source->ports < PORTS_OF_TARGET * target->in10.ports)
		return false;
	if (out[HOST_FRAGMENTS] * 2 > out[HOST_PACKETS] && !is_cut_probing(scanner->out))
		return false;
	return out[HOST_UDP] * 2 <= out[HOST_PACKETS] || is_udp_probing(target->in);
}

// Keep those of this tick; the one seen longest ago gives way.
static void name_scanner(struct host *target, const struct addr *scanner, uint64_t now_ns) {
	unsigned at = 0;

	for (unsigned i = 0; i < SCANNERS_KEPT; i++) {
		if (addr_equal(&target->scanner[i], scanner)) {
			at = i;
			break;
		}
		if (target->scanner_ns[i] < target->scanner_ns[at])
			at = i;
	}
	target->scanner[at] = *scanner;
	target->scanner_ns[at] = now_ns;
}

static bool ports_of_one(
	const struct view_source *from,
	const struct view *scanner,
	const struct span_sum *source,
	struct host *target,
	struct view *target_view,
	struct reading *r
) {
	if (target == NULL || is_allowed(target))
		return false;
	view_make(target_view, from, target);
	name_scanner(target, &scanner->host->addr, from->now_ns);
	if (!is_scan_of(scanner, source, target_view))
		return false;
	scan_reading(r, KIND_VERTICAL_SCAN, from->conf, target_view, scanner);
	r->value = round(fmin(source->ports, target_view->in10.ports));
	scan_judge(r, from, scanner->host->scan_ports_ns);
	return r->holds;
}

static unsigned scan_ports(
	const struct view_source *from,
	const struct view *scanner,
	const struct span_sum *s,
	struct view target_views[static SCAN_TARGETS_MAX],
	struct reading *out
) {
	struct top_peer top[SPAN_SECONDS * TOP_PEERS];
	const uint32_t n_top = span_top(scanner->host->span_out, from->now_ns - 1, top);
	unsigned n = 0;

	const double ports_min = least(from, KIND_VERTICAL_SCAN);
	const bool looks = scanner->host->probing.seen_ns == from->now_ns && s->ports >= ports_min
		&& looks_like_a_scanner_of_ports(s, ports_min);

	if (!keep_since(&scanner->host->scan_ports_ns, looks, from))
		return 0;
	for (uint32_t i = 0; i < n_top && n < SCAN_TARGETS_MAX; i++) {
		if ((double)top[i].count < TARGET_SHARE * (double)s->packets)
			break;
		n += ports_of_one(
			from,
			scanner,
			s,
			history_find(from->history, &top[i].addr),
			&target_views[n],
			&out[n]
		);
	}
	return n;
}

bool samples_network(
	const struct addr sample[],
	uint32_t n,
	double share,
	struct addr *network,
	uint8_t *prefix_len
) {
	static const uint8_t lengths4[] = {24, 20, 16}, lengths6[] = {64, 56, 48};

	for (unsigned l = 0; l < sizeof(lengths4); l++) {
		for (uint32_t i = 0; i < n; i++) {
			const uint8_t len = addr_is_ip4(&sample[i]) ? lengths4[l] : lengths6[l];
			const struct addr want = addr_mask(&sample[i], len);
			uint32_t same = 0;

			for (uint32_t j = 0; j < n; j++) {
				const struct addr got = addr_mask(&sample[j], len);

				same += addr_equal(&want, &got);
			}
			if (same < share * n)
				continue;
			*network = want;
			*prefix_len = len;
			return true;
		}
	}
	return false;
}

bool scanned_network(const struct host *h, struct addr *network, uint8_t *prefix_len) {
	const uint32_t n = h->samples < SCAN_SAMPLES ? h->samples : SCAN_SAMPLES;

	return samples_network(h->sample, n, MOST, network, prefix_len);
}

// What the alarm that is open says stays said: the network, or that it goes all over. Of an inside host that scans
// outside, the alarm is about the host in both cases (outbound.c).
bool scan_place(struct reading *r, const struct detect_conf *conf, const struct host *h) {
	const bool of_network = h->open_kinds >> r->kind & 1,
		   of_source = h->sent_kinds >> r->kind & 1;
	struct addr network;
	uint8_t prefix_len;

	if (scanned_network(h, &network, &prefix_len)) {
		if (of_source && (!h->inside || own_is(network_of(conf, &network), &network)))
			return true;
		r->target = network;
		r->prefix_len = prefix_len;
		return true;
	}
	if (!of_network || h->samples == 0)
		return false;
	r->prefix_len = addr_is_ip4(&h->sample[0]) ? 16 : 48;
	r->target = addr_mask(&h->sample[0], r->prefix_len);
	return true;
}

// A client of many peers who are gone opens a flow or two to each, at a port of its own. UDP is left out: where
// only one direction is seen every client of many services would be one.
static bool is_block(const struct view *scanner, const struct span_sum *s, double hosts_min) {
	const uint32_t *out = scanner->out->count;

	return s->peers >= fmax(BLOCK_HOSTS * hosts_min, 1) && s->ports >= BLOCK_PORTS
		&& (double)s->opened >= BLOCK_FLOWS * fmax(s->ports, s->peers)
		&& out[HOST_UDP] * 2 <= out[HOST_PACKETS];
}

// What others send it is not seen: it talks on in flows that nobody seems to answer. A probe of TCP has
// nothing to say.
static bool is_half_seen(const struct view_source *from, const struct view *scanner) {
	const uint32_t *out = scanner->out->count;
	uint64_t bytes, packets;

	span_traffic(scanner->host->span_in, from->now_ns - 1, &bytes, &packets);
	return packets * ONE_WAY < out[HOST_PACKETS] && out[HOST_TCP] * 2 > out[HOST_PACKETS]
		&& out[HOST_PACKETS] - out[HOST_SMALL] > out[HOST_FLOWS_OPENED] / 2;
}

static bool is_sweep(const struct view_source *from, const struct span_sum *s) {
	return s->ports <= PORTS_PER_HOST * s->peers
		&& (double)s->probes <= PROBES_PER_HOST * s->peers
		&& s->peers >= least(from, KIND_HORIZONTAL_SCAN);
}

static bool scan_hosts(
	const struct view_source *from,
	const struct view *scanner,
	const struct span_sum *s,
	struct reading *r
) {
	const bool block = is_block(scanner, s, least(from, KIND_HORIZONTAL_SCAN));
	const bool looks = looks_like_a_scanner_of_hosts(s) && (block || is_sweep(from, s))
		&& !is_half_seen(from, scanner);

	if (!keep_since(&scanner->host->scan_hosts_ns, looks, from))
		return false;
	scan_reading(r, KIND_HORIZONTAL_SCAN, from->conf, scanner, scanner);
	if (block)
		r->threshold *= BLOCK_HOSTS;
	r->value = round(s->peers);
	scan_judge(r, from, scanner->host->scan_hosts_ns);
	scan_place(r, from->conf, scanner->host);
	return r->holds;
}

static bool opened_within(const struct view_source *from, const struct host *h, uint64_t ticks) {
	return h->opened_ns + ticks * from->conf->tick_ns >= from->now_ns;
}

// Too few flows opened lately for any fast scan. Cheap: nearly all hosts are told apart here. Its packets
// are a scanner's as long as they are in the second.
static bool is_quiet(const struct view_source *from, const struct host *h) {
	return !opened_within(from, h, history_ticks(from->history) + 1)
		|| (double)span_opened(h->span_out, from->now_ns - 1)
		< fmin(least(from, KIND_VERTICAL_SCAN), least(from, KIND_HORIZONTAL_SCAN));
}

static void no_scan(struct host *h) {
	h->scan_ports_ns = h->scan_hosts_ns = 0;
}

static unsigned fast_scans(
	const struct view_source *from,
	struct host *h,
	struct view *view,
	struct view target_views[static SCAN_TARGETS_MAX],
	struct reading *out
) {
	struct span_sum s;
	unsigned n = 0;

	if (is_quiet(from, h)) {
		no_scan(h);
		probing_end(h, from->now_ns);
		return 0;
	}
	span_sum(h->span_out, from->now_ns - 1, &s);
	probing_judge(h, &s, from->now_ns);
	if (!opened_within(from, h, AFTER_TICKS)) {
		no_scan(h);
		return 0;
	}
	view_make(view, from, h);
	if (from->conf->kind[KIND_HORIZONTAL_SCAN].enabled && scan_hosts(from, view, &s, &out[n]))
		n++;
	if (n == 1 && s.ports >= BLOCK_PORTS) // a block: its hosts are not told one by one
		return n;
	if (from->conf->kind[KIND_VERTICAL_SCAN].enabled)
		n += scan_ports(from, view, &s, target_views, &out[n]);
	return n;
}

unsigned classify_scanner(
	const struct view_source *from,
	struct host *h,
	struct view *view,
	struct view target_views[static SCAN_TARGETS_MAX],
	struct reading out[static SCAN_READINGS_MAX]
) {
	unsigned n;

	if (is_allowed(h)) {
		no_scan(h);
		probing_end(h, from->now_ns);
		return 0;
	}
	n = fast_scans(from, h, view, target_views, out);
	if (n > 0)
		slow_rest(h->slow);
	if (n == 0)
		n = slow_read(from, h, view, &target_views[0], &out[0]);
	if (n == 0)
		n = guessing_read(from, h, view, &target_views[0], &out[0]);
	return n;
}
