// ARP: who asks for every address there is, and whose address somebody else claims.
//
// Sweeps   One sender asks for many addresses within ten seconds, and few of them answer. False friends: a
//          router that looks for who a scan from outside is for does the same on behalf of the scanner; its
//          alarm says where to look. A DHCP server asks for each address that it is about to give away: those do
//          not count.
// Claims   An address is claimed by a second hardware address in answers that nobody asked for, or by both in
//          turn. False friends: an address that is leased to somebody else, or taken over by a standby, changes
//          once, and is then asked for; the addresses of VRRP, CARP and HSRP are shared by design.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define HALF_NS (5 * SECOND_NS)
#define ANSWERED_SHARE_MAX 0.5
#define CLAIM_NS (30 * SECOND_NS) // claims are counted so long after the last
#define OWNER_NS (120 * SECOND_NS) // an owner who was silent for longer may have gone
#define ASKED_NS (2 * SECOND_NS) // an answer this long after a question is one
#define ASKERS 1024
#define OWNERS 4096
#define SEED 0x61727000

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

#define PORT_DHCP_SERVER 67
#define BOOTREPLY 2 // RFC 2131, 2

struct mac {
	uint8_t b[6];
};

struct asker {
	struct side_entry entry;
	struct addr addr;
	uint64_t half_ns;
	uint64_t first_ns;
	struct asked {
		uint32_t answered;
		uint32_t offers; // by DHCP
		uint8_t addresses[HLL_REGISTERS];
	} half[2]; // [0] goes on
};

struct owner {
	struct side_entry entry;
	struct addr addr;
	struct mac mac, other; // who had it first; who claims it, too
	uint64_t mac_ns; // last seen
	uint64_t asked_ns;
	uint64_t claim_ns; // last claim of the other
	uint64_t first_claim_ns;
	uint32_t claims; // unasked, or by turns
	bool other_was_last;
};

struct arp {
	struct side *askers, *owners;
	uint64_t blind_ns; // offers were missed
};

static bool is_nobody(const struct addr *a) { // a probe: RFC 5227
	return a->d[3] == 0;
}

static struct asker *asker_of(struct arp *arp, const struct note *n) {
	struct asker *a = side_get(arp->askers, hash_addr(&n->src, SEED), n->ts_ns);

	a->addr = n->src;
	if (side_halves_turn(a->half, sizeof(a->half[0]), &a->half_ns, HALF_NS, n->ts_ns))
		a->first_ns = n->ts_ns;
	return a;
}

static void take_request(struct arp *arp, const struct note *n) {
	struct asker *a;
	struct owner *o;

	if (addr_equal(&n->src, &n->dst))
		return; // an announcement
	o = side_find(arp->owners, hash_addr(&n->dst, SEED));
	if (o != NULL)
		o->asked_ns = n->ts_ns;
	if (is_nobody(&n->src))
		return;
	a = asker_of(arp, n);
	hll_add(a->half[0].addresses, hash_addr(&n->dst, SEED));
	side_hears(arp->askers, a);
}

// Offers and acknowledgements: those go to one address each, and not many to the same.
static void take_offer(struct arp *arp, const struct note *n) {
	struct asker *a;

	if (n->sport != PORT_DHCP_SERVER || n->n_data == 0 || n->data[0] != BOOTREPLY)
		return;
	a = asker_of(arp, n);
	a->half[0].offers++;
}

static void take_reply(struct arp *arp, const struct note *n) {
	struct asker *a = side_find(arp->askers, hash_addr(&n->dst, SEED));

	if (a != NULL && !addr_equal(&n->src, &n->dst))
		a->half[0].answered++;
}

// RFC 5798, 7.3 (VRRP and CARP); Cisco's HSRP version 1 and 2.
static bool is_shared(const struct mac *m) {
	static const uint8_t vrrp[] = {0, 0, 0x5e, 0, 1}, hsrp[] = {0, 0, 0x0c, 7, 0xac};
	static const uint8_t hsrp2[] = {0, 0, 0x0c, 0x9f, 0xf0};

	return memcmp(m->b, vrrp, 5) == 0 || memcmp(m->b, hsrp, 5) == 0
		|| memcmp(m->b, hsrp2, 4) == 0;
}

static bool mac_equal(const struct mac *a, const struct mac *b) {
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void claim(struct arp *arp, struct owner *o, const struct note *n, const struct mac *by) {
	const bool unasked = n->data[7] == ARP_REPLY && n->ts_ns > o->asked_ns + ASKED_NS;
	const bool by_turns = !o->other_was_last && o->claim_ns != 0;

	if (o->claim_ns == 0 || n->ts_ns > o->claim_ns + CLAIM_NS || !mac_equal(&o->other, by)) {
		o->claims = 0;
		o->first_claim_ns = n->ts_ns;
	}
	o->other = *by;
	o->other_was_last = true;
	o->claim_ns = n->ts_ns;
	if (!unasked && !by_turns)
		return;
	o->claims++;
	side_hears(arp->owners, o);
}

static void take_sender(struct arp *arp, const struct note *n) {
	struct owner *o = side_get(arp->owners, hash_addr(&n->src, SEED), n->ts_ns);
	struct mac by;

	memcpy(by.b, &n->data[8], sizeof(by.b));
	o->addr = n->src;
	if (is_shared(&by) || is_shared(&o->mac) || o->mac_ns == 0 || mac_equal(&o->mac, &by)) {
		o->mac = by;
		o->mac_ns = n->ts_ns;
		o->other_was_last = false;
		return;
	}
	if (n->ts_ns > o->mac_ns + OWNER_NS) { // it has gone; whoever comes has it
		o->mac = by;
		o->mac_ns = n->ts_ns;
		o->claims = 0;
		o->claim_ns = 0;
		return;
	}
	claim(arp, o, n, &by);
}

static void arp_take(void *memory, const struct note *n) {
	struct arp *arp = memory;

	if (n->kind == NOTE_DHCP)
		take_offer(arp, n);
	if (n->kind != NOTE_ARP)
		return;
	if (n->data[7] == ARP_REQUEST)
		take_request(arp, n);
	else if (n->data[7] == ARP_REPLY)
		take_reply(arp, n);
	if (!is_nobody(&n->src))
		take_sender(arp, n);
}

static void arp_missed(void *memory, const uint64_t missed[static NOTE_KIND_N], uint64_t now_ns) {
	struct arp *arp = memory;

	if (missed[NOTE_DHCP] > 0)
		arp->blind_ns = now_ns;
}

struct telling {
	const struct arp *arp;
	struct noting *noting;
};

// Of whom more was offered than was heard nothing is said.
static void read_sweep(void *entry, void *ctx) {
	const struct telling *telling = ctx;
	const struct asker *a = entry;
	const double offers = a->half[0].offers + a->half[1].offers;
	const double distinct
		= fmax(0, noted_distinct(a->half[0].addresses, a->half[1].addresses) - offers);
	const double answered
		= fmin(1, (a->half[0].answered + a->half[1].answered) / fmax(1, distinct));
	char who[ADDR_TEXT_MAX], hosts[NUMBER_TEXT_MAX];
	struct noted *noted;

	if (answered > ANSWERED_SHARE_MAX
	    || (offers > 0 && telling->noting->now_ns < telling->arp->blind_ns + 2 * HALF_NS))
		return;
	noted = noting_add(
		telling->noting, KIND_ARP_SWEEP, &a->addr, distinct, a->entry.heard, a->first_ns
	);
	if (noted == NULL)
		return;
	noted->source = a->addr;
	noted->n_evidence = 1;
	noted->evidence[0].name = "answered_share_10s";
	noted->evidence[0].value = answered;
	noted->evidence[0].weight = .5 * (1 - answered);
	addr_text(&a->addr, UINT8_MAX, who);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s asked by ARP for about %s addresses in 10 s; few of them answered.",
		who,
		words_number(distinct, hosts)
	);
}

static void mac_text(const struct mac *m, char text[static 18]) {
	snprintf(
		text,
		18,
		"%02x:%02x:%02x:%02x:%02x:%02x",
		m->b[0],
		m->b[1],
		m->b[2],
		m->b[3],
		m->b[4],
		m->b[5]
	);
}

static void read_claims(void *entry, void *noting) {
	const struct owner *o = entry;
	char address[ADDR_TEXT_MAX], first[18], other[18];
	struct noted *noted = noting_add(
		noting, KIND_ARP_SPOOFING, &o->addr, o->claims, o->entry.heard, o->first_claim_ns
	);

	if (noted == NULL)
		return;
	noted->n_evidence = 1;
	noted->evidence[0].name = "hardware_addresses";
	noted->evidence[0].value = 2;
	noted->evidence[0].weight = 1;
	addr_text(&o->addr, UINT8_MAX, address);
	mac_text(&o->mac, first);
	mac_text(&o->other, other);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s says that it is %s, %u times without being asked or against %s, which "
		"had the address before.",
		other,
		address,
		o->claims,
		first
	);
}

static void arp_read(void *memory, struct noting *noting) {
	struct arp *arp = memory;

	struct telling telling = {arp, noting};

	side_each_heard(arp->askers, read_sweep, &telling);
	side_each_heard(arp->owners, read_claims, noting);
}

NOTE_READER(arp) = {
	.memory_bytes = sizeof(struct arp),
	.side
	= {NOTE_SIDE(struct arp, askers, struct asker, ASKERS),
	   NOTE_SIDE(struct arp, owners, struct owner, OWNERS)},
	.take = arp_take,
	.read = arp_read,
	.missed = arp_missed,
};

KIND(ARP_SWEEP, "arp_sweep", "ARP sweep", 3, 0) = {
	NOTED,
	.within_s = 2,
	.metric_name = "addresses_in_10s",
	.unit = "addresses",
	.lull_ns = 10 * 1000000000ull,
	.mitigation
	= "Whoever does this stands in your network: find the machine by its address. If it is a "
	  "router, look for who scans through it.",
};

KIND(ARP_SPOOFING, "arp_spoofing", "ARP spoofing", 3, 0) = {
	NOTED,
	.floor_times = 1,
	.within_s = 5,
	.metric_name = "claims",
	.unit = "claims",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Traffic of this address may be read or changed on its way. Find the port of "
		      "the hardware "
		      "address that claims it and shut it; switch on dynamic ARP inspection.",
};
