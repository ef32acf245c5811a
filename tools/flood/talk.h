// A conversation without a handshake: rounds of packets out and packets back. DNS, NTP, QUIC, voice,
// ping, announcements to a group, and one-way streams are rows of this.
#ifndef WEIR_FLOOD_TALK_H
#define WEIR_FLOOD_TALK_H

#include "tcp.h"

struct talk_app {
	uint16_t port;
	uint16_t client_port; // 0: any
	uint8_t proto;
	uint8_t fill_out, fill_in;
	uint8_t ttl; // 0: the side's
	double rounds; // mean; geometric
	struct spread in; // packets of an answer
	uint16_t out; // packets of a question
	uint16_t out_min, out_max, in_min, in_max; // payload bytes
	double answered; // share of rounds
	uint16_t gap_us; // within a round; 0: the scene's rate, for rounds
	struct spread pause_ms; // between rounds
};

void talk_begin(
	struct world *w,
	const struct talk_app *app,
	const struct side sides[2],
	double rate
);
// Who has that address? and the answer.
void neighbour_begin(struct world *w, const struct side sides[2]);

#endif
