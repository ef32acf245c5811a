// A TCP conversation as a tap near one of its ends sees it: handshake, exchanges, segments in rounds of
// a window with their acknowledgements, what is sent again, and the end.
#ifndef WEIR_FLOOD_TCP_H
#define WEIR_FLOOD_TCP_H

#include "world.h"

struct spread { // log-normal, cut at most
	double median, sigma, most;
};

// One kind of conversation. Sizes in bytes, times in milliseconds.
struct tcp_app {
	uint16_t port;
	uint8_t fill;
	double exchanges; // mean; geometric
	struct spread request, answer, think_ms;
	double resent; // share of segments
	double reset; // share of conversations that end by RST
	uint16_t gap_us; // between segments on the narrowest link; 0: the scene's rate
	uint16_t window_max; // segments a round
};

// A new conversation between two sides; addresses, lag and TTL are set, the rest is made here.
void tcp_begin(struct world *w, const struct tcp_app *app, const struct side sides[2], double rate);

#endif
