// DNS tunnels that take their time: a name every few seconds, with the load spread over several domains, so that no minute and
// no domain has much of it.
//
// For each client, over half an hour: how many different long names it asked for, of all names that it asked for, and
// below how many domains. A name is long from LONG_NAME characters before the domain on: what a client can carry out
// in names is bounded by their characters and how many are different (Paxson, Christodorescu, Javed et al.: Practical
// Comprehensive Bounds on Surreptitious Communication over DNS, USENIX Security 2013, which bounds it by 4 KB a day). A tunnel's
// are many of them, hardly any comes again, and either they spread over several domains or they are longer than any hash and
// not of one length. What is asked for again at once, because no answer came, counts once.
//
// False friends: virus scanners and lists of hashes ask below one domain, for names of one length; block lists and reverse look-ups
// have an address in the name, in digits or a label for each of its digits; names of content networks and of machines
// come one by one below many domains; a resolver that asks for many clients has few long names among many.
#include "contract/hash.h"
#include "detect/dns_name.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HALF_NS (15 * 60 * 1000000000ull)
#define PAUSE_NS (60 * 1000000000ull) // it takes its time
#define CLIENTS 4096
#define DOMAINS 16
#define LONG_NAME 24
#define LONG_SHARE 0.3 // of what it asks for
#define DIFFERENT_SHARE 0.5
#define SPREAD 3 // domains with
#define SPREAD_NAMES 5 // at least so many each
#define LONGER 40 // than SHA-1 in hexadecimal; in the mean
#define LENGTHS 8 // from the shortest to the longest
#define TIMES 2 // the threshold of a minute
#define BITS_A_CHAR 5.2 // letters, digits and hyphen: log2(37)
#define SEED 0x646e7373

struct domain {
	uint64_t hash; // 0: free
	uint32_t names;
};

struct half {
	uint32_t asked;
	uint32_t many; // long ones of them
	uint64_t chars; // of these
	uint8_t shortest, longest;
	uint8_t names[HLL_REGISTERS];
	struct domain domain[DOMAINS]; // the first ones
};

struct client {
	struct side_entry entry;
	struct addr addr, resolver;
	uint64_t half_ns;
	uint64_t first_ns;
	uint64_t last_name; // hash
	struct half half[2]; // [0] goes on
};

static bool is_long(const struct dns_question *q, unsigned chars) {
	return chars >= LONG_NAME && !dns_name_is_of_address(q);
}

static void add_domain(struct half *h, uint64_t hash) {
	for (unsigned i = 0; i < DOMAINS; i++) {
		if (h->domain[i].hash != 0 && h->domain[i].hash != hash)
			continue;
		h->domain[i].hash = hash;
		h->domain[i].names++;
		return;
	}
}

static void add_name(struct half *h, const struct dns_question *q, unsigned chars, uint64_t hash) {
	const char *domain = &q->name[q->name_bytes - q->base_bytes];

	h->many++;
	h->chars += chars;
	h->shortest = h->shortest == 0 || chars < h->shortest ? (uint8_t)chars : h->shortest;
	h->longest = chars > h->longest ? (uint8_t)chars : h->longest;
	hll_add(h->names, hash);
	add_domain(h, side_hash(domain, q->base_bytes, SEED) | 1);
}

// Names that are cut off are a matter of the minute: they are longer than what is slow.
static void slow_take(void *memory, const struct note *n) {
	struct side *clients = memory;
	struct dns_question q;
	struct client *c;
	unsigned chars;
	uint64_t hash;

	if (n->kind != NOTE_DNS || !dns_question_read(n->data, n->n_data, &q) || q.is_answer
	    || !q.is_whole || dns_name_is_reverse(&q))
		return;
	c = side_get(clients, hash_addr(&n->src, SEED), n->ts_ns);
	c->addr = n->src;
	c->resolver = n->dst;
	if (side_halves_turn(c->half, sizeof(c->half[0]), &c->half_ns, HALF_NS, n->ts_ns))
		c->first_ns = n->ts_ns;
	chars = q.name_bytes - q.base_bytes;
	hash = side_hash(q.name, chars, SEED);
	if (hash == c->last_name)
		return;
	c->last_name = hash;
	c->half[0].asked++;
	if (!is_long(&q, chars))
		return;
	add_name(&c->half[0], &q, chars, hash);
	side_hears(clients, c);
}

static unsigned domains_of(const struct half *a, const struct half *b) {
	unsigned n = 0;

	for (unsigned i = 0; i < DOMAINS && a->domain[i].hash != 0; i++) {
		uint32_t names = a->domain[i].names;

		for (unsigned k = 0; k < DOMAINS; k++)
			if (b->domain[k].hash == a->domain[i].hash)
				names += b->domain[k].names;
		n += names >= SPREAD_NAMES;
	}
	return n;
}

static bool is_of_many_lengths(const struct half *a, const struct half *b) {
	const unsigned shortest
		= b->shortest != 0 && b->shortest < a->shortest ? b->shortest : a->shortest;
	const unsigned longest = b->longest > a->longest ? b->longest : a->longest;

	return longest >= shortest + LENGTHS;
}

static void
tell(const struct client *c, double names, double chars, unsigned domains, struct noted *noted) {
	const struct half *a = &c->half[0], *b = &c->half[1];
	const double share = (a->many + b->many) / fmax(1, a->asked + b->asked);
	char who[ADDR_TEXT_MAX], resolver[ADDR_TEXT_MAX], count[NUMBER_TEXT_MAX];

	noted->source = c->addr;
	noted->lull_ns = PAUSE_NS;
	noted->proto = PROTO_UDP;
	noted->port = 53;
	noted->n_evidence = 4;
	noted->evidence[0].name = "name_chars";
	noted->evidence[0].value = chars;
	noted->evidence[0].weight = .5;
	noted->evidence[1].name = "long_name_share";
	noted->evidence[1].value = share;
	noted->evidence[1].weight = share;
	noted->evidence[2].name = "domains";
	noted->evidence[2].value = domains;
	noted->evidence[2].weight = domains >= SPREAD ? .5 : .1;
	noted->evidence[3].name = "carried_bytes_at_most";
	noted->evidence[3].value = names * chars * BITS_A_CHAR / 8;
	noted->evidence[3].weight = .3;
	addr_text(&c->addr, UINT8_MAX, who);
	addr_text(&c->resolver, UINT8_MAX, resolver);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s asked %s for about %s different long names within half an hour, %.0f "
		"characters each, %.0f %% "
		"of all that it asked for, several each below %u domain%s: that is how data leaves "
		"in "
		"DNS when it shall not be seen.",
		who,
		resolver,
		words_number(names, count),
		chars,
		100 * share,
		domains,
		domains == 1 ? "" : "s"
	);
}

static void client_read(void *entry, void *ctx) {
	struct client *c = entry;
	struct noting *noting = ctx;
	const struct half *a = &c->half[0], *b = &c->half[1];
	const double many = a->many + b->many;
	const double chars = (double)(a->chars + b->chars) / fmax(1, many);
	const unsigned domains = domains_of(a, b);
	const uint64_t whole_ns = c->half_ns > HALF_NS ? c->half_ns - HALF_NS : 0;
	const uint64_t since_ns = c->first_ns > whole_ns ? c->first_ns : whole_ns;
	struct threshold threshold = {.baseline = NAN};
	struct noted *noted;
	double names;

	if (many < LONG_SHARE * (a->asked + b->asked)
	    || (domains < SPREAD && (chars < LONGER || !is_of_many_lengths(a, b))))
		return;
	names = fmin(many, noted_distinct(a->names, b->names));
	if (names < DIFFERENT_SHARE * many)
		return;
	noted = noting_add(noting, KIND_DNS_TUNNEL, &c->addr, names, c->entry.heard, since_ns);
	if (noted == NULL)
		return;
	tell(c, names, chars, domains, noted);
	threshold.per_s = TIMES * noting->reading[noting->n - 1].threshold;
	noting_threshold(noting, &threshold);
}

static void slow_read(void *memory, struct noting *noting) {
	side_each_heard(memory, client_read, noting);
}

NOTE_READER(dns_slow) = {
	.side = {{sizeof(struct client), CLIENTS, 0}},
	.take = slow_take,
	.read = slow_read,
};
