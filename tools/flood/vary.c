#include "vary.h"

#include "scenes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IP_AT 14u
#define IP4_BYTES 20u
#define IP4_ADDR_AT (IP_AT + 12u)
#define IP6_ADDR_AT (IP_AT + 8u)

static uint32_t load32(const uint8_t *p) {
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t load64(const uint8_t *p) {
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint16_t load16(const uint8_t *p) {
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void store16(uint8_t *p, uint16_t v) {
	memcpy(p, &v, sizeof(v));
}

static void store32(uint8_t *p, uint32_t v) {
	memcpy(p, &v, sizeof(v));
}

static void store64(uint8_t *p, uint64_t v) {
	memcpy(p, &v, sizeof(v));
}

// Network order in memory is what is stored: the sum of words loaded as they lie is right as it lies
// (RFC 1071, 2 (B)).
static uint16_t folded(uint64_t sum) {
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint64_t sum_of(const uint8_t *p, uint32_t n) {
	uint64_t sum = 0;

	for (; n >= 4; p += 4, n -= 4)
		sum += load32(p);
	if (n >= 2) {
		sum += load16(p);
		p += 2;
		n -= 2;
	}
	return n > 0 ? sum + *p : sum;
}

static uint64_t addresses_sum(const struct trace_frame *f, const uint8_t *frame) {
	uint64_t sum = 0;

	if (!f->ip6)
		return (uint64_t)load32(frame + IP4_ADDR_AT) + load32(frame + IP4_ADDR_AT + 4);
	for (unsigned i = 0; i < 8; i++)
		sum += load32(frame + IP6_ADDR_AT + 4 * i);
	return sum;
}

static unsigned sum_offset(const struct trace_frame *f) {
	return f->transport == TRANSPORT_TCP ? 16 : f->transport == TRANSPORT_UDP ? 6 : 2;
}

// The words of the transport header that may change: TCP's ports, sequence and acknowledgement, UDP's
// ports, the identifier and number of an ICMP echo.
static uint64_t varied_sum(const struct trace_frame *f, const uint8_t *transport) {
	switch (f->transport) {
	case TRANSPORT_TCP:
		return (uint64_t)load32(transport) + load32(transport + 4) + load32(transport + 8);
	case TRANSPORT_UDP:
		return load32(transport);
	default:
		return load32(transport + 4);
	}
}

static bool has_pseudo_header(const struct trace_frame *f) {
	return f->transport != TRANSPORT_ICMP || f->ip6;
}

// The checksum as it is, undone of what will change: x + ~x is 0 in this arithmetic.
uint32_t vary_fixed_sum(const struct trace *t, const struct trace_frame *f) {
	const uint8_t *const frame = trace_bytes(t, f), *const transport = frame + f->transport_at;
	uint64_t sum;

	if (!f->has_sum)
		return 0;
	sum = (uint16_t)~load16(transport + sum_offset(f));
	sum += folded(varied_sum(f, transport));
	if (has_pseudo_header(f))
		sum += folded(addresses_sum(f, frame));
	return (uint32_t)sum;
}

static void put_sums(const struct trace_frame *f, uint8_t *frame) {
	uint8_t *const transport = frame + f->transport_at;

	if (!f->ip6) {
		store16(frame + IP_AT + 10, 0);
		store16(frame + IP_AT + 10, folded(sum_of(frame + IP_AT, IP4_BYTES)));
	}
	if (!f->has_sum)
		return;
	uint64_t sum = f->fixed_sum + varied_sum(f, transport);

	if (has_pseudo_header(f))
		sum += addresses_sum(f, frame);
	const uint16_t result = folded(sum);

	store16(transport + sum_offset(f),
		f->transport == TRANSPORT_UDP && result == 0 ? 0xffff : result);
}

// A random number below n, n as great as it likes.
static uint64_t below(uint64_t random, uint64_t n) {
	return (uint64_t)(((unsigned __int128)random * n) >> 64);
}

static uint64_t sender_host(struct vary *v, uint64_t random) {
	switch (v->senders) {
	case SENDERS_FEW:
		return v->few[random % VARY_FEW];
	case SENDERS_MANY:
		return rng_mix(v->settings->seed * 31 + below(random, v->n_senders));
	default:
		return random;
	}
}

static uint32_t forged4(uint64_t random) {
	uint8_t b[4];
	uint32_t v;

	store32(b, (uint32_t)random);
	b[0] = (uint8_t)(1 + ((random >> 32 & 0xffff) * 223 >> 16)); // as any_host() of attack.c
	if (b[0] == 10 || b[0] == 127)
		b[0]++;
	memcpy(&v, b, sizeof(v));
	return v;
}

static void put_sender(struct vary *v, uint64_t random, uint64_t more, bool ip6, uint8_t *at) {
	if (v->senders == SENDERS_FORGED) {
		if (!ip6) {
			store32(at, forged4(random));
			return;
		}
		store64(at, random);
		at[0] = 0x20 | (at[0] & 0x0f); // 2000::/4
		store64(at + 8, more);
		return;
	}
	const uint64_t low
		= v->sender.w[1] | __builtin_bswap64(sender_host(v, random) & v->sender_mask);

	if (ip6)
		store64(at, v->sender.w[0]);
	if (ip6)
		store64(at + 8, low);
	else
		store32(at, (uint32_t)(low >> 32));
}

// Hosts are some hops away, and start at what their system starts with: by the address.
static uint8_t far_ttl(const uint8_t *at, bool ip6) {
	static const uint8_t initial[] = {64, 64, 128, 255};
	const uint64_t h = rng_mix(ip6 ? load64(at) ^ load64(at + 8) * 3 : load32(at));

	return (uint8_t)(initial[h & 3] - 5 - ((h >> 32 & 0xff) * 15 >> 8));
}

static void put_ports(struct vary *v, const struct trace_frame *f, uint64_t random, uint8_t *at) {
	if (f->transport == TRANSPORT_ICMP) { // identifier and number
		store32(at + 4, (uint32_t)random);
		return;
	}
	if (v->sport)
		store16(at,
			__builtin_bswap16((uint16_t)(1024 + ((random & 0xffff) * 64512 >> 16))));
	if (v->dport)
		store16(at + 2,
			__builtin_bswap16((uint16_t)(1 + ((random >> 16 & 0xffff) * 65535 >> 16))));
}

static void put_flow(struct vary *v, const struct trace_frame *f, uint8_t *sender, uint8_t *at) {
	const struct flow_id id = flow_id(v->settings, v->sender_mask, v->flow);
	const uint64_t low = v->sender.w[1] | __builtin_bswap64(id.host);
	uint8_t *const ports = f->transport == TRANSPORT_ICMP ? at + 4 : at;

	v->flow = v->flow + 1 == v->settings->flows ? 0 : v->flow + 1;
	if (f->ip6) {
		store64(sender, v->sender.w[0]);
		store64(sender + 8, low);
	} else {
		store32(sender, (uint32_t)(low >> 32));
	}
	if (f->transport_at == 0)
		return;
	store16(ports, __builtin_bswap16(id.sport));
	store16(ports + 2, __builtin_bswap16(id.dport));
}

static void put_target(const struct vary *v, uint64_t random, bool ip6, uint8_t *at) {
	const uint64_t low = v->target.w[1] | __builtin_bswap64(random & v->target_mask);

	if (ip6)
		store64(at + 8, low);
	else
		store32(at, (uint32_t)(low >> 32));
}

void vary_attack(struct vary *v, struct rng *r, const struct trace_frame *f, uint8_t *frame) {
	const uint64_t x = rng_next(r), y = rng_next(r);
	uint8_t *const sender = frame + (f->ip6 ? IP6_ADDR_AT : IP4_ADDR_AT);
	uint8_t *const target = sender + (f->ip6 ? 16 : 4);
	uint8_t *const transport = frame + f->transport_at;

	if (v->senders == SENDERS_FLOWS)
		put_flow(v, f, sender, transport);
	else if (v->senders != SENDERS_AS_MADE)
		put_sender(v, x, y, f->ip6, sender);
	if (v->targets)
		put_target(v, rng_next(r), f->ip6, target);
	if (f->transport_at != 0 && v->senders != SENDERS_FLOWS)
		put_ports(v, f, y >> 32, transport);
	if (f->transport == TRANSPORT_TCP) {
		store32(transport + 4, (uint32_t)y);
		if (load32(transport + 8) != 0) // it acknowledges
			store32(transport + 8, (uint32_t)(x ^ y >> 16) | 1);
	}
	frame[IP_AT + (f->ip6 ? 7 : 8)] = far_ttl(sender, f->ip6);
	if (!f->ip6)
		store16(frame + IP_AT + 4, (uint16_t)(x >> 48) | 1);
	put_sums(f, frame);
}

static void turn_port(uint8_t *at, uint64_t round) {
	const uint16_t port = __builtin_bswap16(load16(at));

	if (port >= ROUND_PORT_FIRST)
		store16(at, __builtin_bswap16((uint16_t)(port ^ round % ROUND_PORTS)));
}

void vary_round(const struct trace_frame *f, uint64_t round, uint8_t *frame) {
	if (round == 0 || f->transport_at == 0 || f->transport == TRANSPORT_ICMP)
		return;
	turn_port(frame + f->transport_at, round);
	turn_port(frame + f->transport_at + 2, round);
	put_sums(f, frame);
}

static int make_few(struct vary *v) {
	struct rng r = {.state = rng_mix(v->settings->seed ^ 0xfe3)};

	v->few = calloc(VARY_FEW, sizeof(*v->few));
	if (v->few == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < VARY_FEW; i++)
		v->few[i] = rng_mix(v->settings->seed * 31 + rng_rank(&r, v->n_senders));
	return 0;
}

static uint8_t senders_of(const struct settings *settings, uint32_t n) {
	if (settings->flows > 0)
		return SENDERS_FLOWS;
	if (n == FORGED)
		return settings->has_source ? SENDERS_NETWORK : SENDERS_FORGED;
	return n == 1 ? SENDERS_AS_MADE : n <= VARY_FEW ? SENDERS_FEW : SENDERS_MANY;
}

int vary_create(struct vary *v, const struct settings *settings) {
	const struct scene *const scene = settings->scene;
	const bool scan = scene->step != flood_step && scene->step != fragment_step;
	const struct range from = scene_source(settings), to = scene_target(settings);
	const uint32_t n = scene->mix != NULL ? 1 : scene_sources(settings);

	*v = (struct vary) {
		.settings = settings,
		.senders = senders_of(settings, n),
		.n_senders = n,
		.sender = from.addr,
		.sender_mask = range_mask(&from),
		.target = to.addr,
		.target_mask = range_mask(&to),
		.targets = !scan && range_mask(&to) != 0,
		.sport = !scan && scene->sport == 0,
		.dport = !scan && scene->dport == 0 && settings->target_port == 0,
	};
	return v->senders == SENDERS_FEW ? make_few(v) : 0;
}

void vary_destroy(struct vary *v) {
	free(v->few);
	v->few = NULL;
}
