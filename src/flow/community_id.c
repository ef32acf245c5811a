// Community ID v1 of a flow: what other tools (Zeek, Suricata, Wireshark) call the same flow.
// github.com/corelight/community-id-spec
//
// A library of its own, so that the data path does not hang on libcrypto.
#include "flow/flow.h"

#include <openssl/evp.h>
#include <string.h>

#define SHA1_BYTES 20
#define INPUT_MAX (2 + 2 * 16 + 2 + 2 * 2)

static uint8_t *put16(uint8_t *to, uint16_t value) {
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return to + 2;
}

// Our key has no ICMP type: the two ends of an echo, which is what a flow of ICMP with an answer is.
static bool ports_of(const struct flow_key *key, bool initiator_is_hi, uint16_t *lo, uint16_t *hi) {
	*lo = key->lo_port;
	*hi = key->hi_port;
	switch (key->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_SCTP:
		return true;
	case PROTO_ICMP:
		*lo = initiator_is_hi ? 0 : 8;
		*hi = initiator_is_hi ? 8 : 0;
		return true;
	case PROTO_ICMP6:
		*lo = initiator_is_hi ? 129 : 128;
		*hi = initiator_is_hi ? 128 : 129;
		return true;
	default:
		return false;
	}
}

static size_t id_input(
	uint8_t out[static INPUT_MAX],
	const struct flow_key *key,
	bool initiator_is_hi,
	uint16_t seed
) {
	// The key is sorted by address and port already, as the id wants it; for ICMP between
	// equal addresses the type decides.
	const bool ip4 = addr_is_ip4(&key->lo) && addr_is_ip4(&key->hi);
	const size_t skip = ip4 ? 12 : 0;
	uint16_t lo, hi;
	const bool ports = ports_of(key, initiator_is_hi, &lo, &hi);
	const bool swap = addr_equal(&key->lo, &key->hi) && lo > hi;
	uint8_t *at = put16(out, seed);

	memcpy(at, &key->lo.b[skip], 16 - skip);
	at += 16 - skip;
	memcpy(at, &key->hi.b[skip], 16 - skip);
	at += 16 - skip;
	*at++ = key->proto;
	*at++ = 0;
	if (ports) {
		at = put16(at, swap ? hi : lo);
		at = put16(at, swap ? lo : hi);
	}
	return (size_t)(at - out);
}

const char *flow_community_id(
	const struct flow_key *key,
	bool initiator_is_hi,
	uint16_t seed,
	char text[static COMMUNITY_ID_MAX]
) {
	uint8_t input[INPUT_MAX], sha1[SHA1_BYTES];
	const size_t n = id_input(input, key, initiator_is_hi, seed);

	memcpy(text, "1:", 3);
	if (EVP_Digest(input, n, sha1, NULL, EVP_sha1(), NULL) == 1)
		EVP_EncodeBlock((unsigned char *)&text[2], sha1, SHA1_BYTES);
	return text;
}
static_assert(2 + (SHA1_BYTES + 2) / 3 * 4 + 1 <= COMMUNITY_ID_MAX);
