// DNS tunnels: names that are looked up for what is written in them.
//
// For each client and domain: names that were asked for within a minute, how many of them are different, how long
// the part before the domain is, and how many are of a type that nobody else asks for. A tunnel's names never
// come twice, since a resolver would answer from its cache, and are long, since each is a datagram's load; or
// its load is in the answers, of a type that holds much (NULL, KEY, PRIVATE; long TXT).
//
// False friends: reverse names (in-addr.arpa, ip6.arpa) and services that put an address or a hash into a name
// (block lists, reputation of files) are short or few; a browser's names come again; names of a content network
// share a few stems.
#include "contract/hash.h"
#include "detect/dns_name.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HALF_NS (30 * 1000000000ull)
#define PAIRS 4096 // of client and domain
#define SEED 0x646e7300
#define UNIQUE_SHARE 0.7 // the estimate of distinct names is not sharp
#define LONG_NAME 48 // characters before the domain, in the mean
#define RARE_SHARE 0.5

#define TYPE_NULL 10
#define TYPE_TXT 16
#define TYPE_KEY 25
#define TYPE_PRIVATE 65280 // from here on: RFC 6895, 3.1
#define TXT_NAME 16 // a text is asked for by a name; a tunnel's name is longer

struct half {
	uint32_t asked;
	uint32_t rare;
	uint64_t chars;
	uint64_t answer_bytes;
	uint8_t names[HLL_REGISTERS];
};

struct pair {
	struct side_entry entry;
	struct addr client;
	struct addr resolver;
	uint64_t half_ns;
	uint64_t first_ns;
	struct pace pace;
	struct half half[2]; // [0] goes on
	char domain[64]; // cut off
};

static bool is_rare(const struct dns_question *q, unsigned chars) {
	return q->type == TYPE_NULL || q->type == TYPE_KEY || q->type >= TYPE_PRIVATE
		|| (q->type == TYPE_TXT && chars >= TXT_NAME);
}

// A name that is cut off, because a note has only its first bytes, is long, but of which domain it is cannot be
// known: all such names of one client and resolver count together.
static struct pair *
pair_of(struct side *pairs, const struct note *n, const struct dns_question *q) {
	const struct addr *client = q->is_answer ? &n->dst : &n->src;
	const struct addr *resolver = q->is_answer ? &n->src : &n->dst;
	const char *domain = q->is_whole ? &q->name[q->name_bytes - q->base_bytes] : "";
	const uint64_t key = q->is_whole ? side_hash(domain, q->base_bytes, hash_addr(client, SEED))
					 : hash_addr(resolver, hash_addr(client, SEED));
	struct pair *p = side_get(pairs, key, n->ts_ns);

	p->client = *client;
	p->resolver = *resolver;
	if (p->domain[0] == '\0')
		snprintf(p->domain, sizeof(p->domain), "%.*s", (int)q->base_bytes, domain);
	return p;
}

static void dns_take(void *memory, const struct note *n) {
	struct side *pairs = memory;
	struct dns_question q;
	struct pair *p;
	unsigned chars;

	if (n->kind != NOTE_DNS || !dns_question_read(n->data, n->n_data, &q)
	    || dns_name_is_reverse(&q) || dns_name_is_of_address(&q))
		return;
	chars = q.name_bytes - (q.is_whole ? q.base_bytes : 0u);
	if (chars == 0)
		return;
	p = pair_of(pairs, n, &q);
	if (side_halves_turn(p->half, sizeof(p->half[0]), &p->half_ns, HALF_NS, n->ts_ns))
		p->first_ns = n->ts_ns;
	if (q.is_answer) {
		p->half[0].answer_bytes += n->payload_bytes;
		return;
	}
	pace_hear(&p->pace, n->ts_ns);
	p->half[0].asked++;
	p->half[0].chars += chars;
	p->half[0].rare += is_rare(&q, chars);
	hll_add(p->half[0].names, side_hash(q.name, q.name_bytes, SEED));
	side_hears(pairs, p);
}

static void pair_words(const struct pair *p, double names, double chars, struct noted *noted) {
	char who[ADDR_TEXT_MAX], resolver[ADDR_TEXT_MAX], count[NUMBER_TEXT_MAX];

	addr_text(&p->client, UINT8_MAX, who);
	addr_text(&p->resolver, UINT8_MAX, resolver);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s asked %s for about %s different names%s%.60s within a minute, %.0f characters "
		"each: that is how data leaves in DNS.",
		who,
		resolver,
		words_number(names, count),
		p->domain[0] == '\0' ? "" : " below ",
		p->domain,
		chars
	);
}

static void pair_read(void *entry, void *noting) {
	struct pair *p = entry;
	const struct half *a = &p->half[0], *b = &p->half[1];
	const double asked = a->asked + b->asked;
	const double chars = (double)(a->chars + b->chars) / fmax(1, asked);
	const double rare = (a->rare + b->rare) / fmax(1, asked);
	struct noted *noted;
	double names;

	if (chars < LONG_NAME && rare < RARE_SHARE)
		return;
	names = fmin(asked, noted_distinct(a->names, b->names));
	if (names < UNIQUE_SHARE * asked)
		return;
	noted = noting_add(noting, KIND_DNS_TUNNEL, &p->client, names, p->entry.heard, p->first_ns);
	if (noted == NULL)
		return;
	noted->source = p->client;
	noted->lull_ns = pace_lull_ns(&p->pace);
	noted->takes_kind = KIND_DNS_TUNNEL; // who is asked passes it on: it is the client's
	noted->takes_target = p->resolver;
	noted->proto = PROTO_UDP;
	noted->port = 53;
	noted->n_evidence = 3;
	noted->evidence[0].name = "name_chars";
	noted->evidence[0].value = chars;
	noted->evidence[0].weight = fmin(1, chars / (2 * LONG_NAME));
	noted->evidence[1].name = "rare_type_share";
	noted->evidence[1].value = rare;
	noted->evidence[1].weight = rare;
	noted->evidence[2].name = "answer_bytes";
	noted->evidence[2].value = (double)(a->answer_bytes + b->answer_bytes) / fmax(1, asked);
	noted->evidence[2].weight = .2;
	pair_words(p, names, chars, noted);
}

static void dns_read(void *memory, struct noting *noting) {
	side_each_heard(memory, pair_read, noting);
}

NOTE_READER(dns) = {
	.side = {{sizeof(struct pair), PAIRS, 0}},
	.take = dns_take,
	.read = dns_read,
};

KIND(DNS_TUNNEL, "dns_tunnel", "DNS tunnel", 2, 0) = {
	NOTED,
	.proto = 17,
	.within_s = 15,
	.metric_name = "different_names",
	.unit = "names",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Look at what the host sends; block the domain at the resolver, and let no "
		      "other resolver be "
		      "reached from inside.",
};
