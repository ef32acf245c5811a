// The canonical key of a packet, and its hash.
#include "flow/path.h"

bool flow_key_from_packet(struct flow_key *key, const struct packet *p) {
	uint64_t hash;

	return flow_key_fill(key, &hash, p, 0);
}

uint64_t flow_key_hash(const struct flow_key *key, uint64_t seed) {
	return flow_key_mix(key, seed);
}
