// What is usual for networks: for each /24 and /48 with hosts of some standing, and for each network of the
// configuration, as for hosts (usual.h): recent and by hour of the week, held back against poisoning, with a
// cumulative sum of what rises slowly, kept over a restart (image.h).
//
// A network's rates are the sums of its hosts' in a second, each host when it is its turn; its OTHER_IN_STRAY is what
// areas.c counts: requests to any of its addresses that led nowhere. Seconds in silence count, too: a network
// is there when nobody speaks. Nothing is learned of it while it, or one of its hosts, alarms.
//
// Threads    One owner.
// Memory     0.2 MB, and 3.4 KB a network, 8.2 KB more with hours of the week: at most 12 MB.
// Full       Of NETS_WAYS places the one that was silent for longest gives way, after an hour of silence, and never
//            one of the configuration; else the newcomer has no baseline: floors and shapes decide.
#ifndef WEIR_DETECT_NETS_H
#define WEIR_DETECT_NETS_H

#include "detect/classify.h"

#define NETS_MAX 1024
#define NETS_WAYS 8
#define NETS_PREFIX4 24
#define NETS_PREFIX6 48

struct nets;

struct net {
	struct addr addr;
	uint8_t prefix_len; // 0: free
	bool named; // of the configuration
	bool disturbed; // an alarm in this second
	uint32_t learned_s;
	uint64_t seen_ns; // last second with something
	uint64_t alarm_ns; // last tick with an alarm about it, 0: none
	double per_s[USUAL_N]; // of the second that goes on
	struct host_baselines *base;
};

struct nets *nets_create(void); // @return NULL: no memory
void nets_destroy(struct nets *); // NULL is fine

// A host's second. @param disturbed  it alarms: nothing is learned of its networks
void nets_add(
	struct nets *nets,
	const struct host *host,
	const double per_s[static USUAL_N],
	bool disturbed,
	uint64_t now_ns
);
// Packets of a tick that led nowhere. @param make  also where it is not known yet
void nets_vain(
	struct nets *nets,
	const struct addr *addr,
	uint8_t prefix_len,
	uint32_t packets,
	bool make,
	uint64_t now_ns
);
void nets_alarm(struct nets *nets, const struct addr *addr, uint8_t prefix_len, uint64_t now_ns);
// At the end of each second: it is learned.
void nets_second_end(struct nets *nets, const struct view_source *from);

const struct net *nets_find(const struct nets *nets, const struct addr *addr, uint8_t prefix_len);
// What is usual of one rate. @return false: not known long enough
bool nets_usual(
	const struct net *net, // or NULL
	const struct detect_conf *conf,
	unsigned rate,
	uint64_t now_ns,
	struct usual *out
);
// The slow rise of what leads nowhere (rising.h), in units of carpet bombing's floor.
void nets_law(
	const struct net *net,
	const struct detect_conf *conf,
	uint64_t now_ns,
	struct rising_law *out
);

// For the image: every network, from *at = 0 on. @return NULL at the end
const struct net *nets_next(const struct nets *nets, uint32_t *at);
// Find or make, with a baseline. @return NULL: no room
struct pool *nets_hours(struct nets *nets); // of struct hours
struct net *nets_settle(struct nets *nets, const struct addr *addr, uint8_t prefix_len);

static inline uint8_t nets_prefix_len(const struct addr *a) {
	return addr_is_ip4(a) ? NETS_PREFIX4 : NETS_PREFIX6;
}

#endif
