// What probing looks like.
#include "detect/shapes.h"

// The estimates of distinct counts are 13 % off (one deviation), so the limits are not sharp.
#define SCAN_SOURCES 16 // a scanner with decoys
#define UDP_PROBE_BYTES 200 // a probe has less payload than that
#define PIECE_BYTES 100 // a probe that was cut in pieces to pass a filter; a flood's are larger
#define PROBES_PER_S 10000 // nobody scans one host's UDP ports, or in pieces, faster

bool shape_is_scan(const struct span_sum *in10) {
	return in10->peers <= SCAN_SOURCES && in10->ports >= SCAN_PORTS
		&& (double)in10->probes <= SCAN_PACKETS_PER_PORT * in10->ports;
}

bool is_udp_probing(const struct host_record *r) {
	const double packets = r->count[HOST_PACKETS];

	return (double)r->payload_bytes <= UDP_PROBE_BYTES * packets
		&& r->count[HOST_UDP_STRAY] < PROBES_PER_S;
}

bool is_cut_probing(const struct host_record *r) {
	const uint32_t packets = r->count[HOST_PACKETS];

	return r->count[HOST_TCP] * 2 > packets && r->bytes <= (uint64_t)PIECE_BYTES * packets
		&& packets < PROBES_PER_S;
}
