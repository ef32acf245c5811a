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
#include <stdlib.h>
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
	uint32_t tick_asked;
	uint8_t clients[2][HLL_REGISTERS];
};

struct dhcp {
	struct side *networks;
	struct network *now[NOTED_MAX];
	unsigned n_now;
};

static void dhcp_destroy(void *memory) {
	struct dhcp *dhcp = memory;

	side_destroy(dhcp->networks);
	free(dhcp);
}

static void *dhcp_create(void) {
	struct dhcp *dhcp = calloc(1, sizeof(*dhcp));

	if (dhcp == NULL)
		return NULL;
	dhcp->networks = side_create(sizeof(struct network), NETWORKS);
	if (dhcp->networks == NULL) {
		dhcp_destroy(dhcp);
		return NULL;
	}
	return dhcp;
}

static uint64_t bytes_hash(const uint8_t *bytes, unsigned n) {
	uint64_t h = SEED;

	for (unsigned i = 0; i < n; i++)
		h = hash_word(bytes[i], h);
	return h;
}

// @return false: no client asks here
static bool client_of(const struct note *n, uint64_t *client) {
	if (n->dport == 67 && n->n_data >= CHADDR + CHADDR_BYTES && n->data[0] == BOOTREQUEST) {
		*client = bytes_hash(&n->data[CHADDR], CHADDR_BYTES);
		return true;
	}
	if (n->dport == 547 && n->n_data >= DUID + DUID_BYTES && n->data[0] == SOLICIT) {
		*client = bytes_hash(&n->data[DUID], DUID_BYTES);
		return true;
	}
	return false;
}

static struct addr everybody(const struct addr *like) {
	static const uint8_t all4[4] = {255, 255, 255, 255};
	static const struct addr agents = {.b = {0xff, 2, [13] = 1, [15] = 2}}; // RFC 8415, 7.1

	return addr_is_ip4(like) ? addr_from_ip4(all4) : agents;
}

static void network_turn(struct network *net, uint64_t now_ns) {
	const bool near = now_ns < net->half_ns + 2 * HALF_NS;

	if (!half_over(&net->half_ns, HALF_NS, now_ns))
		return;
	memcpy(net->clients[1], net->clients[0], sizeof(net->clients[1]));
	if (!near) {
		memset(net->clients[1], 0, sizeof(net->clients[1]));
		net->first_ns = now_ns;
	}
	memset(net->clients[0], 0, sizeof(net->clients[0]));
}

static void dhcp_take(void *memory, const struct note *n) {
	struct dhcp *dhcp = memory;
	struct network *net;
	uint64_t client;

	if (n->kind != NOTE_DHCP || !client_of(n, &client))
		return;
	net = side_get(dhcp->networks, hash_word(n->vlan, SEED + addr_is_ip4(&n->dst)), n->ts_ns);
	if (net->half_ns == 0)
		net->server = n->dst;
	else if (!addr_equal(&net->server, &n->dst))
		net->server = everybody(&n->dst); // more than one is asked
	net->asked_by = n->src;
	network_turn(net, n->ts_ns);
	hll_add(net->clients[0], hash_addr(&n->src, client));
	if (net->tick_asked++ == 0 && dhcp->n_now < NOTED_MAX)
		dhcp->now[dhcp->n_now++] = net;
}

static void network_read(const struct network *net, struct noting *noting) {
	uint8_t clients[HLL_REGISTERS];
	char server[ADDR_TEXT_MAX], count[NUMBER_TEXT_MAX];
	double distinct;
	struct noted *noted;

	for (unsigned i = 0; i < HLL_REGISTERS; i++)
		clients[i] = net->clients[0][i] > net->clients[1][i] ? net->clients[0][i]
								     : net->clients[1][i];
	distinct = round(hll_estimate(clients));
	noted = noting_add(
		noting, KIND_DHCP_STARVATION, &net->server, distinct, net->tick_asked, net->first_ns
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

	for (unsigned i = 0; i < dhcp->n_now; i++) {
		network_read(dhcp->now[i], noting);
		dhcp->now[i]->tick_asked = 0;
	}
	dhcp->n_now = 0;
}

const struct note_reader dhcp_reader = {dhcp_create, dhcp_destroy, dhcp_take, dhcp_read, NULL};
