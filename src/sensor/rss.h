// Symmetric receive-side scaling: both directions of a flow reach the same queue.
//
// A Toeplitz key that repeats every 16 bits (0x6D5A) makes the hash the same when source and
// destination change places (Woo, Park: Scalable TCP Session Monitoring with Symmetric
// Receive-side Scaling, KAIST 2012).
#ifndef WEIR_SENSOR_RSS_H
#define WEIR_SENSOR_RSS_H

#include <stdbool.h>
#include <stdint.h>

#define RSS_KEY_BYTES_MAX 64 // adapters have 40 or 52

struct rte_eth_dev_info;
struct rte_eth_conf;

void rss_key_fill(uint8_t key[], uint32_t bytes);
// Toeplitz hash over 16-bit aligned input, in software: what the adapter computes.
uint32_t rss_toeplitz(const uint8_t key[], uint32_t key_bytes, const uint8_t input[], uint32_t n);
// Do both directions of IPv4 and IPv6 sample flows hash alike under this key?
bool rss_key_is_symmetric(const uint8_t key[], uint32_t bytes);

// Ask for it: hash functions clipped to what the adapter has, its key length.
// @return false where it offers none
bool rss_request(
	struct rte_eth_conf *conf,
	const struct rte_eth_dev_info *info,
	uint8_t key[static RSS_KEY_BYTES_MAX]
);
// After the start: what the adapter says that it hashes, and where a hash goes.
// @return false where it does not tell, *out untouched
struct spread;
bool rss_read(uint16_t port, struct spread *out);

// After the start: read the key back from the adapter and compute both directions with it.
// @return NULL, or what is wrong
const char *rss_verify(uint16_t port, uint32_t key_bytes);

#endif
