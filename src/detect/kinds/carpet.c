// Carpet bombing: a flood over the hosts of a network, so that none of them gets much. How it is found is in
// areas.c.
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/reading.h"

#include <stdio.h>

static void tell_spread(const struct reading *r, char *text, size_t room) {
	char mbit[NUMBER_TEXT_MAX];

	words_number(r->bits_per_s / 1e6, mbit);
	snprintf(text, room, ", spread over %.0f hosts, %s Mbit/s", r->hosts, mbit);
}

KIND(CARPET_BOMBING, "carpet_bombing", "Carpet bombing of a network", 500, 300) = {
	.metric = M_UNUSUAL,
	.of_network = true,
	.metric_name = "network_packets_per_s",
	.unit = "packets/s that lead nowhere",
	.tell = tell_spread,
	.mitigation
	= "Limits for single hosts do not help: rate-limit what it consists of (see the "
	  "port and the sources) toward the whole network upstream, or announce it through a "
	  "scrubbing service.",
	EVIDENCE(
		{F(IN_PACKETS), 0, .5f},
		{F(IN_FLOWS), 0, .4f},
		{F(IN_PEERS), 0, .4f},
		{F(IN_ANSWERED), 1, .3f},
		{F(IN_PEER_ENTROPY), .3f, .2f}
	),
};
