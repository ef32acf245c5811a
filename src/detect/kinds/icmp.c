// ICMP tunnels: echoes that are none. A reply carries back what its request brought (RFC 792, RFC 4443); where many
// replies carry something else, the payload is the message. So it is where each request brings something new: the
// kernel on the other side then answers it as any, and the tunnel's own replies are few among those.
//
// False friends: ping puts the time, always at the beginning, and a pattern into its requests, and gets them back; who
// measures paths or the largest packet sends large ones, and gets them back, too. So what counts as new is what comes
// behind the time, and was in none of the last requests. Of a request that was lost, or was beyond the notes of its
// window, nothing is said.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HALF_NS (30 * 1000000000ull)
#define PAIRS 2048
#define SEED 0x69636d70
#define REQUESTS 16 // whose replies may still come
#define ODD_SHARE 0.5
#define PAYLOAD_MIN 16 // less carries nothing
#define TIME_BYTES 24 // of a ping's payload: two words of 64 bits, and what may stand before them
#define BODIES 16 // remembered

enum { ECHO_REPLY = 0, ECHO_REQUEST = 8, ECHO_REQUEST6 = 128, ECHO_REPLY6 = 129 };

struct half {
	uint32_t replies, unlike;
	uint32_t requests, fresh;
	uint64_t bytes;
};

struct pair {
	struct side_entry entry;
	struct addr asks, answers;
	uint64_t half_ns;
	uint64_t first_ns;
	uint64_t request[REQUESTS]; // hashes of payloads, a ring
	uint32_t n_requests;
	uint64_t body[BODIES]; // hashes, a ring
	uint32_t n_bodies;
	struct pace pace;
	struct half half[2]; // [0] goes on
};

static uint64_t payload_hash(const struct note *n) {
	return side_hash(n->data, n->n_data, SEED + n->payload_bytes);
}

static bool is_among(const uint64_t hash[], unsigned n, uint64_t one) {
	for (unsigned i = 0; i < n; i++)
		if (hash[i] == one)
			return true;
	return false;
}

static void take_request(struct pair *p, const struct note *n) {
	struct half *half = &p->half[0];
	uint64_t body;

	p->request[p->n_requests++ % REQUESTS] = payload_hash(n);
	half->requests++;
	if (n->n_data < TIME_BYTES + PAYLOAD_MIN)
		return;
	body = side_hash(&n->data[TIME_BYTES], n->n_data - TIME_BYTES, SEED);
	if (is_among(p->body, BODIES, body))
		return;
	p->body[p->n_bodies++ % BODIES] = body;
	half->fresh++;
}

static void icmp_take(void *memory, const struct note *n) {
	struct side *pairs = memory;
	const bool request = n->sport == ECHO_REQUEST || n->sport == ECHO_REQUEST6;
	const struct addr *asks = request ? &n->src : &n->dst,
			  *answers = request ? &n->dst : &n->src;
	struct pair *p;

	if (n->kind != NOTE_ECHO || n->payload_bytes < PAYLOAD_MIN)
		return;
	p = side_get(pairs, hash_addr(answers, hash_addr(asks, SEED)), n->ts_ns);
	p->asks = *asks;
	p->answers = *answers;
	if (side_halves_turn(p->half, sizeof(p->half[0]), &p->half_ns, HALF_NS, n->ts_ns))
		p->first_ns = n->ts_ns;
	pace_hear(&p->pace, n->ts_ns);
	p->half[0].bytes += n->payload_bytes;
	side_hears(pairs, p);
	if (request) {
		take_request(p, n);
		return;
	}
	p->half[0].replies++;
	p->half[0].unlike += !is_among(p->request, REQUESTS, payload_hash(n));
}

struct odd { // of what was said in the last halves
	double unlike, unlike_share;
	double fresh, fresh_share;
};

static struct odd odd_of(const struct pair *p) {
	const struct half *a = &p->half[0], *b = &p->half[1];
	const double replies = a->replies + b->replies, requests = a->requests + b->requests;
	struct odd odd = {.unlike = a->unlike + b->unlike, .fresh = a->fresh + b->fresh};

	odd.unlike_share = odd.unlike / fmax(1, replies);
	odd.fresh_share = odd.fresh / fmax(1, requests);
	return odd;
}

static void tell(struct pair *p, const struct odd *odd, struct noted *noted) {
	char asks[ADDR_TEXT_MAX], answers[ADDR_TEXT_MAX], unlike[NUMBER_TEXT_MAX],
		fresh[NUMBER_TEXT_MAX];

	noted->source = p->asks;
	noted->lull_ns = pace_lull_ns(&p->pace);
	noted->takes_kind = KIND_ICMP_FLOOD; // where it is busy
	noted->takes_target = p->answers;
	noted->proto = addr_is_ip4(&p->asks) ? PROTO_ICMP : PROTO_ICMP6;
	noted->n_evidence = 3;
	noted->evidence[0].name = "unlike_share";
	noted->evidence[0].value = odd->unlike_share;
	noted->evidence[0].weight = odd->unlike_share;
	noted->evidence[1].name = "new_content_share";
	noted->evidence[1].value = odd->fresh_share;
	noted->evidence[1].weight = odd->fresh_share;
	noted->evidence[2].name = "payload_bytes_in_60s";
	noted->evidence[2].value = (double)(p->half[0].bytes + p->half[1].bytes);
	noted->evidence[2].weight = .3;
	addr_text(&p->asks, UINT8_MAX, asks);
	addr_text(&p->answers, UINT8_MAX, answers);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"Of echoes between %s and %s within a minute %s requests brought something new and "
		"%s replies something else than was asked with: that is how data travels in ICMP.",
		asks,
		answers,
		words_number(odd->fresh, fresh),
		words_number(odd->unlike, unlike)
	);
}

static void pair_read(void *entry, void *noting) {
	struct pair *p = entry;
	const struct odd odd = odd_of(p);
	const double value = (odd.unlike_share >= ODD_SHARE ? odd.unlike : 0)
		+ (odd.fresh_share >= ODD_SHARE ? odd.fresh : 0);
	struct noted *noted;

	if (p->n_requests == 0)
		return;
	noted = noting_add(noting, KIND_ICMP_TUNNEL, &p->asks, value, p->entry.heard, p->first_ns);
	if (noted != NULL)
		tell(p, &odd, noted);
}

static void icmp_read(void *memory, struct noting *noting) {
	side_each_heard(memory, pair_read, noting);
}

NOTE_READER(icmp) = {
	.side = {{sizeof(struct pair), PAIRS, 0}},
	.take = icmp_take,
	.read = icmp_read,
};

KIND(ICMP_TUNNEL, "icmp_tunnel", "ICMP tunnel", 2, 0) = {
	NOTED,
	.within_s = 10,
	.metric_name = "odd_echoes_in_60s",
	.unit = "odd echoes",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Look at what the host sends; let no more than small echoes pass between "
		      "inside and outside.",
};
