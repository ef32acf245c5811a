// Novelty: the honest last resort. classify.c asks the host model, too.
#include "detect/kinds.h"

KIND(UNKNOWN, "unknown", "Unusual traffic", 500, 1000) = {
	.metric = M_UNUSUAL,
	.scale = SCALE_QUESTION,
	.metric_name = "unusual_packets_per_s",
	.unit = "packets/s that belong to nothing seen before",
	.tell = tell_size, // it need not open flows that could be answered
	.mitigation = "Look at the evidence and the top sources before acting; rate-limit the "
		      "sources toward the target if it suffers. If this is wanted traffic, "
		      "mark the alarm as such or allow-list its network.",
	EVIDENCE(
		{F(IN_PACKETS), 0, .5f},
		{F(IN_FLOWS), 0, .5f},
		{F(IN_ANSWERED), 1, .5f},
		{F(IN_PEERS), 0, .3f},
		{F(IN_PORTS), 0, .3f},
		{F(STRANGE_FLOWS), 0, .5f}
	),
};
