// The attacks: floods, fragments, scans. One actor says all packets of an attack; the target's
// answers are actors of one packet.
#include "scenes.h"

#include <string.h>

// A host of the range; `i` chooses, the same i the same host.
static struct addr range_host(const struct range *range, uint64_t i) {
	struct addr a = range->addr;

	a.w[1] |= __builtin_bswap64(i & range_mask(range));
	return a;
}

// Any address that a router would carry: neither private nor multicast nor loopback.
static struct addr any_host(struct rng *r, bool ip6) {
	const uint64_t v = rng_next(r), w = rng_next(r);
	struct addr a;
	uint8_t ip4[4];

	if (ip6) {
		memcpy(&a.b[0], &v, 8);
		memcpy(&a.b[8], &w, 8);
		a.b[0] = 0x20 | (a.b[0] & 0x0f); // 2000::/4 of the global unicast space
		return a;
	}
	memcpy(ip4, &v, 4);
	ip4[0] = (uint8_t)(1 + ip4[0] % 223);
	if (ip4[0] == 10 || ip4[0] == 127)
		ip4[0]++;
	return addr_from_ip4(ip4);
}

static struct addr attacker(struct world *w, struct actor *a, bool ip6) {
	const struct settings *const settings = w->attack;
	const uint32_t n = scene_sources(settings);
	const struct range range = scene_source(settings);

	if (n == FORGED && !settings->has_source)
		return any_host(&a->rng, ip6);
	if (n == FORGED)
		return range_host(&range, rng_next(&a->rng));
	// The k-th source is always the same; some send more than others.
	return range_host(&range, rng_mix(settings->seed * 31 + rng_rank(&a->rng, n)));
}

// Hosts are some hops away, and start at what their system starts with.
static uint8_t far_ttl(const struct addr *a) {
	static const uint8_t initial[] = {64, 64, 128, 255};
	const uint64_t h = rng_mix(a->w[0] ^ a->w[1] * 3);

	return (uint8_t)(initial[h & 3] - 5 - (h >> 8) % 15);
}

static uint32_t head_bytes(const struct scene *s, bool ip6) {
	return 14u + (ip6 ? 40u : 20u) + (s->proto == IP_TCP ? 20u : 8u);
}

static uint16_t
payload_bytes(const struct settings *settings, const struct scene *s, struct rng *r, bool ip6) {
	const uint32_t head = head_bytes(s, ip6), most = 1514 - head;
	uint32_t n = rng_between(r, s->payload_min, s->payload_max);

	if (settings->size)
		n = settings->size > head ? settings->size - head : 0;
	return (uint16_t)(n < most || settings->size ? n : most);
}

static uint64_t next_moment(struct world *w, struct actor *a) {
	const double rate = w->attack->packets_per_s > 0 ? w->attack->packets_per_s
							 : a->flood.scene->packets_per_s;

	w->attack_last_ns = w->now_ns;
	if (a->flood.n++ == 0)
		w->attack_first_ns = w->now_ns;
	w->attack_packets++;
	// The n-th packet has its place on the clock, give or take half a gap: the rate is exact.
	const uint64_t at = a->flood.from_ns
		+ (uint64_t)(((double)a->flood.n + 0.5 * (rng_unit(&a->rng) - 0.5)) * 1e9 / rate);

	return at < a->flood.until_ns ? at : NEVER;
}

// A share of IPv6: each packet is of the one family or the other.
static void choose_family(struct world *w, struct actor *a) {
	if (w->settings->ip6_share >= 0)
		w->attack = &w->family[rng_unit(&a->rng) < w->settings->ip6_share];
}

static void attack_words(struct world *w, struct actor *a, struct words *words) {
	choose_family(w, a);
	const struct settings *const settings = w->attack;
	const struct scene *const s = a->flood.scene;
	const struct range target = scene_target(settings);
	const bool ip6 = !addr_is_ip4(&target.addr);

	w->part = PART_ATTACK;
	*words = (struct words) {
		.src = attacker(w, a, ip6),
		.dst = range_host(&target, rng_next(&a->rng)),
		.proto = s->proto,
		.flags = s->flags,
		.fill = s->fill,
		.icmp_type = ICMP_ECHO,
		.sport = s->sport ? s->sport : (uint16_t)rng_between(&a->rng, 1024, 65535),
		.dport = settings->target_port ? settings->target_port : s->dport,
		.seq = (uint32_t)rng_next(&a->rng),
		.window = (uint16_t)(512u << rng_below(&a->rng, 6)),
		.payload = payload_bytes(settings, s, &a->rng, ip6),
		.ip_id = (uint16_t)rng_between(&a->rng, 1, 65535),
		.fill_seed = rng_next(&a->rng),
	};
	if (words->dport == 0)
		words->dport = (uint16_t)rng_between(&a->rng, 1, 65535);
	if (settings->flows > 0)
		flow_words(settings, a->flood.n % settings->flows, words);
	words->ttl = far_ttl(&words->src);
	if (s->flags & ACK)
		words->ack = (uint32_t)rng_next(&a->rng);
}

// The other end's answer to a packet that it did not want, or did.
static void answer(struct world *w, struct actor *a, const struct words *to, bool open) {
	struct words reply = {
		.src = to->dst,
		.dst = to->src,
		.sport = to->dport,
		.dport = to->sport,
		.proto = to->proto,
		.ttl = 64,
		.seq = open ? to->seq * 2654435761u : 0,
		.ack = to->seq + 1,
		.flags = open ? SYN | ACK : RST | ACK,
		.window = open ? 64240 : 0,
		.mss = open ? 1460 : 0,
	};

	if (to->proto == IP_UDP || (to->proto == IP_TCP && to->flags & RST))
		reply = (struct words) {
			.src = to->dst,
			.dst = to->src,
			.proto = IP_ICMP,
			.ttl = 64,
			.icmp_type = ICMP_UNREACHABLE,
			.icmp_code = 3,
			.payload = 28};
	if (to->proto == IP_ICMP) {
		reply = *to;
		reply.src = to->dst;
		reply.dst = to->src;
		reply.icmp_type = ICMP_ECHO_REPLY;
		reply.ttl = 64;
	}
	world_say_later(
		w, &reply, (uint64_t)(150 + rng_exponential(&a->rng, 100)) * MICROSECOND_NS
	);
}

static bool is_answered(struct world *w, struct actor *a) {
	const double share
		= w->attack->answered >= 0 ? w->attack->answered : a->flood.scene->answered;

	return rng_unit(&a->rng) < share;
}

uint64_t flood_step(struct world *w, struct actor *a) {
	struct words words;

	attack_words(w, a, &words);
	world_say(w, &words);
	if (is_answered(w, a))
		answer(w, a, &words, (words.flags & (SYN | FIN | RST | ACK)) == SYN);
	return next_moment(w, a);
}

// First, middle or last part of datagrams whose other parts never come.
uint64_t fragment_step(struct world *w, struct actor *a) {
	struct words words;

	attack_words(w, a, &words);
	words.fragment = true;
	words.payload &= 0xfff8u;
	words.offset = (uint16_t)(rng_below(&a->rng, 4) * 1480);
	words.more = words.offset < 3 * 1480;
	world_say(w, &words);
	return next_moment(w, a);
}

// The i-th of n in an order that jumps about but leaves none out; n a power of two.
static uint32_t scattered(uint64_t i, uint32_t n, uint64_t seed) {
	return (uint32_t)(i * 2654435761u + seed * 40503u) & (n - 1);
}

uint64_t vertical_step(struct world *w, struct actor *a) {
	static const uint16_t open_ports[] = {22, 80, 443, 3306, 8080};
	struct words words;
	bool open = false;

	attack_words(w, a, &words);
	words.dport = (uint16_t)scattered(a->flood.n, 65536, w->attack->seed);
	words.mss = 1460;
	words.window = 1024;
	for (unsigned i = 0; i < sizeof(open_ports) / sizeof(open_ports[0]); i++)
		open = open || words.dport == open_ports[i];
	world_say(w, &words);
	if (is_answered(w, a))
		answer(w, a, &words, open);
	return a->flood.n < 65535 || w->attack->packets > 0 ? next_moment(w, a) : NEVER;
}

uint64_t horizontal_step(struct world *w, struct actor *a) {
	struct words words;

	attack_words(w, a, &words);
	const struct range target = scene_target(w->attack);
	const unsigned host_bits = (addr_is_ip4(&target.addr) ? 32u : 128u) - target.prefix_len;
	const uint32_t hosts = 1u << (host_bits < 24 ? host_bits : 24);

	words.dst = range_host(&target, scattered(a->flood.n, hosts, w->attack->seed));
	words.mss = 1460;
	words.window = 1024;
	world_say(w, &words);
	if (is_answered(w, a))
		answer(w, a, &words, rng_unit(&a->rng) < 0.2);
	return next_moment(w, a);
}
