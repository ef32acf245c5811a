// Connections that are completed and then say nothing, from few hosts: what a server can hold runs out.
//
// False friends: crowds of clients have a source for every few connections; clients that open and close many
// say something in each; a pool of connections is filled in less than a second. What is said in a connection
// that stays open and is quiet afterwards may be told late (FLOW_TELL_PACKETS), so many sources are
// left in peace however little they seem to say. What others say to the same server hides nothing: each of its
// busiest sources is looked at by itself, too.
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/reading.h"

#include <math.h>
#include <stdio.h>

#define IN_BYTES_MAX 32 // of payload for each connection
#define OUT_BYTES_MAX 512 // a greeting
#define PER_SOURCE 50 // in 10 s

// @param to  what they say who connect @param from  what is said to them
static bool is_silent(double opened, const struct host_record *to, const struct host_record *from) {
	return (double)to->payload_bytes <= IN_BYTES_MAX * opened
		&& (double)from->payload_bytes <= OUT_BYTES_MAX * opened;
}

// All that it does is to connect, and it alone would be enough.
static bool is_exhausting(const struct view *v, const struct addr *source, double threshold) {
	static const struct host_record nothing;
	const struct host *h = history_find(v->history, source);
	const struct host_record *out;
	struct span_sum sum;

	if (h == NULL || h->out == NULL)
		return false;
	out = second_sum(h->out);
	if (out->count[HOST_ESTABLISHED] < threshold
	    || !is_silent(
		    out->count[HOST_ESTABLISHED], out, h->in != NULL ? second_sum(h->in) : &nothing
	    ))
		return false;
	span_sum(h->span_out, v->now_ns - 1, &sum);
	return (double)sum.established >= PER_SOURCE;
}

static bool is_exhaustion(const struct view *v, double, double threshold) {
	if (is_silent(v->in->count[HOST_ESTABLISHED], v->in, v->out)
	    && (double)v->in10.established >= PER_SOURCE * fmax(1, v->in10.peers))
		return true;
	for (unsigned i = 0; i < TOP_PEERS; i++)
		if (v->in->top_peers[i].count > 0
		    && is_exhausting(v, &v->in->top_peers[i].addr, threshold))
			return true;
	return false;
}

static void tell_silence(const struct reading *r, char *text, size_t room) {
	const struct host_record *in = r->view->in;
	const double said = share_of((double)in->payload_bytes, in->count[HOST_ESTABLISHED]);

	if (said <= IN_BYTES_MAX)
		snprintf(text, room, ", %.0f bytes said in each", said);
	else
		snprintf(text, room, ", of which one says nothing in them");
}

KIND(CONNECTION_EXHAUSTION, "connection_exhaustion", "Connection exhaustion", 100, 1000) = {
	.metric = M_CONNECTIONS,
	.proto = PROTO_TCP,
	.within_s = 10,
	.metric_name = "connections_per_s",
	.unit = "completed connections/s",
	.shape = is_exhaustion,
	.tell = tell_silence,
	.lull_ns = 10 * 1000000000ull,
	.mitigation
	= "Limit connections from one address (nftables \"ct count\", the server's own "
	  "limit) and the time that one may be silent; the sources are real, so blocking "
	  "them helps.",
	EVIDENCE(
		{MEASURE_PER_SOURCE, 0, .4f},
		{F(IN_SMALL), .4f, .5f},
		{F(IN_FLOWS), 0, .4f},
		{F(IN_TOP_PORT), 0, .2f}
	),
};
