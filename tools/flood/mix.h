// Ordinary traffic: a mix is a table of kinds of conversation, each with how often it begins.
#ifndef WEIR_FLOOD_MIX_H
#define WEIR_FLOOD_MIX_H

#include "world.h"

struct talk_app;

enum place { // where a side of a conversation lives
	PLACE_CLIENTS, // the office
	PLACE_SERVERS, // its own servers
	PLACE_RESOLVER,
	PLACE_INTERNET, // servers, few of them famous
	PLACE_CROWD, // clients anywhere
	PLACE_MDNS, // groups
	PLACE_SSDP,
	PLACE_TARGET, // of the scene
	PLACE_SOURCE,
};

struct mix_row {
	const struct tcp_app *tcp; // or
	const struct talk_app *talk; // or neither: a neighbour is asked for
	uint8_t client, server; // enum place
	double per_s; // conversations that begin, at the mix's own rate; 0: one, at the start
};

struct mix {
	const struct mix_row *rows;
	unsigned n;
	double packets_per_s; // of the mix as it stands, measured over ten minutes
};

extern const struct mix mix_normal, mix_download, mix_backup, mix_speed_test, mix_flash_crowd,
	mix_resolver;

// @param packets_per_s  about; arrivals are scaled to it
void mix_begin(struct world *w, const struct mix *mix, double packets_per_s);

#endif
