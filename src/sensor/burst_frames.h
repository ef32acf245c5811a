// From the driver's buffers to the frames that the parser and the pipeline look at.
#ifndef WEIR_SENSOR_BURST_FRAMES_H
#define WEIR_SENSOR_BURST_FRAMES_H

#include "packet/packet.h"

#include <rte_mbuf.h>

// A frame longer than its first segment: the pipeline looks at FRAME_LOOK_MAX bytes, which every
// pool of ours holds in one segment. Buffers of another program's (net_ring, memif) can be
// shorter: such a frame is shown as far as its first segment goes, and counts as truncated.
static inline uint32_t frame_length(const struct rte_mbuf *m) {
	const uint32_t whole = rte_pktmbuf_pkt_len(m), first = rte_pktmbuf_data_len(m);

	return first >= RTE_MIN(whole, (uint32_t)FRAME_LOOK_MAX) ? whole : first;
}

static inline struct frame frame_of(const struct rte_mbuf *m, uint64_t ts_ns) {
	return (struct frame) {
		.data = rte_pktmbuf_mtod(m, const uint8_t *),
		.captured = frame_length(m),
		.ts_ns = ts_ns,
	};
}

#endif
