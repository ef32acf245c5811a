// Ten sums of a second.
#include "detect/span.h"

#include "detect/metrics.h"
#include "detect/pool.h"

#include <string.h>

#define SECOND_NS 1000000000ull

static int by_addr(const struct top_peer *a, const struct top_peer *b) {
	return memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

static int by_count(const struct top_peer *a, const struct top_peer *b) {
	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return by_addr(a, b);
}

// Few entries, often in order already.
static void
sort(struct top_peer peers[],
     uint32_t n,
     int (*compare)(const struct top_peer *, const struct top_peer *)) {
	for (uint32_t i = 1; i < n; i++) {
		const struct top_peer one = peers[i];
		uint32_t at = i;

		for (; at > 0 && compare(&one, &peers[at - 1]) < 0; at--)
			peers[at] = peers[at - 1];
		peers[at] = one;
	}
}

uint32_t peers_sort(struct top_peer peers[], uint32_t n) {
	uint32_t kept = 0;

	sort(peers, n, by_addr);
	for (uint32_t i = 0; i < n; i++) {
		if (peers[i].count == 0)
			continue;
		if (kept > 0 && addr_equal(&peers[kept - 1].addr, &peers[i].addr))
			peers[kept - 1].count += peers[i].count;
		else
			peers[kept++] = peers[i];
	}
	sort(peers, kept, by_count);
	return kept;
}

// The busiest of both, by the counts that each list knows.
static void add_top(struct top_peer into[static TOP_PEERS], const struct top_peer *from) {
	struct top_peer all[2 * TOP_PEERS];
	uint32_t n;

	memcpy(all, into, TOP_PEERS * sizeof(*into));
	memcpy(&all[TOP_PEERS], from, TOP_PEERS * sizeof(*from));
	n = peers_sort(all, 2 * TOP_PEERS);
	for (uint32_t i = 0; i < TOP_PEERS; i++)
		into[i] = i < n ? all[i] : (struct top_peer) {.count = 0};
}

uint32_t span_probes(const uint32_t c[static HOST_COUNTER_N]) {
	return c[HOST_SYN] + c[HOST_SYNFIN] + c[HOST_XMAS] + c[HOST_NULL_FLAGS] + c[HOST_ODD_FLAGS]
		+ c[HOST_FIN] + c[HOST_ACK] + unanswered_udp(c) + c[HOST_ICMP_STRAY];
}

void span_begin(struct span *span, struct pool *flows) {
	memset(span, 0, sizeof(*span));
	span->pool = flows;
}

static void part_end(struct span *span, unsigned at) {
	pool_give(span->pool, span->flows[at]);
	span->flows[at] = NULL;
}

void span_end(struct span *span) {
	for (unsigned i = 0; span != NULL && i < SPAN_SECONDS; i++)
		part_end(span, i);
}

static void part_begin(struct span *span, unsigned at, uint64_t second) {
	span->second[at] = second;
	span->opened[at] = span->answered[at] = span->established[at] = span->probes[at] = 0;
	span->answers[at] = 0;
	span->bytes[at] = span->packets[at] = 0;
	part_end(span, at);
}

static bool flows_add(struct span *span, unsigned at, const struct host_record *r) {
	struct span_flows *f = span->flows[at];

	if (f == NULL) {
		f = span->flows[at] = pool_take(span->pool);
		if (f == NULL)
			return false;
		memset(f, 0, sizeof(*f));
	}
	f->replies += r->count[HOST_SYNACK] + r->count[HOST_PSHACK];
	for (unsigned i = 0; i < AMP_N; i++)
		f->replies += r->amplified[i];
	hll_merge(f->peers, r->open_peers);
	hll_merge(f->ports, r->ports);
	add_top(f->top, r->top_peers);
	return true;
}

bool span_add(struct span *span, uint64_t now_ns, const struct host_record *r) {
	const uint64_t second = now_ns / SECOND_NS + 1;
	const unsigned at = second % SPAN_SECONDS;

	if (span->second[at] != second)
		part_begin(span, at, second);
	span->bytes[at] += r->bytes;
	span->packets[at] += r->count[HOST_PACKETS];
	span->ttl_classes |= r->ttl_classes;
	span->answered[at] += r->count[HOST_FLOWS_ANSWERED];
	span->established[at] += r->count[HOST_ESTABLISHED];
	span->probes[at] += span_probes(r->count);
	span->answers[at] += r->count[HOST_SYNACK] + r->count[HOST_PSHACK] + r->count[HOST_RST];
	if (r->count[HOST_FLOWS_OPENED] == 0)
		return true;
	if (!flows_add(span, at, r))
		return false;
	span->opened[at] += r->count[HOST_FLOWS_OPENED];
	return true;
}

void span_second(const struct span *span, uint64_t number, struct span_second *out) {
	const unsigned at = number % SPAN_SECONDS;

	*out = (struct span_second) {.stray = 0};
	if (span == NULL || span->second[at] != number)
		return;
	out->bytes = span->bytes[at];
	out->packets = span->packets[at];
	out->opened = span->opened[at];
	out->stray = (double)span->probes[at] + span->answers[at] - span->established[at];
}

static uint64_t less(uint64_t a, uint64_t b) {
	return a > b ? a - b : 0;
}

// The oldest second that counts; no second where the numbers have only begun.
static uint64_t first_second(uint64_t now_ns) {
	const uint64_t second = now_ns / SECOND_NS + 1;

	return second > SPAN_SECONDS ? second - SPAN_SECONDS + 1 : 1;
}

static void sum_flows(struct span_sum *out, uint8_t ports[], const struct span_flows *f) {
	out->replies += f->replies;
	hll_merge(out->peer_registers, f->peers);
	hll_merge(ports, f->ports);
}

void span_sum(const struct span *span, uint64_t now_ns, struct span_sum *out) {
	const uint64_t from = first_second(now_ns);
	uint8_t ports[HLL_REGISTERS] = {0};

	memset(out, 0, sizeof(*out));
	if (span == NULL)
		return;
	for (unsigned i = 0; i < SPAN_SECONDS; i++) {
		if (span->second[i] < from)
			continue;
		out->bytes += span->bytes[i];
		out->packets += span->packets[i];
		out->answered += span->answered[i];
		out->established += span->established[i];
		out->opened += span->opened[i];
		out->probes += span->probes[i];
		if (span->flows[i] != NULL)
			sum_flows(out, ports, span->flows[i]);
	}
	out->probes = less(out->probes, out->established);
	if (out->probes < less(out->opened, out->answered))
		out->probes = less(out->opened, out->answered);
	if (out->opened == 0)
		return;
	out->peers = hll_estimate(out->peer_registers);
	out->ports = hll_estimate(ports);
}

void span_traffic(const struct span *span, uint64_t now_ns, uint64_t *bytes, uint64_t *packets) {
	const uint64_t from = first_second(now_ns);

	*bytes = *packets = 0;
	for (unsigned i = 0; span != NULL && i < SPAN_SECONDS; i++) {
		if (span->second[i] < from)
			continue;
		*bytes += span->bytes[i];
		*packets += span->packets[i];
	}
}

uint64_t span_opened(const struct span *span, uint64_t now_ns) {
	const uint64_t from = first_second(now_ns);
	uint64_t sum = 0;

	for (unsigned i = 0; span != NULL && i < SPAN_SECONDS; i++)
		sum += span->second[i] >= from ? span->opened[i] : 0;
	return sum;
}

uint32_t span_top(
	const struct span *span,
	uint64_t now_ns,
	struct top_peer out[static SPAN_SECONDS * TOP_PEERS]
) {
	const uint64_t from = first_second(now_ns);
	uint32_t n = 0;

	for (unsigned i = 0; i < SPAN_SECONDS; i++) {
		if (span->second[i] < from || span->flows[i] == NULL)
			continue;
		memcpy(&out[n], span->flows[i]->top, sizeof(span->flows[i]->top));
		n += TOP_PEERS;
	}
	return peers_sort(out, n);
}
