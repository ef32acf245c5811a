// The world of one run: actors that each know their next moment, served in the order of time.
//
// An actor is one conversation, one flood, one source of new conversations. Its step() says at most
// a few packets, all at the world's present, and returns when it wants to be called again.
//
// Threads    One.
// Memory     From the heap; it grows with the conversations that are open at once, up to ACTORS_MAX.
// Full       A conversation that finds no place is not begun, and is counted.
// Key invariant
//            Packets come out in order of time, because only the present can be written.
#ifndef WEIR_FLOOD_WORLD_H
#define WEIR_FLOOD_WORLD_H

#include "craft.h"
#include "random.h"

#include <weir/addr.h>

#include <stdbool.h>
#include <stdint.h>

#define SECOND_NS 1000000000ull
#define MILLISECOND_NS 1000000ull
#define MICROSECOND_NS 1000ull
#define ACTORS_MAX (1u << 20)
#define NEVER UINT64_MAX

struct world;
struct actor;

typedef uint64_t step_fn(struct world *, struct actor *); // @return next moment, or NEVER: it ends

struct tcp_app; // tcp.h
struct talk_app; // talk.h
struct scene; // scenes.h

struct side {
	struct addr addr;
	uint16_t port;
	uint8_t ttl;
	uint32_t seq; // TCP: the next byte that it sends
	uint32_t lag_ns; // from the tap to this side and back
};

struct tcp_state {
	const struct tcp_app *app;
	struct side side[2]; // client, server
	uint8_t phase;
	uint8_t sender; // index of side
	uint32_t exchanges;
	uint64_t left; // bytes of this transfer not yet in a round
	uint64_t answer; // bytes of the transfer after it
	uint64_t round_ns; // start of the round
	uint32_t round_bytes;
	uint32_t round_seq; // first byte of the round
	uint32_t gap_ns; // between segments: the narrowest link on the way
	uint16_t window; // segments a round
	uint16_t sent, acked; // of the round
};

struct talk_state {
	const struct talk_app *app;
	struct side side[2];
	uint32_t rounds;
	uint32_t out, in; // packets left in this round
	uint16_t n; // packets so far
};

struct flood_state {
	const struct scene *scene;
	uint64_t from_ns, until_ns;
	uint64_t n; // packets so far
};

struct reply_state {
	struct words words;
	uint8_t part;
};

struct arrival_state {
	const struct mix_row *row; // mix.h
	double per_s;
};

struct actor {
	step_fn *step;
	struct rng rng;
	union {
		struct tcp_state tcp;
		struct talk_state talk;
		struct flood_state flood;
		struct reply_state reply;
		struct arrival_state arrival;
	};
};

struct range { // addresses
	struct addr addr;
	uint8_t prefix_len; // of the family
};

struct settings { // of the run; what the command line says
	const struct scene *scene;
	const char *output; // "-" is standard output
	const char *port; // instead: a DPDK device
	const char *truth; // NULL: none
	double packets_per_s; // 0: the scene's
	double seconds;
	uint64_t packets; // 0: no limit
	uint64_t start_ns;
	double delay_s; // before the attack begins
	double attack_s; // 0: until the end
	double normal; // packets of normal traffic per packet of the scene
	double answered; // share of the packets that the target answers; below 0: the scene's
	bool has_target, has_source, ip6;
	struct range target, source;
	uint16_t target_port; // 0: the scene's
	uint32_t sources; // 0: the scene's; UINT32_MAX: forged
	uint64_t flows; // of an attack: just so many, in turn; 0: as the scene has it
	double ip6_share; // of an attack's packets; below 0: one family, and a mix as it is
	uint16_t size; // of a frame, 0: the scene's
	uint32_t snap; // bytes kept of a frame
	uint64_t seed;
	bool fast; // frames made beforehand, varied as they go: see fast.h
	bool drop; // what a full device does not take is lost
	bool json;
	uint32_t memory_mb; // for the frames made beforehand
};

enum part { PART_NORMAL, PART_ATTACK, PART_ANSWER, PARTS_N }; // what a packet is

struct tally { // what became of the packets
	uint64_t sent[PARTS_N][2]; // [1]: of them IPv6
	uint64_t bytes; // of those sent
	uint64_t refused; // a full device did not take them
	uint64_t conversations_refused; // too many were open at once
	uint64_t port_errors; // the device took them and then said that it could not send them
	double seconds; // from the first to the last, of a device
	double behind_s; // time that the pace was slower than wanted, and that was not made up for
	uint64_t
		attack_began_ns; // the wall clock when the first packet of the attack was sent; 0: a file
};

// Where frames go.
struct output {
	uint8_t part; // of the next frame; set before each put()
	// @return 0 or -errno
	int (*put)(struct output *, const uint8_t *frame, uint32_t n, uint64_t time_ns);
	// Many at a time, written where they leave from. @return how many of n there is room for
	uint16_t (*room)(struct output *, uint8_t *frame[], uint16_t n);
	// @param time_ns  when each is due, n of them; @return how many were taken, or -errno
	int (*send)(struct output *, const uint16_t length[], const uint64_t time_ns[], uint16_t n);
	// @param told  what only the output knows is added. @return 0 or -errno
	int (*close)(struct output *, struct tally *told);
};

struct world {
	const struct settings *settings;
	const struct settings
		*attack; // those of the attack's next packet: `settings`, or one of `family`
	struct settings family[2]; // with ip6_share: the same, of IPv4 and of IPv6
	struct output *output;
	struct rng rng;
	uint64_t now_ns, end_ns;
	uint64_t packets, bytes, attack_packets, refused;
	uint64_t attack_first_ns, attack_last_ns;
	struct tally tally;
	uint16_t ip_id;
	uint8_t part; // of what is said now
	int error; // of the output, sticky
	bool stop;

	struct actor *actors;
	uint32_t *free_list;
	struct moment *heap; // of the actors' next moments
	uint32_t n_actors, n_free, n_heap, room;
	uint64_t order;
};

int world_create(struct world *, const struct settings *, struct output *);
void world_destroy(struct world *);

// A new actor whose first step is at at_ns; its state is zero, its numbers its own. NULL: full.
// Any actor may move: what a step() holds of its own is stale after this.
struct actor *world_add(struct world *, step_fn *step, uint64_t at_ns);
void world_run(struct world *); // until the end of the scene, or world_interrupt()
// From a signal's handler: no more packets.
void world_interrupt(int);
bool world_interrupted(void);

// Write one packet at the present.
void world_say(struct world *, struct words *words);
void world_put(struct world *, const uint8_t *frame, uint32_t n);
// The same, later: an answer on its way.
void world_say_later(struct world *, const struct words *words, uint64_t delay_ns);

#endif
