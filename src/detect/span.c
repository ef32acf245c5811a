// Ten sums of a second.
#include "detect/span.h"

#include "detect/metrics.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000ull

void hll_merge(uint8_t into[static HLL_REGISTERS], const uint8_t from[static HLL_REGISTERS]) {
	for (unsigned i = 0; i < HLL_REGISTERS; i++)
		into[i] = from[i] > into[i] ? from[i] : into[i];
}

static int by_addr(const void *x, const void *y) {
	const struct top_peer *a = x, *b = y;

	return memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

static int by_count(const void *x, const void *y) {
	const struct top_peer *a = x, *b = y;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return by_addr(x, y);
}

uint32_t peers_sort(struct top_peer peers[], uint32_t n) {
	uint32_t kept = 0;

	qsort(peers, n, sizeof(*peers), by_addr);
	for (uint32_t i = 0; i < n; i++) {
		if (peers[i].count == 0)
			continue;
		if (kept > 0 && addr_equal(&peers[kept - 1].addr, &peers[i].addr))
			peers[kept - 1].count += peers[i].count;
		else
			peers[kept++] = peers[i];
	}
	qsort(peers, kept, sizeof(*peers), by_count);
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

void span_add(struct span *span, uint64_t now_ns, const struct host_record *r) {
	const uint64_t second = now_ns / SECOND_NS + 1;
	struct span_part *p = &span->part[second % SPAN_SECONDS];

	if (p->second != second) {
		memset(p, 0, sizeof(*p));
		p->second = second;
	}
	p->bytes += r->bytes;
	p->packets += r->count[HOST_PACKETS];
	p->answered += r->count[HOST_FLOWS_ANSWERED];
	p->established += r->count[HOST_ESTABLISHED];
	p->probes += span_probes(r->count);
	if (r->count[HOST_FLOWS_OPENED] == 0)
		return;
	p->opened += r->count[HOST_FLOWS_OPENED];
	p->replies += r->count[HOST_SYNACK] + r->count[HOST_PSHACK];
	for (unsigned i = 0; i < AMP_N; i++)
		p->replies += r->amplified[i];
	hll_merge(p->peers, r->open_peers);
	hll_merge(p->ports, r->ports);
	add_top(p->top, r->top_peers);
}

static uint64_t less(uint64_t a, uint64_t b) {
	return a > b ? a - b : 0;
}

static bool is_recent(const struct span_part *p, uint64_t now_ns) {
	return p->second != 0 && p->second + SPAN_SECONDS > now_ns / SECOND_NS + 1;
}

void span_sum(const struct span *span, uint64_t now_ns, struct span_sum *out) {
	uint8_t ports[HLL_REGISTERS] = {0};

	memset(out, 0, sizeof(*out));
	if (span == NULL)
		return;
	for (unsigned i = 0; i < SPAN_SECONDS; i++) {
		const struct span_part *p = &span->part[i];

		if (!is_recent(p, now_ns))
			continue;
		out->bytes += p->bytes;
		out->packets += p->packets;
		out->answered += p->answered;
		out->established += p->established;
		out->opened += p->opened;
		out->replies += p->replies;
		out->probes += p->probes;
		if (p->opened == 0)
			continue;
		hll_merge(out->peer_registers, p->peers);
		hll_merge(ports, p->ports);
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
	*bytes = *packets = 0;
	for (unsigned i = 0; span != NULL && i < SPAN_SECONDS; i++) {
		if (!is_recent(&span->part[i], now_ns))
			continue;
		*bytes += span->part[i].bytes;
		*packets += span->part[i].packets;
	}
}

uint64_t span_opened(const struct span *span, uint64_t now_ns) {
	uint64_t sum = 0;

	for (unsigned i = 0; span != NULL && i < SPAN_SECONDS; i++)
		if (is_recent(&span->part[i], now_ns))
			sum += span->part[i].opened;
	return sum;
}

uint32_t span_top(
	const struct span *span,
	uint64_t now_ns,
	struct top_peer out[static SPAN_SECONDS * TOP_PEERS]
) {
	uint32_t n = 0;

	for (unsigned i = 0; i < SPAN_SECONDS; i++) {
		if (!is_recent(&span->part[i], now_ns))
			continue;
		memcpy(&out[n], span->part[i].top, sizeof(span->part[i].top));
		n += TOP_PEERS;
	}
	return peers_sort(out, n);
}
