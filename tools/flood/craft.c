#include "craft.h"

#include <string.h>

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_IP6 0x86dd
#define IP6_FRAGMENT 44

static uint8_t *put8(uint8_t *p, unsigned v) {
	*p = (uint8_t)v;
	return p + 1;
}

static uint8_t *put16(uint8_t *p, unsigned v) {
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v) {
	return put16(put16(p, v >> 16), v & 0xffff);
}

static uint8_t *put_bytes(uint8_t *p, const void *bytes, size_t n) {
	memcpy(p, bytes, n);
	return p + n;
}

// The Internet checksum (RFC 1071), unfolded.
static uint64_t sum_bytes(uint64_t sum, const uint8_t *p, size_t n) {
	for (; n >= 2; p += 2, n -= 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	return n > 0 ? sum + ((uint32_t)p[0] << 8) : sum;
}

static uint16_t sum_fold(uint64_t sum) {
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool is_multicast(const struct addr *a) {
	return addr_is_ip4(a) ? a->b[12] >= 224 && a->b[12] < 240 : a->b[0] == 0xff;
}

// Hosts of 10/8 and 2001:db8:1::/48 have their own address; the rest is behind the router.
static bool is_inside(const struct addr *a) {
	static const uint8_t inside6[6] = {0x20, 0x01, 0x0d, 0xb8, 0, 1};

	if (addr_is_ip4(a))
		return a->b[12] == 10;
	return memcmp(a->b, inside6, sizeof(inside6)) == 0 || (a->b[0] == 0xfe && a->b[1] == 0x80);
}

static uint8_t *put_mac(uint8_t *p, const struct addr *a) {
	static const uint8_t router[6] = {0x02, 0x00, 0x5e, 0, 0, 1};

	if (is_multicast(a)) {
		const bool ip4 = addr_is_ip4(a);

		p = put16(p, ip4 ? 0x0100 : 0x3333);
		return ip4
			? put32(p,
				0x5e000000u | (a->b[13] & 0x7fu) << 16 | a->b[14] << 8 | a->b[15])
			: put_bytes(p, &a->b[12], 4);
	}
	if (!is_inside(a))
		return put_bytes(p, router, sizeof(router));
	return put32(put16(p, 0x0200), (uint32_t)(rng_mix(a->w[0] ^ a->w[1]) >> 16));
}

static uint8_t *
put_link(uint8_t *p, const struct addr *src, const struct addr *dst, unsigned type) {
	return put16(put_mac(put_mac(p, dst), src), type);
}

// A name that is one of some thousands, so that queries look alike but are not the same.
static uint8_t *put_dns(uint8_t *p, uint64_t seed, uint32_t n, bool answer) {
	static const char tail[] = "\7example\3com";
	const uint8_t *const start = p, *const end = p + n;

	if (n < 40)
		return (uint8_t *)memset(p, 0, n) + n;
	p = put16(p, (unsigned)(seed & 0xffff));
	p = put16(p, answer ? 0x8180 : 0x0100);
	p = put16(put16(p, 1), answer ? 1 : 0);
	p = put32(p, 0);
	p = put8(p, 6);
	for (unsigned i = 0; i < 6; i++)
		p = put8(p, 'a' + (unsigned)(seed >> (4 * i + 16) & 15));
	p = put_bytes(p, tail, sizeof(tail)); // with its NUL, the root label
	p = put16(put16(p, answer ? 16 : 1), 1); // TXT or A, IN
	if (answer && end - p > 12) { // one TXT record that fills the rest
		p = put16(put16(put16(p, 0xc00c), 16), 1);
		p = put32(p, 300);
		p = put16(p, (unsigned)(end - p - 2));
		while (p < end) {
			const long text = end - p - 1 > 255 ? 255 : end - p - 1;

			p = put8(p, (unsigned)text);
			for (long i = 0; i < text; i++)
				p = put8(p, 'a' + (unsigned)((seed + (uint64_t)i * 7) % 26));
		}
	}
	memset(p, 0, (size_t)(end - p));
	return (uint8_t *)start + n;
}

static void fill_random(uint8_t *p, uint32_t n, uint64_t seed) {
	struct rng r = {.state = seed};

	for (uint32_t i = 0; i < n; i += 8) {
		const uint64_t v = rng_next(&r);

		memcpy(p + i, &v, n - i < 8 ? n - i : 8);
	}
}

static void fill_text(uint8_t *p, uint32_t n, uint64_t seed) {
	static const char text[]
		= "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nAccept: "
		  "text/html\r\nUser-Agent: Mozilla/5.0\r\nConnection: keep-alive\r\n";
	const uint32_t at = (uint32_t)(seed % 64);

	for (uint32_t i = 0; i < n; i++)
		p[i] = (uint8_t)text[(i < 16 ? i : i + at) % (sizeof(text) - 1)];
}

// A protocol's own first bytes, then what is encrypted or measured.
static void
fill_headed(uint8_t *p, uint32_t n, uint64_t seed, const uint8_t *head, uint32_t head_n) {
	fill_random(p, n, seed);
	memcpy(p, head, n < head_n ? n : head_n);
}

static void put_fill(uint8_t *p, uint32_t n, const struct words *w) {
	static const uint8_t tls[] = {0x17, 3, 3}, quic[] = {0x40}, rtp[] = {0x80, 0},
			     ntp[] = {0x1c, 2};
	static const uint8_t mode7[] = {0xd7, 0, 3, 0x2a};
	const uint64_t seed = w->fill_seed;

	switch (w->fill) {
	case FILL_ZERO:
		memset(p, 0, n);
		return;
	case FILL_X:
		memset(p, 'X', n);
		return;
	case FILL_TEXT:
		fill_text(p, n, seed);
		return;
	case FILL_TLS:
		fill_headed(p, n, seed, tls, sizeof(tls));
		if (n > 5) // one record a segment
			put16(p + 3, n - 5);
		return;
	case FILL_QUIC:
		fill_headed(p, n, seed, quic, sizeof(quic));
		return;
	case FILL_RTP:
		fill_headed(p, n, seed, rtp, sizeof(rtp));
		return;
	case FILL_NTP:
		fill_headed(p, n, seed, n > 68 ? mode7 : ntp, n > 68 ? sizeof(mode7) : sizeof(ntp));
		return;
	case FILL_DNS_QUERY:
	case FILL_DNS_ANSWER:
		put_dns(p, seed, n, w->fill == FILL_DNS_ANSWER);
		return;
	default:
		fill_random(p, n, seed);
	}
}

static uint8_t *put_tcp(uint8_t *p, const struct words *w) {
	static const uint8_t sack_scale[] = {1, 1, 4, 2, 1, 3, 3, 7};
	const unsigned words = w->mss ? 8 : 5;

	p = put16(put16(p, w->sport), w->dport);
	p = put32(put32(p, w->seq), w->ack);
	p = put8(put8(p, words << 4), w->flags);
	p = put32(p, (uint32_t)w->window << 16); // the checksum comes last
	p = put16(p, w->flags & URG ? 1 : 0);
	if (w->mss)
		p = put_bytes(put16(put16(p, 0x0204), w->mss), sack_scale, sizeof(sack_scale));
	return p;
}

static uint8_t *put_icmp(uint8_t *p, const struct words *w, bool ip4) {
	unsigned type = w->icmp_type;

	if (!ip4)
		type = type == ICMP_ECHO ? 128 : type == ICMP_ECHO_REPLY ? 129 : 1;
	p = put8(put8(p, type), !ip4 && w->icmp_type == ICMP_UNREACHABLE ? 4 : w->icmp_code);
	return put16(put16(put16(p, 0), w->sport), w->dport);
}

static uint8_t *put_transport(uint8_t *p, const struct words *w, bool ip4, uint32_t payload) {
	switch (w->proto) {
	case IP_TCP:
		return put_tcp(p, w);
	case IP_UDP:
		return put16(put16(put16(put16(p, w->sport), w->dport), 8 + payload), 0);
	case IP_ICMP:
	case IP_ICMP6:
		return put_icmp(p, w, ip4);
	default:
		return p;
	}
}

static void
put_checksum(uint8_t *segment, uint32_t n, const struct words *w, unsigned proto, bool ip4) {
	const unsigned at = proto == IP_TCP ? 16 : proto == IP_UDP ? 6 : 2;
	uint64_t sum = 0;

	if (proto != IP_ICMP) { // the pseudo header
		const unsigned from = ip4 ? 12 : 0;

		sum = sum_bytes(sum, &w->src.b[from], 16 - from);
		sum = sum_bytes(sum, &w->dst.b[from], 16 - from) + proto + n;
	}
	const uint16_t folded = sum_fold(sum_bytes(sum, segment, n));

	put16(segment + at, proto == IP_UDP && folded == 0 ? 0xffff : folded);
}

static uint8_t *put_ip4(uint8_t *p, const struct words *w, unsigned proto, uint32_t n) {
	uint8_t *const start = p;
	const unsigned dont = w->fragment ? 0 : 0x4000, more = w->more ? 0x2000 : 0;

	p = put16(put16(p, 0x4500), 20 + n);
	p = put16(put16(p, w->ip_id), dont | more | w->offset / 8u);
	p = put16(put8(put8(p, w->ttl), proto), 0);
	p = put_bytes(put_bytes(p, &w->src.b[12], 4), &w->dst.b[12], 4);
	put16(start + 10, sum_fold(sum_bytes(0, start, 20)));
	return p;
}

static uint8_t *put_ip6(uint8_t *p, const struct words *w, unsigned proto, uint32_t n) {
	const uint32_t extra = w->fragment ? 8 : 0;

	p = put16(put32(p, 0x60000000), n + extra);
	p = put8(put8(p, w->fragment ? IP6_FRAGMENT : proto), w->ttl);
	p = put_bytes(put_bytes(p, w->src.b, 16), w->dst.b, 16);
	if (w->fragment)
		p = put32(put16(put16(p, proto << 8), w->offset | (w->more ? 1 : 0)), w->ip_id);
	return p;
}

uint32_t craft(const struct words *w, uint8_t frame[static FRAME_BYTES_MAX]) {
	const bool ip4 = addr_is_ip4(&w->dst), headless = w->fragment && w->offset > 0;
	const unsigned proto = w->proto == IP_ICMP && !ip4 ? IP_ICMP6 : w->proto;
	const uint32_t payload = w->payload > PAYLOAD_BYTES_MAX ? PAYLOAD_BYTES_MAX : w->payload;
	uint8_t head[64],
		*const link
		= put_link(frame, &w->src, &w->dst, ip4 ? ETHERTYPE_IP4 : ETHERTYPE_IP6);
	// A first fragment announces the whole datagram; we call it as long as its last byte can be.
	const uint32_t announced = w->fragment ? 4 * payload : payload;
	const uint32_t head_n
		= headless ? 0 : (uint32_t)(put_transport(head, w, ip4, announced) - head);
	uint8_t *const segment = ip4 ? put_ip4(link, w, proto, head_n + payload)
				     : put_ip6(link, w, proto, head_n + payload);

	put_fill(put_bytes(segment, head, head_n), payload, w);
	if (!w->fragment) // of a fragment's datagram the other parts are not known here
		put_checksum(segment, head_n + payload, w, proto, ip4);
	return (uint32_t)(segment + head_n + payload - frame);
}

static uint32_t
craft_arp(const struct addr *asker, const struct addr *asked, bool answer, uint8_t *frame) {
	static const uint8_t everyone[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, nobody[6];
	const struct addr *const from = answer ? asked : asker, *const to = answer ? asker : asked;
	uint8_t *p = answer ? put_mac(frame, to) : put_bytes(frame, everyone, 6);

	p = put16(put_mac(p, from), ETHERTYPE_ARP);
	p = put16(put16(p, 1), ETHERTYPE_IP4);
	p = put16(put16(p, 0x0604), answer ? 2 : 1);
	p = put_bytes(put_mac(p, from), &from->b[12], 4);
	p = answer ? put_mac(p, to) : put_bytes(p, nobody, 6);
	p = put_bytes(p, &to->b[12], 4);
	memset(p, 0, 18); // Ethernet's smallest frame
	return (uint32_t)(p + 18 - frame);
}

static uint32_t
craft_discovery(const struct addr *asker, const struct addr *asked, bool answer, uint8_t *frame) {
	struct words w = {.src = answer ? *asked : *asker, .dst = *asker, .ttl = 255};
	uint8_t *p;

	if (!answer) { // solicited-node multicast, RFC 4291 2.7.1
		w.dst = (struct addr) {.b = {0xff, 2, [11] = 1, [12] = 0xff}};
		memcpy(&w.dst.b[13], &asked->b[13], 3);
	}
	p = put_ip6(put_link(frame, &w.src, &w.dst, ETHERTYPE_IP6), &w, IP_ICMP6, 32);
	uint8_t *const segment = p;

	p = put16(put8(put8(p, answer ? 136 : 135), 0), 0);
	p = put_bytes(put32(p, answer ? 0x60000000 : 0), asked->b, 16);
	p = put_mac(put8(put8(p, answer ? 2 : 1), 1), &w.src);
	put_checksum(segment, 32, &w, IP_ICMP6, false);
	return (uint32_t)(p - frame);
}

uint32_t craft_neighbour(
	const struct addr *asker,
	const struct addr *asked,
	bool answer,
	uint8_t frame[static FRAME_BYTES_MAX]
) {
	return addr_is_ip4(asker) ? craft_arp(asker, asked, answer, frame)
				  : craft_discovery(asker, asked, answer, frame);
}
