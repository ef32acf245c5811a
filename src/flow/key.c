// The canonical key of a packet, and its hash.
#include "contract/hash.h"
#include "flow/flow.h"

#include <string.h>

// In the order of the bytes, as people sort addresses.
static bool addr_above(const struct addr *a, const struct addr *b) {
	const uint64_t a0 = __builtin_bswap64(a->w[0]), b0 = __builtin_bswap64(b->w[0]);

	if (a0 != b0)
		return a0 > b0;
	return __builtin_bswap64(a->w[1]) > __builtin_bswap64(b->w[1]);
}

bool flow_key_from_packet(struct flow_key *key, const struct packet *p) {
	const bool ports = p->marks & PACKET_PORTS;
	const uint16_t sport = ports ? p->sport : 0;
	const uint16_t dport = ports ? p->dport : 0;
	const bool same = addr_equal(&p->src, &p->dst);
	const bool from_hi = same ? sport > dport : addr_above(&p->src, &p->dst);

	key->lo = from_hi ? p->dst : p->src;
	key->hi = from_hi ? p->src : p->dst;
	key->lo_port = from_hi ? dport : sport;
	key->hi_port = from_hi ? sport : dport;
	key->tunnel_id = p->tunnel_id;
	key->vlan = p->vlan;
	key->proto = p->proto;
	key->zero = 0;
	key->zero2 = 0;
	return from_hi;
}

uint64_t flow_key_hash(const struct flow_key *key, uint64_t seed) {
	uint64_t w[6], h;

	memcpy(w, key, sizeof(w));
	h = hash_fold(w[0] ^ seed ^ HASH_K0, w[1] ^ HASH_K1);
	h ^= hash_fold(w[2] ^ seed ^ HASH_K2, w[3] ^ HASH_K3);
	h ^= hash_fold(w[4] ^ seed ^ HASH_K1, w[5] ^ HASH_K2);
	return hash_fold(h ^ seed, HASH_K0);
}
static_assert(sizeof(struct flow_key) == 6 * sizeof(uint64_t), "hashed as six words");
