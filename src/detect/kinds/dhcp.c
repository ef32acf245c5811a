// DHCP starvation: one client after the other that nobody has seen before asks one network for an address, until
// there is none left.
//
// Who asks is told by the hardware address in the message and the address that it comes from: a program that
// starves a server changes either. A note has only the first bytes of a message, not the options, so that what
// a client asks for in vain counts like what it gets; it counts once. False friends: many clients that come back
// at once after a failure of power ask too, each for itself: the floor stands above the clients of a network
// of a few hundred, and a larger one raises it.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HALF_NS (5 * 1000000000ull)
#define NETWORKS 64
#define SEED 0x64686370

#define BOOTREQUEST 1 // RFC 2131, 2
#define CHADDR 28
#define CHADDR_BYTES 6
#define SOLICIT 1 // RFC 8415, 7.3
#define DUID 4 // of a client its identifier is most often the first option
#define DUID_BYTES 20

struct network {
	struct side_entry entry;
	struct addr server; // whom they ask: most often everybody
	struct addr asked_by;
	uint64_t half_ns;
	uint64_t first_ns;
	uint8_t clients[2][HLL_REGISTERS];
};

struct dhcp {
	struct side *networks;
	uint64_t half_ns;
	struct share { // of the messages, those that were noted
		uint64_t noted, missed;
	} half[2]; // [0] goes on
};

// @return false: no client asks here
static bool client_of(const struct note *n, uint64_t *client) {
	if (n->dport == 67 && n->n_data >= CHADDR + CHADDR_BYTES && n->data[0] == BOOTREQUEST) {
		*client = side_hash(&n->data[CHADDR], CHADDR_BYTES, SEED);
		return true;
	}
	if (n->dport == 547 && n->n_data >= DUID + DUID_BYTES && n->data[0] == SOLICIT) {
		*client = side_hash(&n->data[DUID], DUID_BYTES, SEED);
		return true;
	}
	return false;
}

static struct addr everybody(const struct addr *like) {
	static const uint8_t all4[4] = {255, 255, 255, 255};
	static const struct addr agents = {.b = {0xff, 2, [13] = 1, [15] = 2}}; // RFC 8415, 7.1

	return addr_is_ip4(like) ? addr_from_ip4(all4) : agents;
}

static void dhcp_take(void *memory, const struct note *n) {
	struct dhcp *dhcp = memory;
	struct network *net;
	uint64_t client;

	if (n->kind != NOTE_DHCP)
		return;
	side_halves_turn(dhcp->half, sizeof(dhcp->half[0]), &dhcp->half_ns, HALF_NS, n->ts_ns);
	dhcp->half[0].noted++;
	if (!client_of(n, &client))
		return;
	net = side_get(dhcp->networks, hash_word(n->vlan, SEED + addr_is_ip4(&n->dst)), n->ts_ns);
	if (net->half_ns == 0)
		net->server = n->dst;
	else if (!addr_equal(&net->server, &n->dst))
		net->server = everybody(&n->dst); // more than one is asked
	net->asked_by = n->src;
	if (side_halves_turn(
		    net->clients, sizeof(net->clients[0]), &net->half_ns, HALF_NS, n->ts_ns
	    ))
		net->first_ns = n->ts_ns;
	hll_add(net->clients[0], hash_addr(&n->src, client));
	side_hears(dhcp->networks, net);
}

static void dhcp_missed(void *memory, const uint64_t missed[static NOTE_KIND_N], uint64_t) {
	struct dhcp *dhcp = memory;

	dhcp->half[0].missed += missed[NOTE_DHCP];
}

struct telling {
	struct noting *noting;
	double messages; // for each that was noted
};

// Of messages that were not noted as large a share is from clients that were not heard of before.
static void network_read(void *entry, void *ctx) {
	const struct telling *telling = ctx;
	const struct network *net = entry;
	const double distinct
		= round(telling->messages * noted_distinct(net->clients[0], net->clients[1]));
	char server[ADDR_TEXT_MAX], count[NUMBER_TEXT_MAX];
	struct noted *noted;

	noted = noting_add(
		telling->noting,
		KIND_DHCP_STARVATION,
		&net->server,
		distinct,
		net->entry.heard,
		net->first_ns
	);
	if (noted == NULL)
		return;
	noted->proto = PROTO_UDP;
	noted->port = addr_is_ip4(&net->server) ? 67 : 547;
	if (net->asked_by.d[3] != 0)
		noted->source = net->asked_by;
	addr_text(&net->server, UINT8_MAX, server);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"About %s clients asked %s for an address by DHCP within 10 s, each with another "
		"hardware address.",
		words_number(distinct, count),
		server
	);
}

static void dhcp_read(void *memory, struct noting *noting) {
	struct dhcp *dhcp = memory;
	const double seen = (double)(dhcp->half[0].noted + dhcp->half[1].noted);
	const double missed = (double)(dhcp->half[0].missed + dhcp->half[1].missed);
	struct telling telling = {.noting = noting, .messages = 1 + missed / fmax(1, seen)};

	side_each_heard(dhcp->networks, network_read, &telling);
}

NOTE_READER(dhcp) = {
	.memory_bytes = sizeof(struct dhcp),
	.side = {NOTE_SIDE(struct dhcp, networks, struct network, NETWORKS)},
	.take = dhcp_take,
	.read = dhcp_read,
	.missed = dhcp_missed,
};

KIND(DHCP_STARVATION, "dhcp_starvation", "DHCP starvation", 5, 0) = {
	NOTED,
	.proto = 17,
	.within_s = 5,
	.metric_name = "clients_in_10s",
	.unit = "clients",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Find the switch port on which the hardware addresses appear and limit their "
		      "number there "
		      "(port security, DHCP snooping); look for a second DHCP server.",
};
