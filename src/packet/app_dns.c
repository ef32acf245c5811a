// DNS and its kin, told by their header and first name.
//
// A message is named where its flags and counts are sane (RFC 1035, 4.1.1) and the first question, or where there is
// none the first record, is a name with a class that exists. Bytes at random pass once in some 2^40.
#include "packet/app_look.h"

#define HEADER_BYTES 12
#define NAME_BYTES_MAX 255 // RFC 1035, 2.3.4
#define LABEL_BYTES_MAX 63
#define POINTER 0xc0
#define FLAG_ANSWER 0x8000
#define FLAG_ZERO 0x0040 // RFC 5395, 2.1: must be zero
#define OPCODE_MAX 8 // NetBIOS multi-homed registration and refresh: RFC 1002, 4.2.1.1
#define RCODE 0x000f
#define ENTRIES_MAX 256 // of each section; what a datagram holds is below
#define MDNS_QUESTIONS_MAX 64
#define NETBIOS_NAME_BYTES 32

enum name_end {
	NAME_BAD,
	NAME_CUT, // sane as far as it was captured
	NAME_WHOLE,
};

// A pointer (RFC 1035, 4.1.4) ends a name that has labels; it is not followed. A name does not begin with one:
// there is nothing before it to point at.
//
// @param after  out: where the name ends, of a whole one
static enum name_end name(const struct look *l, uint32_t at, uint32_t *after) {
	const uint32_t first = at, most = at + NAME_BYTES_MAX;

	while (at < l->n && at < most) {
		const uint8_t label = l->b[at];

		if ((label & POINTER) == POINTER && at != first) {
			*after = at + 2;
			return NAME_WHOLE;
		}
		at += 1u + label;
		if (label == 0) {
			*after = at;
			return NAME_WHOLE;
		}
		if (label > LABEL_BYTES_MAX)
			return NAME_BAD;
	}
	return at < most ? NAME_CUT : NAME_BAD;
}

// IN, CH, HS, NONE, ANY; the top bit is of multicast DNS (RFC 6762, 5.4 and 10.2).
static bool class_exists(uint16_t class) {
	class &= 0x7fff;
	return class == 1 || class == 3 || class == 4 || class == 254 || class == 255;
}

static bool on_port(const struct look *l) {
	return port_is(l, 53) || port_is(l, 5353) || port_is(l, 5355) || port_is(l, 137);
}

static bool first_name(const struct look *l, uint32_t at) {
	uint32_t after = 0;

	switch (name(l, at, &after)) {
	case NAME_WHOLE:
		return sees(l, after + 4)
			? be16(&l->b[after]) != 0 && class_exists(be16(&l->b[after + 2]))
			: on_port(l);
	case NAME_CUT:
		return on_port(l);
	default:
		return false;
	}
}

// RFC 1001, 14.1: each half of a byte as a letter.
static bool netbios_name(const struct look *l, uint32_t at) {
	if (!sees(l, at + 1 + NETBIOS_NAME_BYTES) || l->b[at] != NETBIOS_NAME_BYTES)
		return false;
	for (uint32_t i = 1; i <= NETBIOS_NAME_BYTES; i++) {
		if (l->b[at + i] < 'A' || l->b[at + i] > 'P')
			return false;
	}
	return true;
}

static bool header_sane(const uint8_t *h, bool multicast) {
	const uint16_t flags = be16(&h[2]);
	const uint16_t questions = be16(&h[4]), answers = be16(&h[6]);
	const bool answer = (flags & FLAG_ANSWER) != 0;

	if (be16(&h[8]) >= ENTRIES_MAX || be16(&h[10]) >= ENTRIES_MAX || answers >= ENTRIES_MAX)
		return false;
	if ((flags & FLAG_ZERO) != 0 || (flags >> 11 & 15) > OPCODE_MAX)
		return false;
	if (questions > (multicast ? MDNS_QUESTIONS_MAX : 1))
		return false;
	// A question has no result and no answers, but those that a multicast querier knows.
	return answer || multicast || ((flags & RCODE) == 0 && answers == 0 && questions == 1);
}

static unsigned whose(const struct look *l, uint32_t at) {
	if (netbios_name(l, at + HEADER_BYTES) || port_is(l, 137))
		return APP_NBNS;
	if (port_is(l, 5353))
		return APP_MDNS;
	return port_is(l, 5355) ? APP_LLMNR : APP_DNS;
}

unsigned app_dns(const struct look *l, uint32_t at) {
	const uint8_t *h = &l->b[at];

	if (!sees(l, at + HEADER_BYTES) || !header_sane(h, port_is(l, 5353)))
		return APP_NONE;
	// A refusal may be no more than a header: RFC 1035, 4.1.1.
	if (be16(&h[4]) == 0 && be16(&h[6]) == 0)
		return l->whole == at + HEADER_BYTES && (h[3] & RCODE) != 0 && on_port(l)
			? whose(l, at)
			: APP_NONE;
	return first_name(l, at + HEADER_BYTES) ? whose(l, at) : APP_NONE;
}
