// Who tries ports, and the part of a target's packets that this explains.
#include "detect/probing.h"

#include "detect/shapes.h"

#include <math.h>
#include <string.h>

#define NAMED_NS 2000000000ull // its last packets may be a second older than its name
#define PIECES 3 // of a TCP header, where they have eight bytes each
#define TARGET_TOP_PORT 0.1 // of a target's packets certainly to one port: not all of it is a scan

static bool is_few(double probes, double ports, double hosts) {
	return ports >= SCAN_PORTS && probes <= SCAN_PACKETS_PER_PORT * ports * fmax(1, hosts);
}

static double record_probes(const struct host_record *sent) {
	return (double)span_probes(sent->count) - sent->count[HOST_ESTABLISHED];
}

static bool tries_ports_in_a_second(const struct host *h) {
	const struct host_record *sent = h->out == NULL ? NULL : second_sum(h->out);

	return sent != NULL && sent->count[HOST_FLOWS_OPENED] > 0
		&& is_few(
			record_probes(sent),
			hll_estimate(sent->ports),
			hll_estimate(sent->open_peers)
		);
}

static bool goes_on(const struct probing *p) {
	return is_few(
		(double)p->probes - (double)p->established,
		hll_estimate(p->ports),
		hll_estimate(p->peers)
	);
}

void probing_add(struct probing *p, const struct host_record *sent) {
	p->probes += span_probes(sent->count);
	p->established += sent->count[HOST_ESTABLISHED];
	hll_merge(p->ports, sent->ports);
	hll_merge(p->peers, sent->open_peers);
}

// Who went on beyond what a scan takes is not taken for a scanner again before he has paused.
static bool is_known_to_flood(const struct probing *p, uint64_t now_ns) {
	return p->flood_ns != 0 && p->flood_ns + SPAN_NS > now_ns;
}

void probing_end(struct host *h, uint64_t now_ns) {
	if (h->probing.since_ns != 0 && !is_known_to_flood(&h->probing, now_ns))
		memset(&h->probing, 0, sizeof(h->probing));
}

static void probing_begin(struct host *h, uint64_t now_ns) {
	h->probing.since_ns = now_ns;
	if (h->out != NULL)
		probing_add(&h->probing, second_sum(h->out));
}

void probing_judge(struct host *h, const struct span_sum *sent10, uint64_t now_ns) {
	struct probing *p = &h->probing;

	if (!tries_ports_in_a_second(h)
	    && !is_few((double)sent10->probes, sent10->ports, sent10->peers)) {
		probing_end(h, now_ns);
		return;
	}
	if (p->since_ns == 0)
		probing_begin(h, now_ns);
	if (!goes_on(p))
		p->flood_ns = now_ns;
	else if (!is_known_to_flood(p, now_ns))
		p->seen_ns = now_ns;
}

// What the scanner sent to the target is between the list's count and that and the list's error (Misra
// and Gries), and no more than it sent in all.
static double
toward(const struct view *v, const struct host_record *sent, const struct addr *scanner) {
	const struct top_peer *top = v->in->top_peers;
	double listed = 0, count = 0;

	for (unsigned i = 0; i < TOP_PEERS; i++) {
		listed += (double)top[i].count;
		if (top[i].count > 0 && addr_equal(&top[i].addr, scanner))
			count = (double)top[i].count;
	}
	return fmin(
		sent->count[HOST_PACKETS],
		count + (v->in->count[HOST_PACKETS] - listed) / (TOP_PEERS + 1)
	);
}

// A probe of TCP may come in three pieces, of eight bytes each.
static double packets_per_port(const struct host_record *sent, unsigned metric) {
	if (metric != M_FRAGMENTS)
		return SCAN_PACKETS_PER_PORT;
	return is_cut_probing(sent) ? PIECES * SCAN_PACKETS_PER_PORT : 0;
}

static double part_of(const struct view *v, const struct addr *source, unsigned metric) {
	const struct host *h = history_find(v->history, source);
	const struct host_record *sent;
	uint32_t own[METRIC_N];
	double part;

	if (h == NULL || h->probing.seen_ns != v->now_ns || h->out == NULL)
		return 0;
	sent = second_sum(h->out);
	if (metric == M_UDP && !is_udp_probing(sent))
		return 0;
	metrics_of(own, sent, true, true);
	part = fmin(own[metric], toward(v, sent, source));
	// It may try many ports of others and flood this host.
	return part <= packets_per_port(sent, metric) * hll_estimate(sent->ports) ? part : 0;
}

// Few senders, decoys maybe, none of whom tries many ports alone, and no port that stands out.
static bool is_scan_of_many(const struct view *v, unsigned metric) {
	return metric != M_FRAGMENTS && metric != M_OTHER_IP && v->scan_like
		&& v->in->top_port_count < TARGET_TOP_PORT * v->in->count[HOST_PACKETS]
		&& (metric != M_UDP || is_udp_probing(v->in));
}

static bool is_explainable(unsigned metric) {
	return metric <= M_UDP || metric == M_BADFLAGS || metric == M_UNUSUAL
		|| metric == M_FRAGMENTS || metric == M_OTHER_IP;
}

static bool is_listed(const struct view *v, const struct addr *addr) {
	for (unsigned i = 0; i < TOP_PEERS; i++)
		if (v->in->top_peers[i].count > 0 && addr_equal(&v->in->top_peers[i].addr, addr))
			return true;
	return false;
}

double probing_share(const struct view *v, unsigned metric) {
	const double all = (double)rates_sum(v->host->rates, metric);
	double part = 0;

	if (!is_explainable(metric) || all <= 0)
		return 0;
	if (is_scan_of_many(v, metric))
		return 1;
	for (unsigned i = 0; i < TOP_PEERS; i++)
		if (v->in->top_peers[i].count > 0)
			part += part_of(v, &v->in->top_peers[i].addr, metric);
	for (unsigned i = 0; i < SCANNERS_KEPT; i++)
		if (v->host->scanner_ns[i] + NAMED_NS > v->now_ns
		    && !is_listed(v, &v->host->scanner[i]))
			part += part_of(v, &v->host->scanner[i], metric);
	return fmin(1, part / all);
}
