// The scenes: a row each.
//
// Threads    Constant data, but for amplification's rows, which are made once at the first look.
#ifndef WEIR_FLOOD_SCENES_H
#define WEIR_FLOOD_SCENES_H

#include "world.h"

#define FORGED UINT32_MAX

struct mix; // mix.h

struct scene {
	const char *name; // an attack's is the name of its kind of event
	const char *what;
	const struct mix *mix; // an ordinary scene; then the rest is not used
	step_fn *step; // of an attack
	uint32_t packets_per_s;
	uint32_t sources; // or FORGED: each packet another
	uint8_t proto;
	uint8_t flags; // TCP
	uint8_t fill;
	uint16_t sport, dport; // 0: any
	uint16_t payload_min, payload_max;
	uint16_t wide; // prefix length of the IPv4 target where it is a network; 0: one host
	double answered; // share that the target answers where it does by default
};

// @return NULL and *i beyond the last
const struct scene *scene_at(unsigned i);
const struct scene *scene_find(const char *name);

step_fn flood_step, fragment_step, vertical_step, horizontal_step;

double scene_rate(const struct settings *settings); // packets a second
// Begin the scene of w->settings, and the normal traffic below it.
void scene_begin(struct world *w);
// What it is aimed at: the setting, or the scene's usual.
struct range scene_target(const struct settings *settings);
struct range scene_source(const struct settings *settings);
// The same scene in one family only.
struct settings scene_family(const struct settings *settings, bool ip6);
uint32_t scene_sources(const struct settings *settings); // how many, or FORGED
// The bits of an address's last eight bytes, as a number, that choose a host of the range.
uint64_t range_mask(const struct range *range);

// --flows: the f-th of that many flows, by its sender and its ports; no two are alike.
struct flow_id {
	uint64_t host; // of scene_source()
	uint16_t sport, dport;
};

#define FLOW_PORTS 1024u // flows of one sender
// @param sender_mask  range_mask() of scene_source()
struct flow_id flow_id(const struct settings *settings, uint64_t sender_mask, uint64_t f);
void flow_words(const struct settings *settings, uint64_t f, struct words *words);

#endif
