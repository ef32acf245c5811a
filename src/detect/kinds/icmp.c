// ICMP tunnels: echoes that are none. A reply carries back what its request brought (RFC 792, RFC 4443); where many
// replies carry something else, the payload is the message.
//
// False friends: ping puts the time and a pattern into its requests, each another, and gets them back; who
// measures paths or the largest packet sends large ones, and gets them back, too. Of a request that was lost, or was
// beyond the notes of its window, nothing is said.
#include "contract/hash.h"
#include "detect/explain.h"
#include "detect/noted.h"
#include "detect/side.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HALF_NS (30 * 1000000000ull)
#define PAIRS 2048
#define SEED 0x69636d70
#define REQUESTS 16 // whose replies may still come
#define UNLIKE_SHARE 0.5
#define PAYLOAD_MIN 16 // less carries nothing

enum { ECHO_REPLY = 0, ECHO_REQUEST = 8, ECHO_REQUEST6 = 128, ECHO_REPLY6 = 129 };

struct half {
	uint32_t replies, unlike;
	uint64_t bytes;
};

struct pair {
	struct side_entry entry;
	struct addr asks, answers;
	uint64_t half_ns;
	uint64_t first_ns;
	uint64_t request[REQUESTS]; // hashes of payloads, a ring
	uint32_t n_requests;
	struct half half[2]; // [0] goes on
};

static void *icmp_create(void) {
	return side_create(sizeof(struct pair), PAIRS);
}

static void icmp_destroy(void *memory) {
	side_destroy(memory);
}

static uint64_t payload_hash(const struct note *n) {
	return side_hash(n->data, n->n_data, SEED + n->payload_bytes);
}

static bool was_asked(const struct pair *p, uint64_t payload) {
	for (unsigned i = 0; i < REQUESTS; i++)
		if (p->request[i] == payload)
			return true;
	return false;
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
	p->half[0].bytes += n->payload_bytes;
	side_hears(pairs, p);
	if (request) {
		p->request[p->n_requests++ % REQUESTS] = payload_hash(n);
		return;
	}
	p->half[0].replies++;
	p->half[0].unlike += !was_asked(p, payload_hash(n));
}

static void pair_read(void *entry, void *noting) {
	const struct pair *p = entry;
	const double replies = p->half[0].replies + p->half[1].replies;
	const double unlike = p->half[0].unlike + p->half[1].unlike;
	char asks[ADDR_TEXT_MAX], answers[ADDR_TEXT_MAX], count[NUMBER_TEXT_MAX];
	struct noted *noted;

	if (p->n_requests == 0 || unlike < UNLIKE_SHARE * replies)
		return;
	noted = noting_add(noting, KIND_ICMP_TUNNEL, &p->asks, unlike, p->entry.heard, p->first_ns);
	if (noted == NULL)
		return;
	noted->source = p->asks;
	noted->proto = addr_is_ip4(&p->asks) ? PROTO_ICMP : PROTO_ICMP6;
	noted->n_evidence = 2;
	noted->evidence[0].name = "unlike_share";
	noted->evidence[0].value = unlike / fmax(1, replies);
	noted->evidence[0].weight = noted->evidence[0].value;
	noted->evidence[1].name = "payload_bytes_in_60s";
	noted->evidence[1].value = (double)(p->half[0].bytes + p->half[1].bytes);
	noted->evidence[1].weight = .3;
	addr_text(&p->asks, UINT8_MAX, asks);
	addr_text(&p->answers, UINT8_MAX, answers);
	snprintf(
		noted->words,
		sizeof(noted->words),
		"%s echo replies of %s to %s within a minute carry something else than was asked "
		"with: that is "
		"how data travels in ICMP.",
		words_number(unlike, count),
		answers,
		asks
	);
}

static void icmp_read(void *memory, struct noting *noting) {
	side_each_heard(memory, pair_read, noting);
}

NOTE_READER(icmp) = {icmp_create, icmp_destroy, icmp_take, icmp_read, NULL};

KIND(ICMP_TUNNEL, "icmp_tunnel", "ICMP tunnel", 2, 0) = {
	NOTED,
	.metric_name = "unlike_in_60s",
	.unit = "replies",
	.lull_ns = 60 * 1000000000ull,
	.mitigation = "Look at what the host sends; let no more than small echoes pass between "
		      "inside and outside.",
};
