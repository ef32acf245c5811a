// Oversize questions: a question of DNS over UDP that is longer than 512 bytes.
//
// A name has 255 bytes at most (RFC 1035, 2.3.4), and what goes with it (EDNS, a cookie, a client's network, a signature of the
// transaction) some hundred more; so a question that passes 512 carries something else: an attempt on a parser, or data.
// It is a hint and never more than low.
//
// False friends: updates and notices of zones (RFC 2136, RFC 1996) are no questions; what is padded (RFC 8467) is ciphered, and
// does not come here; answers may be long, and come in fragments. Nor is there a size from which a ping is wrong:
// who looks for the MTU sends large ones, and what passes it comes in fragments.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/noted.h"
#include "detect/side.h"
#include "detect/spoken.h"

#include <stdio.h>

#define QUESTION_BYTES 512
#define HALF_NS (5 * 1000000000ull)
#define CLIENTS 1024
#define SEED 0x6f766572
#define DNS_PORT 53
#define QR_AND_OPCODE 0xf8 // of the third byte: RFC 1035, 4.1.1

struct half {
	uint32_t questions;
	uint32_t longest;
};

struct client {
	struct side_entry entry;
	struct addr addr, server;
	uint64_t half_ns, first_ns;
	struct half half[2]; // [0] goes on
};

static void oversize_take(void *memory, const struct note *n) {
	struct side *clients = memory;
	struct client *c;

	if (n->kind != NOTE_DNS || n->payload_bytes <= QUESTION_BYTES || n->dport != DNS_PORT
	    || n->n_data < 3 || (n->data[2] & QR_AND_OPCODE) != 0 || app_of_note(n) != APP_DNS)
		return;
	c = side_get(clients, hash_addr(&n->src, SEED), n->ts_ns);
	c->addr = n->src;
	c->server = n->dst;
	if (side_halves_turn(c->half, sizeof(c->half[0]), &c->half_ns, HALF_NS, n->ts_ns))
		c->first_ns = n->ts_ns;
	c->half[0].questions++;
	if (n->payload_bytes > c->half[0].longest)
		c->half[0].longest = n->payload_bytes;
	side_hears(clients, c);
}

static void client_read(void *entry, void *noting) {
	const struct client *c = entry;
	const struct half *a = &c->half[0], *b = &c->half[1];
	const uint32_t longest = a->longest > b->longest ? a->longest : b->longest;
	const uint64_t whole_ns = c->half_ns > HALF_NS ? c->half_ns - HALF_NS : 0;
	const uint64_t since_ns = c->first_ns > whole_ns ? c->first_ns : whole_ns;
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], count[NUMBER_TEXT_MAX];
	struct noted *noted = noting_add(
		noting,
		KIND_OVERSIZE_DNS,
		&c->addr,
		a->questions + b->questions,
		c->entry.heard,
		since_ns
	);

	if (noted == NULL)
		return;
	noted->source = c->addr;
	noted->proto = PROTO_UDP;
	noted->port = DNS_PORT;
	noted->n_evidence = 1;
	noted->evidence[0].name = "longest_bytes";
	noted->evidence[0].value = longest;
	noted->evidence[0].weight = 1;
	addr_text(&c->addr, UINT8_MAX, client);
	addr_text(&c->server, UINT8_MAX, server);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s asked %s %s times within 10 s by DNS in more than %u bytes, the longest %u: no "
		"name needs as many.",
		client,
		server,
		words_number(a->questions + b->questions, count),
		QUESTION_BYTES,
		longest
	);
}

static void oversize_read(void *memory, struct noting *noting) {
	side_each_heard(memory, client_read, noting);
}

NOTE_READER(oversize_dns) = {
	.side = {{sizeof(struct client), CLIENTS, 0}},
	.take = oversize_take,
	.read = oversize_read,
};

KIND(OVERSIZE_DNS, "oversize_dns", "Oversize DNS questions", 3, 0) = {
	.metric = METRIC_N,
	.scale = SCALE_HINT,
	.floor_times = 1,
	.proto = PROTO_UDP,
	.metric_name = "long_questions",
	.unit = "long questions",
	.lull_ns = 60 * 1000000000ull,
	.mitigation = "Look at what the host sends, and let no question pass that is longer than "
		      "512 bytes. Low by "
		      "design: it is a hint.",
};
