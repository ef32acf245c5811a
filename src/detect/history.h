// The hosts that the control side follows: a bounded table, each host with what it needs now.
//
// A host comes in with its first tick of HOST_ADMIT_PACKETS packets, or with its first packet while
// a tick has no more than HOST_ADMIT_QUIET hosts: forged sources with a packet or two each must not
// take the place of real hosts. The sliding second is kept from its first tick of
// HOST_SECOND_PACKETS packets until it has been silent for a second.
//
// Threads    One owner.
// Memory     From pools (pool.h) that grow as hosts come, bounded by `hosts`: a quiet host takes about 1.5 KB,
//            one that is busy in both roles and has a baseline about 26 KB (at a tick of 100 ms), and 8.2 KB
//            more for the hours of the week once there is something of an hour to keep. It is kept for
//            the next hosts, not given back.
// Ownership  Hosts belong to the table; a pointer lives until the next history_get() or
//            history_tick_end().
// Full       Of HOST_VICTIMS neighbours that have been silent for a second and have no open alarm, the
//            one silent for longest gives way, those without a baseline first; a newcomer that is not
//            busy never displaces one with a baseline. Else it is not tracked, counted.
#ifndef WEIR_DETECT_HISTORY_H
#define WEIR_DETECT_HISTORY_H

#include "detect/detect.h"
#include "detect/frugal.h"
#include "detect/rates.h"
#include "detect/second.h"
#include "detect/span.h"
#include "detect/usual.h"

#include <weir/addr.h>

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_ADMIT_PACKETS 4
#define HOST_ADMIT_QUIET 1024
#define HOST_SECOND_PACKETS 4
#define HOST_VICTIMS 16
#define HOST_AGE_NS (24 * 3600 * 1000000000ull) // silent for longer: forgotten
#define HOST_AGE_HOURS_NS                                                                          \
	(15 * HOST_AGE_NS) // ... one with hours of the week: they take two to count
#define HOST_SENDERS_MAX 1024
#define SCAN_SAMPLES 16 // other ends remembered to name the network that is scanned

struct slow; // slow.h

// Distances (TTL / 4, a bit each) that packets had while no alarm was open: in this hour, and in the last in
// which there were any. What was once seen is not usual for ever.
struct distances {
	uint64_t now, before;
	uint64_t fresh; // of the last second: usual once no alarm follows
};

static inline uint64_t distances_usual(const struct distances *d) {
	return d->now | d->before;
}

#define SCANNERS_KEPT 16 // sources that try this host's ports: one with decoys

// A source that tries ports, since it does.
struct probing {
	uint64_t since_ns; // 0: it does not
	uint64_t seen_ns; // last tick in which it did
	uint64_t flood_ns; // last tick in which it sent too much for that, 0: none
	uint64_t probes, established;
	uint8_t ports[HLL_REGISTERS], peers[HLL_REGISTERS];
};

// In the order of use: what every tick looks at, what it looks at where the host is busy, the rest.
struct host {
	struct addr addr;
	uint64_t seen_ns; // end of the last tick with a packet
	uint64_t opened_ns; // end of the last tick in which it opened a flow
	struct second *in, *out; // NULL while quiet
	struct rates *rates; // with `in`
	uint16_t phase; // of the second, in ticks: when it is learned and scored
	bool inside; // the operator's own (own.h)
	bool sends_much; // it has `sent`
	uint32_t spread; // ticks of the longest window with it, in the tick that goes on

	kind_set open_kinds; // bit KIND_x: an alarm is open on it
	const struct network_conf *network; // NULL: in none
	struct span *span_in, *span_out; // NULL until there was something
	uint64_t sent_packets, sent_bytes; // in the last tick
	uint64_t first_ns;

	struct host_baselines *base; // NULL until something was learned
	uint64_t scan_ports_ns; // since when it looks like a scanner of ports, 0: it does not
	uint64_t scan_hosts_ns; // ... of hosts
	uint64_t alarm_ns; // last tick with an alarm open, or above a threshold
	struct distances in_ttls, out_ttls; // of its senders; of its own packets
	uint32_t ttls_hour;
	struct frugal entropy; // of its senders, likewise
	float entropy_fresh; // of the last second, likewise; NaN: none
	uint64_t findings; // strange flows of it that the flow model told of
	uint32_t learned_s;
	uint32_t strange_ticks; // ticks in a row in which the host model finds it strange
	uint32_t samples; // ever put there
	float score; // calibrated, NaN where none
	bool active; // in the list of the active
	bool completed; // a handshake that it began, ever
	bool busy; // some rate of its second may be above a floor
	bool watched; // something rises slowly: its seconds are kept, however quiet it is

	struct rates *sent; // an inside host's, while it asks much that leads nowhere
	kind_set sent_kinds; // as open_kinds: an alarm is open about what it sends
	uint64_t sent_since_ns; // begin of `sent`

	struct probing probing;
	struct slow *slow; // NULL until it opened a flow that was not answered at once
	uint64_t scanner_ns[SCANNERS_KEPT]; // in which tick
	struct addr scanner[SCANNERS_KEPT]; // who tries its ports
	struct addr sample[SCAN_SAMPLES]; // other ends of flows that it opened, a ring
};
static_assert(
	offsetof(struct host, open_kinds) == 64,
	"of a host that is quiet a tick reads one line"
);
static_assert(offsetof(struct host, base) == 128, "... and of one that sends, two");
static_assert(KIND_N <= 128, "open_kinds has a bit for each");

struct history;

int history_create(struct history **out, const struct detect_conf *conf);
void history_destroy(struct history *); // NULL is fine
// Networks changed: names and allow-list are looked up again.
void history_reconf(struct history *history, const struct detect_conf *conf);

// Hosts of another run, or of another capture: as if they had been seen just now.
void history_rebase(struct history *history, uint64_t now_ns);

struct host *history_find(const struct history *history, const struct addr *addr);

// Account the records of one window to the tick that goes on, which ends at @p end_ns.
void history_add(struct history *history, const struct window *window, uint64_t end_ns);
// The tick is over: seconds slide. Then walk the active hosts.
void history_tick_end(struct history *history, uint64_t end_ns);
// Hosts with a packet in the last second, in an order that depends on the input alone.
uint32_t history_active(const struct history *history);
// Inside hosts that ask much that leads nowhere; beyond HOST_SENDERS_MAX the later ones wait.
uint32_t history_senders(const struct history *history);
struct host *history_sender_at(const struct history *history, uint32_t at);
struct host *history_active_at(const struct history *history, uint32_t at);
// The same, on its way to the cache; beyond the end is fine.
void history_active_prefetch(const struct history *history, uint32_t at);
// Room for what the host has learned. @return NULL: no memory
struct host_baselines *history_learns(struct history *history, struct host *host);
struct pool *history_hours(struct history *history); // of struct hours
// Every tracked host: start with *at = 0. @return NULL at the end
const struct host *history_next(const struct history *history, uint32_t *at);
uint32_t history_used(const struct history *history);
uint64_t history_dropped(const struct history *history); // hosts that were not taken in
uint32_t history_ticks(const struct history *history); // of a second

const struct network_conf *network_of(const struct detect_conf *conf, const struct addr *addr);

#endif
