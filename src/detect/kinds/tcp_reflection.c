// Reflection over TCP by boxes in the middle (firewalls, filters of contents): they answer a request that nobody sent, in the
// name of a server, with a page that refuses it, and do not ask for a handshake first. Who forges the target's address in such
// requests has all the pages go there (Bock, Alaraj, Fax, Hurley, Wustrow, Levin: Weaponizing Middleboxes for TCP Reflected
// Amplification, USENIX Security 2021).
//
// What the target gets are the first words of many servers, from the ports of the web, in flows that nobody opened: no SYN
// of its own, and no SYN-ACK before the words, which is what tells it from downloads of which one direction is seen.
//
// False friends: those, and pages that were under way when the sensor began, of a few servers each.
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/reading.h"
#include "detect/spoken.h"

#include <stdio.h>

#define SENDERS 10
#define WEB_SHARE 0.8 // of first words
#define SYNACK_SHARE 0.25 // of flows opened

static bool is_tcp_reflection(const struct view *v, double, double) {
	const uint32_t *in = v->in->count;
	struct first_words words = {0};

	if (v->spoken != NULL)
		spoken_to(v->spoken, &v->host->addr, &words);
	return words.web_senders >= SENDERS && words.web >= WEB_SHARE * words.all
		&& in[HOST_SYNACK] <= SYNACK_SHARE * in[HOST_FLOWS_OPENED];
}

KIND(TCP_REFLECTION, "tcp_reflection", "TCP reflection", 150, 200) = {
	.metric = M_PSHACK,
	.proto = PROTO_TCP,
	.metric_name = "unasked_answers_per_s",
	.unit = "answers of web servers/s that it did not ask for",
	.is_reflected = true,
	.shape = is_tcp_reflection,
	.tell = tell_mbit,
	.mitigation = "Drop TCP from source ports 80 and 443 that belongs to no connection toward "
		      "this host upstream "
		      "(stateful firewall, FlowSpec). The sources are servers in whose name boxes "
		      "in the middle answer, not "
		      "the attacker: do not block them for good.",
	EVIDENCE(
		{F(IN_TCP_STRAY), 0, .6f},
		{F(IN_ANSWERED), 1, .4f},
		{F(IN_OVER_OUT), .5f, .3f},
		{F(IN_SIZE), 200, .3f},
		{F(IN_PEERS), 0, .3f}
	),
	TAKES({KIND_PSHACK_FLOOD, .5f},
	      {KIND_ACK_FLOOD, .5f},
	      {KIND_FIN_FLOOD, .5f},
	      {KIND_RST_FLOOD, .5f}),
};
