// Amplification: answers of a service that the target never asked. The services are rows of
// AMPLIFIER_ROWS in event.h: adding one adds the counter, the kind, its words and what to do.
//
// False friends: a client of the service gets answers to its own questions, which are not stray; where its
// questions are not seen, they come from one server or two.
#include "detect/kinds.h"

#define SOURCES 3
#define FEW_SOURCES_FACTOR 10

static bool is_amplified(const struct view *v, double per_s, double threshold) {
	return hll_estimate(v->in->peers) >= SOURCES - 0.5
		|| per_s >= FEW_SOURCES_FACTOR * threshold;
}

#define AMPLIFICATION(X, id, name, title, port, port2)                                               \
	KIND(AMP_##id) = {                                                                           \
		.metric = M_AMP_FIRST + AMP_##id,                                                    \
		.proto = PROTO_UDP,                                                                  \
		.metric_name = name "_answers_per_s",                                                \
		.unit = title " answers/s",                                                          \
		.is_reflected = true,                                                                \
		.shape = is_amplified,                                                               \
		.tell = tell_mbit,                                                                   \
		.mitigation = "Drop or rate-limit UDP from source port " #port                       \
			      " toward the target upstream (ACL, FlowSpec); keep answers to the "    \
			      "target's own questions. The sources are abused servers, not the "     \
			      "attacker: do not block them for good.",                               \
		EVIDENCE(                                                                            \
			{F(IN_AMPLIFIED), 0, .8f},                                                   \
			{F(IN_UDP_STRAY), 0, .4f},                                                   \
			{F(IN_ANSWERED), 1, .3f},                                                    \
			{F(IN_SIZE), 200, .3f},                                                      \
			{F(IN_PEERS), 0, .3f},                                                       \
			{F(IN_OVER_OUT), .5f, .2f}                                                   \
		), /* Answers larger than the MTU come in fragments, and only the first has a      \
		      port; networks on the way answer with errors. */ \
		TAKES({KIND_FRAGMENT_FLOOD, .2f}, {KIND_UDP_FLOOD, .2f}, {KIND_ICMP_FLOOD, .5f}),    \
	};
AMPLIFIER_ROWS(AMPLIFICATION, )
