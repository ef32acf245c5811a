// Connections that are completed and then say nothing, from few hosts: what a server can hold runs out.
//
// False friends: crowds of clients have a source for every few connections; clients that open and close many
// say something in each; a pool of connections is filled in less than a second. What is said in a connection
// that stays open and is quiet afterwards may be told late (FLOW_TELL_PACKETS), so many sources are
// left in peace however little they seem to say.
#include "detect/explain.h"
#include "detect/kinds.h"
#include "detect/reading.h"

#include <math.h>
#include <stdio.h>

#define IN_BYTES_MAX 32 // of payload for each connection
#define OUT_BYTES_MAX 512 // a greeting
#define PER_SOURCE 50 // in 10 s

static bool is_exhaustion(const struct view *v, double, double) {
	const double opened = v->in->count[HOST_ESTABLISHED];

	return (double)v->in->payload_bytes <= IN_BYTES_MAX * opened
		&& (double)v->out->payload_bytes <= OUT_BYTES_MAX * opened
		&& (double)v->in10.established >= PER_SOURCE * fmax(1, v->in10.peers);
}

static void tell_silence(const struct reading *r, char *text, size_t room) {
	const double opened = r->view->in->count[HOST_ESTABLISHED];

	snprintf(
		text,
		room,
		", %.0f bytes said in each",
		share_of((double)r->view->in->payload_bytes, opened)
	);
}

KIND(CONNECTION_EXHAUSTION, "connection_exhaustion", "Connection exhaustion", 100, 1000) = {
	.metric = M_CONNECTIONS,
	.proto = PROTO_TCP,
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
