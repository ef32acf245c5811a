// Frames written as words: "eth vlan=7 ip4 tcp=2 pay=100". For the parser's tests and fuzz seeds.
//
// A word is a header; "=A,B" are its numbers. Each header fills in the type field of the one before
// it, and the length fields are right at the end, unless the words below change that:
//
//     pay=N   N bytes of payload          pad=N   N bytes that no length field knows of
//     snap=N  keep the first N bytes      set=AT,BYTE  change one byte, last of all
//     put=BYTE,N   N times BYTE, before lengths are filled in
#ifndef WEIR_TEST_FRAMES_H
#define WEIR_TEST_FRAMES_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MADE_MAX 70000

enum slot { SLOT_NONE, SLOT_ETHER, SLOT_IP, SLOT_PPP };

struct made {
	uint32_t n;
	uint8_t b[MADE_MAX];
	// Where the next header must name itself, and how.
	enum slot slot;
	uint32_t slot_at;
	// Headers with a length field, to be filled in when all is there.
	unsigned n_lengths;
	struct {
		char kind; // '4', '6', 'u', 'p' (PPPoE), 'g' (GTP-U)
		uint32_t at;
	} length[16];
	uint32_t label_at; // last MPLS label, 0 none
};

// What a header is called by the one before it.
struct made_code {
	uint16_t ether;
	uint8_t ip;
	uint16_t ppp;
};

static inline void made_be16(uint8_t *at, uint32_t v) {
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static inline void made_be32(uint8_t *at, uint32_t v) {
	made_be16(at, v >> 16);
	made_be16(at + 2, v & 0xffff);
}

static inline uint8_t *made_add(struct made *m, uint32_t n) {
	uint8_t *at = &m->b[m->n];

	assert(m->n + n <= MADE_MAX);
	memset(at, 0, n);
	m->n += n;
	return at;
}

static inline void made_length(struct made *m, char kind) {
	assert(m->n_lengths < 16);
	m->length[m->n_lengths].kind = kind;
	m->length[m->n_lengths++].at = m->n;
}

static inline void made_named(struct made *m, struct made_code code) {
	switch (m->slot) {
	case SLOT_ETHER:
		made_be16(&m->b[m->slot_at], code.ether);
		break;
	case SLOT_IP:
		m->b[m->slot_at] = code.ip;
		break;
	case SLOT_PPP:
		made_be16(&m->b[m->slot_at], code.ppp);
		break;
	case SLOT_NONE:
		break;
	}
	m->slot = SLOT_NONE;
}

static inline void made_slot(struct made *m, enum slot slot, uint32_t at) {
	m->slot = slot;
	m->slot_at = at;
}

// Ends a label stack: the bottom bit.
static inline void made_bottom(struct made *m) {
	if (m->label_at != 0)
		m->b[m->label_at + 2] |= 1;
	m->label_at = 0;
}

static inline void made_eth(struct made *m, uint32_t, uint32_t) {
	const uint32_t at = m->n;
	uint8_t *h;

	made_named(m, (struct made_code) {0x6558, 0, 0});
	made_bottom(m);
	h = made_add(m, 14);
	memcpy(h, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12);
	made_slot(m, SLOT_ETHER, at + 12);
}

static inline void made_tag(struct made *m, uint16_t type, uint32_t id) {
	const uint32_t at = m->n;

	made_named(m, (struct made_code) {type, 0, 0});
	made_be16(made_add(m, 4), id);
	made_slot(m, SLOT_ETHER, at + 2);
}

static inline void made_vlan(struct made *m, uint32_t id, uint32_t) {
	made_tag(m, 0x8100, id);
}

static inline void made_qinq(struct made *m, uint32_t id, uint32_t) {
	made_tag(m, 0x88a8, id);
}

static inline void made_mpls(struct made *m, uint32_t label, uint32_t) {
	made_named(m, (struct made_code) {0x8847, 137, 0x0281});
	m->label_at = m->n;
	made_be32(made_add(m, 4), label << 12 | 64);
}

static inline void made_control_word(struct made *m, uint32_t, uint32_t) {
	made_bottom(m);
	made_add(m, 4);
}

static inline void made_pppoe(struct made *m, uint32_t session, uint32_t) {
	const uint32_t at = m->n;
	uint8_t *h;

	made_named(m, (struct made_code) {0x8864, 0, 0});
	made_length(m, 'p');
	h = made_add(m, 8);
	h[0] = 0x11;
	made_be16(&h[2], session);
	made_slot(m, SLOT_PPP, at + 6);
}

static inline void made_arp(struct made *m, uint32_t, uint32_t) {
	made_named(m, (struct made_code) {0x0806, 0, 0});
	memcpy(made_add(m, 28), "\x00\x01\x08\x00\x06\x04\x00\x01", 8);
}

// 10.0.0.DEPTH -> 10.0.1.DEPTH, DEPTH the number of IP headers before.
static inline uint8_t made_depth(const struct made *m) {
	uint8_t depth = 1;

	for (unsigned i = 0; i < m->n_lengths; i++)
		depth += m->length[i].kind == '4' || m->length[i].kind == '6';
	return depth;
}

// @param fragment  offset in bytes
static inline void made_ip4_all(struct made *m, uint32_t options, uint32_t fragment, bool more) {
	const uint8_t depth = made_depth(m);
	const uint32_t at = m->n;
	uint8_t *h;

	made_named(m, (struct made_code) {0x0800, 4, 0x0021});
	made_bottom(m);
	made_length(m, '4');
	h = made_add(m, 20 + options);
	h[0] = (uint8_t)(0x45 + options / 4);
	made_be16(&h[6], fragment / 8 | (more ? 0x2000 : 0));
	h[8] = 64;
	memcpy(&h[12], (uint8_t[]) {10, 0, 0, depth, 10, 0, 1, depth}, 8);
	memset(&h[20], 1, options); // no operation
	made_slot(m, SLOT_IP, at + 9);
}

static inline void made_ip4(struct made *m, uint32_t options, uint32_t) {
	made_ip4_all(m, options, 0, false);
}

static inline void made_ip4f(struct made *m, uint32_t offset, uint32_t more) {
	made_ip4_all(m, 0, offset, more);
}

static inline void made_ip6(struct made *m, uint32_t, uint32_t) {
	const uint8_t depth = made_depth(m);
	const uint32_t at = m->n;
	uint8_t *h;

	made_named(m, (struct made_code) {0x86dd, 41, 0x0057});
	made_bottom(m);
	made_length(m, '6');
	h = made_add(m, 40);
	h[0] = 0x60;
	h[7] = 64;
	memcpy(&h[8], (uint8_t[]) {0x20, 1, 0xd, 0xb8, [15] = depth}, 16);
	memcpy(&h[24], (uint8_t[]) {0x20, 1, 0xd, 0xb8, [14] = 1, [15] = depth}, 16);
	made_slot(m, SLOT_IP, at + 6);
}

// @param words  of eight bytes beyond the first
static inline void made_ext(struct made *m, uint8_t proto, uint32_t words) {
	const uint32_t at = m->n;

	made_named(m, (struct made_code) {0, proto, 0});
	made_add(m, 8 + words * 8)[1] = (uint8_t)words;
	made_slot(m, SLOT_IP, at);
}

static inline void made_hop(struct made *m, uint32_t words, uint32_t) {
	made_ext(m, 0, words);
}

static inline void made_route(struct made *m, uint32_t words, uint32_t) {
	made_ext(m, 43, words);
}

static inline void made_dest(struct made *m, uint32_t words, uint32_t) {
	made_ext(m, 60, words);
}

static inline void made_frag6(struct made *m, uint32_t offset, uint32_t more) {
	const uint32_t at = m->n;

	made_named(m, (struct made_code) {0, 44, 0});
	made_be16(made_add(m, 8) + 2, (offset & 0xfff8) | (more ? 1 : 0));
	made_slot(m, SLOT_IP, at);
}

static inline void made_ah(struct made *m, uint32_t icv_words, uint32_t) {
	const uint32_t at = m->n;

	made_named(m, (struct made_code) {0, 51, 0});
	made_add(m, 12 + icv_words * 4)[1] = (uint8_t)(1 + icv_words);
	made_slot(m, SLOT_IP, at);
}

static inline void made_esp(struct made *m, uint32_t, uint32_t) {
	made_named(m, (struct made_code) {0, 50, 0});
	made_be32(made_add(m, 8), 0x1234);
}

static inline void made_none(struct made *m, uint32_t, uint32_t) {
	made_named(m, (struct made_code) {0, 59, 0});
}

static inline void made_proto(struct made *m, uint32_t proto, uint32_t) {
	made_named(m, (struct made_code) {(uint16_t)proto, (uint8_t)proto, (uint16_t)proto});
}

// 1000 -> 80, sequence 0x01020304, acknowledgement 0x05060708, window 0x1111
static inline void made_tcp(struct made *m, uint32_t flags, uint32_t options) {
	uint8_t *h;

	made_named(m, (struct made_code) {0, 6, 0});
	h = made_add(m, 20 + options);
	made_be16(h, 1000);
	made_be16(&h[2], 80);
	made_be32(&h[4], 0x01020304);
	made_be32(&h[8], 0x05060708);
	h[12] = (uint8_t)((5 + options / 4) << 4);
	h[13] = (uint8_t)flags;
	made_be16(&h[14], 0x1111);
}

// 2000 -> dport
static inline void made_udp(struct made *m, uint32_t dport, uint32_t) {
	uint8_t *h;

	made_named(m, (struct made_code) {0, 17, 0});
	made_length(m, 'u');
	h = made_add(m, 8);
	made_be16(h, 2000);
	made_be16(&h[2], dport);
}

static inline void made_icmp(struct made *m, uint32_t type, uint32_t code) {
	uint8_t *h;

	made_named(m, (struct made_code) {0, 1, 0});
	h = made_add(m, 8);
	h[0] = (uint8_t)type;
	h[1] = (uint8_t)code;
}

static inline void made_icmp6(struct made *m, uint32_t type, uint32_t code) {
	made_named(m, (struct made_code) {0, 58, 0});
	made_icmp(m, type, code); // its own name has no place left to go
}

static inline void made_igmp(struct made *m, uint32_t, uint32_t) {
	made_named(m, (struct made_code) {0, 2, 0});
	made_add(m, 8)[0] = 0x16;
}

static inline void made_sctp(struct made *m, uint32_t, uint32_t) {
	uint8_t *h;

	made_named(m, (struct made_code) {0, 132, 0});
	h = made_add(m, 12);
	made_be16(h, 3000);
	made_be16(&h[2], 3868);
}

// @param flags  the first two bytes; each optional field that they announce follows
static inline void made_gre(struct made *m, uint32_t flags, uint32_t key) {
	const uint32_t at = m->n;
	uint8_t *h;

	made_named(m, (struct made_code) {0, 47, 0});
	h = made_add(m, 4);
	made_be16(h, flags);
	if (flags & 0xc000)
		made_add(m, 4);
	if (flags & 0x2000)
		made_be32(made_add(m, 4), key);
	if (flags & 0x1000)
		made_add(m, 4);
	if (flags & 0x4000) { // one route of four bytes, and the end
		memcpy(made_add(m, 8), "\x08\x00\x00\x04\x0a\x00\x00\x09", 8);
		made_add(m, 4);
	}
	made_slot(m, SLOT_ETHER, at + 2);
}

// PPTP: GRE version 1 with a sequence and an acknowledgement.
static inline void made_pptp(struct made *m, uint32_t call, uint32_t) {
	uint8_t *h;
	uint32_t at;

	made_named(m, (struct made_code) {0, 47, 0});
	h = made_add(m, 16);
	made_be32(h, 0x3081880b);
	made_be16(&h[6], call);
	at = m->n;
	made_be32(made_add(m, 4), 0xff030000);
	made_slot(m, SLOT_PPP, at + 2);
}

static inline void made_erspan1(struct made *m, uint32_t, uint32_t) {
	made_named(m, (struct made_code) {0x88be, 0, 0});
}

static inline void made_erspan2(struct made *m, uint32_t session, uint32_t) {
	made_named(m, (struct made_code) {0x88be, 0, 0});
	made_be32(made_add(m, 8), 0x10000000 | session);
}

// @param type  of the frame: 0 Ethernet, 2 IP; 0x100 adds the platform's own 8 bytes
static inline void made_erspan3(struct made *m, uint32_t session, uint32_t type) {
	uint8_t *h;

	made_named(m, (struct made_code) {0x22eb, 0, 0});
	h = made_add(m, type & 0x100 ? 20 : 12);
	made_be32(h, 0x20000000 | session);
	h[10] = (uint8_t)((type & 0x1f) << 2);
	h[11] = type & 0x100 ? 1 : 0;
}

static inline void made_vxlan(struct made *m, uint32_t vni, uint32_t) {
	uint8_t *h = made_add(m, 8);

	h[0] = 0x08;
	made_be32(&h[4], vni << 8);
}

static inline void made_geneve(struct made *m, uint32_t vni, uint32_t option_words) {
	const uint32_t at = m->n;
	uint8_t *h = made_add(m, 8 + option_words * 4);

	h[0] = (uint8_t)option_words;
	made_be32(&h[4], vni << 8);
	made_slot(m, SLOT_ETHER, at + 2);
}

// @param flags  1 N-PDU, 2 sequence, 4 an extension header of four bytes and one of eight
static inline void made_gtpu(struct made *m, uint32_t teid, uint32_t flags) {
	uint8_t *h;

	made_length(m, 'g');
	h = made_add(m, flags != 0 ? 12 : 8);
	h[0] = (uint8_t)(0x30 | flags);
	h[1] = 255;
	made_be32(&h[4], teid);
	if (flags & 4) {
		h[11] = 0x85;
		memcpy(made_add(m, 4), "\x01\x00\x09\x85", 4);
		memcpy(made_add(m, 8), "\x02\x00\x00\x00\x00\x00\x00\x00", 8);
	}
}

static inline void made_cooked1(struct made *m, uint32_t, uint32_t) {
	made_add(m, 16);
	made_slot(m, SLOT_ETHER, m->n - 2);
}

static inline void made_cooked2(struct made *m, uint32_t, uint32_t) {
	made_add(m, 20);
	made_slot(m, SLOT_ETHER, m->n - 20);
}

static inline void made_u32(struct made *m, uint32_t v, uint32_t) {
	made_be32(made_add(m, 4), v);
}

static inline void made_pay(struct made *m, uint32_t n, uint32_t) {
	memset(made_add(m, n), 0xaa, n);
}

static inline void made_put(struct made *m, uint32_t byte, uint32_t n) {
	made_bottom(m);
	memset(made_add(m, n), (int)byte, n);
}

static inline void made_fill_lengths(struct made *m) {
	for (unsigned i = 0; i < m->n_lengths; i++) {
		const uint32_t at = m->length[i].at, left = m->n - at;

		switch (m->length[i].kind) {
		case '4':
			made_be16(&m->b[at + 2], left);
			break;
		case '6':
			made_be16(&m->b[at + 4], left - 40);
			break;
		case 'u':
			made_be16(&m->b[at + 4], left);
			break;
		case 'p':
			made_be16(&m->b[at + 4], left - 6);
			break;
		case 'g':
			made_be16(&m->b[at + 2], left - 8);
			break;
		}
	}
	m->n_lengths = 0;
}

static inline void made_pad(struct made *m, uint32_t n, uint32_t) {
	made_fill_lengths(m);
	memset(made_add(m, n), 0xee, n);
}

static inline void made_snap(struct made *m, uint32_t n, uint32_t) {
	made_fill_lengths(m);
	m->n = n < m->n ? n : m->n;
}

static inline void made_set(struct made *m, uint32_t at, uint32_t byte) {
	made_fill_lengths(m);
	assert(at < m->n);
	m->b[at] = (uint8_t)byte;
}

static const struct made_word {
	const char *name;
	void (*add)(struct made *m, uint32_t a, uint32_t b);
} made_words[] = {
#define W(x)                                                                                       \
	{ #x, made_##x }
	W(eth),	  W(vlan),    W(qinq),	 W(mpls),  W(control_word), W(pppoe),	W(arp),
	W(ip4),	  W(ip4f),    W(ip6),	 W(hop),   W(route),	    W(dest),	W(frag6),
	W(ah),	  W(esp),     W(none),	 W(proto), W(tcp),	    W(udp),	W(icmp),
	W(icmp6), W(igmp),    W(sctp),	 W(gre),   W(pptp),	    W(erspan1), W(erspan2),
	W(vxlan), W(erspan3), W(geneve), W(gtpu),  W(cooked1),	    W(cooked2), W(u32),
	W(pay),	  W(put),     W(pad),	 W(snap),  W(set),
#undef W
};

static inline void made_word(struct made *m, const char *word) {
	const size_t n = strcspn(word, "= ");
	uint32_t number[2] = {0, 0};

	if (word[n] == '=') {
		char *end;

		number[0] = (uint32_t)strtoul(&word[n + 1], &end, 0);
		if (*end == ',')
			number[1] = (uint32_t)strtoul(end + 1, NULL, 0);
	}
	for (size_t i = 0; i < sizeof(made_words) / sizeof(made_words[0]); i++)
		if (strncmp(made_words[i].name, word, n) == 0 && made_words[i].name[n] == '\0') {
			made_words[i].add(m, number[0], number[1]);
			return;
		}
	fprintf(stderr, "no such word: %s\n", word);
	abort();
}

static inline void made_frame(struct made *m, const char *words) {
	memset(m, 0, sizeof(*m));
	while (*words != '\0') {
		made_word(m, words);
		words += strcspn(words, " ");
		words += strspn(words, " ");
	}
	made_fill_lengths(m);
}

#endif
