// Sources of the tick -> where they lie.
#include "detect/origins.h"

#include <math.h>
#include <string.h>

#define BLOCKS4 256
#define BLOCKS6 4096 // of IPv6's /32, by hash: few enough to count, many enough to tell
#define UNICAST4 223 // 1.0.0.0 - 223.255.255.255

struct blocks {
	uint64_t bit4[BLOCKS4 / 64], bit6[BLOCKS6 / 64];
	uint32_t n4, n6;
};

// Not as a source on any network: "this network", loopback, multicast, reserved (RFC 6890), and of IPv6
// what is neither global unicast, unique local nor link local (RFC 4291).
static bool is_nobody(const struct addr *a) {
	if (addr_is_ip4(a))
		return a->b[12] == 0 || a->b[12] == 127 || a->b[12] >= 224;
	return (a->b[0] & 0xe0) != 0x20 && (a->b[0] & 0xfe) != 0xfc
		&& !(a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
}

static void block_add(struct blocks *b, const struct addr *a) {
	uint32_t head;
	unsigned at;

	if (addr_is_ip4(a)) {
		b->bit4[a->b[12] / 64] |= 1ull << a->b[12] % 64;
		b->n4++;
		return;
	}
	memcpy(&head, a->b, sizeof(head));
	at = (head * 2654435761u) >> 20; // Knuth, TAOCP 3, 6.4: multiplicative hashing
	b->bit6[at / 64] |= 1ull << at % 64;
	b->n6++;
}

static uint32_t bits(const uint64_t *words, unsigned n) {
	uint32_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += (uint32_t)__builtin_popcountll(words[i]);
	return sum;
}

// n balls in m urns leave so many not empty.
static double occupied(uint32_t n, double m) {
	return m * (1 - pow(1 - 1 / m, n));
}

static bool sends_to(const struct host_record *r, const struct addr *target) {
	return r->top_peers[0].count > 0 && addr_equal(&r->top_peers[0].addr, target);
}

static bool is_in_earlier(
	struct window *const windows[],
	uint32_t n,
	const struct host_record *r,
	const struct addr *target
) {
	for (uint32_t i = 0; i < n; i++) {
		const struct host_record *other = host_table_find(windows[i]->sources, &r->addr);

		if (other != NULL && sends_to(other, target))
			return true;
	}
	return false;
}

// In this tick, or as long as it is known.
static bool is_alive(const struct history *history, const struct host_record *r) {
	const struct host *h;

	if (r->count[HOST_ESTABLISHED] > 0)
		return true;
	h = history_find(history, &r->addr);
	return h != NULL && h->completed;
}

void origins_of(
	struct origins *out,
	const struct history *history,
	struct window *const windows[],
	uint32_t n_windows,
	const struct addr *target
) {
	struct blocks blocks = {.n4 = 0};

	*out = (struct origins) {0};
	for (uint32_t i = 0; i < n_windows; i++) {
		const struct host_record *r;

		for (uint32_t at = 0; (r = host_table_next(windows[i]->sources, &at)) != NULL;) {
			if (!sends_to(r, target) || is_in_earlier(windows, i, r, target))
				continue;
			out->sources++;
			out->nobody += is_nobody(&r->addr);
			if (out->asked < ORIGINS_ASKED) {
				out->asked++;
				out->alive += is_alive(history, r);
			}
			block_add(&blocks, &r->addr);
		}
	}
	out->blocks = bits(blocks.bit4, BLOCKS4 / 64) + bits(blocks.bit6, BLOCKS6 / 64);
	out->even = occupied(blocks.n4, UNICAST4) + occupied(blocks.n6, BLOCKS6);
}
