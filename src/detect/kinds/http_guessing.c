// Passwords for a web page: one source tries one name and password after the other at one web service.
//
// Told by the first words of connections: each brings other credentials of the Basic scheme (RFC 7617). Whoever knows
// the password sends the same again and again, so of those hardly any may come twice.
//
// False friends: load tests and programs that poll say the same each time, or nothing; many people behind one address
// (NAT, a proxy) each say theirs with every page that they read. What cannot be told: credentials behind more than the
// first bytes (a note has no more), in a form, of other schemes, where each request differs by design, and in TLS.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HALF_NS (5 * 1000000000ull)
#define PAIRS 1024
#define ONCE_SHARE 0.7 // the estimate of distinct ones is not sharp
#define SEED 0x62617369

struct half {
	uint32_t tried;
	uint8_t credentials[HLL_REGISTERS];
};

struct pair {
	struct side_entry entry;
	struct addr source, server;
	uint16_t port;
	uint64_t half_ns;
	uint64_t first_ns;
	struct half half[2]; // [0] goes on
};

// @return where they begin, NULL: nowhere
static const uint8_t *credentials_of(const struct note *n, size_t *bytes) {
	static const char field[] = "\nAuthorization: Basic ";
	const size_t length = sizeof(field) - 1;

	for (unsigned at = 0; at + length < n->n_data; at++) {
		const uint8_t *from = &n->data[at + length];
		const size_t left = n->n_data - at - length;
		const uint8_t *to = memchr(from, '\r', left);

		if (strncasecmp((const char *)&n->data[at], field, length) != 0)
			continue;
		*bytes = to == NULL ? left : (size_t)(to - from);
		return from;
	}
	return NULL;
}

static void guessing_take(void *memory, const struct note *n) {
	struct side *pairs = memory;
	const uint8_t *credentials;
	struct pair *p;
	size_t bytes;

	if (n->kind != NOTE_PAYLOAD || n->proto != PROTO_TCP)
		return;
	credentials = credentials_of(n, &bytes);
	if (credentials == NULL)
		return;
	p = side_get(
		pairs, hash_word(n->dport, hash_addr(&n->dst, hash_addr(&n->src, SEED))), n->ts_ns
	);
	p->source = n->src;
	p->server = n->dst;
	p->port = n->dport;
	if (side_halves_turn(p->half, sizeof(p->half[0]), &p->half_ns, HALF_NS, n->ts_ns))
		p->first_ns = n->ts_ns;
	p->half[0].tried++;
	hll_add(p->half[0].credentials, side_hash(credentials, bytes, SEED));
	side_hears(pairs, p);
}

static void pair_read(void *entry, void *noting) {
	const struct pair *p = entry;
	const double tried = p->half[0].tried + p->half[1].tried;
	const double distinct
		= fmin(tried, noted_distinct(p->half[0].credentials, p->half[1].credentials));
	char source[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], count[NUMBER_TEXT_MAX];
	struct noted *noted;

	if (distinct < ONCE_SHARE * tried)
		return;
	noted = noting_add(
		noting, KIND_PASSWORD_GUESSING, &p->server, distinct, p->entry.heard, p->first_ns
	);
	if (noted == NULL)
		return;
	noted->source = p->source;
	noted->proto = PROTO_TCP;
	noted->port = p->port;
	noted->n_evidence = 1;
	noted->evidence[0].name = "tried_once_share";
	noted->evidence[0].value = distinct / tried;
	noted->evidence[0].weight = distinct / tried;
	addr_text(&p->source, UINT8_MAX, source);
	addr_text(&p->server, UINT8_MAX, server);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s tried about %s names and passwords at the web service of %s, port %u, in 10 s.",
		source,
		words_number(distinct, count),
		server,
		p->port
	);
}

static void guessing_read_all(void *memory, struct noting *noting) {
	side_each_heard(memory, pair_read, noting);
}

NOTE_READER(http_guessing) = {
	.side = {{sizeof(struct pair), PAIRS, 0}},
	.take = guessing_take,
	.read = guessing_read_all,
};
