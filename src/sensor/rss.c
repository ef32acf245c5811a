#include "sensor/rss.h"

#include <rte_ethdev.h>

#define RSS_WANTED (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP)
#define RSS_KEY_BYTES_DEFAULT 40 // where the driver does not say

bool rss_request(
	struct rte_eth_conf *conf,
	const struct rte_eth_dev_info *info,
	uint8_t key[static RSS_KEY_BYTES_MAX]
) {
	const uint64_t hf = RSS_WANTED & info->flow_type_rss_offloads;
	const uint32_t bytes
		= info->hash_key_size > 0 ? info->hash_key_size : RSS_KEY_BYTES_DEFAULT;

	if (hf == 0 || bytes > RSS_KEY_BYTES_MAX)
		return false;
	rss_key_fill(key, bytes);
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf = (struct rte_eth_rss_conf) {
		.rss_key = key,
		.rss_key_len = (uint8_t)bytes,
		.rss_hf = hf,
	};
	return true;
}

const char *rss_verify(uint16_t port, uint32_t key_bytes) {
	uint8_t key[RSS_KEY_BYTES_MAX] = {0};
	struct rte_eth_rss_conf now = {.rss_key = key, .rss_key_len = (uint8_t)key_bytes};

	if (rte_eth_dev_rss_hash_conf_get(port, &now) != 0)
		return "the driver does not tell the hash key in use";
	if (now.rss_hf == 0)
		return "the adapter reports that hashing is off";
	if (!rss_key_is_symmetric(key, key_bytes))
		return "the adapter uses another key, which is not symmetric";
	return NULL;
}
