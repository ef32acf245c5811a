#include "sensor/rss.h"

#include "sensor/meet.h"

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

static bool read_table(uint16_t port, uint32_t n, uint16_t queue[]) {
	struct rte_eth_rss_reta_entry64 reta[SPREAD_TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE] = {0};

	if (n == 0 || n > SPREAD_TABLE_MAX || n % RTE_ETH_RETA_GROUP_SIZE != 0)
		return false;
	for (uint32_t i = 0; i < n / RTE_ETH_RETA_GROUP_SIZE; i++)
		reta[i].mask = UINT64_MAX;
	if (rte_eth_dev_rss_reta_query(port, reta, (uint16_t)n) != 0)
		return false;
	for (uint32_t i = 0; i < n; i++)
		queue[i] = reta[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
	return true;
}

bool rss_read(uint16_t port, struct spread *out) {
	struct rte_eth_rss_conf now = {0};
	struct rte_eth_dev_info info;
	struct spread s = {.by = SPREAD_TABLE, .queues = out->queues};

	if (rte_eth_dev_info_get(port, &info) != 0 || rte_eth_dev_rss_hash_conf_get(port, &now) != 0
	    || now.rss_hf == 0 || !read_table(port, info.reta_size, s.table))
		return false;
	s.n = info.reta_size;
	s.functions = now.rss_hf & RSS_WANTED;
	s.symmetric
		= rss_verify(
			  port, info.hash_key_size > 0 ? info.hash_key_size : RSS_KEY_BYTES_DEFAULT
		  )
		== NULL;
	*out = s;
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
