#include "traffic.h"

#include "../unit/frames.h"

#include <netinet/in.h>
#include <stdbool.h>

#define PAYLOAD_BYTES 6u // 64 bytes on the wire
#define PORT_FIRST 1024u
#define PORTS 60000u
#define WINDOW 8192u

enum { FLAG_FIN = 0x01, FLAG_SYN = 0x02, FLAG_ACK = 0x10 };

struct talk {
	uint32_t packets; // of this flow, so far
	uint32_t version; // how many flows came before it in this place
};

struct segment {
	uint32_t client, server; // last four bytes of the addresses
	uint16_t sport, dport;
	bool ip6, udp, back; // back: from the server
	uint8_t flags;
	uint32_t seq, ack;
	uint32_t payload;
};

// The words are those of frames.h.
static const char *const odd[] = {
	"eth vlan=7 ip4 tcp=2 pay=10",
	"eth qinq=3 vlan=9 ip6 udp=53 pay=30",
	"eth mpls=16 ip4 udp=123 pay=48",
	"eth pppoe=5 ip6 tcp=2",
	"eth ip4 udp=4789 vxlan=11 eth ip4 tcp=2 pay=20",
	"eth ip6 udp=4789 vxlan=12 eth ip6 udp=53 pay=20",
	"eth ip4 udp=6081 geneve=13,2 eth ip4 icmp=8",
	"eth ip4 udp=2152 gtpu=14,0 ip6 tcp=16 pay=9",
	"eth ip4 gre=0x2000,15 ip4 udp=53 pay=20",
	"eth ip6 gre=0,0 ip6 icmp6=128",
	"eth ip4 ip6 tcp=2",
	"eth ip4f=0,1 udp=53 pay=64",
	"eth ip4f=72,1 pay=64",
	"eth ip4f=1480 pay=100",
	"eth ip6 frag6=0,1 udp=53 pay=64",
	"eth ip6 frag6=1480 pay=64",
	"eth ip6 hop=1 route=0 dest=2 tcp=2",
	"eth ip6 ah=3 esp",
	"eth ip4 icmp=3 pay=28",
	"eth ip6 icmp6=135 pay=24",
	"eth ip4 igmp",
	"eth ip4 sctp pay=16",
	"eth ip6 none",
	"eth arp",
	"eth proto=0x88cc pay=46",
	"eth ip4=8 tcp=16,12 pay=3",
	// Malformed.
	"eth snap=9",
	"eth vlan=1 snap=16",
	"eth ip4 tcp=2 snap=30",
	"eth ip4 tcp=2 set=14,0x42",
	"eth ip4 tcp=2 set=46,0x10",
	"eth ip6 tcp=2 snap=50",
	"eth ip6 hop=200 snap=80",
	"eth ip4 udp=53 set=38,0 set=39,3",
	"eth ip4f=65528 pay=100",
	"eth ip4 udp=4789 vxlan=1 snap=46",
	"eth ip4 put=255,4",
	"eth put=0,60",
};
#define ODD_N (sizeof(odd) / sizeof(odd[0]))

static inline uint64_t next_random(struct traffic *t) { // xorshift64, Marsaglia, 2003
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return t->random;
}

static void make_odd(struct traffic *t) {
	struct made *m = calloc(1, sizeof(*m));

	t->odd = calloc(ODD_N, TRAFFIC_FRAME_MAX);
	t->odd_bytes = calloc(ODD_N, sizeof(*t->odd_bytes));
	if (m == NULL || t->odd == NULL || t->odd_bytes == NULL)
		abort();
	for (size_t i = 0; i < ODD_N; i++) {
		made_frame(m, odd[i]);
		t->odd_bytes[i] = m->n < TRAFFIC_FRAME_MAX ? m->n : TRAFFIC_FRAME_MAX;
		memcpy(&t->odd[i * TRAFFIC_FRAME_MAX], m->b, t->odd_bytes[i]);
	}
	free(m);
}

void traffic_make(struct traffic *t, const struct traffic_conf *conf, uint64_t seed) {
	*t = (struct traffic) {.conf = *conf, .random = seed * 2 + 0x9e3779b97f4a7c15ull};
	t->talk = calloc(conf->flows, sizeof(*t->talk));
	if (t->talk == NULL)
		abort();
	make_odd(t);
}

void traffic_free(struct traffic *t) {
	free(t->talk);
	free(t->odd);
	free(t->odd_bytes);
}

static uint8_t *put_ip(uint8_t *f, const struct segment *s, uint32_t behind) {
	const uint32_t src = s->back ? s->server : s->client, dst = s->back ? s->client : s->server;
	uint8_t *const ip = f + 14;

	memset(f, 0, 14 + 40);
	f[0] = f[6] = 2;
	made_be16(&f[12], s->ip6 ? 0x86dd : 0x0800);
	ip[0] = s->ip6 ? 0x60 : 0x45;
	ip[s->ip6 ? 6 : 9] = s->udp ? IPPROTO_UDP : IPPROTO_TCP;
	ip[s->ip6 ? 7 : 8] = 64;
	if (!s->ip6) {
		made_be16(&ip[2], 20 + behind);
		made_be32(&ip[12], src);
		made_be32(&ip[16], dst);
		return ip + 20;
	}
	made_be16(&ip[4], behind);
	made_be32(&ip[8], 0x20010db8);
	made_be32(&ip[12], src); // each host a network of its own, as in IPv4
	made_be32(&ip[20], src);
	made_be32(&ip[24], 0x20010db8);
	made_be32(&ip[28], dst);
	made_be32(&ip[36], dst);
	return ip + 40;
}

static uint32_t put_segment(uint8_t *f, const struct segment *s) {
	const uint32_t head = s->udp ? 8 : 20;
	uint8_t *const at = put_ip(f, s, head + s->payload);

	memset(at, 0, head);
	made_be16(at, s->back ? s->dport : s->sport);
	made_be16(&at[2], s->back ? s->sport : s->dport);
	if (s->udp) {
		made_be16(&at[4], head + s->payload);
	} else {
		made_be32(&at[4], s->seq);
		made_be32(&at[8], s->ack);
		at[12] = 5 << 4;
		at[13] = s->flags;
		made_be16(&at[14], WINDOW);
	}
	memset(&at[head], 0xa5, s->payload);
	return (uint32_t)(at - f) + head + s->payload;
}

// Packet k of a flow: SYN, SYN and ACK, ACK, then data from either side in turn.
static void put_numbers(struct segment *s, uint32_t k, bool last) {
	s->back = k & 1;
	s->payload = s->udp || k >= 3 ? PAYLOAD_BYTES : 0;
	s->flags = k == 0 ? FLAG_SYN : k == 1 ? FLAG_SYN | FLAG_ACK : FLAG_ACK;
	if (k < 2) {
		s->seq = s->back ? 5000 : 1000;
		s->ack = s->back ? 1001 : 0;
	} else if (s->back) {
		s->seq = 5001 + (k - 3) / 2 * PAYLOAD_BYTES;
		s->ack = 1001 + (k - 3) / 2 * PAYLOAD_BYTES;
	} else {
		s->seq = 1001 + (k > 2 ? (k - 4) / 2 * PAYLOAD_BYTES : 0);
		s->ack = 5001 + (k - 2) / 2 * PAYLOAD_BYTES;
	}
	if (last)
		s->flags |= FLAG_FIN;
}

static uint32_t next_of_flow(struct traffic *t, uint8_t *out) {
	const uint32_t i = t->turn, life = t->conf.life_packets;
	struct talk *talk = &t->talk[i];
	struct segment s = {
		.client = 0x0b000000 + i * 7,
		.server = 0xc6330000 + i % 509,
		.sport = (uint16_t)(PORT_FIRST + (i + talk->version * 101) % PORTS),
		.dport = 443,
		.ip6 = i * 7919 % 1000 < t->conf.ip6_per_mille,
		.udp = i * 104729 % 1000 < t->conf.udp_per_mille,
	};

	t->turn = i + 1 >= t->conf.flows ? 0 : i + 1;
	put_numbers(&s, talk->packets, life > 0 && talk->packets + 2 >= life);
	talk->packets++;
	if (life > 0 && talk->packets == life)
		*talk = (struct talk) {.version = talk->version + 1};
	return put_segment(out, &s);
}

// No source comes twice: an odd factor maps a counter one to one.
static uint32_t next_forged(struct traffic *t, uint8_t *out, uint64_t random) {
	const struct segment s = {
		.client = t->forged++ * 0x9e3779b1u,
		.server = 0xc6330001,
		.sport = (uint16_t)(random >> 48),
		.dport = 80,
		.ip6 = (random >> 20) % 1000 < t->conf.ip6_per_mille,
		.flags = FLAG_SYN,
		.seq = (uint32_t)random,
	};

	return put_segment(out, &s);
}

static uint32_t next_odd(struct traffic *t, uint8_t *out) {
	const uint32_t i = t->odd_turn;

	t->odd_turn = i + 1 == ODD_N ? 0 : i + 1;
	memcpy(out, &t->odd[i * TRAFFIC_FRAME_MAX], t->odd_bytes[i]);
	return t->odd_bytes[i];
}

uint32_t traffic_next(struct traffic *t, uint8_t out[static TRAFFIC_FRAME_MAX]) {
	const uint64_t random = next_random(t);
	const uint32_t what = random % 1000;

	if (what < t->conf.forged_per_mille)
		return next_forged(t, out, random);
	if (what < t->conf.forged_per_mille + t->conf.odd_per_mille)
		return next_odd(t, out);
	return next_of_flow(t, out);
}
